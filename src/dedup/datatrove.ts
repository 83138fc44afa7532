/**
 * Signatures as datatrove 0.10.1 makes them (utils/text.py `simplify_text`, pipeline/dedup/minhash.py, SHA-1 with 64 bits, as the
 * FineWeb recipe has it): text made simple, spaCy's words, n-grams joined by spaces and hashed, 2^61 - 1 family with numpy's
 * parameters. English words only, as there by default; xxHash, its other hash function, is left out.
 */
import { createHash } from 'node:crypto'
import { createMinhash64 } from '../kernels/minhash64/index.js'
import { PYTHON_MARKS } from '../text/classes.js'
import { splitPart } from '../text/words.js'
import { MersenneTwister } from './mersenne-twister.js'

const NUMBER = /\p{Nd}+(?:[.,،٫⎖⎗⎘]\p{Nd}+)?/gu
/** `str.isspace`, which `\s` of Python's `re` follows. */
const WHITE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const WHITE_RUN = new RegExp(`${WHITE}+`, 'g')
const ENDS = new RegExp(`^${WHITE}+|${WHITE}+$`, 'g')
/** C0 and C1 controls but TAB and LF, and 66 visible marks: not all that end a sentence. */
const MARK = new RegExp(`[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f${PYTHON_MARKS.replace(/[\\\]^-]/g, '\\$&')}]`, 'gu')

/** `simplify_text`, in its order; marks go before decomposition, so that only precomposed ones are lost. */
export function simplifyText(text: string): string {
  const plain = text.toLowerCase().replace(NUMBER, '0').replace(MARK, ' ')
  const spaced = plain.replace(ENDS, '').replace(WHITE_RUN, ' ')
  return spaced
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(ENDS, '')
}

/** Hashes of the n-grams in order: the first 8 bytes of SHA-1, little endian. None for fewer words than `n`. */
export function datatroveShingles(text: string, n: number): BigUint64Array {
  const words = splitPart(simplifyText(text), 'spacy').strings()
  const hashes = new BigUint64Array(Math.max(0, words.length - n + 1))
  for (let i = 0; i < hashes.length; i++) {
    const ngram = words.slice(i, i + n).join(' ')
    hashes[i] = createHash('sha1').update(ngram).digest().readBigUInt64LE(0)
  }
  return hashes
}

const PRIME = 2n ** 61n - 1n

/** All factors first, then all addends, as numpy's `RandomState(seed).randint` draws them. */
export function datatroveParameters(count: number, seed: number): { factors: BigUint64Array; addends: BigUint64Array } {
  const random = new MersenneTwister(seed)
  const draw = (low: bigint): bigint => low + random.below64(PRIME - 1n - low)
  const factors = BigUint64Array.from({ length: count }, () => draw(1n))
  const addends = BigUint64Array.from({ length: count }, () => draw(0n))
  return { factors, addends }
}

export function createDatatroveSigner(
  permutations: number,
  seed: number,
): (shingles: BigUint64Array, signature: BigUint64Array) => void {
  const { factors, addends } = datatroveParameters(permutations, seed)
  return createMinhash64(factors, addends)
}
