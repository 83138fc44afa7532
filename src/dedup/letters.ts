/**
 * Which characters make words, and their lower-case form, as tables over code points.
 * A word is a run of letters, numbers and `_` (general categories L and N): the `\w+` of Python's `re` on lower-cased
 * text, which is what the near-duplicate tools of the field count. Combining marks end a word there, and so here: in
 * scripts that write vowels as marks (Devanagari, Arabic with harakat) words are cut at them, for all documents alike.
 * Lower case is one character for one character, with the two sigmas made equal; `İ` alone becomes `i` and ends its word,
 * as it does when its full lower-case form (`i` and a combining dot) is split.
 */

const PLANE = 0x10000
const WORD = /[\p{L}\p{N}_]/u
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

export const DOTTED_I = 0x130

/** By UTF-16 unit: its lower-case form, or 0 where it is no part of a word. Surrogates are 0: see `foldAstral`. */
export const FOLD: Uint16Array = Uint16Array.from(planeFold(0))

/** By UTF-16 unit: 1 for a letter of a script written without spaces. */
export const SPACELESS_UNIT: Uint8Array = new Uint8Array(PLANE)
for (const [unit, folded] of FOLD.entries()) {
  if (folded !== 0 && SPACELESS.test(String.fromCharCode(unit))) SPACELESS_UNIT[unit] = 1
}

const planes: (Uint32Array | undefined)[] = []

/** The same for a code point above 0xFFFF; each plane's table (256 KiB) is made when it is first met. */
export function foldAstral(codePoint: number): number {
  const plane = codePoint >>> 16
  let table = planes[plane]
  if (table === undefined) {
    table = planeFold(plane)
    planes[plane] = table
  }
  return table[codePoint & 0xffff] ?? 0
}

/** All letters above 0xFFFF of scripts without spaces are Han or Kana (planes 2 and 3, and Kana at 0x1B000 on). */
export function isSpacelessAstral(codePoint: number): boolean {
  return SPACELESS.test(String.fromCodePoint(codePoint))
}

function planeFold(plane: number): Uint32Array {
  const table = new Uint32Array(PLANE)
  for (let low = 0; low < PLANE; low++) {
    const codePoint = plane * PLANE + low
    const character = String.fromCodePoint(codePoint)
    if (WORD.test(character)) table[low] = lowerCase(codePoint, character)
  }
  return table
}

function lowerCase(codePoint: number, character: string): number {
  if (codePoint === DOTTED_I) return 0x69
  if (codePoint === 0x3a3 || codePoint === 0x3c2) return 0x3c3 // Σ and ς: which one stands is a matter of the word's end
  const lower = character.toLowerCase()
  return lower.codePointAt(0) ?? codePoint
}
