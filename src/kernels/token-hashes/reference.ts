/**
 * Finds the words of a text by a table of what each character is, and hashes them so that any n words in a row have a hash
 * at the cost of a subtraction (Karp and Rabin 1987, over words):
 *   token hash = FNV-1a over the spelled units, each | 2^16
 *   prefix[0] = 0,  prefix[i+1] = prefix[i] B + mix(token hash i)   mod 2^32, mix MurmurHash3's finalizer
 *   hash of words i … i+n-1 = prefix[i+n] - prefix[i] B^n
 * This file is the definition; `index.ts` is the same function over the WASM kernel.
 */

// ---- kinds of characters, the high half of a table's values ----

export const SEPARATOR = 0
/** A letter or digit of a word; the low half is its spelling. */
export const LETTER = 1
/** A word by itself; the low half is its spelling. */
export const CHARACTER = 2
/** Continues whatever word it stands behind, or starts one; the low half is its spelling. */
export const EXTEND = 3
/** As if it were not there. */
export const IGNORED = 4
/** A letter that several units spell: the low half is the spelling's number. */
export const SPELLED_LETTER = 5
/** A word by itself that several units spell. */
export const SPELLED_CHARACTER = 6
/** Half of a pair, or alone. */
export const SURROGATE = 7

export interface CharacterTable {
  /** Values of the 65,536 units. */
  readonly units: Uint32Array
  /** Values of plane 1, made when they are first asked for. Planes 2 and 3 are characters that spell themselves, the rest is ignored. */
  readonly astral: () => Uint32Array
  /** By number; those of plane 1 are there when `astral` has been called. */
  readonly spellings: readonly Uint16Array[]
}

/** B. */
export const PREFIX_FACTOR = 0x2c1b3c6d
export const TOKEN_SEED = 0x811c9dc5 | 0
export const TOKEN_FACTOR = 0x01000193
/** On each unit of a spelling when it is hashed. */
export const UNIT = 0x10000

/** MurmurHash3's finalizer, signed. */
export function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Words of a text; the arrays are longer than `count`, and used again for the next text. */
export class TokenHashes {
  count = 0
  /** Where each word starts, in UTF-16 units. */
  starts = new Int32Array(1024)
  /** One more than words. */
  prefix = new Int32Array(1025)

  reserve(count: number): void {
    if (count <= this.starts.length) return
    const length = Math.max(count, 2 * this.starts.length)
    const [starts, prefix] = [new Int32Array(length), new Int32Array(length + 1)]
    starts.set(this.starts)
    prefix.set(this.prefix)
    this.starts = starts
    this.prefix = prefix
  }
}

export type ScanTokens = (text: string, tokens: TokenHashes) => void

export function createTokenScanner(table: CharacterTable): ScanTokens {
  return (text, tokens) => {
    tokens.count = 0
    let open = SEPARATOR
    let hash = 0
    const close = () => {
      tokens.prefix[tokens.count + 1] = Math.imul(tokens.prefix[tokens.count], PREFIX_FACTOR) + mix(hash)
      tokens.count++
    }
    for (let at = 0, width = 1; at < text.length; at += width) {
      const character = characterAt(table, text, at)
      width = character.width
      const { kind } = character
      if (kind === IGNORED) continue
      if (kind === SEPARATOR) {
        if (open !== SEPARATOR) close()
        open = SEPARATOR
        continue
      }
      const wanted = kind === CHARACTER || kind === SPELLED_CHARACTER ? CHARACTER : LETTER
      if (open === SEPARATOR || (kind !== EXTEND && (wanted === CHARACTER || open === CHARACTER))) {
        if (open !== SEPARATOR) close()
        tokens.reserve(tokens.count + 1)
        tokens.starts[tokens.count] = at
        open = wanted
        hash = TOKEN_SEED
      }
      eachUnit(table, text, at, character, (unit) => {
        hash = Math.imul(hash ^ (UNIT | unit), TOKEN_FACTOR)
        return true
      })
    }
    if (open !== SEPARATOR) close()
  }
}

export interface TokenCharacter {
  readonly kind: number
  readonly value: number
  /** UTF-16 units that it takes. */
  readonly width: number
}

/** The character that starts at unit `at`. */
export function characterAt(table: CharacterTable, text: string, at: number): TokenCharacter {
  const value = table.units[text.charCodeAt(at)]
  if (value >>> 16 !== SURROGATE) return { kind: value >>> 16, value, width: 1 }
  const codePoint = text.codePointAt(at) ?? 0
  if (codePoint < 0x10000) return { kind: SEPARATOR, value: 0, width: 1 }
  if (codePoint >= 0x20000) return { kind: codePoint < 0x40000 ? SPELLED_CHARACTER : IGNORED, value: ITSELF, width: 2 }
  const astral = table.astral()[codePoint - 0x10000]
  return { kind: astral >>> 16, value: astral, width: 2 }
}

const ITSELF = 0xffffffff

/** The units that spell a character, as long as `take` says true; false when it did not to the end. */
export function eachUnit(
  table: CharacterTable,
  text: string,
  at: number,
  { kind, value }: TokenCharacter,
  take: (unit: number) => boolean,
): boolean {
  if (kind < SPELLED_LETTER) return take(value & 0xffff)
  if (value === ITSELF) return take(text.charCodeAt(at)) && take(text.charCodeAt(at + 1))
  for (const unit of table.spellings[value & 0xffff]) if (!take(unit)) return false
  return true
}
