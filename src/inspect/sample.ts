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
    best.push({ order: createHash('sha256').update(`${seed}\n${verdict.id}`).digest('hex'), verdict })
    if (best.length >= count * 4 + 64) best = lowest(best, count)
  }
  return { chosen: lowest(best, count).map((one) => one.verdict), matching }
}

function lowest<T extends { order: string }>(rows: readonly T[], count: number): T[] {
  return rows.toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).slice(0, count)
}

function matches(verdict: Verdict, { stage, verdict: wanted, reason }: SampleFilter): boolean {
  if (wanted !== undefined && verdict.verdict !== wanted) return false
  if (stage !== undefined && verdict.stage !== stage) return false
  return reason === undefined || verdict.reason === reason
}

/** The signals that the deciding stage measured, the one that the reason names first; all signals of a kept document. */
export function decidingSignals({ stage, reason, signals }: Verdict): Signals {
  if (stage === '') return signals
  const own = Object.entries(signals).filter(([name]) => name.startsWith(`${stage}.`))
  own.sort(([a], [b]) => Number(b === `${stage}.${reason}`) - Number(a === `${stage}.${reason}`))
  return Object.fromEntries(own)
}
