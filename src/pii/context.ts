/**
 * Words beside a value that say what it is (`Phone: …`, `… fax`). They lift the score of a shape that alone says little.
 *
 * The window ends at whatever may itself be a value: the third digit met, an `@`, the `//` of a URL, an angle bracket of a
 * tag. So no value is
 * explained by the words of another one, and masking one never brings new words into the window of the next.
 */
import { DIGIT_PLUS_ONE, isLetter, type Page } from './page.js'

const BEFORE_MAX = 60
const AFTER_MAX = 16
const DIGITS_MAX = 2

/** Added to a score where the context speaks for the value. Presidio's similarity factor (`LemmaContextAwareEnhancer`). */
export const CONTEXT_SCORE = 0.35

/** @param words matched against whole words in lower case */
export function hasContext(page: Page, start: number, end: number, words: ContextWords): boolean {
  return hasContextBefore(page, start, words) || words.isIn(after(page.text, end))
}

/** @param unitsMax how far to look back, at most 60 UTF-16 units */
export function hasContextBefore({ text }: Page, start: number, words: ContextWords, unitsMax = BEFORE_MAX): boolean {
  return words.isIn(before(text, start, unitsMax))
}

/**
 * From a list set off by commas: `tel` is a word, `telefon*` the beginning of one, `tax id` words in a row. Words of scripts
 * without spaces are looked for anywhere.
 */
export function contextWords(list: string): ContextWords {
  return new ContextWords(list.trim().split(/\s*[,\n]\s*/))
}

export class ContextWords {
  private readonly words = new Set<string>()
  private readonly stems: string[] = []
  /** By their last word. */
  private readonly phrases = new Map<string, string[][]>()
  private readonly unspaced: string[] = []

  constructor(list: readonly string[]) {
    for (const entry of list.filter((word) => word !== '')) {
      const parts = entry.split(/[^\p{L}\p{M}*]+/u)
      const last = parts.at(-1) ?? ''
      if (isUnspaced(entry.charCodeAt(0))) this.unspaced.push(entry)
      else if (entry.endsWith('*')) this.stems.push(entry.slice(0, -1))
      else if (parts.length === 1) this.words.add(entry)
      else this.phrases.set(last, [...(this.phrases.get(last) ?? []), parts])
    }
  }

  /** @param window lower-cased */
  isIn(window: string): boolean {
    if (window === '') return false
    const met: string[] = []
    for (let i = 0; i < window.length; ) {
      const unit = window.charCodeAt(i)
      if (!isWordPart(unit)) {
        i++
        continue
      }
      const start = i++
      if (isUnspaced(unit)) {
        if (this.unspaced.some((word) => window.startsWith(word, start))) return true
        continue
      }
      while (i < window.length && isWordPart(window.charCodeAt(i)) && !isUnspaced(window.charCodeAt(i))) i++
      met.push(window.slice(start, i))
    }
    return this.hasAny(met)
  }

  private hasAny(met: readonly string[]): boolean {
    for (let i = met.length - 1; i >= 0; i--) {
      const word = met[i]
      if (this.words.has(word) || this.stems.some((stem) => word.startsWith(stem))) return true
      const phrases = this.phrases.get(word)
      if (phrases?.some((parts) => parts.every((part, k) => met[i - parts.length + 1 + k] === part))) return true
    }
    return false
  }
}

/** '' when no letter is in it. */
function before(text: string, end: number, unitsMax: number): string {
  const least = Math.max(0, end - unitsMax)
  let letters = 0
  let digits = 0
  let i = end
  for (; i > least; i--) {
    const unit = text.charCodeAt(i - 1)
    if (isLetter(unit)) letters++
    else if ((DIGIT_PLUS_ONE[unit] !== 0 && ++digits > DIGITS_MAX) || isBarrier(unit)) break
    else if (unit === SLASH && text.charCodeAt(i - 2) === SLASH) break
  }
  return letters === 0 ? '' : text.slice(i, end).toLowerCase()
}

function after(text: string, start: number): string {
  const most = Math.min(text.length, start + AFTER_MAX)
  let i = start
  for (; i < most; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x0a || DIGIT_PLUS_ONE[unit] !== 0 || isBarrier(unit)) break
  }
  return i - start < 2 ? '' : text.slice(start, i).toLowerCase()
}

const SLASH = 0x2f

function isBarrier(unit: number): boolean {
  return unit === 0x40 || unit === 0x3c || unit === 0x3e
}

/** Letters, and the marks that Indic scripts and decomposed accents set between them. */
function isWordPart(unit: number): boolean {
  return isLetter(unit) || (unit >= 0x300 && unit <= 0x36f) || (unit >= 0x900 && unit <= 0xeff)
}

/** Han, kana, Hangul (whose endings join words) and Thai. */
function isUnspaced(unit: number): boolean {
  return (unit >= 0x2e80 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7af) || (unit >= 0xe00 && unit <= 0xe7f)
}
