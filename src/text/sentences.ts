/**
 * Sentences by rule, as spaCy 3.8's sentencizer finds them over its words (`pipeline/sentencizer.pyx`): a word that is one
 * of 128 end marks closes a sentence, and the next one starts at the first word behind it that is no punctuation, so that
 * closing quotes stay with theirs. Neither "..." nor the one-character ellipsis is an end mark, line breaks split nothing,
 * and abbreviations that are one word never do. White space counts as spaCy's words count it: more than one space, or
 * any other white space, is a word of its own here, and may start a sentence.
 */
import { CLASS, endsSentence, PUNCTUATION } from './classes.js'
import type { Words } from './words.js'

const SPACE = 0x20

/**
 * Counts the sentences of words [from, to) within text[start, end), which holds exactly those words.
 * 0 only where the stretch is empty.
 */
export function countSentences(words: Words, from: number, to: number, start: number, end: number): number {
  if (start >= end) return 0
  const { text, starts, ends } = words
  let sentences = 1
  let isOver = false
  let at = start
  for (let i = from; i < to; i++) {
    const wordStart = starts[i] ?? 0
    const wordEnd = ends[i] ?? 0
    if (isOver && isWhiteWord(text, at, wordStart)) {
      sentences++
      isOver = false
    }
    at = wordEnd
    const codePoint = text.codePointAt(wordStart) ?? 0
    const isEnder = wordEnd - wordStart === (codePoint > 0xffff ? 2 : 1) && endsSentence(codePoint)
    if (isEnder) isOver = true
    else if (isOver && !isPunctuation(text, wordStart, wordEnd)) {
      sentences++
      isOver = false
    }
  }
  if (isOver && isWhiteWord(text, at, end)) sentences++
  return sentences
}

/** Whether white space is more than the one space that belongs to the word before it. */
function isWhiteWord(text: string, start: number, end: number): boolean {
  return end - start > 1 || (end - start === 1 && text.charCodeAt(start) !== SPACE)
}

function isPunctuation(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const codePoint = text.codePointAt(at) ?? 0
    if (((CLASS[codePoint] ?? 0) & PUNCTUATION) === 0) return false
    at += codePoint > 0xffff ? 2 : 1
  }
  return true
}
