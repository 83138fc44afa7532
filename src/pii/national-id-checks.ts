/**
 * Rules of national identity, tax, insurance and health numbers: one function a number, on its digits and capital letters with all
 * separators left out, of the length that its form says. Their sources stand beside them; what a form alone says (which places hold
 * letters) is not asked again.
 */
import { isLuhn, isMod11Of10, isVerhoeff, remainder, weightedSum } from './checksums.js'

/** The two digits at a place: a day, a month, a check. */
const two = (value: string, at: number) => 10 * value.charCodeAt(at) + value.charCodeAt(at + 1) - 528 // 11 * '0'

/** A day of a month; the year is not looked at, so 29 February always is. */
function isDay(day: number, month: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1]
}
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const allSame = (value: string) => /^(\d)\1+$/.test(value)

/** NHS Data Dictionary, NHS NUMBER: modulus 11, weights 10 to 2. */
export const isNhs = (value: string) => {
  const check = (11 - (weightedSum(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return check === Number(value[9]) && !allSame(value)
}
/** HMRC NIM39110: letters never given out, prefixes never given out. */
export const isNino = (value: string) =>
  /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(value)
/** Spain, Real Decreto 1553/2005: letter 23 of the number; NIE begins with X, Y or Z for 0, 1, 2. */
const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'
export const isDni = (value: string) => DNI_LETTERS[Number(value.slice(0, 8)) % 23] === value[8]
export const isNie = (value: string) => isDni(`${'XYZ'.indexOf(value[0])}${value.slice(1)}`)
/** Italy, DM 23 December 1976: values of characters at odd and even places, letter of the sum modulo 26. */
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
export const isCodiceFiscale = (value: string) => {
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const unit = value.charCodeAt(i)
    const order = unit < 0x3a ? unit - 0x30 : unit - 65
    sum += i % 2 === 0 ? ODD_VALUES[order] : order
  }
  return String.fromCharCode(65 + (sum % 26)) === value[15]
}
/** Germany, § 139b AO and the BZSt's rule: ISO 7064 mod 11,10; one digit two or three times among the first ten. */
export const isSteuerId = (value: string) => {
  if (value[0] === '0' || !isMod11Of10(value)) return false
  const counts = new Uint8Array(10)
  for (let i = 0; i < 10; i++) counts[value.charCodeAt(i) - 0x30]++
  return counts.filter((count) => count > 1).length === 1 && counts.every((count) => count <= 3)
}
/** France, NIR (INSEE): sex, year, month, department (2A and 2B in Corsica), order, key = 97 - number mod 97. */
export const isNir = (value: string) => {
  if (value[0] !== '1' && value[0] !== '2') return false
  const month = two(value, 3)
  if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50)) return false
  const number = value.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return /^\d{13}$/.test(number) && 97 - remainder(number, 97) === two(value, 13)
}
/** Netherlands: the eleven test, the last digit counted -1. */
export const isBsn = (value: string) => weightedSum(value, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !allSame(value)
/** Belgium, AR 3 April 1984: 97 - first nine mod 97, a 2 before them from 2000 on; month may be raised by 20 or 40. */
export const isRijksregister = (value: string) => {
  const check = two(value, 9)
  const first = value.slice(0, 9)
  const isDate = isDay(two(value, 4), two(value, 2) % 20)
  return isDate && (97 - remainder(first, 97) === check || 97 - remainder(`2${first}`, 97) === check)
}
/** Poland: weights 1 3 7 9, months raised by 20, 40, 60, 80 for other centuries. */
export const isPesel = (value: string) =>
  isDay(two(value, 4), two(value, 2) % 20) && weightedSum(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
/** Sweden, personnummer: Luhn over the ten digits; coordination numbers raise the day by 60. */
export const isPersonnummer = (value: string) => {
  const ten = value.replace(/\+/, '').slice(-10)
  const day = two(ten, 4)
  return isDay(day > 60 ? day - 60 : day, two(ten, 2)) && isLuhn(ten)
}
/** Finland, henkilötunnus: letter 31 of the nine digits. */
const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY'
export const isHetu = (value: string) => {
  // The sign of the century is a letter or has been left out as a separator.
  const nine = value.slice(0, 6) + value.slice(-4, -1)
  return isDay(two(value, 0), two(value, 2)) && HETU_LETTERS[Number(nine) % 31] === value.at(-1)
}
/** Norway, fødselsnummer: two check digits modulo 11; D numbers raise the day by 40. */
export const isFodselsnummer = (value: string) => {
  const day = two(value, 0)
  return (
    isDay(day > 40 ? day - 40 : day, two(value, 2)) &&
    weightedSum(value, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weightedSum(value, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  )
}
/** Denmark: a date. Modulo 11 with weights 4 3 2 7 6 5 4 3 2 1 until numbers ran out in 2007 (CPR-kontoret): not all have it. */
export const isCpr = (value: string) => isDay(two(value, 0), two(value, 2))
export const isCheckedCpr = (value: string) =>
  isCpr(value) && weightedSum(value, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
/** Brazil, Receita Federal: two check digits modulo 11. */
export const isCpf = (value: string) => {
  const digit = (count: number) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += (count + 1 - i) * Number(value[i])
    return ((sum * 10) % 11) % 10
  }
  return !allSame(value) && digit(9) === Number(value[9]) && digit(10) === Number(value[10])
}
/** India, UIDAI: Verhoeff; the first digit is 2 to 9. */
export const isAadhaar = (value: string) =>
  value[0] > '1' && isVerhoeff(value) && value !== [...value].reverse().join('')
/** India, PAN: the fourth letter says what the holder is; P is a person. */
export const isPan = (value: string) => /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/.test(value)
/** Canada: Luhn; 0 and 8 are not given out. */
export const isSin = (value: string) => value[0] !== '0' && value[0] !== '8' && isLuhn(value) && !allSame(value)
/** Australia, ATO: weights 1 4 3 7 5 8 6 9 10, modulo 11. */
export const isTfn = (value: string) => weightedSum(value, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !allSame(value)
/** Australia, Medicare: weights 1 3 7 9, modulo 10, first digit 2 to 6. */
export const isMedicare = (value: string) =>
  /^[2-6]/.test(value) && weightedSum(value, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(value[8])
/** Switzerland, AHV: EAN-13 with prefix 756. */
export const isAhv = (value: string) =>
  value.startsWith('756') && weightedSum(value, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0
/** Austria, ASVG § 31: weights on all but the fourth digit, then a date. */
export const isSvnr = (value: string) =>
  weightedSum(value, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === Number(value[3]) && isDay(two(value, 4), two(value, 6))
/** Portugal, NIF: modulo 11; persons begin with 1, 2, 3 or 45. */
export const isNif = (value: string) => {
  const check = 11 - (weightedSum(value, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return /^(?:[123]|45)/.test(value) && (check > 9 ? 0 : check) === Number(value[8]) && !allSame(value)
}
/** Ireland, PPS number: letter 23 of the weighted digits, a second letter counted nine times. */
export const isPps = (value: string) => {
  const second = value.length > 8 ? (value.charCodeAt(8) - 64) * 9 : 0
  const sum = weightedSum(value, [8, 7, 6, 5, 4, 3, 2]) + second
  return 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23] === value[7]
}
/** Turkey: two check digits over odd and even places. */
export const isTckn = (value: string) => {
  if (value[0] === '0') return false
  const odd = weightedSum(value, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weightedSum(value, [0, 1, 0, 1, 0, 1, 0, 1])
  const check = (odd * 7 - even + 40) % 10
  return check === value.charCodeAt(9) - 0x30 && (odd + even + check) % 10 === value.charCodeAt(10) - 0x30
}
/** China, GB 11643-1999: ISO 7064 mod 11-2, X for ten. */
export const isResidentId = (value: string) => {
  if (value[0] === '0' || (two(value, 6) !== 19 && two(value, 6) !== 20)) return false
  const sum = weightedSum(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  return isDay(two(value, 12), two(value, 10)) && '10X98765432'[sum % 11] === value[17]
}
/** South Korea: a date, sex and century, modulo 11. */
export const isRrn = (value: string) =>
  isDay(two(value, 4), two(value, 2)) &&
  (11 - (weightedSum(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(value[12])
/** South Africa: a date and Luhn. */
export const isSouthAfrican = (value: string) => isDay(two(value, 4), two(value, 2)) && isLuhn(value)
/** Singapore, NRIC and FIN: weights 2 7 6 5 4 3 2, letters by series. */
export const isNric = (value: string) => {
  const series = value[0]
  const sum =
    weightedSum(value.slice(1), [2, 7, 6, 5, 4, 3, 2]) + (series === 'T' || series === 'G' ? 4 : series === 'M' ? 3 : 0)
  if (series === 'M') return 'KLJNPQRTUWX'[10 - (sum % 11)] === value[8]
  return (series === 'S' || series === 'T' ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK')[sum % 11] === value[8]
}
/** Mexico, CURP: RENAPO's check digit over the first 17 characters, Ñ left out. */
const CURP_ORDER = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'
export const isCurp = (value: string) => {
  if (!isDay(two(value, 8), two(value, 6))) return false
  let sum = 0
  for (let i = 0; i < 17; i++) sum += CURP_ORDER.indexOf(value[i]) * (18 - i)
  return (10 - (sum % 10)) % 10 === Number(value[17])
}
/** Czechia and Slovakia, rodné číslo: divisible by 11; months raised by 50 for women, by 20 when days run out. */
export const isRodneCislo = (value: string) =>
  isDay(two(value, 4), (two(value, 2) % 50) % 20) && remainder(value, 11) === 0
/** US ITIN, 26 CFR 301.6109-1: 9xx with a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99. */
export const isItin = (value: string) => {
  if (value[0] !== '9') return false
  const group = two(value, 3)
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 99 && group !== 93)
}
