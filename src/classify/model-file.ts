/**
 * Reads fastText's model file (.ftz, .bin), version 12, as `FastText::saveModel` of fastText 0.9 writes it:
 *
 *   magic, version | args | dictionary: sizes, entries, prune index | quantized? input matrix | quantized? output matrix
 *
 * Dense matrices are taken as ranges of the file; nothing is decoded here beyond headers and small tables.
 */
import { ByteReader } from './byte-reader.js'
import { type QuantizedMatrix, readQuantizedMatrix } from './quantized-matrix.js'

export const LOSSES = ['', 'hierarchical softmax', 'negative sampling', 'softmax', 'one-vs-all'] as const
/** True when the scores of one text sum to 1. */
export function isExclusive(loss: (typeof LOSSES)[number]): boolean {
  return loss === 'softmax' || loss === 'hierarchical softmax'
}

export const MAGIC = 793712314
export const VERSION = 12
export const LABEL_PREFIX = '__label__'
export const SUPERVISED = 3
/** NUL of an empty word, its count, its type. */
const ENTRY_BYTES_MIN = 10

export interface ModelArguments {
  /** Length of a row of either matrix. */
  readonly dimension: number
  readonly epochs: number
  /** Rarer words have no row of their own. */
  readonly minCount: number
  /** Wrong labels drawn for a text, with negative sampling. */
  readonly negatives: number
  readonly wordNgrams: number
  readonly loss: (typeof LOSSES)[number]
  /** Character n-grams are hashed into this many buckets. */
  readonly bucket: number
  /** Shortest and longest character n-gram; 0 and 0 for none. */
  readonly minn: number
  readonly maxn: number
  /** Tokens between changes of the learning rate. */
  readonly updateRate: number
}

export interface DictionaryEntries {
  /** Words come first, labels after them. */
  readonly wordCount: number
  /** Word `i` is bytes[wordStart[i], wordEnd[i]). */
  readonly bytes: Uint8Array
  readonly wordStart: Uint32Array
  readonly wordEnd: Uint32Array
  readonly wordCounts: Float64Array
  /** Words of the training text, ends of lines and rare ones included. */
  readonly tokenCount: number
  /** Without the `__label__` prefix. */
  readonly labels: readonly string[]
  readonly labelCounts: Float64Array
  /** Pairs of (bucket, row beyond the words), flat; null when every bucket has a row of its own. */
  readonly pruneIndex: Int32Array | null
}

export interface DenseMatrix {
  readonly kind: 'dense'
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
}

export interface ModelFile {
  readonly args: ModelArguments
  readonly entries: DictionaryEntries
  readonly input: QuantizedMatrix | DenseMatrix
  readonly output: QuantizedMatrix | DenseMatrix
}

/** Throws ConfigError when `bytes` is not a sound supervised model. `name` is for messages. */
export function readModelFile(bytes: Uint8Array, name: string): ModelFile {
  const reader = new ByteReader(bytes, name)
  const { args, entries, inputQuantized } = readHead(reader)
  const input = readMatrix(reader, inputQuantized, 'input matrix', args.dimension)
  const outputQuantized = reader.boolean('output quantized')
  const output = readMatrix(reader, inputQuantized && outputQuantized, 'output matrix', args.dimension)
  if (reader.left > 0) reader.fail(`expected the end of the file, got ${reader.left} more bytes`)
  checkRows(reader, args, entries, input.rows, output.rows)
  return { args, entries, input, output }
}

/** Byte where the input matrix begins; what comes behind is not looked at. */
export function inputMatrixAt(bytes: Uint8Array, name: string): number {
  const reader = new ByteReader(bytes, name)
  readHead(reader)
  return reader.offset
}

function readHead(reader: ByteReader): Pick<ModelFile, 'args' | 'entries'> & { readonly inputQuantized: boolean } {
  const magic = reader.int32('magic')
  if (magic !== MAGIC) reader.fail(`not a fastText model: expected the number ${MAGIC} first, got ${magic}`)
  const version = reader.int32('version')
  if (version !== VERSION) reader.fail(`expected model version ${VERSION}, got ${version}`)
  const args = readArguments(reader)
  const entries = readDictionary(reader)
  const inputQuantized = reader.boolean('input quantized')
  if (!inputQuantized && entries.pruneIndex !== null)
    reader.fail('expected a quantized input matrix with a prune index')
  return { args, entries, inputQuantized }
}

function readArguments(reader: ByteReader): ModelArguments {
  const field = (what: string, low: number, high = 2 ** 31 - 1): number => {
    const value = reader.int32(what)
    if (value < low || value > high) reader.fail(`${what}: expected ${low} to ${high}, got ${value}`)
    return value
  }
  const any = -(2 ** 31)
  const dimension = field('dimension', 1, 65536)
  field('window', any)
  const epochs = field('epochs', any)
  const minCount = field('minimal count', any)
  const negatives = field('negatives', any)
  const wordNgrams = field('word n-grams', 0, 64)
  const loss = LOSSES[field('loss', 1, LOSSES.length - 1)]
  const model = field('model kind', 1, 3)
  if (model !== SUPERVISED) reader.fail(`expected a supervised model (${SUPERVISED}), got kind ${model}`)
  const bucket = field('bucket', 0)
  const minn = field('minn', 0, 64)
  const maxn = field('maxn', 0, 64)
  const updateRate = field('update rate', any)
  reader.float64('sampling threshold')
  if (maxn > 0 && bucket === 0) reader.fail('character n-grams need buckets, got 0')
  if (wordNgrams > 1 && bucket === 0) reader.fail('word n-grams need buckets, got 0')
  return { dimension, epochs, minCount, negatives, wordNgrams, loss, bucket, minn, maxn, updateRate }
}

function readDictionary(reader: ByteReader): DictionaryEntries {
  const size = reader.count32('dictionary size', ENTRY_BYTES_MIN)
  const wordCount = reader.int32('word count')
  const labelCount = reader.int32('label count')
  if (wordCount < 0 || labelCount < 1 || wordCount + labelCount !== size) {
    reader.fail(`expected words and labels to sum to ${size}, got ${wordCount} and ${labelCount}`)
  }
  const tokenCount = reader.int64('token count')
  const pruneSize = reader.int64('prune index size')
  if (pruneSize < -1 || pruneSize * 8 > reader.left) {
    reader.fail(`prune index size: expected -1 to ${Math.floor(reader.left / 8)}, got ${pruneSize}`)
  }
  const wordStart = new Uint32Array(wordCount)
  const wordEnd = new Uint32Array(wordCount)
  const wordCounts = new Float64Array(wordCount)
  const labels: string[] = []
  const labelCounts = new Float64Array(labelCount)
  const decoder = new TextDecoder()
  for (let i = 0; i < size; i++) {
    const [start, end] = reader.untilNul(`dictionary entry ${i}`)
    const count = reader.int64('entry count')
    const type = reader.int8('entry type')
    if (type !== (i < wordCount ? 0 : 1))
      reader.fail(`dictionary entry ${i} of ${size} has type ${type}, words come first`)
    if (i < wordCount) {
      wordStart[i] = start
      wordEnd[i] = end
      wordCounts[i] = count
    } else {
      const label = decoder.decode(reader.bytes.subarray(start, end))
      labels.push(label.startsWith(LABEL_PREFIX) ? label.slice(LABEL_PREFIX.length) : label)
      labelCounts[i - wordCount] = count
    }
  }
  let pruneIndex: Int32Array | null = null
  if (pruneSize >= 0) {
    pruneIndex = new Int32Array(pruneSize * 2)
    for (let i = 0; i < pruneIndex.length; i++) pruneIndex[i] = reader.int32('prune index')
  }
  const { bytes } = reader
  return { wordCount, bytes, wordStart, wordEnd, wordCounts, tokenCount, labels, labelCounts, pruneIndex }
}

function readMatrix(
  reader: ByteReader,
  quantized: boolean,
  what: string,
  dimension: number,
): QuantizedMatrix | DenseMatrix {
  const matrix = quantized ? readQuantizedMatrix(reader, what) : readDenseMatrix(reader, what)
  if (matrix.columns !== dimension) reader.fail(`${what}: expected ${dimension} columns, got ${matrix.columns}`)
  return matrix
}

function readDenseMatrix(reader: ByteReader, what: string): DenseMatrix {
  const rows = reader.int64(`${what} rows`)
  const columns = reader.count64(`${what} columns`, 4)
  if (rows < 0 || rows * columns * 4 > reader.left) {
    reader.fail(`${what} of ${rows} x ${columns} does not fit in the ${reader.left} bytes left`)
  }
  return { kind: 'dense', rows, columns, values: reader.floats(rows * columns, what) }
}

/** Every row that a word, a bucket or a label can name must exist. */
function checkRows(
  reader: ByteReader,
  args: ModelArguments,
  entries: DictionaryEntries,
  inputRows: number,
  outputRows: number,
): void {
  const { wordCount, pruneIndex, labels } = entries
  const rowsBeyondWords = inputRows - wordCount
  if (pruneIndex === null) {
    if (rowsBeyondWords < args.bucket) {
      reader.fail(`expected at least ${wordCount} + ${args.bucket} rows of the input matrix, got ${inputRows}`)
    }
  } else if (rowsBeyondWords < 0) {
    reader.fail(`expected at least ${wordCount} rows of the input matrix, got ${inputRows}`)
  } else {
    for (let i = 1; i < pruneIndex.length; i += 2) {
      const row = pruneIndex[i]
      if (row < 0 || row >= rowsBeyondWords) reader.fail(`prune index names row ${row} of ${rowsBeyondWords}`)
    }
  }
  if (outputRows !== labels.length) {
    reader.fail(`expected ${labels.length} rows of the output matrix, one a label, got ${outputRows}`)
  }
}
