/** Citation marks of Wikipedia pages: [12], [], [edit], [citation needed]; digits of any script, as in datatrove 0.10.1. */
import { CLASS, DECIMAL } from './classes.js'

const WORDS = ['[edit]', '[citation needed]']

/** The line without its citation marks. In one pass: what closes up around a removed mark is not looked at again. */
export function removeCitations(line: string): string {
  let result = ''
  let from = 0
  let at = line.indexOf('[')
  while (at >= 0) {
    const end = citationEnd(line, at)
    if (end > at) {
      result += line.slice(from, at)
      from = end
    }
    at = line.indexOf('[', end > at ? end : at + 1)
  }
  return from === 0 ? line : result + line.slice(from)
}

/** Behind the mark that starts at `at`, or `at` when there is none. */
function citationEnd(line: string, at: number): number {
  let i = at + 1
  for (;;) {
    const codePoint = line.codePointAt(i) ?? 0
    if (((CLASS[codePoint] ?? 0) & DECIMAL) === 0) break
    i += codePoint > 0xffff ? 2 : 1
  }
  if (line.charCodeAt(i) === 0x5d) return i + 1
  const word = WORDS.find((mark) => line.startsWith(mark, at))
  return word === undefined ? at : at + word.length
}
