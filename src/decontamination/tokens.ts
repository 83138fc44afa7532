/**
 * The words of a text as they are compared with benchmark items. Only offsets and hashes are kept; a word's spelling is made
 * again where a hash is known, to be compared letter by letter.
 */
import { createTokenScanner } from '../kernels/token-hashes/index.js'
import {
  CHARACTER,
  characterAt,
  eachUnit,
  IGNORED,
  mix,
  PREFIX_FACTOR,
  type ScanTokens,
  SEPARATOR,
  SPELLED_CHARACTER,
  TOKEN_FACTOR,
  TOKEN_SEED,
  TokenHashes,
  UNIT,
} from '../kernels/token-hashes/reference.js'
import { characterTable } from './characters.js'

/** Between the words of a spelled text. */
export const TOKEN_END = 0x20
/** Around each spelled passage. */
export const PASSAGE_END = 0x0a

/** How windows of `length` words are hashed: lengths are told apart, so that one table can hold several. */
export interface Window {
  readonly length: number
  readonly power: number
  readonly addend: number
}

export function windowOf(length: number): Window {
  let power = 1
  for (let i = 0; i < length; i++) power = Math.imul(power, PREFIX_FACTOR)
  return { length, power, addend: Math.imul(length, 0x9e3779b1) }
}

/** Signed 32 bits. */
export function windowHash(prefix: Int32Array, first: number, { length, power, addend }: Window): number {
  return mix(prefix[first + length] - Math.imul(prefix[first], power) + addend)
}

/** The words of one text after the other: arrays are used again. */
export class Tokens {
  text = ''
  private readonly hashes = new TokenHashes()
  private readonly table = characterTable()
  private readonly scanner: ScanTokens = createTokenScanner(this.table)

  scan(text: string): void {
    this.text = text
    this.scanner(text, this.hashes)
  }

  get count(): number {
    return this.hashes.count
  }

  /** Hash of all words before each. Only valid until the next scan. */
  get prefix(): Int32Array {
    return this.hashes.prefix
  }

  /** Where a word starts, in UTF-16 units. */
  startOf(token: number): number {
    return this.hashes.starts[token]
  }

  /** Behind its last letter, and the marks and invisible characters on that. */
  endOf(token: number): number {
    const limit = this.limitOf(token)
    let at = this.startOf(token)
    for (;;) {
      if (at >= limit) return limit
      const { kind, width } = characterAt(this.table, this.text, at)
      if (kind === SEPARATOR) return at
      at += width
    }
  }

  /** Whether it is a single character of a script without spaces. */
  isCharacter(token: number): boolean {
    const { kind } = characterAt(this.table, this.text, this.startOf(token))
    return kind === CHARACTER || kind === SPELLED_CHARACTER
  }

  /** The spelling of words `first` to `first + count - 1`, TOKEN_END between them, in UTF-8 by unit. */
  spell(first: number, count: number, write: (byte: number) => void): void {
    for (let token = first; token < first + count; token++) {
      if (token > first) write(TOKEN_END)
      this.eachUnitOf(token, (unit) => {
        writeUnit(unit, write)
        return true
      })
    }
  }

  /** Where the spelling of these words ends in `bytes` if it stands there at `at`, else -1. */
  matchEnd(first: number, count: number, bytes: Uint8Array, at: number): number {
    let position = at
    const isNext = (unit: number): boolean => {
      const width = unitWidthAt(unit, bytes, position)
      position += width
      return width > 0
    }
    for (let token = first; token < first + count; token++) {
      if (token > first && bytes[position++] !== TOKEN_END) return -1
      if (!this.eachUnitOf(token, isNext)) return -1
    }
    return bytes[position] === TOKEN_END || bytes[position] === PASSAGE_END ? position : -1
  }

  private eachUnitOf(token: number, take: (unit: number) => boolean): boolean {
    const limit = this.limitOf(token)
    for (let at = this.startOf(token); at < limit; ) {
      const character = characterAt(this.table, this.text, at)
      if (character.kind === SEPARATOR) return true
      if (character.kind !== IGNORED && !eachUnit(this.table, this.text, at, character, take)) return false
      at += character.width
    }
    return true
  }

  /** No part of it lies from here on. */
  private limitOf(token: number): number {
    return token + 1 < this.hashes.count ? this.hashes.starts[token + 1] : this.text.length
  }
}

/**
 * Words of a spelled passage, bytes [start, end): where each starts, one more as if another followed, and prefix hashes. Gives
 * their number.
 */
export function scanSpelled(
  bytes: Uint8Array,
  start: number,
  end: number,
  starts: Uint32Array,
  prefix: Int32Array,
): number {
  let count = 0
  let hash = TOKEN_SEED
  starts[0] = start
  for (let at = start; at <= end; ) {
    const byte = bytes[at++]
    if (byte === TOKEN_END || byte === PASSAGE_END) {
      prefix[count + 1] = Math.imul(prefix[count], PREFIX_FACTOR) + mix(hash)
      starts[++count] = at
      hash = TOKEN_SEED
      continue
    }
    let unit = byte
    if (byte >= 0xe0) unit = ((byte & 15) << 12) | ((bytes[at++] & 63) << 6) | (bytes[at++] & 63)
    else if (byte >= 0xc0) unit = ((byte & 31) << 6) | (bytes[at++] & 63)
    hash = Math.imul(hash ^ (UNIT | unit), TOKEN_FACTOR)
  }
  return count
}

function writeUnit(unit: number, write: (byte: number) => void): void {
  if (unit < 0x80) {
    write(unit)
    return
  }
  if (unit < 0x800) write(0xc0 | (unit >>> 6))
  else {
    write(0xe0 | (unit >>> 12))
    write(0x80 | ((unit >>> 6) & 63))
  }
  write(0x80 | (unit & 63))
}

/** Bytes of this unit if it stands at `at`, else 0. */
function unitWidthAt(unit: number, bytes: Uint8Array, at: number): number {
  if (unit < 0x80) return bytes[at] === unit ? 1 : 0
  const last = 0x80 | (unit & 63)
  if (unit < 0x800) return bytes[at] === (0xc0 | (unit >>> 6)) && bytes[at + 1] === last ? 2 : 0
  const middle = 0x80 | ((unit >>> 6) & 63)
  return bytes[at] === (0xe0 | (unit >>> 12)) && bytes[at + 1] === middle && bytes[at + 2] === last ? 3 : 0
}
