/** `millrace schema`: the JSON Schema of configs, for completion and checks in editors. */
import { Command } from 'commander'
import { configJsonSchema } from '../../run/schema.js'
import type { Terminal } from '../terminal.js'

const EXAMPLES = `
Example:
  npx millrace schema > millrace.schema.json
and in the first line of a config beside it:
  # yaml-language-server: $schema=millrace.schema.json
`

export default function makeSchema(terminal: Terminal): Command {
  return new Command('schema')
    .description('Print the JSON Schema of configs, made from the stage declarations.')
    .addHelpText('after', EXAMPLES)
    .action(async () => terminal.print(JSON.stringify(await configJsonSchema(), null, 2)))
}
