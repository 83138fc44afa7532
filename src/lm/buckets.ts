/**
 * Head, middle and tail (cutoffs.ts) of a whole corpus, by sorting: nothing is held, whatever the number of documents.
 */
import { type Bucket, percentileRank } from './cutoffs.js'

/** Sorts documents into buckets as they come by, from the greatest perplexity down, when their number is known. */
export class DescendingBuckets {
  readonly #headRank: number
  readonly #tailRank: number
  #left: number
  /** The tail's start and the head's end, once they have come by. */
  #tailStart = Number.POSITIVE_INFINITY
  #headEnd = Number.POSITIVE_INFINITY

  constructor(count: number, headPercentile: number, tailPercentile: number) {
    this.#headRank = percentileRank(count, headPercentile)
    this.#tailRank = percentileRank(count, tailPercentile)
    this.#left = count
  }

  next(perplexity: number): Bucket {
    this.#left--
    if (this.#left >= this.#tailRank) this.#tailStart = perplexity
    if (this.#left >= this.#headRank) this.#headEnd = perplexity
    if (perplexity >= this.#tailStart) return 'tail'
    return perplexity >= this.#headEnd ? 'middle' : 'head'
  }
}
