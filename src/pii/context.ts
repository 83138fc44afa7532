/**
 * Words beside a value that say what it is (`Phone: …`, `… fax`). They lift the score of a shape that alone says little.
 *
 * The window ends at whatever may itself be a value: a number of three digits or more, an `@`, an angle bracket of a tag.
 * So no value is explained by the words of another one, and masking one never brings new words into the window of the next.
 */
import { DIGIT_PLUS_ONE, type Page } from './page.js'

const BEFORE_MAX = 60
const AFTER_MAX = 16
const NUMBER_MIN = 3

/** Added to a score where the context speaks for the value. Presidio's similarity factor (`LemmaContextAwareEnhancer`). */
export const CONTEXT_SCORE = 0.35

/** @param words matched against lower-cased text; must be linear on short windows */
export function hasContext(page: Page, start: number, end: number, words: RegExp): boolean {
  return hasContextBefore(page, start, words) || words.test(after(page.text, end))
}

export function hasContextBefore({ text }: Page, start: number, words: RegExp): boolean {
  return words.test(before(text, start))
}

/** A pattern for `hasContext`: any of the words, not as part of a longer one. `*` at the end allows more letters. */
export function contextWords(words: string): RegExp {
  const list = words
    .trim()
    .split(/\s*[,\n]\s*/)
    .map((word) => word.replace(/\./g, '\\.').replace(/ /g, '\\s').replace(/\*$/, '\\p{L}*'))
  return new RegExp(`(?<![\\p{L}\\p{M}])(?:${list.join('|')})(?![\\p{L}\\p{M}])`, 'u')
}

function before(text: string, end: number): string {
  const least = Math.max(0, end - BEFORE_MAX)
  let i = end
  for (let digits = 0; i > least; i--) {
    const unit = text.charCodeAt(i - 1)
    if (DIGIT_PLUS_ONE[unit] !== 0) {
      if (++digits === NUMBER_MIN) break
      continue
    }
    digits = 0
    if (isBarrier(unit)) break
  }
  return text.slice(i, end).toLowerCase()
}

function after(text: string, start: number): string {
  const most = Math.min(text.length, start + AFTER_MAX)
  let i = start
  for (; i < most; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x0a || DIGIT_PLUS_ONE[unit] !== 0 || isBarrier(unit)) break
  }
  return text.slice(start, i).toLowerCase()
}

function isBarrier(unit: number): boolean {
  return unit === 0x40 || unit === 0x3c || unit === 0x3e
}
