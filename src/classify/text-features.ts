/**
 * The rows of the input matrix that stand for each text of a training set, as `Dictionary::getLine` of fastText 0.9 finds
 * them: each word's own and its character n-grams', then those of runs of words. What belongs to a word is found once.
 */
import { Dictionary, hashBytes } from './dictionary.js'
import { type LabeledTexts, LINE_END } from './labeled-texts.js'
import type { DictionaryEntries, ModelArguments } from './model-file.js'

const LINE_END_BYTES = LINE_END.length

/** Rows in a row, growing; a sink for the dictionary. */
class Rows {
  values = new Int32Array(1024)
  count = 0

  add(row: number): void {
    if (this.count === this.values.length) {
      const longer = new Int32Array(2 * this.values.length)
      longer.set(this.values)
      this.values = longer
    }
    this.values[this.count++] = row
  }
}

export class TextFeatures {
  readonly #texts: LabeledTexts
  readonly #dictionary: Dictionary
  readonly #wordNgrams: number
  readonly #hashes: Int32Array
  /** Rows of word `i`: wordRows.values[wordRowsAt[i], wordRowsAt[i + 1]). */
  readonly #wordRows = new Rows()
  readonly #wordRowsAt: Int32Array
  #textHashes = new Int32Array(1024)
  readonly #rows = new Rows()

  /** @param rowOfWord by the word's number in `texts`; -1 for none. `entries` may have a prune index. */
  constructor(texts: LabeledTexts, entries: DictionaryEntries, args: ModelArguments, rowOfWord: Int32Array) {
    this.#texts = texts
    this.#dictionary = new Dictionary(entries, args)
    this.#wordNgrams = args.wordNgrams
    const { bytes, starts, ends } = texts.spelledWords()
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#hashes = new Int32Array(starts.length)
    this.#wordRowsAt = new Int32Array(starts.length + 1)
    for (let word = 0; word < starts.length; word++) {
      this.#hashes[word] = hashBytes(signed, starts[word], ends[word])
      if (rowOfWord[word] >= 0) this.#wordRows.add(rowOfWord[word])
      const isLineEnd = ends[word] - starts[word] === LINE_END_BYTES && isLineEndAt(bytes, starts[word])
      if (!isLineEnd) this.#dictionary.subwords(signed, starts[word], ends[word], this.#wordRows)
      this.#wordRowsAt[word + 1] = this.#wordRows.count
    }
  }

  /** Rows of text `index`: the first `count` of `rows`, valid until the next call. */
  of(index: number): { readonly rows: Int32Array; readonly count: number } {
    const { starts, tokens } = this.#texts
    this.#rows.count = 0
    const known = this.#wordRows.values
    for (let at = starts[index]; at < starts[index + 1]; at++) {
      const word = tokens[at]
      for (let i = this.#wordRowsAt[word]; i < this.#wordRowsAt[word + 1]; i++) this.#rows.add(known[i])
    }
    if (this.#wordNgrams > 1) this.#addWordNgrams(starts[index], starts[index + 1])
    return { rows: this.#rows.values, count: this.#rows.count }
  }

  #addWordNgrams(start: number, end: number): void {
    if (this.#textHashes.length < end - start) this.#textHashes = new Int32Array(2 * (end - start))
    for (let at = start; at < end; at++) this.#textHashes[at - start] = this.#hashes[this.#texts.tokens[at]]
    this.#dictionary.wordNgrams(this.#textHashes, end - start, this.#rows)
  }
}

function isLineEndAt(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < LINE_END_BYTES; i++) if (bytes[start + i] !== LINE_END.charCodeAt(i)) return false
  return true
}
