/**
 * Scores text with a supervised fastText model (.bin, .ftz; every loss, sub-words, word n-grams, pruned or not) in plain
 * TypeScript; with lid.176.ftz three times as fast as the C++ original in WASM.
 *
 * The mean of the rows of all words and character n-grams goes through the output layer. Rows are summed word by word and
 * each word's sum is kept in 32-bit floats, so that a word's sum can be remembered (word-sums.ts) without changing a bit
 * of any result.
 */
import { ConfigError } from '../errors/errors.js'
import type { BestLabels } from './best-labels.js'
import type { Classifier, Prediction } from './classifier.js'
import { Dictionary, FNV_PRIME, FNV_START, hashBytes } from './dictionary.js'
import { FlatOutput } from './flat-output.js'
import { HierarchicalSoftmax } from './hierarchical-softmax.js'
import { type DenseMatrix, isExclusive, LABEL_PREFIX, type ModelFile, readModelFile } from './model-file.js'
import { decodeRow, type QuantizedMatrix } from './quantized-matrix.js'
import { WordSums } from './word-sums.js'

const LINE_END = signedBytes('</s>')
const LINE_END_HASH = hashBytes(LINE_END, 0, LINE_END.length)
const LABEL_BYTES = signedBytes(LABEL_PREFIX)
/** Quantized rows are kept decoded up to this, and decoded at every use beyond. lid.176.ftz needs 3 MiB. */
const DECODED_BYTES_MAX = 2 ** 29
/** The output layer is always decoded, which a small hostile file could blow up. */
const OUTPUT_BYTES_MAX = 2 ** 31
/** A text buffer grown beyond this is given back after the text that needed it. */
const BUFFER_BYTES_KEPT = 2 ** 22
/** Likewise for the hashes of its words. */
const WORDS_KEPT = 2 ** 20

/** Throws ConfigError when the bytes are no sound model. They may be shared by threads, and are not changed. */
export function loadFastTextModel(bytes: Uint8Array, name: string): Classifier {
  return fastTextModel(readModelFile(bytes, name), name)
}

/** @throws ConfigError for counts of labels that make no tree */
export function fastTextModel(file: ModelFile, name: string): Classifier {
  const { input, args, entries } = file
  const output = decoded(file.output, OUTPUT_BYTES_MAX)
  if (output === null)
    throw new ConfigError(`${name}: the output matrix decodes to more than ${OUTPUT_BYTES_MAX} bytes`)
  const layer =
    args.loss === 'hierarchical softmax'
      ? new HierarchicalSoftmax(output, entries.labelCounts, name)
      : new FlatOutput(output, args.loss === 'softmax')
  return new FastTextModel(file, decoded(input, DECODED_BYTES_MAX) ?? input, layer)
}

/** Null where it would be larger than `bytesMax`. */
function decoded(matrix: DenseMatrix | QuantizedMatrix, bytesMax: number): DenseMatrix | null {
  if (matrix.kind === 'dense') return matrix
  const { rows, columns } = matrix
  if (rows * columns * 4 > bytesMax) return null
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) decodeRow(matrix, row, values, row * columns)
  return { kind: 'dense', rows, columns, values }
}

/** What stands behind the hidden layer. */
interface OutputLayer {
  readonly best: BestLabels
  search(hidden: Float64Array, k: number): void
}

class FastTextModel implements Classifier {
  readonly labels: readonly string[]
  readonly exclusive: boolean
  readonly #columns: number
  readonly #rows: Float32Array
  /** Where its rows are not kept decoded: `#rows` then holds the last one used. */
  readonly #quantized: QuantizedMatrix | null
  readonly #dictionary: Dictionary
  readonly #outputLayer: OutputLayer
  /** Hashes of the text's words, for models with word n-grams; null without. */
  #wordHashes: Int32Array | null
  #wordCount = 0
  readonly #encoder = new TextEncoder()
  /** The text as UTF-8 from byte 1 on, one byte free on either side for the marks around a word. */
  #bytes = new Int8Array(2 ** 16)
  readonly #memo: WordSums
  /** The row of fastText's end-of-line word, which closes every text; -1 when the model lacks it. */
  readonly #lineEndRow: number
  /** Sum of the rows of one word, and how many. */
  readonly #word: Float32Array
  #wordRows = 0
  /** Rows of the word that its sum does not hold yet. */
  readonly #pending = new Int32Array(1024)
  #pendingCount = 0
  /** Sum of the rows of the text, and how many; their mean in the end. */
  readonly #hidden: Float64Array
  #textRows = 0

  constructor(file: ModelFile, input: DenseMatrix | QuantizedMatrix, outputLayer: OutputLayer) {
    this.labels = file.entries.labels
    this.exclusive = isExclusive(file.args.loss)
    this.#columns = input.columns
    this.#quantized = input.kind === 'quantized' ? input : null
    this.#rows = input.kind === 'quantized' ? new Float32Array(input.columns) : input.values
    this.#wordHashes = file.args.wordNgrams > 1 ? new Int32Array(1024) : null
    this.#dictionary = new Dictionary(file.entries, file.args)
    this.#outputLayer = outputLayer
    this.#memo = new WordSums(this.#columns)
    this.#lineEndRow = this.#dictionary.find(LINE_END, 0, LINE_END.length, LINE_END_HASH)
    this.#word = new Float32Array(this.#columns)
    this.#hidden = new Float64Array(this.#columns)
  }

  predict(text: string, k: number): readonly Prediction[] {
    this.#hidden.fill(0)
    this.#textRows = 0
    this.#wordCount = 0
    this.#addText(this.#encode(text))
    if (this.#textRows === 0 || k < 1) return []
    for (let i = 0; i < this.#columns; i++) this.#hidden[i] /= this.#textRows
    this.#outputLayer.search(this.#hidden, Math.min(k, this.labels.length))
    const { best } = this.#outputLayer
    const predictions: Prediction[] = []
    for (let i = 0; i < best.count; i++) {
      predictions.push({ label: this.labels[best.label[i]], score: Math.min(1, best.score[i]) })
    }
    return predictions
  }

  /** Takes one row of the word in hand (the dictionary calls it). */
  add(row: number): void {
    this.#pending[this.#pendingCount++] = row
    if (this.#pendingCount === this.#pending.length) this.#sumPending()
  }

  /** Adds the pending rows to the word's sum, four columns at a time, so that the running sums stay in registers. */
  #sumPending(): void {
    if (this.#quantized !== null) {
      this.#sumQuantized(this.#quantized)
      return
    }
    const rows = this.#rows
    const pending = this.#pending
    const count = this.#pendingCount
    const columns = this.#columns
    const word = this.#word
    let column = 0
    for (; column + 4 <= columns; column += 4) {
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      for (let i = 0; i < count; i++) {
        const from = pending[i] * columns + column
        a += rows[from]
        b += rows[from + 1]
        c += rows[from + 2]
        d += rows[from + 3]
      }
      word[column] += a
      word[column + 1] += b
      word[column + 2] += c
      word[column + 3] += d
    }
    for (; column < columns; column++) {
      for (let i = 0; i < count; i++) word[column] += rows[pending[i] * columns + column]
    }
    this.#wordRows += count
    this.#pendingCount = 0
  }

  #sumQuantized(quantized: QuantizedMatrix): void {
    for (let i = 0; i < this.#pendingCount; i++) {
      decodeRow(quantized, this.#pending[i], this.#rows, 0)
      for (let column = 0; column < this.#columns; column++) this.#word[column] += this.#rows[column]
    }
    this.#wordRows += this.#pendingCount
    this.#pendingCount = 0
  }

  /** The end of the text's bytes, which start at 1. */
  #encode(text: string): number {
    const need = text.length * 3 + 2 // a UTF-16 unit is at most three bytes of UTF-8
    if (this.#bytes.length < need || (this.#bytes.length > BUFFER_BYTES_KEPT && need <= BUFFER_BYTES_KEPT)) {
      this.#bytes = new Int8Array(Math.max(2 ** 16, 2 ** Math.ceil(Math.log2(need))))
    }
    const { buffer } = this.#bytes
    return 1 + this.#encoder.encodeInto(text, new Uint8Array(buffer, 1)).written
  }

  /** Adds every word up to the end or a literal `</s>`, where fastText stops reading, and then the end of the line. */
  #addText(end: number): void {
    const bytes = this.#bytes
    let at = 1
    while (at < end) {
      if (isSeparator(bytes[at])) {
        at++
        continue
      }
      const start = at
      let hash = FNV_START // hashed as it is read, to go over the text once
      do hash = Math.imul(hash ^ bytes[at++], FNV_PRIME)
      while (at < end && !isSeparator(bytes[at]))
      if (hash === LINE_END_HASH && equals(bytes, start, at, LINE_END)) break
      this.#addWord(start, at, hash)
    }
    this.#addLineEnd()
    if (this.#wordHashes !== null) this.#addWordNgrams(this.#wordHashes)
  }

  #addLineEnd(): void {
    if (this.#wordHashes !== null) this.#noteHash(LINE_END_HASH)
    if (this.#lineEndRow < 0) return
    if (this.#quantized !== null) decodeRow(this.#quantized, this.#lineEndRow, this.#rows, 0)
    this.#addSum(this.#rows, this.#quantized === null ? this.#lineEndRow : 0, 1)
  }

  #noteHash(hash: number): void {
    let hashes = this.#wordHashes
    if (hashes === null) return
    if (this.#wordCount === hashes.length) {
      const longer = new Int32Array(2 * hashes.length)
      longer.set(hashes)
      hashes = this.#wordHashes = longer
    }
    hashes[this.#wordCount++] = hash
  }

  #addWordNgrams(hashes: Int32Array): void {
    this.#word.fill(0)
    this.#wordRows = 0
    this.#dictionary.wordNgrams(hashes, this.#wordCount, this)
    this.#sumPending()
    this.#addSum(this.#word, 0, this.#wordRows)
    if (hashes.length > WORDS_KEPT) this.#wordHashes = new Int32Array(1024)
  }

  #addWord(start: number, end: number, hash: number): void {
    const bytes = this.#bytes
    if (this.#wordHashes !== null && !this.#isLabel(start, end, hash)) this.#noteHash(hash)
    const known = this.#memo.find(bytes, start, end, hash)
    if (known >= 0) {
      this.#addSum(this.#memo.sums, known, this.#memo.rowCounts[known])
      return
    }
    this.#word.fill(0)
    this.#wordRows = 0
    const row = this.#dictionary.find(bytes, start, end, hash)
    if (row >= 0) this.add(row)
    else if (startsWith(bytes, start, end, LABEL_BYTES)) return
    this.#dictionary.subwords(bytes, start, end, this)
    this.#sumPending()
    const slot = this.#memo.claim(bytes, start, end, hash)
    if (slot >= 0) {
      this.#memo.sums.set(this.#word, slot * this.#columns)
      this.#memo.rowCounts[slot] = this.#wordRows
    }
    this.#addSum(this.#word, 0, this.#wordRows)
  }

  /** A label in the text is no word to fastText, unless it is a word of the dictionary all the same. */
  #isLabel(start: number, end: number, hash: number): boolean {
    const bytes = this.#bytes
    return startsWith(bytes, start, end, LABEL_BYTES) && this.#dictionary.find(bytes, start, end, hash) < 0
  }

  /** Adds the sum of `rowCount` rows, which is row `index` of `table`, to the text. */
  #addSum(table: Float32Array, index: number, rowCount: number): void {
    const columns = this.#columns
    const from = index * columns
    for (let i = 0; i < columns; i++) this.#hidden[i] += table[from + i]
    this.#textRows += rowCount
  }
}

/** The bytes that end a word in fastText; a newline is one of them, since a text is one line here. */
function isSeparator(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0
}

function equals(bytes: Int8Array, start: number, end: number, word: Int8Array): boolean {
  return end - start === word.length && startsWith(bytes, start, end, word)
}

function startsWith(bytes: Int8Array, start: number, end: number, prefix: Int8Array): boolean {
  return end - start >= prefix.length && prefix.every((byte, i) => bytes[start + i] === byte)
}

function signedBytes(text: string): Int8Array {
  return Int8Array.from(new TextEncoder().encode(text))
}
