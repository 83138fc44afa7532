/** `millrace sample`: a spot-check of a finished run in the terminal. */
import { Command, Option } from 'commander'
import { ConfigError } from '../../errors/errors.js'
import type { Verdict } from '../../formats/arrow/verdicts.js'
import { FinishedRun } from '../../inspect/finished-run.js'
import { type NearDuplicates, nearDuplicates } from '../../inspect/near-duplicates.js'
import type { QuarantineEntry } from '../../inspect/quarantine.js'
import { chooseSample, decidingSignals } from '../../inspect/sample.js'
import type { FileLedger } from '../../run/ledger.js'
import { suggestion } from '../../run/nearest.js'
import { topCounts } from '../funnel.js'
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
  /** null when the run did not store it; of a document that was set aside, the beginning of its text or page. */
  readonly text: string | null
  /** What a stage failed with, '' for the others. */
  readonly message: string
}

/** Comparing takes up to 20 ms a document. */
const COMPARED_MAX = 100
const REASONS_SHOWN = 20

const EXAMPLES = `
Examples:
  npx millrace sample runs/quickstart --verdict dropped
  npx millrace sample runs/quickstart --stage filter-gopher-quality -n 5
  npx millrace sample runs/quickstart --reason nearDuplicate --json
  npx millrace sample runs/quickstart --verdict quarantined     # documents that a stage failed on
`

export default function makeSample(terminal: Terminal): Command {
  return new Command('sample')
    .description('Show documents of a finished run, chosen by chance: text, verdict, reason, the signals that decided.')
    .argument('<run>', 'run folder')
    .option('--stage <name>', 'only documents that this stage dropped or failed on')
    .addOption(new Option('--verdict <verdict>', 'only these').choices(['kept', 'dropped', 'quarantined']))
    .option('--reason <reason>', 'only documents dropped, or set aside, for this reason')
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
  if (options.verdict === 'kept' && (options.stage !== undefined || options.reason !== undefined)) {
    throw new ConfigError(
      '--verdict kept: kept documents have neither stage nor reason; leave --stage and --reason out',
    )
  }
  const { chosen, matching } = chooseSample(run.verdicts(), options, options.count, options.seed)
  const shown = await withTexts(run, chosen)
  if (options.json) {
    for (const { verdict, text, message } of shown) {
      await terminal.print(JSON.stringify(message === '' ? { ...verdict, text } : { ...verdict, text, message }))
    }
  } else {
    const alike = nearDuplicates(shown.slice(0, COMPARED_MAX).map(({ text }) => text ?? ''))
    for (const [at, one] of shown.entries()) {
      for (const line of documentLines(at, one, alike, options.characters, terminal)) await terminal.print(line)
    }
    terminal.note(`${countText(shown.length)} of ${countText(matching)} matching documents, seed ${options.seed}`)
    if (shown.length > COMPARED_MAX) terminal.note(`near-duplicates are marked among the first ${COMPARED_MAX}`)
  }
  if (matching === 0) terminal.note(whatThereIs(run.ledger.totals, options.stage))
}

async function withTexts(run: FinishedRun, chosen: readonly Verdict[]): Promise<Shown[]> {
  const texts = await run.texts(chosen)
  const aside = chosen.some(({ verdict }) => verdict === 'quarantined')
    ? run.quarantineOf(chosen)
    : new Map<Verdict, QuarantineEntry>()
  return chosen.map((verdict) => {
    const entry = aside.get(verdict)
    if (entry === undefined) return { verdict, text: texts.get(verdict) ?? null, message: '' }
    return { verdict, text: Buffer.from(entry.bytes, 'base64').toString('utf8'), message: entry.message }
  })
}

/** When nothing matches: the reasons there are. */
function whatThereIs({ dropped, quarantined }: FileLedger, stage: string | undefined): string {
  const lines = Object.entries(dropped)
    .filter(([name]) => stage === undefined || name === stage)
    .map(([name, reasons]) => `  ${printable(name)}: ${topCounts(reasons, REASONS_SHOWN)}`)
  if (Object.keys(quarantined).length > 0) lines.push(`  quarantined: ${topCounts(quarantined, REASONS_SHOWN)}`)
  const who = stage === undefined ? 'this run' : printable(stage)
  return lines.length === 0
    ? `${who} dropped no documents and set none aside`
    : `reasons in this run:\n${lines.join('\n')}`
}

function documentLines(
  at: number,
  shown: Shown,
  alike: readonly NearDuplicates[],
  characters: number,
  terminal: Terminal,
): string[] {
  const { verdict, text } = shown
  const word = terminal.style(verdict.verdict === 'kept' ? 'green' : 'red', verdict.verdict)
  const lines = [
    `${terminal.style('bold', `${at + 1}.`)} ${word}${whyText(shown)}  ${terminal.style('cyan', printable(verdict.url || verdict.id))}`,
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

/** ` by STAGE: REASON`; the stage is unknown where a worker died, the message stands for documents set aside. */
function whyText({ verdict: { verdict, stage, reason }, message }: Shown): string {
  if (verdict === 'kept') return ''
  const by = stage === '' ? '' : ` by ${printable(stage)}`
  return `${by}: ${printable(reason)}${message === '' ? '' : ` (${printable(message)})`}`
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
