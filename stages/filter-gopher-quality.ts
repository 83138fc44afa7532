/**
 * Drops documents that are not prose by word and line statistics. Gopher: Rae et al. 2021, appendix A.1.1, counted exactly
 * as datatrove 0.10.1 does: real words are words with some character that is no punctuation or control; stop words
 * are counted once each, in the case given; lines end as Python's `splitlines` ends them.
 */

import { filterAction, integer, listOf, number, string } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { countOf, skipWhite, splitLines, trimWhite } from '../src/text/lines.js'
import { wordRule } from '../src/text/word-rule.js'
import { HAS_LETTER, IS_REAL } from '../src/text/word-types.js'
import { splitWords, type Words } from '../src/text/words.js'

export default defineStage({
  kind: 'each',
  summary: 'drop documents whose words and lines are not those of prose',
  source: 'Gopher: Rae et al. 2021, arXiv 2112.11446, appendix A.1.1; datatrove 0.10.1',
  options: {
    wordCountMin: integer({ default: 50, min: 0, unit: 'words', meaning: 'fewest real words' }),
    wordCountMax: integer({ default: 100_000, min: 0, unit: 'words', meaning: 'most real words' }),
    wordLengthMeanMin: number({ default: 3, min: 0, unit: 'characters', meaning: 'least mean length of a real word' }),
    wordLengthMeanMax: number({
      default: 10,
      min: 0,
      unit: 'characters',
      meaning: 'greatest mean length of a real word',
    }),
    symbolShareMax: number({
      default: 0.1,
      min: 0,
      unit: 'share',
      meaning: 'most number signs, and most ellipses, for each word',
    }),
    bulletLineShareMax: number({
      default: 0.9,
      min: 0,
      unit: 'share',
      meaning: 'most lines that start with a bullet or a hyphen, of all lines',
    }),
    ellipsisLineShareMax: number({
      default: 0.3,
      min: 0,
      unit: 'share',
      meaning: 'most lines that end with an ellipsis, of all lines',
    }),
    letterWordShareMin: number({
      default: 0.8,
      min: 0,
      max: 1,
      unit: 'share',
      meaning: 'fewest words with a letter, of all words',
    }),
    stopWordCountMin: integer({ default: 2, min: 0, unit: 'words', meaning: 'fewest different stop words' }),
    stopWords: listOf(string({ meaning: 'a word, in its exact case' }), {
      default: ['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'],
      meaning: 'the stop words',
    }),
    words: wordRule,
    action: filterAction(),
  },
  profiles: { 'datatrove-0.10': { words: 'spacy' } },
  signals: {
    wordCount: { type: 'number', unit: 'words', meaning: 'real words: some character is no punctuation or control' },
    wordLengthMean: { type: 'number', unit: 'characters', meaning: 'mean length of real words, 0 without any' },
    hashShare: { type: 'number', unit: 'share', meaning: 'number signs for each word' },
    ellipsisShare: {
      type: 'number',
      unit: 'share',
      meaning: 'ellipses, of three dots or one character, for each word',
    },
    bulletLineShare: { type: 'number', unit: 'share', meaning: 'lines that start with a bullet or a hyphen' },
    ellipsisLineShare: { type: 'number', unit: 'share', meaning: 'lines that end with an ellipsis' },
    letterWordShare: { type: 'number', unit: 'share', meaning: 'words with a letter, of all words' },
    stopWordCount: { type: 'number', unit: 'words', meaning: 'different stop words that occur' },
  },
  examples: [
    { text: '', drop: 'wordCountMin' },
    {
      text: 'Too short.',
      drop: 'wordCountMin',
      signals: {
        wordCount: 2,
        wordLengthMean: 4,
        hashShare: 0,
        ellipsisShare: 0,
        bulletLineShare: 0,
        ellipsisLineShare: 0,
        letterWordShare: 2 / 3,
        stopWordCount: 0,
      },
    },
    { options: { wordCountMin: 3 }, text: 'Parts of sums make more', drop: 'stopWords' },
    { options: { wordCountMin: 3 }, text: 'The sum of the parts and more', drop: null },
    { options: { wordCountMin: 3 }, text: '- the cat and\n- the dog', drop: 'bulletLines' },
    { options: { wordCountMin: 3 }, text: 'the cat and the dog...', drop: 'ellipses' },
    { options: { wordCountMin: 1, wordLengthMeanMin: 1 }, text: 'the 1 2 3 of 4', drop: 'letterWords' },
    { options: { action: 'annotate' }, text: 'Too short.', drop: null },
  ],
  prepare: (options) => {
    const stopWords = new Set(options.stopWords)
    const stopWordLengthMax = Math.max(0, ...options.stopWords.map((word) => word.length))
    return (document) => {
      const signals = measure(splitWords(document.text, options.words), stopWords, stopWordLengthMax)
      if (options.action === 'annotate') return keep(signals)
      if (signals.wordCount < options.wordCountMin) return drop('wordCountMin', signals)
      if (signals.wordCount > options.wordCountMax) return drop('wordCountMax', signals)
      if (signals.wordLengthMean < options.wordLengthMeanMin) return drop('wordLengthMeanMin', signals)
      if (signals.wordLengthMean > options.wordLengthMeanMax) return drop('wordLengthMeanMax', signals)
      if (signals.hashShare > options.symbolShareMax) return drop('hashes', signals)
      if (signals.ellipsisShare > options.symbolShareMax) return drop('ellipses', signals)
      if (signals.bulletLineShare > options.bulletLineShareMax) return drop('bulletLines', signals)
      if (signals.ellipsisLineShare > options.ellipsisLineShareMax) return drop('ellipsisLines', signals)
      if (signals.letterWordShare < options.letterWordShareMin) return drop('letterWords', signals)
      if (signals.stopWordCount < options.stopWordCountMin) return drop('stopWords', signals)
      return keep(signals)
    }
  },
})

function measure(words: Words, stopWords: ReadonlySet<string>, stopWordLengthMax: number) {
  const { text } = words
  const { realCount, realLength, letterCount } = measureWords(words)
  const { bulletLineShare, ellipsisLineShare } = measureLines(text)
  return {
    wordCount: realCount,
    wordLengthMean: shareOf(realLength, realCount),
    hashShare: shareOf(countOf(text, '#'), words.count),
    ellipsisShare: shareOf(countOf(text, '...') + countOf(text, '…'), words.count),
    bulletLineShare,
    ellipsisLineShare,
    letterWordShare: shareOf(letterCount, words.count),
    stopWordCount: countStopWords(words, stopWords, stopWordLengthMax),
  }
}

/** 0 where there is nothing to divide by: an empty text, or one of punctuation alone. */
function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function measureWords({ types: { ids, lengths, flags } }: Words) {
  let realCount = 0
  let realLength = 0
  let letterCount = 0
  for (const type of ids) {
    const flag = flags[type] ?? 0
    if ((flag & HAS_LETTER) !== 0) letterCount++
    if ((flag & IS_REAL) === 0) continue
    realCount++
    realLength += lengths[type] ?? 0
  }
  return { realCount, realLength, letterCount }
}

function countStopWords(words: Words, stopWords: ReadonlySet<string>, lengthMax: number): number {
  const { count, firsts, lengths } = words.types
  let found = 0
  for (let type = 0; type < count; type++) {
    if ((lengths[type] ?? 0) <= lengthMax && stopWords.has(words.at(firsts[type] ?? 0))) found++
  }
  return found
}

function measureLines(text: string): { bulletLineShare: number; ellipsisLineShare: number } {
  const lines = splitLines(text)
  let bullets = 0
  let ellipses = 0
  for (let i = 0; i < lines.length; i += 2) {
    const end = lines[i + 1] ?? 0
    const start = skipWhite(text, lines[i] ?? 0, end)
    const behind = trimWhite(text, start, end)
    if (start < end && (text[start] === '•' || text[start] === '-')) bullets++
    if (behind > start && (text[behind - 1] === '…' || (behind - start >= 3 && text.startsWith('...', behind - 3))))
      ellipses++
  }
  const lineCount = lines.length / 2
  return { bulletLineShare: shareOf(bullets, lineCount), ellipsisLineShare: shareOf(ellipses, lineCount) }
}
