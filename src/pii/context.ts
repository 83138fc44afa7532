/**
 * Words beside a value that say what it is (`Phone: …`, `… fax`). They lift the score of a shape that alone says little.
 *
 * The window ends at whatever may itself be a value: the third digit met, an `@`, the `//` of a URL, an angle bracket of a tag. So no
 * value is explained by the words of another one, and masking one never brings new words into the window of the next.
 */
import { DIGIT_PLUS_ONE, isLetter, type Page } from './page.js'

const BEFORE_MAX = 60
const AFTER_MAX = 16
const DIGITS_MAX = 2

const EMPTY: Window = { text: '', words: [], unspaced: [] }

/** Added to a score where the context speaks for the value. Presidio's similarity factor (`LemmaContextAwareEnhancer`). */
export const CONTEXT_SCORE = 0.35

/** @param words matched against whole words in lower case */
export function hasContext(page: Page, start: number, end: number, words: ContextWords): boolean {
  return hasContextBefore(page, start, words) || words.isIn(windowAfter(page, end))
}

/** @param unitsMax how far to look back, at most 60 UTF-16 units */
export function hasContextBefore(page: Page, start: number, words: ContextWords, unitsMax = BEFORE_MAX): boolean {
  return words.isIn(windowBefore(page, start, unitsMax))
}

/** What stands beside a value, read once for all the words that are looked for in it. */
export interface Window {
  /** Lower-cased. */
  readonly text: string
  /** Of scripts with spaces, in order. */
  readonly words: readonly string[]
  /** Where characters of scripts without spaces stand in `text`. */
  readonly unspaced: readonly number[]
}

/** The windows that were read last: finders ask for several lists of words in a row at the same place. */
export class LastWindows {
  before: Window = EMPTY
  beforeKey = -1
  after: Window = EMPTY
  afterKey = -1
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
  /** By their first unit. */
  private readonly stems = new Map<number, string[]>()
  /** By their last word. */
  private readonly phrases = new Map<string, string[][]>()
  private readonly unspaced: string[] = []

  constructor(list: readonly string[]) {
    for (const entry of list.filter((word) => word !== '')) {
      const parts = entry.split(/[^\p{L}\p{M}*]+/u)
      const last = parts.at(-1) ?? ''
      const first = entry.charCodeAt(0)
      if (isUnspaced(first)) this.unspaced.push(entry)
      else if (entry.endsWith('*')) this.stems.set(first, [...(this.stems.get(first) ?? []), entry.slice(0, -1)])
      else if (parts.length === 1) this.words.add(entry)
      else this.phrases.set(last, [...(this.phrases.get(last) ?? []), parts])
    }
  }

  isIn({ text, words, unspaced }: Window): boolean {
    for (const at of unspaced) if (this.unspaced.some((word) => text.startsWith(word, at))) return true
    for (let i = words.length - 1; i >= 0; i--) {
      const word = words[i]
      if (this.words.has(word) || this.stems.get(word.charCodeAt(0))?.some((stem) => word.startsWith(stem))) return true
      const phrases = this.phrases.get(word)
      if (phrases?.some((parts) => parts.every((part, k) => words[i - parts.length + 1 + k] === part))) return true
    }
    return false
  }
}

function windowBefore({ text, windows }: Page, end: number, unitsMax: number): Window {
  const key = end * (BEFORE_MAX + 1) + unitsMax
  if (windows.beforeKey !== key) {
    windows.before = read(text, startBefore(text, end, unitsMax), end)
    windows.beforeKey = key
  }
  return windows.before
}

function windowAfter({ text, windows }: Page, start: number): Window {
  if (windows.afterKey !== start) {
    windows.after = read(text, start, endAfter(text, start))
    windows.afterKey = start
  }
  return windows.after
}

function read(text: string, start: number, end: number): Window {
  if (start === end) return EMPTY
  const window = text.slice(start, end).toLowerCase()
  const words: string[] = []
  const unspaced: number[] = []
  for (let i = 0; i < window.length; ) {
    const unit = window.charCodeAt(i)
    if (!isWordPart(unit)) {
      i++
      continue
    }
    const from = i++
    if (isUnspaced(unit)) {
      unspaced.push(from)
      continue
    }
    while (i < window.length && isWordPart(window.charCodeAt(i)) && !isUnspaced(window.charCodeAt(i))) i++
    words.push(window.slice(from, i))
  }
  return { text: window, words, unspaced }
}

/** `end` when no letter stands between. */
function startBefore(text: string, end: number, unitsMax: number): number {
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
  return letters === 0 ? end : i
}

function endAfter(text: string, start: number): number {
  const most = Math.min(text.length, start + AFTER_MAX)
  let i = start
  for (; i < most; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x0a || DIGIT_PLUS_ONE[unit] !== 0 || isBarrier(unit)) break
  }
  return i - start < 2 ? start : i
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
