/**
 * How many of a paragraph's word n-grams stand earlier in the corpus: what a Bloom filter that is fed document by document tells
 * (Dolma's, DCLM's), without its errors and whatever the order of work. "Earlier" is the order of the input, then of the text.
 * n-grams are 64-bit hashes: one among 10^12 different ones is taken for another with probability 5 · 10^-8.
 * Records, all numbers big-endian:
 *   ngrams      hash (8)       -> position (8), number of the paragraph (4)       one for each occurrence
 *   paragraphs  position (8)   -> number of the paragraph (4)                     one for each occurrence but the first
 * and a decision is a list of paragraphs and their counts (4 each).
 */
import type { Position } from '../document/document.js'
import type { CollectEmit, Reducer, Round } from '../stage/stage.js'
import { mix32, power32 } from '../text/hash.js'
import { POSITION_BYTES, readPosition, readUint32, writePosition, writeUint32 } from './records.js'
import { repeatsReducer } from './repeated-parts.js'

const HASH_BYTES = 8
/** Odd, and 5 modulo 8, for the two halves of the hash. */
const FACTORS = [0x2c1b3c6d, 0x9e3779b5] as const
/** Sets the words of the second half apart from those of the first. */
const SECOND = 0x5bd1e995

/** Emits a hash for each n-gram of a paragraph, that is, of the hashes of its words. */
export function ngramEmitter(ngramWords: number): (words: Uint32Array, value: Uint8Array, emit: CollectEmit) => void {
  const key = new Uint8Array(HASH_BYTES)
  const outFactors = FACTORS.map((factor) => power32(factor, ngramWords))
  return (words, value, emit) => {
    let [high, low] = [0, 0]
    const length = Math.min(ngramWords, words.length)
    for (let i = 0; i < words.length; i++) {
      high = (Math.imul(high, FACTORS[0]) + words[i]) | 0
      low = (Math.imul(low, FACTORS[1]) + mix32(words[i] ^ SECOND)) | 0
      if (i >= length) {
        high = (high - Math.imul(words[i - length], outFactors[0])) | 0
        low = (low - Math.imul(mix32(words[i - length] ^ SECOND), outFactors[1])) | 0
      }
      if (i < length - 1) continue
      writeUint32(key, 0, mix32(high ^ length))
      writeUint32(key, 4, mix32(low))
      emit.record(key, value)
    }
  }
}

/** n-grams of a paragraph of so many words; one of fewer words than an n-gram is compared as a whole. */
export function ngramCount(wordCount: number, ngramWords: number): number {
  return wordCount === 0 ? 0 : Math.max(1, wordCount - ngramWords + 1)
}

/** What an occurrence is known by. */
export function occurrence(position: Position, paragraph: number): Uint8Array {
  const value = new Uint8Array(POSITION_BYTES + 4)
  writePosition(value, 0, position)
  writeUint32(value, POSITION_BYTES, paragraph)
  return value
}

export const SEEN_ROUNDS: readonly Round<unknown>[] = [
  { name: 'ngrams', partitions: 'key', reducer: () => repeatsReducer({ copiesMin: 2, keep: 'first' }) },
  { name: 'paragraphs', partitions: 'key', reducer: () => paragraphReducer() },
]

function paragraphReducer(): Reducer {
  let position: Position = { shard: 0, row: 0 }
  let counts: [paragraph: number, count: number][] = []
  return {
    start(key) {
      position = readPosition(key, 0)
      counts = []
    },
    value(value) {
      const paragraph = readUint32(value, 0)
      const last = counts.at(-1)
      if (last?.[0] === paragraph) last[1]++
      else counts.push([paragraph, 1])
    },
    end(emit) {
      const decision = new Uint8Array(counts.length * 8)
      for (const [i, [paragraph, count]] of counts.entries()) {
        writeUint32(decision, i * 8, paragraph)
        writeUint32(decision, i * 8 + 4, count)
      }
      emit.decide(position, decision)
    },
  }
}

/** Seen n-grams by paragraph, those without any left out. */
export function seenCounts(decision: Uint8Array): [paragraph: number, count: number][] {
  return Array.from({ length: decision.length / 8 }, (_, i) => [
    readUint32(decision, i * 8),
    readUint32(decision, i * 8 + 4),
  ])
}
