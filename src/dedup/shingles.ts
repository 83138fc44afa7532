/**
 * Word shingles as 32-bit hashes (Broder 1997: a document is the set of its word n-grams), from text in two linear passes:
 * words to hashes, then a rolling hash over word hashes. No strings are made.
 * The hashes serve both the signature and the exact check, so two documents of n and m shingles share n·m / 2^32 more by
 * chance than they should: 0.0002 shingles for two of a thousand.
 */
import { DOTTED_I, FOLD, foldAstral, isSpacelessAstral, SPACELESS_UNIT } from './letters.js'

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

const WORD_SEED = 0x811c9dc5
const UNIT_FACTOR = 0x01000193
/** Odd, and 5 modulo 8: x -> FACTOR * x has the longest period there is, so swapped words don't cancel. */
const SHINGLE_FACTOR = 0x2c1b3c6d

/** The final mix of MurmurHash3: every input bit changes every output bit with probability near one half. */
export function mix32(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export class Shingler {
  private words = new Uint32Array(4096)
  private readonly outFactor: number

  /** `shingleWords`: words in a shingle, at least 1. */
  constructor(
    private readonly shingleWords: number,
    private readonly spaceless: Spaceless,
  ) {
    let power = 1
    for (let i = 0; i < shingleWords; i++) power = Math.imul(power, SHINGLE_FACTOR)
    this.outFactor = power
  }

  /** All shingles in order, repeats included; none when the text has fewer words than a shingle. */
  shingles(text: string): Uint32Array {
    const count = this.hashWords(text)
    const words = this.words
    if (words.length > SCRATCH_KEPT) this.words = new Uint32Array(4096)
    const n = this.shingleWords
    if (count < n) return new Uint32Array(0)
    const out = new Uint32Array(count - n + 1)
    let rolling = 0
    for (let i = 0; i < n - 1; i++) rolling = (Math.imul(rolling, SHINGLE_FACTOR) + (words[i] ?? 0)) | 0
    let leaving = 0
    for (let i = 0; i < out.length; i++) {
      // rolling holds the sum over the last n words of word * FACTOR^(words after it), all modulo 2^32
      rolling = (Math.imul(rolling, SHINGLE_FACTOR) + (words[i + n - 1] ?? 0) - Math.imul(leaving, this.outFactor)) | 0
      out[i] = mix32(rolling)
      leaving = words[i] ?? 0
    }
    return out
  }

  /** Fills `words` with one hash a word and gives their number. */
  private hashWords(text: string): number {
    const single = this.spaceless === 'characters'
    let words = this.words
    let count = 0
    let hash = WORD_SEED
    let inWord = false
    for (let i = 0; i < text.length; i++) {
      if (count + 2 > words.length) words = this.growWords()
      const unit = text.charCodeAt(i)
      let folded = FOLD[unit] ?? 0
      let alone = false
      if (unit >= 0xe00) {
        if (unit >= 0xd800 && unit <= 0xdbff) {
          const codePoint = text.codePointAt(i) ?? 0
          if (codePoint > 0xffff) {
            i++
            folded = foldAstral(codePoint)
            alone = single && folded !== 0 && isSpacelessAstral(codePoint)
          }
        } else alone = single && SPACELESS_UNIT[unit] === 1
      }
      if (folded !== 0 && !alone) {
        hash = Math.imul(hash ^ folded, UNIT_FACTOR)
        inWord = true
        if (unit !== DOTTED_I) continue
      }
      if (inWord) {
        words[count++] = mix32(hash)
        hash = WORD_SEED
        inWord = false
      }
      if (alone) words[count++] = mix32(Math.imul(WORD_SEED ^ folded, UNIT_FACTOR))
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
