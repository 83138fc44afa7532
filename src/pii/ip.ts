/**
 * Finds IP addresses by pattern: IPv4 as four decimal numbers (RFC 3986 section 3.2.2, dec-octet: no leading zeros), IPv6
 * as in RFC 4291 section 2.2. An IPv4 address inside an IPv6 one (`::ffff:192.0.2.1`) is found as IPv4.
 *
 * Things of the same form are left alone: longer dotted numbers (1.2.3.4.5), versions after `v`, `ver` or `version` or
 * before `-letter`, reversed names (1.2.3.4.in-addr.arpa), scopes of programming languages (`a::b`: a shortened IPv6 address
 * must lie in a range in use), hardware addresses of eight bytes.
 *
 * Linear: runs of digits and dots (hexadecimal digits and colons) are gone over once and judged when short enough.
 */
import type { Span } from '../document/document.js'
import { isHexDigit, readIpv4, readIpv6 } from './ip-address.js'
import { isAsciiLetter, isDigit, isSpace, isWord } from './page.js'
import { ipv4Reach, ipv6Reach } from './special-ranges.js'

/** `255.255.255.255` */
const IPV4_MAX = 15
/** Eight groups of four digits and seven colons. */
const IPV6_MAX = 39

const DOT = 0x2e
const COLON = 0x3a
const HYPHEN = 0x2d

export interface IpSpan extends Span {
  readonly type: 'ip'
  readonly version: 4 | 6
  /** Reachable from everywhere, so that it can name a person's line: what a mask is for. */
  readonly isPublic: boolean
  /** Set aside for examples (RFC 5737, RFC 3849, RFC 9637): names nobody. */
  readonly isDocumentation: boolean
}

/** Every address in `text`, in order, none overlapping. IPv4 scores 0.9, since a version may look the same; IPv6 scores 1. */
export function findIps(text: string): IpSpan[] {
  const four = findIpv4(text)
  const six = findIpv6(text)
  if (four.length === 0 || six.length === 0) return four.length === 0 ? six : four
  return [...four, ...six].sort((a, b) => a.start - b.start)
}

function findIpv4(text: string): IpSpan[] {
  const spans: IpSpan[] = []
  for (let dot = text.indexOf('.'); dot >= 0; ) {
    if (!isDigit(text.charCodeAt(dot - 1)) || !isDigit(text.charCodeAt(dot + 1))) {
      dot = text.indexOf('.', dot + 1)
      continue
    }
    let start = dot
    while (isDigit(text.charCodeAt(start - 1))) start-- // the first dot of its run: only digits before it
    let end = dot + 1
    while (isDigit(text.charCodeAt(end)) || (text.charCodeAt(end) === DOT && isDigit(text.charCodeAt(end + 1)))) end++
    const span = judgeIpv4(text, start, end)
    if (span !== null) spans.push(span)
    dot = text.indexOf('.', end)
  }
  return spans
}

function judgeIpv4(text: string, start: number, end: number): IpSpan | null {
  if (end - start > IPV4_MAX) return null
  const address = readIpv4(text, start, end)
  if (address < 0 || !isFreeBefore(text, start) || !isFreeAfter(text, end) || isVersion(text, start)) return null
  const reach = ipv4Reach(address)
  return {
    start,
    end,
    type: 'ip',
    score: 0.9,
    version: 4,
    isPublic: reach === 'public',
    isDocumentation: reach === 'documentation',
  }
}

/** Behind `v`, `ver` or `version`, which must be a word of its own. */
function isVersion(text: string, start: number): boolean {
  let at = start - 1
  if (isSpace(text.charCodeAt(at))) at--
  if (text.charCodeAt(at) === DOT || text.charCodeAt(at) === COLON) at--
  if (!isAsciiLetter(text.charCodeAt(at))) return false
  return VERSION_LEAD.test(text.slice(Math.max(0, start - VERSION_LEAD_MAX), start))
}

const VERSION_LEAD = /(?:^|[\s(,;:])v(?:er(?:sion)?)?[.:]?\s?$/i
const VERSION_LEAD_MAX = 11

function findIpv6(text: string): IpSpan[] {
  const spans: IpSpan[] = []
  let free = 0
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', free)) {
    let start = colon
    while (start > free && isHexDigit(text.charCodeAt(start - 1))) start--
    let end = colon + 1
    let colons = 1
    for (let c = text.charCodeAt(end); c === COLON || isHexDigit(c); c = text.charCodeAt(++end))
      if (c === COLON) colons++
    free = end
    if (colons < 2) continue
    // `2001:db8::1: text` — a single colon behind an address is punctuation.
    const endsInColon = text.charCodeAt(end - 1) === COLON && text.charCodeAt(end - 2) !== COLON
    if (endsInColon && !isWord(text.charCodeAt(end))) end--
    const span = judgeIpv6(text, start, end)
    if (span !== null) spans.push(span)
  }
  return spans
}

/** Where addresses are read into. */
const GROUPS = new Uint16Array(8)

function judgeIpv6(text: string, start: number, end: number): IpSpan | null {
  if (end - start > IPV6_MAX || !readIpv6(text, start, end, GROUPS)) return null
  if (!isFreeBefore(text, start) || !isFreeAfter(text, end)) return null
  const reach = ipv6Reach(GROUPS)
  if (isShortened(text, start, end) ? !isInUse(reach) : isHardware(text, start, end)) return null
  return {
    start,
    end,
    type: 'ip',
    score: 1,
    version: 6,
    isPublic: reach === 'public',
    isDocumentation: reach === 'documentation',
  }
}

function isShortened(text: string, start: number, end: number): boolean {
  for (let i = start; i < end - 1; i++) {
    if (text.charCodeAt(i) === COLON && text.charCodeAt(i + 1) === COLON) return true
  }
  return false
}

/** 2000::/3, which addresses are given out from (RFC 4291 section 2.4 and IANA), and special ranges; not `::` alone. */
function isInUse(reach: string): boolean {
  return GROUPS[0] >>> 13 === 1 || (reach !== 'public' && GROUPS.some((group) => group !== 0))
}

/** Eight pairs are a hardware address (EUI-64): no group has more than two digits. */
function isHardware(text: string, start: number, end: number): boolean {
  for (let i = start, size = 0; i < end; i++) {
    size = text.charCodeAt(i) === COLON ? 0 : size + 1
    if (size > 2) return false
  }
  return true
}

/** No word goes over into the address, and no dotted one. */
function isFreeBefore(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1)
  return before === DOT ? !isName(text.charCodeAt(start - 2)) : !isWord(before)
}

/** No word goes on behind the address, no dotted one and no hyphenated one that is more than a number. */
function isFreeAfter(text: string, end: number): boolean {
  const after = text.charCodeAt(end)
  const next = text.charCodeAt(end + 1)
  if (after === DOT) return !isName(next)
  return after === HYPHEN ? !isName(next) || isDigit(next) : !isWord(after)
}

/** What may stand in a host name: beside those, everything beyond ASCII. */
function isName(c: number): boolean {
  return isWord(c) || c >= 0x80
}
