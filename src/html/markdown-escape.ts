/**
 * Text as CommonMark that reads back as the same text (CommonMark 0.31.2, with the tables of GitHub Flavored Markdown). Only
 * what would be read as markup where it stands is escaped: prose stays prose. TeX between its delimiters is left as it is.
 */

/** Neighbors of a text in its line: '' at the ends. */
export interface Around {
  readonly before: string
  readonly behind: string
  readonly inLink: boolean
  readonly inCell: boolean
}

/** Escapes the text of one run; the start of a line is another matter (`escapeLineStart`). */
export function escapeText(text: string, around: Around): string {
  if (!SPECIAL.test(text)) return text
  let out = ''
  let copied = 0
  let formulaEnd = 0
  let formulas = text.includes('\\') || text.includes('$$')
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (!SPECIAL.test(c)) continue
    if (formulas && (c === '\\' || c === '$')) {
      formulaEnd = endOfFormula(text, i)
      if (formulaEnd > 0) {
        i = formulaEnd - 1
        continue
      }
      formulas = formulaEnd === 0
    }
    if (!needsEscape(text, i, c, around)) continue
    out += `${text.slice(copied, i)}\\`
    copied = i
  }
  return out + text.slice(copied)
}

const SPECIAL = /[\\`*_[\]<&~!|$]/
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/
const SPACE = /^\s?$/
const ENTITY = /^&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});/

function needsEscape(text: string, i: number, c: string, { before, behind, inLink, inCell }: Around): boolean {
  const previous = i > 0 ? text.charAt(i - 1) : before
  const next = i + 1 < text.length ? text.charAt(i + 1) : behind
  switch (c) {
    case '\\':
      return next === '' || ASCII_PUNCTUATION.test(next)
    case '`':
      return true
    case '*':
      return !(SPACE.test(previous) && SPACE.test(next))
    case '_':
      return !(isWord(previous) && isWord(next)) && !(SPACE.test(previous) && SPACE.test(next))
    case '[':
      return inLink
    case ']':
      return inLink || next === '('
    case '<':
      return /[A-Za-z/!?]/.test(next)
    case '&':
      return ENTITY.test(text.slice(i, i + 40))
    case '~':
      return next === '~' || previous === '~'
    case '!':
      return next === '[' && i + 1 === text.length
    case '|':
      return inCell
    default:
      return false
  }
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}\p{M}]/u.test(character)
}

const FORMULA_LENGTH_MAX = 4000

/** Where TeX that starts at `at` ends; 0 where none starts, -1 where it is never closed. */
function endOfFormula(text: string, at: number): number {
  const open = text.slice(at, at + 7)
  const close = open.startsWith('\\(')
    ? '\\)'
    : open.startsWith('\\[')
      ? '\\]'
      : open.startsWith('$$')
        ? '$$'
        : open.startsWith('\\begin{')
          ? '\\end{'
          : ''
  if (close === '') return 0
  const end = text.indexOf(close, at + 2)
  if (end < 0) return -1
  if (end - at > FORMULA_LENGTH_MAX || text.slice(at, end).includes('`')) return 0
  return close === '\\end{' ? text.indexOf('}', end) + 1 : end + close.length
}

const LINE_START = [
  /^(?:[-+*](?=\s|$)|>|#{1,6}(?=\s|$)|~{3})/,
  /^(?:[-=|:][-=|:\s]*|[_*][_*\s]*)$/, // underlines of headings, breaks, rows below the header of a table
  /^\[[^\]]{0,999}\]:/, // definitions of links
]

/** Escapes what would make a list, heading, quote or break of a line. */
export function escapeLineStart(line: string): string {
  const code = line.charCodeAt(0)
  if (code >= 0x30 && code <= 0x39) return line.replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
  return LINE_START.some((pattern) => pattern.test(line)) ? `\\${line}` : line
}

/** Whether a run of emphasis can open before and close behind its text (CommonMark 6.2, left- and right-flanking). */
export function canEmphasize(text: string, before: string, behind: string): boolean {
  const first = /^./u.exec(text)?.[0] ?? ''
  const last = /.$/u.exec(text)?.[0] ?? ''
  if (SPACE.test(first) || SPACE.test(last)) return false
  return (!isPunctuation(first) || isOuter(before)) && (!isPunctuation(last) || isOuter(behind))
}

function isPunctuation(character: string): boolean {
  return /[\p{P}\p{S}]/u.test(character)
}

function isOuter(character: string): boolean {
  return SPACE.test(character) || isPunctuation(character)
}

/** A code span, its fence longer than any run of backticks inside. */
export function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text, '`') + 1)
  const pad = text.startsWith('`') || text.endsWith('`') || (text.startsWith(' ') && text.endsWith(' ')) ? ' ' : ''
  return fence + pad + text + pad + fence
}

export function longestRun(text: string, character: string): number {
  let longest = 0
  let run = 0
  for (let i = text.indexOf(character); i >= 0 && i < text.length; ) {
    if (text.charAt(i) === character) {
      if (++run > longest) longest = run
      i++
    } else {
      run = 0
      i = text.indexOf(character, i)
    }
  }
  return longest
}

/** An address as the destination of a link. */
export function destination(address: string): string {
  return address
    .replace(/[\s()<>\\`|]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
    .replace(/&(?=#?\w{1,32};)/g, '&amp;')
}
