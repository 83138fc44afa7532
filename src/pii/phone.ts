/**
 * Phone numbers of any country: international ones (`+41 44 …`, `0041 …`), North American ones in their usual forms, and
 * national ones of the countries that the document's language or the `countries` option points to. Whatever has the shape of
 * a number counts where words around say that it is one (`Fax: 9498 …`).
 *
 * A number is a chain of groups of digits with short joints. Scores: in a range that its country has given out and written
 * the way that country writes it, 0.7 to 0.95; of a possible length alone, less than half. It leaves out numbers in words,
 * letters for digits (`1-800-FLOWERS`), short codes and emergency numbers.
 */
import { CONTEXT_SCORE, contextWords, hasContext, hasContextBefore } from './context.js'
import type { NumberingPlan, NumberingPlans } from './numbering-plans.js'
import { DIGIT_PLUS_ONE, digitsOf, type Finder, type Found, isLetter, isWord, type Page } from './page.js'

const DIGITS_MIN = 7
const DIGITS_MAX = 15
const GROUPS_MAX = 8
const JOINT_MAX = 3

const VALID_INTERNATIONAL = 0.95
const POSSIBLE_INTERNATIONAL = 0.75
/** Taken off for 00 in the place of the plus. */
const DIALLED_OUT = 0.1
/** North American number joined as people join it: `(201) 555-…`, `201-555-…`, `201.555.…`. */
const VALID_NANP = 0.75
const NANP_SHAPE = 0.45
/** The same with spaces. */
const VALID_SPACED = 0.45
const VALID_GROUPED = 0.65
/** Nothing but a possible length: only words around can make it a phone number. */
const SHAPE = 0.4
const SHAPE_DIGITS_MAX = 13

const WORDS =
  contextWords(`phone*, telephone*, telefon*, téléphone*, teléfono*, telefone*, telefoon*, telefono*, tel, tél,
  tlf, tfno, fono, puhelin*, puh, mobile, mobil, móvil, movil, movistar, cell, cellphone, celular, cellulare, cel, portable,
  gsm, handy*, fax, telefax, call, calls, calling, called, dial, ring, text me, texting, sms, messages, whatsapp, viber,
  telegram, hotline, helpline, desk, office, voicemail, answering, answer, reach me, reach us, contact, landline, pager,
  anruf*, rufen, appelez, appeler, llame, llamar, llama, ligue, ligar, chiama, chiamare, bel, bellen, ring, ringa, soita,
  zadzwoń, zavolejte, hívjon, тел, телефон*, моб, факс, звоните, τηλ, τηλέφωνο, κινητό, φαξ, هاتف, تلفون, جوال, موبايل,
  فاكس, تلفن, טלפון, נייד, פקס, फ़ोन, फोन, मोबाइल, โทร, 電話, 电话, 手机, 手機, 携帯, ファックス, ファクス, 传真, 傳真, 热线, 전화, 휴대폰, 팩스`)
/** In the words before it: the digits are something else. */
const OTHER_NUMBER =
  contextWords(`isbn, issn, doi, pmid, order, invoice, case, docket, article, patent, version, rfc, iso,
  din, page, pages, pp, vol, volume, chapter, room, figure, table, lines, bug, issue, ticket, account, iban, card, zip`)

/** Reserved for fiction: 555-0100 to 555-0199 in every North American area (ATIS-0300115), and Ofcom's drama ranges. */
const FICTION =
  /^(?:1?[2-9]\d\d55501\d\d|55501\d\d|(?:0|44)(?:207946|1632960|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960|1414960|1514960|1614960|1914980|7700900|8081570|9098790|3069990)\d{3,4})$/

/** Where a document in this language most likely has its national numbers from; others by the `countries` option. */
const COUNTRIES: Readonly<Record<string, readonly string[]>> = {
  en: ['GB', 'AU', 'IE', 'NZ', 'IN', 'ZA'],
  de: ['DE', 'AT', 'CH'],
  fr: ['FR', 'BE', 'CH'],
  es: ['ES', 'MX', 'AR', 'CO', 'CL'],
  it: ['IT', 'CH'],
  pt: ['PT', 'BR'],
  nl: ['NL', 'BE'],
  sv: ['SE', 'FI'],
  fi: ['FI'],
  no: ['NO'],
  nb: ['NO'],
  nn: ['NO'],
  da: ['DK'],
  pl: ['PL'],
  cs: ['CZ'],
  sk: ['SK'],
  hu: ['HU'],
  ro: ['RO'],
  bg: ['BG'],
  el: ['GR', 'CY'],
  tr: ['TR'],
  ru: ['RU', 'KZ', 'BY'],
  uk: ['UA'],
  hr: ['HR'],
  sl: ['SI'],
  sr: ['RS'],
  et: ['EE'],
  lv: ['LV'],
  lt: ['LT'],
  ja: ['JP'],
  ko: ['KR'],
  zh: ['CN', 'TW', 'HK'],
  ar: ['EG', 'SA', 'AE'],
  he: ['IL'],
  fa: ['IR'],
  hi: ['IN'],
  id: ['ID'],
  ms: ['MY'],
  th: ['TH'],
  vi: ['VN'],
  is: ['IS'],
}

interface Chain {
  readonly start: number
  readonly groups: number
  /** Behind each group. */
  readonly ends: Int32Array
  /** Digits of each group. */
  readonly sizes: Int32Array
  readonly digits: string
  /** Begins with a plus. */
  readonly isInternational: boolean
  /** Other digits stand right before it: no words can speak for it. */
  readonly isInner: boolean
}

/** The first `count` groups of a chain. */
interface Reading {
  readonly score: number
  readonly count: number
  readonly digits: number
}

/** Of the chain that was read last: they are many, and looked at one at a time. */
const CHAIN_ENDS = new Int32Array(GROUPS_MAX)
const CHAIN_SIZES = new Int32Array(GROUPS_MAX)

export function phoneFinder(plans: NumberingPlans): Finder {
  return (page) => {
    const codes = page.countries.length > 0 ? page.countries : (COUNTRIES[page.language] ?? [])
    const national = codes.map((code) => plans.country(code)).filter(({ prefix }) => prefix !== '')
    const judge = (text: string, chain: Chain, count: number, digits: string) =>
      scoreOf(text, chain, count, digits, plans, national)
    const found: Found[] = []
    let free = 0
    for (const i of page.asked) {
      if (page.starts[i] < free) continue
      const chain = chainAt(page, i)
      const span = chain === null ? null : bestNumber(page, chain, judge)
      if (span !== null) found.push(span)
      // Behind a weak reading a sure one may begin within it: `Apt 12 201-555-…`.
      if (span !== null && span.score >= VALID_GROUPED) free = span.end
    }
    return found
  }
}

/** The groups that could belong to a number that begins with group i; null when none can. */
function chainAt(page: Page, i: number): Chain | null {
  const { text, starts, ends } = page
  const first = ends[i] - starts[i]
  if (first > DIGITS_MAX) return null
  // Most numbers are short and stand by themselves.
  if (first < DIGITS_MIN && !(starts[i + 1] - ends[i] <= JOINT_MAX)) return null
  const before = text.charCodeAt(starts[i] - 1)
  const isOpen = before === OPEN
  let start = starts[i]
  let isInternational = before === PLUS || before === FULL_PLUS
  if (isInternational || isOpen) start--
  if (isOpen && text.charCodeAt(start - 1) === PLUS) {
    start--
    isInternational = true
  }
  if (start === starts[i] ? isDenied(text, start) : isWord(text.charCodeAt(start - 1))) return null
  const isInner =
    !isInternational && i > 0 && start - ends[i - 1] <= JOINT_MAX && jointParens(text, ends[i - 1], start) !== null
  // Behind other digits only what can stand by itself: a prefix, parentheses, the American form.
  const isAmerican = first === 3 ? isAmericanAt(page, i) : first === 1 && isAmericanAt(page, i + 1)
  const isPromising = !isInner || isOpen || isAmerican || text.charCodeAt(starts[i]) === ZERO
  if (!isPromising) return null
  let groups = 1
  CHAIN_ENDS[0] = ends[i]
  CHAIN_SIZES[0] = first
  let total = first
  let depth = isOpen ? 1 : 0
  for (let next = i + 1; next < starts.length && groups < GROUPS_MAX; next++) {
    const size = ends[next] - starts[next]
    if (total + size > DIGITS_MAX + 2) break
    const parens = jointParens(text, ends[next - 1], starts[next])
    if (parens === null || depth + parens < 0 || depth + parens > 1) break
    depth += parens
    total += size
    CHAIN_ENDS[groups] = ends[next]
    CHAIN_SIZES[groups++] = size
  }
  if (total < DIGITS_MIN) return null
  const digits = digitsOf(text, start, CHAIN_ENDS[groups - 1])
  return { start, groups, ends: CHAIN_ENDS, sizes: CHAIN_SIZES, digits, isInternational, isInner }
}

/** Groups of 3, 3 and 4. */
function isAmericanAt({ starts, ends }: Page, i: number): boolean {
  return ends[i] - starts[i] === 3 && ends[i + 1] - starts[i + 1] === 3 && ends[i + 2] - starts[i + 2] === 4
}

/** Whether what stands before the digits makes them part of something else: a word, a sum, an address on the web. */
function isDenied(text: string, start: number): boolean {
  const unit = text.charCodeAt(start - 1)
  if (isWord(unit) || DENIED_BEFORE.has(unit)) return true
  return (
    (unit === DOT || unit === COMMA || unit === HYPHEN || unit === COLON) &&
    DIGIT_PLUS_ONE[text.charCodeAt(start - 2)] > 0
  )
}

/** How many parentheses open (1) or close (-1) between two groups; null where the stretch joins no groups of one number. */
function jointParens(text: string, from: number, to: number): number | null {
  if (to - from > JOINT_MAX) return null
  let parens = 0
  let marks = 0
  let spaces = 0
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i)
    if (unit === OPEN) parens++
    else if (unit === CLOSE) parens--
    else if (unit === 0x20 || unit === 0xa0 || unit === 0x2009 || unit === 0x202f) spaces++
    else if (unit === HYPHEN || unit === DOT || unit === 0x2f || unit === 0x2010 || unit === 0x2011 || unit === 0x2013)
      marks++
    else return null
  }
  // `555. 1234` ends a sentence, `555 - 1234` is a range or a number.
  return marks > 1 || spaces > 2 || (spaces > 0 && marks > 0 && text.charCodeAt(from) === DOT) ? null : parens
}

/** The longest number that its country knows, else the longest that has the shape of one. */
function bestNumber(
  page: Page,
  chain: Chain,
  judge: (text: string, chain: Chain, count: number, digits: string) => number,
): Found | null {
  const { text } = page
  let best: Reading = { score: 0, count: 0, digits: 0 }
  let total = chain.digits.length
  for (let count = chain.groups; count > 0 && total >= DIGITS_MIN; total -= chain.sizes[--count]) {
    if (!endsFree(text, chain.ends[count - 1])) continue
    const score = judge(text, chain, count, chain.digits.slice(0, total))
    if (score > best.score) best = { score, count, digits: total }
    if (score >= VALID_GROUPED) break // the longest that is sure
  }
  if (best.score === 0) return null
  const closed = chain.ends[best.count - 1]
  const end = extensionEnd(text, closed)
  let { score } = best
  if (!chain.isInner) {
    if (score < VALID_NANP && hasContextBefore(page, chain.start, OTHER_NUMBER)) return null
    if (hasContext(page, chain.start, end, WORDS)) score = Math.min(1, score + CONTEXT_SCORE)
  }
  return {
    start: chain.start,
    end,
    type: 'phone',
    score,
    isHarmless: FICTION.test(chain.digits.slice(0, best.digits)),
  }
}

function scoreOf(
  text: string,
  chain: Chain,
  count: number,
  digits: string,
  plans: NumberingPlans,
  national: readonly NumberingPlan[],
): number {
  if (chain.isInternational) return internationalScore(digits, plans)
  if (digits.startsWith('00')) {
    const score = internationalScore(digits.slice(2), plans)
    if (score > 0) return score - DIALLED_OUT
  }
  const american = americanScore(text, chain, count, digits, plans)
  if (american > SHAPE) return american
  const isNational =
    count > 1 && !isNoPhone(text, chain, count) && national.some((plan) => isWrittenAsIn(plan, chain, count, digits))
  if (isNational) return VALID_GROUPED
  return digits.length > SHAPE_DIGITS_MAX || chain.isInner || isNoPhone(text, chain, count) ? american : SHAPE
}

function internationalScore(digits: string, plans: NumberingPlans): number {
  let best = 0
  for (const plan of plans.ofInternational(digits)) {
    let subscriber = digits.slice(plan.callingCode.length)
    // `+41 (0)44 …`: the zero of national calls, which nobody dials behind a calling code.
    if (plan.prefix !== '' && subscriber.startsWith(plan.prefix) && !plan.isValid(subscriber)) {
      subscriber = subscriber.slice(plan.prefix.length)
    }
    if (plan.isValid(subscriber)) return VALID_INTERNATIONAL
    if (plan.isPossible(subscriber)) best = POSSIBLE_INTERNATIONAL
  }
  return best
}

/** 3-3-4 with an optional 1 or 001 before. */
function americanScore(text: string, chain: Chain, count: number, digits: string, plans: NumberingPlans): number {
  const { sizes } = chain
  const at = count - 3
  if (at < 0 || at > 1 || sizes[at] !== 3 || sizes[at + 1] !== 3 || sizes[at + 2] !== 4) return 0
  if (at === 1 && !digits.startsWith('1') && !digits.startsWith('001')) return 0
  if (digits.length - 10 !== (at === 1 ? sizes[0] : 0)) return 0
  const joint = text.slice(chain.ends[count - 2], chain.ends[count - 1] - 4)
  const isUsual = joint === '-' || joint === '.' || text.charCodeAt(chain.start) === OPEN
  if (plans.country('US').isValid(digits.slice(-10))) return isUsual ? VALID_NANP : VALID_SPACED
  return isUsual ? NANP_SHAPE : SHAPE
}

/** With the prefix of calls within the country, and grouped as the country groups it. */
function isWrittenAsIn(plan: NumberingPlan, chain: Chain, count: number, digits: string): boolean {
  if (!digits.startsWith(plan.prefix)) return false
  const subscriber = digits.slice(plan.prefix.length)
  if (!plan.isValid(subscriber)) return false
  const groups = plan.groups(subscriber)
  return (
    groups.length === count && groups.every((size, k) => size === chain.sizes[k] - (k === 0 ? plan.prefix.length : 0))
  )
}

/** Dates, spans of years and numbers with points at their thousands: digits in the groups of a phone number, but none. */
const NO_PHONE =
  /^(?:19|20)\d\d[-–/. ](?:0?[1-9]|1[0-2])[-/. ]\d{1,2}(?!\d)|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$|^[12]\d{3} ?[-–/] ?[12]\d{3}$|^[1-9]\d{0,2}(?:\.\d{3})+$/

/** The sizes of the groups rule most out before the pattern is asked. */
function isNoPhone(text: string, { start, ends, sizes }: Chain, count: number): boolean {
  if (count === 1) return false
  const isYearFirst = sizes[0] === 4 && (sizes[1] === 4 || sizes[1] < 3)
  const isDayFirst = sizes[0] < 3 && sizes[1] < 3 && count === 3
  const isThousands = sizes[0] < 4 && sizes[1] === 3 && text.charCodeAt(start + sizes[0]) === DOT
  return (isYearFirst || isDayFirst || isThousands) && NO_PHONE.test(text.slice(start, ends[count - 1]))
}

/** No word and no decimal number goes on behind the digits; an extension may. */
function endsFree(text: string, end: number): boolean {
  const unit = text.charCodeAt(end)
  if (unit === 0x78 || unit === 0x58) return isExtension(text, end)
  if (isWord(unit) || unit === 0x25 || (isLetter(unit) && unit < 0x370)) return false
  const next = DIGIT_PLUS_ONE[text.charCodeAt(end + 1)] > 0
  return !next || !(unit === DOT || unit === COMMA || unit === HYPHEN || unit === 0x2f || unit === COLON)
}

const EXTENSION = / ?(?:x|ext\.?|extension|poste|anexo|durchwahl|#) ?\d{1,6}(?![\d\w])/iy

const EXTENSION_FIRST = new Set([...'xXeEpPaAdD#'].map((letter) => letter.charCodeAt(0)))

function isExtension(text: string, at: number): boolean {
  const unit = text.charCodeAt(text.charCodeAt(at) === 0x20 ? at + 1 : at)
  if (!EXTENSION_FIRST.has(unit)) return false
  EXTENSION.lastIndex = at
  return EXTENSION.test(text)
}

function extensionEnd(text: string, end: number): number {
  return isExtension(text, end) ? EXTENSION.lastIndex : end
}

const PLUS = 0x2b
const FULL_PLUS = 0xff0b
const OPEN = 0x28
const CLOSE = 0x29
const DOT = 0x2e
const COMMA = 0x2c
const HYPHEN = 0x2d
const COLON = 0x3a
const ZERO = 0x30
/** `$ # = / % & ~ @ _` and currency signs: a sum, a parameter, a path. */
const DENIED_BEFORE = new Set([...'$#=/%&~@_\\*^€£¥₹'].map((mark) => mark.charCodeAt(0)))
