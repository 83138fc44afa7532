/**
 * Lines and paragraphs of a text, as flat ranges [start, end, start, end …] in UTF-16 units, cut the way Python cuts
 * them: the rules that count lines are defined by Python programs. White space is Python's `str.isspace`, which differs
 * from JavaScript's (U+0085 and U+001C to U+001F are in it, U+FEFF is not).
 */
import { CLASS, WHITE } from './classes.js'

/** [start, end, start, end …], UTF-16 units, end exclusive. */
export type Ranges = readonly number[]

const LF = 10
const CR = 13

export function isWhite(unit: number): boolean {
  return ((CLASS[unit] ?? 0) & WHITE) !== 0
}

/** Python's `splitlines`: LF, CR, CR LF, VT, FF, FS, GS, RS, NEL, LS and PS end a line; no empty last line. */
export function splitLines(text: string): Ranges {
  const ranges: number[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if ((unit > 30 && unit < 0x85) || !isLineBreak(unit)) continue
    ranges.push(start, i)
    if (unit === CR && text.charCodeAt(i + 1) === LF) i++
    start = i + 1
  }
  if (start < text.length) ranges.push(start, text.length)
  return ranges
}

function isLineBreak(unit: number): boolean {
  if (unit < 0x20) return (unit >= LF && unit <= CR) || (unit >= 0x1c && unit <= 0x1e)
  return unit === 0x85 || unit === 0x2028 || unit === 0x2029
}

/** Cuts [from, to) at runs of at least `runMin` line feeds; a run at either end leaves an empty range there. */
export function splitAtLineFeeds(text: string, runMin: number, from = 0, to = text.length): Ranges {
  const ranges: number[] = []
  let start = from
  for (let i = text.indexOf('\n', from); i >= 0 && i < to; i = text.indexOf('\n', i)) {
    const run = i
    while (i < to && text.charCodeAt(i) === LF) i++
    if (i - run < runMin) continue
    ranges.push(start, run)
    start = i
  }
  ranges.push(start, to)
  return ranges
}

/** First unit of [start, end) that is no white space, or `end`. */
export function skipWhite(text: string, start: number, end: number): number {
  let at = start
  while (at < end && isWhite(text.charCodeAt(at))) at++
  return at
}

/** Just behind the last unit of [start, end) that is no white space, or `start`. */
export function trimWhite(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isWhite(text.charCodeAt(at - 1))) at--
  return at
}

/** Code points of text[start, end); a lone surrogate counts as one. */
export function codePointLength(text: string, start: number, end: number): number {
  let length = end - start
  for (let i = start + 1; i < end; i++) {
    const unit = text.charCodeAt(i)
    if ((unit & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) {
      length--
      i++
    }
  }
  return length
}

/** The code point that ends at `end`, -1 in an empty range. */
export function lastCodePoint(text: string, start: number, end: number): number {
  if (end <= start) return -1
  const isPair = end - start >= 2 && (text.charCodeAt(end - 1) & 0xfc00) === 0xdc00
  const codePoint = isPair ? (text.codePointAt(end - 2) ?? -1) : -1
  return codePoint > 0xffff ? codePoint : text.charCodeAt(end - 1)
}

/** How many ranges repeat an earlier one, and the code points in them. */
export function countRepeats(text: string, ranges: Ranges): { count: number; length: number } {
  const seen = new Set<string>()
  let count = 0
  let length = 0
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i] ?? 0
    const end = ranges[i + 1] ?? 0
    const part = text.slice(start, end)
    if (seen.has(part)) {
      count++
      length += codePointLength(text, start, end)
    } else seen.add(part)
  }
  return { count, length }
}

/** Occurrences of a short mark, none overlapping. */
export function countOf(text: string, mark: string): number {
  let count = 0
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) count++
  return count
}
