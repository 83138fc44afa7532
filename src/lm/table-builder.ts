/**
 * Fills the shared tables, n-gram by n-gram: words and unigrams first, then n-grams by rising length. Whoever reads a
 * format brings either word ids (`add`, which also finds what extends what) or finished keys and bits (`addKey`).
 */
import { ConfigError } from '../errors/errors.js'
import { GappedTable, idealSlot, slotsFor } from './gapped-table.js'
import {
  floatBits,
  floatOf,
  HEADER_WORDS,
  type Layout,
  NGRAM_STRIDE,
  NO_EXTENSION,
  ORDER_MAX,
  ORDER_MIN,
  SEGMENT_SLOTS,
  SIGN,
  segmentSlotCounts,
  tableSizes,
  WORD_STRIDE,
  WORDS_MAX,
  wordTableStart,
  writeLayout,
} from './layout.js'
import { type ModelTables, makeTables, type SharedModel } from './model-tables.js'
import { extendHigh, extendLow, wordHigh, wordLow } from './ngram-key.js'
import type { WordHash } from './word-hash.js'

/** A back-off that the file does not give: 0, and refused once a longer n-gram begins with this one. Bits of a number that no file means. */
export const MISSING_BACKOFF = 0x80000001

/** Bits of a back-off: both zeros say "no extension" until something is found to extend. */
export function backoffBits(backoff: number): number {
  return backoff === 0 ? NO_EXTENSION : floatBits(backoff)
}

export function checkOrder(order: number, name: string): void {
  if (!(order >= ORDER_MIN && order <= ORDER_MAX)) {
    throw new ConfigError(`${name}: expected a model of order ${ORDER_MIN} to ${ORDER_MAX}, got ${order}`)
  }
}

export class TableBuilder {
  readonly #words: GappedTable
  #tables: ModelTables
  #unigrams: Uint32Array
  #segments: readonly GappedTable[]
  #ngramSlots: number
  #expected: number
  #ngramCount = 0
  readonly #counts: number[]
  /** Where `locate` has found a key. */
  #found: Uint32Array
  #foundAt = 0
  #missingBackoffs = false

  /**
   * @param wordCount `<unk>`, id 0, among them
   * @param expected n-grams of two words and more; more may come
   * @param segmentSlots for tests; a power of two
   */
  constructor(
    readonly order: number,
    readonly wordCount: number,
    expected: number,
    readonly name: string,
    readonly segmentSlots = SEGMENT_SLOTS,
  ) {
    checkOrder(order, name)
    if (!(wordCount >= 1 && wordCount <= WORDS_MAX)) {
      throw new ConfigError(`${name}: expected 1 to ${WORDS_MAX} words, got ${wordCount}`)
    }
    const wordSlots = slotsFor(wordCount)
    this.#counts = new Array<number>(order).fill(0)
    this.#expected = expected
    this.#ngramSlots = slotsFor(expected)
    const layout = this.#layout(wordSlots, 0, 0)
    this.#tables = makeTables(tableSizes(layout))
    this.#unigrams = unigramsOf(this.#tables, wordCount)
    this.#words = new GappedTable(wordsOf(this.#tables, layout), WORD_STRIDE, wordSlots, name)
    this.#segments = this.#makeSegments()
    this.#found = this.#unigrams
  }

  // ---- words and unigrams ----

  /** False when the model has the word already. */
  addWord(hash: WordHash, id: number): boolean {
    const table = this.#words
    const at = table.insert(hash.high, hash.low, idealSlot(hash.high, table.slots))
    if (at < 0) return false
    table.words[at + 2] = id
    return true
  }

  /** -1 when the model lacks it. `<unk>` is no word. */
  wordId(hash: WordHash): number {
    const table = this.#words
    const at = table.find(hash.high, hash.low, idealSlot(hash.high, table.slots))
    return at < 0 ? -1 : table.words[at + 2]
  }

  setUnigram(id: number, probabilityBits: number, backoff: number): void {
    this.#check(probabilityBits, backoff)
    this.#unigrams[2 * id] = probabilityBits
    this.#unigrams[2 * id + 1] = backoff
    this.#counts[0]++
  }

  // ---- n-grams by key ----

  /** False when there is an n-gram with this key already. Halves are unsigned; sign bits as in layout.ts. */
  addKey(length: number, high: number, low: number, probabilityBits: number, backoff: number): boolean {
    this.#check(probabilityBits, backoff)
    if (this.#ngramCount >= this.#expected) this.#grow()
    const ideal = idealSlot(high, this.#ngramSlots)
    const segment = Math.floor(ideal / this.segmentSlots)
    const table = this.#segments[segment]
    const at = table.insert(high, low, ideal - segment * this.segmentSlots)
    if (at < 0) return false
    this.#ngramCount++
    table.words[at + 2] = probabilityBits
    table.words[at + 3] = backoff
    this.#counts[length - 1]++
    return true
  }

  // ---- n-grams by ids ----

  /**
   * Adds ids[0, length), first word first, when all shorter n-grams are there.
   * @returns what is wrong, or null
   */
  add(ids: Uint32Array, length: number, probability: number, backoff: number): string | null {
    keyOf(ids, 0, length)
    if (!this.addKey(length, keyHigh >>> 0, keyLow >>> 0, floatBits(probability) | SIGN, backoff))
      return 'is there twice'
    const context = this.#extendContext(ids, length)
    if (context !== null) return context
    this.#extendSuffix(ids, 1, length - 1)
    return null
  }

  /** The context ids[0, length - 1) goes on to the right. */
  #extendContext(ids: Uint32Array, length: number): string | null {
    if (!this.#locate(ids, 0, length - 1)) return `begins with ${length - 1} words that are no n-gram of the model`
    const at = this.#foundAt + 1
    if (this.#found[at] === MISSING_BACKOFF) return `begins with ${length - 1} words whose n-gram has no back-off`
    if (this.#found[at] === NO_EXTENSION) this.#found[at] = 0
    return null
  }

  /** The n-gram ids[start, start + length) goes on to the left. Gives its log10. */
  #extendSuffix(ids: Uint32Array, start: number, length: number): number {
    if (!this.#locate(ids, start, length)) this.#fill(ids, start, length)
    this.#found[this.#foundAt] = (this.#found[this.#foundAt] & ~SIGN) >>> 0
    return -floatOf(this.#found[this.#foundAt])
  }

  /** An n-gram that a pruned file lacks although a longer one ends with it: what backing off gives, so that a search passes it. */
  #fill(ids: Uint32Array, start: number, length: number): void {
    let probability = this.#extendSuffix(ids, start + 1, length - 1)
    if (this.#locate(ids, start, length - 1)) {
      const at = this.#foundAt + 1
      if (this.#found[at] === NO_EXTENSION) this.#found[at] = 0
      probability += floatOf(this.#found[at])
    }
    keyOf(ids, start, length)
    this.addKey(length, keyHigh >>> 0, keyLow >>> 0, floatBits(Math.min(0, probability)) | SIGN, NO_EXTENSION)
    this.#locate(ids, start, length)
  }

  /** Sets #found and #foundAt to the probability of ids[start, start + length). */
  #locate(ids: Uint32Array, start: number, length: number): boolean {
    if (length === 1) {
      this.#found = this.#unigrams
      this.#foundAt = 2 * ids[start]
      return true
    }
    keyOf(ids, start, length)
    const { table, ideal } = this.#slot(keyHigh >>> 0)
    const at = table.find(keyHigh >>> 0, keyLow >>> 0, ideal)
    this.#found = table.words
    this.#foundAt = at + 2
    return at >= 0
  }

  // ---- tables ----

  /** The finished tables; the builder is spent. */
  finish(beginId: number, endId: number): SharedModel {
    if (this.#missingBackoffs) {
      for (let i = 1; i < this.#unigrams.length; i += 2) settleBackoff(this.#unigrams, i)
      for (const { words } of this.#segments) {
        for (let i = 3; i < words.length; i += NGRAM_STRIDE) settleBackoff(words, i)
      }
    }
    writeLayout(this.#tables.tables[0], this.#layout(this.#words.slots, beginId, endId))
    return this.#tables.shared
  }

  #layout(wordSlots: number, beginId: number, endId: number): Layout {
    const { order, wordCount, segmentSlots } = this
    return {
      order,
      wordCount,
      wordSlots,
      beginId,
      endId,
      ngramSlots: this.#ngramSlots,
      segmentSlots,
      counts: this.#counts,
    }
  }

  #makeSegments(): readonly GappedTable[] {
    const counts = segmentSlotCounts({ ngramSlots: this.#ngramSlots, segmentSlots: this.segmentSlots })
    return counts.map((slots, i) => new GappedTable(this.#tables.tables[i + 1], NGRAM_STRIDE, slots, this.name))
  }

  /** Only for files that lack suffixes of their n-grams, or name too few n-grams in their header. */
  #grow(): void {
    const before = this.#segments
    this.#expected = Math.ceil(this.#expected * 1.5) + 16
    this.#ngramSlots = slotsFor(this.#expected)
    const layout = this.#layout(this.#words.slots, 0, 0)
    this.#tables = makeTables(tableSizes(layout))
    const unigrams = unigramsOf(this.#tables, this.wordCount)
    unigrams.set(this.#unigrams)
    this.#unigrams = unigrams
    this.#words.moveTo(wordsOf(this.#tables, layout))
    this.#segments = this.#makeSegments()
    for (const from of before) {
      for (let i = 0; i < from.words.length; i += NGRAM_STRIDE) {
        const [high, low, probability, backoff] = from.words.subarray(i, i + NGRAM_STRIDE)
        if (high === EMPTY_HALF && low === EMPTY_HALF) continue
        const { table, ideal } = this.#slot(high)
        const at = table.insert(high, low, ideal)
        table.words[at + 2] = probability
        table.words[at + 3] = backoff
      }
    }
  }

  #slot(high: number): { table: GappedTable; ideal: number } {
    const position = idealSlot(high, this.#ngramSlots)
    const segment = Math.floor(position / this.segmentSlots)
    return { table: this.#segments[segment], ideal: position - segment * this.segmentSlots }
  }

  #check(probabilityBits: number, backoff: number): void {
    if (!isFiniteBits(probabilityBits) || !isFiniteBits(backoff)) {
      throw new ConfigError(
        `${this.name}: expected finite numbers, got ${floatOf(probabilityBits)} with back-off ${floatOf(backoff)}`,
      )
    }
    if (backoff === MISSING_BACKOFF) this.#missingBackoffs = true
  }
}

const EMPTY_HALF = 0xffffffff

function unigramsOf({ tables }: ModelTables, wordCount: number): Uint32Array {
  return tables[0].subarray(HEADER_WORDS, HEADER_WORDS + 2 * wordCount)
}

function wordsOf({ tables }: ModelTables, layout: Layout): Uint32Array {
  return tables[0].subarray(wordTableStart(layout))
}

export function isFiniteBits(bits: number): boolean {
  return (bits & 0x7f800000) !== 0x7f800000
}

function settleBackoff(words: Uint32Array, at: number): void {
  if (words[at] === MISSING_BACKOFF) words[at] = NO_EXTENSION
}

let keyHigh = 0
let keyLow = 0

/** Sets keyHigh and keyLow to the key of ids[start, start + length). */
function keyOf(ids: Uint32Array, start: number, length: number): void {
  keyLow = ids[start + length - 1]
  keyHigh = 0
  for (let i = start + length - 2; i >= start; i--) {
    keyHigh = extendHigh(keyHigh, keyLow, wordHigh(ids[i]))
    keyLow = extendLow(keyLow, wordLow(ids[i]))
  }
}
