/**
 * Drops documents whose lines are those of lists, menus and repeated snippets. FineWeb: Penedo et al. 2024, section 3.6,
 * counted exactly as datatrove 0.10.1 does. In the FineWeb recipe it follows the C4 rules and sees the text that they left.
 */

import { boolean, filterAction, integer, number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { endsLine } from '../src/text/classes.js'
import {
  codePointLength,
  countOf,
  countRepeats,
  lastCodePoint,
  type Ranges,
  skipWhite,
  splitAtLineFeeds,
} from '../src/text/lines.js'
import { wordRule } from '../src/text/word-rule.js'
import { splitWords, type Words } from '../src/text/words.js'

export default defineStage({
  kind: 'each',
  summary: 'drop documents whose lines seldom end in punctuation, are mostly short, or repeat',
  source: 'FineWeb: Penedo et al. 2024, arXiv 2406.17557, section 3.6; datatrove 0.10.1',
  options: {
    linePunctuationShareMin: number({
      default: 0.12,
      min: 0,
      max: 1,
      unit: 'share',
      meaning: 'fewest lines that end in one of 159 sentence-end marks',
    }),
    keepUnpunctuated: boolean({
      default: false,
      meaning: 'let documents pass the rule above in which no line ends in such a mark',
    }),
    shortLineShareMax: number({ default: 0.67, min: 0, unit: 'share', meaning: 'most short lines' }),
    shortLineLengthMax: integer({
      default: 30,
      min: 0,
      unit: 'characters',
      meaning: 'length up to which a line is short',
    }),
    duplicateLineCharacterShareMax: number({
      default: 0.01,
      min: 0,
      unit: 'share',
      meaning: 'most characters in repeated lines, of all characters but line feeds',
    }),
    newlineShareMax: number({ default: 0.3, min: 0, unit: 'share', meaning: 'most line feeds for each word' }),
    words: wordRule,
    action: filterAction(),
  },
  profiles: { 'datatrove-0.10': { words: 'spacy' } },
  signals: {
    lineCount: { type: 'number', unit: 'lines', meaning: 'lines that are not blank' },
    linePunctuationShare: { type: 'number', unit: 'share', meaning: 'lines that end in a sentence-end mark' },
    shortLineShare: { type: 'number', unit: 'share', meaning: 'lines of at most shortLineLengthMax characters' },
    duplicateLineCharacterShare: {
      type: 'number',
      unit: 'share',
      meaning: 'characters in lines that repeat an earlier one, of all but line feeds',
    },
    newlineShare: { type: 'number', unit: 'share', meaning: 'line feeds for each word' },
  },
  examples: [
    { text: '', drop: 'empty', signals: { lineCount: 0 } },
    { text: ' \n\t\n', drop: 'empty' },
    { text: 'Home\nAbout us\nContact', drop: 'linePunctuation' },
    { text: 'One.\nTwo.\nThree.', drop: 'shortLines' },
    {
      text: 'The line that stands here is long enough.\nThe line that stands here is long enough.',
      drop: 'duplicateLineCharacters',
    },
    { text: 'The line that stands here is long enough.\nSo is the other one, which says more.', drop: null },
  ],
  prepare: (options) => (document) => {
    const { text } = document
    const lines = nonBlankLines(text)
    if (lines.length === 0)
      return options.action === 'annotate' ? keep({ lineCount: 0 }) : drop('empty', { lineCount: 0 })
    const signals = measure(splitWords(text, options.words), lines, options.shortLineLengthMax)
    if (options.action === 'annotate') return keep(signals)
    const { linePunctuationShare } = signals
    const isExcused = options.keepUnpunctuated && linePunctuationShare === 0
    if (linePunctuationShare < options.linePunctuationShareMin && !isExcused) return drop('linePunctuation', signals)
    if (signals.shortLineShare > options.shortLineShareMax) return drop('shortLines', signals)
    if (signals.duplicateLineCharacterShare > options.duplicateLineCharacterShareMax) {
      return drop('duplicateLineCharacters', signals)
    }
    if (signals.newlineShare > options.newlineShareMax) return drop('newlines', signals)
    return keep(signals)
  },
})

/** Runs of line feeds part lines as single ones do here, since blank lines don't count. */
function nonBlankLines(text: string): Ranges {
  const ranges = splitAtLineFeeds(text, 1)
  const lines: number[] = []
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i] ?? 0
    const end = ranges[i + 1] ?? 0
    if (skipWhite(text, start, end) < end) lines.push(start, end)
  }
  return lines
}

/** Shares of a text with some line that is not blank, and so with some word. */
function measure(words: Words, lines: Ranges, shortLineLengthMax: number) {
  const { text } = words
  let punctuated = 0
  let short = 0
  for (let i = 0; i < lines.length; i += 2) {
    const start = lines[i] ?? 0
    const end = lines[i + 1] ?? 0
    if (endsLine(lastCodePoint(text, start, end))) punctuated++
    // A code point has at most two units.
    if (end - start <= shortLineLengthMax * 2 && codePointLength(text, start, end) <= shortLineLengthMax) short++
  }
  const newlineCount = countOf(text, '\n')
  const lineCount = lines.length / 2
  return {
    lineCount,
    linePunctuationShare: punctuated / lineCount,
    shortLineShare: short / lineCount,
    duplicateLineCharacterShare: countRepeats(text, lines).length / (words.textLength - newlineCount),
    newlineShare: newlineCount / words.count,
  }
}
