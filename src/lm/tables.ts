/** Shared tables of an n-gram model from n-grams in memory, as a trainer has them. */
import { ConfigError } from '../errors/errors.js'
import { floatBits, SIGN } from './layout.js'
import type { SharedModel } from './model-tables.js'
import { backoffBits, checkOrder, TableBuilder } from './table-builder.js'
import { hashWord, type WordHash } from './word-hash.js'

/** The n-grams of one order, in any sequence: n-gram i is ids[i * n] … ids[i * n + n - 1], first word first. */
export interface NgramsOfOrder {
  readonly ids: Uint32Array
  /** log10, 0 or less. */
  readonly probabilities: Float32Array
  /** log10; ignored for the highest order. */
  readonly backoffs: Float32Array
}

export interface NgramSource {
  readonly order: number
  /** By id: 0 is `<unk>`; `<s>` and `</s>` are among them. */
  readonly words: readonly string[]
  /** ngrams[0] holds the unigrams, one a word. Every prefix of an n-gram is there too. */
  readonly ngrams: readonly NgramsOfOrder[]
}

/**
 * @param segmentSlots where the table of n-grams is cut; smaller for tests only
 * @throws ConfigError when the parts don't fit together; `name` is for its message
 */
export function buildTables(source: NgramSource, name = 'n-gram model', segmentSlots?: number): SharedModel {
  const { order, words, ngrams } = source
  const fail = (message: string): never => {
    throw new ConfigError(`${name}: ${message}`)
  }
  checkOrder(order, name)
  if (ngrams.length !== order) fail(`expected n-grams of ${order} orders, got ${ngrams.length}`)
  if (words[0] !== '<unk>') fail(`expected <unk> as word 0, got ${JSON.stringify(words[0])}`)
  for (const [i, { ids, probabilities, backoffs }] of ngrams.entries()) {
    const expected = i === 0 ? words.length : probabilities.length
    if (ids.length !== expected * (i + 1) || probabilities.length !== expected) {
      fail(`expected ${expected} ${i + 1}-grams, got ${ids.length} ids and ${probabilities.length} probabilities`)
    }
    if (i < order - 1 && backoffs.length !== expected) fail(`expected ${expected} back-offs, got ${backoffs.length}`)
    for (const id of ids) if (id >= words.length) fail(`expected words below ${words.length}, got ${id}`)
  }
  const expected = ngrams.slice(1).reduce((sum, { probabilities }) => sum + probabilities.length, 0)
  const builder = new TableBuilder(order, words.length, expected, name, segmentSlots)
  addWords(builder, words, ngrams[0], fail)
  for (let n = 2; n <= order; n++) addNgrams(builder, ngrams[n - 1], n, order, fail)
  const [beginId, endId] = ['<s>', '</s>'].map((word) => words.indexOf(word))
  if (beginId < 1 || endId < 1) fail('expected <s> and </s> among the words')
  return builder.finish(beginId, endId)
}

function addWords(
  builder: TableBuilder,
  words: readonly string[],
  unigrams: NgramsOfOrder,
  fail: (message: string) => never,
): void {
  const hash: WordHash = { high: 0, low: 0 }
  for (const [id, word] of words.entries()) {
    hashWord(word, hash)
    if (id > 0 && !builder.addWord(hash, id)) fail(`the word ${JSON.stringify(word)} is there twice`)
  }
  const seen = new Uint8Array(words.length)
  for (const [i, id] of unigrams.ids.entries()) {
    if (seen[id] === 1) fail(`the 1-gram of word ${id} is there twice`)
    seen[id] = 1
    builder.setUnigram(id, (floatBits(unigrams.probabilities[i]) | SIGN) >>> 0, backoffBits(unigrams.backoffs[i]))
  }
}

function addNgrams(
  builder: TableBuilder,
  { ids, probabilities, backoffs }: NgramsOfOrder,
  length: number,
  order: number,
  fail: (message: string) => never,
): void {
  for (let i = 0; i < probabilities.length; i++) {
    const ngram = ids.subarray(i * length, (i + 1) * length)
    const backoff = length < order ? backoffBits(backoffs[i]) : backoffBits(0)
    const fault = builder.add(ngram, length, probabilities[i], backoff)
    if (fault !== null) fail(`the ${length}-gram of words ${ngram.join(', ')} ${fault}`)
  }
}
