/**
 * 64-bit hashes of words, in two 32-bit halves, over UTF-16 units: no strings are kept beside a model. Two lanes of
 * multiply and rotate with the constants and the finalizer of MurmurHash3 (Appleby, public domain), the second fed by the first.
 */
import { mix32 } from '../text/hash.js'

export interface WordHash {
  high: number
  low: number
}

const HIGH_SEED = 0x9747b28c
const LOW_SEED = 0x5bd1e995

/** Writes the halves, unsigned, to `hash`. */
export function hashWord(word: string, hash: WordHash): void {
  let high = HIGH_SEED
  let low = LOW_SEED
  const length = word.length
  for (let i = 0; i < length; i++) {
    const unit = word.charCodeAt(i)
    high = Math.imul(high ^ unit, 0xcc9e2d51)
    high = (high << 15) | (high >>> 17)
    low = (Math.imul(low ^ unit, 0x1b873593) + high) | 0
  }
  hash.high = mix32(high ^ length) >>> 0
  hash.low = mix32(low) >>> 0
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
    high = Math.imul(high ^ unit, 0xcc9e2d51)
    high = (high << 15) | (high >>> 17)
    low = (Math.imul(low ^ unit, 0x1b873593) + high) | 0
  }
  hash.high = mix32(high ^ (end - start)) >>> 0
  hash.low = mix32(low) >>> 0
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return `\uffff${Buffer.from(bytes).toString('latin1')}` // the decoder's only complaint is malformed UTF-8
  }
}
