/**
 * Dates of birth: a date in digits (ISO 8601, or day and month in either order) or with the month's name, where words in front
 * of it say that somebody was born then. Dates without such words are no personal data and left alone.
 */
import { contextWords, hasContextBefore } from './context.js'
import { DIGIT_PLUS_ONE, type Found, isLetter, type Page, standsFree } from './page.js'

const SCORE = 0.8

const WORDS =
  contextWords(`born, birth, birthdate, dob, d.o.b, date of birth, geboren*, geb, geburt*, né, née, naissance,
  nacido, nacida, nacimiento, fecha de nac, nato, nata, nascita, nascido, nascida, nascimento, född*, fødd, født, fødselsdato,
  födelsedag, syntynyt, syntymäaika, urodzon*, urodzenia, ur, narozen*, született, születési, geboortedatum, родил*, рождения,
  народж*, γεννήθηκε, γέννησης, doğum, doğdu`)

const DIGIT_FORMS = [
  /(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:[12]\d|3[01]|0?[1-9])(?!\d)/y,
  /(?:[12]\d|3[01]|0?[1-9])([-/.] ?)(?:[12]\d|3[01]|0?[1-9])\1(?:(?:19|20)?\d\d)(?!\d)/y,
]
/** `12th of March, 1985`, `12. März 1985`; `March 12, 1985` begins with its month. */
const DAY_FIRST =
  /(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th|er|º|ª|\.)?(?: (?:of|de|di))? ?(\p{L}{3,12})\.?,?(?: (?:de|del))? (?:19|20)\d\d(?!\d)/uy
const MONTH_FIRST = /(\p{L}{3,12})\.? (?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?,? (?:19|20)\d\d(?!\d)/uy

/** First three letters of the months in the languages of the words above. */
const MONTHS = new Set(
  `jan feb mar apr may jun jul aug sep oct nov dec mär mai okt dez fév avr jui aoû déc ene abr ago dic gen mag giu lug set ott
  fev out maa mei maj mrt tam hel huh tou kes hei elo syy lok mar jou sty lut kwi cze lip sie wrz paź lis gru led úno bře dub
  kvě čer srp zář říj jún júl sze янв фев мар апр мая май июн июл авг сен окт ноя дек ιαν φεβ μαρ απρ μαΐ ιου αυγ σεπ οκτ νοε δεκ
  oca şub nis haz tem ağu eyl eki kas ara`.split(/\s+/),
)

export function findBirthDates(page: Page): Found[] {
  const { starts, asked } = page
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    if (starts[i] < free) continue
    const span = dateAt(page, i, free)
    if (span === null || !hasContextBefore(page, span.start, WORDS)) continue
    found.push({ start: span.start, end: span.end, type: 'birthDate', score: SCORE })
    free = span.end
  }
  return found
}

/** The groups of digits behind say whether a form is worth trying. */
function dateAt(page: Page, i: number, free: number): { start: number; end: number } | null {
  const { text, starts, ends } = page
  const start = starts[i]
  const size = ends[i] - start
  if (size > 2 && size !== 4) return null
  if (isJoined(page, i) && isJoined(page, i + 1)) {
    const form = DIGIT_FORMS[size === 4 ? 0 : 1]
    form.lastIndex = start
    if (form.test(text) && standsFree(text, start, form.lastIndex)) return { start, end: form.lastIndex }
  }
  if (size > 2 || !isYearBehind(page, i)) return null
  DAY_FIRST.lastIndex = start
  const dayFirst = DAY_FIRST.exec(text)
  if (dayFirst !== null && isMonth(dayFirst[1])) return { start, end: DAY_FIRST.lastIndex }
  const word = wordBefore(text, start, free)
  if (word < 0) return null
  MONTH_FIRST.lastIndex = word
  const monthFirst = MONTH_FIRST.exec(text)
  return monthFirst !== null && isMonth(monthFirst[1]) ? { start: word, end: MONTH_FIRST.lastIndex } : null
}

/** One of `-` `/` `.` and at most a space to the next group. */
function isJoined({ text, starts, ends }: Page, i: number): boolean {
  if (i + 1 >= starts.length || starts[i + 1] - ends[i] > 2) return false
  const joint = text.charCodeAt(ends[i])
  return joint === 0x2d || joint === 0x2f || joint === 0x2e
}

/** From a day to its year: `th of september., de `. */
const YEAR_BEHIND_MAX = 26

function isYearBehind({ text, starts, ends }: Page, i: number): boolean {
  if (i + 1 >= starts.length || starts[i + 1] - ends[i] > YEAR_BEHIND_MAX || ends[i + 1] - starts[i + 1] !== 4)
    return false
  const century = DIGIT_PLUS_ONE[text.charCodeAt(starts[i + 1])]
  return century === 2 || century === 3
}

function isMonth(word: string): boolean {
  return MONTHS.has(word.toLowerCase().slice(0, 3))
}

/** Where the word before ` 12` or `. 12` begins, or -1. */
function wordBefore(text: string, at: number, free: number): number {
  if (text[at - 1] !== ' ') return -1
  const end = text[at - 2] === '.' ? at - 2 : at - 1
  let start = end
  while (start > free && end - start <= 12 && isLetter(text.charCodeAt(start - 1))) start--
  return end - start >= 3 ? start : -1
}
