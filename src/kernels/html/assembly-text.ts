/**
 * Measures of a run of text, in one pass over its bytes. Sizes are in bytes of UTF-8 with white space collapsed, so that a
 * Chinese character weighs about as much as a short word and no rule needs spaces between words.
 */

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

/** Bit by byte of sixteen: whether it lies in [from, from + count). */
// @ts-ignore: decorator
@inline
function within(bytes: v128, from: i8, count: i8): i32 {
  return i8x16.bitmask(i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(from)), i8x16.splat(count)))
}

/**
 * Fills the fields above, sixteen bytes at a time. `size` counts the white space at both ends, once each; a word is a run of
 * letters, digits and whatever lies beyond ASCII.
 */
export function measure(from: usize, to: usize): void {
  let sized: i32 = 0
  let stopped: i32 = 0
  let comma: i32 = 0
  let started: i32 = 0
  let digit: i32 = 0
  let capital: i32 = 0
  // Of the byte before: whether it is white space, and part of a word.
  let space: i32 = 0
  let word: i32 = 0
  for (let at = from; at < to; at += 16) {
    const left = <i32>(to - at)
    const valid: i32 = left >= 16 ? 0xffff : (1 << left) - 1
    const bytes = v128.load(at)
    const spaces = within(bytes, 0, 0x21) & valid
    const beyond = i8x16.bitmask(bytes) & valid
    const numbers = within(bytes, 0x30, 10) & valid
    const upper = within(bytes, 0x41, 26) & valid
    const lower = within(bytes, 0x61, 26) & valid
    const inWord = beyond | numbers | upper | lower
    const starts = inWord & ~((inWord << 1) | word)
    sized += popcnt(valid) - popcnt(spaces & ((spaces << 1) | space))
    started += popcnt(starts)
    digit += popcnt(numbers)
    capital += popcnt(upper & starts)
    space = (spaces >> 15) & 1
    word = (inWord >> 15) & 1
    const marks = valid & ~(spaces | inWord)
    if (marks != 0) {
      comma += popcnt(within(bytes, 0x2c, 1) & marks)
      stopped += stopsOf(marks & (within(bytes, 0x2e, 1) | within(bytes, 0x21, 1) | within(bytes, 0x3f, 1)), at, to)
    }
    if (beyond != 0) {
      for (let leads = beyond & within(bytes, <i8>0xc0, 0x40); leads != 0; leads &= leads - 1) {
        const point = codePoint(at + <usize>ctz(leads))
        if (isStop(point)) stopped++
        else if (point == 0x60c || point == 0x3001 || point == 0xff0c) comma++
      }
    }
  }
  size = sized
  stops = stopped
  commas = comma
  words = started
  digits = digit
  capitals = capital
  edges = (load<u8>(from) <= 0x20 ? SPACE_BEFORE : 0) | (load<u8>(to - 1) <= 0x20 ? SPACE_AFTER : 0)
}

/** How many of the marks at the set bits end a sentence. */
// @ts-ignore: decorator
@inline
function stopsOf(marks: i32, at: usize, to: usize): i32 {
  let count: i32 = 0
  for (; marks != 0; marks &= marks - 1) if (endsSentence(at + <usize>ctz(marks) + 1, to)) count++
  return count
}

/** Whether all of [from, to) is white space or controls. */
export function isBlank(from: usize, to: usize): bool {
  for (; from < to; from += 16) {
    const left = <i32>(to - from)
    const valid: i32 = left >= 16 ? 0xffff : (1 << left) - 1
    if ((~within(v128.load(from), 0, 0x21) & valid) != 0) return false
  }
  return true
}

/** The character of two or three bytes at `at`; others hold no punctuation that counts. */
// @ts-ignore: decorator
@inline
function codePoint(at: usize): i32 {
  const lead = <i32>load<u8>(at)
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
