/**
 * The metadata of an Arrow IPC file: footer and headers of the record batches (Arrow columnar format 1.5, "IPC File Format"; tables
 * as in the format's `File.fbs`, `Message.fbs` and `Schema.fbs`). Decoding is apache-arrow's, which believes every count that it
 * reads and may fill the memory with what a flipped bit claims; counts are therefore checked against the bytes before it starts.
 */
import type { MessageHeader } from 'apache-arrow/enum'
import { CompressionType } from 'apache-arrow/fb/compression-type'
import { type FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { Message, type RecordBatch } from 'apache-arrow/ipc/metadata/message'

export interface Batch {
  readonly header: RecordBatch
  readonly body: Uint8Array
}

const MAGIC = 'ARROW1'

/** Throws, RangeError mostly, where there is no sound footer. */
export function readFooter(bytes: Uint8Array): Footer {
  const end = bytes.length - MAGIC.length
  const text = (at: number) => Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1')
  if (bytes.length < 32 || text(0) !== MAGIC || text(end) !== MAGIC) {
    throw new RangeError(`expected ${MAGIC} at both ends of ${bytes.length} bytes`)
  }
  const length = viewOf(bytes).getInt32(end - 4, true)
  if (length <= 0 || length > end - 12) throw new RangeError(`expected a length below ${end - 12}, got ${length}`)
  const footer = bytes.subarray(end - 4 - length, end - 4)
  checkFooter(viewOf(footer))
  return Footer.decode(footer)
}

/** Throws, RangeError mostly, where there is no sound record batch. */
export function readBatch(bytes: Uint8Array, block: FileBlock): Batch {
  const { offset, metaDataLength, bodyLength } = block
  const bodyStart = offset + metaDataLength
  if (offset < 8 || metaDataLength < 8 || bodyLength < 0 || bodyStart + bodyLength > bytes.length) {
    throw new RangeError(`expected a block within ${bytes.length} bytes, got ${bodyLength} at ${offset}`)
  }
  const flatbuffer = bytes.subarray(offset + 8, bodyStart)
  const message: Message<MessageHeader> = Message.decode(flatbuffer)
  if (!message.isRecordBatch()) throw new TypeError(`expected a record batch at ${offset}`)
  checkBatch(viewOf(flatbuffer))
  const header = message.header()
  if (header.compression !== null && header.compression.type !== CompressionType.ZSTD) {
    throw new TypeError('expected zstd or no compression, got LZ4')
  }
  return { header, body: bytes.subarray(bodyStart, bodyStart + bodyLength) }
}

/** The metadata of a message of any kind. Throws, RangeError mostly, where its counts have no room. */
export function readMessage(flatbuffer: Uint8Array): Message<MessageHeader> {
  const view = viewOf(flatbuffer)
  const message: Message<MessageHeader> = Message.decode(flatbuffer)
  const header = follow(view, fieldAt(view, follow(view, 0), MESSAGE.header))
  if (message.isSchema()) checkSchema(view, header)
  if (message.isRecordBatch()) checkBatchTable(view, header)
  if (message.isDictionaryBatch()) checkBatchTable(view, follow(view, fieldAt(view, header, DICTIONARY_BATCH.data)))
  return message
}

// ---- counts; fields of a table by their index in the .fbs files, structs by their width in bytes ----

const FOOTER = { schema: 1, dictionaries: 2, recordBatches: 3, blockWidth: 24 }
const SCHEMA = { fields: 1, metadata: 2 }
const FIELD = { children: 5, metadata: 6 }
const MESSAGE = { header: 2 }
const DICTIONARY_BATCH = { data: 1 }
const RECORD_BATCH = { nodes: 1, buffers: 2, nodeWidth: 16, bufferWidth: 16 }
const REFERENCE_WIDTH = 4

function checkFooter(view: DataView): void {
  const footer = follow(view, 0)
  checkedVector(view, footer, FOOTER.dictionaries, FOOTER.blockWidth)
  checkedVector(view, footer, FOOTER.recordBatches, FOOTER.blockWidth)
  checkSchema(view, follow(view, fieldAt(view, footer, FOOTER.schema)))
}

function checkSchema(view: DataView, schema: number): void {
  checkedVector(view, schema, SCHEMA.metadata, REFERENCE_WIDTH)
  // Damaged references may lead to one field many times over: no more are followed than have room.
  checkFields(view, schema, SCHEMA.fields, { left: view.byteLength / REFERENCE_WIDTH })
}

function checkFields(view: DataView, table: number, index: number, room: { left: number }): void {
  const { start, count } = checkedVector(view, table, index, REFERENCE_WIDTH)
  room.left -= count
  if (room.left < 0) throw new RangeError(`expected room for all fields in ${view.byteLength} bytes`)
  for (let i = 0; i < count; i++) {
    const field = follow(view, start + i * REFERENCE_WIDTH)
    checkedVector(view, field, FIELD.metadata, REFERENCE_WIDTH)
    checkFields(view, field, FIELD.children, room)
  }
}

function checkBatch(view: DataView): void {
  checkBatchTable(view, follow(view, fieldAt(view, follow(view, 0), MESSAGE.header)))
}

function checkBatchTable(view: DataView, batch: number): void {
  checkedVector(view, batch, RECORD_BATCH.nodes, RECORD_BATCH.nodeWidth)
  checkedVector(view, batch, RECORD_BATCH.buffers, RECORD_BATCH.bufferWidth)
}

/** The vector in a field of a table, count 0 where it is left out. Throws RangeError where its elements have no room. */
function checkedVector(view: DataView, table: number, index: number, width: number): { start: number; count: number } {
  const at = fieldAt(view, table, index)
  if (at === table) return { start: 0, count: 0 }
  const start = follow(view, at) + 4
  const count = view.getUint32(start - 4, true)
  if (start + count * width > view.byteLength) {
    throw new RangeError(
      `expected ${count} elements of ${width} bytes at ${start}, got ${view.byteLength} bytes in all`,
    )
  }
  return { start, count }
}

/** Position of a field of a FlatBuffers table, by the table's vtable; that of the table itself where the field is left out. */
function fieldAt(view: DataView, table: number, index: number): number {
  const vtable = table - view.getInt32(table, true)
  const entry = 4 + index * 2
  return entry < view.getUint16(vtable, true) ? table + view.getUint16(vtable + entry, true) : table
}

function follow(view: DataView, at: number): number {
  return at + view.getUint32(at, true)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
