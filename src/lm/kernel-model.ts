/** A model whose tables lie in one shared memory: scored by the kernel. */
import { createNgramScorer, type NgramScorer } from '../kernels/ngram-score/index.js'
import type { SharedMemory } from '../stage/stage.js'
import { HEADER_WORDS, readLayout, tableSizes, wordTableStart } from './layout.js'
import { tableOffsets } from './model-tables.js'
import type { NgramModel, SentenceScore } from './ngram-model.js'

export class KernelModel implements NgramModel {
  readonly order: number
  readonly #scorer: NgramScorer

  constructor(memory: SharedMemory) {
    const layout = readLayout(new Uint32Array(memory.buffer, 0, HEADER_WORDS))
    const offsets = tableOffsets(tableSizes(layout))
    this.order = layout.order
    this.#scorer = createNgramScorer(memory, {
      ...layout,
      unigramsAt: 4 * HEADER_WORDS,
      wordsAt: 4 * wordTableStart(layout),
      ngramsAt: offsets[1],
      segmentBytes: offsets[2] - offsets[1],
    })
  }

  wordId(token: string): number {
    return this.#scorer.wordId(token)
  }

  score(tokens: readonly string[], perToken?: (log10: number, ngramLength: number) => void): SentenceScore {
    this.#scorer.begin(perToken)
    this.#scorer.addTokens(tokens)
    return this.#end()
  }

  scoreLine(line: string): SentenceScore {
    this.#scorer.begin()
    this.#scorer.addText(line)
    return this.#end()
  }

  #end(): SentenceScore {
    const log10 = this.#scorer.end()
    return { log10, tokenCount: this.#scorer.tokenCount(), oovCount: this.#scorer.oovCount() }
  }
}
