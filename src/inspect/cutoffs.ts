/**
 * Cutoffs of a finished run: percentiles of a perplexity that one of its stages measured, by language, as the stage
 * bucket-perplexity cuts. Every document counts that has the signal, dropped ones too. Takes 8 to 16 bytes a document.
 */
import type { Verdict } from '../formats/arrow/verdicts.js'
import { type Cutoff, type Cutoffs, percentileRank, UNKNOWN_LANGUAGE } from '../lm/cutoffs.js'

/** @param percentiles 0 to below 100, the head's at most the tail's */
export function cutoffsOf(
  verdicts: Iterable<Pick<Verdict, 'language' | 'signals'>>,
  signal: string,
  percentiles: Cutoff,
): Cutoffs {
  const values = new Map<string, GrowingList>()
  for (const { language, signals } of verdicts) {
    const perplexity = signals[signal]
    if (typeof perplexity !== 'number') continue
    const name = language || UNKNOWN_LANGUAGE
    const list = values.get(name) ?? new GrowingList()
    values.set(name, list)
    list.add(perplexity)
  }
  const cutoffs = new Map<string, Cutoff>()
  for (const [language, list] of values) {
    const sorted = list.sorted()
    const at = (percentile: number) => sorted[percentileRank(sorted.length, percentile)]
    cutoffs.set(language, { head: at(percentiles.head), tail: at(percentiles.tail) })
  }
  return cutoffs
}

class GrowingList {
  private values = new Float64Array(1024)
  private count = 0

  add(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.count * 2)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.count++] = value
  }

  /** In place. */
  sorted(): Float64Array {
    return this.values.subarray(0, this.count).sort()
  }
}
