/**
 * Finds IP addresses by pattern: IPv4 as four decimal numbers (RFC 3986 section 3.2.2, dec-octet: no leading zeros), IPv6
 * as in RFC 4291 section 2.2. Ranges come from ipaddr.js (IANA's special-purpose registries). An IPv4 address inside an
 * IPv6 one (`::ffff:192.0.2.1`) is found as IPv4.
 *
 * Things of the same form are left alone: longer dotted numbers (1.2.3.4.5), versions after `v`, `ver` or `version` or
 * before `-letter`, reversed names (1.2.3.4.in-addr.arpa), scopes of programming languages (`a::b`: a shortened IPv6 address
 * must lie in a range in use), hardware addresses of eight bytes.
 *
 * Linear: runs of digits and dots (hexadecimal digits and colons) are gone over once and judged when short enough.
 */
import ipaddr from 'ipaddr.js'
import type { Span } from '../document/document.js'

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
  const groups = text.slice(start, end).split('.')
  if (groups.length !== 4 || !groups.every(isOctet)) return null
  if (!isFreeBefore(text, start) || !isFreeAfter(text, end)) return null
  if (/(?:^|[\s(,;:])v(?:er(?:sion)?)?[.:]?\s?$/i.test(text.slice(Math.max(0, start - 11), start))) return null
  const address = new ipaddr.IPv4(groups.map(Number))
  const range = address.range()
  const isDocumentation =
    range === 'reserved' && IPV4_DOCUMENTATION.some((documentation) => address.match(documentation))
  return { start, end, type: 'ip', score: 0.9, version: 4, isPublic: range === 'unicast', isDocumentation }
}

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

function judgeIpv6(text: string, start: number, end: number): IpSpan | null {
  if (end - start > IPV6_MAX || !isFreeBefore(text, start) || !isFreeAfter(text, end)) return null
  const written = text.slice(start, end)
  if (written.includes(':::') || !ipaddr.IPv6.isValid(written)) return null // ipaddr.js lets three colons pass
  const address = ipaddr.IPv6.parse(written)
  const range = address.range()
  const inUse = address.match(GLOBAL_UNICAST) || range !== 'unicast'
  if (written.includes('::') ? !inUse || range === 'unspecified' : /^[^:]{1,2}(?::[^:]{1,2})*$/.test(written))
    return null
  const isDocumentation =
    range === 'reserved' && IPV6_DOCUMENTATION.some((documentation) => address.match(documentation))
  return {
    start,
    end,
    type: 'ip',
    score: 1,
    version: 6,
    isPublic: range === 'unicast',
    isDocumentation,
  }
}

const IPV4_DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'].map((range) =>
  ipaddr.IPv4.parseCIDR(range),
)
const IPV6_DOCUMENTATION = ['2001:db8::/32', '3fff::/20'].map((range) => ipaddr.IPv6.parseCIDR(range))
/** The part of IPv6 that addresses are given out from (RFC 4291 section 2.4 and IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Decimal 0 to 255 without leading zeros, which are octal to some readers. */
function isOctet(group: string): boolean {
  return group.length >= 1 && group.length <= 3 && Number(group) <= 255 && (group.length === 1 || group[0] !== '0')
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

// Each takes the NaN of charCodeAt beyond either end of a text, which is none of these.

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

function isHexDigit(c: number): boolean {
  return isDigit(c) || (c >= 0x61 && c <= 0x66) || (c >= 0x41 && c <= 0x46)
}

function isLetter(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a)
}

/** ASCII only: in scripts without spaces an address may stand against a letter (`地址8.8.8.8`). */
function isWord(c: number): boolean {
  return isDigit(c) || isLetter(c) || c === 0x5f
}

/** What may stand in a host name: beside those, everything beyond ASCII. */
function isName(c: number): boolean {
  return isWord(c) || c >= 0x80
}
