/**
 * Payment card numbers: ISO/IEC 7812-1, 12 to 19 digits with a Luhn check, in the ranges and lengths of the networks below,
 * written in one piece or in groups joined by single spaces or hyphens. It leaves out digits spread over lines.
 *
 * 12 digits: the number ranges of Maestro run from 12 to 19 digits, other schemes issue none under 13. Twelve digits are
 * taken for a card only where words around say so, since one timestamp or article number in ten passes Luhn.
 */
import { isLuhn } from './checksums.js'
import { contextWords } from './context.js'
import { findNumbers } from './digit-groups.js'
import type { Found, Page } from './page.js'

const DIGITS_MIN = 12
const DIGITS_MAX = 19
/** In one piece and long enough to be rarely anything else. */
const PLAIN_SCORE = 0.6
/** In groups as on the card. */
const GROUPED_SCORE = 0.9
/** Of twelve digits, or with the first digit of cards outside of the ranges below, which networks extend: needs words. */
const UNSURE_SCORE = 0.3

const WORDS = contextWords(`card, cards, credit, debit, cc, visa, mastercard, amex, maestro, discover, jcb, diners,
  kreditkarte*, kartennummer, karte, carte, tarjeta, carta, cartão, cartao, kaart, kort, kortnummer, karta, karty, карта,
  карты, kredi, kart`)

/** Numbers that networks and processors publish for tests: they are nobody's. */
const TEST_NUMBERS = new Set([
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '4222222222222',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '371449635398431',
  '378734493671000',
  '6011111111111117',
  '6011000990139424',
  '3530111333300000',
  '3566002020360505',
  '30569309025904',
  '38520000023237',
])

export function findCreditCards(page: Page): Found[] {
  return findNumbers(page, {
    type: 'creditCard',
    lastGroup,
    scoreOf,
    words: WORDS,
    sureScore: GROUPED_SCORE,
    harmless: TEST_NUMBERS,
  })
}

/** The last group of a number of card length that begins at group i: itself, or groups of 3 to 7 with one joint; else -1. */
function lastGroup({ text, starts, ends }: Page, i: number): number {
  let total = ends[i] - starts[i]
  if (total >= DIGITS_MIN) return total <= DIGITS_MAX ? i : -1
  if (total !== 4) return -1 // every network groups the first four
  const joint = text.charCodeAt(ends[i])
  if (joint !== 0x20 && joint !== 0x2d && joint !== 0xa0) return -1
  let last = i
  for (let next = i + 1; next < starts.length && starts[next] === ends[next - 1] + 1; next++) {
    const size = ends[next] - starts[next]
    if (text.charCodeAt(ends[next - 1]) !== joint || total + size > DIGITS_MAX || size > 7) break
    total += size
    if (total >= 13) last = next
    if (total >= 14 && size !== 4) break
    if (total === 16) break
  }
  return last > i ? last : -1
}

/** How sure the digits alone make it; 0 for no card. */
function scoreOf(digits: string, joint: string): number {
  if (!isLuhn(digits) || /^(\d)\1+$/.test(digits)) return 0
  if (!inRange(digits)) return /^[3-6]/.test(digits) && digits.length >= 12 ? UNSURE_SCORE : 0
  return digits.length < 13 ? UNSURE_SCORE : joint === '' ? PLAIN_SCORE : GROUPED_SCORE
}

/** The ranges in use (the networks' published IIN tables). */
function inRange(digits: string): boolean {
  const { length } = digits
  const four = Number(digits.slice(0, 4))
  const two = Math.floor(four / 100)
  if (digits[0] === '4') return length === 13 || length === 16 || length === 19 // Visa
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16 // Mastercard
  if (two === 34 || two === 37) return length === 15 // American Express
  if ((four >= 3000 && four <= 3059) || four === 3095 || two === 36 || two === 38 || two === 39) {
    return length >= 14 && length <= 19 // Diners Club
  }
  if (four === 2131 || four === 1800) return length === 15 // JCB, the old ranges
  if (four >= 3528 && four <= 3589) return length >= 16 // JCB
  if (four >= 2200 && four <= 2204) return length >= 16 // Mir
  if (two === 50 || (two >= 56 && two <= 58)) return true // Maestro
  if (two >= 60 && two <= 69) {
    // Discover, UnionPay, RuPay, InstaPayment: 16 and more; the rest is Maestro's, from 12 on.
    return length >= 16 || !(four === 6011 || two === 64 || two === 65 || two === 62 || two === 60)
  }
  return false
}
