/**
 * Drops documents that repeat themselves: lines, paragraphs and word n-grams. Gopher: Rae et al. 2021, table A1, counted
 * exactly as datatrove 0.10.1 does. Every share is of the code points of the whole text, except shares of lines and
 * paragraphs, which are of their number.
 */

import { filterAction, number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage, type SignalDeclaration } from '../src/stage/stage.js'
import { countRepeats, skipWhite, splitAtLineFeeds, trimWhite } from '../src/text/lines.js'
import { repeatedNGramLengths, topNGramLengths } from '../src/text/ngrams.js'
import { wordRule } from '../src/text/word-rule.js'
import { splitWords, type WordRule } from '../src/text/words.js'

const shareMax = (value: number, of: string) =>
  number({ default: value, min: 0, unit: 'share', meaning: `most that ${of} may make up; more is dropped` })

const share = (meaning: string): SignalDeclaration => ({ type: 'number', unit: 'share', meaning })

export default defineStage({
  kind: 'each',
  summary: 'drop documents with repeated lines, paragraphs or word n-grams',
  source: 'Gopher: Rae et al. 2021, arXiv 2112.11446, table A1; datatrove 0.10.1',
  options: {
    duplicateParagraphShareMax: shareMax(0.3, 'repeated paragraphs, of all paragraphs,'),
    duplicateParagraphCharacterShareMax: shareMax(0.2, 'characters of repeated paragraphs'),
    duplicateLineShareMax: shareMax(0.3, 'repeated lines, of all lines,'),
    duplicateLineCharacterShareMax: shareMax(0.2, 'characters of repeated lines'),
    top2GramShareMax: shareMax(0.2, 'the most frequent 2 words in a row'),
    top3GramShareMax: shareMax(0.18, 'the most frequent 3 words in a row'),
    top4GramShareMax: shareMax(0.16, 'the most frequent 4 words in a row'),
    duplicate5GramShareMax: shareMax(0.15, 'repeated 5 words in a row'),
    duplicate6GramShareMax: shareMax(0.14, 'repeated 6 words in a row'),
    duplicate7GramShareMax: shareMax(0.13, 'repeated 7 words in a row'),
    duplicate8GramShareMax: shareMax(0.12, 'repeated 8 words in a row'),
    duplicate9GramShareMax: shareMax(0.11, 'repeated 9 words in a row'),
    duplicate10GramShareMax: shareMax(0.1, 'repeated 10 words in a row'),
    words: wordRule,
    action: filterAction(),
  },
  profiles: { 'datatrove-0.10': { words: 'spacy' } },
  signals: {
    duplicateParagraphShare: share('paragraphs that repeat an earlier one, of all paragraphs'),
    duplicateParagraphCharacterShare: share('characters in repeated paragraphs'),
    duplicateLineShare: share('lines that repeat an earlier one, of all lines'),
    duplicateLineCharacterShare: share('characters in repeated lines'),
    top2GramShare: share(
      'characters of the most frequent 2-gram, spaces included, times its count, even when that is 1',
    ),
    top3GramShare: share('the same of 3-grams'),
    top4GramShare: share('the same of 4-grams'),
    duplicate5GramShare: share('characters in repeated 5-grams, none counted twice'),
    duplicate6GramShare: share('the same of 6-grams'),
    duplicate7GramShare: share('the same of 7-grams'),
    duplicate8GramShare: share('the same of 8-grams'),
    duplicate9GramShare: share('the same of 9-grams'),
    duplicate10GramShare: share('the same of 10-grams'),
  },
  examples: [
    { text: '', drop: 'empty', signals: {} },
    { text: 'one\n\none\n\ntwo', drop: 'duplicateParagraphs' },
    { text: 'a long line of text\na long line of text\nx y z w', drop: 'duplicateLines' },
    { text: 'three little words', drop: 'top2Gram' },
    {
      text: 'Nine harbors lie along this coast, and only two of them freeze when winter comes down from the hills. Boats wait there until May, their owners mend nets at home.',
      drop: null,
    },
  ],
  prepare: (options) => (document) => {
    const { text } = document
    if (text === '') return options.action === 'annotate' ? keep() : drop('empty')
    const signals = measure(text, options.words)
    if (options.action === 'annotate') return keep(signals)
    const rules: readonly (readonly [string, number, number])[] = [
      ['duplicateParagraphs', signals.duplicateParagraphShare, options.duplicateParagraphShareMax],
      [
        'duplicateParagraphCharacters',
        signals.duplicateParagraphCharacterShare,
        options.duplicateParagraphCharacterShareMax,
      ],
      ['duplicateLines', signals.duplicateLineShare, options.duplicateLineShareMax],
      ['duplicateLineCharacters', signals.duplicateLineCharacterShare, options.duplicateLineCharacterShareMax],
      ['top2Gram', signals.top2GramShare, options.top2GramShareMax],
      ['top3Gram', signals.top3GramShare, options.top3GramShareMax],
      ['top4Gram', signals.top4GramShare, options.top4GramShareMax],
      ['duplicate5Grams', signals.duplicate5GramShare, options.duplicate5GramShareMax],
      ['duplicate6Grams', signals.duplicate6GramShare, options.duplicate6GramShareMax],
      ['duplicate7Grams', signals.duplicate7GramShare, options.duplicate7GramShareMax],
      ['duplicate8Grams', signals.duplicate8GramShare, options.duplicate8GramShareMax],
      ['duplicate9Grams', signals.duplicate9GramShare, options.duplicate9GramShareMax],
      ['duplicate10Grams', signals.duplicate10GramShare, options.duplicate10GramShareMax],
    ]
    const failed = rules.find(([, value, max]) => value > max)
    return failed ? drop(failed[0], signals) : keep(signals)
  },
})

/** All shares of a text that is not empty. */
function measure(text: string, rule: WordRule) {
  const words = splitWords(text, rule)
  const total = words.textLength
  const start = skipWhite(text, 0, text.length)
  const paragraphs = splitAtLineFeeds(text, 2, start, trimWhite(text, start, text.length))
  const repeatedParagraphs = countRepeats(text, paragraphs)
  const lines = splitAtLineFeeds(text, 1)
  const repeatedLines = countRepeats(text, lines)
  const [top2 = 0, top3 = 0, top4 = 0] = topNGramLengths(words, 4)
  const [five = 0, six = 0, seven = 0, eight = 0, nine = 0, ten = 0] = repeatedNGramLengths(words, 5, 10)
  return {
    duplicateParagraphShare: repeatedParagraphs.count / (paragraphs.length / 2),
    duplicateParagraphCharacterShare: repeatedParagraphs.length / total,
    duplicateLineShare: repeatedLines.count / (lines.length / 2),
    duplicateLineCharacterShare: repeatedLines.length / total,
    top2GramShare: top2 / total,
    top3GramShare: top3 / total,
    top4GramShare: top4 / total,
    duplicate5GramShare: five / total,
    duplicate6GramShare: six / total,
    duplicate7GramShare: seven / total,
    duplicate8GramShare: eight / total,
    duplicate9GramShare: nine / total,
    duplicate10GramShare: ten / total,
  }
}
