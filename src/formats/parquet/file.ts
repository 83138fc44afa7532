/** The footer of a Parquet file, and its row groups as stretches of bytes. Decoding is hyparquet's. */
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects, type RowGroup } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { messageOf, ShardError } from '../../errors/errors.js'
import { decompressLz4Block } from '../../io/lz4.js'
import type { InputFile } from '../../stage/stage.js'

/** Rows that lie together; all of the file's where its groups stand in no order. */
export interface ParquetGroup {
  /** Of its first byte; the first group has the file's beginning too. */
  readonly offset: number
  /** To where the next one begins, or to the file's end. */
  readonly length: number
  readonly rowStart: number
  readonly rowEnd: number
  /** Bytes of the columns, unpacked. */
  readonly unpackedSize: number
}

export interface ParquetFile {
  readonly groups: readonly ParquetGroup[]
  /** Names of the outermost columns. */
  readonly columns: readonly string[]
  /** The group's rows in order, all columns when left out. Throws what hyparquet throws where it is damaged. */
  rows(
    group: Pick<ParquetGroup, 'rowStart' | 'rowEnd'>,
    columns?: readonly string[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** Reads the footer. Throws ShardError where there is none that is sound. */
export async function openParquet(file: InputFile): Promise<ParquetFile> {
  const buffer: AsyncBuffer = {
    byteLength: file.sizeBytes,
    slice: async (start, end = file.sizeBytes) => {
      const bytes = await file.read(start, Math.max(0, Math.min(end, file.sizeBytes) - start))
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer // files are read into plain memory
    },
  }
  let metadata: FileMetaData
  let groups: ParquetGroup[]
  try {
    metadata = await parquetMetadataAsync(buffer, { geoparquet: false })
    groups = groupsOf(metadata, file.sizeBytes)
  } catch (error) {
    if (error instanceof ShardError) throw error // of the file's reading
    throw new ShardError(`${file.name}: expected a Parquet file: ${messageOf(error)}`)
  }
  return {
    groups,
    columns: topColumns(metadata),
    rows: ({ rowStart, rowEnd }, columns) =>
      parquetReadObjects({
        file: buffer,
        metadata,
        rowStart,
        rowEnd,
        // hyparquet-compressors refuses sound blocks of its LZ4_RAW.
        compressors: { ...compressors, LZ4_RAW: decompressLz4Block },
        utf8: false,
        geoparquet: false,
        ...(columns === undefined ? {} : { columns: [...columns] }),
        parsers: { jsonFromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8') },
      }),
  }
}

function groupsOf(metadata: FileMetaData, fileSize: number): ParquetGroup[] {
  const starts = metadata.row_groups.map(startOf)
  const inOrder = starts.every((start, i) => start < (starts[i + 1] ?? fileSize) && start >= 4)
  let row = 0
  const groups = metadata.row_groups.map((group, i): ParquetGroup => {
    const offset = i === 0 ? 0 : starts[i]
    const rowStart = row
    row += countOf(group.num_rows)
    const length = (starts[i + 1] ?? fileSize) - offset
    const unpackedSize = group.columns.reduce(
      (sum, { meta_data }) => sum + countOf(meta_data?.total_uncompressed_size ?? 0n),
      0,
    )
    return { offset, length, rowStart, rowEnd: row, unpackedSize }
  })
  if (inOrder || groups.length === 0) return groups
  const unpackedSize = groups.reduce((sum, group) => sum + group.unpackedSize, 0)
  return [{ offset: 0, length: fileSize, rowStart: 0, rowEnd: row, unpackedSize }]
}

/** Of the first page of any of its columns. */
function startOf({ columns }: RowGroup): number {
  const starts = columns.flatMap(({ meta_data }) =>
    meta_data === undefined ? [] : [meta_data.data_page_offset, meta_data.dictionary_page_offset ?? 0n],
  )
  // Some writers give 0 for a dictionary that is not there.
  return Math.min(...starts.filter((start) => start > 0n).map(Number))
}

function countOf(value: bigint): number {
  if (value < 0n || value > 2n ** 50n) throw new RangeError(`expected a count, got ${value}`)
  return Number(value)
}

function topColumns({ schema }: FileMetaData): string[] {
  const names: string[] = []
  for (let at = 1; at < schema.length; ) {
    names.push(schema[at].name)
    // Over all that lies in it.
    for (let open = 1; open > 0 && at < schema.length; at++) open += (schema[at].num_children ?? 0) - 1
  }
  return names
}
