/** Our own binary format: the shared tables as they are, with checksums (docs/formats.md, "n-gram models"). */
import { crc32 } from 'node:zlib'
import { EMPTY, padFor } from './gapped-table.js'
import {
  FIELD,
  HEADER_WORDS,
  type Layout,
  MAGIC,
  NGRAM_STRIDE,
  ORDER_MAX,
  ORDER_MIN,
  readLayout,
  SEGMENT_SLOTS,
  tableSizes,
  VERSION,
  WORD_STRIDE,
  WORDS_MAX,
  wordTableStart,
} from './layout.js'
import { FileReader, type ModelFile } from './model-file.js'
import { makeTables, type SharedModel, viewTables } from './model-tables.js'
import { isFiniteBits } from './table-builder.js'

const HEADER_BYTES = HEADER_WORDS * 4
const CHUNK_BYTES = 2 ** 22

/** The file of a model, in pieces. */
export function* encodeModel(shared: SharedModel): Generator<Uint8Array, void, void> {
  const tables = viewTables(shared)
  const header = Uint32Array.from(tables[0].subarray(0, HEADER_WORDS))
  let checksum = 0
  for (const bytes of body(tables)) checksum = crc32(bytes, checksum)
  header[FIELD.bodyChecksum] = checksum
  header[FIELD.headerChecksum] = headerChecksum(header)
  yield new Uint8Array(header.buffer)
  yield* body(tables)
}

/** All bytes behind the header, as views of the tables. */
function* body(tables: readonly Uint32Array[]): Generator<Uint8Array, void, void> {
  for (const [i, table] of tables.entries()) {
    for (let start = i === 0 ? HEADER_BYTES : 0; start < table.byteLength; start += CHUNK_BYTES) {
      yield new Uint8Array(table.buffer, table.byteOffset + start, Math.min(CHUNK_BYTES, table.byteLength - start))
    }
  }
}

function headerChecksum(header: Uint32Array): number {
  return crc32(new Uint8Array(header.buffer, header.byteOffset, FIELD.headerChecksum * 4))
}

export function isModelHeader(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && MAGIC.every((word, i) => Buffer.from(bytes).readUInt32LE(4 * i) === word)
}

export function readModel(file: ModelFile, name: string): SharedModel {
  const reader = new FileReader(file, name)
  const header = Uint32Array.from({ length: HEADER_WORDS }, (_, i) => reader.uint32(4 * i))
  const layout = checkHeader(reader, header)
  const { shared, tables } = makeTables(tableSizes(layout))
  let at = HEADER_BYTES
  let checksum = 0
  tables[0].set(header)
  for (const bytes of body(tables)) {
    const read = file.read(at, bytes.length)
    if (read.length < bytes.length) reader.fail(at, `expected ${bytes.length} bytes, could read ${read.length}`)
    bytes.set(read)
    checksum = crc32(read, checksum)
    at += bytes.length
  }
  if (checksum !== header[FIELD.bodyChecksum]) {
    reader.fail(HEADER_BYTES, `expected bytes with CRC-32 ${header[FIELD.bodyChecksum]}, got ${checksum}`)
  }
  checkTables(reader, layout, tables)
  return shared
}

function checkHeader(reader: FileReader, header: Uint32Array): Layout {
  const version = header[FIELD.version]
  if (version !== VERSION) reader.fail(FIELD.version * 4, `expected version ${VERSION}, got ${version}`)
  const checksum = headerChecksum(header)
  if (checksum !== header[FIELD.headerChecksum]) {
    reader.fail(
      FIELD.headerChecksum * 4,
      `expected CRC-32 ${checksum} of the header, got ${header[FIELD.headerChecksum]}`,
    )
  }
  const between = (field: keyof typeof FIELD, value: number, low: number, high: number): void => {
    if (!(value >= low && value <= high))
      reader.fail(FIELD[field] * 4, `${field}: expected ${low} to ${high}, got ${value}`)
  }
  between('order', header[FIELD.order], ORDER_MIN, ORDER_MAX)
  const layout = readLayout(header)
  between('wordCount', layout.wordCount, 1, WORDS_MAX)
  between('wordSlots', layout.wordSlots, layout.wordCount, 2 * WORDS_MAX)
  between('beginId', layout.beginId, 1, layout.wordCount - 1)
  between('endId', layout.endId, 1, layout.wordCount - 1)
  between('ngramSlots', layout.ngramSlots, 1, reader.file.sizeBytes)
  between('segmentSlots', layout.segmentSlots, 1, SEGMENT_SLOTS)
  if (!Number.isInteger(Math.log2(layout.segmentSlots))) {
    reader.fail(FIELD.segmentSlots * 4, `segmentSlots: expected a power of two, got ${layout.segmentSlots}`)
  }
  // A segment less than the file's size in bytes each, so that this list is short enough to be made.
  const sizeBytes = tableSizes(layout).reduce((sum, size) => sum + size, 0)
  if (sizeBytes !== reader.file.sizeBytes) {
    reader.fail(0, `expected a file of ${sizeBytes} bytes by its header, got ${reader.file.sizeBytes}`)
  }
  return layout
}

/** What a checksum can't promise of a file that someone made: ids that exist, numbers that are numbers. */
function checkTables(reader: FileReader, layout: Layout, [first, ...segments]: readonly Uint32Array[]): void {
  const start = wordTableStart(layout)
  const end = start + WORD_STRIDE * (layout.wordSlots + padFor(layout.wordSlots))
  for (let at = HEADER_WORDS; at < start; at++) {
    if (!isFiniteBits(first[at])) reader.fail(4 * at, 'expected a finite number')
  }
  for (let at = start + 2; at < end; at += WORD_STRIDE) {
    if (first[at] >= layout.wordCount)
      reader.fail(4 * at, `expected a word below ${layout.wordCount}, got ${first[at]}`)
  }
  checkLast(reader, 0, first, WORD_STRIDE)
  let offset = first.byteLength
  for (const words of segments) {
    for (let at = 2; at < words.length; at += NGRAM_STRIDE) {
      if (!isFiniteBits(words[at]) || !isFiniteBits(words[at + 1]))
        reader.fail(offset + 4 * at, 'expected finite numbers')
    }
    checkLast(reader, offset, words, NGRAM_STRIDE)
    offset += words.byteLength
  }
}

/** A search ends at the last slot, whatever is before it. */
function checkLast(reader: FileReader, offset: number, table: Uint32Array, stride: number): void {
  const at = table.length - stride
  if (table[at] !== EMPTY || table[at + 1] !== EMPTY) reader.fail(offset + 4 * at, 'expected an empty slot as the last')
}
