/**
 * Head, middle and tail (cutoffs.ts) of a whole corpus, by sorting: nothing is held, whatever the number of documents.
 */
import { type Bucket, percentileRank } from './cutoffs.js'

/** Bytes of a perplexity as a sort key. */
export const PERPLEXITY_KEY_BYTES = 8

/** Writes a perplexity so that ascending bytes are descending perplexities. */
export function writePerplexityKey(into: Uint8Array, perplexity: number): void {
  const view = new DataView(into.buffer, into.byteOffset, PERPLEXITY_KEY_BYTES)
  view.setFloat64(0, perplexity) // not negative, so bytes order as numbers do
  for (let i = 0; i < PERPLEXITY_KEY_BYTES; i++) into[i] = ~(into[i] ?? 0)
}

export function readPerplexityKey(from: Uint8Array): number {
  const bytes = Uint8Array.from(from.subarray(0, PERPLEXITY_KEY_BYTES), (byte) => ~byte)
  return new DataView(bytes.buffer).getFloat64(0)
}

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
