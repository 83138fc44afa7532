/**
 * Classes and folded forms of UTF-16 units, as tables: lower case without accents, so that `Ávila`, `AVILA` and `avila` have one
 * form. Units beyond the Basic Multilingual Plane are symbols (emoji mostly); names in such scripts are left out.
 */

export const SPACE = 0
export const LOWER = 1
export const UPPER = 2
/** Of scripts without case. */
export const LETTER = 3
export const DIGIT = 4
export const MARK = 5
export const SYMBOL = 6
export const LINE_END = 7

const UNITS = 0x10000

/** Class of every unit. */
export const CLASS = new Uint8Array(UNITS)
/** Folded unit of every unit. */
export const FOLDED = new Uint16Array(UNITS)

let isFilled = false

/** Fills the tables, which takes some 20 ms: at the first text, not at the start of every command. */
export function fillCharacterTables(): void {
  if (isFilled) return
  isFilled = true
  for (let unit = 0; unit < UNITS; unit++) {
    // Ideographs and Hangul syllables have no case and no accents.
    const isPlain = (unit >= 0x3400 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7a3)
    CLASS[unit] = isPlain ? LETTER : classOf(unit)
    FOLDED[unit] = isPlain || unit >= 0xd800 ? unit : foldedOf(unit)
  }
}

function classOf(unit: number): number {
  if (unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029) return LINE_END
  if (unit >= 0xd800 && unit <= 0xf8ff) return SYMBOL
  const character = String.fromCharCode(unit)
  if (/\s/u.test(character)) return SPACE
  if (/\p{Ll}/u.test(character)) return LOWER
  if (/\p{Lu}|\p{Lt}/u.test(character)) return UPPER
  if (/\p{L}/u.test(character)) return LETTER
  if (/\p{N}/u.test(character)) return DIGIT
  if (/\p{M}/u.test(character) || unit === 0x200d || unit === 0xad) return MARK
  return SYMBOL
}

const WITHOUT_DECOMPOSITION: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ß: 's',
  ı: 'i',
  æ: 'a',
  œ: 'o',
  '’': "'",
}

function foldedOf(unit: number): number {
  const character = String.fromCharCode(unit)
  const lower = character.toLowerCase()
  const base = WITHOUT_DECOMPOSITION[lower] ?? lower.normalize('NFD')
  return base.charCodeAt(0)
}
