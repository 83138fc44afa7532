/** `millrace ner tag`: entities of texts, JSON Lines in and out. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { ConfigError, messageOf } from '../errors/errors.js'
import { decodeNerModel } from '../ner/model.js'
import { readShippedNerModel } from '../ner/shipped-model.js'
import { makeTagger, type Tagger } from '../ner/tagger.js'
import { readFields } from './json-lines.js'
import type { Terminal } from './terminal.js'

interface TagCommandOptions {
  readonly model?: string
  readonly input?: string
}

const EXAMPLES = `
A line in, {"text": …}, gives a line out, {"entities": [{"start", "end", "type", "score"}]}: offsets in UTF-16 units, the type one
of person, organization, location, the score a probability. A line that can't be used gives {"line", "error"}. Without --model,
the English one that comes along is used.

Examples:
  echo '{"text": "Ada Lovelace lived in London."}' | npx millrace ner tag
  npx millrace ner tag --model people.mner --input texts.jsonl.gz > entities.jsonl
`

export function makeNerTag(terminal: Terminal): Command {
  return new Command('tag')
    .description('Find entities: JSON Lines with text in, with entities out.')
    .option('--model <file>', 'of ner train; by default the English one that comes along')
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
    .addHelpText('after', EXAMPLES)
    .action(async (options: TagCommandOptions) => {
      const tag = await loadTagger(options.model)
      for await (const line of readFields(options.input ?? terminal.stdin)) {
        const result = 'error' in line ? { error: line.error } : tagged(tag, line.fields.text)
        if ('error' in result) terminal.exitCode = 1
        await terminal.print(JSON.stringify('error' in result ? { line: line.line, ...result } : result))
      }
    })
}

async function loadTagger(model: string | undefined): Promise<Tagger> {
  if (model === undefined) return makeTagger(decodeNerModel(await readShippedNerModel(), 'the model that comes along'))
  try {
    return makeTagger(decodeNerModel(readFileSync(resolve(model)), model))
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(`${model}: can't be read: ${messageOf(error)}`)
  }
}

function tagged(tag: Tagger, text: unknown): object {
  if (typeof text === 'string') return { entities: tag(text) }
  return { error: `text: expected a string, got ${text === undefined ? 'none' : typeof text}` }
}
