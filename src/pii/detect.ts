/**
 * Finds personal data in a text with every finder that was asked for, gives each span its score, and settles overlaps.
 * Finders that are not patterns (entity recognition) join as `more`.
 */
import type { Span } from '../document/document.js'
import { findBirthDates } from './birth-date.js'
import { findCoordinates } from './coordinates.js'
import { findCreditCards } from './credit-card.js'
import { findCryptoWallets } from './crypto-wallet.js'
import { findDocumentNumbers } from './document-number.js'
import { findEmails } from './email.js'
import { findIbans } from './iban.js'
import { findIps } from './ip.js'
import { findMacs } from './mac.js'
import { nationalIdFinder } from './national-ids.js'
import { NumberingPlans } from './numbering-plans.js'
import { withoutOverlaps } from './overlaps.js'
import { type Finder, type Found, isDigit, isSpace, type Page, readAgain, readPage } from './page.js'
import { phoneFinder } from './phone.js'
import { findPostalCodes } from './postal-code.js'
import { findSecrets } from './secrets.js'
import { findStreetAddresses } from './street-address.js'
import type { PatternType } from './types.js'
import { findUsSsns } from './us-ssn.js'
import { findUrlPasswords, findUrls } from './web-address.js'

/** Marks spans of any type in a text: the way in for entity recognition. Pure; offsets in UTF-16 units. */
export type SpanSource = (text: string, language: string) => readonly Span[]

export interface DetectorOptions {
  readonly types: readonly PatternType[]
  /** IP addresses: only those reachable from everywhere, or private ones too. */
  readonly ip: 'public' | 'all'
  /** Whose national phone numbers are looked for; empty: by the document's language. */
  readonly countries: readonly string[]
  /** Spans below are left out. */
  readonly scoreMin: number
  /** Values, and hosts of e-mail addresses, lower-cased, that stay as they are. */
  readonly allow: ReadonlySet<string>
  readonly more?: readonly SpanSource[]
}

/** A value to be masked. `value` is lower-cased: equal ones are the same thing. */
export interface Detection extends Span {
  readonly value: string
}

/** In order, none overlapping: longest, then highest score. */
export type Detector = (text: string, language: string) => Detection[]

/** @throws ConfigError for unknown countries */
export async function makeDetector(options: DetectorOptions): Promise<Detector> {
  const finders = await findersOf(options)
  const { scoreMin, allow, countries, more = [] } = options
  const isExact = areExact(options.types) && more.length === 0
  const findIn = (page: Page): Reading => {
    const { text, language } = page
    const sure: Found[] = []
    for (const find of finders) for (const span of find(page)) if (span.score >= scoreMin) sure.push(span)
    for (const source of more) for (const span of source(text, language)) if (span.score >= scoreMin) sure.push(span)
    sure.sort((a, b) => a.start - b.start)
    return { found: withoutOverlaps(sure), sure }
  }
  return (text, language) => {
    let page = readPage(text, { language, countries })
    let { found, sure } = findIn(page)
    // What a value hid by standing against it is free once that is masked: masked text must hold nothing more to mask.
    // What a model sees of a name changes with what is masked beside it.
    const mayHide =
      !isExact &&
      (found.length < sure.length ||
        (more.length > 0 && found.length > 0) ||
        found.some((span) => isGlued(text, span.start, span.end)))
    let fresh = found
    for (let rounds = 1; mayHide && rounds < ROUNDS_MAX; rounds++) {
      page = readAgain(page, masked(page.text, fresh), fresh, sure)
      const next = findIn(page)
      if (next.found.length === 0) break
      fresh = next.found
      sure = next.sure
      found = withoutOverlaps([...found, ...fresh])
    }
    const detections: Detection[] = []
    for (const { start, end, type, score, isHarmless } of found) {
      const value = text.slice(start, end).toLowerCase()
      if (isHarmless || allow.has(value) || (type === 'email' && allow.has(hostOf(value)))) continue
      detections.push({ start, end, type, score, value })
    }
    return detections
  }
}

interface Reading {
  /** In order, none overlapping. */
  readonly found: Found[]
  /** In order of `start`, with those that were left out for others that they overlap. */
  readonly sure: readonly Found[]
}

/** E-mail and IP addresses alone leave nothing behind that could read as one, whatever stands beside them. */
export function areExact(types: readonly PatternType[]): boolean {
  return types.every((type) => type === 'email' || type === 'ip')
}

/** Each round takes the next of a row of values without anything between; such rows are short, or nobody's text. */
const ROUNDS_MAX = 6

/** Whether something stands against it that could be part of another value, or digits a space away. */
function isGlued(text: string, start: number, end: number): boolean {
  return !isOpenBefore(text, start) || !isOpenAfter(text, end)
}

/** The beginning, white space, a quote or a bracket, and no digit before that. */
function isOpenBefore(text: string, start: number): boolean {
  if (start === 0) return true
  const unit = text.charCodeAt(start - 1)
  return (isSpace(unit) || OPENING.has(unit)) && !isDigit(text.charCodeAt(start - 2))
}

/** At most two marks of the sentence, then white space and no digit, parenthesis or plus. */
function isOpenAfter(text: string, end: number): boolean {
  let at = end
  while (at - end < 2 && CLOSING.has(text.charCodeAt(at))) at++
  if (at >= text.length) return true
  const next = text.charCodeAt(at + 1)
  return isSpace(text.charCodeAt(at)) && !isDigit(next) && next !== 0x28 && next !== 0x2b
}

const OPENING = new Set([...'("\'“‘«['].map((mark) => mark.charCodeAt(0)))
const CLOSING = new Set([...',;.!?)"\'”’»]'].map((mark) => mark.charCodeAt(0)))

/** As long as the text, with marks in the place of what was found that no finder reads over. */
function masked(text: string, found: readonly Found[]): string {
  let out = ''
  let done = 0
  for (const { start, end } of found) {
    out += `${text.slice(done, start)}${'<'.repeat(end - start - 1)}>`
    done = end
  }
  return out + text.slice(done)
}

async function findersOf({ types, ip, countries }: DetectorOptions): Promise<Finder[]> {
  const made: Partial<Record<PatternType, Finder>> = {}
  if (types.includes('phone')) {
    const plans = await NumberingPlans.load()
    for (const country of countries) plans.country(country)
    made.phone = phoneFinder(plans)
  }
  if (types.includes('nationalId')) made.nationalId = nationalIdFinder()
  if (types.includes('ip')) made.ip = ipFinder(ip === 'all', types.includes('email'))
  for (const [type, find] of Object.entries(SIMPLE))
    if (types.some((wanted) => wanted === type)) made[type as PatternType] = find // keys of SIMPLE are types
  if (types.includes('passport') || types.includes('driverLicense')) {
    made.passport = (page) => findDocumentNumbers(page).filter(({ type }) => types.some((wanted) => wanted === type))
  }
  return Object.values(made)
}

/**
 * Documentation addresses are harmless, and so are private ones unless asked for. An address in or against an e-mail address is
 * part of it: what the mask leaves must not read as another one.
 */
function ipFinder(privateToo: boolean, besideEmails: boolean): Finder {
  return ({ text }) => {
    const found = findIps(text)
    if (found.length === 0) return found
    const emails = besideEmails ? findEmails(text) : []
    let email = 0
    const free: Found[] = []
    for (const { start, end, type, score, isPublic, isDocumentation } of found) {
      while (email < emails.length && emails[email].end <= start) email++
      if (email < emails.length && emails[email].start < end) continue
      free.push({ start, end, type, score, isHarmless: isDocumentation || !(isPublic || privateToo) })
    }
    return free
  }
}

const SIMPLE: Partial<Record<PatternType, Finder>> = {
  email: ({ text }) => findEmails(text),
  creditCard: findCreditCards,
  iban: findIbans,
  usSsn: findUsSsns,
  birthDate: findBirthDates,
  streetAddress: findStreetAddresses,
  postalCode: findPostalCodes,
  coordinates: findCoordinates,
  mac: findMacs,
  cryptoWallet: findCryptoWallets,
  secret: findSecrets,
  urlPassword: findUrlPasswords,
  url: findUrls,
}

function hostOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
