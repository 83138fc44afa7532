/**
 * Reads Arrow IPC files with columns of the types that the writer knows, plain or zstd. Only the columns asked for are
 * decompressed, one record batch at a time. Leaves out dictionaries, other nested types, LZ4 and the stream format.
 */
import { Type } from 'apache-arrow/enum'
import type { BufferRegion } from 'apache-arrow/ipc/metadata/message'
import type { Field } from 'apache-arrow/schema'
import { messageOf, ShardError } from '../../errors/errors.js'
import type { Zstd } from '../../io/zstd.js'
import { type Cell, type Column, type ColumnType, isListType, LIST_ARRAYS, type ListType } from './columns.js'
import { type Batch, readBatch, readFooter } from './metadata.js'

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
  const columns = attempt('schema', () => footer.schema.fields.map(columnOf))
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

const NONE = new Uint8Array(0)

const TYPES: readonly [ColumnType, (field: Field) => boolean][] = [
  ['utf8', ({ type }) => type.typeId === Type.Utf8],
  ['binary', ({ type }) => type.typeId === Type.Binary],
  ['bool', ({ type }) => type.typeId === Type.Bool],
  ['float64', ({ type }) => type.typeId === Type.Float && type.precision === 2],
  ['int64', ({ type }) => type.typeId === Type.Int && type.bitWidth === 64 && type.isSigned],
  ['uint32', ({ type }) => isInt32(type, false)],
  ['list<int32>', ({ type }) => type.typeId === Type.List && isInt32(type.valueType, true)],
  ['list<uint32>', ({ type }) => type.typeId === Type.List && isInt32(type.valueType, false)],
  [
    'list<float32>',
    ({ type }) => type.typeId === Type.List && type.valueType.typeId === Type.Float && type.valueType.precision === 1,
  ],
]

function isInt32(type: Field['type'], isSigned: boolean): boolean {
  return type.typeId === Type.Int && type.bitWidth === 32 && type.isSigned === isSigned
}

function columnOf(field: Field): Column {
  const known = TYPES.find(([, matches]) => matches(field))
  if (!known) {
    throw new TypeError(`column ${field.name}: expected one of ${TYPES.map(([t]) => t).join(', ')}, got ${field.type}`)
  }
  return { name: field.name, type: known[0], nullable: field.nullable }
}

/** What the format lays down for a column: field nodes and buffers, its child's counted. */
function layoutOf({ type }: Column): { nodes: number; buffers: number } {
  if (isListType(type)) return { nodes: 2, buffers: 4 }
  return { nodes: 1, buffers: type === 'utf8' || type === 'binary' ? 3 : 2 }
}

function readColumn(columns: readonly Column[], name: string, batch: Batch, zstd: Zstd): ReadCell {
  const index = columns.findIndex((column) => column.name === name)
  const column = columns[index]
  if (!column) throw new RangeError(`expected one of ${columns.map((c) => c.name).join(', ')}`)
  const layout = layoutOf(column)
  const before = columns.slice(0, index).map(layoutOf)
  const firstNode = before.reduce((sum, { nodes }) => sum + nodes, 0)
  const firstBuffer = before.reduce((sum, { buffers }) => sum + buffers, 0)
  const nodes = batch.header.nodes.slice(firstNode, firstNode + layout.nodes)
  const buffers = batch.header.buffers
    .slice(firstBuffer, firstBuffer + layout.buffers)
    .map((region) => readBuffer(region, batch, zstd))
  const [validity] = buffers
  if (!validity || buffers.length < layout.buffers || nodes.length < layout.nodes)
    throw new RangeError(`expected ${layout.buffers} buffers, got ${buffers.length}`)
  const rowCount = batch.header.length
  const read = cellsOf(column.type, rowCount, buffers, nodes[1]?.nullCount)
  if (validity.length === 0 || nodes[0]?.nullCount === 0) return read
  if (validity.length * 8 < rowCount)
    throw new RangeError(`expected validity of ${rowCount} rows, got ${validity.length} bytes`)
  return (row) => (bit(validity, row) ? read(row) : null)
}

/** `nulls` are those of a list's child. */
function cellsOf(
  type: ColumnType,
  rowCount: number,
  buffers: readonly Uint8Array[],
  nulls: number | undefined,
): ReadCell {
  const [, values = NONE, data = NONE, listValues = NONE] = buffers
  if (isListType(type)) {
    if (nulls !== 0) throw new TypeError(`expected lists without nulls, got ${nulls}`)
    return listCells(type, rowCount, values, listValues)
  }
  return type === 'utf8' || type === 'binary'
    ? variableCells(type, rowCount, values, data)
    : fixedCells(type, rowCount, values)
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

function variableCells(type: 'utf8' | 'binary', rowCount: number, offsets: Uint8Array, data: Uint8Array): ReadCell {
  const start = checkedOffsets(offsets, rowCount, data.length)
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (type === 'utf8') return (row) => bytes.toString('utf8', start(row), start(row + 1))
  // A copy: a cell must not keep the whole batch in memory.
  return (row) => new Uint8Array(data.subarray(start(row), start(row + 1)))
}

function listCells(type: ListType, rowCount: number, offsets: Uint8Array, values: Uint8Array): ReadCell {
  const start = checkedOffsets(offsets, rowCount, Math.floor(values.length / 4))
  // A copy as above, and of bytes: a buffer in the file need not be aligned.
  return (row) => new LIST_ARRAYS[type](new Uint8Array(values.subarray(start(row) * 4, start(row + 1) * 4)).buffer)
}

/** Where each row's bytes or values start; row `rowCount` is where they end. */
function checkedOffsets(offsets: Uint8Array, rowCount: number, end: number): (row: number) => number {
  if (offsets.length < (rowCount + 1) * 4) throw new RangeError(`expected ${rowCount + 1} offsets`)
  const view = viewOf(offsets)
  let before = 0
  for (let row = 0; row <= rowCount; row++) {
    const at = view.getInt32(row * 4, true)
    if (at < before || at > end) throw new RangeError(`expected an offset from ${before} to ${end}, got ${at}`)
    before = at
  }
  return (row) => view.getInt32(row * 4, true)
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
