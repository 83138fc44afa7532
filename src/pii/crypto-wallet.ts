/**
 * Addresses of cryptocurrency wallets that carry a checksum: Bitcoin, Litecoin and Dogecoin in base58check (Bitcoin wiki), Bitcoin's
 * and Litecoin's segregated-witness addresses in bech32 and bech32m (BIP 173, BIP 350), and Ethereum's 20 bytes, where letters of both cases
 * must be the checksum of EIP-55; in one case there is none.
 */
import { hash } from 'node:crypto'
import { keccak256 } from './keccak.js'
import { type Found, isDigit, isWord, type Page } from './page.js'

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE58_VALUE = new Int8Array(128).fill(-1)
for (let i = 0; i < BASE58.length; i++) BASE58_VALUE[BASE58.charCodeAt(i)] = i

/** First characters of the addresses, and the version bytes that they come from. */
const VERSIONS = new Set([0x00, 0x05, 0x30, 0x32, 0x1e])
const FIRST = new Set([...'13LMDA9'].map((letter) => letter.charCodeAt(0)))
const BASE58_MIN = 25
const BASE58_MAX = 35

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const BECH32_PREFIXES = ['bc1', 'BC1', 'ltc1', 'LTC1']
const BECH32_MAX = 90
const BECH32_CONSTANTS = new Set([1, 0x2bc830a3])

/** The null address and the example of BIP 173. */
const HARMLESS = new Set(['0x0000000000000000000000000000000000000000', 'bc1qw508d6qejxtdy4y5r3zarvary0c5xw7kv8f3t4'])

export function findCryptoWallets(page: Page): Found[] {
  const found = [...base58Wallets(page), ...inLongRuns(page, bech32Wallets), ...inLongRuns(page, ethereumWallets)]
  return found.sort((a, b) => a.start - b.start)
}

/** Every address holds digits, so each is met at the first group of digits of its word. */
function base58Wallets({ text, starts, ends, asked }: Page): Found[] {
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    const digit = starts[i]
    if (digit < free) continue
    // Most numbers are words of their own, and short.
    if (ends[i] - digit < BASE58_MIN && !isWord(text.charCodeAt(digit - 1)) && !isWord(text.charCodeAt(ends[i])))
      continue
    let start = digit
    while (start > free && digit - start <= BASE58_MAX && isWord(text.charCodeAt(start - 1))) start--
    let end = digit
    while (end - start <= BASE58_MAX + 1 && isWord(text.charCodeAt(end))) end++
    free = end
    const length = end - start
    if (length < BASE58_MIN || length > BASE58_MAX || !FIRST.has(text.charCodeAt(start))) continue
    if (isBase58Check(text.slice(start, end))) found.push({ start, end, type: 'cryptoWallet', score: 1 })
  }
  return found
}

/** Digits of base 58 that one step takes: 58^4 times a limb of 24 bits is exact in a double. */
const STEP = 4
const LIMB = 2 ** 24
/** The number that an address writes, highest limb first: the version, and 24 bytes. */
const LIMBS = new Float64Array(9)
const BYTES = Buffer.alloc(25)

/** 25 bytes: version, 20 bytes of hash, the first four of SHA-256 twice over both. */
export function isBase58Check(address: string): boolean {
  LIMBS.fill(0)
  for (let i = 0; i < address.length; ) {
    let carry = 0
    let scale = 1
    // The first step takes what is left over, so that all others are whole.
    for (const stop = i + ((address.length - i) % STEP || STEP); i < stop; i++) {
      const value = BASE58_VALUE[address.charCodeAt(i)] ?? -1
      if (value < 0) return false
      carry = carry * 58 + value
      scale *= 58
    }
    for (let k = LIMBS.length - 1; k >= 0; k--) {
      const product = LIMBS[k] * scale + carry
      carry = Math.floor(product / LIMB)
      LIMBS[k] = product - carry * LIMB
    }
    if (carry !== 0) return false
  }
  if (!VERSIONS.has(LIMBS[0])) return false
  BYTES[0] = LIMBS[0]
  for (let k = 1; k < LIMBS.length; k++) BYTES.writeUIntBE(LIMBS[k], 3 * k - 2, 3)
  const twice = sha256(sha256(BYTES.subarray(0, 21)))
  return twice.compare(BYTES, 21, 25, 0, 4) === 0
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer')
}

/** All of these are longer than any word of prose. */
function inLongRuns({ text, longStarts, longEnds }: Page, find: (run: string) => Found[]): Found[] {
  return longStarts.flatMap((start, i) =>
    find(text.slice(start, longEnds[i])).map((span) => ({ ...span, start: span.start + start, end: span.end + start })),
  )
}

function bech32Wallets(text: string): Found[] {
  const found: Found[] = []
  for (const prefix of BECH32_PREFIXES) {
    for (let start = text.indexOf(prefix); start >= 0; start = text.indexOf(prefix, start + prefix.length)) {
      if (isWord(text.charCodeAt(start - 1))) continue
      let end = start
      while (end - start <= BECH32_MAX && isWord(text.charCodeAt(end))) end++
      const written = text.slice(start, end)
      if (!isBech32(written)) continue
      found.push({ start, end, type: 'cryptoWallet', score: 1, isHarmless: HARMLESS.has(written.toLowerCase()) })
    }
  }
  return found
}

/** Human-readable part, separator 1, data with a BCH checksum of six characters; one case throughout. */
export function isBech32(address: string): boolean {
  const lower = address.toLowerCase()
  if (address.length < 14 || address.length > BECH32_MAX || (address !== lower && address !== address.toUpperCase()))
    return false
  const separator = lower.lastIndexOf('1')
  if (separator < 1) return false
  const values: number[] = []
  for (let i = 0; i < separator; i++) values.push(lower.charCodeAt(i) >> 5)
  values.push(0)
  for (let i = 0; i < separator; i++) values.push(lower.charCodeAt(i) & 31)
  for (let i = separator + 1; i < lower.length; i++) {
    const value = BECH32.indexOf(lower[i])
    if (value < 0) return false
    values.push(value)
  }
  return BECH32_CONSTANTS.has(polymod(values))
}

const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (let i = 0; i < 5; i++) if (((top >>> i) & 1) === 1) sum ^= GENERATOR[i]
  }
  return sum >>> 0
}

const ETHEREUM_LENGTH = 42

function ethereumWallets(text: string): Found[] {
  const found: Found[] = []
  for (let start = text.indexOf('0x'); start >= 0; start = text.indexOf('0x', start + 2)) {
    if (isWord(text.charCodeAt(start - 1))) continue
    let end = start + 2
    while (end - start <= ETHEREUM_LENGTH && isHex(text.charCodeAt(end))) end++
    if (end - start !== ETHEREUM_LENGTH || isWord(text.charCodeAt(end))) continue
    const written = text.slice(start, end)
    const isMixed = /[a-f]/.test(written) && /[A-F]/.test(written)
    if (isMixed && !isEip55(written)) continue
    const isHarmless = HARMLESS.has(written.toLowerCase())
    found.push({ start, end, type: 'cryptoWallet', score: isMixed ? 1 : 0.9, isHarmless })
  }
  return found
}

/** A letter is a capital where the hash of the address in lower case has a digit of 8 and more in its place. */
export function isEip55(address: string): boolean {
  const digits = address.slice(2)
  const lower = digits.toLowerCase()
  const digest = keccak256(Buffer.from(lower))
  for (let i = 0; i < lower.length; i++) {
    const isHigh = (i % 2 === 0 ? digest[i >> 1] >> 4 : digest[i >> 1] & 15) >= 8
    if (digits[i] !== (isHigh ? lower[i].toUpperCase() : lower[i])) return false
  }
  return true
}

function isHex(unit: number): boolean {
  return isDigit(unit) || (unit >= 0x61 && unit <= 0x66) || (unit >= 0x41 && unit <= 0x46)
}
