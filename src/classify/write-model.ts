/** Writes fastText's model file, version 12: what model-file.ts reads, field by field. */
import { LABEL_PREFIX, LOSSES, MAGIC, type ModelFile, SUPERVISED, VERSION } from './model-file.js'
import type { QuantizedMatrix, Quantizer } from './quantized-matrix.js'

/** fastText's default: what a supervised model has no use for. */
const WINDOW = 5
const SAMPLING_THRESHOLD = 1e-4
const PIECE_BYTES = 2 ** 16

/** In pieces, as the matrices are large. */
export function* encodeModel({ args, entries, input, output }: ModelFile): Generator<Uint8Array, void, void> {
  yield int32s(MAGIC, VERSION, args.dimension, WINDOW, args.epochs, args.minCount, args.negatives, args.wordNgrams)
  yield int32s(LOSSES.indexOf(args.loss), SUPERVISED, args.bucket, args.minn, args.maxn, args.updateRate)
  yield new Uint8Array(Float64Array.of(SAMPLING_THRESHOLD).buffer)
  yield* dictionary(entries)
  yield* matrix(input)
  yield* matrix(output)
}

function* dictionary(entries: ModelFile['entries']): Generator<Uint8Array, void, void> {
  const { wordCount, labels, pruneIndex } = entries
  yield int32s(wordCount + labels.length, wordCount, labels.length)
  yield int64s(entries.tokenCount, pruneIndex === null ? -1 : pruneIndex.length / 2)
  const encoder = new TextEncoder()
  let pieces: Uint8Array[] = []
  let length = 0
  for (let i = 0; i < wordCount + labels.length; i++) {
    const name =
      i < wordCount
        ? entries.bytes.subarray(entries.wordStart[i], entries.wordEnd[i])
        : encoder.encode(LABEL_PREFIX + labels[i - wordCount])
    const count = i < wordCount ? entries.wordCounts[i] : entries.labelCounts[i - wordCount]
    pieces.push(name, Uint8Array.of(0), int64s(count), Uint8Array.of(i < wordCount ? 0 : 1))
    length += name.length
    if (length < PIECE_BYTES) continue
    yield Buffer.concat(pieces)
    pieces = []
    length = 0
  }
  yield Buffer.concat(pieces)
  if (pruneIndex !== null) yield bytesOf(pruneIndex)
}

function* matrix(values: ModelFile['input']): Generator<Uint8Array, void, void> {
  yield Uint8Array.of(values.kind === 'quantized' ? 1 : 0)
  if (values.kind === 'quantized') {
    yield* quantized(values)
    return
  }
  yield int64s(values.rows, values.columns)
  yield bytesOf(values.values)
}

function* quantized({ rows, columns, codes, quantizer, normCodes, norms }: QuantizedMatrix): Generator<Uint8Array> {
  yield Uint8Array.of(norms === null ? 0 : 1)
  yield int64s(rows, columns)
  yield int32s(codes.length)
  yield codes
  yield* centroidTable(quantizer)
  if (norms === null || normCodes === null) return
  yield normCodes
  yield* centroidTable({ dimension: 1, parts: 1, partLength: 1, lastLength: 1, centroids: norms })
}

function* centroidTable({ dimension, parts, partLength, lastLength, centroids }: Quantizer): Generator<Uint8Array> {
  yield int32s(dimension, parts, partLength, lastLength)
  yield bytesOf(centroids)
}

function int32s(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer)
}

function int64s(...values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
