/**
 * Head, middle and tail: documents of a language by their perplexity, cut at two percentiles (Wenzek et al. 2020;
 * cc_net's `PerplexityBucket`): below the first the head, from the second on the tail. What has no perplexity, or no
 * cutoffs for its language, is in `all`, as cc_net names it.
 */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'

export const BUCKETS = ['head', 'middle', 'tail', 'all'] as const
export type Bucket = (typeof BUCKETS)[number]

/** [end of the head, start of the tail]. */
export type Cutoffs = readonly [headEnd: number, tailStart: number]

export function bucketOf(perplexity: number | null, cutoffs: Cutoffs | undefined): Bucket {
  if (perplexity === null || cutoffs === undefined) return 'all'
  if (perplexity < cutoffs[0]) return 'head'
  return perplexity < cutoffs[1] ? 'middle' : 'tail'
}

/** Reads `{"en": [340.5, 720], …}`. Throws ConfigError for anything else; `name` is for messages. */
export function readCutoffs(bytes: Uint8Array, name: string): ReadonlyMap<string, Cutoffs> {
  const fail = (message: string): never => {
    throw new ConfigError(
      `${name}: expected {"en": [perplexity at the head's end, at the tail's start], …}, ${message}`,
    )
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    return fail(`got no JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (!isObject(parsed)) return fail('got no object')
  const byLanguage = new Map<string, Cutoffs>()
  for (const [language, pair] of Object.entries(parsed)) {
    const [headEnd, tailStart, ...more] = Array.isArray(pair) ? pair : []
    const sound = typeof headEnd === 'number' && typeof tailStart === 'number' && more.length === 0
    if (!sound || headEnd < 0 || headEnd > tailStart) return fail(`got ${language}: ${JSON.stringify(pair)}`)
    byLanguage.set(language, [headEnd, tailStart])
  }
  return byLanguage
}

// ---- cutoffs of a whole corpus, by sorting ----

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

/**
 * Sorts documents into buckets as they come by, from the greatest perplexity down, when their number is known. Percentiles
 * are those of numpy's default (linear interpolation, Hyndman and Fan 1996, type 7): what lies below one is what lies below
 * the perplexity of rank ceil((count - 1) * percentile / 100), counted from 0 upward. Percentile 100: everything is below.
 * Nothing is held.
 */
export class DescendingBuckets {
  readonly #headRank: number
  readonly #tailRank: number
  #left: number
  /** The tail's start and the head's end, once they have come by. */
  #tailStart = Number.POSITIVE_INFINITY
  #headEnd = Number.POSITIVE_INFINITY

  constructor(count: number, headPercentile: number, tailPercentile: number) {
    const rankOf = (percentile: number): number =>
      percentile === 100 ? count : Math.ceil(((count - 1) * percentile) / 100)
    this.#headRank = rankOf(headPercentile)
    this.#tailRank = rankOf(tailPercentile)
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
