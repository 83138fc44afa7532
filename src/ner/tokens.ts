/**
 * Words of a text for entity recognition, with UTF-16 offsets, grouped in sentences. A token is a run of letters, digits and
 * marks, with hyphens, apostrophes and, in numbers, points inside (`Jean-Luc`, `O'Brien`, `1,000`); `'s` by itself; initials and
 * short forms with their point (`J.`, `U.S.`, `Dr.`); a user name or hash tag; a web or mail address; a mask (`<PERSON>`); or one other
 * character, a surrogate pair being one. Sentences end at line ends, behind `.`, `!` and `?`, and after TOKENS_MAX tokens.
 */
import { CLASS, DIGIT, fillCharacterTables, LINE_END, LOWER, MARK, SPACE, SYMBOL, UPPER } from './characters.js'

export interface Tokens {
  readonly count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** 1 where a sentence begins. */
  readonly begins: Uint8Array
}

export const TOKENS_MAX = 160

const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e
const MASK_MAX = 40
const SHORT_FORM_MAX = 6
const SHORT_FORMS = new Set(
  'mr mrs ms dr prof st jr sr inc ltd co corp rev gen col sgt capt lt gov sen rep ave blvd rd apt no vs mt ft dept bros'.split(
    ' ',
  ),
)

export function tokenize(text: string): Tokens {
  fillCharacterTables()
  let starts = new Int32Array(Math.max(16, text.length >> 2))
  let ends = new Int32Array(starts.length)
  let begins = new Uint8Array(starts.length)
  let count = 0
  let inSentence = 0
  let isAfterStop = false
  for (let at = 0; at < text.length; ) {
    const kind = CLASS[text.charCodeAt(at)]
    if (kind === SPACE || kind === LINE_END) {
      if (kind === LINE_END || (isAfterStop && isBeginning(text, at + 1))) inSentence = 0
      at++
      continue
    }
    const end = tokenEnd(text, at, kind)
    if (count === starts.length) {
      starts = grown(starts)
      ends = grown(ends)
      const more = new Uint8Array(starts.length)
      more.set(begins)
      begins = more
    }
    if (inSentence === TOKENS_MAX) inSentence = 0
    starts[count] = at
    ends[count] = end
    begins[count] = inSentence === 0 ? 1 : 0
    inSentence++
    count++
    isAfterStop = end === at + 1 && isStop(text.charCodeAt(at))
    at = end
  }
  return { count, starts, ends, begins }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * array.length)
  more.set(array)
  return more
}

function isStop(unit: number): boolean {
  return unit === 0x2e || unit === 0x21 || unit === 0x3f
}

/** No sentence goes on with a capital. */
function isBeginning(text: string, at: number): boolean {
  return at < text.length && CLASS[text.charCodeAt(at)] === UPPER
}

function isWordClass(kind: number): boolean {
  return kind >= LOWER && kind <= MARK
}

function isWordAt(text: string, at: number): boolean {
  return at < text.length && isWordClass(CLASS[text.charCodeAt(at)])
}

function tokenEnd(text: string, start: number, kind: number): number {
  const first = text.charCodeAt(start)
  if (kind === SYMBOL) {
    if ((first === 0x40 || first === 0x23) && isWordAt(text, start + 1)) return handleEnd(text, start + 1)
    if (first === LESS_THAN) return maskEnd(text, start)
    if (isApostrophe(first) && isPossessive(text, start)) return start + 2
    return start + (isPair(text, start) ? 2 : 1)
  }
  if ((first === 0x68 || first === 0x77) && isAddress(text, start)) return addressEnd(text, start)
  return wordEnd(text, start)
}

/** Behind what masking puts in the place of a value: `<PERSON>`, `<EMAIL_kfohbdnm>`, or `<<<>` as long as the value. */
function maskEnd(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) === LESS_THAN) at++
  if (at > start + 1) return text.charCodeAt(at) === GREATER_THAN ? at + 1 : at
  const most = Math.min(text.length, start + MASK_MAX)
  while (at < most && (CLASS[text.charCodeAt(at)] === UPPER || text.charCodeAt(at) === 0x5f)) at++
  if (text.charCodeAt(at - 1) === 0x5f) while (at < most && CLASS[text.charCodeAt(at)] === LOWER) at++
  return at > start + 1 && text.charCodeAt(at) === GREATER_THAN ? at + 1 : start + 1
}

function isPair(text: string, at: number): boolean {
  const lead = text.charCodeAt(at)
  const trail = text.charCodeAt(at + 1)
  return lead >= 0xd800 && lead <= 0xdbff && trail >= 0xdc00 && trail <= 0xdfff
}

function isApostrophe(unit: number): boolean {
  return unit === 0x27 || unit === 0x2019
}

/** `'s` that ends a word. */
function isPossessive(text: string, at: number): boolean {
  return (text.charCodeAt(at + 1) | 0x20) === 0x73 && !isWordAt(text, at + 2)
}

function handleEnd(text: string, start: number): number {
  let at = start
  while (isWordAt(text, at) || text.charCodeAt(at) === 0x5f) at++
  return at
}

function isAddress(text: string, start: number): boolean {
  return text.startsWith('http://', start) || text.startsWith('https://', start) || text.startsWith('www.', start)
}

function addressEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && CLASS[text.charCodeAt(at)] !== SPACE && CLASS[text.charCodeAt(at)] !== LINE_END) at++
  while (at > start + 1 && isClosing(text.charCodeAt(at - 1))) at--
  return at
}

function isClosing(unit: number): boolean {
  return (
    isStop(unit) || unit === 0x2c || unit === 0x29 || unit === 0x22 || unit === 0x27 || unit === 0x3a || unit === 0x3b
  )
}

function wordEnd(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    while (isWordAt(text, at)) at++
    const unit = text.charCodeAt(at)
    if (!(at < text.length && joins(text, start, at, unit))) return at
    at++
  }
}

/** Whether the unit at `at`, which is no letter, goes on with the word before. */
function joins(text: string, start: number, at: number, unit: number): boolean {
  const hasWordBehind = isWordAt(text, at + 1)
  if (unit === 0x2e) return joinsPoint(text, start, at, hasWordBehind)
  if (unit === 0x5f) return true
  if (!hasWordBehind) return false
  if (unit === 0x2d || unit === 0x2010 || unit === 0x40) return true
  if (isApostrophe(unit)) return !isPossessive(text, at)
  return unit === 0x2c && CLASS[text.charCodeAt(at - 1)] === DIGIT && CLASS[text.charCodeAt(at + 1)] === DIGIT
}

function joinsPoint(text: string, start: number, at: number, hasWordBehind: boolean): boolean {
  const before = CLASS[text.charCodeAt(at - 1)]
  if (hasWordBehind) {
    const behind = CLASS[text.charCodeAt(at + 1)]
    if (before === DIGIT && behind === DIGIT) return true
    // Mail and web addresses without a scheme: `jo@mail.example`, `example.org`.
    if (before === LOWER && behind === LOWER) return true
  }
  const isInitial = before === UPPER && (at - start === 1 || text.charCodeAt(at - 2) === 0x2e)
  if (isInitial) return true
  return at - start < SHORT_FORM_MAX && SHORT_FORMS.has(text.slice(start, at).toLowerCase())
}
