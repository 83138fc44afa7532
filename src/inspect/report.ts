/** What a finished run did, in numbers: funnel, reasons, languages, hosts, characters, distributions of signals. */
import type { Verdict } from '../formats/arrow/verdicts.js'
import type { FileLedger, Ledger } from '../run/ledger.js'
import { ClusterCounter, type StageClusters } from './clusters.js'
import type { StageContamination } from './contamination.js'
import type { DeviceUse } from './devices.js'
import { type Histogram, HistogramMaker, SignalRange } from './histogram.js'
import type { QuarantineEntry } from './quarantine.js'
import type { TokenReport, TrainingReport } from './token-artifacts.js'

export interface Tally {
  readonly name: string
  documents: number
  documentsKept: number
  /** UTF-16 units of text at the verdict. */
  characters: number
  charactersKept: number
}

export type QuarantineExample = Omit<QuarantineEntry, 'bytes'>

export interface Report {
  readonly name: string
  readonly totals: FileLedger
  /** An example for each code under which something was set aside: damaged input, documents that a stage failed on. */
  readonly setAside: readonly QuarantineExample[]
  readonly all: Tally
  /** Most documents first. */
  readonly languages: readonly Tally[]
  readonly hosts: readonly Tally[]
  readonly hostCount: number
  readonly devices: readonly DeviceUse[]
  readonly trainings: readonly TrainingReport[]
  readonly tokens: readonly TokenReport[]
  readonly contaminations: readonly StageContamination[]
  readonly clusters: readonly StageClusters[]
  readonly signals: readonly (Histogram & { readonly name: string })[]
}

/** What a report reads: rows can be asked for twice, so that histograms need no memory for their values. */
export interface ReportSource {
  readonly plan: {
    readonly name: string
    readonly signalColumns: readonly { readonly name: string; readonly type: string }[]
  }
  readonly ledger: Ledger
  verdicts(): Iterable<Verdict>
  quarantine(): Iterable<QuarantineEntry>
  devices(): readonly DeviceUse[]
  trainings(): readonly TrainingReport[]
  tokens(): readonly TokenReport[]
  contaminations(): readonly StageContamination[]
}

const HOSTS_SHOWN = 50
/** Beyond this many hosts the rarest half is let go: top hosts stay right, memory stays bounded. */
const HOSTS_MAX = 200_000

export function makeReport(source: ReportSource): Report {
  const all = newTally('all')
  const languages = new Map<string, Tally>()
  const hosts = new Map<string, Tally>()
  const numeric = source.plan.signalColumns.filter((column) => column.type === 'number')
  const ranges = numeric.map(({ name }) => new SignalRange(name))
  const clusters = ClusterCounter.of(numeric)
  let hostCount = 0
  for (const verdict of source.verdicts()) {
    count(all, verdict)
    count(tallyOf(languages, verdict.language || 'unknown'), verdict)
    const before = hosts.size
    count(tallyOf(hosts, hostOf(verdict.url) || 'unknown'), verdict)
    hostCount += hosts.size - before
    if (hosts.size > HOSTS_MAX) for (const { name } of sorted(hosts).slice(HOSTS_MAX / 2)) hosts.delete(name)
    for (const counter of clusters) counter.add(verdict)
    for (const range of ranges) range.add(verdict.signals[range.name])
  }
  const makers = ranges.filter((range) => range.count > 0).map((range) => new HistogramMaker(range))
  if (makers.length > 0) {
    for (const { signals } of source.verdicts()) for (const maker of makers) maker.add(signals[maker.name])
  }
  return {
    name: source.plan.name,
    totals: source.ledger.totals,
    setAside: asideExamples(source),
    all,
    languages: sorted(languages),
    hosts: sorted(hosts).slice(0, HOSTS_SHOWN),
    hostCount,
    devices: source.devices(),
    trainings: source.trainings(),
    tokens: source.tokens(),
    contaminations: source.contaminations(),
    clusters: clusters.flatMap((counter) => counter.result() ?? []),
    signals: makers.map((maker) => ({ name: maker.name, ...maker.histogram() })),
  }
}

function asideExamples(source: ReportSource): QuarantineExample[] {
  const { totals } = source.ledger
  const codes = new Set(Object.keys({ ...totals.damaged, ...totals.quarantined }))
  const examples: QuarantineExample[] = []
  if (codes.size === 0) return examples
  for (const { bytes: _, ...entry } of source.quarantine()) {
    if (codes.delete(entry.code)) examples.push(entry)
    if (codes.size === 0) break
  }
  return examples
}

/** Host of a URL in lower case, '' when it has none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

function newTally(name: string): Tally {
  return { name, documents: 0, documentsKept: 0, characters: 0, charactersKept: 0 }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const known = tallies.get(name) ?? newTally(name)
  tallies.set(name, known)
  return known
}

function count(tally: Tally, { verdict, textLength }: Verdict): void {
  tally.documents++
  tally.characters += textLength
  if (verdict !== 'kept') return
  tally.documentsKept++
  tally.charactersKept += textLength
}

function sorted(tallies: ReadonlyMap<string, Tally>): Tally[] {
  return [...tallies.values()].sort((a, b) => b.documents - a.documents || (a.name < b.name ? -1 : 1))
}
