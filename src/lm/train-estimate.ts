/**
 * Interpolated modified Kneser-Ney probabilities (Chen & Goodman 1998, section 3; as streams: Heafield et al. 2013, section
 * 3.4): all orders together in suffix order, where what an n-gram backs off to stands right before it.
 */
import type { RecordSink } from './train-counts.js'
import { type Discounts, discounted } from './train-discounts.js'
import { BOS, UNK } from './train-vocabulary.js'

/** Stands before the first record; `next` steps on and is false at the end. */
export interface RecordCursor {
  readonly words: Uint32Array
  /** Where the current record begins in `words`. */
  readonly at: number
  next(): boolean
}

const FLOAT = new Float32Array(1)
const BITS = new Uint32Array(FLOAT.buffer)

export function floatBits(value: number): number {
  FLOAT[0] = value
  return BITS[0]
}

export function bitsFloat(bits: number): number {
  BITS[0] = bits
  return FLOAT[0]
}

/** What unigrams are made of: their sums can't be had before all of them are counted. */
export interface UnigramShares {
  readonly discounts: Discounts
  /** Sum of the adjusted counts of all unigrams. */
  readonly total: number
  /** Mass that is interpolated with the uniform distribution. */
  readonly backoff: number
  /** Words with `<unk>` and `</s>`, without `<s>`. */
  readonly vocabularySize: number
}

/** Streams in suffix order over the same range of last words. */
export interface InterpolationStreams {
  /** Records of adjusted unigram counts. */
  readonly unigrams: RecordCursor
  /** By order - 2: what a `ContextTable` gave as shares. */
  readonly ngrams: readonly RecordCursor[]
  /** By order of the context - 1: what a `ContextTable` gave as contexts. */
  readonly contexts: readonly RecordCursor[]
  /** By order - 1: receives n words, log10 probability, log10 back-off (bits of float32), in suffix order. */
  readonly model: readonly RecordSink[]
}

/**
 * Interpolates all orders. `<unk>` gets its share of the uniform distribution and `<s>` probability 1, as in lmplz; both
 * are given where `isFirst` says that the range of last words begins at id 0.
 */
export function interpolate(streams: InterpolationStreams, shares: UnigramShares, isFirst: boolean): void {
  const { unigrams } = streams
  const walk = new Interpolation(streams)
  const uniform = shares.backoff / shares.vocabularySize
  if (isFirst) {
    walk.unigram(UNK, uniform)
    walk.unigram(BOS, 1)
  }
  while (unigrams.next()) {
    const count = unigrams.words[unigrams.at + 1]
    walk.unigram(unigrams.words[unigrams.at], discounted(count, shares.discounts) / shares.total + uniform)
  }
  walk.finish()
}

class Interpolation {
  private readonly order: number
  private readonly hasNgram: boolean[]
  private readonly hasContext: boolean[]
  private readonly word = new Uint32Array(1)

  constructor(private readonly streams: InterpolationStreams) {
    this.order = streams.model.length
    this.hasNgram = streams.ngrams.map((cursor) => cursor.next())
    this.hasContext = streams.contexts.map((cursor) => cursor.next())
  }

  unigram(id: number, probability: number): void {
    this.word[0] = id
    this.give(1, this.word, 0, probability)
    this.longer(2, this.word, 0, probability)
  }

  /** All n-grams of order `n` that end in the given one of order n - 1, which has probability `lower`; then longer ones. */
  private longer(n: number, suffix: Uint32Array, at: number, lower: number): void {
    if (n > this.order) return
    const cursor = this.streams.ngrams[n - 2]
    while (this.hasNgram[n - 2] && endsWith(cursor.words, cursor.at, n, suffix, at)) {
      const { words, at: start } = cursor
      const probability = bitsFloat(words[start + n]) + bitsFloat(words[start + n + 1]) * lower
      this.give(n, words, start, probability)
      this.longer(n + 1, words, start, probability)
      this.hasNgram[n - 2] = cursor.next()
    }
  }

  private give(n: number, words: Uint32Array, at: number, probability: number): void {
    const sink = this.streams.model[n - 1]
    const to = sink.slot()
    for (let i = 0; i < n; i++) sink.words[to + i] = words[at + i]
    sink.words[to + n] = floatBits(logarithm(probability))
    sink.words[to + n + 1] = floatBits(n < this.order ? logarithm(this.backoffOf(n, words, at)) : 0)
  }

  /** 1 for an n-gram that is no context, as all that end in `</s>`. Contexts that were pruned themselves are passed over. */
  private backoffOf(n: number, words: Uint32Array, at: number): number {
    const cursor = this.streams.contexts[n - 1]
    let order = -1
    while (this.hasContext[n - 1]) {
      order = compareSuffix(cursor.words, cursor.at, words, at, n)
      if (order >= 0) break
      this.hasContext[n - 1] = cursor.next()
    }
    return order === 0 ? bitsFloat(cursor.words[cursor.at + n]) : 1
  }

  /** Every n-gram stands behind the one it ends in, or pruning has left a model with holes. */
  finish(): void {
    const left = this.hasNgram.indexOf(true)
    if (left !== -1) throw new Error(`a ${left + 2}-gram lacks the ${left + 1}-gram that it ends in`)
  }
}

/** What stands for log10 of 0 in ARPA files: discounts of 0 leave nothing for `<unk>`. */
const LOG10_MIN = -99

/** Rounding can lift what is nearly 1 above it. */
function logarithm(share: number): number {
  return Math.max(LOG10_MIN, Math.min(0, Math.log10(share)))
}

function endsWith(words: Uint32Array, at: number, n: number, suffix: Uint32Array, suffixAt: number): boolean {
  for (let i = n - 1; i > 0; i--) if (words[at + i] !== suffix[suffixAt + i - 1]) return false
  return true
}

function compareSuffix(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number, n: number): number {
  for (let i = n - 1; i >= 0; i--) {
    const difference = a[aAt + i] - b[bAt + i]
    if (difference !== 0) return difference
  }
  return 0
}
