/**
 * Scores sentences with the shared tables, in any thread. For each word the longest n-gram that ends with it is looked
 * for from the bigram up; the log10 is that n-gram's, plus the back-offs of the contexts that were longer than it used
 * (Katz 1987). As in KenLM (Heafield 2011, section 4), no search goes on where it can find nothing: an n-gram says whether
 * a longer one ends with it, and the word before whether a longer one begins with what ends there.
 *
 * What takes the time is branches that a processor can't foresee, and memory. So a block of words goes through each step
 * together: text to hashes, hashes to ids, then the n-grams of each length. Every step first reads where each of its
 * searches will begin, which brings many cache lines at once; it searches without branches, by counting the smaller keys
 * among the next four; and it writes what it found whether it is the n-gram sought or not, as `found` says how much counts. Shifts, not factors, keep
 * indices 32-bit integers.
 */
import { idealSlot } from './gapped-table.js'
import { HEADER_WORDS, type Layout, NO_EXTENSION, readLayout, WORD_STRIDE, wordTableStart } from './layout.js'
import { extendHigh, extendLow, wordHigh, wordLow } from './ngram-key.js'
import type { NgramModel, SentenceScore } from './ngram-model.js'
import { finishHigh, finishLow, HIGH_SEED, hashWord, LOW_SEED, stepHigh, stepLow, type WordHash } from './word-hash.js'

/** Words of a block. */
const BLOCK = 1024
/** Places before a block's words, for the last ones of the block before: more than the longest context. */
const BEFORE = 8
/** Places for each word, for the n-grams of 1, 2, … words that end with it. */
const STRIDE_BITS = 3
const STRIDE = 1 << STRIDE_BITS
/** Units of text that are hashed at once. */
const UNITS_MAX = 2 ** 15

export class TableModel implements NgramModel {
  readonly order: number
  readonly #layout: Layout
  readonly #unigrams: Uint32Array
  readonly #unigramValues: Float32Array
  readonly #words: Uint32Array
  readonly #segments: readonly Uint32Array[]
  readonly #segmentValues: readonly Float32Array[]
  readonly #hash: WordHash = { high: 0, low: 0 }
  readonly #text = Buffer.alloc(2 * UNITS_MAX + 2)
  readonly #units = new Uint16Array(this.#text.buffer, this.#text.byteOffset, UNITS_MAX + 1)
  // Of the words of a block, from 0.
  readonly #hashHigh = new Uint32Array(BLOCK)
  readonly #hashLow = new Uint32Array(BLOCK)
  readonly #ids = new Uint32Array(BLOCK + 1)
  #hashCount = 0
  // Of the words of a block, from BEFORE: their parts of a key; the key searched for, and where; the longest n-gram that is
  // found; the longest that is context for the next word; back-offs.
  readonly #wordHigh = new Int32Array(BEFORE + BLOCK + 1)
  readonly #wordLow = new Int32Array(BEFORE + BLOCK + 1)
  readonly #keyHigh = new Int32Array(BEFORE + BLOCK + 1)
  readonly #keyLow = new Int32Array(BEFORE + BLOCK + 1)
  readonly #slot = new Int32Array(BEFORE + BLOCK + 1)
  readonly #segment = new Uint8Array(BEFORE + BLOCK + 1)
  readonly #value = new Float64Array(STRIDE * (BEFORE + BLOCK + 1))
  readonly #found = new Int32Array(BEFORE + BLOCK + 1)
  readonly #context = new Int32Array(BEFORE + BLOCK + 1)
  /** Sums of the back-offs of the n-grams of 1 to so many words. */
  readonly #backoffs = new Float64Array(STRIDE * (BEFORE + BLOCK + 1))
  /** Words whose n-grams of the next length are searched for. */
  readonly #open = new Int32Array(BLOCK + 1)
  /** What touching read: kept, so that it is not optimized away. */
  #touched = 0
  #log10 = 0
  #tokenCount = 0
  #oovCount = 0

  constructor([first, ...segments]: readonly Uint32Array[]) {
    const layout = readLayout(first)
    const start = wordTableStart(layout)
    this.#layout = layout
    this.order = layout.order
    this.#unigrams = first.subarray(HEADER_WORDS, start)
    this.#unigramValues = floats(this.#unigrams)
    this.#words = first.subarray(start)
    this.#segments = segments
    this.#segmentValues = segments.map(floats)
  }

  wordId(token: string): number {
    hashWord(token, this.#hash)
    this.#hashHigh[0] = this.#hash.high
    this.#hashLow[0] = this.#hash.low
    this.#findWords(1)
    return this.#ids[0]
  }

  score(tokens: readonly string[], perToken?: (log10: number, ngramLength: number) => void): SentenceScore {
    this.#begin()
    let start = 0
    for (; tokens.length - start > BLOCK; start += BLOCK) {
      this.#setIds(tokens.slice(start, start + BLOCK))
      this.#advance(BLOCK, perToken)
      this.#keepLast(BLOCK)
    }
    const rest = start === 0 ? tokens : tokens.slice(start)
    this.#setIds(rest)
    return this.#end(rest.length, perToken)
  }

  scoreLine(line: string): SentenceScore {
    this.#begin()
    let start = 0
    for (let end = pieceEnd(line, start); end < line.length; start = end, end = pieceEnd(line, start)) {
      this.#advanceBy(this.#setPiece(line.slice(start, end)))
    }
    return this.#end(this.#setPiece(start === 0 ? line : line.slice(start)), undefined)
  }

  /** Sets the ids of a piece of a line, all but the last block of them scored already. */
  #setPiece(piece: string): number {
    if (piece.length > UNITS_MAX) {
      this.#ids[0] = this.wordId(piece)
      return 1
    }
    this.#setText(piece)
    for (let at = this.#hashWords(0, piece.length); at < piece.length; at = this.#hashWords(at, piece.length)) {
      this.#findWords(BLOCK)
      this.#advanceBy(BLOCK)
    }
    this.#findWords(this.#hashCount)
    return this.#hashCount
  }

  #advanceBy(count: number): void {
    this.#advance(count, undefined)
    this.#keepLast(count)
  }

  #begin(): void {
    const { beginId } = this.#layout
    const at = BEFORE - 1
    this.#wordHigh[at] = wordHigh(beginId)
    this.#wordLow[at] = wordLow(beginId)
    this.#context[at] = this.#unigrams[2 * beginId + 1] === NO_EXTENSION ? 0 : 1
    this.#backoffs[STRIDE * at + 1] = this.#unigramValues[2 * beginId + 1]
    this.#log10 = 0
    this.#tokenCount = 0
    this.#oovCount = 0
  }

  /** The last block: `count` ids are set, `</s>` is not. */
  #end(count: number, perToken: ((log10: number, ngramLength: number) => void) | undefined): SentenceScore {
    this.#ids[count] = this.#layout.endId
    this.#advance(count + 1, perToken)
    return { log10: this.#log10, tokenCount: this.#tokenCount, oovCount: this.#oovCount }
  }

  // ---- words to ids ----

  #setText(text: string): void {
    this.#text.write(text, 0, 'utf16le')
    this.#units[text.length] = 32
  }

  /** Ids of up to a block of words: by one copy of their joined text, as reading units of strings one by one is slow. */
  #setIds(tokens: readonly string[]): void {
    const joined = tokens.join(' ')
    const count = tokens.length
    if (joined.length <= UNITS_MAX) {
      this.#setText(joined)
      if (this.#hashWords(0, joined.length) === joined.length && this.#hashCount === count) {
        this.#findWords(count)
        return
      }
    }
    // Too long, or a token is empty or has white space in it: then no model has it, but it counts.
    const ids = tokens.map((token) => this.wordId(token))
    this.#ids.set(ids)
  }

  /** Hashes the words of the units [at, end), a block at most. Gives where it stopped: `end` when there are no more. */
  #hashWords(at: number, end: number): number {
    const units = this.#units
    const highs = this.#hashHigh
    const lows = this.#hashLow
    let next = at
    let count = 0
    for (;;) {
      while (next < end && isSpace(units[next])) next++
      if (next === end || count === BLOCK) break
      const start = next
      while (units[next] > 32 || !isSpace(units[next])) next++
      let high = HIGH_SEED
      let low = LOW_SEED
      for (let i = start; i < next; i += 4) {
        high = stepHigh(high, units[i], i + 1 < next ? units[i + 1] : 0)
        low = stepLow(low, i + 2 < next ? units[i + 2] : 0, i + 3 < next ? units[i + 3] : 0, high)
      }
      lows[count] = finishLow(low, next - start)
      highs[count] = finishHigh(high, lows[count])
      count++
    }
    this.#hashCount = count
    return next
  }

  #findWords(count: number): void {
    const words = this.#words
    const slots = this.#slot
    const highs = this.#hashHigh
    const lows = this.#hashLow
    const ids = this.#ids
    const { wordSlots } = this.#layout
    let touched = this.#touched
    for (let i = 0; i < count; i++) {
      const at = idealSlot(highs[i], wordSlots) * WORD_STRIDE
      slots[i] = at
      touched ^= words[at]
    }
    this.#touched = touched
    for (let i = 0; i < count; i++) {
      const high = highs[i]
      const low = lows[i]
      let at = slots[i]
      at += Math.imul(WORD_STRIDE, less(words[at], high) + less(words[at + 3], high) + less(words[at + 6], high))
      while (words[at] < high) at += WORD_STRIDE
      while (words[at] === high && words[at + 1] < low) at += WORD_STRIDE
      ids[i] = words[at + 2] & (isSet((words[at] ^ high) | (words[at + 1] ^ low)) - 1)
    }
  }

  // ---- ids to scores ----

  /** Scores the first `count` ids, after those of the block before. */
  #advance(count: number, perToken: ((log10: number, ngramLength: number) => void) | undefined): void {
    let open = this.#startWords(count)
    for (let length = 2; open > 0; length++) {
      this.#touch(open)
      open = this.#findNgrams(length, open)
      if (length === this.order) break
      open = this.#extendKeys(length, open)
    }
    this.#sum(count, perToken)
  }

  /** Everything about the words alone, and the keys of their bigrams. */
  #startWords(count: number): number {
    const unigrams = this.#unigrams
    const unigramValues = this.#unigramValues
    const ids = this.#ids
    const wordHighs = this.#wordHigh
    const wordLows = this.#wordLow
    const keyHighs = this.#keyHigh
    const keyLows = this.#keyLow
    const values = this.#value
    const founds = this.#found
    const contexts = this.#context
    const backoffs = this.#backoffs
    const open = this.#open
    let touched = this.#touched
    for (let i = 0; i < count; i++) touched ^= unigrams[ids[i] << 1]
    this.#touched = touched
    let left = 0
    let oovCount = 0
    for (let i = 0, word = BEFORE; i < count; i++, word++) {
      const id = ids[i]
      const unigram = id << 1
      const to = (word << STRIDE_BITS) + 1
      oovCount += 1 - isSet(id)
      wordHighs[word] = wordHigh(id)
      wordLows[word] = wordLow(id)
      values[to] = unigramValues[unigram]
      backoffs[to] = unigramValues[unigram + 1]
      founds[word] = 1
      contexts[word] = isSet(unigrams[unigram + 1] ^ NO_EXTENSION)
      keyHighs[word] = extendHigh(0, id, wordHighs[word - 1])
      keyLows[word] = extendLow(id, wordLows[word - 1])
      open[left] = word
      left += isSet(contexts[word - 1]) & ~(unigrams[unigram] >>> 31)
    }
    this.#oovCount += oovCount
    return left
  }

  /** Sets where the searches for the keys of the open words begin, and reads there. */
  #touch(count: number): void {
    const open = this.#open
    const keyHighs = this.#keyHigh
    const slots = this.#slot
    const whichSegment = this.#segment
    const segments = this.#segments
    const { ngramSlots, segmentSlots } = this.#layout
    let touched = this.#touched
    for (let i = 0; i < count; i++) {
      const word = open[i]
      const slot = idealSlot(keyHighs[word], ngramSlots)
      const segment = Math.floor(slot / segmentSlots)
      const at = (slot - segment * segmentSlots) * 4
      whichSegment[word] = segment
      slots[word] = at
      touched ^= segments[segment][at]
    }
    this.#touched = touched
  }

  /** Searches for the n-grams of the open words. Leaves open those of which longer ones end with what is found. */
  #findNgrams(length: number, count: number): number {
    const open = this.#open
    const keyHighs = this.#keyHigh
    const keyLows = this.#keyLow
    const slots = this.#slot
    const values = this.#value
    const founds = this.#found
    const contexts = this.#context
    const backoffs = this.#backoffs
    const whichSegment = this.#segment
    const segments = this.#segments
    const segmentValues = this.#segmentValues
    let left = 0
    for (let i = 0; i < count; i++) {
      const word = open[i]
      const table = segments[whichSegment[word]]
      const numbers = segmentValues[whichSegment[word]]
      const high = keyHighs[word] >>> 0
      const low = keyLows[word] >>> 0
      let at = slots[word]
      at +=
        4 * (less(table[at], high) + less(table[at + 4], high) + less(table[at + 8], high) + less(table[at + 12], high))
      while (table[at] < high) at += 4
      while (table[at] === high && table[at + 1] < low) at += 4
      const hit = 1 - isSet((table[at] ^ high) | (table[at + 1] ^ low))
      const to = (word << STRIDE_BITS) + length
      values[to] = numbers[at + 2]
      backoffs[to] = backoffs[to - 1] + numbers[at + 3]
      founds[word] += hit
      contexts[word] += (length - contexts[word]) & -(hit & isSet(table[at + 3] ^ NO_EXTENSION))
      open[left] = word
      left += hit & ~(table[at + 2] >>> 31)
    }
    return left
  }

  /** Makes the keys one word longer than `length`, where the words before are context for more. */
  #extendKeys(length: number, count: number): number {
    const open = this.#open
    const wordHighs = this.#wordHigh
    const wordLows = this.#wordLow
    const keyHighs = this.#keyHigh
    const keyLows = this.#keyLow
    const contexts = this.#context
    let left = 0
    for (let i = 0; i < count; i++) {
      const word = open[i]
      if (contexts[word - 1] < length) continue
      const low = keyLows[word]
      keyHighs[word] = extendHigh(keyHighs[word], low, wordHighs[word - length])
      keyLows[word] = extendLow(low, wordLows[word - length])
      open[left++] = word
    }
    return left
  }

  #sum(count: number, perToken: ((log10: number, ngramLength: number) => void) | undefined): void {
    const backoffs = this.#backoffs
    const values = this.#value
    const founds = this.#found
    const contexts = this.#context
    let sum = this.#log10
    for (let word = BEFORE; word < BEFORE + count; word++) {
      const found = founds[word]
      const before = (word - 1) << STRIDE_BITS
      const context = contexts[word - 1]
      const used = found - 1 + ((context - found + 1) & ((context - found + 1) >> 31)) // the smaller of found - 1 and context
      const log10 =
        backoffs[before + context] - backoffs[before + used] - Math.abs(values[(word << STRIDE_BITS) + found])
      sum += log10
      if (perToken !== undefined) perToken(log10, found)
    }
    this.#log10 = sum
    this.#tokenCount += count
  }

  /** Moves the last of `count` words before the place of the next block's first. */
  #keepLast(count: number): void {
    for (const values of [this.#wordHigh, this.#wordLow, this.#context]) values.copyWithin(0, count, count + BEFORE)
    this.#backoffs.copyWithin(0, STRIDE * count, STRIDE * (count + BEFORE))
  }
}

/**
 * Where the next piece of a line ends: at its end, or at white space within UNITS_MAX units; a longer word is a piece
 * of its own.
 */
function pieceEnd(line: string, start: number): number {
  const last = start + UNITS_MAX
  if (last >= line.length) return line.length
  for (let end = last; end > start; end--) if (isSpace(line.charCodeAt(end))) return end
  if (isSpace(line.charCodeAt(start))) return start + 1
  let end = last
  while (end < line.length && !isSpace(line.charCodeAt(end))) end++
  return end
}

function floats(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length)
}

/** 1 when the upper 31 bits of `a` are less than those of `b`, else 0. */
function less(a: number, b: number): number {
  return ((a >>> 1) - (b >>> 1)) >>> 31
}

/** 1 for any other number than 0. */
function isSet(value: number): number {
  return (value | -value) >>> 31
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit <= 13 && unit >= 9)
}
