/**
 * Scores sentences with the shared tables, in any thread. For each word the longest n-gram that ends with it is looked
 * for from the bigram up; the log10 is that n-gram's, plus the back-offs of the contexts that were longer than it used
 * (Katz 1987; the search order and the state carried from word to word are KenLM's, Heafield 2011 section 4).
 * A word takes about as long to find as its n-grams do. Lookups are written out where they are used.
 */
import { padFor } from './gapped-table.js'
import { HEADER_WORDS, type Layout, NO_EXTENSION, readLayout, SIGN, WORD_STRIDE, wordTableStart } from './layout.js'
import { extendHigh, extendLow, wordHigh, wordLow } from './ngram-key.js'
import type { NgramModel, SentenceScore } from './ngram-model.js'
import { finishHigh, finishLow, HIGH_SEED, hashWord, LOW_SEED, stepHigh, stepLow, type WordHash } from './word-hash.js'

/** More than the longest context; a power of two. */
const RING = 8
/** Words whose ids are found at once. */
const BLOCK = 1024
/** Units of a block's text; a block with more is looked up word by word. */
const BLOCK_UNITS = 2 ** 15
/** Between the words of a block. No model has a word with a line's end in it. */
const SEPARATOR = '\n'
const SEPARATOR_UNIT = 10

export class TableModel implements NgramModel {
  readonly order: number
  readonly #layout: Layout
  readonly #unigrams: Uint32Array
  readonly #unigramValues: Float32Array
  readonly #words: Uint32Array
  readonly #wordScale: number
  readonly #segments: readonly Uint32Array[]
  readonly #segmentValues: readonly Float32Array[]
  readonly #ngramScale: number
  readonly #hash: WordHash = { high: 0, low: 0 }
  // Scratch of a block: its text, and its words' ids with one place for `</s>`.
  readonly #text = Buffer.alloc(2 * BLOCK_UNITS + 2)
  readonly #units = new Uint16Array(this.#text.buffer, this.#text.byteOffset, BLOCK_UNITS + 1)
  readonly #ids = new Uint32Array(BLOCK + 1)
  // State between words: back-offs of the contexts of 1 to #contextLength words that end here, at #now of #backoffs, and
  // the last words' parts of a key.
  readonly #backoffs = new Float64Array(2 * RING)
  #now = 0
  #contextLength = 0
  readonly #ringHigh = new Int32Array(RING)
  readonly #ringLow = new Int32Array(RING)
  #position = 0
  #log10 = 0
  #oovCount = 0

  constructor(tables: readonly SharedArrayBuffer[]) {
    const layout = readLayout(new Uint32Array(tables[0], 0, HEADER_WORDS))
    const start = wordTableStart(layout)
    this.#layout = layout
    this.order = layout.order
    this.#unigrams = new Uint32Array(tables[0], HEADER_WORDS * 4, 2 * layout.wordCount)
    this.#unigramValues = new Float32Array(tables[0], HEADER_WORDS * 4, 2 * layout.wordCount)
    this.#words = new Uint32Array(tables[0], start * 4, WORD_STRIDE * (layout.wordSlots + padFor(layout.wordSlots)))
    this.#wordScale = layout.wordSlots / 2 ** 32
    this.#segments = tables.slice(1).map((table) => new Uint32Array(table))
    this.#segmentValues = tables.slice(1).map((table) => new Float32Array(table))
    this.#ngramScale = layout.ngramSlots / 2 ** 32
  }

  wordId(token: string): number {
    hashWord(token, this.#hash)
    return this.#find(this.#hash.high, this.#hash.low)
  }

  score(tokens: readonly string[], perToken?: (log10: number, ngramLength: number) => void): SentenceScore {
    this.#begin()
    let start = 0
    for (; tokens.length - start > BLOCK; start += BLOCK) {
      this.#setIds(tokens.slice(start, start + BLOCK))
      this.#advance(BLOCK, perToken)
    }
    const rest = start === 0 ? tokens : tokens.slice(start)
    this.#setIds(rest)
    this.#ids[rest.length] = this.#layout.endId
    this.#advance(rest.length + 1, perToken)
    return { log10: this.#log10, tokenCount: tokens.length + 1, oovCount: this.#oovCount }
  }

  #begin(): void {
    const { beginId } = this.#layout
    this.#now = 0
    this.#backoffs[0] = this.#unigramValues[2 * beginId + 1]
    this.#contextLength = this.#unigrams[2 * beginId + 1] === NO_EXTENSION ? 0 : 1
    this.#ringHigh[0] = wordHigh(beginId)
    this.#ringLow[0] = wordLow(beginId)
    this.#position = 0
    this.#log10 = 0
    this.#oovCount = 0
  }

  /** Ids of up to a block of words: by one copy of their joined text, as reading units of strings one by one is slow. */
  #setIds(tokens: readonly string[]): void {
    const joined = tokens.join(SEPARATOR)
    const length = joined.length
    if (length <= BLOCK_UNITS) {
      this.#text.write(joined, 0, 'utf16le')
      this.#units[length] = SEPARATOR_UNIT
      if (this.#setIdsOfText(length, tokens.length)) return
    }
    for (const [i, token] of tokens.entries()) this.#ids[i] = this.wordId(token)
  }

  /** Ids of the words in the first `length` units. False when they are not `count`: a token with the separator in it. */
  #setIdsOfText(length: number, count: number): boolean {
    const units = this.#units
    const ids = this.#ids
    let found = 0
    for (let at = 0; at <= length; at++) {
      let high = HIGH_SEED
      let low = LOW_SEED
      const start = at
      for (let unit = units[at]; unit !== SEPARATOR_UNIT; unit = units[++at]) {
        high = stepHigh(high, unit)
        low = stepLow(low, unit, high)
      }
      if (found >= count) return count === 0
      ids[found++] = this.#find(finishHigh(high, at - start), finishLow(low))
    }
    return found === count
  }

  #find(high: number, low: number): number {
    const words = this.#words
    let at = Math.floor(high * this.#wordScale) * WORD_STRIDE
    while (words[at] < high) at += WORD_STRIDE
    while (words[at] === high && words[at + 1] < low) at += WORD_STRIDE
    return words[at] === high && words[at + 1] === low ? words[at + 2] : 0
  }

  /** Scores the first `count` ids. */
  #advance(count: number, perToken: ((log10: number, ngramLength: number) => void) | undefined): void {
    const { order } = this
    const { segmentSlots } = this.#layout
    const ids = this.#ids
    const unigrams = this.#unigrams
    const unigramValues = this.#unigramValues
    const segments = this.#segments
    const segmentValues = this.#segmentValues
    const ringHigh = this.#ringHigh
    const ringLow = this.#ringLow
    const backoffs = this.#backoffs
    const scale = this.#ngramScale
    let now = this.#now
    let contextLength = this.#contextLength
    let position = this.#position
    let log10 = this.#log10
    let oovCount = this.#oovCount
    for (let i = 0; i < count; i++, position++) {
      const id = ids[i]
      if (id === 0) oovCount++
      const next = RING - now
      let bits = unigrams[2 * id]
      let value = unigramValues[2 * id]
      let found = 1
      let nextLength = unigrams[2 * id + 1] === NO_EXTENSION ? 0 : 1
      backoffs[next] = unigramValues[2 * id + 1]
      let high = 0
      let low = id
      while (bits < SIGN && found <= contextLength) {
        const word = (position - found + 1) & (RING - 1)
        high = extendHigh(high, low, ringHigh[word])
        low = extendLow(low, ringLow[word])
        const keyHigh = high >>> 0
        const keyLow = low >>> 0
        const slot = keyHigh * scale
        const segment = slot < segmentSlots ? 0 : Math.floor(slot / segmentSlots)
        const table = segments[segment]
        let at = Math.floor(slot - segment * segmentSlots) * 4
        while (table[at] < keyHigh) at += 4
        while (table[at] === keyHigh && table[at + 1] < keyLow) at += 4
        if (table[at] !== keyHigh || table[at + 1] !== keyLow) break
        const values = segmentValues[segment]
        bits = table[at + 2]
        value = values[at + 2]
        backoffs[next + found] = values[at + 3]
        found++
        if (table[at + 3] !== NO_EXTENSION) nextLength = found
      }
      let tokenLog10 = -Math.abs(value)
      for (let k = found - 1; k < contextLength; k++) tokenLog10 += backoffs[now + k]
      log10 += tokenLog10
      if (perToken !== undefined) perToken(tokenLog10, found)
      now = next
      contextLength = nextLength < order ? nextLength : order - 1
      const word = (position + 1) & (RING - 1)
      ringHigh[word] = wordHigh(id)
      ringLow[word] = wordLow(id)
    }
    this.#now = now
    this.#contextLength = contextLength
    this.#position = position & (RING - 1)
    this.#log10 = log10
    this.#oovCount = oovCount
  }
}
