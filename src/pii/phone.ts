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
/** North American number joined as people join it: `(201) 555-…`, `201-555-…`, `201.555.…`. */
const VALID_NANP = 0.75
const NANP_SHAPE = 0.4
/** With the national prefix and grouped as its country groups it. */
const VALID_GROUPED = 0.65
const VALID_PLAIN = 0.35
/** Digits of the right number, nothing more: only words around can make it one. */
const SHAPE = 0.4
const SHAPE_DIGITS_MAX = 13

const WORDS =
  contextWords(`phone*, telephone*, telefon*, téléphone*, teléfono*, telefone*, telefoon*, telefono*, tel, tél,
  tlf, tfno, fono, puhelin*, puh, mobile, mobil, móvil, movil, movistar, cell, cellphone, celular, cellulare, cel, portable,
  gsm, handy*, fax, telefax, call, calls, calling, called, dial, ring, text me, texting, sms, messages, whatsapp, viber,
  telegram, hotline, helpline, desk, office, voicemail, answering, answer, reach me, reach us, contact, landline, pager,
  anruf*, rufen, appelez, appeler, llame, llamar, llama, ligue, ligar, chiama, chiamare, bel, bellen, ring, ringa, soita,
  zadzwoń, zavolejte, hívjon, тел, телефон*, моб, факс, звоните, τηλ, τηλέφωνο, κινητό, φαξ, هاتف, تلفون, جوال, موبايل,
  فاكس, تلفن, טלפון, נייד, פקס, फ़ोन, फोन, मोबाइल, โทร`)
/** Scripts that set no spaces between words. */
const WORDS_UNSPACED = /電話|电话|手机|手機|携帯|ファックス|ファクス|传真|傳真|热线|전화|휴대폰|팩스/

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
  /** Behind group k of the chain, and how many digits there are up to it. */
  readonly ends: readonly number[]
  readonly sizes: readonly number[]
  readonly isInternational: boolean
  /** What stands between the first two groups: '' where there is one. */
  readonly joint: string
}

export function phoneFinder(plans: NumberingPlans): Finder {
  const nanp = plans.country('US')
  return (page) => {
    const national = (page.countries.length > 0 ? page.countries : (COUNTRIES[page.language] ?? [])).map((code) =>
      plans.country(code),
    )
    const found: Found[] = []
    for (let i = 0; i < page.starts.length; ) {
      const chain = chainAt(page, i)
      const best = chain === null ? null : bestNumber(page, chain, plans, nanp, national)
      if (best === null) i++
      else {
        found.push(best.found)
        i += best.groups
        while (i < page.starts.length && page.starts[i] < best.found.end) i++ // the extension
      }
    }
    return found
  }
}

/** The groups that could belong to a number that begins with group i; null when none can. */
function chainAt({ text, starts, ends }: Page, i: number): Chain | null {
  const first = ends[i] - starts[i]
  if (first > DIGITS_MAX) return null
  const before = text.charCodeAt(starts[i] - 1)
  let start = starts[i]
  let isInternational = false
  if (before === PLUS || before === FULL_PLUS) {
    start--
    isInternational = true
  } else if (before === OPEN) {
    start--
    if (text.charCodeAt(start - 1) === PLUS) start--
    isInternational = start < starts[i] - 1
  } else if (isDenied(text, starts[i])) return null
  if (start > 0 && start < starts[i] && isWord(text.charCodeAt(start - 1))) return null
  const chainEnds = [ends[i]]
  const sizes = [first]
  let total = first
  let depth = text.charCodeAt(starts[i] - 1) === OPEN ? 1 : 0
  for (let next = i + 1; next < starts.length && sizes.length < GROUPS_MAX; next++) {
    const size = ends[next] - starts[next]
    if (total + size > DIGITS_MAX + 2) break
    const parens = jointParens(text, ends[next - 1], starts[next])
    if (parens === null || depth + parens < 0 || depth + parens > 1) break
    depth += parens
    total += size
    chainEnds.push(ends[next])
    sizes.push(size)
  }
  if (total < DIGITS_MIN) return null
  const joint = chainEnds.length > 1 ? text.slice(ends[i], starts[i + 1]) : ''
  return { start, ends: chainEnds, sizes, isInternational, joint }
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

/** The longest number that its country knows, else the whole chain where context asks for it. */
function bestNumber(
  page: Page,
  chain: Chain,
  plans: NumberingPlans,
  nanp: NumberingPlan,
  national: readonly NumberingPlan[],
): { found: Found; groups: number } | null {
  let best: { score: number; count: number } | null = null
  for (let count = chain.ends.length; count > 0; count--) {
    const end = chain.ends[count - 1]
    if (!endsFree(page.text, end)) continue
    const digits = digitsOf(page.text, chain.start, end)
    if (digits.length < DIGITS_MIN) break
    if (digits.length > DIGITS_MAX + 2) continue
    const score = scoreOf(page.text, chain, count, digits, plans, nanp, national)
    if (score > (best?.score ?? 0)) best = { score, count }
    if (score >= VALID_GROUPED) break // the longest that is sure
  }
  if (best === null) return null
  const closed = chain.ends[best.count - 1]
  const end = extensionEnd(page.text, closed)
  if (best.score < VALID_NANP && hasContextBefore(page, chain.start, OTHER_NUMBER)) return null
  const isSaid = hasContext(page, chain.start, end, WORDS) || hasContextBefore(page, chain.start, WORDS_UNSPACED)
  const score = isSaid ? Math.min(1, best.score + CONTEXT_SCORE) : best.score
  const isHarmless = FICTION.test(digitsOf(page.text, chain.start, closed))
  return { found: { start: chain.start, end, type: 'phone', score, isHarmless }, groups: best.count }
}

function scoreOf(
  text: string,
  chain: Chain,
  count: number,
  digits: string,
  plans: NumberingPlans,
  nanp: NumberingPlan,
  national: readonly NumberingPlan[],
): number {
  if (chain.isInternational || digits.startsWith('00')) {
    const score = internationalScore(chain.isInternational ? digits : digits.slice(2), plans)
    if (chain.isInternational || score > 0) return chain.isInternational ? score : score - 0.1
  }
  if (chain.isInternational) return 0
  const american = americanScore(text, chain, count, digits, nanp)
  if (american > SHAPE) return american
  if (NO_PHONE.test(text.slice(chain.start, chain.ends[count - 1]))) return american
  let best = american
  for (const plan of national) best = Math.max(best, nationalScore(chain, count, digits, plan))
  return digits.length <= SHAPE_DIGITS_MAX ? Math.max(best, SHAPE) : best
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
function americanScore(text: string, chain: Chain, count: number, digits: string, nanp: NumberingPlan): number {
  const long = digits.replace(/^(?:001|1)(?=\d{10}$)/, '')
  if (long.length !== 10 || count < 2) return 0
  const sizes = chain.sizes.slice(0, count)
  if (sizes.length > 1 && (sizes[0] === 1 || digits.startsWith('001'))) sizes.shift()
  if (sizes.join() !== '3,3,4') return 0
  const joint = text.slice(chain.ends[count - 2], chain.ends[count - 1] - 4)
  const isUsual = joint === '-' || joint === '.' || text.charCodeAt(chain.start) === OPEN
  if (nanp.isValid(long)) return isUsual ? VALID_NANP : VALID_PLAIN + 0.1
  return isUsual ? NANP_SHAPE + 0.05 : NANP_SHAPE
}

function nationalScore(chain: Chain, count: number, digits: string, plan: NumberingPlan): number {
  const hasPrefix = plan.prefix !== '' && digits.startsWith(plan.prefix)
  const subscriber = hasPrefix ? digits.slice(plan.prefix.length) : digits
  if (!plan.isValid(subscriber)) return 0
  if (count < 2) return VALID_PLAIN
  const groups = plan.groups(subscriber)
  const written = chain.sizes.slice(0, count)
  if (hasPrefix) written[0] -= plan.prefix.length
  const asUsual = groups.length === written.length && groups.every((size, k) => size === written[k])
  return asUsual && hasPrefix ? VALID_GROUPED : VALID_PLAIN + 0.05
}

/** Dates, spans of years and numbers with points at their thousands: digits in the groups of a phone number, but none. */
const NO_PHONE =
  /^(?:19|20)\d\d[-–/. ](?:0?[1-9]|1[0-2])[-/. ]\d{1,2}(?!\d)|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$|^[12]\d{3} ?[-–/] ?[12]\d{3}$|^[1-9]\d{0,2}(?:\.\d{3})+$/

/** No word and no decimal number goes on behind the digits; an extension may. */
function endsFree(text: string, end: number): boolean {
  const unit = text.charCodeAt(end)
  if (unit === 0x78 || unit === 0x58) return isExtension(text, end)
  if (isWord(unit) || unit === 0x25 || (isLetter(unit) && unit < 0x370)) return false
  const next = DIGIT_PLUS_ONE[text.charCodeAt(end + 1)] > 0
  return !next || !(unit === DOT || unit === COMMA || unit === HYPHEN || unit === 0x2f || unit === COLON)
}

const EXTENSION = / ?(?:x|ext\.?|extension|poste|anexo|durchwahl|#) ?\d{1,6}(?![\d\w])/iy

function isExtension(text: string, at: number): boolean {
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
/** `$ # = / % & ~ @ _` and currency signs: a sum, a parameter, a path. */
const DENIED_BEFORE = new Set([...'$#=/%&~@_\\*^€£¥₹'].map((mark) => mark.charCodeAt(0)))
