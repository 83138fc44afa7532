/**
 * Where the sentences of a text begin and end: at line breaks, and behind end marks (those of classes.ts) that white space
 * follows, closing quotes and brackets included. A full stop ends a sentence whatever stands before it.
 */
import { endsSentence } from './classes.js'

const CLOSING = new Set('"\'”’»)]}')
const LINE_FEED = 0x0a

export interface SentenceSpan {
  /** UTF-16 units; white space at either end is not part of it. */
  readonly start: number
  readonly end: number
}

/** In order. A stretch without visible characters is none. */
export function sentenceSpans(text: string): SentenceSpan[] {
  const spans: SentenceSpan[] = []
  let start = 0
  const close = (end: number) => {
    let [from, to] = [start, end]
    while (from < to && isWhite(text.charCodeAt(from))) from++
    while (to > from && isWhite(text.charCodeAt(to - 1))) to--
    if (to > from) spans.push({ start: from, end: to })
    start = end
  }
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === LINE_FEED) close(at + 1)
    if (!endsSentence(unit)) continue
    let end = at + 1
    while (end < text.length && (endsSentence(text.charCodeAt(end)) || CLOSING.has(text[end]))) end++
    // The marks of Chinese and Japanese need no space behind them.
    if (end === text.length || isWhite(text.charCodeAt(end)) || unit >= 0x3000) close(end)
    at = end - 1
  }
  close(text.length)
  return spans
}

function isWhite(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xa0 || unit === 0x3000 || unit === 0x2028
}
