/**
 * Hardware addresses: EUI-48 as six pairs of hexadecimal digits joined by `:` or by `-`, or three groups of four joined by
 * `.` (IEEE Std 802, clause 8.1). Left alone are addresses set aside for documentation (RFC 7042 section 2.1.2), multicast
 * ones, and those of all zeros or ones: they name no device.
 */
import { type Found, isWord, type Page } from './page.js'

const PAIRS = /[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}(?![:-]?[0-9A-Za-z_])/y
const FOURS = /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?!\.?[0-9A-Za-z_])/y

export function findMacs({ text }: Page): Found[] {
  const found: Found[] = []
  for (const [pattern, joints] of FORMS) {
    for (const joint of joints) {
      const size = pattern === PAIRS ? 2 : 4
      for (let at = text.indexOf(joint); at >= 0; ) {
        const start = at - size
        // The same joint one group on, before the pattern is tried: prose is full of hyphens and dots.
        const end = start >= 0 && text[at + size + 1] === joint ? matchEnd(text, start, pattern) : -1
        if (end >= 0)
          found.push({ start, end, type: 'mac', score: 0.95, isHarmless: isNobodys(text.slice(start, end)) })
        at = text.indexOf(joint, end >= 0 ? end : at + 1)
      }
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

const FORMS = [
  [PAIRS, [':', '-']],
  [FOURS, ['.']],
] as const

function matchEnd(text: string, start: number, pattern: RegExp): number {
  const before = text.charCodeAt(start - 1)
  if (
    isWord(before) ||
    ((before === 0x3a || before === 0x2d || before === 0x2e) && isWord(text.charCodeAt(start - 2)))
  ) {
    return -1
  }
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : -1
}

function isNobodys(written: string): boolean {
  const digits = written.replace(/[^0-9A-Fa-f]/g, '').toLowerCase()
  const isMulticast = (Number.parseInt(digits.slice(0, 2), 16) & 1) === 1
  return isMulticast || digits.startsWith('00005e0053') || digits === '000000000000'
}
