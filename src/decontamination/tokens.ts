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
  TokenHashes,
} from '../kernels/token-hashes/reference.js'
import { power32 } from '../text/hash.js'
import { characterTable } from './characters.js'

/** An argument each. */
const UNITS_AT_ONCE = 4096

/** How windows of `length` words are hashed: lengths and kinds are told apart, so that one table can hold several. */
export interface Window {
  readonly length: number
  /** A passage that is looked for as a whole, no n-gram. */
  readonly isWhole: boolean
  readonly power: number
  readonly addend: number
}

export function windowOf(length: number, isWhole = false): Window {
  const power = power32(PREFIX_FACTOR, length)
  return { length, isWhole, power, addend: Math.imul(2 * length + Number(isWhole), 0x9e3779b1) }
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

  /** What a word weighs in halves: characters of scripts without spaces count half. */
  halvesOf(token: number): number {
    const { kind } = characterAt(this.table, this.text, this.startOf(token))
    return kind === CHARACTER || kind === SPELLED_CHARACTER ? 1 : 2
  }

  spellingOf(token: number): string {
    const units: number[] = []
    this.eachUnitOf(token, (unit) => units.push(unit) > 0)
    let spelling = ''
    for (let at = 0; at < units.length; at += UNITS_AT_ONCE)
      spelling += String.fromCharCode(...units.slice(at, at + UNITS_AT_ONCE))
    return spelling
  }

  /** Whether the units [start, end) of `spellings` are a word's spelling. */
  isSpelled(token: number, spellings: Uint16Array, start: number, end: number): boolean {
    let at = start
    return this.eachUnitOf(token, (unit) => at < end && spellings[at++] === unit) && at === end
  }

  /** Its token hash, as the kernel makes it, mixed. */
  hashOf(token: number): number {
    return (this.prefix[token + 1] - Math.imul(this.prefix[token], PREFIX_FACTOR)) | 0
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

/** Prefix hashes of words with these token hashes. */
export function prefixOf(hashes: Int32Array, count: number, prefix: Int32Array): void {
  for (let i = 0; i < count; i++) prefix[i + 1] = Math.imul(prefix[i], PREFIX_FACTOR) + hashes[i]
}
