/**
 * Token shards as Megatron-LM reads them: `NAME.bin` with the ids and `NAME.idx` with an index (Megatron Core, class
 * IndexedDataset of `megatron/core/datasets/indexed_dataset.py`). The index, all little-endian:
 *
 *     9 bytes   MMIDIDX\0\0          8  number of sequences n
 *     8         version, 1           8  number of document indices d = documents + 1
 *     1         code of the dtype    4n  tokens of each sequence, int32
 *                                    8n  byte offset of each sequence in .bin, int64
 *                                    8d  first sequence of each document and, last, n, int64
 *
 * Here every row is a sequence and a document of its own, as Megatron's `preprocess_data.py` makes them of documents. Packed
 * rows lose where documents meet, but for the end-of-document tokens; Megatron packs by itself while it trains, so that
 * packing is for other readers of this format. Leaves out the modes of multimodal sets.
 */
import { ShardError } from '../../errors/errors.js'
import { IdBytes, Int64Bytes, readIds, readInt64 } from './bytes.js'
import { type TokenEncoder, type TokenOptions, TokenRows, type Write } from './rows.js'

/** By file: `NAME.bin`, `NAME.idx`. */
export interface MegatronWrites {
  readonly bin: Write
  readonly idx: Write
}

export interface MegatronFiles {
  readonly bin: Uint8Array
  readonly idx: Uint8Array
}

const MAGIC = new TextEncoder().encode('MMIDIDX\0\0')
const VERSION = 1
/** Codes of the two types that Megatron picks for text, with their width in bytes. */
const INT32 = { code: 4, width: 4 } as const
const UINT16 = { code: 8, width: 2 } as const
/** Megatron's `optimal_dtype`: uint16 below this, to leave room for special tokens. */
const UINT16_VOCABULARY_SIZE = 65_500
const HEADER_BYTES = MAGIC.length + 8 + 1 + 8 + 8

/** Holds 4 bytes a row until `finish`, because the index begins with its counts. */
export function megatronTokenEncoder(write: MegatronWrites, options: TokenOptions): TokenEncoder {
  const { code, width } = options.vocabularySize < UINT16_VOCABULARY_SIZE ? UINT16 : INT32
  const bin = new IdBytes(width, write.bin)
  let lengths = new Uint32Array(1024)
  let count = 0
  const rows = new TokenRows(options, ({ tokens }) => {
    bin.add(tokens)
    if (count === lengths.length) {
      const grown = new Uint32Array(count * 2)
      grown.set(lengths)
      lengths = grown
    }
    lengths[count++] = tokens.length
  })
  return {
    add: (id, ids) => rows.add(id, ids),
    finish() {
      const counts = rows.finish()
      if (counts.rows === 0) return counts
      bin.flush()
      writeIndex(write.idx, code, width, lengths.subarray(0, count))
      return counts
    },
  }
}

function writeIndex(write: Write, code: number, width: number, lengths: Uint32Array): void {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(MAGIC)
  const view = new DataView(header.buffer)
  view.setUint32(9, VERSION, true)
  view.setUint8(17, code)
  view.setUint32(18, lengths.length, true) // fewer than 2^32: the upper halves stay 0
  view.setUint32(26, lengths.length + 1, true)
  write(header)
  const sizes = new IdBytes(4, write)
  sizes.add(lengths)
  sizes.flush()
  const pointers = new Int64Bytes(write)
  let offset = 0
  for (const length of lengths) {
    pointers.add(offset)
    offset += length * width
  }
  pointers.flush()
  const documents = new Int64Bytes(write)
  for (let sequence = 0; sequence <= lengths.length; sequence++) documents.add(sequence)
  documents.flush()
}

export interface MegatronShard {
  /** Tokens of each sequence, copied. */
  readonly sequences: readonly Uint32Array[]
  /** First sequence of each document and, last, the number of sequences. */
  readonly documents: Float64Array
}

/** Throws ShardError where the two files are damaged or do not belong together. */
export function readMegatronTokens({ bin, idx }: MegatronFiles): MegatronShard {
  const view = new DataView(idx.buffer, idx.byteOffset, idx.byteLength)
  const { width, sequenceCount, documentCount } = readHeader(idx, view)
  const tokens = readIds(bin, width, 'Megatron .bin')
  const pointersAt = HEADER_BYTES + sequenceCount * 4
  const documentsAt = pointersAt + sequenceCount * 8
  const sequences: Uint32Array[] = []
  let start = 0
  for (let i = 0; i < sequenceCount; i++) {
    const length = view.getInt32(HEADER_BYTES + i * 4, true)
    const pointer = readInt64(view, pointersAt + i * 8, 'Megatron .idx')
    if (length < 0 || start + length > tokens.length || pointer !== start * width)
      throw new ShardError(
        `Megatron .idx: expected sequence ${i} at byte ${start * width} within ${bin.length}, got ${length} tokens at ${pointer}`,
      )
    sequences.push(tokens.slice(start, start + length))
    start += length
  }
  if (start !== tokens.length)
    throw new ShardError(`Megatron .bin: expected ${start} tokens by its index, got ${tokens.length}`)
  return { sequences, documents: readDocuments(view, documentsAt, documentCount, sequenceCount) }
}

function readHeader(idx: Uint8Array, view: DataView): { width: 2 | 4; sequenceCount: number; documentCount: number } {
  if (idx.length < HEADER_BYTES || Buffer.compare(idx.subarray(0, MAGIC.length), MAGIC) !== 0)
    throw new ShardError(`Megatron .idx: expected MMIDIDX at the beginning of ${idx.length} bytes`)
  const version = readInt64(view, 9, 'Megatron .idx')
  if (version !== VERSION) throw new ShardError(`Megatron .idx: expected version ${VERSION}, got ${version}`)
  const code = view.getUint8(17)
  const type = [INT32, UINT16].find((known) => known.code === code)
  if (!type) throw new ShardError(`Megatron .idx: expected dtype 4 (int32) or 8 (uint16), got ${code}`)
  const sequenceCount = readInt64(view, 18, 'Megatron .idx')
  const documentCount = readInt64(view, 26, 'Megatron .idx')
  const expected = HEADER_BYTES + sequenceCount * 12 + documentCount * 8
  if (idx.length !== expected)
    throw new ShardError(
      `Megatron .idx: expected ${expected} bytes for ${sequenceCount} sequences and ${documentCount} document indices, got ${idx.length}`,
    )
  return { width: type.width, sequenceCount, documentCount }
}

function readDocuments(view: DataView, at: number, documentCount: number, sequenceCount: number): Float64Array {
  const documents = new Float64Array(documentCount)
  let before = 0
  for (let i = 0; i < documentCount; i++) {
    const first = readInt64(view, at + i * 8, 'Megatron .idx')
    if (first < before || first > sequenceCount || (i === 0 && first !== 0))
      throw new ShardError(`Megatron .idx: expected document ${i} from sequence ${before} on, got ${first}`)
    documents[i] = first
    before = first
  }
  if (before !== sequenceCount)
    throw new ShardError(`Megatron .idx: expected documents up to sequence ${sequenceCount}, got ${before}`)
  return documents
}
