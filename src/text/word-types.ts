/**
 * The distinct words of a text, numbered in the order in which they first stand, with what rules ask of a word measured
 * once each. N-gram rules then work on integers.
 */
import { codePointAt } from './affixes.js'
import { CLASS, LETTER, MARK } from './classes.js'
import { mix32 } from './hash.js'

/** Flag of a type: some character is no punctuation, symbol or control (a real word to Gopher's rules). */
export const IS_REAL = 1
/** Flag of a type: some character is a letter. */
export const HAS_LETTER = 2

export interface WordTypes {
  /** The type of each word, in text order. */
  readonly ids: Int32Array
  /** Distinct words. */
  readonly count: number
  /** Per type: index of the first word of this type. */
  readonly firsts: Int32Array
  /** Per type: length in code points. */
  readonly lengths: Int32Array
  /** Per type: IS_REAL, HAS_LETTER. */
  readonly flags: Uint8Array
  /** Per type: polynomial hash of the UTF-16 units, modulo 2^32, so that hash(a + b) = hash(a) * powers(b) + hash(b). */
  readonly hashes: Int32Array
  /** Per type: the multiplier to the power of its length in units. */
  readonly powers: Int32Array
}

/** Odd, so that powers never vanish; from splitmix64's golden-ratio constant. */
const MULTIPLIER = 0x9e3779b1 | 0

interface Places {
  readonly starts: Int32Array
  readonly ends: Int32Array
}

export function measureWordTypes(words: Places, units: Uint16Array): WordTypes {
  const { starts, ends } = words
  const total = starts.length
  const size = tableSize(total)
  const mask = size - 1
  const table = new Int32Array(size) // type + 1, 0 empty
  const ids = new Int32Array(total)
  const firsts = new Int32Array(total)
  const hashes = new Int32Array(total)
  let count = 0
  for (let i = 0; i < total; i++) {
    const start = starts[i] ?? 0
    const end = ends[i] ?? 0
    let hash = 0
    for (let j = start; j < end; j++) hash = (Math.imul(hash, MULTIPLIER) + (units[j] ?? 0) + 1) | 0
    let slot = mix32(hash) & mask
    let type = (table[slot] ?? 0) - 1
    while (type >= 0 && !(hashes[type] === hash && isSame(units, start, end, words, firsts[type] ?? 0))) {
      slot = (slot + 1) & mask
      type = (table[slot] ?? 0) - 1
    }
    if (type < 0) {
      type = count++
      table[slot] = count
      firsts[type] = i
      hashes[type] = hash
    }
    ids[i] = type
  }
  return { ids, count, ...measureTypes(words, units, firsts.slice(0, count)), hashes: hashes.slice(0, count) }
}

/** A power of two, at most half full. */
export function tableSize(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(8, entries * 2)))
}

function isSame(units: Uint16Array, start: number, end: number, words: Places, other: number): boolean {
  const from = words.starts[other] ?? 0
  if ((words.ends[other] ?? 0) - from !== end - start) return false
  for (let i = 0; i < end - start; i++) if (units[start + i] !== units[from + i]) return false
  return true
}

function measureTypes({ starts, ends }: Places, units: Uint16Array, firsts: Int32Array) {
  const lengths = new Int32Array(firsts.length)
  const flags = new Uint8Array(firsts.length)
  const powers = new Int32Array(firsts.length)
  for (let type = 0; type < firsts.length; type++) {
    const first = firsts[type] ?? 0
    const end = ends[first] ?? 0
    let length = 0
    let flag = 0
    let power = 1
    for (let at = starts[first] ?? 0; at < end; length++) {
      const codePoint = codePointAt(units, at, end)
      const bits = CLASS[codePoint] ?? 0
      if ((bits & MARK) === 0) flag |= IS_REAL
      if ((bits & LETTER) !== 0) flag |= HAS_LETTER
      power = Math.imul(power, MULTIPLIER)
      if (codePoint > 0xffff) power = Math.imul(power, MULTIPLIER)
      at += codePoint > 0xffff ? 2 : 1
    }
    lengths[type] = length
    flags[type] = flag
    powers[type] = power
  }
  return { firsts, lengths, flags, powers }
}
