/**
 * Scores sentences with the shared tables, in any thread. For each word the longest n-gram that ends with it is looked
 * for from the bigram up; the log10 is that n-gram's, plus the back-offs of the contexts that were longer than it used
 * (Katz 1987; the search order and the state carried from word to word are KenLM's, Heafield 2011 section 4).
 * Lookups are written out where they are used: this loop is all of the time.
 */
import { padFor } from './gapped-table.js'
import { HEADER_WORDS, type Layout, NO_EXTENSION, readLayout, SIGN, WORD_STRIDE, wordTableStart } from './layout.js'
import { extendHigh, extendLow, wordHigh, wordLow } from './ngram-key.js'
import type { NgramModel, SentenceScore } from './ngram-model.js'
import { hashWord, type WordHash } from './word-hash.js'

/** More than the longest context; a power of two. */
const RING = 8

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
  // Scratch, good for one call: the last words' parts of a key, and the back-offs of the state before and after a word.
  readonly #hash: WordHash = { high: 0, low: 0 }
  readonly #ringHigh = new Int32Array(RING)
  readonly #ringLow = new Int32Array(RING)
  readonly #backoffs = new Float64Array(2 * RING)

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
    const hash = this.#hash
    hashWord(token, hash)
    const { high, low } = hash
    const words = this.#words
    let at = ((high * this.#wordScale) | 0) * WORD_STRIDE
    while (words[at] < high) at += WORD_STRIDE
    while (words[at] === high && words[at + 1] < low) at += WORD_STRIDE
    return words[at] === high && words[at + 1] === low ? words[at + 2] : 0
  }

  score(tokens: readonly string[], perToken?: (log10: number, ngramLength: number) => void): SentenceScore {
    const { order } = this
    const { beginId, endId, segmentSlots } = this.#layout
    const unigrams = this.#unigrams
    const unigramValues = this.#unigramValues
    const segments = this.#segments
    const segmentValues = this.#segmentValues
    const ringHigh = this.#ringHigh
    const ringLow = this.#ringLow
    const backoffs = this.#backoffs
    const scale = this.#ngramScale
    const count = tokens.length
    let log10 = 0
    let oovCount = 0
    // The state: back-offs of the contexts of 1 to contextLength words that end here, at `now` of #backoffs.
    let now = 0
    backoffs[0] = unigramValues[2 * beginId + 1]
    let contextLength = unigrams[2 * beginId + 1] === NO_EXTENSION ? 0 : 1
    ringHigh[0] = wordHigh(beginId)
    ringLow[0] = wordLow(beginId)
    for (let i = 0; i <= count; i++) {
      const id = i < count ? this.wordId(tokens[i]) : endId
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
        const word = (i - found + 1) & (RING - 1)
        high = extendHigh(high, low, ringHigh[word])
        low = extendLow(low, ringLow[word])
        const keyHigh = high >>> 0
        const keyLow = low >>> 0
        const position = keyHigh * scale
        const segment = position < segmentSlots ? 0 : Math.floor(position / segmentSlots)
        const table = segments[segment]
        let at = Math.floor(position - segment * segmentSlots) * 4
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
      ringHigh[(i + 1) & (RING - 1)] = wordHigh(id)
      ringLow[(i + 1) & (RING - 1)] = wordLow(id)
    }
    return { log10, tokenCount: count + 1, oovCount }
  }
}
