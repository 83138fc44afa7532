/**
 * Token hashes, the fast form of `reference.ts`: the same values, a piece of text at a time. Memory is laid out by `index.ts`:
 * unit table at 0, astral table, where each spelling ends, spellings, text, starts, prefixes.
 */

const SEPARATOR: u32 = 0
const LETTER: u32 = 1
const CHARACTER: u32 = 2
const EXTEND: u32 = 3
const IGNORED: u32 = 4
const SPELLED_LETTER: u32 = 5
const SPELLED_CHARACTER: u32 = 6
const SURROGATE: u32 = 7

const TOKEN_SEED: u32 = 0x811c9dc5
const TOKEN_FACTOR: u32 = 0x01000193
const PREFIX_FACTOR: u32 = 0x2c1b3c6d
const UNIT: u32 = 0x10000
const HAN_END: u32 = 0x40000

let astralAt: usize = 0
let spellingEndsAt: usize = 0
let spellingsAt: usize = 0
let hasAstral: bool = false

// Of the text: what is carried from piece to piece.
let open: u32 = SEPARATOR
let hash: u32 = 0
let prefix: u32 = 0
// Of the piece: how many starts and prefixes it gave.
let startCount: i32 = 0
let prefixCount: i32 = 0

export function setTables(astral: usize, spellingEnds: usize, spellings: usize): void {
  astralAt = astral
  spellingEndsAt = spellingEnds
  spellingsAt = spellings
}

export function setAstral(): void {
  hasAstral = true
}

export function begin(): void {
  open = SEPARATOR
  prefix = 0
}

export function starts(): i32 {
  return startCount
}

export function prefixes(): i32 {
  return prefixCount
}

// @ts-ignore: decorator
@inline
function mixed(value: u32): u32 {
  let h = value
  h = (h ^ (h >>> 16)) * 0x85ebca6b
  h = (h ^ (h >>> 13)) * 0xc2b2ae35
  return h ^ (h >>> 16)
}

/**
 * Scans `units` units at `text`, the first of which is unit `base` of the whole text. False when it met a pair and the astral
 * table is not there yet: the text has to be begun again.
 */
export function scan(text: usize, units: i32, base: i32, startsAt: usize, prefixesAt: usize, isLast: bool): bool {
  const end = text + ((<usize>units) << 1)
  let s = startsAt
  let q = prefixesAt
  let at = text
  let state = open
  let h = hash
  let sum = prefix
  while (at < end) {
    let value = load<u32>((<usize>load<u16>(at)) << 2)
    if (value >>> 16 == LETTER) {
      if (state != LETTER) {
        if (state != SEPARATOR) {
          sum = sum * PREFIX_FACTOR + mixed(h)
          store<u32>(q, sum)
          q += 4
        }
        store<i32>(s, base + <i32>((at - text) >>> 1))
        s += 4
        state = LETTER
        h = TOKEN_SEED
      }
      do {
        h = (h ^ value) * TOKEN_FACTOR
        at += 2
        if (at >= end) break
        value = load<u32>((<usize>load<u16>(at)) << 2)
      } while (value >>> 16 == LETTER)
      if (at >= end) break
    }
    let kind = value >>> 16
    const first = at
    at += 2
    let codePoint: u32 = 0
    if (kind == SURROGATE) {
      const high = <u32>load<u16>(first)
      const low = at < end ? <u32>load<u16>(at) : 0
      if (high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        if (!hasAstral) return false
        at += 2
        codePoint = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        if (codePoint < 0x20000) value = load<u32>(astralAt + ((<usize>(codePoint - 0x10000)) << 2))
        else value = (codePoint < HAN_END ? SPELLED_CHARACTER : IGNORED) << 16
        kind = value >>> 16
      } else kind = SEPARATOR
    }
    if (kind == SEPARATOR) {
      if (state != SEPARATOR) {
        sum = sum * PREFIX_FACTOR + mixed(h)
        store<u32>(q, sum)
        q += 4
        state = SEPARATOR
      }
      continue
    }
    if (kind == IGNORED) continue
    const wanted = kind == CHARACTER || kind == SPELLED_CHARACTER ? CHARACTER : LETTER
    if (state == SEPARATOR || (kind != EXTEND && (wanted == CHARACTER || state == CHARACTER))) {
      if (state != SEPARATOR) {
        sum = sum * PREFIX_FACTOR + mixed(h)
        store<u32>(q, sum)
        q += 4
      }
      store<i32>(s, base + <i32>((first - text) >>> 1))
      s += 4
      state = wanted
      h = TOKEN_SEED
    }
    if (kind < SPELLED_LETTER) {
      h = (h ^ (UNIT | (value & 0xffff))) * TOKEN_FACTOR
    } else if (codePoint >= 0x20000) {
      h = (h ^ (UNIT | <u32>load<u16>(first))) * TOKEN_FACTOR
      h = (h ^ (UNIT | <u32>load<u16>(first, 2))) * TOKEN_FACTOR
    } else {
      const number = spellingEndsAt + ((<usize>(value & 0xffff)) << 2)
      let unit = spellingsAt + (<usize>load<u32>(number) << 1)
      const unitEnd = spellingsAt + (<usize>load<u32>(number, 4) << 1)
      for (; unit < unitEnd; unit += 2) h = (h ^ (UNIT | <u32>load<u16>(unit))) * TOKEN_FACTOR
    }
  }
  if (isLast && state != SEPARATOR) {
    sum = sum * PREFIX_FACTOR + mixed(h)
    store<u32>(q, sum)
    q += 4
    state = SEPARATOR
  }
  open = state
  hash = h
  prefix = sum
  startCount = <i32>((s - startsAt) >>> 2)
  prefixCount = <i32>((q - prefixesAt) >>> 2)
  return true
}
