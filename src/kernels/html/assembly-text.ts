/**
 * Measures of a run of text, in one pass over its bytes. Sizes are in bytes of UTF-8 with white space collapsed, so that a
 * Chinese character weighs about as much as a short word and no rule needs spaces between words.
 */

/** By byte: what it counts as. */
const CLASSES: usize = memory.data(256)
const SPACE: i32 = 1
const WORD: i32 = 2
const DIGIT: i32 = 4
const CAPITAL: i32 = 8
const STOP: i32 = 16
const COMMA: i32 = 32
/** First byte of a character beyond ASCII. */
const LEAD: i32 = 64

export let size: i32 = 0
export let stops: i32 = 0
export let commas: i32 = 0
export let words: i32 = 0
export let digits: i32 = 0
export let capitals: i32 = 0
/** White space stands at the start, at the end. */
export let edges: i32 = 0
export const SPACE_BEFORE: i32 = 1
export const SPACE_AFTER: i32 = 2

export function prepareText(): void {
  for (let code: i32 = 0; code < 256; code++) {
    let kind: i32 = 0
    if (code <= 0x20) kind = SPACE
    else if (code >= 0x80) kind = code >= 0xc0 ? WORD | LEAD : WORD
    else if (code >= 0x30 && code <= 0x39) kind = WORD | DIGIT
    else if (code >= 0x41 && code <= 0x5a) kind = WORD | CAPITAL
    else if (code >= 0x61 && code <= 0x7a) kind = WORD
    else if (code == 0x2c) kind = COMMA
    else if (code == 0x2e || code == 0x21 || code == 0x3f) kind = STOP
    store<u8>(CLASSES + <usize>code, <u8>kind)
  }
}

/** Fills the fields above. `size` counts the white space at both ends, once each. */
export function measure(from: usize, to: usize): void {
  let sized: i32 = 0
  let stopped: i32 = 0
  let comma: i32 = 0
  let started: i32 = 0
  let digit: i32 = 0
  let capital: i32 = 0
  let before: i32 = 0
  for (let at = from; at < to; at++) {
    const code = <i32>load<u8>(at)
    const kind = <i32>load<u8>(CLASSES + <usize>code)
    if ((kind & WORD) != 0) {
      sized++
      if ((before & WORD) == 0) {
        started++
        if ((kind & CAPITAL) != 0) capital++
      }
      if ((kind & DIGIT) != 0) digit++
      if ((kind & LEAD) != 0) {
        const point = codePoint(at, code)
        if (isStop(point)) stopped++
        else if (point == 0x60c || point == 0x3001 || point == 0xff0c) comma++
      }
    } else if ((kind & SPACE) != 0) {
      if ((before & SPACE) == 0) sized++
    } else {
      sized++
      if ((kind & COMMA) != 0) comma++
      else if ((kind & STOP) != 0 && endsSentence(at + 1, to)) stopped++
    }
    before = kind
  }
  size = sized
  stops = stopped
  commas = comma
  words = started
  digits = digit
  capitals = capital
  edges = (isSpaceByte(from) ? SPACE_BEFORE : 0) | ((before & SPACE) != 0 ? SPACE_AFTER : 0)
}

// @ts-ignore: decorator
@inline
function isSpaceByte(at: usize): bool {
  return load<u8>(at) <= 0x20
}

/** The character of two or three bytes at `at`; others hold no punctuation that counts. */
// @ts-ignore: decorator
@inline
function codePoint(at: usize, lead: i32): i32 {
  const second = <i32>load<u8>(at, 1) & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  return ((lead & 0x0f) << 12) | (second << 6) | (<i32>load<u8>(at, 2) & 0x3f)
}

/** Arabic, Urdu, Armenian, Devanagari, Ethiopic, CJK; the ellipsis. */
// @ts-ignore: decorator
@inline
function isStop(point: i32): bool {
  switch (point) {
    case 0x61f:
    case 0x6d4:
    case 0x589:
    case 0x964:
    case 0x1362:
    case 0x2026:
    case 0x3002:
    case 0xff01:
    case 0xff1f:
      return true
  }
  return false
}

/** A stop ends a sentence before white space, a quote, a bracket or the end of the run. */
function endsSentence(at: usize, to: usize): bool {
  if (at >= to) return true
  const code = <i32>load<u8>(at)
  return code <= 0x20 || code == 0x22 || code == 0x27 || code == 0x29 || code == 0x5d || code > 0x7f
}
