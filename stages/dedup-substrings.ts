/** Removes stretches of text that stand earlier in the corpus, letter for letter. */
import { remainingLengthMin, removal, removalAction } from '../src/dedup/removal.js'
import { repeatedNumbers } from '../src/dedup/repeated-parts.js'
import { collectWindows, coveredTokens, WINDOW_ROUNDS } from '../src/dedup/repeated-windows.js'
import { Tokens } from '../src/dedup/tokens.js'
import { integer } from '../src/stage/options.js'
import { keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'corpus',
  summary: 'remove stretches of text that stand earlier in the corpus, letter for letter',
  source: 'Lee et al. 2022, Deduplicating Training Data Makes Language Models Better, arXiv 2107.06499, section 4.1',
  options: {
    tokensMin: integer({
      default: 50,
      min: 2,
      max: 100_000,
      unit: 'tokens',
      meaning: 'the shortest stretch: words with the marks on them, single letters in scripts without spaces',
    }),
    textLengthMin: remainingLengthMin,
    action: removalAction('stretches'),
  },
  signals: {
    repeatedTokens: { type: 'number', unit: 'tokens', meaning: 'tokens in a stretch that stands earlier' },
    repeatedShare: { type: 'number', meaning: 'their share of all tokens of the document' },
  },
  examples: [{ text: 'Short texts hold no stretch of fifty words.', drop: null, signals: {} }],
  corpus: {
    collect: (options) => (document, emit) => {
      collectWindows(options, new Tokens(document.text), document.position, emit)
    },
    rounds: WINDOW_ROUNDS,
    settle(options) {
      const { tokensMin } = options
      return ({ text }, decision) => {
        if (decision === undefined) return keep()
        const ranges = new Tokens(text).ranges()
        const covered = coveredTokens(repeatedNumbers(decision), tokensMin)
        const signals = { repeatedTokens: covered.length, repeatedShare: (covered.length * 2) / ranges.length }
        return removal(text, ranges, covered, options, 'repeatedText', signals)
      }
    },
  },
})
