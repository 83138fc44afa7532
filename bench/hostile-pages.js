/**
 * Pages of one kind of value or look-alike, for the benchmark and the tests of what they cost: the same thing again and again
 * (`repeated`), or all distinct (`distinct`). Seeded: the same pages every time.
 */

let state = 1
const below = (most) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * most)
}
const digits = (count) => Array.from({ length: count }, () => below(10)).join('')
const of = (alphabet, count) => Array.from({ length: count }, () => alphabet[below(alphabet.length)]).join('')
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const word = (count) => of(LETTERS, count)
const hex = (count) => of('0123456789abcdef', count)
const upper = (text) => text[0].toUpperCase() + text.slice(1)

/** With the last digit that makes the sum of ISO 7812 right. */
function luhn(head) {
  for (let check = 0; check < 10; check++) {
    const value = `${head}${check}`
    let sum = 0
    for (let i = 0; i < value.length; i++) {
      const digit = Number(value[value.length - 1 - i]) * (1 + (i % 2))
      sum += digit > 9 ? digit - 9 : digit
    }
    if (sum % 10 === 0) return value
  }
}

function iban() {
  const account = digits(18)
  const check = 98n - (BigInt(`${account}131400`) % 97n) // DE00 behind
  return `DE${String(check).padStart(2, '0')}${account}`
}

/** One value or look-alike of each kind. */
export const KINDS = {
  IPv4: () => `${1 + below(223)}.${below(256)}.${below(256)}.${below(256)} `,
  'IPv4 with lines': () => `${1 + below(223)}.${below(256)}.${below(256)}.${below(256)}\n`,
  'IPv6, short': () => `2a00::${hex(3)} `,
  'IPv6, whole': () => `2a00:${Array.from({ length: 7 }, () => hex(4)).join(':')} `,
  version: () => `v${below(20)}.${below(99)}.${below(99)}.${below(99)} `,
  time: () => `${10 + below(13)}:${10 + below(49)}:${10 + below(49)} `,
  'e-mail': () => `${word(5)}@${word(6)}.org `,
  'e-mail, glued': () => `${word(3)}@${word(3)}.org,`,
  'e-mail, half': () => `${word(2)}@`,
  'e-mail, other script': () => `é${word(2)}@${word(2)}.é `,
  'phone, international': () => `+44 20 7${digits(3)} ${digits(4)} `,
  'phone, American': () => `(${2 + below(8)}0${1 + below(9)}) ${2 + below(8)}${digits(2)}-${digits(4)} `,
  'phone, named': () => `phone ${1 + below(9)}${digits(7)} `,
  'phone, any code': () => `+${1 + below(9)}${digits(10)} `,
  card: () => `${luhn(`4929${digits(11)}`)} `,
  'card, grouped': () => luhn(`4929${digits(11)}`).replace(/(\d{4})/g, '$1 '),
  IBAN: () => `${iban()} `,
  SSN: () => `${536 + below(50)}-${10 + below(80)}-${1000 + below(8999)} `,
  'digits of nine': () => `${digits(9)} `,
  'digits of eleven': () => `${digits(11)} `,
  'digits of three': () => `${digits(3)} `,
  'digits of one': () => `${digits(1)} `,
  'birth date': () => `born ${1 + below(28)}/${1 + below(12)}/19${digits(2)} `,
  date: () => `${1 + below(28)} March 19${digits(2)}, `,
  'half date': () => `${1 + below(28)} ${upper(word(5))} `,
  street: () => `${1 + below(900)} ${upper(word(5))} Street, `,
  'half street': () => `${1 + below(900)} ${upper(word(5))} `,
  'street in lower case': () => `${1 + below(900)} ${word(5)} `,
  'street, number last': () => `${upper(word(5))}straße ${1 + below(900)} `,
  flat: () => `Suite ${1 + below(900)}\n`,
  'flat with a line above': () => `${1 + below(900)} ${upper(word(6))}\nSuite ${1 + below(900)}\n`,
  'address block': () =>
    `${below(99)} ${upper(word(5))} Road\n${upper(word(6))}\n${upper(word(6))}\n${upper(word(6))}\n`,
  zip: () => `zip ${digits(5)} `,
  'British code': () => `SW${below(10)}A ${below(10)}AB `,
  coordinates: () => `5${below(10)}.${digits(5)}, 13.${digits(5)} `,
  'half coordinates': () => `5${below(10)}.${digits(5)}, `,
  degrees: () => `${below(89)}° `,
  MAC: () => `00:1a:${hex(2)}:${hex(2)}:${hex(2)}:${hex(2)} `,
  'half MAC': () => `${hex(2)}:`,
  base58: () => `1${of('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 33)} `,
  bech32: () => `bc1q${of('qpzry9x8gf2tvdw0s3jn54khce6mua7l', 38)} `,
  Ethereum: () => `0x${hex(40)} `,
  'Ethereum, mixed case': () => `0x${of('0123456789abcdefABCDEF', 40)} `,
  key: () => `ghp_${of('ABCDEFGHIJabcdefghij0123456789', 36)} `,
  'half key': () => `sk-proj-${word(8)}`,
  'JSON Web Token': () => `eyJ${word(14)}.eyJ${word(16)}.${word(16)} `,
  'private key': () => `-----BEGIN RSA PRIVATE KEY-----\n${of(LETTERS, 64)}\n`,
  URL: () => `https://${word(6)}.org/${word(6)} `,
  'URL with password': () => `https://${word(4)}:${word(6)}@${word(6)}.org/ `,
  www: () => `www.${word(3)}`,
  passport: () => `passport ${of('ABCDEF', 1)}${digits(7)} `,
  'national ids, letters': () => `${of('ABCEGH', 2)}${digits(6)}A `,
  'national ids, dates': () => `${below(10)}${below(10)}0${1 + below(9)}1${below(10)}-${digits(4)} `,
  tags: () => `<PHONE> `,
  'digits of another script': () => `${of('٠١٢٣٤٥٦٧٨٩', 4)} `,
  emoji: () => `😀${digits(1)}`,
  everything: () => '',
}
const ALL = Object.values(KINDS)
KINDS.everything = () => ALL[below(ALL.length - 1)]()

export function distinct(kind, sizeMin) {
  const parts = []
  for (let size = 0; size < sizeMin; ) {
    const part = kind()
    parts.push(part)
    size += part.length
  }
  return parts.join('')
}

export function repeated(kind, sizeMin) {
  const unit = kind()
  return unit.repeat(Math.ceil(sizeMin / unit.length))
}
