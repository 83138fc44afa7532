/**
 * Splits UTF-8 into the pieces that byte-pair encoding works on: one hand-made scanner a pattern, without backtracking, in
 * time linear in the text. Kernels that need pieces import `pieceEnd`; `scan` serves whoever wants only the ends.
 * The patterns as regular expressions stand in index.ts, and tests hold the scanners equal to them.
 *
 * The bytes [0, 0x110000) of the memory hold the class of every code point (`classTable` in index.ts); whoever imports this
 * leaves them alone. Text is well-formed UTF-8 with 4 readable bytes behind it; of anything else the piece ends mean
 * nothing, but they still advance and stay within the text.
 */

const WHITE: i32 = 1
/** CR and LF; they are WHITE too. */
const NEWLINE: i32 = 2
/** General category N. */
const NUMBER: i32 = 4
/** Lu, Lt. */
const UPPER: i32 = 8
/** Ll. */
const LOWER: i32 = 16
/** Lm, Lo. */
const CASELESS: i32 = 32
/** M. */
const MARK: i32 = 64
const OTHER: i32 = 128
const LETTER: i32 = UPPER | LOWER | CASELESS
/** [^\s\p{L}\p{N}] */
const SYMBOL: i32 = MARK | OTHER

const APOSTROPHE: i32 = 0x27
const SPACE: i32 = 0x20
const SLASH: i32 = 0x2f

const GPT2: i32 = 0
const CL100K: i32 = 1
const LLAMA3: i32 = 2
const O200K: i32 = 3

/**
 * Where the piece that starts at `at` ends; `at` is less than `end`. `digits` is the most digits of a piece: 0 is GPT-2's
 * own way, any number of digits with a space before them.
 */
export function pieceEnd(pattern: i32, digits: i32, at: usize, end: usize): usize {
  let to: usize = end
  if (pattern == GPT2) to = gpt2(digits, at, end)
  else if (pattern == CL100K) to = cl100k(digits, true, at, end)
  else if (pattern == LLAMA3) to = cl100k(digits, false, at, end)
  else if (pattern == O200K) to = o200k(digits, at, end)
  return min(to, end)
}

/** Writes where each piece of [at, end) ends, as u32 counted from `at`; gives how many there are. */
export function scan(pattern: i32, digits: i32, at: usize, end: usize, ends: usize): i32 {
  const start = at
  const first = ends
  while (at < end) {
    at = pieceEnd(pattern, digits, at, end)
    store<u32>(ends, <u32>(at - start))
    ends += 4
  }
  return <i32>((ends - first) >> 2)
}

// @ts-ignore: decorator
@inline
function bytesOf(first: i32): usize {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

// @ts-ignore: decorator
@inline
function classOf(first: i32, at: usize): i32 {
  if (first < 0x80) return <i32>load<u8>(<usize>first)
  const second = <i32>load<u8>(at, 1) & 0x3f
  if (first < 0xe0) return <i32>load<u8>(<usize>(((first & 0x1f) << 6) | second))
  const third = <i32>load<u8>(at, 2) & 0x3f
  if (first < 0xf0) return <i32>load<u8>(<usize>(((first & 0xf) << 12) | (second << 6) | third))
  const fourth = <i32>load<u8>(at, 3) & 0x3f
  return <i32>load<u8>(<usize>(((first & 7) << 18) | (second << 12) | (third << 6) | fourth))
}

// @ts-ignore: decorator
@inline
function classAt(at: usize): i32 {
  return classOf(<i32>load<u8>(at), at)
}

/** Behind the code points from `at` on that are of one of the classes. */
// @ts-ignore: decorator
@inline
function run(classes: i32, at: usize, end: usize): usize {
  while (at < end) {
    const first = <i32>load<u8>(at)
    if ((classOf(first, at) & classes) == 0) break
    at += bytesOf(first)
  }
  return at
}

/** Behind at most `most` numbers. */
function numbers(most: i32, at: usize, end: usize): usize {
  for (; most > 0 && at < end; most--) {
    const first = <i32>load<u8>(at)
    if ((classOf(first, at) & NUMBER) == 0) break
    at += bytesOf(first)
  }
  return at
}

/**
 * Length in bytes of what stands behind an apostrophe in a contraction (s t re ve m ll d), 0 when none does. Without
 * regard to case, U+017F is an s too.
 */
function contraction(anyCase: bool, at: usize, end: usize): usize {
  if (at >= end) return 0
  const fold: i32 = anyCase ? 0x20 : 0
  const first = <i32>load<u8>(at)
  const letter = first | fold
  if (letter == 0x73 || letter == 0x74 || letter == 0x6d || letter == 0x64) return 1
  if (at + 1 >= end) return 0
  const second = <i32>load<u8>(at, 1)
  if (letter == 0x6c) return (second | fold) == 0x6c ? 2 : 0
  if (letter == 0x72 || letter == 0x76) return (second | fold) == 0x65 ? 2 : 0
  return anyCase && first == 0xc5 && second == 0xbf ? 2 : 0
}

/** Ends of white space: \s+(?!\S)|\s+. All of it before the text's end; before anything else, all but the last one. */
function gpt2White(at: usize, end: usize): usize {
  let last = at
  let to = at
  while (to < end) {
    const first = <i32>load<u8>(to)
    if ((classOf(first, to) & WHITE) == 0) return last > at ? last : to
    last = to
    to += bytesOf(first)
  }
  return to
}

/** Ends of white space: \s*[\r\n]+|\s+(?!\S)|\s+, with `wholeAtEnd` \s+$ before them. */
function white(wholeAtEnd: bool, at: usize, end: usize): usize {
  let last = at
  let to = at
  let newlineEnd: usize = 0
  while (to < end) {
    const first = <i32>load<u8>(to)
    const is = classOf(first, to)
    if ((is & WHITE) == 0) {
      if (newlineEnd != 0) return newlineEnd
      return last > at ? last : to
    }
    last = to
    to += bytesOf(first)
    if ((is & NEWLINE) != 0) newlineEnd = to
  }
  return newlineEnd != 0 && !wholeAtEnd ? newlineEnd : to
}

function gpt2(digits: i32, at: usize, end: usize): usize {
  const first = <i32>load<u8>(at)
  if (first == APOSTROPHE) {
    const more = contraction(false, at + 1, end)
    if (more != 0) return at + 1 + more
  }
  const from = first == SPACE ? at + 1 : at
  if (from >= end) return end
  const is = classAt(from)
  if ((is & LETTER) != 0) return run(LETTER, from, end)
  if ((is & SYMBOL) != 0) return run(SYMBOL, from, end)
  if ((is & NUMBER) != 0) {
    if (digits == 0) return run(NUMBER, from, end)
    if (from == at) return numbers(digits, at, end)
  }
  return gpt2White(at, end)
}

function cl100k(digits: i32, wholeAtEnd: bool, at: usize, end: usize): usize {
  const first = <i32>load<u8>(at)
  if (first == APOSTROPHE) {
    const more = contraction(true, at + 1, end)
    if (more != 0) return at + 1 + more
  }
  const is = classOf(first, at)
  if ((is & LETTER) != 0) return run(LETTER, at, end)
  if ((is & NUMBER) != 0) return numbers(digits, at, end)
  const behind = at + bytesOf(first)
  if ((is & NEWLINE) == 0 && behind < end && (classAt(behind) & LETTER) != 0) return run(LETTER, behind, end)
  const from = first == SPACE ? behind : at
  if (from < end && (classAt(from) & SYMBOL) != 0) return run(NEWLINE, run(SYMBOL, from, end), end)
  return white(wholeAtEnd, at, end)
}

function o200k(digits: i32, at: usize, end: usize): usize {
  const first = <i32>load<u8>(at)
  const is = classOf(first, at)
  if ((is & NUMBER) != 0) return numbers(digits, at, end)
  let to: usize = 0
  if ((is & LETTER) != 0) to = cased(true, at, end)
  else if ((is & NEWLINE) == 0) {
    const behind = at + bytesOf(first)
    to = cased(false, behind, end)
    if (to == 0 && (is & MARK) != 0) to = behind // the mark is no prefix, but the last letter of a word
    if (to == 0) to = cased(true, behind, end)
  }
  if (to != 0) {
    if (to >= end || <i32>load<u8>(to) != APOSTROPHE) return to
    const more = contraction(true, to + 1, end)
    return more == 0 ? to : to + 1 + more
  }
  const from = first == SPACE ? at + 1 : at
  if (from < end && (classAt(from) & SYMBOL) != 0) {
    to = run(SYMBOL, from, end)
    while (to < end && (<i32>load<u8>(to) == SLASH || (classAt(to) & NEWLINE) != 0)) to++
    return to
  }
  return white(false, at, end)
}

/**
 * With U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and L = [\p{Ll}\p{Lm}\p{Lo}\p{M}]: where U*L+ ends, or with `upperAlone` U*L+|U+.
 * 0 when it does not match at `at`. U* takes all it can; when no lower-case letter follows, it gives back what L needs: the
 * last letter without case, and all behind it.
 */
function cased(upperAlone: bool, at: usize, end: usize): usize {
  let lastCaseless: usize = 0
  let to = at
  while (to < end) {
    const first = <i32>load<u8>(to)
    const is = classOf(first, to)
    if ((is & (UPPER | CASELESS | MARK)) == 0) {
      if ((is & LOWER) != 0) return run(LOWER | CASELESS | MARK, to, end)
      break
    }
    to += bytesOf(first)
    if ((is & UPPER) == 0) lastCaseless = to
  }
  if (lastCaseless != 0) return lastCaseless
  return upperAlone && to > at ? to : 0
}
