/** Removes spans of sentences that stand in the corpus more than once, all copies but the first. */
import { normalizePart, withoutParts } from '../src/dedup/parts.js'
import { removalAction } from '../src/dedup/removal.js'
import { partEmitter, REPEAT_ROUNDS, repeatedNumbers } from '../src/dedup/repeated-parts.js'
import { integer, oneOf } from '../src/stage/options.js'
import { drop, edit, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { sentenceSpans } from '../src/text/sentence-spans.js'
import { splitPart } from '../src/text/words.js'

export default defineStage({
  kind: 'corpus',
  summary: 'remove spans of sentences that other documents hold too',
  source: 'C4: Raffel et al. 2020, arXiv 1910.10683, section 2.2; limits of datatrove 0.10.1 (SentDedupConfig)',
  options: {
    spanSentences: integer({ default: 3, min: 1, max: 100, unit: 'sentences', meaning: 'sentences in a span' }),
    compare: oneOf(['normalized', 'exact'], {
      default: 'normalized',
      meaning: 'without case, punctuation and the value of digits; or equal but for white space between sentences',
    }),
    copiesMin: integer({
      default: 2,
      min: 2,
      unit: 'copies',
      meaning: 'copies in the corpus that make a span repeated',
    }),
    keep: oneOf(['first', 'none'], { default: 'first', meaning: 'whether the first copy stays' }),
    wordCountMin: integer({
      default: 50,
      min: 0,
      unit: 'words',
      meaning: 'a document that keeps fewer, after something was removed, is dropped',
    }),
    sentenceCountMin: integer({
      default: 3,
      min: 0,
      unit: 'sentences',
      meaning: 'a document that keeps fewer, after something was removed, is dropped',
    }),
    action: removalAction('sentences'),
  },
  signals: {
    repeatedSentences: { type: 'number', unit: 'sentences', meaning: 'sentences in a span that has an earlier copy' },
    repeatedShare: { type: 'number', meaning: 'their share of the document’s sentences' },
  },
  examples: [{ text: 'One sentence. Another one. And a third.', drop: null, signals: {} }],
  corpus: {
    collect({ spanSentences, compare }) {
      const form = compare === 'exact' ? (sentence: string) => sentence : normalizePart
      return ({ text, position }, emit) => {
        const add = partEmitter(emit, position)
        const sentences = sentenceSpans(text).map(({ start, end }) => form(text.slice(start, end)))
        for (let first = 0; first + spanSentences <= sentences.length; first++) {
          const span = sentences.slice(first, first + spanSentences).join(' ')
          if (span.trim() !== '') add(span, first)
        }
      }
    },
    rounds: REPEAT_ROUNDS,
    settle({ spanSentences, action, wordCountMin, sentenceCountMin }) {
      return ({ text }, decision) => {
        if (decision === undefined) return keep()
        const sentences = sentenceSpans(text)
        const removed = new Set(repeatedNumbers(decision).flatMap((first) => numbersFrom(first, spanSentences)))
        const left = sentences.length - removed.size
        const signals = { repeatedSentences: removed.size, repeatedShare: removed.size / sentences.length }
        if (action === 'annotate') return keep(signals)
        const numbers = [...removed].sort((a, b) => a - b)
        const ranges = sentences.flatMap(({ start, end }) => [start, end])
        const rest = withoutParts(text, ranges, numbers)
        if (left < sentenceCountMin) return drop('tooFewSentences', signals)
        return splitPart(rest).count < wordCountMin ? drop('tooFewWords', signals) : edit({ text: rest }, signals)
      }
    },
  },
})

function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}
