/**
 * Web addresses and what they give away: whole URLs (`https://…`, `www.…`) as type `url`, and the password in
 * `scheme://user:password@host` (RFC 3986 section 3.2.1, deprecated there for this reason) as type `urlPassword`.
 *
 * Linear: every `://` is looked at once; a URL ends at white space or a delimiter, at most URL_MAX units on.
 */
import { isDocumentationHost } from './email.js'
import { type Found, isAsciiLetter, isDigit, isWord, type Page } from './page.js'

const URL_MAX = 2048
const AUTHORITY_MAX = 512
const SCHEME_MAX = 32

export function findUrls({ text }: Page): Found[] {
  const found: Found[] = []
  for (let mark = text.indexOf('://'); mark >= 0; ) {
    const start = schemeStart(text, mark)
    const isWeb = /^(?:https?|ftps?|wss?)$/i.test(text.slice(start, mark))
    const end = isWeb ? urlEnd(text, mark + 3) : -1
    if (end > mark + 3) found.push(urlSpan(text, start, end, mark + 3))
    mark = text.indexOf('://', Math.max(mark + 3, end))
  }
  for (let start = text.indexOf('www.'); start >= 0; ) {
    const isFree = !isWord(text.charCodeAt(start - 1)) && !'/.@-'.includes(text[start - 1] ?? ' ')
    const end = isFree ? urlEnd(text, start) : -1
    if (end > start + 6 && text.slice(start + 4, end).includes('.')) found.push(urlSpan(text, start, end, start))
    start = text.indexOf('www.', Math.max(start + 4, end))
  }
  return found.sort((a, b) => a.start - b.start)
}

export function findUrlPasswords({ text }: Page): Found[] {
  const found: Found[] = []
  for (let mark = text.indexOf('://'); mark >= 0; mark = text.indexOf('://', mark + 3)) {
    if (schemeStart(text, mark) === mark) continue
    const from = mark + 3
    let colon = -1
    for (let i = from; i < text.length && i - from <= AUTHORITY_MAX; i++) {
      const unit = text.charCodeAt(i)
      if (unit === 0x3a && colon < 0) colon = i
      if (unit === 0x40) {
        if (colon > from && i > colon + 1 && isWord(text.charCodeAt(i + 1))) {
          const written = text.slice(colon + 1, i)
          found.push({ start: colon + 1, end: i, type: 'urlPassword', score: 0.9, isHarmless: isPlaceholder(written) })
        }
        break
      }
      if (
        unit <= 0x20 ||
        unit === 0x2f ||
        unit === 0x22 ||
        unit === 0x27 ||
        unit === 0x3c ||
        unit === 0x3e ||
        unit === 0x60
      )
        break
    }
  }
  return found
}

/** What documentation writes in the place of a password. */
function isPlaceholder(written: string): boolean {
  return /^(?:pass(?:word|wd)?|pw|pwd|secret|xxx+|\*+|\.{3}|…|[$%#[{].*)$/i.test(written)
}

function urlSpan(text: string, start: number, end: number, host: number): Found {
  const name = /^[^/?#:]*/.exec(text.slice(host, Math.min(end, host + 256)))?.[0] ?? ''
  return { start, end, type: 'url', score: 0.9, isHarmless: isDocumentationHost(name.toLowerCase()) }
}

function schemeStart(text: string, mark: number): number {
  let start = mark
  while (mark - start < SCHEME_MAX && isSchemeUnit(text.charCodeAt(start - 1))) start--
  while (start < mark && !isAsciiLetter(text.charCodeAt(start))) start++
  return start
}

function isSchemeUnit(unit: number): boolean {
  return isAsciiLetter(unit) || isDigit(unit) || unit === 0x2b || unit === 0x2d || unit === 0x2e
}

/** Behind the last unit that belongs to the URL: closing brackets and punctuation of the sentence do not. */
function urlEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && end - from < URL_MAX && !isDelimiter(text.charCodeAt(end))) end++
  if (isHighSurrogate(text.charCodeAt(end - 1)) && end - from === URL_MAX) end--
  let isOpen = text.slice(from, end).includes('(')
  while (end > from) {
    const last = text[end - 1]
    if (last === ')' && isOpen) isOpen = false
    else if (!'.,;:!?\'")]}*…'.includes(last)) break
    end--
  }
  return end
}

function isDelimiter(unit: number): boolean {
  // In text without spaces, ideographs, kana, Hangul and their punctuation end a URL.
  return (
    unit <= 0x20 ||
    unit === 0x22 ||
    unit === 0x3c ||
    unit === 0x3e ||
    unit === 0x60 ||
    unit === 0x7c ||
    unit === 0xa0 ||
    (unit >= 0x2e80 && unit <= 0x9fff) ||
    (unit >= 0xac00 && unit <= 0xd7af) ||
    (unit >= 0xff01 && unit <= 0xff20) ||
    unit === 0x201c ||
    unit === 0x201d
  )
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
