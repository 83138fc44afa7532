/**
 * 64-bit hashes of words, in two 32-bit halves, over UTF-16 units: no strings are kept beside a model. Two lanes of
 * multiply and rotate with the constants and the finalizer of MurmurHash3 (Appleby, public domain), the second fed by the first.
 */
import { mix32 } from '../text/hash.js'

export interface WordHash {
  high: number
  low: number
}

export const HIGH_SEED = 0x9747b28c
export const LOW_SEED = 0x5bd1e995

/** The upper half so far, one unit on. */
export function stepHigh(high: number, unit: number): number {
  const product = Math.imul(high ^ unit, 0xcc9e2d51)
  return (product << 15) | (product >>> 17)
}

/** The lower half so far, one unit on; `high` has taken the unit already. */
export function stepLow(low: number, unit: number, high: number): number {
  return (Math.imul(low ^ unit, 0x1b873593) + high) | 0
}

/** The upper half, unsigned, behind a word of `length` units. */
export function finishHigh(high: number, length: number): number {
  return mix32(high ^ length) >>> 0
}

/** The lower half, unsigned, behind a word. */
export function finishLow(low: number): number {
  return mix32(low) >>> 0
}

/** Writes the halves, unsigned, to `hash`. */
export function hashWord(word: string, hash: WordHash): void {
  let high = HIGH_SEED
  let low = LOW_SEED
  const length = word.length
  for (let i = 0; i < length; i++) {
    const unit = word.charCodeAt(i)
    high = stepHigh(high, unit)
    low = stepLow(low, unit, high)
  }
  hash.high = finishHigh(high, length)
  hash.low = finishLow(low)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Hashes the word in bytes[start, end). Bytes that are not UTF-8 hash apart from each other and, by a noncharacter in
 * front, from any word of a text.
 */
export function hashWordBytes(bytes: Uint8Array, start: number, end: number, hash: WordHash): void {
  let high = HIGH_SEED
  let low = LOW_SEED
  for (let i = start; i < end; i++) {
    const unit = bytes[i]
    if (unit >= 0x80) {
      hashWord(decode(bytes.subarray(start, end)), hash)
      return
    }
    high = stepHigh(high, unit)
    low = stepLow(low, unit, high)
  }
  hash.high = finishHigh(high, end - start)
  hash.low = finishLow(low)
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return `\uffff${Buffer.from(bytes).toString('latin1')}` // the decoder's only complaint is malformed UTF-8
  }
}
