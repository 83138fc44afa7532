/**
 * Scores text with a quantized fastText model (.ftz, supervised, hierarchical softmax, no word n-grams: what lid.176.ftz
 * is) in plain TypeScript, three times as fast as the C++ original in WASM. Not here: dense input matrices, other losses
 * and word n-grams, which the engine `fasttext` (fasttext-wasm.ts) has.
 *
 * The mean of the rows of all words and character n-grams goes through the output layer. Rows are summed word by word and
 * each word's sum is kept in 32-bit floats, so that a word's sum can be remembered (word-sums.ts) without changing a bit
 * of any result.
 */
import { ConfigError } from '../errors/errors.js'
import { Dictionary, FNV_PRIME, FNV_START, hashBytes } from './dictionary.js'
import { HierarchicalSoftmax } from './hierarchical-softmax.js'
import type { LanguageModel, Prediction } from './language-model.js'
import { LABEL_PREFIX, type ModelFile, readModelFile } from './model-file.js'
import { decodeRow } from './quantized-matrix.js'
import { WordSums } from './word-sums.js'

const LINE_END = signedBytes('</s>')
const LINE_END_HASH = hashBytes(LINE_END, 0, LINE_END.length)
const LABEL_BYTES = signedBytes(LABEL_PREFIX)
/** Rows are kept decoded, which a small hostile file could blow up. lid.176.ftz needs 3 MiB. */
const DECODED_BYTES_MAX = 2 ** 29
/** A text buffer grown beyond this is given back after the text that needed it. */
const BUFFER_BYTES_KEPT = 2 ** 22

/** Throws ConfigError when the bytes are no sound model, or one of a kind that this scorer lacks. */
export function loadFastTextModel(bytes: Uint8Array, name: string): LanguageModel {
  const file = readModelFile(bytes, name)
  const lacking = (what: string): never => {
    throw new ConfigError(`${name}: the engine millrace has no ${what}; use engine: fasttext for this model`)
  }
  const { input, output, args } = file
  if (input.kind !== 'quantized' || output.kind !== 'dense') return lacking('models other than quantized ones (.ftz)')
  if (args.loss !== 'hierarchical softmax') return lacking(`loss "${args.loss}"`)
  if (args.wordNgrams > 1) return lacking(`word n-grams (${args.wordNgrams})`)
  const decodedBytes = input.rows * input.columns * 4
  if (decodedBytes > DECODED_BYTES_MAX) {
    throw new ConfigError(`${name}: the input matrix decodes to ${decodedBytes} bytes, more than ${DECODED_BYTES_MAX}`)
  }
  const rows = new Float32Array(input.rows * input.columns)
  for (let row = 0; row < input.rows; row++) decodeRow(input, row, rows, row * input.columns)
  return new FastTextModel(file, rows, new HierarchicalSoftmax(output, file.entries.labelCounts, name))
}

class FastTextModel implements LanguageModel {
  readonly labels: readonly string[]
  readonly exclusive = true
  readonly #columns: number
  readonly #rows: Float32Array
  readonly #dictionary: Dictionary
  readonly #outputLayer: HierarchicalSoftmax
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

  constructor(file: ModelFile, rows: Float32Array, outputLayer: HierarchicalSoftmax) {
    this.labels = file.entries.labels
    this.#columns = file.input.columns
    this.#rows = rows
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
    this.#addText(this.#encode(text))
    if (this.#textRows === 0 || k < 1) return []
    for (let i = 0; i < this.#columns; i++) this.#hidden[i] /= this.#textRows
    const layer = this.#outputLayer
    layer.search(this.#hidden, Math.min(k, this.labels.length))
    const predictions: Prediction[] = []
    for (let i = 0; i < layer.bestCount; i++) {
      predictions.push({ label: this.labels[layer.bestLabel[i]], score: Math.min(1, layer.bestScore[i]) })
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
    if (this.#lineEndRow >= 0) this.#addSum(this.#rows, this.#lineEndRow, 1)
  }

  #addWord(start: number, end: number, hash: number): void {
    const bytes = this.#bytes
    const known = this.#memo.find(bytes, start, end, hash)
    if (known >= 0) {
      this.#addSum(this.#memo.sums, known, this.#memo.rowCounts[known])
      return
    }
    this.#word.fill(0)
    this.#wordRows = 0
    const row = this.#dictionary.find(bytes, start, end, hash)
    if (row >= 0) this.add(row)
    else if (startsWith(bytes, start, end, LABEL_BYTES)) return // a label in the text is no word to fastText
    this.#dictionary.subwords(bytes, start, end, this)
    this.#sumPending()
    const slot = this.#memo.claim(bytes, start, end, hash)
    if (slot >= 0) {
      this.#memo.sums.set(this.#word, slot * this.#columns)
      this.#memo.rowCounts[slot] = this.#wordRows
    }
    this.#addSum(this.#word, 0, this.#wordRows)
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
