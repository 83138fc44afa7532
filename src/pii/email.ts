/**
 * Finds e-mail addresses by pattern: the dot-atom form of RFC 5322 section 3.4.1 with the length of RFC 5321 section
 * 4.5.3.1, internationalized as in RFC 6531, at a host name of two labels or more or an address literal (`[192.0.2.1]`).
 * It leaves out quoted local parts, comments and obfuscated addresses (`joe at example dot com`).
 *
 * What text from the web asks for beyond the grammar:
 * - a local part begins with a letter, digit or underscore, so that quotes, bullets and dashes stay outside;
 * - `/ ? | { }` and the backquote, which the grammar allows, end it: on pages they are delimiters;
 * - a change between Latin and another script ends it (`联系joe@example.com` holds `joe@example.com`);
 * - the last label of a host begins with a letter, so that `package@1.2.3` is none;
 * - `photo@2x.png` is the name of an image for dense screens.
 *
 * Linear: the search goes from one `@` to the next and looks at most LOCAL_MAX units back and HOST_MAX ahead.
 */
import { readIpv4, readIpv6 } from './ip-address.js'
import { type Found, isDigit } from './page.js'

const LOCAL_MAX = 64
const HOST_MAX = 253
const LABEL_MAX = 63
/** `[IPv6:` and the longest IPv6 address. */
const LITERAL_MAX = 52

const DOT = 0x2e
const HYPHEN = 0x2d

/** Kinds of characters; sets of them are sums. */
const LATIN = 1
const OTHER_SCRIPT = 2
/** Digits and marks, at home in every script. */
const NEUTRAL = 4
/** May stand in a local part, not in a host. */
const SYMBOL = 8

const ASCII_KIND = new Uint8Array(128)
for (let c = 0x30; c <= 0x39; c++) ASCII_KIND[c] = NEUTRAL
for (let c = 0x41; c <= 0x5a; c++) ASCII_KIND[c] = ASCII_KIND[c + 32] = LATIN
for (const c of "!#$%&'*+-=^_~") ASCII_KIND[c.charCodeAt(0)] = SYMBOL

/** Set aside for examples (RFC 2606, RFC 6761): such a host is nobody's. */
const DOCUMENTATION_HOST = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/

/** @param host lower-cased */
export function isDocumentationHost(host: string): boolean {
  return DOCUMENTATION_HOST.test(host)
}

/** Every address in `text`, in order, none overlapping. Type `email`, score 1: the form leaves little doubt. */
export function findEmails(text: string): Found[] {
  const spans: Found[] = []
  let free = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', Math.max(at + 1, free))) {
    const run = localRun(text, at, free)
    const last = spans.at(-1)
    // `jo@one.org@two.org`, `jo@one.org.ann@two.org`: nothing parts them, so they are one thing and masked whole. No rest
    // of it can read as an address together with what the mask puts in its place.
    const isGlued = last !== undefined && run === last.end
    const start = isGlued ? run : skipSymbols(text, run, at)
    if (start === at && !isGlued) continue
    const end = hostEnd(text, at + 1)
    if (end < 0) continue
    free = end
    if (isGlued) spans[spans.length - 1] = emailSpan(text, last.start, at, end)
    else spans.push(emailSpan(text, start, at, end))
  }
  return spans
}

function emailSpan(text: string, start: number, at: number, end: number): Found {
  const isHarmless = isDocumentationHost(text.slice(at + 1, end).toLowerCase())
  return { start, end, type: 'email', score: 1, isHarmless }
}

/** Where the run of local-part characters of one script before the `@` begins, not before `from`; `at` when too long. */
function localRun(text: string, at: number, from: number): number {
  let script = 0
  let i = at
  while (i > from) {
    const point = codePointBefore(text, i, from)
    if (point === DOT) {
      if (i === at || text.charCodeAt(i) === DOT) break
    } else {
      const kind = kindOf(point)
      if (kind === 0) break
      if (kind === LATIN || kind === OTHER_SCRIPT) {
        if (script !== 0 && script !== kind) break
        script = kind
      }
    }
    i -= point > 0xffff ? 2 : 1
    if (at - i > LOCAL_MAX) return at
  }
  return i
}

/** The first letter, digit or underscore from `start` on, else `end`. */
function skipSymbols(text: string, start: number, end: number): number {
  let i = start
  while (i < end && (text.charCodeAt(i) === DOT || (kindOf(text.charCodeAt(i)) === SYMBOL && text[i] !== '_'))) i++
  return i
}

/** Where the host that begins at `start` ends; -1 when there is none. */
function hostEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === 0x5b) return literalEnd(text, start)
  if (isDigit(text.charCodeAt(start)) && text.startsWith('x.', start + 1)) return -1
  let end = -1
  let labelStart = start
  for (let labels = 1; ; labels++) {
    const labelEnd = endOfLabel(text, labelStart)
    if (labelEnd === labelStart || labelEnd - labelStart > LABEL_MAX || labelEnd - start > HOST_MAX) return end
    if (labels > 1) end = Math.max(end, endOfLastLabel(text, labelStart, labelEnd))
    if (text.charCodeAt(labelEnd) !== DOT) return end
    labelStart = labelEnd + 1
  }
}

/** Letters, digits and inner hyphens; ends where another script follows Latin (`com的`). Looks LABEL_MAX ahead. */
function endOfLabel(text: string, start: number): number {
  let latin = false
  let end = start
  let i = start
  while (i < text.length && i - start <= LABEL_MAX) {
    const point = text.codePointAt(i) ?? 0
    const kind = kindOf(point)
    if (kind === LATIN) latin = true
    else if (kind === OTHER_SCRIPT && latin) break
    else if (kind === 0 || (kind === SYMBOL && point !== HYPHEN) || (point === HYPHEN && i === start)) break
    i += point > 0xffff ? 2 : 1
    if (point !== HYPHEN) end = i
  }
  return end
}

/** The end of a label taken as the last: two units or more from a letter on, up to a hyphen unless it is `xn--`; else -1. */
function endOfLastLabel(text: string, start: number, end: number): number {
  const kind = kindOf(text.codePointAt(start) ?? 0)
  if (kind !== LATIN && kind !== OTHER_SCRIPT) return -1
  const hyphen = text.slice(start, start + 4).toLowerCase() === 'xn--' ? -1 : text.slice(start, end).indexOf('-')
  const stop = hyphen < 0 ? end : start + hyphen
  return stop - start >= 2 ? stop : -1
}

/** The end of `[192.0.2.1]` or `[IPv6:2001:db8::1]`; -1 when what begins at `start` is neither. */
function literalEnd(text: string, start: number): number {
  const inside = text.slice(start + 1, start + LITERAL_MAX)
  const length = inside.indexOf(']')
  if (length < 0) return -1
  const literal = inside.slice(0, length)
  const sound = /^ipv6:/i.test(literal)
    ? readIpv6(literal, 5, literal.length, new Uint16Array(8), true)
    : readIpv4(literal, 0, literal.length) >= 0
  return sound ? start + length + 2 : -1
}

function kindOf(point: number): number {
  if (point < 128) return ASCII_KIND[point]
  const character = String.fromCodePoint(point)
  if (/\p{M}|\p{N}/u.test(character)) return NEUTRAL
  if (!/\p{L}/u.test(character)) return 0
  return /\p{Script=Latin}/u.test(character) ? LATIN : OTHER_SCRIPT
}

/** The code point that ends before `end`; a lone surrogate stands for itself. */
function codePointBefore(text: string, end: number, from: number): number {
  const low = text.charCodeAt(end - 1)
  if (low < 0xdc00 || low > 0xdfff || end - 2 < from) return low
  const point = text.codePointAt(end - 2) ?? low
  return point > 0xffff ? point : low
}
