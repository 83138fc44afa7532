/** `millrace report`: what a finished run did, in numbers. */
import { Command } from 'commander'
import { FinishedRun } from '../../inspect/finished-run.js'
import type { Histogram } from '../../inspect/histogram.js'
import { makeReport, type Report, type Tally } from '../../inspect/report.js'
import { contaminationLines } from '../contamination.js'
import { asideText, funnelLines, totalsLines } from '../funnel.js'
import { printable, type Terminal } from '../terminal.js'
import { barText, bytesText, clip, countText, numberText, shareText, tableLines } from '../text.js'
import { tokenStatisticsLines } from '../token-statistics.js'

const EXAMPLES = `
Examples:
  npx millrace report runs/quickstart
  npx millrace report runs/quickstart --json > report.json
`

const LANGUAGES_SHOWN = 12
const HOSTS_SHOWN = 10
const BAR_CELLS = 20

export default function makeReportCommand(terminal: Terminal): Command {
  return new Command('report')
    .description('Show what a finished run did: funnel, reasons, languages, hosts, distributions of signals.')
    .argument('<run>', 'run folder')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: { json?: true }) => {
      const run = await FinishedRun.open(folder)
      const report = makeReport(run)
      if (options.json) return terminal.print(JSON.stringify(report, null, 2))
      for (const line of reportLines(report, run, terminal)) await terminal.print(line)
    })
}

function reportLines(report: Report, run: FinishedRun, terminal: Terminal): string[] {
  const bold = (text: string) => terminal.style('bold', text)
  const { all, totals } = report
  const lines = [bold(printable(report.name)), ...totalsLines(totals)]
  lines.push(
    `${countText(all.charactersKept)} of ${countText(all.characters)} characters kept (${shareText(all.charactersKept, all.characters)})`,
  )
  lines.push('', ...funnelLines(totals, terminal, run.stages, 0))
  lines.push('', bold('reasons'), ...reasonLines(report))
  if (report.setAside.length > 0) lines.push('', bold('set aside'), ...asideLines(report, run.folder))
  lines.push('', bold('languages'), ...tallyLines(report.languages, LANGUAGES_SHOWN, report.languages.length))
  lines.push('', bold('hosts'), ...tallyLines(report.hosts, HOSTS_SHOWN, report.hostCount))
  if (report.devices.length > 0) lines.push('', bold('devices'), ...deviceLines(report.devices))
  if (report.trainings.length > 0) lines.push('', bold('tokenizers'), ...trainingLines(report.trainings))
  for (const { stage, summary } of report.tokens) {
    lines.push('', bold(printable(stage)), ...tokenStatisticsLines(summary, terminal))
  }
  for (const contamination of report.contaminations) {
    const folder = `${run.folder}/artifacts/${contamination.stage}`
    lines.push('', bold(printable(contamination.stage)), ...contaminationLines(contamination, folder, terminal))
  }
  for (const clusters of report.clusters) {
    lines.push('', bold(`clusters of ${printable(clusters.stage)}`), ...clusterLines(clusters))
  }
  if (report.signals.length > 0) lines.push('', bold('signals'), ...signalLines(report.signals))
  return lines
}

function reasonLines({ totals }: Report): string[] {
  const rows = Object.entries(totals.dropped).flatMap(([stage, reasons]) =>
    Object.entries(reasons)
      .sort(([, n], [, m]) => m - n)
      .map(([reason, n]) => [
        `  ${printable(stage)}`,
        printable(reason),
        countText(n),
        barText(n / Math.max(1, totals.documents), BAR_CELLS),
      ]),
  )
  return tableLines(rows, [2])
}

/** An example for each code. */
function asideLines({ totals, setAside }: Report, folder: string): string[] {
  const count = (code: string) => (totals.damaged[code] ?? 0) + (totals.quarantined[code] ?? 0)
  const rows = setAside.map((entry) => [`  ${countText(count(entry.code))}`, printable(asideText(entry))])
  return [...tableLines(rows, [0]), `  all of them, with their bytes: ${folder}/quarantine`]
}

function tallyLines(tallies: readonly Tally[], shown: number, total: number): string[] {
  const most = tallies[0]?.documents ?? 0
  const rows = tallies
    .slice(0, shown)
    .map(({ name, documents, documentsKept }) => [
      `  ${clip(printable(name), 40)}`,
      countText(documents),
      `kept ${shareText(documentsKept, documents)}`,
      barText(most === 0 ? 0 : documents / most, BAR_CELLS),
    ])
  return total > shown
    ? [...tableLines(rows, [1, 2]), `  and ${countText(total - shown)} more`]
    : tableLines(rows, [1, 2])
}

function trainingLines(trainings: Report['trainings']): string[] {
  return trainings.map(({ stage, words, distinctWords, textBytes, merges, mergesWanted }) => {
    const few = merges < mergesWanted ? ` of ${countText(mergesWanted)} wanted: no other pair counts enough` : ''
    const from = `${countText(words)} words (${countText(distinctWords)} distinct, ${bytesText(textBytes)})`
    return `  ${printable(stage)}  ${countText(merges)} merges${few}, learned from ${from}`
  })
}

function deviceLines(devices: Report['devices']): string[] {
  return tableLines(
    devices.map(({ stage, batches, tokens, tokensPerSecond, busyShare, paddingShare }) => [
      `  ${printable(stage)}`,
      `${countText(batches)} batches`,
      `${countText(tokens)} tokens`,
      `${countText(Math.round(tokensPerSecond))} tokens/s`,
      `busy ${shareText(busyShare, 1)}`,
      `padding ${shareText(paddingShare, 1)}`,
    ]),
    [1, 2, 3],
  )
}

function clusterLines({ bySize, largest }: Report['clusters'][number]): string[] {
  const most = Math.max(...bySize.map(({ clusters }) => clusters))
  const rows = bySize.map(({ sizeMin, clusters, documents }) => [
    `  ${sizeMin === 2 ? '2' : `${countText(sizeMin)} to ${countText((sizeMin - 1) * 2)}`} documents`,
    countText(clusters),
    `${countText(documents)} in all`,
    barText(clusters / most, BAR_CELLS),
  ])
  const named = largest.slice(0, 3).map(({ id, size }) => `${printable(id)} (${countText(size)})`)
  return [...tableLines(rows, [1, 2]), `  largest: ${named.join(', ')}`]
}

const LEVELS = ' ▁▂▃▄▅▆▇█'

function signalLines(signals: Report['signals']): string[] {
  const rows = signals.map((signal) => {
    const { name, min, mean, max, scale } = signal
    return [
      `  ${printable(name)}`,
      numberText(min),
      `▕${levelsText(signal)}▏`,
      numberText(max),
      `mean ${numberText(mean)}${scale === 'log' ? ', log scale' : ''}`,
    ]
  })
  return tableLines(rows, [1])
}

/** A character a bin; anything that isn't empty shows. */
function levelsText({ counts }: Histogram): string {
  const most = Math.max(...counts)
  return counts.map((n) => LEVELS[n === 0 ? 0 : Math.max(1, Math.round((8 * n) / most))]).join('')
}
