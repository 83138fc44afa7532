/**
 * Finds whether a text holds one of a set of phrases, as a regular expression `(?:\W|^)(phrases)(?:\W|$)` would, or anywhere
 * at all for scripts without spaces. Each word of the text is looked up once: linear, whatever the phrases.
 */

/** As Python's `\w` for text: letters and digits of any script, and the underscore; marks are none. */
const WORD = /[\p{L}\p{N}_]+/gu
const WORD_CHARACTER = /[\p{L}\p{N}_]/u

/** A phrase, and where in it its first word stands. */
interface Anchored {
  readonly phrase: string
  readonly wordAt: number
}

export class PhraseSet {
  /** By first word. */
  readonly #byWord = new Map<string, Anchored[]>()
  /** By first two UTF-16 units: phrases found inside of words too. */
  readonly #byStart = new Map<string, string[]>()

  /** @param phrases lower case. @param spaced false for scripts that put no spaces between words */
  constructor(phrases: Iterable<string>, spaced: boolean) {
    for (const phrase of phrases) {
      if (phrase === '') continue
      const [first] = phrase.matchAll(WORD)
      // Phrases of marks alone have no word to be found by.
      if (!spaced || first === undefined) append(this.#byStart, phrase.slice(0, 2), phrase)
      else append(this.#byWord, first[0], { phrase, wordAt: first.index })
    }
  }

  /** The first phrase found, null when there is none. @param text lower case */
  find(text: string): string | null {
    if (this.#byWord.size > 0) {
      for (const { 0: word, index } of text.matchAll(WORD)) {
        for (const { phrase, wordAt } of this.#byWord.get(word) ?? []) {
          const start = index - wordAt
          if (text.startsWith(phrase, start) && isApart(text, start, start + phrase.length)) return phrase
        }
      }
    }
    return this.#byStart.size > 0 ? this.#findAnywhere(text) : null
  }

  #findAnywhere(text: string): string | null {
    for (let at = 0; at < text.length; at++) {
      for (const start of [text.slice(at, at + 1), text.slice(at, at + 2)]) {
        const found = this.#byStart.get(start)?.find((phrase) => text.startsWith(phrase, at))
        if (found !== undefined) return found
      }
    }
    return null
  }
}

function isApart(text: string, start: number, end: number): boolean {
  return !WORD_CHARACTER.test(characterBefore(text, start)) && !WORD_CHARACTER.test(characterAt(text, end))
}

function characterAt(text: string, at: number): string {
  const codePoint = text.codePointAt(at)
  return codePoint === undefined ? '' : String.fromCodePoint(codePoint)
}

function characterBefore(text: string, at: number): string {
  const isPair = at >= 2 && text.charCodeAt(at - 1) >> 10 === 0x37 && text.charCodeAt(at - 2) >> 10 === 0x36
  return at === 0 ? '' : text.slice(isPair ? at - 2 : at - 1, at)
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}
