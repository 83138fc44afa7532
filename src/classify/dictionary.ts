/**
 * fastText's dictionary at prediction time (`dictionary.cc` of fastText 0.9): words to rows, and character n-grams to rows
 * through a 32-bit FNV-1a hash. Two quirks are part of the format: the hash XORs bytes as signed chars, so that a byte above
 * 127 flips the upper bits too; and n-grams run over `<word>`, but a single `<` or `>` is no n-gram.
 */
import type { DictionaryEntries, ModelArguments } from './model-file.js'

export const FNV_START = 2166136261 | 0
export const FNV_PRIME = 16777619
/** What fastText multiplies the hash of a run of words by, before it adds the next word's. */
const WORD_PRIME = 116049371
const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e

/** Takes the rows of one word one by one. */
export interface RowSink {
  add(row: number): void
}

export class Dictionary {
  readonly #entries: DictionaryEntries
  readonly #args: ModelArguments
  /** Open addressing on the hash of the word: word number + 1, 0 for a free slot. */
  readonly #slots: Int32Array
  /** Open addressing on the bucket: bucket + 1, row; null when every bucket has a row of its own. */
  readonly #buckets: Int32Array | null
  /** One bit a bucket, buckets folded: nine of ten n-grams of a text have no row, which is seen here, within the cache. */
  readonly #filter: Int32Array

  constructor(entries: DictionaryEntries, args: ModelArguments) {
    this.#entries = entries
    this.#args = args
    this.#slots = new Int32Array(tableSize(entries.wordCount))
    this.#fillSlots()
    this.#buckets = entries.pruneIndex === null ? null : bucketTable(entries.pruneIndex, entries.wordCount)
    this.#filter = bucketFilter(entries.pruneIndex ?? new Int32Array(0))
  }

  /** The number of the word in bytes[start, end), also its row; -1 when it is not in the dictionary. `hash` is its hash. */
  find(bytes: Int8Array, start: number, end: number, hash: number): number {
    const { wordStart, wordEnd } = this.#entries
    const known = this.#entries.bytes
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const word = this.#slots[slot] - 1
      if (word < 0) return -1
      const from = wordStart[word]
      if (wordEnd[word] - from !== end - start) continue
      let i = start
      while (i < end && (bytes[i] & 0xff) === known[from + i - start]) i++
      if (i === end) return word
    }
  }

  /**
   * Gives `sink` the row of every character n-gram of the word in bytes[start, end). The two bytes around it must be
   * the caller's to overwrite: they become `<` and `>`.
   */
  subwords(bytes: Int8Array, start: number, end: number, sink: RowSink): void {
    const { minn, maxn } = this.#args
    if (maxn === 0) return
    const buckets = this.#args.bucket
    const inverse = 1 / buckets
    const filter = this.#buckets === null ? null : this.#filter
    const filterMask = this.#filter.length - 1
    const before = bytes[start - 1]
    const after = bytes[end]
    bytes[start - 1] = LESS_THAN
    bytes[end] = GREATER_THAN
    const first = start - 1
    const stop = end + 1
    for (let i = first; i < stop; i++) {
      if (isContinuation(bytes[i])) continue
      let hash = FNV_START
      for (let j = i, n = 1; j < stop && n <= maxn; n++) {
        do hash = Math.imul(hash ^ bytes[j++], FNV_PRIME)
        while (j < stop && isContinuation(bytes[j]))
        if (n < minn || (n === 1 && (i === first || j === stop))) continue
        const id = modulo(hash >>> 0, buckets, inverse)
        if (filter !== null && ((filter[(id >>> 5) & filterMask] >>> (id & 31)) & 1) === 0) continue
        const row = this.#rowOfBucket(id)
        if (row >= 0) sink.add(row)
      }
    }
    bytes[start - 1] = before
    bytes[end] = after
  }

  /**
   * Gives `sink` the row of every run of 2 to `wordNgrams` words, by the hashes of the words, first to last. fastText takes
   * the hashes as signed numbers and computes in 64 bits without a sign.
   */
  wordNgrams(hashes: Int32Array, count: number, sink: RowSink): void {
    const length = this.#args.wordNgrams
    const buckets = this.#args.bucket
    for (let i = 0; i < count; i++) {
      let low = hashes[i]
      let high = low >> 31
      for (let j = i + 1; j < count && j < i + length; j++) {
        const hash = hashes[j]
        const product = timesWordPrime(low)
        const sum = (product.low >>> 0) + (hash >>> 0)
        high = (Math.imul(high, WORD_PRIME) + product.high + (hash >> 31) + (sum > 0xffffffff ? 1 : 0)) | 0
        low = sum | 0
        const row = this.#rowOfBucket(modulo64(high >>> 0, low >>> 0, buckets))
        if (row >= 0) sink.add(row)
      }
    }
  }

  #rowOfBucket(bucket: number): number {
    const table = this.#buckets
    if (table === null) return this.#entries.wordCount + bucket
    const mask = table.length - 2
    for (let slot = spread(bucket) & mask; ; slot = (slot + 2) & mask) {
      const key = table[slot]
      if (key === bucket + 1) return table[slot + 1]
      if (key === 0) return -1
    }
  }

  #fillSlots(): void {
    const { bytes, wordStart, wordEnd, wordCount } = this.#entries
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const mask = this.#slots.length - 1
    for (let word = 0; word < wordCount; word++) {
      let slot = hashBytes(signed, wordStart[word], wordEnd[word]) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = word + 1
    }
  }
}

/** FNV-1a as fastText computes it, over signed bytes. */
export function hashBytes(bytes: Int8Array, start: number, end: number): number {
  let hash = FNV_START
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], FNV_PRIME)
  return hash
}

/** True for the second to fourth byte of a character in UTF-8. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** value % divisor for an unsigned 32-bit value, by the divisor's inverse: the quotient is off by one at most. */
function modulo(value: number, divisor: number, inverse: number): number {
  const rest = (value - Math.imul((value * inverse) | 0, divisor)) | 0
  if (rest < 0) return rest + divisor
  return rest >= divisor ? rest - divisor : rest
}

/** Both halves of an unsigned 32-bit number times WORD_PRIME. Filled anew at every call. */
const PRODUCT = { low: 0, high: 0 }

function timesWordPrime(value: number): typeof PRODUCT {
  const lower = (value & 0xffff) * WORD_PRIME // below 2^43
  const upper = (value >>> 16) * WORD_PRIME
  const sum = (upper % 0x10000) * 0x10000 + lower // below 2^44
  PRODUCT.low = sum | 0
  PRODUCT.high = (Math.floor(upper / 0x10000) + Math.floor(sum / 0x100000000)) | 0
  return PRODUCT
}

/** (high * 2^32 + low) % divisor; the divisor is below 2^31, so that no step is beyond 2^47. */
function modulo64(high: number, low: number, divisor: number): number {
  const upper = ((high % divisor) * 0x10000 + (low >>> 16)) % divisor
  return (upper * 0x10000 + (low & 0xffff)) % divisor
}

/** A power of two at least twice the number of entries. */
function tableSize(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, entries * 2)))
}

/** Even slots all over the table for buckets in a row: the upper bits of a multiplication by 2^32 / golden ratio. */
function spread(bucket: number): number {
  return (Math.imul(bucket, 0x9e3779b1) >>> 8) << 1
}

function bucketTable(pruneIndex: Int32Array, wordCount: number): Int32Array {
  const table = new Int32Array(tableSize(pruneIndex.length / 2) * 2)
  const mask = table.length - 2
  for (let i = 0; i < pruneIndex.length; i += 2) {
    const key = pruneIndex[i] + 1
    let slot = spread(pruneIndex[i]) & mask
    while (table[slot] !== 0 && table[slot] !== key) slot = (slot + 2) & mask
    table[slot] = key
    table[slot + 1] = wordCount + pruneIndex[i + 1]
  }
  return table
}

/** 16 bits an entry: 6 of 100 buckets without a row pass all the same. */
function bucketFilter(pruneIndex: Int32Array): Int32Array {
  const filter = new Int32Array(tableSize(pruneIndex.length / 2) / 4)
  for (let i = 0; i < pruneIndex.length; i += 2) {
    const id = pruneIndex[i]
    filter[(id >>> 5) & (filter.length - 1)] |= 1 << (id & 31)
  }
  return filter
}
