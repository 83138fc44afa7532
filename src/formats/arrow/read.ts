/**
 * Documents out of Arrow IPC files and streams of anybody's: any column types, dictionaries, zstd and LZ4. Decoding is
 * apache-arrow's, a record batch at a time. Our own shards are read so too; `reader.ts` is the faster way where types are known.
 */
import { type Data, type Field, RecordBatchReader, RecordBatchStreamWriter, Type, type Vector } from 'apache-arrow'
import { CompressionType } from 'apache-arrow/fb/compression-type'
import { compressionRegistry } from 'apache-arrow/ipc/compression/registry'
import { messageOf, RecordError, ShardError } from '../../errors/errors.js'
import { decompressLz4Frame } from '../../io/lz4.js'
import { loadZstd } from '../../io/zstd.js'
import type { InputFile, Range, ReadEvent, ReadExtent } from '../../stage/stage.js'
import type { FieldNames } from '../document-fields.js'
import { rowEvent } from '../table-row.js'
import { type ArrowMessage, arrowMessages } from './messages.js'
import { readFooter } from './metadata.js'

export interface ArrowOptions {
  readonly fields: FieldNames
  /** Record batches larger than this, packed or any of their buffers unpacked, are set aside. */
  readonly batchSizeMax: number
}

/** Columns of nulls take no bytes: a count may be anything. */
const BATCH_ROWS_MAX = 2 ** 24
const HEAD_BYTES = 64 * 1024
const FOOTER_SIZE_MAX = 16 * 2 ** 20

/** The whole file. Throws ShardError for one without the columns. `offset` and `length` of a document are those of its batch, `sub` its row there. */
export async function* readArrowDocuments(
  file: InputFile,
  _range: Range,
  options: ArrowOptions,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  await registerCodecs(options.batchSizeMax)
  const position = { at: 0 }
  const before: Uint8Array[] = [] // schema and dictionaries
  let hasSchema = false
  try {
    for await (const message of arrowMessages(file, options.batchSizeMax, position)) {
      if (!hasSchema) {
        const schema = message.kind === 'schema' ? message.bytes : await schemaOfFooter(file)
        checkSchema(file, schema, options.fields)
        before.push(schema)
        hasSchema = true
      }
      if (message.kind === 'dictionary') before.push(message.bytes)
      else if (message.kind === 'batch') yield* readBatch(file, before, message, options)
    }
    if (!hasSchema) throw new RecordError('arrow-message', 'expected Arrow IPC, got no schema')
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    // Where the next message begins nobody knows.
    yield await damage(file, position.at, file.sizeBytes - position.at, error)
  }
  return { first: 0, stopped: file.sizeBytes }
}

async function* readBatch(
  file: InputFile,
  before: readonly Uint8Array[],
  message: ArrowMessage,
  { fields }: ArrowOptions,
): AsyncGenerator<ReadEvent, void, void> {
  const { offset, bytes, rowCount } = message
  const place = { file: file.name, offset, length: bytes.length }
  let columns: ReadColumn[]
  try {
    if (rowCount > BATCH_ROWS_MAX) throw new RangeError(`expected at most ${BATCH_ROWS_MAX} rows, got ${rowCount}`)
    columns = columnsOf(before, bytes, fields)
  } catch (error) {
    const why = new RecordError('arrow-batch', `record batch of ${rowCount} rows: damaged: ${messageOf(error)}`)
    yield await damage(file, offset, bytes.length, why)
    return
  }
  for (let sub = 0; sub < rowCount; sub++) {
    let row: Record<string, unknown>
    try {
      row = Object.fromEntries(columns.map(({ name, cell }) => [name, cell(sub)]))
    } catch (error) {
      const why = new RecordError('arrow-row', `row ${sub}: damaged: ${messageOf(error)}`)
      yield await damage(file, offset, bytes.length, why)
      continue
    }
    yield rowEvent(row, fields, { ...place, sub })
  }
}

interface ReadColumn {
  readonly name: string
  cell(row: number): unknown
}

function columnsOf(before: readonly Uint8Array[], bytes: Uint8Array, names: FieldNames): ReadColumn[] {
  const { value: batch } = RecordBatchReader.from([...before, bytes]).next()
  if (!batch) throw new RangeError('expected a record batch')
  return batch.schema.fields.map((field: Field, at: number): ReadColumn => {
    const vector: Vector | null = batch.getChildAt(at)
    if (vector === null || vector.length < batch.numRows) throw new RangeError(`column ${field.name}: expected rows`)
    if (field.name === names.text || field.name === names.html) for (const data of vector.data) checkOffsets(data)
    const isTime = field.typeId === Type.Timestamp || field.typeId === Type.Date
    return { name: field.name, cell: (row) => cellOf(vector.get(row), isTime) }
  })
}

/** What apache-arrow believes: a text is cut out between two offsets, whatever they are. */
function checkOffsets({ valueOffsets, values, length }: Data): void {
  if (!valueOffsets) return
  if (valueOffsets.length <= length) throw new RangeError(`expected ${length + 1} offsets, got ${valueOffsets.length}`)
  for (let i = 0; i <= length; i++) {
    const at = Number(valueOffsets[i])
    if (at < (i === 0 ? 0 : Number(valueOffsets[i - 1])) || at > values.length)
      throw new RangeError(`expected ascending offsets within ${values.length} bytes, got ${at}`)
  }
}

/** Vectors, structs and maps as plain values. Times are milliseconds in apache-arrow. */
function cellOf(value: unknown, isTime: boolean): unknown {
  if (isTime && (typeof value === 'number' || typeof value === 'bigint')) return new Date(Number(value))
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) return value.map((inner: unknown) => cellOf(inner, false))
  if ('toJSON' in value && typeof value.toJSON === 'function') return cellOf(value.toJSON(), false)
  if (ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cellOf(inner, false)]))
}

/** Some writers of files leave out the schema in front of the batches, and have it in the footer alone. */
async function schemaOfFooter(file: InputFile): Promise<Uint8Array> {
  const tailSize = Math.min(file.sizeBytes, FOOTER_SIZE_MAX)
  const tail = await file.read(file.sizeBytes - tailSize, tailSize)
  try {
    const { schema } = readFooter(Buffer.concat([Buffer.from('ARROW1\0\0'), tail]))
    const stream = new RecordBatchStreamWriter().reset(undefined, schema).finish().toUint8Array(true)
    return stream.subarray(0, stream.length - 8) // the mark of its end
  } catch (error) {
    throw new RecordError('arrow-message', `expected a schema: ${messageOf(error)}`)
  }
}

function checkSchema(file: InputFile, bytes: Uint8Array, { text, html }: FieldNames): void {
  let names: string[]
  try {
    names = RecordBatchReader.from([bytes])
      .open()
      .schema.fields.map(({ name }) => name)
  } catch (error) {
    throw new RecordError('arrow-message', `expected a schema: ${messageOf(error)}`)
  }
  if (!names.includes(text) && !names.includes(html))
    throw new ShardError(`${file.name}: expected a column ${text} or ${html}, got ${names.join(', ')}`)
}

async function registerCodecs(sizeMax: number): Promise<void> {
  const zstd = await loadZstd()
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => zstd.decompressFrame(bytes, sizeMax) })
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => decompressLz4Frame(bytes, sizeMax) })
}

async function damage(file: InputFile, offset: number, length: number, error: RecordError): Promise<ReadEvent> {
  const { code } = error
  const bytes = await file.read(offset, Math.min(HEAD_BYTES, length))
  const message = `${file.name} at ${offset}: ${error.message}`
  return { kind: 'quarantine', code, message, offset, length, bytes }
}
