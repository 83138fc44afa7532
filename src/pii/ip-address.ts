/**
 * IP addresses as people write them, read in place: IPv4 as four decimal numbers without leading zeros (RFC 3986 section 3.2.2,
 * dec-octet), IPv6 as eight groups of up to four hexadecimal digits, one run of zeros left out as `::` (RFC 4291 section 2.2).
 * Nothing is allocated. The mixed form (`::ffff:192.0.2.1`) is read where `isMixed` allows it.
 */
import { isDigit } from './page.js'

const DOT = 0x2e
const COLON = 0x3a
const ZERO = 0x30

/** The 32 bits of text[start, end); -1 when it is no address. */
export function readIpv4(text: string, start: number, end: number): number {
  let address = 0
  let dots = 0
  let octet = -1
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit === DOT) {
      if (octet < 0 || ++dots > 3) return -1
      address = address * 256 + octet
      octet = -1
    } else {
      if (!isDigit(unit) || octet === 0) return -1 // leading zeros are octal to some readers
      octet = octet < 0 ? unit - ZERO : octet * 10 + unit - ZERO
      if (octet > 255) return -1
    }
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : -1
}

/** Writes the eight groups of text[start, end) to `groups`; false when it is no address. */
export function readIpv6(text: string, start: number, end: number, groups: Uint16Array, isMixed = false): boolean {
  let count = 0
  let gap = -1
  let at = start
  if (text.charCodeAt(at) === COLON && text.charCodeAt(at + 1) !== COLON) return false
  while (at < end) {
    if (text.charCodeAt(at) === COLON) {
      // The second of a pair, which stands for zeros, or one between two groups.
      if (text.charCodeAt(at + 1) === COLON && at + 1 < end) {
        if (gap >= 0) return false
        gap = count
        at += 2
        if (text.charCodeAt(at) === COLON && at < end) return false
      } else {
        at++
        if (at === end) return false
      }
      continue
    }
    if (count === 8) return false
    let group = 0
    const first = at
    while (at < end && at - first < 4) {
      const value = hexValue(text.charCodeAt(at))
      if (value < 0) break
      group = group * 16 + value
      at++
    }
    if (at === first) return false
    if (at < end && text.charCodeAt(at) !== COLON) {
      if (!isMixed || count > 6) return false
      const four = readIpv4(text, first, end)
      if (four < 0) return false
      groups[count++] = Math.floor(four / 65536)
      groups[count++] = four % 65536
      break
    }
    groups[count++] = group
  }
  if (gap < 0) return count === 8
  if (count === 8) return false
  // What follows the gap goes to the end.
  for (let i = 1; i <= count - gap; i++) groups[8 - i] = groups[count - i]
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

export function isHexDigit(unit: number): boolean {
  return hexValue(unit) >= 0
}

function hexValue(unit: number): number {
  if (isDigit(unit)) return unit - ZERO
  const lower = unit | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 87 : -1
}
