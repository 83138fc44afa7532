/** `millrace schema`: the JSON Schema of configs, of runs or of crawls, for completion and checks in editors. */
import { Command } from 'commander'
import { crawlJsonSchema } from '../../crawl/config.js'
import { configJsonSchema } from '../../run/schema.js'
import type { Terminal } from '../terminal.js'

const EXAMPLES = `
Examples:
  npx millrace schema > millrace.schema.json
  npx millrace schema --crawl > crawl.schema.json
and in the first line of a config beside one of them:
  # yaml-language-server: $schema=millrace.schema.json
`

export default function makeSchema(terminal: Terminal): Command {
  return new Command('schema')
    .description('Print the JSON Schema of configs, made from the stage declarations.')
    .option('--crawl', 'of configs for `millrace crawl`')
    .addHelpText('after', EXAMPLES)
    .action(async ({ crawl }: { crawl?: true }) => {
      await terminal.print(JSON.stringify(crawl ? crawlJsonSchema() : await configJsonSchema(), null, 2))
    })
}
