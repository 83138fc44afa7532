/**
 * Postal addresses: a house number with a street's name beside it, in the order of English and French (`12 Main Street`,
 * `12 rue Victor Hugo`) or of most of Europe (`Hauptstraße 12`, `Via Roma 12`, `ul. Polna 12`); post boxes; military mail; and
 * lines of an address block around what was found, up to its postal code. Streets without a number and towns by themselves
 * are places, not addresses, and left to entity recognition.
 *
 * Everything begins at a number of one to five digits and looks at most WORDS_MAX words to either side and BLOCK_LINES lines on.
 */
import { blockEnd, blockStart, lineAbove } from './address-block.js'
import { CONTEXT_SCORE, contextWords, hasContextBefore } from './context.js'
import { DIGIT_PLUS_ONE, type Found, isCapital, isLetter, isWord, type Page } from './page.js'
import {
  ADDRESS_WORDS,
  AFTER_ST,
  endsWithOneOf,
  FRENCH,
  NAME_AFTER,
  NUMBERED,
  OWN_WORD,
  PARTICLE,
  PLACE_AFTER,
  STREET_AFTER,
  SURE_ENDINGS,
  UNSURE_ENDINGS,
  UNSURE_LANGUAGES,
} from './street-words.js'

const NUMBER_MAX = 5
const WORDS_MAX = 5
const WORD_MAX = 24
const ENDING_MIN = 6
const SURE = 0.7
const LIKELY = 0.55
const UNSURE = 0.3

const WORDS = contextWords(ADDRESS_WORDS)

interface Stretch {
  readonly start: number
  readonly end: number
  readonly score: number
}

export function findStreetAddresses(page: Page): Found[] {
  const { text, starts, ends, askedWide } = page
  const found: Found[] = []
  let free = 0
  for (const i of askedWide) {
    if (starts[i] < free || ends[i] - starts[i] > NUMBER_MAX) continue
    const core = addressAt(page, i, free)
    if (core === null) continue
    const start = blockStart(text, core.start, free)
    const isSaid = core.score < SURE && hasContextBefore(page, start, WORDS)
    const score = isSaid ? core.score + CONTEXT_SCORE : core.score
    const end = score >= 0.5 ? blockEnd(text, core.end) : core.end
    found.push({ start, end, type: 'streetAddress', score })
    free = end
  }
  return found
}

function addressAt(page: Page, i: number, free: number): Stretch | null {
  const { text, starts, ends } = page
  const start = starts[i]
  if (!beginsFree(text, start)) return null
  const end = ends[i] + entranceLetter(text, ends[i])
  const named = isWordBehind(text, end) ? (numberFirst(page, start, end, free) ?? saidAt(page, start, end)) : null
  if (!isWordInFront(text, start)) return named
  return boxAt(text, start, end, free) ?? flatAt(text, start, end, free) ?? named ?? nameFirst(page, start, end, free)
}

/** Asked first, so that columns of numbers cost little. `12 Main`, `12 5th`. */
function isWordBehind(text: string, end: number): boolean {
  if (text.charCodeAt(end) !== SPACE) return false
  return (
    isLetter(text.charCodeAt(end + 1)) ||
    (DIGIT_PLUS_ONE[text.charCodeAt(end + 1)] > 0 && isLetter(text.charCodeAt(wordEnd(text, end + 1) - 1)))
  )
}

/** `Str. 12`, `Roma, 12`, `Box #12`. */
function isWordInFront(text: string, start: number): boolean {
  let at = start - 1
  while (start - at <= 3 && isMark(text.charCodeAt(at))) at--
  return at < start - 1 && isLetter(text.charCodeAt(at))
}

function isMark(unit: number): boolean {
  return unit === SPACE || unit === 0x2e || unit === COMMA || unit === 0x23
}

/** No word and no longer number goes over into it. */
function beginsFree(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1)
  if (isWord(before)) return false
  return !((before === 0x2e || before === COMMA || before === 0x3a) && DIGIT_PLUS_ONE[text.charCodeAt(start - 2)] > 0)
}

/** `12b`, `12 B`: the letter of an entrance, which is no word. */
function entranceLetter(text: string, end: number): number {
  const next = text.charCodeAt(end + 1)
  return isLetter(text.charCodeAt(end)) && !isWord(next) && !isLetter(next) ? 1 : 0
}

// ---- `12 Main Street`, `12 rue Victor Hugo` ----

function numberFirst(page: Page, start: number, number: number, free: number): Stretch | null {
  const { text, language } = page
  if (text.charCodeAt(number) !== SPACE || isJoined(text.charCodeAt(start - 1))) return null
  const firstEnd = wordEnd(text, number + 1)
  const first = text.slice(number + 1, firstEnd)
  if (first === '') return null
  const isYear = isYearLike(text.slice(start, number))
  const lower = bare(first)
  if (FRENCH.has(lower) && (lower.length > 2 || first.endsWith('.'))) {
    const end = nameEnd(text, firstEnd, language)
    if (end > 0) return { start, end: trailingNumber(text, end), score: isYear ? UNSURE : SURE }
  }
  // In text without capitals, a name of at most two small words.
  const isLower = !startsUpper(first) && !isNumberWord(first)
  let best: Stretch | null = null
  let at = firstEnd
  for (let words = 1; words < WORDS_MAX && text.charCodeAt(at) === SPACE; words++) {
    const end = wordEnd(text, at + 1)
    const word = text.slice(at + 1, end)
    if (word === '') break
    const kind = bare(word)
    const isStreet = STREET_AFTER.has(kind)
    if ((isStreet || PLACE_AFTER.has(kind)) && isStreetHere(text, end, kind, isLower, word)) {
      const isNumbered = NUMBERED.has(wordBefore(text, start, free))
      const score = isLower || isYear || isNumbered ? UNSURE : isStreet ? SURE : LIKELY
      best = { start, end: isDotOfSentence(word, kind) ? end - 1 : end, score }
    }
    const fits = isLower ? words < 3 && !startsUpper(word) : startsUpper(word) || PARTICLE.has(word)
    if (!fits || isDotOfSentence(word, kind)) break
    at = end
  }
  return best
}

/** A small word speaks for a street only in text without capitals; `St` before a name is a saint. */
function isStreetHere(text: string, end: number, kind: string, isLower: boolean, word: string): boolean {
  if (startsUpper(word) === isLower) return false
  if (kind !== 'st' || isLower) return true
  return !/^ \p{Lu}/u.test(text.slice(end, end + 3)) || AFTER_ST.test(text.slice(end, end + 8))
}

/** `Road.` ends a sentence, `Rd.` is short. */
function isDotOfSentence(word: string, kind: string): boolean {
  return (
    word.endsWith('.') && !/^(?:st|ave?|rd|ln|dr|blvd|hwy|pkwy|cres|c[ti]r?|pl|sq|trl|ul|al|os|str|\p{L})$/u.test(kind)
  )
}

/** The words of a name that follows its kind: `rue de la Paix`. One capital at least. -1 when there is none. */
function nameEnd(text: string, from: number, language: string): number {
  let at = from
  let end = -1
  for (let words = 0; words < WORDS_MAX && text.charCodeAt(at) === SPACE; words++) {
    const stop = wordEnd(text, at + 1)
    const word = text.slice(at + 1, stop)
    if (word === '') break
    if ((startsUpper(word) && stop - at > 2) || (end < 0 && language === 'fr' && words === 0 && word.length > 3))
      end = stop
    else if (!PARTICLE.has(word)) break
    at = stop
  }
  return end
}

// ---- `Hauptstraße 12`, `Via Roma 12` ----

function nameFirst(page: Page, number: number, end: number, free: number): Stretch | null {
  const { text, language } = page
  let at = number - 1
  if (text.charCodeAt(at) !== SPACE) return null
  if (text.charCodeAt(at - 1) === COMMA) at--
  const isYear = isYearLike(text.slice(number, end))
  let capitals = 0
  for (let words = 0; words < WORDS_MAX; words++) {
    const from = wordStart(text, at, free)
    const word = text.slice(from, at)
    if (word === '') return null
    const lower = bare(word)
    const isUpper = startsUpper(word)
    if (words === 0 && lower.length >= ENDING_MIN && (isUpper || word.endsWith('str.')) && !isWholeUpper(word)) {
      if (endsWithOneOf(lower, SURE_ENDINGS)) return { start: from, end, score: isYear ? UNSURE : SURE }
      if (endsWithOneOf(lower, UNSURE_ENDINGS))
        return { start: from, end, score: !isYear && UNSURE_LANGUAGES.has(language) ? LIKELY : UNSURE }
    }
    if (words === 0 && OWN_WORD.has(lower)) {
      const name = wordStart(text, from - 1, free)
      const isNamed = text.charCodeAt(from - 1) === SPACE && name < from - 1 && startsUpper(text.slice(name, from))
      return isNamed ? { start: name, end, score: isYear ? UNSURE : SURE } : null
    }
    if (isDotOfSentence(word, lower)) return null
    if (words > 0 && capitals > 0 && NAME_AFTER.has(lower) && (isUpper || word.endsWith('.'))) {
      // `Via` and `Plaza` begin English sentences and names as well.
      return { start: from, end, score: isYear ? UNSURE : language === 'en' && lower === 'via' ? LIKELY : SURE }
    }
    if (isUpper) capitals++
    else if (!PARTICLE.has(lower)) return null
    if (text.charCodeAt(from - 1) !== SPACE) return null
    at = from - 1
  }
  return null
}

// ---- post boxes and military mail ----

const BOX_LEAD = 24
const BOX =
  /(?:p\.? ?o\.? ?box|post office box|postfach|apartado(?: de correos)?|casilla|caixa postal|boîte postale|b\.p\.|postbus|postboks|psc|cmr|unit)(?: #?\d{1,7},? ?box)? ?#?$/iu
/** Asked first: the last word before the number. */
const BOX_LAST = new Set(
  'box postfach apartado correos casilla postal postale b.p postbus postboks psc cmr unit'.split(' '),
)
const BOX_BEHIND = /,? box \d{1,7}(?![\d\p{L}])/iuy

function boxAt(text: string, start: number, end: number, free: number): Stretch | null {
  if (!BOX_LAST.has(wordBefore(text, start, free))) return null
  const from = Math.max(free, start - BOX_LEAD)
  const match = BOX.exec(text.slice(from, start))
  if (match === null || isLetter(text.charCodeAt(from + match.index - 1))) return null
  const at = from + match.index
  BOX_BEHIND.lastIndex = end
  const behind = BOX_BEHIND.test(text)
  const isMilitary = /^(?:psc|cmr|unit)/i.test(match[0])
  if (isMilitary && !behind) return null
  return { start: at, end: behind ? BOX_BEHIND.lastIndex : end, score: SURE }
}

/** `APO AE 09012`: mail of the United States' forces. */
const MILITARY_LEAD = /(?:APO|FPO|DPO),? (?:AA|AE|AP),? $/i

const FLAT = /(?:apt|apartment|suite|ste|unit|flat|appt|lejl|lgh)\.? ?#?$/i
const FLAT_LAST = new Set('apt apartment suite ste unit flat appt lejl lgh aa ae ap'.split(' '))
const FLAT_LEAD = 12

/** A flat by itself; with a line above that may hold the street, that too. */
function flatAt(text: string, start: number, end: number, free: number): Stretch | null {
  if (!FLAT_LAST.has(wordBefore(text, start, free))) return null
  const lead = text.slice(Math.max(free, start - FLAT_LEAD), start)
  if (end - start === 5 && MILITARY_LEAD.test(lead)) {
    return { start: start - (MILITARY_LEAD.exec(lead)?.[0].length ?? 0), end, score: SURE }
  }
  const match = FLAT.exec(lead)
  if (match === null) return null
  const at = start - match[0].length
  if (isLetter(text.charCodeAt(at - 1))) return null
  const above = lineAbove(text, at, end, free)
  if (above >= 0) return { start: above, end, score: SURE }
  return { start: at, end, score: /^(?:apt\.|ste\.|appt\.)/i.test(match[0]) ? LIKELY : UNSURE }
}

// ---- a number and a name where an address is announced ----

const ANNOUNCED_MAX = 28

/** `Address: 12 Tylova 42`, `lives at 12 Tylova`: any name in capitals. */
function saidAt(page: Page, start: number, number: number): Stretch | null {
  const { text, language } = page
  if (!isAfterSpace(text, number) || isYearLike(text.slice(start, number))) return null
  if (!hasContextBefore(page, start, WORDS, ANNOUNCED_MAX)) return null
  // `sent to them on 13 June`
  if (NUMBERED.has(bare(text.slice(number + 1, wordEnd(text, number + 1))))) return null
  const stop = nameEnd(text, number, language)
  if (stop < 0) return null
  // Not over the end of a sentence.
  if (/[.!?;]\s/.test(text.slice(Math.max(0, start - ANNOUNCED_MAX), start))) return null
  return { start, end: trailingNumber(text, stop), score: LIKELY }
}

/** A space and a letter. */
function isAfterSpace(text: string, at: number): boolean {
  return text.charCodeAt(at) === SPACE && isLetter(text.charCodeAt(at + 1))
}

// ---- words ----

const SPACE = 0x20
const COMMA = 0x2c

/** A figure, a part of one, or a date goes over into the number. */
function isJoined(unit: number): boolean {
  return (
    unit === 0x2d ||
    unit === 0x2f ||
    unit === 0x2013 ||
    unit === 0x24 ||
    unit === 0xa3 ||
    unit === 0x20ac ||
    unit === 0x27
  )
}

function isYearLike(number: string): boolean {
  return number.length === 4 && /^(?:1[5-9]|20)\d\d$/.test(number)
}

/** `5th`, `42`: names of streets in their own right. */
function isNumberWord(word: string): boolean {
  return DIGIT_PLUS_ONE[word.charCodeAt(0)] > 0 && /^\d{1,3}(?:st|nd|rd|th)?$/.test(word)
}

function startsUpper(word: string): boolean {
  const unit = word.charCodeAt(0)
  if (unit < 0x80) return isCapital(unit)
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0)
  return first !== first.toLowerCase()
}

function isWholeUpper(word: string): boolean {
  return word.length < 4 && word === word.toUpperCase()
}

function bare(word: string): string {
  return (word.endsWith('.') ? word.slice(0, -1) : word).toLowerCase()
}

/** A number behind a name that has one before it already: `12 rue Hugo 3`. */
function trailingNumber(text: string, end: number): number {
  if (text.charCodeAt(end) !== SPACE || DIGIT_PLUS_ONE[text.charCodeAt(end + 1)] === 0) return end
  TRAILING.lastIndex = end
  return TRAILING.test(text) ? TRAILING.lastIndex : end
}
const TRAILING = / \d{1,4}(?![\d\p{L}.,-])/uy

/** Letters, marks, digits, apostrophes, hyphens, and a dot behind. */
function wordEnd(text: string, start: number): number {
  let at = start
  while (at - start < WORD_MAX && isNamePart(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === 0x2e && at > start ? at + 1 : at
}

function wordStart(text: string, end: number, free: number): number {
  let at = end
  if (text.charCodeAt(at - 1) === 0x2e) at--
  const last = at
  while (at > free && last - at < WORD_MAX && isNamePart(text.charCodeAt(at - 1))) at--
  return at === last ? end : at
}

/** The word before a number, lower-cased; '' at the beginning of a line. */
function wordBefore(text: string, number: number, free: number): string {
  const end = text.charCodeAt(number - 1) === 0x23 ? number - 2 : number - 1 // `Apt #12`
  return text.charCodeAt(end) === SPACE ? bare(text.slice(wordStart(text, end, free), end)) : ''
}

function isNamePart(unit: number): boolean {
  return (
    isLetter(unit) || DIGIT_PLUS_ONE[unit] > 0 || unit === 0x27 || unit === 0x2019 || unit === 0x2d || unit === 0x2f
  )
}
