/** `millrace lm cutoffs`: percentiles of a finished run's perplexities, by language, for filters of later runs. */
import { writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { cutoffsOf } from '../inspect/cutoffs.js'
import type { FinishedRun } from '../inspect/finished-run.js'
import { storeError } from '../io/store-error.js'
import { CCNET_PERCENTILES, cutoffsJson } from '../lm/cutoffs.js'
import type { Terminal } from './terminal.js'

interface CutoffsOptions {
  readonly signal?: string
  readonly head: number
  readonly tail: number
  readonly output?: string
}

const EXAMPLES = `
A document of the run is below the head's cutoff exactly where bucket-perplexity would have put it in the head. Every document
that has the signal counts, dropped ones too; those without a language count as "und".

Examples:
  npx millrace lm cutoffs runs/quickstart > cutoffs.json
  npx millrace lm cutoffs runs/sample --signal filter-perplexity.perplexity --head 20 --tail 50 --output cutoffs.json
  npx millrace run configs/next.yaml --set filter-perplexity.cutoffs=cutoffs.json
`

export function makeCutoffs(terminal: Terminal): Command {
  return new Command('cutoffs')
    .description(
      "Write where the head and the tail of each language begin in a run's perplexities, as a file for filters.",
    )
    .argument('<run>', 'run folder')
    .option('--signal <name>', 'STAGE.SIGNAL, where the run measured more than one perplexity')
    .option('--head <percentile>', 'share of a language that is its head', percentile, CCNET_PERCENTILES.head)
    .option('--tail <percentile>', 'share that is head and middle together', percentile, CCNET_PERCENTILES.tail)
    .option('--output <file>', 'where to write; stdout when left out')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: CutoffsOptions) => {
      const { head, tail, output } = options
      if (head > tail) throw new ConfigError(`--head: expected at most --tail, ${tail}, got ${head}`)
      // Loaded only here: `lm train` and `lm score` start in half the time without the readers of runs.
      const { FinishedRun } = await import('../inspect/finished-run.js')
      const run = await FinishedRun.open(folder)
      const signal = perplexitySignal(run, options.signal)
      const cutoffs = cutoffsOf(run.verdicts([signal]), signal, { head, tail })
      const json = cutoffsJson(cutoffs, { signal, percentiles: { head, tail } })
      if (output === undefined) await terminal.write(json)
      else write(output, json)
    })
}

function percentile(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 100)) throw new InvalidArgumentError('expected 0 to below 100')
  return value
}

/** @throws ConfigError for a signal that the run lacks, or none or several to choose from */
function perplexitySignal(run: FinishedRun, wanted: string | undefined): string {
  const numbers = run.plan.signalColumns.filter(({ type }) => type === 'number').map(({ name }) => name)
  const perplexities = numbers.filter((name) => name.endsWith('.perplexity'))
  if (wanted === undefined && perplexities.length === 1) return perplexities[0]
  if (wanted !== undefined && numbers.includes(wanted)) return wanted
  const choice = perplexities.length === 0 ? 'it measured no perplexity' : `it has ${perplexities.join(', ')}`
  throw new ConfigError(`${run.folder}: expected ${wanted === undefined ? '--signal' : `signal ${wanted}`}; ${choice}`)
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw storeError('write', path, error)
  }
}
