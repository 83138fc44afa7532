/** `millrace tokenizer encode`: texts to ids, JSON Lines in and out. */
import { Command } from 'commander'
import { RecordError } from '../errors/errors.js'
import type { EncodeOptions, TextTokenizer } from '../tokenizer/text-tokenizer.js'
import { readFields } from './json-lines.js'
import { repeated } from './option-text.js'
import type { Terminal } from './terminal.js'
import { addPatternOptions, loadTokenizer, type PatternOptions } from './tokenizer-file.js'

interface EncodeCommandOptions extends PatternOptions {
  readonly tokenizer: string
  readonly input?: string
  readonly special?: readonly string[]
  readonly allSpecial?: true
  readonly around?: true
  readonly offsets?: true
  readonly count?: true
}

const EXAMPLES = `
A line in, {"text": …}, gives a line out, {"ids": […]}; a line that can't be used, {"line", "error"}. Special tokens are plain
text unless they are allowed. --offsets adds "bytes" and "units", [start, end] of each token in UTF-8 bytes and in UTF-16 units.

Examples:
  echo '{"text": "Hello"}' | npx millrace tokenizer encode --tokenizer tokenizer.json
  npx millrace tokenizer encode --tokenizer cl100k_base.tiktoken --input texts.jsonl.gz > ids.jsonl
  npx millrace tokenizer encode --tokenizer gpt2/vocab.json --special '<|endoftext|>' < texts.jsonl
`

export function makeEncode(terminal: Terminal): Command {
  const command = new Command('encode')
    .description('Encode texts: JSON Lines with text in, with ids out.')
    .requiredOption('--tokenizer <file>', 'tokenizer.json, .tiktoken, or vocab.json beside merges.txt; may be .gz')
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
    .option('--special <token>', 'a special token that is found in the text', repeated)
    .option('--all-special', 'all special tokens are')
    .option('--around', 'with the tokens that the file puts before and after a text')
    .option('--offsets', 'with where each token stands')
    .option('--count', 'the number of ids instead of them: {"tokens"}')
  return addPatternOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: EncodeCommandOptions) => {
      const tokenizer = loadTokenizer(options.tokenizer, options)
      for await (const line of readFields(options.input ?? terminal.stdin)) {
        const result = 'error' in line ? { error: line.error } : encodeLine(tokenizer, line.fields.text, options)
        if ('error' in result) terminal.exitCode = 1
        await terminal.print(JSON.stringify('error' in result ? { line: line.line, ...result } : result))
      }
    })
}

function encodeLine(tokenizer: TextTokenizer, text: unknown, options: EncodeCommandOptions): object {
  if (typeof text !== 'string')
    return { error: `text: expected a string, got ${text === undefined ? 'none' : typeof text}` }
  const special: EncodeOptions = { special: options.allSpecial ? 'all' : (options.special ?? 'none') }
  try {
    if (options.count) {
      const around = options.around ? tokenizer.before.length + tokenizer.after.length : 0
      return { tokens: tokenizer.count(text, special) + around }
    }
    if (options.offsets) {
      const { ids, bytes, units } = tokenizer.encodeWithOffsets(text, special)
      return { ids: [...ids], bytes: pairs(bytes), units: pairs(units) }
    }
    const ids = tokenizer.encode(text, special)
    return { ids: options.around ? [...tokenizer.before, ...ids, ...tokenizer.after] : [...ids] }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return { error: error.message }
  }
}

function pairs(flat: Uint32Array): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]])
}
