/** `millrace classifier reference`: a corpus as what score-reference-similarity compares texts with. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { encodeReference, ReferenceBuilder } from '../classify/reference.js'
import { ConfigError } from '../errors/errors.js'
import { expandPatterns, type ListedFile } from '../io/input-files.js'
import { writeWholeFile } from '../io/written-file.js'
import { readFields } from './json-lines.js'
import type { Terminal } from './terminal.js'
import { bytesText, countText } from './text.js'

const EXAMPLES = `
The files are JSON Lines with "text", may be .gz, and are read twice: weights of words depend on all of them.

Examples:
  npx millrace classifier reference --output encyclopedia.ref wikipedia/*.jsonl.gz
  npx millrace apply score-reference-similarity --set reference=encyclopedia.ref < texts.jsonl
`

export function makeReference(terminal: Terminal): Command {
  return new Command('reference')
    .description('Make a reference of a corpus, by which the stage score-reference-similarity scores texts.')
    .argument('<files...>', 'JSON Lines with text; globs are expanded')
    .requiredOption('--output <file>', 'the reference, 2 MB')
    .addHelpText('after', EXAMPLES)
    .action(async (patterns: string[], { output }: { readonly output: string }) => {
      const files = await expandPatterns(patterns, resolve())
      const builder = new ReferenceBuilder()
      for await (const text of texts(files)) builder.count(text)
      for await (const text of texts(files)) builder.add(text)
      if (builder.textCount === 0) throw new ConfigError(`expected texts, got none in ${patterns.join(', ')}`)
      const sizeBytes = writeWholeFile(resolve(output), [encodeReference(builder.finish())])
      await terminal.print(`${countText(builder.textCount)} texts; ${output}, ${bytesText(sizeBytes)}`)
    })
}

async function* texts(files: readonly ListedFile[]): AsyncGenerator<string, void, void> {
  for (const { path } of files) {
    for await (const line of readFields(path)) {
      const problem = 'error' in line ? line.error : typeof line.fields.text === 'string' ? null : 'expected "text"'
      if (problem !== null || 'error' in line) throw new ConfigError(`${path}: line ${line.line}: ${problem}`)
      yield String(line.fields.text)
    }
  }
}
