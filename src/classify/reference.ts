/**
 * How like a reference corpus a text is: the cosine of its TF-IDF vector and the mean of the corpus's (Salton and Buckley 1988,
 * with 1 + ln tf and scikit-learn's smoothed idf). Terms are lower-case words, hashed into 2^18 buckets.
 *
 * A reference's file: "MREF", version, log2 of the buckets, texts (uint32 each), idf of every bucket, mean vector (float32s).
 */
import { mix32 } from '../text/hash.js'
import { ByteReader } from './byte-reader.js'

const MAGIC = 0x4645524d
const VERSION = 1
const BUCKETS_LOG2 = 18
const BUCKETS = 2 ** BUCKETS_LOG2
const WORD = /[\p{L}\p{M}\p{N}]+/gu

export interface Reference {
  readonly textCount: number
  readonly idf: Float32Array
  /** Of length 1, or all zeros for a corpus without words. */
  readonly mean: Float32Array
}

/** First `count` every text of the corpus, then `add` each again: weights depend on all of them. */
export class ReferenceBuilder {
  readonly #textsWith = new Float64Array(BUCKETS)
  readonly #sum = new Float64Array(BUCKETS)
  #idf: Float32Array | null = null
  textCount = 0

  count(text: string): void {
    this.textCount++
    for (const bucket of termCounts(text).keys()) this.#textsWith[bucket]++
  }

  add(text: string): void {
    this.#idf ??= Float32Array.from(this.#textsWith, (count) => Math.log((1 + this.textCount) / (1 + count)) + 1)
    for (const [bucket, weight] of weights(text, this.#idf)) this.#sum[bucket] += weight
  }

  finish(): Reference {
    const length = Math.hypot(...pieces(this.#sum)) || 1
    const idf = this.#idf ?? new Float32Array(BUCKETS)
    return { textCount: this.textCount, idf, mean: Float32Array.from(this.#sum, (value) => value / length) }
  }
}

/** In [0, 1]; 0 for a text without words. */
export function similarity({ idf, mean }: Reference, text: string): number {
  let sum = 0
  for (const [bucket, weight] of weights(text, idf)) sum += weight * mean[bucket]
  return Math.min(1, sum)
}

export function encodeReference({ textCount, idf, mean }: Reference): Uint8Array {
  const header = Uint32Array.of(MAGIC, VERSION, BUCKETS_LOG2, textCount)
  return Buffer.concat([header, idf, mean].map(({ buffer }) => new Uint8Array(buffer)))
}

/** @throws ConfigError for anything else than such a file */
export function readReference(bytes: Uint8Array, name: string): Reference {
  const reader = new ByteReader(bytes, name)
  if (reader.int32('magic') !== MAGIC) reader.fail('not a reference made by millrace classifier reference')
  const version = reader.int32('version')
  if (version !== VERSION) reader.fail(`expected version ${VERSION}, got ${version}`)
  const log2 = reader.int32('buckets')
  if (log2 !== BUCKETS_LOG2) reader.fail(`buckets: expected 2^${BUCKETS_LOG2}, got 2^${log2}`)
  const textCount = reader.int32('texts')
  const reference = { textCount, idf: reader.floats(BUCKETS, 'idf'), mean: reader.floats(BUCKETS, 'mean') }
  if (reader.left > 0) reader.fail(`expected the end of the file, got ${reader.left} more bytes`)
  return reference
}

/** The text's vector, of length 1. */
function weights(text: string, idf: Float32Array): Map<number, number> {
  const vector = termCounts(text)
  let squares = 0
  for (const [bucket, count] of vector) {
    const weight = (1 + Math.log(count)) * idf[bucket]
    vector.set(bucket, weight)
    squares += weight * weight
  }
  const length = Math.sqrt(squares) || 1
  for (const [bucket, weight] of vector) vector.set(bucket, weight / length)
  return vector
}

function termCounts(text: string): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [word] of text.toLowerCase().matchAll(WORD)) {
    let hash = 0
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash, 31) + word.charCodeAt(i)
    const bucket = mix32(hash) >>> (32 - BUCKETS_LOG2)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return counts
}

/** Lengths of stretches, since a call takes only so many arguments. */
function pieces(values: Float64Array): number[] {
  const lengths: number[] = []
  for (let at = 0; at < values.length; at += 1024) lengths.push(Math.hypot(...values.subarray(at, at + 1024)))
  return lengths
}
