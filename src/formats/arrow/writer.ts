/**
 * Writes tables as Arrow IPC files (Arrow columnar format 1.5, "IPC File Format"): magic, schema, record batches of
 * bounded size, end of stream, footer. Flat columns and lists of numbers; no dictionaries, no extension types.
 *
 * The bodies are put together here and not by apache-arrow, whose 21.2 writes the compressed length where the
 * uncompressed one belongs (readers other than its own refuse such files) and leaves the schema message out of files.
 */

// By its modules, not as a whole: the package takes twice as long to load, in every worker.
import { type MessageHeader, MetadataVersion } from 'apache-arrow/enum'
import { CompressionType } from 'apache-arrow/fb/compression-type'
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { BodyCompression, BufferRegion, FieldNode, Message, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { Field, Schema } from 'apache-arrow/schema'
import { Binary, Bool, type DataType, Float32, Float64, Int32, Int64, List, Uint32, Utf8 } from 'apache-arrow/type'
import type { Zstd } from '../../io/zstd.js'
import { type Column, type ColumnBuilder, type ColumnType, columnBuilder, type Row } from './columns.js'

/** A batch is closed at the first of these. A row is never cut, so one huge row makes one huge batch. */
const BATCH_ROWS_MAX = 4096
const BATCH_BYTES = 4 * 2 ** 20
/** Of messages, bodies and buffers: what the format recommends, so that uncompressed files can be mapped and used as they are. */
const ALIGNMENT = 64
const MAGIC = new TextEncoder().encode('ARROW1')

const TYPES: Readonly<Record<ColumnType, () => DataType>> = {
  utf8: () => new Utf8(),
  binary: () => new Binary(),
  bool: () => new Bool(),
  int64: () => new Int64(),
  uint32: () => new Uint32(),
  float64: () => new Float64(),
  'list<int32>': () => listOf(new Int32()),
  'list<uint32>': () => listOf(new Uint32()),
  'list<float32>': () => listOf(new Float32()),
}

/** Named and nullable as other writers have it by default, so that schemas compare equal to theirs; it holds no nulls. */
function listOf(type: DataType): List {
  return new List(new Field('item', type, true))
}

export class ArrowWriter {
  readonly #columns: readonly { readonly name: string; readonly builder: ColumnBuilder }[]
  readonly #schema: Schema
  readonly #write: (bytes: Uint8Array) => void
  readonly #zstd: Zstd | null
  readonly #blocks: FileBlock[] = []
  #position = 0
  #batchRows = 0
  #batchBytes = 0
  #rowCount = 0

  /** `write` gets the file's bytes in order, each time in memory of their own. `zstd` null: not compressed. */
  constructor(columns: readonly Column[], write: (bytes: Uint8Array) => void, zstd: Zstd | null) {
    this.#columns = columns.map((column) => ({ name: column.name, builder: columnBuilder(column, BATCH_ROWS_MAX) }))
    this.#schema = new Schema(columns.map((c) => new Field(c.name, TYPES[c.type](), c.nullable ?? false)))
    this.#write = write
    this.#zstd = zstd
  }

  /** Rows added so far. */
  get rowCount(): number {
    return this.#rowCount
  }

  add(row: Row): void {
    for (const { name, builder } of this.#columns) this.#batchBytes += builder.append(row[name])
    this.#batchRows++
    this.#rowCount++
    if (this.#batchRows === BATCH_ROWS_MAX || this.#batchBytes >= BATCH_BYTES) this.#flush()
  }

  /** Ends the file. Without rows nothing is written at all. */
  finish(): void {
    if (this.#rowCount === 0) return
    this.#flush()
    const footer = Footer.encode(new Footer(this.#schema, MetadataVersion.V5, this.#blocks, []))
    const end = new Uint8Array(8 + footer.length + 4 + MAGIC.length)
    const view = new DataView(end.buffer)
    view.setInt32(0, -1, true) // end of stream: a continuation mark and length 0
    end.set(footer, 8)
    view.setInt32(8 + footer.length, footer.length, true)
    end.set(MAGIC, 8 + footer.length + 4)
    this.#put([end])
  }

  #flush(): void {
    if (this.#batchRows === 0) return
    if (this.#position === 0) this.#begin()
    const nodes: FieldNode[] = []
    const regions: BufferRegion[] = []
    const parts: Uint8Array[] = []
    let bodyLength = 0
    for (const { builder } of this.#columns) {
      nodes.push(new FieldNode(this.#batchRows, builder.nullCount))
      if (builder.valueCount !== null) nodes.push(new FieldNode(builder.valueCount, 0))
      for (const buffer of builder.buffers()) {
        const encoded = this.#encode(buffer)
        const length = lengthOf(encoded)
        regions.push(new BufferRegion(bodyLength, length))
        parts.push(...encoded, padding(length))
        bodyLength += length + padding(length).length
      }
    }
    const compression = this.#zstd ? new BodyCompression(CompressionType.ZSTD) : null
    const header = new RecordBatch(this.#batchRows, nodes, regions, compression)
    const message = frame(Message.from(header, bodyLength), this.#position)
    this.#blocks.push(new FileBlock(lengthOf(message), bodyLength, this.#position))
    this.#put([...message, ...parts])
    for (const { builder } of this.#columns) builder.reset()
    this.#batchRows = 0
    this.#batchBytes = 0
  }

  #begin(): void {
    this.#put([MAGIC, new Uint8Array(2)])
    this.#put(frame(Message.from(this.#schema), this.#position))
  }

  /** A body buffer as the format wants it: compressed ones begin with their uncompressed length, or -1 when stored as they are. */
  #encode(buffer: Uint8Array): Uint8Array[] {
    if (this.#zstd === null || buffer.length === 0) return [buffer]
    const prefix = new Uint8Array(8)
    const compressed = this.#zstd.compress(buffer)
    if (compressed.length >= buffer.length) return [prefix.fill(0xff), buffer]
    new DataView(prefix.buffer).setUint32(0, buffer.length, true) // buffers have 32-bit lengths: the upper half is 0
    return [prefix, compressed]
  }

  #put(parts: readonly Uint8Array[]): void {
    const bytes = new Uint8Array(lengthOf(parts))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    this.#position += bytes.length
    this.#write(bytes)
  }
}

/** An encapsulated message at `position` in the file: continuation mark, length of the rest, flatbuffer, padding to the alignment. */
function frame(message: Message<MessageHeader>, position: number): Uint8Array[] {
  const flatbuffer = Message.encode(message)
  const pad = padding(position + 8 + flatbuffer.length)
  const prefix = new DataView(new ArrayBuffer(8))
  prefix.setInt32(0, -1, true)
  prefix.setInt32(4, flatbuffer.length + pad.length, true)
  return [new Uint8Array(prefix.buffer), flatbuffer, pad]
}

const PADDING = new Uint8Array(ALIGNMENT)

function padding(length: number): Uint8Array {
  return PADDING.subarray(0, (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT)
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) sum += part.length
  return sum
}
