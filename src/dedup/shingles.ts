/**
 * Word shingles as 32-bit hashes (Broder 1997: a document is the set of its word n-grams), from text in two linear passes:
 * words to hashes, then a rolling hash over word hashes. No strings are made.
 * The hashes serve both the signature and the exact check, so two documents of n and m shingles share n·m / 2^32 more by
 * chance than they should: 0.0002 shingles for two of a thousand.
 */
import { mix32, power32 } from '../text/hash.js'
import { DOTTED_I, foldCodePoint, isSpaceless, SPECIAL, unitTable } from './letters.js'

/**
 * Scripts written without spaces (Han, Kana, Thai, Lao, Khmer, Myanmar): `characters` takes each letter as a word;
 * `runs` leaves whole phrases as words, as `\w+` does.
 */
export type Spaceless = 'characters' | 'runs'

/**
 * A set this large is cut to its smallest hashes: a uniform sample (bottom-k, Cohen and Kaplan 2007), good for a standard
 * error of at most 0.002 in a Jaccard similarity, so that one huge document costs no more than 256 KiB on disk.
 */
export const SHINGLES_MAX = 65_536

/** Scratch larger than this (in words) is let go after the document that needed it. */
const SCRATCH_KEPT = 1 << 20
const WORDS_START = 4096

/** FNV-1a; signed, so that the engine keeps the hash in an integer register. */
const WORD_SEED = 0x811c9dc5 | 0
const UNIT_FACTOR = 0x01000193
/** Odd, and 5 modulo 8: x -> FACTOR * x has the longest period there is, so swapped words don't cancel. */
const SHINGLE_FACTOR = 0x2c1b3c6d

export class Shingler {
  private words = new Uint32Array(WORDS_START)
  private readonly outFactor: number
  private readonly single: boolean
  private readonly units: Uint16Array

  /** `shingleWords`: words in a shingle, at least 1. */
  constructor(
    private readonly shingleWords: number,
    spaceless: Spaceless,
  ) {
    this.outFactor = power32(SHINGLE_FACTOR, shingleWords)
    this.single = spaceless === 'characters'
    this.units = unitTable(this.single)
  }

  /** All shingles in order, repeats included; none when the text has fewer words than a shingle. */
  shingles(text: string): Uint32Array {
    const count = this.hashWords(text)
    const { words, outFactor, shingleWords: n } = this
    if (words.length > SCRATCH_KEPT) this.words = new Uint32Array(WORDS_START)
    const shingles = new Uint32Array(Math.max(0, count - n + 1))
    let rolling = 0
    let leaving = 0
    for (let i = 0; i < count; i++) {
      // The sum over the last n words of word * FACTOR^(words after it), modulo 2^32.
      rolling = (Math.imul(rolling, SHINGLE_FACTOR) + words[i] - Math.imul(leaving, outFactor)) | 0
      if (i < n - 1) continue
      shingles[i - n + 1] = mix32(rolling)
      leaving = words[i - n + 1]
    }
    return shingles
  }

  /** One hash a word, in order; good until the next call. */
  wordHashes(text: string): Uint32Array {
    const count = this.hashWords(text)
    const hashes = this.words.subarray(0, count)
    if (this.words.length > SCRATCH_KEPT) this.words = new Uint32Array(WORDS_START)
    return hashes
  }

  /** Fills `words` with one hash a word and gives their number. */
  private hashWords(text: string): number {
    const { units, single } = this
    let { words } = this
    let count = 0
    let hash = WORD_SEED
    let inWord = false
    for (let i = 0; i < text.length; i++) {
      const unit = units[text.charCodeAt(i)]
      if (unit > SPECIAL) {
        hash = Math.imul(hash ^ unit, UNIT_FACTOR)
        inWord = true
        continue
      }
      if (unit === SPECIAL) {
        const codePoint = text.codePointAt(i) as number // i is within the text
        if (codePoint > 0xffff) i++
        const letter = foldCodePoint(codePoint)
        const alone = single && isSpaceless(codePoint)
        if (alone && inWord) {
          words[count++] = mix32(hash)
          hash = WORD_SEED
        }
        inWord ||= letter !== 0
        if (letter !== 0) hash = Math.imul(hash ^ letter, UNIT_FACTOR)
        if (letter !== 0 && !alone && codePoint !== DOTTED_I) continue
      }
      if (!inWord) continue
      words[count++] = mix32(hash)
      hash = WORD_SEED
      inWord = false
      if (count + 3 > words.length) words = this.growWords() // a step adds two words at most, the end one more
    }
    if (inWord) words[count++] = mix32(hash)
    return count
  }

  private growWords(): Uint32Array<ArrayBuffer> {
    const larger = new Uint32Array(this.words.length * 2)
    larger.set(this.words)
    this.words = larger
    return larger
  }
}

/** Shingles of UTF-16 units, as they stand in the text; none when it has fewer than `length`. */
export function characterShingles(text: string, length: number): Uint32Array {
  const shingles = new Uint32Array(Math.max(0, text.length - length + 1))
  const outFactor = power32(SHINGLE_FACTOR, length)
  let rolling = 0
  for (let i = 0; i < text.length; i++) {
    const first = i - length + 1
    rolling = (Math.imul(rolling, SHINGLE_FACTOR) + mix32(text.charCodeAt(i))) | 0
    if (first > 0) rolling = (rolling - Math.imul(mix32(text.charCodeAt(first - 1)), outFactor)) | 0
    if (first >= 0) shingles[first] = mix32(rolling)
  }
  return shingles
}

/** The set of shingles: ascending, distinct, at most SHINGLES_MAX of them. Sorts `shingles` in place. */
export function shingleSet(shingles: Uint32Array): Uint32Array {
  shingles.sort()
  let count = 0
  let last = -1
  for (const value of shingles) {
    if (value === last) continue
    shingles[count++] = value
    last = value
    if (count === SHINGLES_MAX) break
  }
  return shingles.subarray(0, count)
}
