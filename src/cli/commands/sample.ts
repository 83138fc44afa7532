/** `millrace sample`: a spot-check of a finished run in the terminal. */
import { Command, Option } from 'commander'
import { ConfigError } from '../../errors/errors.js'
import type { Verdict } from '../../formats/arrow/verdicts.js'
import { FinishedRun } from '../../inspect/finished-run.js'
import { type NearDuplicates, nearDuplicates } from '../../inspect/near-duplicates.js'
import { chooseSample, decidingSignals } from '../../inspect/sample.js'
import { suggestion } from '../../run/nearest.js'
import { wholeNumber } from '../option-text.js'
import { printable, printableLines, type Terminal } from '../terminal.js'
import { clip, countText, numberText } from '../text.js'

interface SampleOptions {
  readonly stage?: string
  readonly verdict?: Verdict['verdict']
  readonly reason?: string
  readonly count: number
  readonly seed: number
  readonly characters: number
  readonly json?: true
}

interface Shown {
  readonly verdict: Verdict
  /** null when the run did not store it. */
  readonly text: string | null
}

const EXAMPLES = `
Examples:
  millrace sample runs/quickstart --verdict dropped
  millrace sample runs/quickstart --stage filter-gopher-quality -n 5
  millrace sample runs/quickstart --reason nearDuplicate --json
`

export default function makeSample(terminal: Terminal): Command {
  return new Command('sample')
    .description('Show documents of a finished run, chosen by chance: text, verdict, reason, the signals that decided.')
    .argument('<run>', 'run folder')
    .option('--stage <name>', 'only documents that this stage dropped')
    .addOption(new Option('--verdict <verdict>', 'only these').choices(['kept', 'dropped']))
    .option('--reason <reason>', 'only documents dropped for this reason')
    .option('-n, --count <n>', 'how many', wholeNumber(1), 20)
    .option('--seed <n>', 'another seed gives another sample', wholeNumber(0), 1)
    .option('--characters <n>', 'characters of each text to show', wholeNumber(1), 600)
    .option('--json', 'JSON Lines with whole texts')
    .addHelpText('after', EXAMPLES)
    .action((folder: string, options: SampleOptions) => sample(terminal, folder, options))
}

async function sample(terminal: Terminal, folder: string, options: SampleOptions): Promise<void> {
  const run = await FinishedRun.open(folder)
  const { stageOrder } = run.plan
  if (options.stage !== undefined && !stageOrder.includes(options.stage)) {
    throw new ConfigError(`--stage ${options.stage}: no such stage in this run${suggestion(options.stage, stageOrder)}`)
  }
  const { chosen, matching } = chooseSample(run.verdicts(), options, options.count, options.seed)
  const texts = await run.texts(new Set(chosen.map((verdict) => verdict.id)))
  const shown = chosen.map((verdict): Shown => ({ verdict, text: texts.get(verdict.id) ?? null }))
  const alike = nearDuplicates(shown.map(({ text }) => text ?? ''))
  if (options.json) {
    for (const one of shown) await terminal.print(JSON.stringify(jsonOf(one)))
    return
  }
  for (const [at, one] of shown.entries()) {
    for (const line of documentLines(at, one, alike, options.characters, terminal)) await terminal.print(line)
  }
  terminal.note(`${countText(shown.length)} of ${countText(matching)} matching documents, seed ${options.seed}`)
}

function jsonOf({ verdict, text }: Shown): object {
  return { ...verdict, text }
}

function documentLines(
  at: number,
  shown: Shown,
  alike: readonly NearDuplicates[],
  characters: number,
  terminal: Terminal,
): string[] {
  const { verdict, text } = shown
  const kept = verdict.verdict === 'kept'
  const word = kept ? terminal.style('green', 'kept') : terminal.style('red', 'dropped')
  const why = kept ? '' : ` by ${printable(verdict.stage)}: ${printable(verdict.reason)}`
  const lines = [
    `${terminal.style('bold', `${at + 1}.`)} ${word}${why}  ${terminal.style('cyan', printable(verdict.url || verdict.id))}`,
  ]
  const facts = [verdict.language || 'language unknown', `${countText(verdict.textLength)} characters`]
  for (const line of [facts.join(', '), ...signalLines(verdict)]) lines.push(terminal.style('dim', `   ${line}`))
  for (const pair of alike) {
    if (pair.a !== at && pair.b !== at) continue
    const other = (pair.a === at ? pair.b : pair.a) + 1
    lines.push(
      terminal.style(
        'yellow',
        `   near-duplicate of ${other}. in this sample (about ${Math.round(pair.similarity * 100)} % alike)`,
      ),
    )
  }
  const body =
    text === null ? '(text not stored: execution.dropped)' : text === '' ? '(no text)' : clip(text, characters)
  return [
    ...lines,
    ...printableLines(body)
      .split('\n')
      .map((line) => `   ${line}`),
    '',
  ]
}

/** `filter-gopher-quality: wordCount 12, …`, a line a stage. */
function signalLines(verdict: Verdict): string[] {
  const byStage = new Map<string, string[]>()
  for (const [name, value] of Object.entries(decidingSignals(verdict))) {
    const cut = name.indexOf('.')
    const text = typeof value === 'number' ? numberText(value) : printable(String(value))
    const stage = printable(name.slice(0, cut))
    byStage.set(stage, [...(byStage.get(stage) ?? []), `${printable(name.slice(cut + 1))} ${text}`])
  }
  return [...byStage].map(([stage, texts]) => `${stage}: ${texts.join(', ')}`)
}
