/**
 * Postal codes: the United Kingdom's, which have a form of their own (BS 7666), and any country's where the words before it
 * say what it is. Codes within an address are found with it.
 */
import { contextWords, hasContextBefore } from './context.js'
import { type Found, isWord, type Page } from './page.js'

const SCORE = 0.6

const WORDS =
  contextWords(`zip, zipcode, zip code, zip codes, postal code, postal codes, postcode, postcodes, post code, plz, postleitzahl,
  code postal, código postal, codigo postal, cep, postnummer, kod pocztowy, psč, irányítószám, почтовый индекс, 郵便番号, 邮编`)
const NAMED =
  /(?:\d{5}(?:-\d{4})?|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{5}-\d{3}|\d{3}-\d{4}|\d{3,6})(?![\d\p{L}])/uy
const BRITISH = /[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?![\d\p{L}])/uy

export function findPostalCodes(page: Page): Found[] {
  const { text, starts } = page
  const found: Found[] = []
  let free = 0
  for (const start of starts) {
    if (start < free) continue
    const span = britishAt(text, start) ?? namedAt(page, start)
    if (span === null) continue
    found.push({ ...span, type: 'postalCode', score: SCORE })
    free = span.end
  }
  return found
}

function britishAt(text: string, digit: number): { start: number; end: number } | null {
  for (const start of [digit - 1, digit - 2]) {
    if (start < 0 || isWord(text.charCodeAt(start - 1))) continue
    BRITISH.lastIndex = start
    if (BRITISH.test(text)) return { start, end: BRITISH.lastIndex }
  }
  return null
}

function namedAt(page: Page, start: number): { start: number; end: number } | null {
  if (isWord(page.text.charCodeAt(start - 1))) return null
  NAMED.lastIndex = start
  if (!NAMED.test(page.text)) return null
  const end = NAMED.lastIndex
  return hasContextBefore(page, start, WORDS) ? { start, end } : null
}
