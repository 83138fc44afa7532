/**
 * Adjusted counts of all orders from the n-grams of the highest one, in one scan in suffix order (Heafield et al. 2013,
 * section 3.2): the count itself for the highest order and for n-grams that begin with `<s>`, else the number of distinct
 * words seen before the n-gram (Chen & Goodman 1998, section 3.6, after Kneser & Ney 1995).
 */
import type { RecordSink } from './train-counts.js'
import { BOS } from './train-vocabulary.js'

const COUNT_MAX = 2 ** 32 - 1

/** What the discounts of one order are made of. */
export interface OrderStatistics {
  /** Distinct n-grams, those pruned included. */
  ngrams: number
  kept: number
  /** Sum of the adjusted counts. */
  total: number
  /** Number of n-grams with adjusted count 1, 2, 3, 4, at [1] to [4]. */
  readonly countsOfCounts: number[]
}

export function emptyStatistics(order: number): OrderStatistics[] {
  return Array.from({ length: order }, () => ({ ngrams: 0, kept: 0, total: 0, countsOfCounts: [0, 0, 0, 0, 0] }))
}

export function addStatistics(to: readonly OrderStatistics[], from: readonly OrderStatistics[]): void {
  for (const [i, statistics] of to.entries()) {
    statistics.ngrams += from[i].ngrams
    statistics.kept += from[i].kept
    statistics.total += from[i].total
    for (let count = 1; count <= 4; count++) statistics.countsOfCounts[count] += from[i].countsOfCounts[count]
  }
}

/**
 * Takes n-grams of the highest order in suffix order, equal ones in pieces, and gives records of every order n, in suffix
 * order: n words, then the adjusted count. Pruned ones go elsewhere: they still count in sums and in counts of counts.
 */
export class AdjustedCounts {
  readonly statistics: OrderStatistics[]
  private readonly current: Uint32Array
  /** How many orders of the current n-gram are open: all, or up to the one that begins with `<s>`. */
  private depth = 0
  /** By order - 1, of the n-grams that the current one ends in. */
  private readonly adjusted: Float64Array
  private readonly raw: Float64Array

  /**
   * @param prune by order - 1: n-grams seen so often or less, not adjusted, are pruned
   * @param kept sinks by order - 1
   * @param pruned sinks by order - 1
   */
  constructor(
    private readonly order: number,
    private readonly prune: readonly number[],
    private readonly kept: readonly RecordSink[],
    private readonly pruned: readonly RecordSink[],
  ) {
    this.statistics = emptyStatistics(order)
    this.current = new Uint32Array(order)
    this.adjusted = new Float64Array(order)
    this.raw = new Float64Array(order)
  }

  /** The n-gram is words[at] … words[at + order - 1]. Throws RangeError for counts of 2^32 or more. */
  add(words: Uint32Array, at: number, count: number): void {
    const { order, current, adjusted, raw } = this
    let same = 0
    while (same < this.depth && words[at + order - 1 - same] === current[order - 1 - same]) same++
    for (let n = 0; n < same; n++) raw[n] += count
    if (same > 0 && same === this.depth) {
      adjusted[same - 1] += count // the same n-gram once more
      return
    }
    for (let n = same; n < this.depth; n++) this.give(n)
    // Only the longest n-gram that goes on has a new word before it.
    if (same > 0) adjusted[same - 1]++
    let depth = same
    let startsSentence = false
    while (depth < order && !startsSentence) {
      const word = words[at + order - 1 - depth]
      startsSentence = word === BOS
      current[order - 1 - depth] = word
      raw[depth] = count
      adjusted[depth] = 1
      depth++
    }
    if (startsSentence || depth === order) adjusted[depth - 1] = count
    this.depth = depth
  }

  finish(): void {
    for (let n = 0; n < this.depth; n++) this.give(n)
    this.depth = 0
  }

  private give(n: number): void {
    const count = this.adjusted[n]
    if (count > COUNT_MAX) throw new RangeError(`an n-gram occurs ${count} times, at most ${COUNT_MAX} can be counted`)
    const statistics = this.statistics[n]
    statistics.ngrams++
    statistics.total += count
    if (count <= 4) statistics.countsOfCounts[count]++
    const isPruned = this.raw[n] <= this.prune[n]
    if (!isPruned) statistics.kept++
    const sink = isPruned ? this.pruned[n] : this.kept[n]
    const at = sink.slot()
    const words = sink.words
    const start = this.order - 1 - n
    for (let i = 0; i <= n; i++) words[at + i] = this.current[start + i]
    words[at + n + 1] = count
  }
}
