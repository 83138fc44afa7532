/**
 * Which characters make words, and their lower-case form, as tables over code points.
 * A word is a run of letters, numbers and `_` (general categories L and N): the `\w+` of Python's `re` on lower-cased
 * text, which is what the near-duplicate tools of the field count. Combining marks end a word there, and so here: in
 * scripts that write vowels as marks (Devanagari, Arabic with harakat) words are cut at them, for all documents alike.
 * Lower case is one character for one character, with the two small sigmas made equal; `İ` becomes `i` and ends its word,
 * as it does when its full lower-case form (`i` and a combining dot) is split.
 */

const PLANE = 0x10000
const WORD = /[\p{L}\p{N}_]/u
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

export const DOTTED_I = 0x130

/** In a unit table: no part of a word. */
export const SEPARATOR = 0
/** In a unit table: needs a look at the code point (a high surrogate, `İ`, a letter that is a word of its own). */
export const SPECIAL = 1

/** By plane; each table (256 KiB) is made when it is first needed. */
const planes: (Uint32Array | undefined)[] = []
const spacelessUnits = new Uint8Array(PLANE)

/** The lower-case form of a letter, number or `_`; 0 for any other code point. */
export function foldCodePoint(codePoint: number): number {
  const plane = codePoint >>> 16
  const table = planes[plane] ?? makePlane(plane)
  return table[codePoint & 0xffff]
}

/** Whether it is a letter or number of a script written without spaces: Han, Kana, Thai, Lao, Khmer, Myanmar. */
export function isSpaceless(codePoint: number): boolean {
  if (codePoint >= PLANE) return SPACELESS.test(String.fromCodePoint(codePoint))
  if (planes[0] === undefined) makePlane(0)
  return spacelessUnits[codePoint] === 1
}

/**
 * For each UTF-16 unit its lower-case form, SEPARATOR or SPECIAL (which are no forms: U+0000 and U+0001 make no words).
 * `single`: letters of scripts without spaces are special.
 */
export function unitTable(single: boolean): Uint16Array {
  const table = Uint16Array.from(planes[0] ?? makePlane(0))
  table.fill(SPECIAL, 0xd800, 0xdc00)
  table[DOTTED_I] = SPECIAL
  if (single) for (const [unit, spaceless] of spacelessUnits.entries()) if (spaceless === 1) table[unit] = SPECIAL
  return table
}

function makePlane(plane: number): Uint32Array {
  const table = new Uint32Array(PLANE)
  for (let low = 0; low < PLANE; low++) {
    const codePoint = plane * PLANE + low
    const character = String.fromCodePoint(codePoint)
    if (!WORD.test(character)) continue
    table[low] = lowerCase(codePoint, character)
    if (plane === 0 && SPACELESS.test(character)) spacelessUnits[low] = 1
  }
  planes[plane] = table
  return table
}

function lowerCase(codePoint: number, character: string): number {
  if (codePoint === 0x3c2) return 0x3c3 // ς and σ: which one stands says only where the word ends
  return character.toLowerCase().codePointAt(0) as number // never empty; `İ` gives `i` first
}
