/**
 * How national numbers are written, and the words that name them. Where the form alone is rare (letters at fixed places, a date and
 * two check digits) it stands by itself, where it is plain digits that one number in ten passes, words around must name it.
 */
import { type ContextWords, contextWords } from './context.js'
import {
  isAadhaar,
  isAhv,
  isBsn,
  isCheckedCpr,
  isCodiceFiscale,
  isCpf,
  isCpr,
  isCurp,
  isDni,
  isFodselsnummer,
  isHetu,
  isItin,
  isMedicare,
  isNhs,
  isNie,
  isNif,
  isNino,
  isNir,
  isNric,
  isPan,
  isPersonnummer,
  isPesel,
  isPps,
  isResidentId,
  isRijksregister,
  isRodneCislo,
  isRrn,
  isSin,
  isSouthAfrican,
  isSteuerId,
  isSvnr,
  isTckn,
  isTfn,
} from './national-id-checks.js'

/** Needs words around it. */
const WEAK = 0.2
const MIDDLE = 0.4
/** Its form and checks are rarely met by chance. */
const STRONG = 0.7

export interface NationalId {
  readonly country: string
  /** Forms of digits alone: sizes of their groups with what joins them, `3-2-4`. */
  readonly shapes?: readonly string[]
  /** A form with letters: sticky, of bounded length, on the text with ASCII letters in any case. */
  readonly form?: RegExp
  /** Digits of the first group of that form, in each way of writing it. */
  readonly first?: readonly number[]
  /** Units of that form before its first digit: 0 when left out. */
  readonly lead?: number
  /** @param value letters upper-cased, separators left out */
  readonly isValid: (value: string) => boolean
  readonly score: number
  readonly words: ContextWords
}

const ids = contextWords('id, identity, identification, national, tax, taxpayer, insurance')

/** Sorted by country; `shapes` and `form` are ways to write the same. */
export const NATIONAL_IDS: readonly NationalId[] = [
  {
    country: 'AT',
    shapes: ['4 6', '10'],
    isValid: isSvnr,
    score: WEAK,
    words: contextWords('svnr, sozialversicherung*, versicherungsnummer, sv-nummer'),
  },
  {
    country: 'AU',
    shapes: ['3 3 3', '9'],
    isValid: isTfn,
    score: WEAK,
    words: contextWords('tfn, tax file'),
  },
  {
    country: 'AU',
    shapes: ['4 5 1', '4 5 1 1', '4 5 1-1', '4 5 1/1', '10'],
    isValid: isMedicare,
    score: WEAK,
    words: contextWords('medicare'),
  },
  {
    country: 'BE',
    shapes: ['2.2.2-3.2'],
    isValid: isRijksregister,
    score: STRONG,
    words: contextWords('rijksregister*, registre national, insz, niss'),
  },
  {
    country: 'BE',
    shapes: ['11'],
    isValid: isRijksregister,
    score: WEAK,
    words: contextWords('rijksregister*, registre national, insz, niss'),
  },
  {
    country: 'BR',
    shapes: ['3.3.3-2'],
    isValid: isCpf,
    score: STRONG,
    words: contextWords('cpf, cadastro'),
  },
  { country: 'BR', shapes: ['11'], isValid: isCpf, score: WEAK, words: contextWords('cpf, cadastro') },
  {
    country: 'CA',
    shapes: ['3 3 3', '3-3-3', '9'],
    isValid: isSin,
    score: WEAK,
    words: contextWords('sin, social insurance, assurance sociale, nas'),
  },
  {
    country: 'CH',
    shapes: ['3.4.4.2'],
    isValid: isAhv,
    score: STRONG,
    words: contextWords('ahv, avs, ahvn*'),
  },
  {
    country: 'CN',
    shapes: ['18'],
    form: /\d{17}[Xx]/y,
    first: [17],
    isValid: isResidentId,
    score: STRONG,
    words: contextWords('身份证, id card'),
  },
  {
    country: 'CZ',
    shapes: ['6/4'],
    isValid: isRodneCislo,
    score: MIDDLE + 0.15,
    words: contextWords('rodné, rč, r\\.č, rodne'),
  },
  {
    country: 'DE',
    shapes: ['2 3 3 3', '11'],
    isValid: isSteuerId,
    score: WEAK,
    words: contextWords('steuer*, steuerid*, identifikationsnummer, idnr, tin'),
  },
  {
    country: 'DK',
    shapes: ['6-4', '10'],
    isValid: isCpr,
    score: WEAK,
    words: contextWords('cpr, cpr-nummer, cpr-nr, personnummer'),
  },
  {
    country: 'DK',
    shapes: ['6-4'],
    isValid: isCheckedCpr,
    score: MIDDLE + 0.15,
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
    shapes: ['1 2 2 2 3 3 2', '13 2', '15'],
    form: /[12] ?\d{2} ?\d{2} ?2[ABab] ?\d{3} ?\d{3} ?\d{2}/y,
    first: [1, 6],
    isValid: isNir,
    score: STRONG,
    words: contextWords('nir, sécurité sociale, sécu, insee, securite'),
  },
  {
    country: 'GB',
    shapes: ['3 3 4', '3-3-4', '10'],
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
    shapes: ['4 4 4', '4-4-4', '12'],
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
    shapes: ['6-7'],
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
    shapes: ['9', '4 2 3', '4.2.3'],
    isValid: isBsn,
    score: WEAK,
    words: contextWords('bsn, burgerservicenummer, sofinummer, sofi-nummer'),
  },
  {
    country: 'NO',
    shapes: ['6 5', '11'],
    isValid: isFodselsnummer,
    score: MIDDLE,
    words: contextWords('fødselsnummer*, personnummer*, fnr'),
  },
  { country: 'PL', shapes: ['11'], isValid: isPesel, score: WEAK, words: contextWords('pesel') },
  {
    country: 'PT',
    shapes: ['3 3 3', '9'],
    isValid: isNif,
    score: WEAK,
    words: contextWords('nif, contribuinte'),
  },
  {
    country: 'SE',
    shapes: ['6-4', '6+4', '8-4', '8+4'],
    isValid: isPersonnummer,
    score: MIDDLE + 0.15,
    words: contextWords('personnummer*, samordningsnummer, pnr, org*nr'),
  },
  {
    country: 'SE',
    shapes: ['12'],
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
    shapes: ['11'],
    isValid: isTckn,
    score: WEAK,
    words: contextWords('tckn, kimlik, tc, t\\.c'),
  },
  {
    country: 'US',
    shapes: ['3-2-4', '3 2 4', '9'],
    isValid: isItin,
    score: WEAK,
    words: contextWords('itin, taxpayer, individual taxpayer'),
  },
  { country: 'ZA', shapes: ['6 4 3', '13'], isValid: isSouthAfrican, score: WEAK, words: ids },
]
