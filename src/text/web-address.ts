/**
 * Whether a word is a web or mail address, which keeps it whole: `scheme://`, `user@`, host with a lower-case last label
 * or public IPv4 address, port, path. The facts are spaCy 3.8's URL pattern (`lang/tokenizer_exceptions.py`), read by
 * hand in time linear in the word, since the pattern itself can backtrack.
 */
import { CLASS, DECIMAL, DIGIT, LETTER, LOWER } from './classes.js'

const COLON = 0x3a
const SLASH = 0x2f
const DOT = 0x2e
const AT = 0x40

export function isWebAddress(units: Uint16Array, start: number, end: number): boolean {
  if (isHostOnward(units, start, end)) return true
  const afterScheme = schemeEnd(units, start, end)
  if (afterScheme > start && isHostOnward(units, afterScheme, end)) return true
  // Whatever stands before an @ is the user; hosts hold no @, so no stretch is read twice.
  for (let at = start + 1; at < end; at++) {
    if (units[at] === AT && isHostOnward(units, at + 1, end)) return true
  }
  return false
}

/** Just behind `scheme://`, or `start`. */
function schemeEnd(units: Uint16Array, start: number, end: number): number {
  let at = start
  while (at < end && isSchemeUnit(units[at] ?? 0)) at++
  const follows = units[at] === COLON && units[at + 1] === SLASH && units[at + 2] === SLASH && at + 3 <= end
  return at - start >= 2 && follows ? at + 3 : start
}

function isSchemeUnit(unit: number): boolean {
  if (((CLASS[unit] ?? 0) & (LETTER | DECIMAL)) !== 0) return true
  return unit === 0x5f || unit === 0x2b || unit === 0x2d || unit === DOT
}

function isHostOnward(units: Uint16Array, start: number, end: number): boolean {
  const host = hostEnd(units, start, end)
  if (host > start && isPortAndPath(units, host, end)) return true
  const address = addressEnd(units, start, end)
  return address > start && isPortAndPath(units, address, end)
}

function isPortAndPath(units: Uint16Array, start: number, end: number): boolean {
  let at = start
  if (at < end && units[at] === COLON) {
    let digits = at + 1
    while (digits < end && ((CLASS[units[digits] ?? 0] ?? 0) & DIGIT) !== 0) digits++
    if (digits - at < 3 || digits - at > 6) return false
    at = digits
  }
  const unit = units[at]
  return at === end || unit === SLASH || unit === 0x3f || unit === 0x23
}

/** Behind a run of labels joined by dots whose last is 2 to 63 lower-case letters, or -1. */
function hostEnd(units: Uint16Array, start: number, end: number): number {
  let at = start
  for (let labels = 0; ; labels++) {
    const label = at
    let isLower = true
    while (at < end && isLabelUnit(units[at] ?? 0)) {
      if (((CLASS[units[at] ?? 0] ?? 0) & LOWER) === 0) isLower = false
      at++
    }
    if (at < end && units[at] === DOT && isLabel(units, label, at)) {
      at++
      continue
    }
    return labels > 0 && isLower && at - label >= 2 && at - label <= 63 ? at : -1
  }
}

function isLabel(units: Uint16Array, start: number, end: number): boolean {
  return end > start && end - start <= 64 && isHostLetter(units[start] ?? 0) && isHostLetter(units[end - 1] ?? 0)
}

function isLabelUnit(unit: number): boolean {
  return isHostLetter(unit) || unit === 0x5f || unit === 0x2d
}

/** ASCII letter or digit, or anything from U+00A1 on that is no surrogate. */
function isHostLetter(unit: number): boolean {
  if (unit >= 0x80) return unit >= 0xa1 && (unit & 0xf800) !== 0xd800
  return ((CLASS[unit] ?? 0) & (LETTER | DIGIT)) !== 0
}

/** Behind an IPv4 address of the public kind, or -1. */
function addressEnd(units: Uint16Array, start: number, end: number): number {
  const octets: number[] = []
  let at = start
  while (octets.length < 4) {
    const digits = at
    let value = 0
    while (at < end && at - digits < 4 && ((CLASS[units[at] ?? 0] ?? 0) & DIGIT) !== 0) {
      value = value * 10 + (units[at] ?? 0) - 0x30
      at++
    }
    const isOuter = octets.length === 0 || octets.length === 3
    if (at === digits || at - digits > 3 || value > 255 || (isOuter && units[digits] === 0x30)) return -1
    octets.push(value)
    if (octets.length < 4) {
      if (units[at] !== DOT || at >= end) return -1
      at++
    }
  }
  const [first = 0, second = 0, , fourth = 0] = octets
  const isPrivate =
    first === 10 ||
    first === 127 ||
    (first === 169 && second === 254) ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31)
  return first > 223 || fourth > 254 || isPrivate ? -1 : at
}
