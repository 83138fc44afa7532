/** A trained model as arrays in memory: what our own binary format is made of. */
import type { NgramSource, NgramsOfOrder } from './tables.js'
import type { ArpaSource } from './train-arpa.js'
import { bitsFloat } from './train-estimate.js'
import type { WordTable } from './train-vocabulary.js'

export function ngramSource({ words, counts, ngrams }: ArpaSource): NgramSource {
  return {
    order: counts.length,
    words: wordTexts(words),
    ngrams: counts.map((count, i) => ngramsOfOrder(i + 1, count, ngrams(i + 1))),
  }
}

function ngramsOfOrder(order: number, count: number, cursor: ReturnType<ArpaSource['ngrams']>): NgramsOfOrder {
  const ids = new Uint32Array(count * order)
  const probabilities = new Float32Array(count)
  const backoffs = new Float32Array(count)
  for (let row = 0; cursor.next(); row++) {
    const { words, at } = cursor
    for (let i = 0; i < order; i++) ids[row * order + i] = words[at + i]
    probabilities[row] = bitsFloat(words[at + order])
    backoffs[row] = bitsFloat(words[at + order + 1])
  }
  return { ids, probabilities, backoffs }
}

function wordTexts({ size, bytes, starts }: WordTable): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: size }, (_, id) => buffer.toString('utf8', starts[id], starts[id + 1]))
}
