/**
 * Lists of words and phrases that hint at what a token is (first names, countries, words of street names). A phrase is kept as
 * the 32-bit hash of its folded words: all tokens of a phrase that is found bear the bits of its lists.
 */
import { ConfigError } from '../errors/errors.js'
import { foldedHash, type Hashes, joinedHash } from './hashes.js'
import { tokenize } from './tokens.js'

/** Bits of a set of lists. */
export const LISTS_MAX = 16
const WORDS_MAX = 4

export interface LexiconTable {
  /** In ascending order, none twice. */
  readonly hashes: Uint32Array
  /** Beside each hash: bit i for the i-th list. */
  readonly bits: Uint16Array
}

/** @param lists phrases by list, in the order of the bits */
export function lexiconOf(lists: readonly (readonly string[])[]): LexiconTable {
  if (lists.length > LISTS_MAX) throw new ConfigError(`expected at most ${LISTS_MAX} lists, got ${lists.length}`)
  const found = new Map<number, number>()
  lists.forEach((phrases, list) => {
    for (const phrase of phrases) {
      const { count, starts, ends } = tokenize(phrase)
      if (count === 0 || count > WORDS_MAX) continue
      let hash = 0
      for (let i = 0; i < count; i++) hash = joinedHash(hash, foldedHash(phrase, starts[i], ends[i]))
      found.set(hash >>> 0, (found.get(hash >>> 0) ?? 0) | (1 << list))
    }
  })
  const hashes = Uint32Array.from(found.keys()).sort()
  return { hashes, bits: Uint16Array.from(hashes, (hash) => found.get(hash) ?? 0) }
}

/** A lexicon laid out for looking up. */
export class Lexicon {
  readonly #keys: Uint32Array
  readonly #bits: Uint16Array
  readonly #mask: number

  constructor({ hashes, bits }: LexiconTable) {
    let slots = 16
    while (slots < 2 * hashes.length) slots *= 2
    this.#keys = new Uint32Array(slots)
    this.#bits = new Uint16Array(slots)
    this.#mask = slots - 1
    for (let i = 0; i < hashes.length; i++) {
      let slot = hashes[i] & this.#mask
      while (this.#bits[slot] !== 0) slot = (slot + 1) & this.#mask
      this.#keys[slot] = hashes[i]
      this.#bits[slot] = bits[i]
    }
  }

  /** Sets the bits of all tokens: those of the longest phrase that begins at each, and of longer ones that run over it. */
  mark({ word }: Hashes, from: number, to: number, marks: Uint16Array): void {
    marks.fill(0, 0, to - from)
    for (let i = from; i < to; i++) {
      let hash = 0
      for (let words = 1; words <= WORDS_MAX && i + words <= to; words++) {
        hash = joinedHash(hash, word[i + words - 1])
        const bits = this.#find(hash >>> 0)
        if (bits === 0) continue
        for (let j = i; j < i + words; j++) marks[j - from] |= bits
      }
    }
  }

  #find(hash: number): number {
    let slot = hash & this.#mask
    while (this.#bits[slot] !== 0) {
      if (this.#keys[slot] === hash) return this.#bits[slot]
      slot = (slot + 1) & this.#mask
    }
    return 0
  }
}
