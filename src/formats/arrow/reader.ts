/**
 * Reads Arrow IPC files with flat columns of the types that the writer knows, plain or zstd. Only the columns asked for
 * are decompressed, one record batch at a time. Leaves out dictionaries, nested types, LZ4 and the stream format.
 */
import { type MessageHeader, Type } from 'apache-arrow/enum'
import { CompressionType } from 'apache-arrow/fb/compression-type'
import { type FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { type BufferRegion, Message, type RecordBatch } from 'apache-arrow/ipc/metadata/message'
import type { Field } from 'apache-arrow/schema'
import { messageOf, ShardError } from '../../errors/errors.js'
import type { Zstd } from '../../io/zstd.js'
import type { Cell, Column, ColumnType } from './columns.js'

/** A row as read: every column asked for is there. */
export type ReadRow = Readonly<Record<string, Cell>>

export interface ArrowFile {
  readonly columns: readonly Column[]
  readonly rowCount: number
  /** Rows in order with the named columns, all when left out. Throws ShardError where the file is damaged. */
  rows(names?: readonly string[]): Generator<ReadRow, void, void>
}

/** Rows of an Arrow file in memory; see `openArrow`. */
export function readArrow(bytes: Uint8Array, zstd: Zstd, names?: readonly string[]): Generator<ReadRow, void, void> {
  return openArrow(bytes, zstd).rows(names)
}

/** Reads the footer and the batches' headers. Throws ShardError for anything that is no such file. */
export function openArrow(bytes: Uint8Array, zstd: Zstd): ArrowFile {
  const footer = attempt('footer', () => readFooter(bytes))
  const columns = footer.schema.fields.map(columnOf)
  const batches = attempt('batch', () => [...footer.recordBatches()].map((block) => readBatch(bytes, block)))
  return {
    columns,
    rowCount: batches.reduce((sum, batch) => sum + batch.header.length, 0),
    *rows(names = columns.map((column) => column.name)) {
      for (const batch of batches) {
        const cells = names.map((name) => attempt(`column ${name}`, () => readColumn(columns, name, batch, zstd)))
        for (let index = 0; index < batch.header.length; index++) {
          const row: Record<string, Cell> = {}
          for (let c = 0; c < names.length; c++) row[names[c] as string] = (cells[c] as ReadCell)(index) // both within bounds by construction
          yield row
        }
      }
    },
  }
}

type ReadCell = (index: number) => Cell

interface Batch {
  readonly header: RecordBatch
  readonly body: Uint8Array
}

const MAGIC = 'ARROW1'

function readFooter(bytes: Uint8Array): Footer {
  const end = bytes.length - MAGIC.length
  const text = (at: number) => Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1')
  if (bytes.length < 32 || text(0) !== MAGIC || text(end) !== MAGIC) {
    throw new RangeError(`expected ${MAGIC} at both ends of ${bytes.length} bytes`)
  }
  const length = viewOf(bytes).getInt32(end - 4, true)
  if (length <= 0 || length > end - 12) throw new RangeError(`expected a length below ${end - 12}, got ${length}`)
  return Footer.decode(bytes.subarray(end - 4 - length, end - 4))
}

function readBatch(bytes: Uint8Array, block: FileBlock): Batch {
  const { offset, metaDataLength, bodyLength } = block
  const bodyStart = offset + metaDataLength
  if (offset < 8 || metaDataLength < 8 || bodyLength < 0 || bodyStart + bodyLength > bytes.length) {
    throw new RangeError(`expected a block within ${bytes.length} bytes, got ${bodyLength} at ${offset}`)
  }
  const message: Message<MessageHeader> = Message.decode(bytes.subarray(offset + 8, bodyStart))
  if (!message.isRecordBatch()) throw new TypeError(`expected a record batch at ${offset}`)
  const header = message.header()
  if (header.compression !== null && header.compression.type !== CompressionType.ZSTD) {
    throw new TypeError('expected zstd or no compression, got LZ4')
  }
  return { header, body: bytes.subarray(bodyStart, bodyStart + bodyLength) }
}

const TYPES: readonly [ColumnType, (field: Field) => boolean][] = [
  ['utf8', ({ type }) => type.typeId === Type.Utf8],
  ['binary', ({ type }) => type.typeId === Type.Binary],
  ['bool', ({ type }) => type.typeId === Type.Bool],
  ['float64', ({ type }) => type.typeId === Type.Float && type.precision === 2],
  ['int64', ({ type }) => type.typeId === Type.Int && type.bitWidth === 64 && type.isSigned],
  ['uint32', ({ type }) => type.typeId === Type.Int && type.bitWidth === 32 && !type.isSigned],
]

function columnOf(field: Field): Column {
  const known = TYPES.find(([, matches]) => matches(field))
  if (!known)
    throw new ShardError(
      `Arrow column ${field.name}: expected one of ${TYPES.map(([t]) => t).join(', ')}, got ${field.type}`,
    )
  return { name: field.name, type: known[0], nullable: field.nullable }
}

const isVariable = (column: Column) => column.type === 'utf8' || column.type === 'binary'

function readColumn(columns: readonly Column[], name: string, batch: Batch, zstd: Zstd): ReadCell {
  const index = columns.findIndex((column) => column.name === name)
  const column = columns[index]
  if (!column) throw new RangeError(`expected one of ${columns.map((c) => c.name).join(', ')}`)
  const first = columns.slice(0, index).reduce((sum, before) => sum + (isVariable(before) ? 3 : 2), 0)
  const buffers = batch.header.buffers.slice(first, first + (isVariable(column) ? 3 : 2))
  const [validity, values, data] = buffers.map((region) => readBuffer(region, batch, zstd))
  if (!validity || !values) throw new RangeError('expected more buffers')
  const rowCount = batch.header.length
  const read = isVariable(column)
    ? variableCells(column.type, rowCount, values, data)
    : fixedCells(column.type, rowCount, values)
  if (validity.length === 0 || batch.header.nodes[index]?.nullCount === 0) return read
  if (validity.length * 8 < rowCount)
    throw new RangeError(`expected validity of ${rowCount} rows, got ${validity.length} bytes`)
  return (row) => (bit(validity, row) ? read(row) : null)
}

function readBuffer(region: BufferRegion, { header, body }: Batch, zstd: Zstd): Uint8Array {
  const { offset, length } = region
  if (offset < 0 || length < 0 || offset + length > body.length) {
    throw new RangeError(`expected a buffer within ${body.length} bytes, got ${length} at ${offset}`)
  }
  const bytes = body.subarray(offset, offset + length)
  if (header.compression === null || length === 0) return bytes
  if (length < 8) throw new RangeError(`expected a length prefix, got ${length} bytes`)
  const size = Number(viewOf(bytes).getBigInt64(0, true))
  return size === -1 ? bytes.subarray(8) : zstd.decompress(bytes.subarray(8), size)
}

function variableCells(
  type: ColumnType,
  rowCount: number,
  offsets: Uint8Array,
  data: Uint8Array | undefined,
): ReadCell {
  if (!data || offsets.length < (rowCount + 1) * 4) throw new RangeError(`expected ${rowCount + 1} offsets`)
  const view = viewOf(offsets)
  let before = 0
  for (let row = 0; row <= rowCount; row++) {
    const at = view.getInt32(row * 4, true)
    if (at < before || at > data.length)
      throw new RangeError(`expected an offset from ${before} to ${data.length}, got ${at}`)
    before = at
  }
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const start = (row: number) => view.getInt32(row * 4, true)
  if (type === 'utf8') return (row) => bytes.toString('utf8', start(row), start(row + 1))
  // A copy: a cell must not keep the whole batch in memory.
  return (row) => new Uint8Array(data.subarray(start(row), start(row + 1)))
}

function fixedCells(type: ColumnType, rowCount: number, values: Uint8Array): ReadCell {
  const widthBits = type === 'bool' ? 1 : type === 'uint32' ? 32 : 64
  if (values.length * 8 < rowCount * widthBits)
    throw new RangeError(`expected ${rowCount} values, got ${values.length} bytes`)
  const view = viewOf(values)
  if (type === 'bool') return (row) => bit(values, row)
  if (type === 'uint32') return (row) => view.getUint32(row * 4, true)
  if (type === 'float64') return (row) => view.getFloat64(row * 8, true)
  return (row) => view.getInt32(row * 8 + 4, true) * 2 ** 32 + view.getUint32(row * 8, true)
}

function bit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whatever a damaged file makes a decoder throw is a damaged shard. */
function attempt<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new ShardError(`Arrow ${where}: ${messageOf(error)}`)
  }
}
