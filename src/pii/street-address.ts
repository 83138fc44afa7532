/**
 * Postal addresses by the words of streets: a house number with a street's name beside it, in the order of English and French
 * (`12 Main Street`, `12 rue Victor Hugo`), of most of Europe (`Hauptstraße 12`, `Via Roma 12`, `ul. Polna 12`), post boxes, and
 * parts of buildings (`Apt. 12`); with what follows up to a postal code where that comes soon. Names without a
 * number are places, not addresses, and left to entity recognition.
 *
 * Everything begins at a number of one to five digits and looks at most WORDS_MAX words to either side.
 */
import { contextWords, hasContextBefore } from './context.js'
import { DIGIT_PLUS_ONE, type Found, isLetter, isWord, type Page } from './page.js'

const NUMBER_MAX = 5
const WORDS_MAX = 5
const WORD_MAX = 24
const SCORE = 0.7
const UNIT_SCORE = 0.55
const CODE_SCORE = 0.6

/** Behind the name: `12 Main Street`. Short forms only with a capital letter. */
const AFTER_NAME = new Set(
  `street st avenue ave av road rd lane ln drive dr boulevard blvd court ct place pl square sq terrace ter close crescent
  cres highway hwy parkway pkwy way alley grove gardens mews circle cir trail trl row walk quay turnpike plaza loop pike
  esplanade parade heights ridge crossing bypass causeway strand wharf`.split(/\s+/),
)

/** Before the name, number first: `12 rue Victor Hugo`. */
const BEFORE_NAME = new Set(
  `rue avenue av boulevard bd bvd allée allee allées impasse chemin ch place quai cours route rte square passage sentier
  villa faubourg via viale piazza corso strada vicolo calle c/ carrer avenida avda paseo plaza camino carretera travesía ronda
  rua travessa largo praça praca estrada alameda rodovia ul ulica al aleja plac os strada str bulevardul calea piața`.split(
    /\s+/,
  ),
)

/** The end of a name written in one word: `Hauptstraße`, `Storgatan`. */
const ENDING =
  /(?:stra(?:ß|ss)e|str|gasse|platz|allee|weg|ufer|damm|ring|chaussee|straat|laan|plein|gracht|kade|singel|dreef|hof|gatan|gata|vägen|väg|gränd|torget|stigen|gade|vej|vænge|allé|plads|veien|vegen|vei|gate|katu|tie|kuja|polku|utca|stræde|götu|gata|braut|vegur|stígur)$/
const ENDING_MIN = 6

/** A word of its own behind the name, before the number: `Váci utca 12`, `Harju tänav 5`, `Unter den Linden Str. 3`. */
const OWN_WORD = new Set(
  'utca u út útja tér köz krt tänav tn tee iela gatve ulice třída náměstí sokak cad caddesi sk gate vei vej allé ulica straße strasse str street road lane avenue drive'.split(
    ' ',
  ),
)

const POST_BOX =
  /(?:P\.? ?O\.? ?Box|Post Office Box|Postfach|Apartado(?: de Correos)?|Casilla|Caixa Postal|Boîte Postale|B\.P\.|Postbus|Postboks) ?#?\d{1,7}(?![\d\w])/iy
const POST_BOX_LEAD = 24
const MILITARY = /(?:PSC|CMR|Unit|USS [A-Z]\w{1,16}),? \d{1,5},? ?(?:Box \d{1,5})(?![\d\w])/iy
const UNIT_WORD =
  /(?:apt|apartment|suite|ste|unit|flat|room|rm|floor|fl|bldg|building|wohnung|whg|lejl|lgh|piso|appt)\.? ?#?$/i

/** What may follow a street on the same or next lines: flat, town, state, code. */
const FLAT = /[,\n\r\t ]{1,8}(?:apt|apartment|suite|ste|unit|flat|#)\.? ?#?\d{1,5}[A-Za-z]?(?![\w])/iy
const STATE_CODE =
  /[,\n\r\t ]{1,8}(?:[\p{Lu}][\p{L}.'-]{0,24}[ ,\n]{1,4}){0,4}(?:A[AEKLPRZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]),? \d{5}(?:-\d{4})?(?![\d\w])/uy
const EUROPEAN_CODE = /[,\n ]{1,3}(?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? \p{Lu}[\p{L}-]{1,30}/uy

/** A postal code by itself needs to be named. */
const CODE_WORDS =
  contextWords(`zip, zipcode, zip code, postal code, postcode, post code, plz, postleitzahl, code postal, código postal, codigo
  postal, cep, postnummer, kod pocztowy, psč, irányítószám, индекс`)
const CODE = /(?:\d{5}(?:-\d{4})?|\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{5}-\d{3}|\d{3,6})(?![\d\w])/y
/** The United Kingdom's codes have a form of their own (BS 7666). */
const UK_CODE = /(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}(?![\w])/y

export function findStreetAddresses(page: Page): Found[] {
  const { text, starts, ends } = page
  const found: Found[] = []
  let free = 0
  for (let i = 0; i < starts.length; i++) {
    if (starts[i] < free || ends[i] - starts[i] > NUMBER_MAX) continue
    const span = addressAt(text, starts[i], ends[i], free)
    if (span === null) continue
    const end = tailEnd(text, span.end)
    found.push({ start: span.start, end, type: 'streetAddress', score: span.score })
    free = end
  }
  return found
}

export function findPostalCodes(page: Page): Found[] {
  const { text, starts } = page
  const found: Found[] = []
  let free = 0
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]
    if (start < free) continue
    const span = ukCodeAt(text, start) ?? namedCodeAt(page, start)
    if (span === null) continue
    found.push({ ...span, type: 'postalCode', score: CODE_SCORE })
    free = span.end
  }
  return found
}

interface Stretch {
  readonly start: number
  readonly end: number
}

function ukCodeAt(text: string, digit: number): Stretch | null {
  for (const start of [digit - 1, digit - 2]) {
    if (isWord(text.charCodeAt(start - 1))) continue
    UK_CODE.lastIndex = start
    if (start >= 0 && UK_CODE.test(text)) return { start, end: UK_CODE.lastIndex }
  }
  return null
}

function namedCodeAt(page: Page, start: number): Stretch | null {
  if (isWord(page.text.charCodeAt(start - 1))) return null
  CODE.lastIndex = start
  if (!CODE.test(page.text)) return null
  const end = CODE.lastIndex
  return hasContextBefore(page, start, CODE_WORDS) ? { start, end } : null
}

function addressAt(text: string, start: number, end: number, free: number): (Stretch & { score: number }) | null {
  if (isWord(text.charCodeAt(start - 1)) || DIGIT_PLUS_ONE[text.charCodeAt(start)] === 0) return null
  const houseEnd = end + houseLetter(text, end)
  const behind = streetBehind(text, houseEnd)
  if (behind > 0) return { start, end: behind, score: SCORE }
  const before = text.charCodeAt(start - 1)
  if (before !== 0x20 && before !== 0x2e && before !== 0x2c && before !== 0x23) return null
  const box = boxStart(text, start, end, free)
  if (box !== null) return { ...box, score: SCORE }
  const lead = text.slice(Math.max(free, start - 14), start)
  const unit = UNIT_WORD.exec(lead)
  if (unit !== null && !isLetter(text.charCodeAt(start - unit[0].length - 1))) {
    return { start: start - unit[0].length, end: houseEnd, score: UNIT_SCORE }
  }
  const name = streetBefore(text, start, free)
  return name >= 0 ? { start: name, end: houseEnd, score: SCORE } : null
}

/** `12b`, `12 B`: the letter of an entrance, which is no word. */
function houseLetter(text: string, end: number): number {
  if (isLetter(text.charCodeAt(end)) && !isWord(text.charCodeAt(end + 1)) && !isLetter(text.charCodeAt(end + 1)))
    return 1
  return 0
}

/** The end of a street's name that follows a house number; -1 when none does. */
function streetBehind(text: string, from: number): number {
  let at = from
  let best = -1
  for (let words = 0; words < WORDS_MAX; words++) {
    const gap = text.charCodeAt(at)
    if (gap === COMMA && words === 0) at++
    if (text.charCodeAt(at) !== SPACE) break
    const start = at + 1
    const end = wordEnd(text, start)
    if (end === start) break
    const word = text.slice(start, end)
    const isCapital = word !== word.toLowerCase()
    const lower = word.toLowerCase().replace(/\.$/, '')
    if (words === 0 && BEFORE_NAME.has(lower) && (isCapital || lower.length > 2 || word.endsWith('.')))
      return nameEnd(text, end)
    if (words > 0 && AFTER_NAME.has(lower) && (isCapital || lower.length > 3)) best = end
    else if (!isCapital && !DIGIT_PLUS_ONE[text.charCodeAt(start)] && best > 0) break
    if (!isCapital && !/^(?:of|the|de|la|st|nd|rd|th|\d.*)$/.test(lower)) {
      // A lower-case text may hold `12 main street`: one more word is looked at.
      if (words > 0) break
    }
    at = end
  }
  if (best > 0 && text[best - 1] === '.' && best - from > 3) return best
  return best
}

/** The words of a name that follows its kind: `rue de la Paix`. At least one with a capital, or one in lower-case text. */
function nameEnd(text: string, from: number): number {
  let at = from
  let end = -1
  for (let words = 0; words < WORDS_MAX; words++) {
    if (text.charCodeAt(at) !== SPACE) break
    const stop = wordEnd(text, at + 1)
    if (stop === at + 1) break
    const word = text.slice(at + 1, stop)
    const isCapital = word[0] !== word[0].toLowerCase()
    if (isCapital) end = stop
    else if (!/^(?:de|du|des|la|le|les|l|d|del|della|di|dei|da|do|dos|das|el|los|las|y|i|e|\d{1,2})$/.test(word)) break
    at = stop
  }
  return end
}

/** Where a street's name begins that stands before a house number; -1 when none does. */
function streetBefore(text: string, number: number, free: number): number {
  let at = number - 1
  if (text.charCodeAt(at) === COMMA) return -1
  if (text.charCodeAt(at) !== SPACE) return -1
  if (text.charCodeAt(at - 1) === COMMA) at--
  let start = -1
  for (let words = 0; words < WORDS_MAX; words++) {
    const end = at
    const from = wordStart(text, end, free)
    if (from === end) break
    const word = text.slice(from, end)
    const lower = word.toLowerCase().replace(/\.$/, '')
    const isCapital = word[0] !== word[0].toLowerCase()
    if (
      words === 0 &&
      ((isCapital && lower.length >= ENDING_MIN && ENDING.test(lower)) ||
        (word.endsWith('.') && ENDING.test(lower) && lower.length >= ENDING_MIN))
    ) {
      start = from
      // `Alte Hauptstraße`: adjectives with capitals belong to it; the loop below never needs them to mask the house.
      return start
    }
    if (words === 0 && OWN_WORD.has(lower)) {
      const name = wordStart(text, from - 1, free)
      return text.charCodeAt(from - 1) === SPACE && name < from - 1 && text[name] !== text[name].toLowerCase()
        ? name
        : -1
    }
    if (words > 0 && BEFORE_NAME.has(lower) && (isCapital || word.endsWith('.') || lower.length > 2)) return from
    if (!isCapital && !/^(?:de|du|des|la|le|les|del|della|di|dei|da|do|dos|das|el|los|las|y|i|e)$/.test(lower)) break
    if (text.charCodeAt(from - 1) !== SPACE) break
    at = from - 1
  }
  return start
}

/** A post box that ends in this number. */
function boxStart(text: string, start: number, end: number, free: number): Stretch | null {
  const lead = text.slice(Math.max(free, start - POST_BOX_LEAD), start)
  const at = lead.search(
    /(?:p\.? ?o\.? ?box|post office box|postfach|apartado|casilla|caixa postal|boîte postale|b\.p\.|postbus|postboks|psc|cmr|unit)\b[^\n]{0,16}$/i,
  )
  if (at < 0) return null
  const from = start - lead.length + at
  if (isLetter(text.charCodeAt(from - 1))) return null
  for (const form of [POST_BOX, MILITARY]) {
    form.lastIndex = from
    if (form.test(text) && form.lastIndex >= end) return { start: from, end: form.lastIndex }
  }
  return null
}

/** Flat, town, state and code behind a street. */
function tailEnd(text: string, from: number): number {
  let end = from
  for (const form of [FLAT, STATE_CODE, EUROPEAN_CODE]) {
    form.lastIndex = end
    if (form.test(text)) end = form.lastIndex
  }
  return end
}

/** Letters, marks, apostrophes, hyphens and inner dots, and a dot behind a short form. */
function wordEnd(text: string, start: number): number {
  let at = start
  while (at - start < WORD_MAX && isNamePart(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) === 0x2e && at - start <= 4 && at > start) at++
  return at
}

function wordStart(text: string, end: number, free: number): number {
  let at = end
  if (text.charCodeAt(at - 1) === 0x2e) at--
  while (at > free && end - at < WORD_MAX && isNamePart(text.charCodeAt(at - 1))) at--
  return at === end - 1 && text.charCodeAt(at) === 0x2e ? end : at
}

function isNamePart(unit: number): boolean {
  return (
    isLetter(unit) || DIGIT_PLUS_ONE[unit] > 0 || unit === 0x27 || unit === 0x2019 || unit === 0x2d || unit === 0x2f
  )
}

const SPACE = 0x20
const COMMA = 0x2c
