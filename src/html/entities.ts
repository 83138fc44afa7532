/** Character references to text: HTML Living Standard, sections 13.2.5.72 to 13.2.5.80. */
import { ENTITY_TABLE } from './entity-table.js'
import { windows1252 } from './windows-1252.js'

/** Longest name in the table, `CounterClockwiseContourIntegral`. */
const NAME_LENGTH_MAX = 31

const named = new Map<string, string>()
const legacy = new Set<string>()
let legacyLengthMax = 0

for (const entry of ENTITY_TABLE.trim().split(/\s+/)) {
  const equals = entry.indexOf('=')
  const bare = entry.charCodeAt(equals - 1) === 0x21 /* ! */
  const name = entry.slice(0, bare ? equals - 1 : equals)
  const codes = entry.slice(equals + 1).split('+')
  named.set(name, String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16))))
  if (!bare) continue
  legacy.add(name)
  legacyLengthMax = Math.max(legacyLengthMax, name.length)
}

/** Replaces the character references in a text, once: `&amp;lt;` gives `&lt;`. */
export function decodeEntities(text: string): string {
  let amp = text.indexOf('&')
  if (amp < 0) return text
  let out = ''
  let copied = 0
  while (amp >= 0) {
    const next = text.charCodeAt(amp + 1)
    reference = ''
    const end = next === 0x23 /* # */ ? numeric(text, amp + 2) : isNameStart(next) ? name(text, amp + 1) : 0
    if (end > 0) {
      out += text.slice(copied, amp) + reference
      copied = end
    }
    amp = text.indexOf('&', Math.max(end, amp + 1))
  }
  return out + text.slice(copied)
}

/** What the last call of `numeric` or `name` read. A variable, as a pair for every reference would be garbage. */
let reference = ''

/** `at` is behind '&#'. Gives the position behind the reference, 0 when it is none. */
function numeric(text: string, at: number): number {
  const hex = (text.charCodeAt(at) | 0x20) === 0x78
  let i = hex ? at + 1 : at
  const digits = i
  let value = 0
  for (; i < text.length; i++) {
    const digit = digitValue(text.charCodeAt(i), hex)
    if (digit < 0) break
    if (value <= 0x10ffff) value = value * (hex ? 16 : 10) + digit
  }
  if (i === digits) return 0
  reference = characterOf(value)
  return text.charCodeAt(i) === 0x3b ? i + 1 : i
}

function digitValue(code: number, hex: boolean): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return hex && lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function characterOf(value: number): string {
  if (value === 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return '\ufffd'
  if (value >= 0x80 && value <= 0x9f) return windows1252(value)
  return String.fromCodePoint(value)
}

/** `at` is behind '&'. Without a semicolon the longest old name counts: `&notit` gives `¬it`. */
function name(text: string, at: number): number {
  const limit = Math.min(text.length, at + NAME_LENGTH_MAX + 1)
  let i = at
  while (i < limit && isNamePart(text.charCodeAt(i))) i++
  if (text.charCodeAt(i) === 0x3b) {
    const found = named.get(text.slice(at, i))
    if (found !== undefined) {
      reference = found
      return i + 1
    }
  }
  for (let end = Math.min(i, at + legacyLengthMax); end > at + 1; end--) {
    const prefix = text.slice(at, end)
    if (!legacy.has(prefix)) continue
    reference = named.get(prefix) ?? ''
    return end
  }
  return 0
}

function isNameStart(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || (code >= 0x30 && code <= 0x39)
}
