/** A model over its shared tables, in any thread: the kernel scores. */
import { createNgramScorer, type NgramScorer } from '../kernels/ngram-score/index.js'
import { HEADER_WORDS, readLayout, tableSizes, wordTableStart } from './layout.js'
import { type SharedModel, tableOffsets } from './model-tables.js'
import type { NgramModel, SentenceScore } from './ngram-model.js'

export class TableModel implements NgramModel {
  readonly order: number
  readonly #scorer: NgramScorer

  constructor(shared: SharedModel) {
    const layout = readLayout(new Uint32Array(shared[0].buffer, 0, HEADER_WORDS))
    const offsets = tableOffsets(tableSizes(layout))
    const together = shared.length === 1
    this.order = layout.order
    this.#scorer = createNgramScorer(shared, {
      ...layout,
      unigramsAt: 4 * HEADER_WORDS,
      wordsAt: 4 * wordTableStart(layout),
      ngramsAt: together ? offsets[1] : 0,
      segmentBytes: together ? offsets[2] - offsets[1] : 0,
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
