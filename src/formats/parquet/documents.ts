/**
 * Documents as Parquet files: the same columns as the Arrow table, required, strings as UTF-8, row groups of bounded size.
 * Encoding is hyparquet-writer's; the bytes leave after each row group.
 */
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import type { Zstd } from '../../io/zstd.js'
import type { ShardEncoder } from '../../stage/stage.js'
import { DOCUMENT_COLUMNS, type DocumentRow, documentRow } from '../document-row.js'

/** A row group is closed at the first of these; the text is counted in UTF-16 units. */
const GROUP_ROWS_MAX = 50_000
const GROUP_TEXT_UNITS = 16 * 2 ** 20

const SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: DOCUMENT_COLUMNS.length },
  ...DOCUMENT_COLUMNS.map(({ name, type }): SchemaElement => {
    if (type === 'int64') return { name, type: 'INT64', repetition_type: 'REQUIRED' }
    return {
      name,
      type: 'BYTE_ARRAY',
      converted_type: 'UTF8',
      logical_type: { type: 'STRING' },
      repetition_type: 'REQUIRED',
    }
  }),
]

/** Values that hardly ever repeat: looking for a dictionary, or for the smallest and largest, would only cost time. */
const UNIQUE: ReadonlySet<string> = new Set(['id', 'text'])

/** `write` gets the file's bytes in order, each time in memory of their own. `zstd` null: not compressed. */
export function documentEncoder(write: (bytes: Uint8Array) => void, zstd: Zstd | null): ShardEncoder {
  const sink = new Sink(write)
  let parquet: ParquetWriter | null = null
  let rows: DocumentRow[] = []
  let textUnits = 0
  const flush = () => {
    parquet ??= new ParquetWriter({
      writer: sink,
      schema: SCHEMA,
      codec: zstd ? 'ZSTD' : 'UNCOMPRESSED',
      compressors: zstd ? { ZSTD: zstd.compress } : {},
      createdBy: 'millrace',
    })
    parquet.write({ columnData: columnsOf(rows), rowGroupSize: rows.length })
    rows = []
    textUnits = 0
  }
  return {
    add(document) {
      rows.push(documentRow(document))
      textUnits += document.text.length
      if (rows.length === GROUP_ROWS_MAX || textUnits >= GROUP_TEXT_UNITS) flush()
    },
    finish() {
      if (rows.length > 0) flush()
      parquet?.finish()
    },
  }
}

function columnsOf(rows: readonly DocumentRow[]): ColumnSource[] {
  return DOCUMENT_COLUMNS.map(({ name, type }): ColumnSource => {
    if (type === 'int64') return { name, data: BigInt64Array.from(rows, (row) => BigInt(row[name])) }
    const data = rows.map((row) => row[name])
    return UNIQUE.has(name) ? { name, data, encoding: 'PLAIN', statistics: false } : { name, data }
  })
}

/** Hands on what has been written, and starts its buffer again; `offset` keeps counting from the start of the file. */
class Sink extends ByteWriter {
  readonly #write: (bytes: Uint8Array) => void

  constructor(write: (bytes: Uint8Array) => void) {
    super(2 ** 20)
    this.#write = write
  }

  flush(): void {
    if (this.index === 0) return
    this.#write(this.getBytes().slice())
    this.index = 0
  }

  override finish(): void {
    this.flush()
  }
}
