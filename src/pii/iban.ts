/**
 * International bank account numbers: ISO 13616, two letters, two check digits by mod 97-10, and an account part whose
 * length each country has registered (SWIFT IBAN registry), written in one piece or in groups of four.
 */
import { remainder } from './checksums.js'
import { type Found, isAsciiLetter, isDigit, isWord, type Page } from './page.js'

/** Characters of the whole number by country. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
}

/** The registry's own examples and the ones that documentation repeats: nobody's account. */
const EXAMPLES = new Set([
  'GB82WEST12345698765432',
  'GB29NWBK60161331926819',
  'DE89370400440532013000',
  'FR1420041010050500013M02606',
])

export function findIbans({ text, starts, ends, asked }: Page): Found[] {
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    const start = starts[i] - 2
    if (start < free || ends[i] - starts[i] < 2) continue
    if (!isAsciiLetter(text.charCodeAt(start)) || !isAsciiLetter(text.charCodeAt(start + 1))) continue
    if (isWord(text.charCodeAt(start - 1))) continue
    const length = LENGTHS[text.slice(start, start + 2).toUpperCase()]
    if (length === undefined) continue
    const end = endOf(text, start, length)
    if (end < 0) continue
    const value = text
      .slice(start, end)
      .replace(/[ \u00a0-]/g, '')
      .toUpperCase()
    if (remainder(value.slice(4) + value.slice(0, 4), 97) !== 1) continue
    found.push({ start, end, type: 'iban', score: 1, isHarmless: EXAMPLES.has(value) })
    free = end
  }
  return found
}

/** Behind `length` letters and digits with single joints at most every four of them; -1 when there are fewer or more. */
function endOf(text: string, start: number, length: number): number {
  let at = start
  for (let count = 0; count < length; at++) {
    const unit = text.charCodeAt(at)
    if (isDigit(unit) || isAsciiLetter(unit)) count++
    else if (!((unit === 0x20 || unit === 0xa0 || unit === 0x2d) && count % 4 === 0)) return -1
  }
  return isWord(text.charCodeAt(at)) ? -1 : at
}
