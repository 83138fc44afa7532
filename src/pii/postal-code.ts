/**
 * Postal codes: the United Kingdom's, which have a form of their own (BS 7666), and any country's where the words before it
 * say what it is. Codes within an address are found with it.
 */
import { contextWords, hasContextBefore } from './context.js'
import { type Found, isCapital, isWord, type Page } from './page.js'

const SCORE = 0.6

const WORDS =
  contextWords(`zip, zipcode, zip code, zip codes, postal code, postal codes, postcode, postcodes, post code, plz, postleitzahl,
  code postal, código postal, codigo postal, cep, postnummer, kod pocztowy, psč, irányítószám, почтовый индекс, 郵便番号, 邮编`)
const NAMED =
  /(?:\d{5}(?:-\d{4})?|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{5}-\d{3}|\d{3}-\d{4}|\d{3,6})(?![\d\p{L}])/uy
const BRITISH = /[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?![\d\p{L}])/uy

export function findPostalCodes(page: Page): Found[] {
  const { text, starts, ends, asked } = page
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    if (starts[i] < free) continue
    const span = britishAt(text, starts[i]) ?? namedAt(page, starts[i], ends[i])
    if (span === null) continue
    found.push(span)
    free = span.end
  }
  return found
}

function britishAt(text: string, digit: number): Found | null {
  if (!isCapital(text.charCodeAt(digit - 1))) return null
  const start = isCapital(text.charCodeAt(digit - 2)) ? digit - 2 : digit - 1
  if (isWord(text.charCodeAt(start - 1))) return null
  BRITISH.lastIndex = start
  return BRITISH.test(text) ? { start, end: BRITISH.lastIndex, type: 'postalCode', score: SCORE } : null
}

function namedAt(page: Page, start: number, groupEnd: number): Found | null {
  const { text } = page
  const size = groupEnd - start
  if (size > 6 || size < 2 || (size === 2 && text.charCodeAt(groupEnd) !== HYPHEN)) return null
  if (isWord(text.charCodeAt(start - 1)) || !hasContextBefore(page, start, WORDS)) return null
  NAMED.lastIndex = start
  return NAMED.test(text) ? { start, end: NAMED.lastIndex, type: 'postalCode', score: SCORE } : null
}

const HYPHEN = 0x2d
