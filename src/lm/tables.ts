/** Shared tables of an n-gram model, from n-grams in memory. */
import { ConfigError } from '../errors/errors.js'

/** The n-grams of one order, in any sequence: n-gram i is ids[i * n] … ids[i * n + n - 1], first word first. */
export interface NgramsOfOrder {
  readonly ids: Uint32Array
  /** log10, 0 or less. */
  readonly probabilities: Float32Array
  /** log10; ignored for the highest order. */
  readonly backoffs: Float32Array
}

export interface NgramSource {
  readonly order: number
  /** By id: 0 is `<unk>`; `<s>` and `</s>` are among them. */
  readonly words: readonly string[]
  /** ngrams[0] holds the unigrams, one a word. Every prefix of an n-gram is there too. */
  readonly ngrams: readonly NgramsOfOrder[]
}

/** Throws ConfigError when the parts don't fit together. */
export function buildTables(source: NgramSource): SharedArrayBuffer[] {
  throw new ConfigError(`order ${source.order}: no tables`)
}
