/**
 * Check digits. Luhn: ISO/IEC 7812-1 annex B. Mod 97-10 and mod 11,10: ISO/IEC 7064. Verhoeff: J. Verhoeff, Error Detecting
 * Decimal Codes (1969). All take strings of ASCII digits, of bounded length.
 */

/** The last digit makes the sum of all, every second from the right doubled, divisible by ten. */
export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    let digit = digits.charCodeAt(i) - 0x30
    if (double) digit = digit > 4 ? 2 * digit - 9 : 2 * digit
    sum += digit
  }
  return sum % 10 === 0
}

/** The number modulo a small one: `remainder('987654321', 97)`. Letters count as two digits, A = 10 to Z = 35. */
export function remainder(number: string, modulus: number): number {
  let rest = 0
  for (let i = 0; i < number.length; i++) {
    const unit = number.charCodeAt(i)
    rest = unit < 0x3a ? (rest * 10 + unit - 0x30) % modulus : (rest * 100 + unit - 55) % modulus
  }
  return rest
}

/** Sum of digits times weights, pairwise from the left. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += weights[i] * (digits.charCodeAt(i) - 0x30)
  return sum
}

/** ISO 7064 mod 11,10: hybrid system with one check digit. */
export function isMod11Of10(digits: string): boolean {
  let product = 10
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (digits.charCodeAt(i) - 0x30 + product) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (product + digits.charCodeAt(digits.length - 1) - 0x30) % 10 === 1
}

/** Verhoeff's check over the dihedral group of order ten; the last digit is the check digit. */
export function isVerhoeff(digits: string): boolean {
  let check = 0
  for (let i = 0; i < digits.length; i++) {
    check = PRODUCTS[10 * check + PERMUTED[10 * (i % 8) + digits.charCodeAt(digits.length - 1 - i) - 0x30]]
  }
  return check === 0
}

const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

/** Each digit, permuted as often as its row says. */
const PERMUTED = new Uint8Array(80)
for (let digit = 0; digit < 10; digit++) {
  for (let times = 0, at = digit; times < 8; times++, at = PERMUTATION[at]) PERMUTED[10 * times + digit] = at
}

/** Of the dihedral group D5: 0 to 4 turn, 5 to 9 turn and mirror. */
const PRODUCTS = Uint8Array.from({ length: 100 }, (_, i) => dihedral(Math.floor(i / 10), i % 10))

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)
  return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5
}
