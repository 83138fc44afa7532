/** Documents out of Parquet files of anybody's: a range owns the row groups that start in it. */
import { messageOf, ShardError } from '../../errors/errors.js'
import type { InputFile, Range, ReadEvent, ReadExtent } from '../../stage/stage.js'
import type { FieldNames } from '../document-fields.js'
import { rowEvent } from '../table-row.js'
import { openParquet, type ParquetFile, type ParquetGroup } from './file.js'

export interface ParquetOptions {
  readonly fields: FieldNames
  /** Row groups that unpack to more are set aside. */
  readonly groupSizeMax: number
}

/** A row takes some hundred bytes of memory whatever it holds, and millions of the same one can lie in one byte of a file. */
const GROUP_ROWS_MAX = 2 ** 24
const HEAD_BYTES = 64 * 1024

/** Throws ShardError for a file without the columns. `offset` and `length` of a document are those of its group, `sub` its row there. */
export async function* readParquet(
  file: InputFile,
  range: Range,
  options: ParquetOptions,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  const nothing = { first: file.sizeBytes, stopped: file.sizeBytes }
  let parquet: ParquetFile
  try {
    parquet = await openParquet(file)
  } catch (error) {
    if (!(error instanceof ShardError)) throw error
    if (range.start > 0) return nothing // the first range has the file
    yield await damage(file, { offset: 0, length: file.sizeBytes }, 'parquet-footer', messageOf(error))
    return { first: 0, stopped: file.sizeBytes }
  }
  const { text, html } = options.fields
  if (!parquet.columns.includes(text) && !parquet.columns.includes(html))
    throw new ShardError(`${file.name}: expected a column ${text} or ${html}, got ${parquet.columns.join(', ')}`)
  const owned = parquet.groups.filter(({ offset }) => offset >= range.start && offset < range.end)
  for (const group of owned) yield* readGroup(file, parquet, group, options)
  const last = owned.at(-1)
  if (owned.length > 0 && last) return { first: owned[0].offset, stopped: last.offset + last.length }
  if (parquet.groups.length === 0 && range.start === 0) return { first: 0, stopped: file.sizeBytes }
  const next = parquet.groups.find(({ offset }) => offset >= range.end)?.offset ?? file.sizeBytes
  return { first: next, stopped: next }
}

async function* readGroup(
  file: InputFile,
  parquet: ParquetFile,
  group: ParquetGroup,
  { fields, groupSizeMax }: ParquetOptions,
): AsyncGenerator<ReadEvent, void, void> {
  const { offset, length, rowStart, rowEnd, unpackedSize } = group
  const count = rowEnd - rowStart
  if (unpackedSize > groupSizeMax || count > GROUP_ROWS_MAX) {
    const expected = `at most ${groupSizeMax} bytes and ${GROUP_ROWS_MAX} rows`
    yield await damage(file, group, 'group-size', `expected ${expected}, got ${unpackedSize} bytes and ${count} rows`)
    return
  }
  let rows: Awaited<ReturnType<ParquetFile['rows']>>
  try {
    rows = await parquet.rows(group)
    if (rows.length !== count) throw new RangeError(`expected ${count} rows, got ${rows.length}`)
  } catch (error) {
    if (error instanceof ShardError) throw error // the file can't be read any more
    yield await damage(file, group, 'parquet-group', `row group of ${count} rows: damaged: ${messageOf(error)}`)
    return
  }
  for (const [sub, row] of rows.entries()) yield rowEvent(row, fields, { file: file.name, offset, length, sub })
}

async function damage(
  file: InputFile,
  { offset, length }: { readonly offset: number; readonly length: number },
  code: string,
  message: string,
): Promise<ReadEvent> {
  const bytes = await file.read(offset, Math.min(HEAD_BYTES, length))
  return { kind: 'quarantine', code, message: `${file.name} at ${offset}: ${message}`, offset, length, bytes }
}
