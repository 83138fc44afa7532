/** The merges of a vocabulary, also where its file gives none: then those that lead to its tokens, in order of ranks. */
import { BpeEncoder } from '../kernels/bpe-encode/index.js'
import { kernelVocabulary } from './kernel-vocabulary.js'
import type { Vocabulary } from './model.js'
import { vocabularyError } from './vocabulary.js'

/** Left part, right part and result of each merge, as token numbers, best first. */
export function mergesOf(vocabulary: Vocabulary): Uint32Array {
  return vocabulary.merges ?? reachedMerges(vocabulary).merges
}

export interface ReachedMerges {
  /** One a token that merges lead to. */
  readonly merges: Uint32Array
  /** Tokens of the vocabulary that none leads to. */
  readonly unreached: readonly number[]
}

/** What merging really does: the one merge by which each token is made. */
export function reachedMerges(vocabulary: Vocabulary): ReachedMerges {
  let encoder: BpeEncoder
  try {
    encoder = new BpeEncoder(kernelVocabulary(vocabulary))
  } catch (error) {
    throw vocabularyError(error, vocabulary, 'tokenizer')
  }
  const { reachedCount, tokenOfSymbol, partsOfSymbol } = encoder
  const merges: number[] = []
  for (let symbol = 0; symbol < reachedCount; symbol++) {
    const left = partsOfSymbol[symbol * 2]
    if (left === symbol) continue
    merges.push(tokenOfSymbol[left], tokenOfSymbol[partsOfSymbol[symbol * 2 + 1]], tokenOfSymbol[symbol])
  }
  return { merges: Uint32Array.from(merges), unreached: [...tokenOfSymbol.subarray(reachedCount)] }
}
