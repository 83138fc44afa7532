/**
 * White space and words of text in UTF-16 units, for kernels that import it: where words begin and end by vectors, and their
 * 64-bit hash (src/lm/word-hash.ts, the same numbers). Reads up to 16 bytes behind a word.
 */

/** Text is looked through by 64 units at once. */
export const GROUP_BYTES: usize = 128
export const HIGH_SEED: u32 = 0x9747b28c
export const LOW_SEED: u32 = 0x5bd1e995

/** A bit for each unit of a group, set where it is a blank or 9 to 13. */
@inline
export function spacesOf(p: usize): u64 {
  return spacesOf16(p) | (spacesOf16(p + 32) << 16) | (spacesOf16(p + 64) << 32) | (spacesOf16(p + 96) << 48)
}

@inline
function spacesOf16(p: usize): u64 {
  return <u64>i8x16.bitmask(i8x16.narrow_i16x8_s(spaceMask(v128.load(p)), spaceMask(v128.load(p + 16))))
}

@inline
function spaceMask(eight: v128): v128 {
  const controls = i16x8.le_u(i16x8.sub(eight, i16x8.splat(9)), i16x8.splat(4))
  return v128.or(i16x8.eq(eight, i16x8.splat(32)), controls)
}

/** The hash of the word from `start` to `end`. Most have up to eight units: these take no branches. */
@inline
export function hashWord(start: usize, end: usize): u64 {
  const count = <i32>((end - start) >> 1)
  let four = load<u64>(start) & maskOf(count)
  let h = stepHigh(HIGH_SEED, four)
  let l = stepLow(LOW_SEED, four, h)
  four = load<u64>(start + 8) & maskOf(count - 4)
  const h8 = stepHigh(h, four)
  const l8 = stepLow(l, four, h8)
  h = select(h8, h, count > 4)
  l = select(l8, l, count > 4)
  for (let p = start + 16, left = count - 8; left > 0; p += 8, left -= 4) {
    four = load<u64>(p) & maskOf(left)
    h = stepHigh(h, four)
    l = stepLow(l, four, h)
  }
  return hashOf(h, l, <u32>count)
}

/** Of the first `count` of four units; all when it is more, any when it is less than 0. */
@inline
export function maskOf(count: i32): u64 {
  return select(~(<u64>0), ((<u64>1) << (<u64>count << 4)) - 1, count >= 4)
}

/** The upper half so far, four units on. */
@inline
export function stepHigh(h: u32, four: u64): u32 {
  return rotl<u32>((h ^ <u32>four) * 0xcc9e2d51, 15)
}

/** The lower half so far, four units on; `h` has taken them already. */
@inline
export function stepLow(l: u32, four: u64, h: u32): u32 {
  return (l ^ <u32>(four >> 32)) * 0x1b873593 + h
}

/** Behind a word of so many units. */
@inline
export function hashOf(h: u32, l: u32, letters: u32): u64 {
  const lower = mix(l ^ letters)
  return ((<u64>mix(h ^ lower)) << 32) | (<u64>lower)
}

@inline
function mix(hash: u32): u32 {
  hash ^= hash >>> 16
  hash *= 0x85ebca6b
  hash ^= hash >>> 13
  hash *= 0xc2b2ae35
  return hash ^ (hash >>> 16)
}
