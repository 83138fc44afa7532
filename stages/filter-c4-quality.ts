/**
 * Cleans a page line by line and drops what is left of too few sentences. C4: Raffel et al. 2020, section 2.2, exactly as
 * datatrove 0.10.1 does it. A line is measured against the rules in a fixed order, the first decides; two of them
 * drop the whole document, but only when the line got that far: a line with "javascript" hides its curly bracket. Words
 * of a line are counted before its citation marks go. The bad-word list of the paper is not part of this stage.
 */

import { boolean, filterAction, integer } from '../src/stage/options.js'
import { drop, edit, keep } from '../src/stage/outcome.js'
import { defineStage, type SignalDeclaration } from '../src/stage/stage.js'
import { removeCitations } from '../src/text/citations.js'
import { codePointLength, isWhite, skipWhite, splitLines, trimWhite } from '../src/text/lines.js'
import { countSentences } from '../src/text/sentences.js'
import { wordRule } from '../src/text/word-rule.js'
import { splitPart, splitWords, type WordRule, type Words } from '../src/text/words.js'

const POLICY_PHRASES = [
  'terms of use',
  'privacy policy',
  'cookie policy',
  'uses cookies',
  'use of cookies',
  'use cookies',
] as const
/** Finds out quickly that no line can hold any phrase: in lower case, or in what case folding makes of it. */
const ANY_PHRASE = new RegExp(['lorem ipsum', 'javascript', ...POLICY_PHRASES].join('|'), 'iu')
const TERMINAL = '.?!"\''

const lines = (meaning: string): SignalDeclaration => ({ type: 'number', unit: 'lines', meaning })

export default defineStage({
  kind: 'each',
  summary: 'remove lines that are not sentences, drop documents with too few left',
  source: 'C4: Raffel et al. 2020, arXiv 1910.10683, section 2.2; datatrove 0.10.1',
  options: {
    requireTerminalPunctuation: boolean({
      default: true,
      meaning: 'remove lines that do not end in . ? ! or a straight quote, or that end in three dots',
    }),
    removeCitations: boolean({ default: true, meaning: 'remove [1], [], [edit] and [citation needed] from lines' }),
    wordLengthMax: integer({
      default: 1000,
      min: 1,
      unit: 'characters',
      meaning: 'remove lines with a longer stretch without white space',
    }),
    lineWordCountMin: integer({ default: 3, min: 0, unit: 'words', meaning: 'remove lines with fewer words' }),
    sentenceCountMin: integer({ default: 5, min: 0, unit: 'sentences', meaning: 'drop documents with fewer left' }),
    dropLoremIpsum: boolean({ default: true, meaning: 'drop documents with "lorem ipsum" in a line' }),
    dropCurlyBracket: boolean({ default: true, meaning: 'drop documents with { in a line' }),
    removeJavascriptLines: boolean({ default: true, meaning: 'remove lines that mention "javascript"' }),
    removePolicyLines: boolean({ default: true, meaning: 'remove lines on cookies, privacy policy or terms of use' }),
    words: wordRule,
    action: filterAction(),
  },
  profiles: { 'datatrove-0.10': { words: 'spacy' } },
  signals: {
    lineCount: lines('lines of the text'),
    longWordLineCount: lines('lines removed for a long word'),
    unterminatedLineCount: lines('lines removed for their end'),
    shortLineCount: lines('lines removed for too few words'),
    javascriptLineCount: lines('lines removed for "javascript"'),
    policyLineCount: lines('lines removed for a policy phrase'),
    loremIpsumLineCount: lines('lines with "lorem ipsum"'),
    curlyBracketLineCount: lines('lines with a curly bracket that no earlier rule removed'),
    sentenceCount: { type: 'number', unit: 'sentences', meaning: 'sentences in the lines that stay' },
  },
  examples: [
    { text: '', drop: 'sentenceCountMin' },
    {
      options: { sentenceCountMin: 2 },
      text: 'Home | Login\n It rained all day.[1] \nPlease enable JavaScript in {browser}.\nThen the sun came out.',
      drop: null,
      becomes: 'It rained all day.\nThen the sun came out.',
      signals: {
        lineCount: 4,
        longWordLineCount: 0,
        unterminatedLineCount: 1,
        shortLineCount: 0,
        javascriptLineCount: 1,
        policyLineCount: 0,
        loremIpsumLineCount: 0,
        curlyBracketLineCount: 0,
        sentenceCount: 2,
      },
    },
    { text: 'Lorem Ipsum dolor sit amet.', drop: 'loremIpsum' },
    { text: 'This page reads function() { return 1 }.', drop: 'curlyBracket' },
    { text: 'One sentence alone is not enough.', drop: 'sentenceCountMin' },
    {
      options: { sentenceCountMin: 1 },
      text: 'This site uses cookies, as all do.\nIt is about birds.',
      drop: null,
      becomes: 'It is about birds.',
    },
  ],
  prepare: (options) => (document) => {
    const { text } = document
    const { signals, kept, reason } = readLines(text, options)
    if (options.action === 'annotate') return keep(signals)
    if (reason !== null) return drop(reason, signals)
    if (signals.sentenceCount < options.sentenceCountMin) return drop('sentenceCountMin', signals)
    const joined = kept.join('\n')
    const start = skipWhite(joined, 0, joined.length)
    const becomes = joined.slice(start, trimWhite(joined, start, joined.length))
    return becomes === text ? keep(signals) : edit({ text: becomes }, signals)
  },
})

interface LineRules {
  readonly words: WordRule
  readonly requireTerminalPunctuation: boolean
  readonly removeCitations: boolean
  readonly wordLengthMax: number
  readonly lineWordCountMin: number
  readonly dropLoremIpsum: boolean
  readonly dropCurlyBracket: boolean
  readonly removeJavascriptLines: boolean
  readonly removePolicyLines: boolean
}

/** Applies the line rules to every line. `reason` is that of the first line that drops the document, or null. */
function readLines(text: string, rules: LineRules) {
  const words = splitWords(text, rules.words)
  const ranges = splitLines(text)
  const mayHavePhrase = ANY_PHRASE.test(text)
  const kept: string[] = []
  const signals = {
    lineCount: ranges.length / 2,
    longWordLineCount: 0,
    unterminatedLineCount: 0,
    shortLineCount: 0,
    javascriptLineCount: 0,
    policyLineCount: 0,
    loremIpsumLineCount: 0,
    curlyBracketLineCount: 0,
    sentenceCount: 0,
  }
  let reason: string | null = null
  let word = 0
  for (let i = 0; i < ranges.length; i += 2) {
    const start = skipWhite(text, ranges[i] ?? 0, ranges[i + 1] ?? 0)
    const end = trimWhite(text, start, ranges[i + 1] ?? 0)
    const first = word
    while (word < words.count && (words.starts[word] ?? 0) < end) word++
    if (hasLongWord(text, start, end, rules.wordLengthMax)) {
      signals.longWordLineCount++
      continue
    }
    const whole = text.slice(start, end)
    const line = rules.removeCitations ? removeCitations(whole) : whole
    if (rules.requireTerminalPunctuation && !isTerminated(line)) {
      signals.unterminatedLineCount++
      continue
    }
    if (!hasWords(text, start, end, rules.lineWordCountMin)) {
      signals.shortLineCount++
      continue
    }
    const lower = mayHavePhrase ? line.toLowerCase() : ''
    if (rules.dropLoremIpsum && lower.includes('lorem ipsum')) {
      signals.loremIpsumLineCount++
      reason ??= 'loremIpsum'
      continue
    }
    if (rules.removeJavascriptLines && lower.includes('javascript')) {
      signals.javascriptLineCount++
      continue
    }
    if (rules.dropCurlyBracket && line.includes('{')) {
      signals.curlyBracketLineCount++
      reason ??= 'curlyBracket'
      continue
    }
    if (rules.removePolicyLines && POLICY_PHRASES.some((phrase) => lower.includes(phrase))) {
      signals.policyLineCount++
      continue
    }
    signals.sentenceCount +=
      line === whole ? countSentences(words, first, word, start, end) : countAllSentences(splitPart(line, rules.words))
    kept.push(line)
  }
  return { signals, kept, reason }
}

function countAllSentences(words: Words): number {
  return countSentences(words, 0, words.count, 0, words.text.length)
}

function isTerminated(line: string): boolean {
  return line !== '' && TERMINAL.includes(line.slice(-1)) && !line.endsWith('...')
}

function hasLongWord(text: string, start: number, end: number, lengthMax: number): boolean {
  if (end - start <= lengthMax) return false
  let from = start
  for (let i = start; i <= end; i++) {
    if (i < end && !isWhite(text.charCodeAt(i))) continue
    if (i - from > lengthMax && codePointLength(text, from, i) > lengthMax) return true
    from = i + 1
  }
  return false
}

function hasWords(text: string, start: number, end: number, countMin: number): boolean {
  let count = 0
  let isInside = false
  for (let i = start; i < end && count < countMin; i++) {
    const isWord = !isWhite(text.charCodeAt(i))
    if (isWord && !isInside) count++
    isInside = isWord
  }
  return count >= countMin
}
