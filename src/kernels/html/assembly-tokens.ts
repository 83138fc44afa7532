/**
 * Tokenization (HTML Living Standard, section 13.2.5) as far as it says where things end: tag names, attributes, comments,
 * raw text. Positions are addresses; behind the page stand PAGE_SLACK bytes of zeros, so that reading a little too far is safe.
 */
import {
  NAMED_ARIA_HIDDEN,
  NAMED_CLASS,
  NAMED_HIDDEN,
  NAMED_HREF,
  NAMED_ID,
  NAMED_ITEMPROP,
  NAMED_REL,
  NAMED_ROLE,
  NAMED_STYLE,
} from './codes'

export let page: usize = 0
export let pageEnd: usize = 0
/** Steps taken: bytes looked at, and open elements passed by. What tests of linearity look at. */
export let work: u64 = 0

export function beginPage(from: usize, to: usize): void {
  page = from
  pageEnd = to
  work = 0
}

export function addWork(steps: u64): void {
  work += steps
}

const LESS: i32 = 0x3c
const GREATER: i32 = 0x3e
const SLASH: i32 = 0x2f
const EQUALS: i32 = 0x3d
const DASH: i32 = 0x2d
const BANG: i32 = 0x21

/** Tab, line feed, form feed, carriage return, space. */
const SPACES: u64 = (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | ((<u64>1) << 32)
const NAME_ENDS: u64 = SPACES | ((<u64>1) << 0x2f) | ((<u64>1) << 0x3e)
const ATTRIBUTE_NAME_ENDS: u64 = NAME_ENDS | ((<u64>1) << 0x3d)

// @ts-ignore: decorator
@inline
function isIn(set: u64, code: i32): bool {
  return code < 64 && ((set >> (<u64>code)) & 1) != 0
}

// @ts-ignore: decorator
@inline
export function isSpace(code: i32): bool {
  return isIn(SPACES, code)
}

// @ts-ignore: decorator
@inline
export function isLetter(code: i32): bool {
  return <u32>((code | 0x20) - 0x61) < 26
}

// @ts-ignore: decorator
@inline
function lower(code: i32): i32 {
  return <u32>(code - 65) < 26 ? code | 0x20 : code
}

/** Where a byte next stands in [at, end); `end` when it does not. */
export function find(byte: i32, at: usize, end: usize): usize {
  const wanted = i8x16.splat(<i8>byte)
  const from = at
  for (; at < end; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted))
    if (mask != 0) {
      at += <usize>ctz(mask)
      break
    }
  }
  if (at > end) at = end
  work += <u64>(at - from)
  return at
}

// ---- tag names ----

/** FNV-1a over the name in lower case, of the last call of `nameEnd`. */
export let nameHash: u32 = 0

/** Where the name of a tag that begins at `at` ends. */
export function nameEnd(at: usize): usize {
  let hash: u32 = 0x811c9dc5
  const from = at
  for (; at < pageEnd; at++) {
    const code = <i32>load<u8>(at)
    if (isIn(NAME_ENDS, code)) break
    hash = (hash ^ <u32>lower(code)) * 0x01000193
  }
  work += <u64>(at - from)
  nameHash = hash
  return at
}

// ---- attributes ----

/** Set by `attributes`: the tag ends in a slash. */
export let isSelfClosing: bool = false
/** Set by `attributes`: bit by kind of attribute, and where their values lie. */
export let seen: i32 = 0
const VALUES: usize = memory.data(128)

/** An `encoding` that makes annotation-xml hold HTML, and attributes that make `font` end foreign content: seen only. */
export const HTML_ENCODING: i32 = 16
export const FONT_STYLE: i32 = 17

export function valueFrom(kind: i32): usize {
  return load<u32>(VALUES + ((<usize>kind) << 3))
}

export function valueTo(kind: i32): usize {
  return load<u32>(VALUES + ((<usize>kind) << 3), 4)
}

/**
 * Passes over the attributes of a tag from behind its name on; gives where its '>' stands, 0 when the page ends before.
 * @param isRead values are noted
 */
export function attributes(at: usize, isRead: bool): usize {
  isSelfClosing = false
  seen = 0
  const first = at
  while (at < pageEnd) {
    const code = <i32>load<u8>(at)
    if (code == GREATER) {
      work += <u64>(at - first)
      return at
    }
    if (isSpace(code)) {
      at++
      continue
    }
    if (code == SLASH) {
      at++
      isSelfClosing = <i32>load<u8>(at) == GREATER
      continue
    }
    const name = at++ // a leading '=' belongs to the name
    while (at < pageEnd && !isIn(ATTRIBUTE_NAME_ENDS, <i32>load<u8>(at))) at++
    const length = at - name
    while (at < pageEnd && isSpace(<i32>load<u8>(at))) at++
    let from = at
    let to = at
    if (<i32>load<u8>(at) == EQUALS) {
      at++
      while (at < pageEnd && isSpace(<i32>load<u8>(at))) at++
      const quote = <i32>load<u8>(at)
      if (quote == 0x22 || quote == 0x27) {
        from = at + 1
        to = find(quote, from, pageEnd)
        if (to == pageEnd) break
        at = to + 1
      } else {
        from = at
        while (at < pageEnd) {
          const value = <i32>load<u8>(at)
          if (value == GREATER || isSpace(value)) break
          at++
        }
        to = at
      }
    }
    if (isRead) note(name, length, from, to)
  }
  work += <u64>(pageEnd - first)
  return 0
}

function note(name: usize, length: usize, from: usize, to: usize): void {
  let kind: i32 = -1
  switch (<i32>length) {
    case 2:
      if (isWord(name, 0x6469, 2)) kind = NAMED_ID
      break
    case 3:
      if (isWord(name, 0x6c6572, 3)) kind = NAMED_REL
      break
    case 4:
      if (isWord(name, 0x656c6f72, 4)) kind = NAMED_ROLE
      else if (isWord(name, 0x66657268, 4) && isLicense(from, to)) kind = NAMED_HREF
      else if (isWord(name, 0x65636166, 4) || isWord(name, 0x657a6973, 4)) seen |= 1 << FONT_STYLE // face, size
      break
    case 5:
      if (isWord(name, 0x7373616c63, 5)) kind = NAMED_CLASS
      else if (isWord(name, 0x656c797473, 5)) kind = NAMED_STYLE
      else if (isWord(name, 0x726f6c6f63, 5)) seen |= 1 << FONT_STYLE // color
      break
    case 6:
      if (isWord(name, 0x6e6564646968, 6)) kind = NAMED_HIDDEN
      break
    case 8:
      if (isWord(name, 0x706f72706d657469, 8)) kind = NAMED_ITEMPROP
      else if (isWord(name, 0x676e69646f636e65, 8) && isHtmlType(from, to)) seen |= 1 << HTML_ENCODING
      break
    case 11:
      // aria-hid, den
      if (isWord(name, 0x6469682d61697261, 8) && isWord(name + 8, 0x6e6564, 3)) kind = NAMED_ARIA_HIDDEN
      break
  }
  if (kind < 0 || (seen & (1 << kind)) != 0) return // the first of a name counts
  seen |= 1 << kind
  store<u32>(VALUES + ((<usize>kind) << 3), <u32>from)
  store<u32>(VALUES + ((<usize>kind) << 3), <u32>to, 4)
}

/** Whether `length` bytes, at most eight, are these letters in any case; `word` is little-endian. */
function isWord(at: usize, word: u64, length: u64): bool {
  const bytes = load<u64>(at) & (u64.MAX_VALUE >> ((8 - length) << 3))
  if (bytes == word) return true
  return (bytes | (0x2020202020202020 & (u64.MAX_VALUE >> ((8 - length) << 3)))) == word
}

/** text/html or application/xhtml+xml: told apart from everything else in use by length and beginning. */
function isHtmlType(from: usize, to: usize): bool {
  return (to - from == 9 && isWord(from, 0x6d74682f74786574, 8)) || (to - from == 21 && isWord(from, 0x746163696c707061, 8))
}

/** An address on creativecommons.org, absolute or without its scheme. */
function isLicense(at: usize, to: usize): bool {
  if (at + 20 > to) return false
  if (isWord(at, 0x70747468, 4)) at += <i32>load<u8>(at, 4) == 0x73 ? 6 : 5 // http or https, and the colon
  if (load<u16>(at) != 0x2f2f) return false
  at += 2
  if (load<u32>(at) == 0x2e777777) at += 4 // www.
  // creative, commons., org/
  return isWord(at, 0x6576697461657263, 8) && isWord(at + 8, 0x2e736e6f6d6d6f63, 8) && isWord(at + 16, 0x2f67726f, 4)
}

// ---- comments ----

/** Behind '<!' at `at`: where the comment or declaration ends. One that is not closed takes the rest. */
export function commentEnd(at: usize): usize {
  if (<i32>load<u8>(at) != DASH || <i32>load<u8>(at, 1) != DASH) return bogusEnd(at)
  const body = at + 2
  // The dashes of '<!--' count for '-->', not for '--!>'.
  let close = at
  while (true) {
    close = find(GREATER, close, pageEnd)
    if (close == pageEnd) return pageEnd
    if (close >= at + 2 && <i32>load<u8>(close - 1) == DASH && <i32>load<u8>(close - 2) == DASH) return close + 1
    if (
      close >= body + 3 &&
      <i32>load<u8>(close - 1) == BANG &&
      <i32>load<u8>(close - 2) == DASH &&
      <i32>load<u8>(close - 3) == DASH
    ) {
      return close + 1
    }
    close++
  }
}

/** Behind the next '>'. */
export function bogusEnd(at: usize): usize {
  const close = find(GREATER, at, pageEnd)
  return close == pageEnd ? pageEnd : close + 1
}

/** Whether '[CDATA[' stands at `at`. */
export function isCdata(at: usize): bool {
  return load<u64>(at) << 8 == (<u64>0x5b41544144435b) << 8
}

/** Where ']]>' stands; the page's end when it does not. */
export function cdataEnd(at: usize): usize {
  const from = at
  let close = at
  while (true) {
    close = find(GREATER, close, pageEnd)
    if (close == pageEnd) return pageEnd
    if (close >= from + 2 && load<u16>(close - 2) == 0x5d5d) return close - 2
    close++
  }
}

// ---- raw text ----

/** Where '</name' stands, with `length` letters as at `name` in any case; the page's end when it does not. */
export function rawTextEnd(at: usize, name: usize, length: usize): usize {
  while (true) {
    at = find(LESS, at, pageEnd)
    if (at == pageEnd || isEndOf(at, name, length)) return at
    at++
  }
}

function isEndOf(at: usize, name: usize, length: usize): bool {
  return <i32>load<u8>(at, 1) == SLASH && isName(at + 2, name, length)
}

function isName(at: usize, name: usize, length: usize): bool {
  if (!isIn(NAME_ENDS, <i32>load<u8>(at + length)) || at + length >= pageEnd) return false
  for (let i: usize = 0; i < length; i++) {
    if (lower(<i32>load<u8>(at + i)) != lower(<i32>load<u8>(name + i))) return false
  }
  return true
}

/** As `rawTextEnd` for a script: inside of '<!--' a script may hold a script (sections 13.2.5.15 to 13.2.5.31). */
export function scriptEnd(at: usize, name: usize): usize {
  const length: usize = 6
  let isEscaped = false
  let isDouble = false
  /** Behind the '<!--' that escapes, its dashes included in what can close it. */
  let escapedFrom: usize = 0
  while (at < pageEnd) {
    if (!isEscaped) {
      at = find(LESS, at, pageEnd)
      if (at == pageEnd) return at
      if (isEndOf(at, name, length)) return at
      if (<i32>load<u8>(at, 1) == BANG && load<u16>(at, 2) == 0x2d2d) {
        isEscaped = true
        escapedFrom = at + 2
        at += 2
      } else at++
      continue
    }
    work++
    const code = <i32>load<u8>(at)
    if (code == GREATER) {
      if (at >= escapedFrom + 2 && load<u16>(at - 2) == 0x2d2d) {
        isEscaped = false
        isDouble = false
      }
    } else if (code == LESS) {
      if (<i32>load<u8>(at, 1) == SLASH) {
        if (isName(at + 2, name, length)) {
          if (!isDouble) return at
          isDouble = false
        }
      } else if (!isDouble && isName(at + 1, name, length)) isDouble = true
    }
    at++
  }
  return pageEnd
}
