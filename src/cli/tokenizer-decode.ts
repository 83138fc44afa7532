/** `millrace tokenizer decode`: ids to texts, JSON Lines in and out. */
import { Command } from 'commander'
import { RecordError } from '../errors/errors.js'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js'
import { readFields } from './json-lines.js'
import type { Terminal } from './terminal.js'
import { addPatternOptions, loadTokenizer, type PatternOptions } from './tokenizer-file.js'

interface DecodeCommandOptions extends PatternOptions {
  readonly tokenizer: string
  readonly input?: string
}

const EXAMPLES = `
A line in, {"ids": […]}, gives a line out, {"text": …}; a line that can't be used, {"line", "error"}. Bytes that are no UTF-8
become U+FFFD.

Example:
  echo '{"ids": [15496, 995]}' | npx millrace tokenizer decode --tokenizer gpt2/vocab.json
`

export function makeDecode(terminal: Terminal): Command {
  const command = new Command('decode')
    .description('Decode ids: JSON Lines with ids in, with text out.')
    .requiredOption('--tokenizer <file>', 'tokenizer.json, .tiktoken, or vocab.json beside merges.txt; may be .gz')
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
  return addPatternOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: DecodeCommandOptions) => {
      const tokenizer = loadTokenizer(options.tokenizer, options)
      for await (const line of readFields(options.input ?? terminal.stdin)) {
        const result = 'error' in line ? { error: line.error } : decodeLine(tokenizer, line.fields.ids)
        if ('error' in result) terminal.exitCode = 1
        await terminal.print(JSON.stringify('error' in result ? { line: line.line, ...result } : result))
      }
    })
}

function decodeLine(tokenizer: TextTokenizer, ids: unknown): object {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'number'))
    return { error: 'ids: expected a list of numbers' }
  try {
    return { text: tokenizer.decode(ids) }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return { error: error.message }
  }
}
