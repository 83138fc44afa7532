/** `millrace dedup lookup`: the documents of a run that a text is a near-duplicate of. */
import { Command, InvalidArgumentError } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { FinishedRun } from '../inspect/finished-run.js'
import { lookUp } from '../inspect/lookup.js'
import { readFields } from './json-lines.js'
import type { Terminal } from './terminal.js'

interface LookupOptions {
  readonly input?: string
  readonly similarityMin?: number
}

const EXAMPLES = `
A text gives a line out, {"matches": [{"id", "url", "verdict", "reason", "similarity", "sharedBands"}]}, the most similar first:
documents that share a band with it and are similar enough, by the options that the run had. With --input, of JSON Lines with text,
the line's own id stands beside its matches; "-" reads stdin.

Examples:
  npx millrace dedup lookup runs/fineweb "Bees carry pollen from flower to flower, and most of our fruit depends on them."
  npx millrace dedup lookup runs/fineweb --input texts.jsonl.gz --similarity-min 0.5 > matches.jsonl
`

export function makeDedupLookup(terminal: Terminal): Command {
  return new Command('lookup')
    .description('Find the documents of a finished run that a text is a near-duplicate of.')
    .argument('<run>', 'run folder; the run has a stage dedup-minhash')
    .argument('[text]', 'the text')
    .option('--input <file>', 'JSON Lines with text, may be .gz, or - for stdin')
    .option('--similarity-min <share>', "least similarity; by default the run's own limit", share)
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, text: string | undefined, options: LookupOptions) => {
      if ((text === undefined) === (options.input === undefined)) {
        throw new ConfigError('expected a text or --input FILE, one of the two')
      }
      const run = await FinishedRun.open(folder)
      const asked = text === undefined ? await readTexts(options.input, terminal) : [{ text }]
      const found = lookUp(
        run,
        asked.map((one) => one.text),
        options.similarityMin ?? null,
      )
      for (const [i, matches] of found.entries()) {
        const { text: _, ...named } = asked[i]
        await terminal.print(JSON.stringify({ ...named, matches }))
      }
    })
}

interface Asked {
  readonly id?: unknown
  readonly text: string
}

async function readTexts(input: string | undefined, terminal: Terminal): Promise<Asked[]> {
  const source = input === undefined || input === '-' ? terminal.stdin : input
  const texts: Asked[] = []
  for await (const line of readFields(source)) {
    const what = 'error' in line ? line.error : typeof line.fields.text === 'string' ? null : 'text: expected a string'
    if ('error' in line || what !== null) throw new ConfigError(`${input}: line ${line.line}: ${what}`)
    const { id, text } = line.fields
    texts.push({ ...(id === undefined ? {} : { id }), text: String(text) })
  }
  return texts
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('expected a number above 0 and at most 1')
  return value
}
