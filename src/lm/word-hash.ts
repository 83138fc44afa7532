/**
 * 64-bit hashes of words, in two 32-bit halves, over UTF-16 units: no strings are kept beside a model. Four units a step, two
 * for each of two lanes of multiply and rotate with the constants and the finalizer of MurmurHash3 (Appleby, public domain);
 * the second is fed by the first, and in the end the first by the second. Units behind the word's end count as 0.
 */
import { mix32 } from '../text/hash.js'

export interface WordHash {
  high: number
  low: number
}

export const HIGH_SEED = 0x9747b28c
export const LOW_SEED = 0x5bd1e995

/** The upper half so far, four units on, of which these are the first two. */
export function stepHigh(high: number, first: number, second: number): number {
  const product = Math.imul(high ^ (first | (second << 16)), 0xcc9e2d51)
  return (product << 15) | (product >>> 17)
}

/** The lower half so far, four units on, of which these are the last two; `high` has taken the others already. */
export function stepLow(low: number, third: number, fourth: number, high: number): number {
  return (Math.imul(low ^ (third | (fourth << 16)), 0x1b873593) + high) | 0
}

/** The lower half, unsigned, behind a word of `length` units. */
export function finishLow(low: number, length: number): number {
  return mix32(low ^ length) >>> 0
}

/** The upper half, unsigned; the lower one is finished already. */
export function finishHigh(high: number, low: number): number {
  return mix32(high ^ low) >>> 0
}

/** Writes the halves, unsigned, to `hash`. */
export function hashWord(word: string, hash: WordHash): void {
  const { length } = word
  const whole = length - (length % 4)
  let high = HIGH_SEED
  let low = LOW_SEED
  for (let i = 0; i < whole; i += 4) {
    high = stepHigh(high, word.charCodeAt(i), word.charCodeAt(i + 1))
    low = stepLow(low, word.charCodeAt(i + 2), word.charCodeAt(i + 3), high)
  }
  if (whole < length) {
    high = stepHigh(high, word.charCodeAt(whole), unitAt(word, whole + 1))
    low = stepLow(low, unitAt(word, whole + 2), 0, high)
  }
  hash.low = finishLow(low, length)
  hash.high = finishHigh(high, hash.low)
}

function unitAt(word: string, i: number): number {
  return i < word.length ? word.charCodeAt(i) : 0
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Hashes the word in bytes[start, end). Bytes that are not UTF-8 hash apart from each other and, by a noncharacter in
 * front, from any word of a text.
 */
export function hashWordBytes(bytes: Uint8Array, start: number, end: number, hash: WordHash): void {
  const length = end - start
  const whole = end - (length % 4)
  let high = HIGH_SEED
  let low = LOW_SEED
  let all = 0
  for (let i = start; i < whole; i += 4) {
    all |= bytes[i] | bytes[i + 1] | bytes[i + 2] | bytes[i + 3]
    high = stepHigh(high, bytes[i], bytes[i + 1])
    low = stepLow(low, bytes[i + 2], bytes[i + 3], high)
  }
  if (whole < end) {
    const [second, third] = [whole + 1 < end ? bytes[whole + 1] : 0, whole + 2 < end ? bytes[whole + 2] : 0]
    all |= bytes[whole] | second | third
    high = stepHigh(high, bytes[whole], second)
    low = stepLow(low, third, 0, high)
  }
  if (all >= 0x80) {
    hashWord(decode(bytes.subarray(start, end)), hash)
    return
  }
  hash.low = finishLow(low, length)
  hash.high = finishHigh(high, hash.low)
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return `\uffff${Buffer.from(bytes).toString('latin1')}` // the decoder's only complaint is malformed UTF-8
  }
}
