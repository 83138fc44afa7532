/**
 * 32-bit hashes of tokens and of what is seen of them: the folded word, its ends, its shape. FNV-1a over units, mixed as
 * MurmurHash3 ends (Appleby). A token longer than LENGTH_MAX units is told by its beginning.
 */
import { CLASS, DIGIT, FOLDED, LETTER, LOWER, MARK, UPPER } from './characters.js'
import type { Tokens } from './tokens.js'

const LENGTH_MAX = 48
const FNV_PRIME = 0x01000193
const FNV_START = 0x811c9dc5
const AFFIX_MAX = 4
const SHAPE_MAX = 12
const LESS_THAN = 0x3c
/** All masks look alike, whatever they stand for. */
export const MASK = mixed(LESS_THAN)

export interface Hashes {
  readonly word: Int32Array
  /** Of the first 2, 3 and 4 units; 0 where the token has no more than that. */
  readonly prefixes: readonly Int32Array[]
  /** Of the last 1, 2, 3 and 4 units; 0 likewise. */
  readonly suffixes: readonly Int32Array[]
  /** Classes of units, runs of one class as one. */
  readonly shape: Int32Array
}

export function foldedHash(text: string, start: number, end: number): number {
  let hash = FNV_START
  const stop = Math.min(end, start + LENGTH_MAX)
  for (let at = start; at < stop; at++) hash = Math.imul(hash ^ FOLDED[text.charCodeAt(at)], FNV_PRIME)
  return mixed(hash)
}

/** Order counts. */
export function joinedHash(first: number, second: number): number {
  return mixed(Math.imul(first, 31) ^ second)
}

export function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

export function hashTokens(text: string, { count, starts, ends }: Tokens): Hashes {
  const arrays = () => new Int32Array(count)
  const hashes = {
    word: arrays(),
    prefixes: [1, 2, 3].map(arrays),
    suffixes: [1, 2, 3, 4].map(arrays),
    shape: arrays(),
  }
  for (let i = 0; i < count; i++) {
    const start = starts[i]
    const end = Math.min(ends[i], start + LENGTH_MAX)
    if (end > start + 1 && text.charCodeAt(start) === LESS_THAN) {
      hashes.word[i] = hashes.shape[i] = MASK
      continue
    }
    hashes.word[i] = foldedHash(text, start, end)
    hashes.shape[i] = shapeHash(text, start, end)
    affixes(text, start, end, i, hashes)
  }
  return hashes
}

function affixes(text: string, start: number, end: number, i: number, { prefixes, suffixes }: Hashes): void {
  let prefix = FNV_START
  let suffix = FNV_START ^ 0x5a5a
  const most = Math.min(AFFIX_MAX, end - start - 1)
  for (let length = 1; length <= most; length++) {
    prefix = Math.imul(prefix ^ FOLDED[text.charCodeAt(start + length - 1)], FNV_PRIME)
    suffix = Math.imul(suffix ^ FOLDED[text.charCodeAt(end - length)], FNV_PRIME)
    if (length > 1) prefixes[length - 2][i] = mixed(prefix)
    suffixes[length - 1][i] = mixed(suffix)
  }
}

function shapeHash(text: string, start: number, end: number): number {
  let hash = FNV_START
  let last = -1
  let repeats = 0
  let parts = 0
  for (let at = start; at < end && parts < SHAPE_MAX; at++) {
    const unit = text.charCodeAt(at)
    const kind = CLASS[unit]
    if (kind === MARK) continue
    const seen = kind === LOWER || kind === UPPER || kind === LETTER || kind === DIGIT ? kind : 0x100 + unit
    // `Xx`, `XX`, `d`, `dd`: one and more are told apart.
    repeats = seen === last ? repeats + 1 : 0
    last = seen
    if (repeats > 1) continue
    hash = Math.imul(hash ^ seen, FNV_PRIME)
    parts++
  }
  return mixed(hash)
}
