/**
 * 64-bit keys of n-grams, in two 32-bit halves. The chain is KenLM's (lm/search_hashed.hh), so that its probing files,
 * which hold keys only, can be read:
 *
 *   key(w) = w        key(u … w) = key(… w) * FACTOR ^ (1 + u) * WORD_FACTOR   mod 2^64
 *
 * The last word comes first: the key of "a b c" goes on from that of "b c", as scoring does.
 */

/** 8978948897894561157 */
const FACTOR_HIGH = 0x7c9ba273
const FACTOR_LOW = 0x3b63f585
/** 17894857484156487943 */
const WORD_FACTOR_HIGH = 0xf8574e12
const WORD_FACTOR_LOW = 0x21634907

/** Low half of (1 + id) * WORD_FACTOR. */
export function wordLow(id: number): number {
  return Math.imul(id + 1, WORD_FACTOR_LOW)
}

/** High half of (1 + id) * WORD_FACTOR. */
export function wordHigh(id: number): number {
  return (multiplyHigh(id + 1, WORD_FACTOR_LOW) + Math.imul(id + 1, WORD_FACTOR_HIGH)) | 0
}

/** Low half of the key one word longer, from the low half of the key and of the word. */
export function extendLow(low: number, word: number): number {
  return Math.imul(low, FACTOR_LOW) ^ word
}

/** High half of the key one word longer, from both halves of the key and the high half of the word. */
export function extendHigh(high: number, low: number, word: number): number {
  return (multiplyHigh(low, FACTOR_LOW) + Math.imul(low, FACTOR_HIGH) + Math.imul(high, FACTOR_LOW)) ^ word
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0
}
