/**
 * National identity, tax, insurance and health numbers with check digits, of the countries listed at the end. Each is a form
 * and a rule; where the form alone is rare (letters at fixed places, a date and two check digits) it stands by itself, where
 * it is plain digits that one number in ten passes, words around must name it. Sources stand beside the rules.
 *
 * The forms are tried at each group of digits of a size that they begin with, on at most FORM_MAX units.
 */
import { isLuhn, isMod11Of10, isVerhoeff, remainder, weightedSum } from './checksums.js'
import { CONTEXT_SCORE, type ContextWords, contextWords, hasContext } from './context.js'
import { type Found, isAsciiLetter, isWord, type Page, standsFree } from './page.js'

const FORM_MAX = 24

/** Needs words around it. */
const WEAK = 0.2
const MIDDLE = 0.4
/** Its form and checks are rarely met by chance. */
const STRONG = 0.7

interface NationalId {
  readonly country: string
  /** Sticky, of bounded length, on the text with ASCII letters in any case. */
  readonly form: RegExp
  /** @param value letters upper-cased, separators left out */
  readonly isValid: (value: string) => boolean
  readonly score: number
  readonly words: ContextWords
  /** Digits of its first group, in each way of writing it. */
  readonly first: readonly number[]
  /** Units before its first digit: 0 when left out. */
  readonly lead?: number
}

export function nationalIdFinder(): (page: Page) => Found[] {
  const bySize = new Map<number, NationalId[]>()
  for (const id of NATIONAL_IDS) for (const size of id.first) bySize.set(size, [...(bySize.get(size) ?? []), id])
  return (page) => {
    const found: Found[] = []
    for (let i = 0; i < page.starts.length; i++) {
      const candidates = bySize.get(page.ends[i] - page.starts[i])
      if (candidates !== undefined) collect(page, page.starts[i], candidates, found)
    }
    return found
  }
}

/** The best reading of what begins with the group of digits at `digit`. */
function collect(page: Page, digit: number, ids: readonly NationalId[], found: Found[]): void {
  const { text } = page
  let best: Found | null = null
  let read = { start: -1, end: -1, value: '' }
  for (const { form, isValid, score, words, lead = 0 } of ids) {
    const start = digit - lead
    if (start < 0 || isWord(text.charCodeAt(start - 1)) || (lead > 0 && !isAsciiLetter(text.charCodeAt(start))))
      continue
    form.lastIndex = start
    if (!form.test(text)) continue
    const end = form.lastIndex
    if (end - start > FORM_MAX || !standsFree(text, start, end)) continue
    if (start !== read.start || end !== read.end) read = { start, end, value: bare(text.slice(start, end)) }
    if (!isValid(read.value)) continue
    const sure = hasContext(page, start, end, words) ? Math.min(1, score + CONTEXT_SCORE + 0.1) : score
    if (best === null || sure > best.score) best = { start, end, type: 'nationalId', score: sure }
  }
  if (best !== null && best.start >= (found.at(-1)?.end ?? 0)) found.push(best)
}

function bare(written: string): string {
  return written.replace(/[^0-9A-Za-z+]/g, '').toUpperCase()
}

const digitsAt = (value: string, from: number, to: number) => Number(value.slice(from, to))

/** A day of a month; the year is not looked at, so 29 February always is. */
function isDay(day: number, month: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

const allSame = (value: string) => /^(\d)\1+$/.test(value)

// ---- rules, one a number ----

/** NHS Data Dictionary, NHS NUMBER: modulus 11, weights 10 to 2. */
const isNhs = (value: string) => {
  const check = (11 - (weightedSum(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return check === Number(value[9]) && !allSame(value)
}
/** HMRC NIM39110: letters never given out, prefixes never given out. */
const isNino = (value: string) => /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(value)
/** Spain, Real Decreto 1553/2005: letter 23 of the number; NIE begins with X, Y or Z for 0, 1, 2. */
const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'
const isDni = (value: string) => DNI_LETTERS[digitsAt(value, 0, 8) % 23] === value[8]
const isNie = (value: string) => isDni(`${'XYZ'.indexOf(value[0])}${value.slice(1)}`)
/** Italy, DM 23 December 1976: values of characters at odd and even places, letter of the sum modulo 26. */
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
const isCodiceFiscale = (value: string) => {
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const unit = value.charCodeAt(i)
    const order = unit < 0x3a ? unit - 0x30 : unit - 65
    sum += i % 2 === 0 ? ODD_VALUES[order] : order
  }
  return String.fromCharCode(65 + (sum % 26)) === value[15]
}
/** Germany, § 139b AO and the BZSt's rule: ISO 7064 mod 11,10; one digit two or three times among the first ten. */
const isSteuerId = (value: string) => {
  const counts = new Map<string, number>()
  for (const digit of value.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  const repeated = [...counts.values()].filter((count) => count > 1)
  return value[0] !== '0' && repeated.length === 1 && repeated[0] <= 3 && isMod11Of10(value)
}
/** France, NIR (INSEE): sex, year, month, department (2A and 2B in Corsica), order, key = 97 - number mod 97. */
const isNir = (value: string) => {
  const month = digitsAt(value, 3, 5)
  if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50)) return false
  const number = value.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return /^\d{13}$/.test(number) && 97 - remainder(number, 97) === digitsAt(value, 13, 15)
}
/** Netherlands: the eleven test, the last digit counted -1. */
const isBsn = (value: string) => weightedSum(value, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !allSame(value)
/** Belgium, AR 3 April 1984: 97 - first nine mod 97, a 2 before them from 2000 on; month may be raised by 20 or 40. */
const isRijksregister = (value: string) => {
  const check = digitsAt(value, 9, 11)
  const first = value.slice(0, 9)
  const isDate = isDay(digitsAt(value, 4, 6), digitsAt(value, 2, 4) % 20)
  return isDate && (97 - remainder(first, 97) === check || 97 - remainder(`2${first}`, 97) === check)
}
/** Poland: weights 1 3 7 9, months raised by 20, 40, 60, 80 for other centuries. */
const isPesel = (value: string) =>
  isDay(digitsAt(value, 4, 6), digitsAt(value, 2, 4) % 20) &&
  weightedSum(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
/** Sweden, personnummer: Luhn over the ten digits; coordination numbers raise the day by 60. */
const isPersonnummer = (value: string) => {
  const ten = value.replace(/\+/, '').slice(-10)
  const day = digitsAt(ten, 4, 6)
  return isDay(day > 60 ? day - 60 : day, digitsAt(ten, 2, 4)) && isLuhn(ten)
}
/** Finland, henkilötunnus: letter 31 of the nine digits. */
const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY'
const isHetu = (value: string) => {
  // The sign of the century is a letter or has been left out as a separator.
  const nine = value.slice(0, 6) + value.slice(-4, -1)
  return isDay(digitsAt(value, 0, 2), digitsAt(value, 2, 4)) && HETU_LETTERS[Number(nine) % 31] === value.at(-1)
}
/** Norway, fødselsnummer: two check digits modulo 11; D numbers raise the day by 40. */
const isFodselsnummer = (value: string) => {
  const day = digitsAt(value, 0, 2)
  return (
    isDay(day > 40 ? day - 40 : day, digitsAt(value, 2, 4)) &&
    weightedSum(value, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weightedSum(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  )
}
/** Denmark: no longer checked modulo 11 since 2007, so a date and words around. */
const isCpr = (value: string) => isDay(digitsAt(value, 0, 2), digitsAt(value, 2, 4))
/** Brazil, Receita Federal: two check digits modulo 11. */
const isCpf = (value: string) => {
  const digit = (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += (count + 1 - i) * Number(value[i])
    return ((sum * 10) % 11) % 10
  }
  return !allSame(value) && digit(9) === Number(value[9]) && digit(10) === Number(value[10])
}
/** India, UIDAI: Verhoeff; the first digit is 2 to 9. */
const isAadhaar = (value: string) => value[0] > '1' && isVerhoeff(value) && value !== [...value].reverse().join('')
/** India, PAN: the fourth letter says what the holder is; P is a person. */
const isPan = (value: string) => /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/.test(value)
/** Canada: Luhn; 0 and 8 are not given out. */
const isSin = (value: string) => value[0] !== '0' && value[0] !== '8' && isLuhn(value) && !allSame(value)
/** Australia, ATO: weights 1 4 3 7 5 8 6 9 10, modulo 11. */
const isTfn = (value: string) => weightedSum(value, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !allSame(value)
/** Australia, Medicare: weights 1 3 7 9, modulo 10, first digit 2 to 6. */
const isMedicare = (value: string) =>
  /^[2-6]/.test(value) && weightedSum(value, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(value[8])
/** Switzerland, AHV: EAN-13 with prefix 756. */
const isAhv = (value: string) => weightedSum(value, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0
/** Austria, ASVG § 31: weights on all but the fourth digit, then a date. */
const isSvnr = (value: string) =>
  weightedSum(value, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === Number(value[3]) &&
  isDay(digitsAt(value, 4, 6), digitsAt(value, 6, 8))
/** Portugal, NIF: modulo 11; persons begin with 1, 2, 3 or 45. */
const isNif = (value: string) => {
  const check = 11 - (weightedSum(value, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return /^(?:[123]|45)/.test(value) && (check > 9 ? 0 : check) === Number(value[8]) && !allSame(value)
}
/** Ireland, PPS number: letter 23 of the weighted digits, a second letter counted nine times. */
const isPps = (value: string) => {
  const second = value.length > 8 ? (value.charCodeAt(8) - 64) * 9 : 0
  const sum = weightedSum(value, [8, 7, 6, 5, 4, 3, 2]) + second
  return 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23] === value[7]
}
/** Turkey: two check digits over odd and even places. */
const isTckn = (value: string) => {
  const digits = [...value].map(Number)
  const odd = digits[0] + digits[2] + digits[4] + digits[6] + digits[8]
  const even = digits[1] + digits[3] + digits[5] + digits[7]
  return digits[0] !== 0 && (odd * 7 - even + 10) % 10 === digits[9] && (odd + even + digits[9]) % 10 === digits[10]
}
/** China, GB 11643-1999: ISO 7064 mod 11-2, X for ten. */
const isResidentId = (value: string) => {
  const sum = weightedSum(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  return isDay(digitsAt(value, 12, 14), digitsAt(value, 10, 12)) && '10X98765432'[sum % 11] === value[17]
}
/** South Korea: a date, sex and century, modulo 11. */
const isRrn = (value: string) =>
  isDay(digitsAt(value, 4, 6), digitsAt(value, 2, 4)) &&
  (11 - (weightedSum(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(value[12])
/** South Africa: a date and Luhn. */
const isSouthAfrican = (value: string) => isDay(digitsAt(value, 4, 6), digitsAt(value, 2, 4)) && isLuhn(value)
/** Singapore, NRIC and FIN: weights 2 7 6 5 4 3 2, letters by series. */
const isNric = (value: string) => {
  const series = value[0]
  const sum =
    weightedSum(value.slice(1), [2, 7, 6, 5, 4, 3, 2]) + (series === 'T' || series === 'G' ? 4 : series === 'M' ? 3 : 0)
  if (series === 'M') return 'KLJNPQRTUWX'[10 - (sum % 11)] === value[8]
  return (series === 'S' || series === 'T' ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK')[sum % 11] === value[8]
}
/** Mexico, CURP: RENAPO's check digit over the first 17 characters, Ñ left out. */
const CURP_ORDER = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'
const isCurp = (value: string) => {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += CURP_ORDER.indexOf(value[i]) * (18 - i)
  return (10 - (sum % 10)) % 10 === Number(value[17]) && isDay(digitsAt(value, 8, 10), digitsAt(value, 6, 8))
}
/** Czechia and Slovakia, rodné číslo: divisible by 11; months raised by 50 for women, by 20 when days run out. */
const isRodneCislo = (value: string) =>
  isDay(digitsAt(value, 4, 6), (digitsAt(value, 2, 4) % 50) % 20) && remainder(value, 11) === 0
/** US ITIN, 26 CFR 301.6109-1: 9xx with a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99. */
const isItin = (value: string) => {
  const group = digitsAt(value, 3, 5)
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 99 && group !== 93)
}

const ids = contextWords('id, identity, identification, national, tax, taxpayer, insurance')

/** Sorted by country. */
const NATIONAL_IDS: readonly NationalId[] = [
  {
    country: 'AT',
    form: /\d{4} ?\d{6}/y,
    first: [4, 10],
    isValid: isSvnr,
    score: WEAK,
    words: contextWords('svnr, sozialversicherung*, versicherungsnummer, sv-nummer'),
  },
  {
    country: 'AU',
    form: /\d{3} ?\d{3} ?\d{3}/y,
    first: [3, 9],
    isValid: isTfn,
    score: WEAK,
    words: contextWords('tfn, tax file'),
  },
  {
    country: 'AU',
    form: /\d{4} ?\d{5} ?\d(?:[ -/]\d)?/y,
    first: [4, 10],
    isValid: isMedicare,
    score: WEAK,
    words: contextWords('medicare'),
  },
  {
    country: 'BE',
    form: /\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}/y,
    first: [2],
    isValid: isRijksregister,
    score: STRONG,
    words: contextWords('rijksregister*, registre national, insz, niss'),
  },
  {
    country: 'BE',
    form: /\d{11}/y,
    first: [11],
    isValid: isRijksregister,
    score: WEAK,
    words: contextWords('rijksregister*, registre national, insz, niss'),
  },
  {
    country: 'BR',
    form: /\d{3}\.\d{3}\.\d{3}-\d{2}/y,
    first: [3],
    isValid: isCpf,
    score: STRONG,
    words: contextWords('cpf, cadastro'),
  },
  { country: 'BR', form: /\d{11}/y, first: [11], isValid: isCpf, score: WEAK, words: contextWords('cpf, cadastro') },
  {
    country: 'CA',
    form: /\d{3}([ -]?)\d{3}\1\d{3}/y,
    first: [3, 9],
    isValid: isSin,
    score: WEAK,
    words: contextWords('sin, social insurance, assurance sociale, nas'),
  },
  {
    country: 'CH',
    form: /756\.\d{4}\.\d{4}\.\d{2}/y,
    first: [3],
    isValid: isAhv,
    score: STRONG,
    words: contextWords('ahv, avs, ahvn*'),
  },
  {
    country: 'CN',
    form: /[1-9]\d{5}(?:19|20)\d{9}[\dXx]/y,
    first: [17, 18],
    isValid: isResidentId,
    score: STRONG,
    words: contextWords('身份证, id card'),
  },
  {
    country: 'CZ',
    form: /\d{6}\/\d{4}/y,
    first: [6],
    isValid: isRodneCislo,
    score: MIDDLE + 0.15,
    words: contextWords('rodné, rč, r\\.č, rodne'),
  },
  {
    country: 'DE',
    form: /\d{2} ?\d{3} ?\d{3} ?\d{3}/y,
    first: [2, 11],
    isValid: isSteuerId,
    score: WEAK,
    words: contextWords('steuer*, steuerid*, identifikationsnummer, idnr, tin'),
  },
  {
    country: 'DK',
    form: /\d{6}-?\d{4}/y,
    first: [6, 10],
    isValid: isCpr,
    score: WEAK,
    words: contextWords('cpr, cpr-nummer, cpr-nr, personnummer'),
  },
  {
    country: 'ES',
    form: /\d{8}-?[A-Za-z]/y,
    first: [8],
    isValid: isDni,
    score: MIDDLE + 0.15,
    words: contextWords('dni, nif, documento, identidad'),
  },
  {
    country: 'ES',
    form: /[XYZxyz]-?\d{7}-?[A-Za-z]/y,
    first: [7],
    lead: 1,
    isValid: isNie,
    score: STRONG,
    words: contextWords('nie, extranjero, identidad'),
  },
  {
    country: 'FI',
    form: /\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]/y,
    first: [6],
    isValid: isHetu,
    score: STRONG,
    words: contextWords('henkilötunnus*, hetu, personbeteckning'),
  },
  {
    country: 'FR',
    form: /[12] ?\d{2} ?\d{2} ?\d[\dABab] ?\d{3} ?\d{3} ?\d{2}/y,
    first: [1, 6, 15],
    isValid: isNir,
    score: STRONG,
    words: contextWords('nir, sécurité sociale, sécu, insee, securite'),
  },
  {
    country: 'GB',
    form: /\d{3}([ -]?)\d{3}\1\d{4}/y,
    first: [3, 10],
    isValid: isNhs,
    score: WEAK,
    words: contextWords('nhs'),
  },
  {
    country: 'GB',
    form: /[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]/y,
    first: [2, 6],
    lead: 2,
    isValid: isNino,
    score: MIDDLE + 0.15,
    words: contextWords('national insurance, ni number, nino, insurance'),
  },
  {
    country: 'GB',
    form: /[A-Za-z]{2} \d{2} \d{2} \d{2} [A-Da-d]/y,
    first: [2],
    lead: 3,
    isValid: isNino,
    score: MIDDLE + 0.15,
    words: contextWords('national insurance, ni number, nino, insurance'),
  },
  {
    country: 'IE',
    form: /\d{7}[A-Wa-w][A-IWa-iw]?/y,
    first: [7],
    isValid: isPps,
    score: MIDDLE,
    words: contextWords('pps, ppsn, rsi'),
  },
  {
    country: 'IN',
    form: /[2-9]\d{3}([ -]?)\d{4}\1\d{4}/y,
    first: [4, 12],
    isValid: isAadhaar,
    score: WEAK,
    words: contextWords('aadhaar, aadhar, uidai, uid'),
  },
  {
    country: 'IN',
    form: /[A-Za-z]{5}\d{4}[A-Za-z]/y,
    first: [4],
    lead: 5,
    isValid: isPan,
    score: MIDDLE,
    words: contextWords('pan, permanent account, income tax'),
  },
  {
    country: 'IT',
    form: /[A-Za-z]{6}[\dLMNP-Vlmnp-v]{2}[A-EHLMPR-Ta-ehlmpr-t][\dLMNP-Vlmnp-v]{2}[A-Za-z][\dLMNP-Vlmnp-v]{3}[A-Za-z]/y,
    first: [2, 1],
    lead: 6,
    isValid: isCodiceFiscale,
    score: 0.9,
    words: contextWords('codice fiscale, cf'),
  },
  {
    country: 'KR',
    form: /\d{6}-\d{7}/y,
    first: [6],
    isValid: isRrn,
    score: STRONG,
    words: contextWords('주민등록'),
  },
  {
    country: 'MX',
    form: /[A-Za-z]{4}\d{6}[HMXhmx][A-Za-z]{5}[0-9A-Za-z]\d/y,
    first: [6],
    lead: 4,
    isValid: isCurp,
    score: 0.9,
    words: contextWords('curp'),
  },
  {
    country: 'NL',
    form: /\d{9}|\d{4}[ .]\d{2}[ .]\d{3}/y,
    first: [4, 9],
    isValid: isBsn,
    score: WEAK,
    words: contextWords('bsn, burgerservicenummer, sofinummer, sofi-nummer'),
  },
  {
    country: 'NO',
    form: /\d{6} ?\d{5}/y,
    first: [6, 11],
    isValid: isFodselsnummer,
    score: MIDDLE,
    words: contextWords('fødselsnummer*, personnummer*, fnr'),
  },
  { country: 'PL', form: /\d{11}/y, first: [11], isValid: isPesel, score: WEAK, words: contextWords('pesel') },
  {
    country: 'PT',
    form: /\d{3} ?\d{3} ?\d{3}/y,
    first: [3, 9],
    isValid: isNif,
    score: WEAK,
    words: contextWords('nif, contribuinte'),
  },
  {
    country: 'SE',
    form: /(?:19|20)?\d{6}[-+]\d{4}/y,
    first: [6, 8],
    isValid: isPersonnummer,
    score: MIDDLE + 0.15,
    words: contextWords('personnummer*, samordningsnummer, pnr, org*nr'),
  },
  {
    country: 'SE',
    form: /(?:19|20)\d{10}/y,
    first: [12],
    isValid: isPersonnummer,
    score: WEAK,
    words: contextWords('personnummer*, samordningsnummer, pnr'),
  },
  {
    country: 'SG',
    form: /[STFGMstfgm]\d{7}[A-Za-z]/y,
    first: [7],
    lead: 1,
    isValid: isNric,
    score: MIDDLE + 0.15,
    words: contextWords('nric, fin, ic'),
  },
  {
    country: 'TR',
    form: /[1-9]\d{10}/y,
    first: [11],
    isValid: isTckn,
    score: WEAK,
    words: contextWords('tckn, kimlik, tc, t\\.c'),
  },
  {
    country: 'US',
    form: /9\d{2}([- ]?)\d{2}\1\d{4}/y,
    first: [3, 9],
    isValid: isItin,
    score: WEAK,
    words: contextWords('itin, taxpayer, individual taxpayer'),
  },
  { country: 'ZA', form: /\d{6} ?\d{4} ?\d{3}/y, first: [6, 13], isValid: isSouthAfrican, score: WEAK, words: ids },
]
