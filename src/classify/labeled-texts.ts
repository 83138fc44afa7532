/**
 * Labeled texts as a classifier is trained on them: words as numbers, in memory at four bytes a word, every different word
 * once. Words end where fastText ends them; a text is one line, and its last word is `</s>`.
 */
import { ConfigError } from '../errors/errors.js'
import { type DictionaryEntries, LABEL_PREFIX } from './model-file.js'

const SEPARATORS = /[ \t\n\v\f\r\0]+/
export const LINE_END = '</s>'
const LONE_SURROGATE = /\p{Surrogate}/u
/** A Map holds no more entries. */
const WORDS_MAX = 2 ** 24 - 1

/** Names in the order in which they came first, and how often each came. */
class Names {
  readonly #ids = new Map<string, number>()
  readonly names: string[] = []
  readonly counts: number[] = []

  add(name: string): number {
    let id = this.#ids.get(name)
    if (id === undefined) {
      id = this.names.length
      if (id === WORDS_MAX) throw new ConfigError(`expected at most ${WORDS_MAX} different words`)
      this.#ids.set(name, id)
      this.names.push(name)
      this.counts.push(0)
    }
    this.counts[id]++
    return id
  }

  /** Those seen at least `countMin` times, the most frequent first, equals in the order in which they came. */
  ranked(countMin: number): number[] {
    const kept = this.counts.flatMap((count, id) => (count >= countMin ? [id] : []))
    return kept.sort((a, b) => this.counts[b] - this.counts[a] || a - b)
  }
}

export class LabeledTexts {
  readonly #words = new Names()
  readonly #labels = new Names()
  #tokens = new Int32Array(2 ** 16)
  /** Text `i` is tokens[starts[i], starts[i + 1]). */
  readonly starts: number[] = [0]
  /** Labels of text `i`, by their numbers in order of first appearance. */
  readonly labelsOf: number[][] = []
  tokenCount = 0

  get textCount(): number {
    return this.labelsOf.length
  }

  get wordCount(): number {
    return this.#words.names.length
  }

  get tokens(): Int32Array {
    return this.#tokens
  }

  /** Words like `__label__x` are passed over: a classifier doesn't see them. */
  add(text: string, labels: readonly string[]): void {
    const sound = LONE_SURROGATE.test(text) ? Buffer.from(text).toString() : text
    for (const word of sound.split(SEPARATORS)) {
      if (word === LINE_END) break
      if (word !== '' && !word.startsWith(LABEL_PREFIX)) this.#addToken(this.#words.add(word))
    }
    this.#addToken(this.#words.add(LINE_END))
    this.starts.push(this.tokenCount)
    this.labelsOf.push(labels.map((label) => this.#labels.add(label)))
  }

  /** The dictionary of a model, with the row of every word and of every label (by their numbers here; -1 without one). */
  dictionary(
    minCount: number,
    minCountLabel: number,
  ): { entries: DictionaryEntries; rowOfWord: Int32Array; rowOfLabel: Int32Array } {
    const words = this.#words.ranked(minCount)
    const labels = this.#labels.ranked(minCountLabel)
    const { bytes, starts, ends } = spelled(words.map((id) => this.#words.names[id]))
    const entries = {
      wordCount: words.length,
      bytes,
      wordStart: starts,
      wordEnd: ends,
      wordCounts: Float64Array.from(words, (id) => this.#words.counts[id]),
      tokenCount: this.tokenCount,
      labels: labels.map((id) => this.#labels.names[id]),
      labelCounts: Float64Array.from(labels, (id) => this.#labels.counts[id]),
      pruneIndex: null,
    }
    return {
      entries,
      rowOfWord: rowsOf(words, this.#words.names.length),
      rowOfLabel: rowsOf(labels, this.#labels.names.length),
    }
  }

  /** Every different word, in order of first appearance, as UTF-8 with a byte free on either side. */
  spelledWords(): ReturnType<typeof spelled> {
    return spelled(this.#words.names)
  }

  #addToken(word: number): void {
    if (this.tokenCount === this.#tokens.length) {
      const longer = new Int32Array(2 * this.#tokens.length)
      longer.set(this.#tokens)
      this.#tokens = longer
    }
    this.#tokens[this.tokenCount++] = word
  }
}

function rowsOf(ranked: readonly number[], count: number): Int32Array {
  const rows = new Int32Array(count).fill(-1)
  ranked.forEach((id, row) => {
    rows[id] = row
  })
  return rows
}

/** Words one behind the other, NULs around each. */
function spelled(words: readonly string[]): { bytes: Uint8Array; starts: Uint32Array; ends: Uint32Array } {
  const bytes = new TextEncoder().encode(`\0${words.join('\0')}\0`)
  const starts = new Uint32Array(words.length)
  const ends = new Uint32Array(words.length)
  for (let i = 0, at = 1; i < words.length; i++) {
    starts[i] = at
    ends[i] = bytes.indexOf(0, at)
    at = ends[i] + 1
  }
  return { bytes, starts, ends }
}
