/**
 * BertNormalizer and BertPreTokenizer of Hugging Face tokenizers 0.23 in one walk: from text to normalized words, each unit of
 * which knows the character of the text that it came from. Left out: the canonical order of marks beside each other that are not
 * stripped (Hangul tone marks, signs of musical notation), which stay as they stand.
 */
import { NEVER_DECOMPOSED, NONSPACING_MARKS, PUNCTUATION, REMOVED } from './bert-classes.js'
import { type CodePointSet, has, WHITE_SPACE } from './matcher/code-point-set.js'

export interface BertRules {
  /** Controls go, white space becomes a space. */
  readonly cleanText: boolean
  /** Han characters stand alone. */
  readonly spaceHan: boolean
  readonly stripAccents: boolean
  readonly lowercase: boolean
}

/** Unit i of a word is made of the text's units [starts[i], ends[i]). Valid until the next word. */
export interface BertWord {
  readonly units: Uint16Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** Units there are; fewer than the word has where it has more than `charactersMax` characters. */
  readonly length: number
  readonly characters: number
  /** Of the whole word, in the text. */
  readonly start: number
  readonly end: number
}

/** 0 is what is not known yet. A character of a word, one unit before and after. */
const PLAIN = 1
const WHITE = 2
/** A word of its own. */
const ALONE = 3
/** Whatever is not one unit that stays one. */
const OTHER = 4

/** Blocks that tokenizers takes for Han. */
const HAN: CodePointSet = [
  0x3400, 0x4dc0, 0x4e00, 0xa000, 0xf900, 0xfb00, 0x20000, 0x2a6e0, 0x2a700, 0x2b820, 0x2b920, 0x2ceb0, 0x2f800,
  0x2fa20,
]

/** Rare characters whose normal form is kept: enough for a script beyond the first plane. */
const KNOWN_MAX = 2 ** 14

export class BertWords {
  /** By unit: what is known of it, and what it becomes. */
  readonly #kinds = new Uint8Array(2 ** 16)
  readonly #plain = new Uint16Array(2 ** 16)
  readonly #known = new Map<number, string>()
  readonly #units: Uint16Array
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  #length = 0
  #characters = 0
  #start = 0
  #end = 0

  /** @param charactersMax of longer words only the ends and the number of characters are told */
  constructor(
    private readonly rules: BertRules,
    private readonly charactersMax: number,
  ) {
    this.#units = new Uint16Array(2 * charactersMax)
    this.#starts = new Uint32Array(2 * charactersMax)
    this.#ends = new Uint32Array(2 * charactersMax)
  }

  each(text: string, take: (word: BertWord) => void): void {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      switch (this.#kinds[unit] || this.#learn(unit)) {
        case PLAIN:
          this.#append(this.#plain[unit], 1, at, at + 1)
          break
        case WHITE:
          this.#finish(take)
          break
        case ALONE:
          this.#finish(take)
          this.#append(this.#plain[unit], 1, at, at + 1)
          this.#finish(take)
          break
        default: {
          const code = scalarAt(text, at)
          const end = at + (code >= 0x10000 ? 2 : 1)
          this.#appendNormal(this.#normal(code), at, end, take)
          at = end - 1
        }
      }
    }
    this.#finish(take)
  }

  #append(unit: number, characters: 0 | 1, start: number, end: number): void {
    if (this.#characters === 0) this.#start = start
    this.#characters += characters
    this.#end = end
    if (this.#characters > this.charactersMax) return
    this.#units[this.#length] = unit
    this.#starts[this.#length] = start
    this.#ends[this.#length] = end
    this.#length++
  }

  #appendNormal(normal: string, start: number, end: number, take: (word: BertWord) => void): void {
    for (const character of normal) {
      const code = scalarAt(character, 0)
      const isAlone = isPunctuation(code)
      if (isAlone || has(WHITE_SPACE, code)) this.#finish(take)
      if (has(WHITE_SPACE, code)) continue
      this.#append(character.charCodeAt(0), 1, start, end)
      if (code >= 0x10000) this.#append(character.charCodeAt(1), 0, start, end)
      if (isAlone) this.#finish(take)
    }
  }

  #finish(take: (word: BertWord) => void): void {
    if (this.#characters === 0) return
    take({
      units: this.#units,
      starts: this.#starts,
      ends: this.#ends,
      length: this.#length,
      characters: this.#characters,
      start: this.#start,
      end: this.#end,
    })
    this.#length = 0
    this.#characters = 0
  }

  #learn(unit: number): number {
    const isHalf = unit >= 0xd800 && unit <= 0xdfff
    const normal = isHalf ? '' : this.#normal(unit)
    let kind = OTHER
    if (normal.length === 1) {
      const code = normal.charCodeAt(0)
      kind = has(WHITE_SPACE, code) ? WHITE : isPunctuation(code) ? ALONE : PLAIN
      this.#plain[unit] = code
    }
    this.#kinds[unit] = kind
    return kind
  }

  /** What a character becomes; with spaces around where it stands alone whatever it is. */
  #normal(code: number): string {
    let normal = this.#known.get(code)
    if (normal === undefined) {
      normal = normalOf(code, this.rules)
      if (this.#known.size >= KNOWN_MAX) this.#known.clear()
      this.#known.set(code, normal)
    }
    return normal
  }
}

function normalOf(code: number, { cleanText, spaceHan, stripAccents, lowercase }: BertRules): string {
  if (cleanText && has(REMOVED, code)) return ''
  if (cleanText && has(WHITE_SPACE, code)) return ' '
  let normal = String.fromCodePoint(code)
  if (stripAccents) {
    const decomposed = has(NEVER_DECOMPOSED, code) ? normal : normal.normalize('NFD')
    normal = [...decomposed].filter((character) => !has(NONSPACING_MARKS, scalarAt(character, 0))).join('')
  }
  // One after the other, so that no sigma is a final one.
  if (lowercase) normal = Array.from(normal, (character) => character.toLowerCase()).join('')
  return spaceHan && has(HAN, code) ? ` ${normal} ` : normal
}

function isPunctuation(code: number): boolean {
  return has(PUNCTUATION, code)
}

/** The code point, of a lone half U+FFFD. */
function scalarAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0
  return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
}
