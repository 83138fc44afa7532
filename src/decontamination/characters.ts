/**
 * What each UTF-16 unit is to the comparison of texts with benchmark items: letters and digits in one spelling, all else a
 * separator. Spelling is that of Unicode's compatibility decomposition without case, accents and vowel points, so that none
 * of case, width, ligatures, composed or decomposed letters and lost accents makes a difference. Marks that are no ornament
 * (Indic and Thai vowels, voiced kana) are kept. Invisible characters (soft hyphens, joiners, zero-width spaces) are no part
 * of a text at all.
 */
import {
  CHARACTER,
  type CharacterTable,
  EXTEND,
  IGNORED,
  LETTER,
  SEPARATOR,
  SPELLED_CHARACTER,
  SPELLED_LETTER,
  SURROGATE,
} from '../kernels/token-hashes/reference.js'

const WORD = /^[\p{L}\p{N}\p{M}]$/u
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]$/u
/** Format characters, variation selectors, the Arabic elongation. */
const INVISIBLE = /^[\p{Cf}\p{Variation_Selector}\u0640]$/u
/** Accents, points and enclosing marks of scripts whose letters stand without them. */
const ORNAMENT =
  /^(?![\u3099\u309a])(?:\p{Me}|(?=[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}\p{Script=Syriac}])\p{Mn})$/u
const MARK = /^\p{M}$/u
/** Apostrophes and other signs that Unicode counts as letters. */
const LETTER_LIKE_SIGN = /^[\u02b9-\u02bf\u02c6-\u02cf\u02ec\u02ee\ua788-\ua78a]$/u

const PLANE = 0x10000
const HANGUL = 0xac00
const HANGUL_END = 0xd7a4

let table: CharacterTable | null = null

/** The table, made at the first call. */
export function characterTable(): CharacterTable {
  if (table === null) {
    const spellings: Uint16Array[] = []
    let astral: Uint32Array | null = null
    const valuesOf = (plane: number) =>
      Uint32Array.from({ length: PLANE }, (_, i) => characterValue(plane + i, spellings))
    table = {
      units: valuesOf(0),
      spellings,
      astral: () => {
        astral ??= valuesOf(PLANE)
        return astral
      },
    }
  }
  return table
}

function characterValue(codePoint: number, spellings: Uint16Array[]): number {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return SURROGATE << 16
  if ((codePoint >= 0x4e00 && codePoint <= 0x9fff) || (codePoint >= 0x3400 && codePoint <= 0x4dbf))
    return (CHARACTER << 16) | codePoint // nothing to ask of 28,000 Han characters
  if (codePoint >= HANGUL && codePoint < HANGUL_END) return spelled(LETTER, jamo(codePoint - HANGUL), spellings)
  const character = String.fromCodePoint(codePoint)
  if (INVISIBLE.test(character)) return IGNORED << 16
  if (!WORD.test(character)) return SEPARATOR << 16
  const spelling = spellingOf(character)
  if (spelling === '') return (ORNAMENT.test(character) ? IGNORED : SEPARATOR) << 16
  const units = Uint16Array.from(spelling.split(''), (unit) => unit.charCodeAt(0))
  if (units.length === 1 && (MARK.test(character) || MARK.test(spelling))) return (EXTEND << 16) | units[0]
  return spelled(UNSPACED.test(character) ? CHARACTER : LETTER, units, spellings)
}

function spelled(kind: typeof LETTER | typeof CHARACTER, units: Uint16Array, spellings: Uint16Array[]): number {
  if (units.length === 1) return (kind << 16) | units[0]
  return ((kind === LETTER ? SPELLED_LETTER : SPELLED_CHARACTER) << 16) | (spellings.push(units) - 1)
}

/** The letters of a Hangul syllable (The Unicode Standard, section 3.12). */
function jamo(index: number): Uint16Array {
  const final = index % 28
  const both = [0x1100 + Math.floor(index / 588), 0x1161 + (Math.floor(index / 28) % 21)]
  return Uint16Array.from(final === 0 ? both : [...both, 0x11a7 + final])
}

/** Upper case first: what has the same capitals is the same letter (final sigma, dotless i, long s, sharp s). */
function spellingOf(character: string): string {
  const folded = character.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD')
  let out = ''
  for (const part of folded) {
    if (WORD.test(part) && !ORNAMENT.test(part) && !LETTER_LIKE_SIGN.test(part) && !INVISIBLE.test(part)) out += part
  }
  return out
}
