/** What learns merges: `reference.ts` says how, `index.ts` is the fast form. */

/** Merges in the order in which they were learned, as symbols. */
export interface Merges {
  readonly lefts: Uint32Array
  readonly rights: Uint32Array
  /** What the pair counted when it was merged. */
  readonly counts: Float64Array
}

export const NO_MERGES: Merges = { lefts: new Uint32Array(0), rights: new Uint32Array(0), counts: new Float64Array(0) }

/** Of pairs that count the same: the lowest left, then right symbol, or the greatest left, then right byte string. */
export type Ties = 'lowest-ids' | 'greatest-bytes'

export interface LearnerOptions {
  /** Merges at most, `before` included; up to MERGES_MAX. */
  readonly mergesMax: number
  /** Bytes of the longest token that merges make. */
  readonly longestToken: number
  /** The least count of a pair that is merged, at least 1. */
  readonly countMin: number
  readonly ties: Ties
  /** Symbol of each byte, 1 to 256. */
  readonly symbolOfByte: Uint32Array
  /** Byte strings that no merge makes. */
  readonly forbidden: readonly Uint8Array[]
  /** Merges learned already, which the symbols of the records are from. */
  readonly before: Merges
  /** Bytes of all records that will be added, at most. */
  readonly recordBytes: number
}

export interface Learner {
  /**
   * Adds words: whole records as the word table gives them (length, word, count; numbers as LEB128), the word as its bytes
   * or as its symbols (LEB128). Counts are exact to 2^53; so must be their sum over all pairs.
   */
  add(records: Uint8Array, from: 'bytes' | 'symbols'): void
  /** Goes on until there are `until` merges; gives how many there are: fewer when no pair is left. Nothing is added after. */
  learn(until: number): number
  merges(): Merges
  /** Lets the next learner have the memory. This one must not be used again. */
  release(): void
}

/** Bytes are symbols 1 to 256, merge number i makes FIRST_MERGE + i, 0 ends a word. */
export const FIRST_MERGE = 257
export const WORD_END = 0
/** Of a cell; the rest is for the word's count. */
export const SYMBOL_BITS = 21
export const MERGES_MAX = 2 ** SYMBOL_BITS - 1 - FIRST_MERGE

/** Cells of the words of so many bytes of records, at most: 6 for the 5 bytes of a word of two letters that counts 2047. */
export function cellsFor(recordBytes: number): number {
  return Math.ceil(recordBytes * 1.2) + 4
}
