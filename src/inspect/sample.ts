/** Chooses documents to look at: the same ones for the same seed, whatever the order of the rows. */
import { createHash } from 'node:crypto'
import type { Signals } from '../document/document.js'
import type { Verdict } from '../formats/arrow/verdicts.js'

export interface SampleFilter {
  /** Instance of the stage that dropped it; kept documents match no stage. */
  readonly stage?: string
  readonly verdict?: Verdict['verdict']
  readonly reason?: string
}

export interface Sample {
  readonly chosen: readonly Verdict[]
  /** How many documents the filter let through. */
  readonly matching: number
}

/** The `count` matching documents whose hash of seed and id is lowest, in that order: a uniform sample in one reading. */
export function chooseSample(verdicts: Iterable<Verdict>, filter: SampleFilter, count: number, seed: number): Sample {
  let best: { order: string; verdict: Verdict }[] = []
  let matching = 0
  for (const verdict of verdicts) {
    if (!matches(verdict, filter)) continue
    matching++
    best.push({ order: orderOf(verdict, seed), verdict })
    if (best.length >= count * 4 + 64) best = lowest(best, count)
  }
  return { chosen: lowest(best, count).map((one) => one.verdict), matching }
}

/** Documents that share an id, which an input may have, stand in the order of their places. */
function orderOf({ id, file, offset }: Verdict, seed: number): string {
  const hash = createHash('sha256').update(`${seed}\n${id}`).digest('hex')
  return `${hash} ${file} ${String(offset).padStart(16, '0')}`
}

function lowest<T extends { order: string }>(rows: readonly T[], count: number): T[] {
  return rows.toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).slice(0, count)
}

function matches(verdict: Verdict, { stage, verdict: wanted, reason }: SampleFilter): boolean {
  if (wanted !== undefined && verdict.verdict !== wanted) return false
  if (stage !== undefined && verdict.stage !== stage) return false
  return reason === undefined || verdict.reason === reason
}

/**
 * The signals that the deciding stage measured, the one that its reason speaks of first; all signals of a kept document.
 * Reasons and signals begin alike: `bulletLines` is decided by `bulletLineShare`.
 */
export function decidingSignals({ stage, reason, signals }: Verdict): Signals {
  if (stage === '') return signals
  const own = Object.entries(signals).filter(([name]) => name.startsWith(`${stage}.`))
  const alike = own.map(([name]) => commonPrefix(name.slice(stage.length + 1), reason))
  const best = Math.max(...alike)
  const at = best < 3 ? 0 : alike.indexOf(best)
  return Object.fromEntries([...own.slice(at, at + 1), ...own.toSpliced(at, 1)])
}

function commonPrefix(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
