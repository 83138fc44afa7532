/** Texts of a document shard, whichever writer made it, with what tells whose they are. */
import { gunzipSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { messageOf, ShardError } from '../errors/errors.js'
import { readDocumentRows } from '../formats/arrow/documents.js'
import type { DocumentRow } from '../formats/document-row.js'
import { parseLine } from '../formats/jsonl/decode.js'
import { LineSplitter } from '../formats/jsonl/lines.js'
import { type Zstd, zstdFrames } from '../io/zstd.js'

export type TextRow = Pick<DocumentRow, 'id' | 'file' | 'offset' | 'text'>

const COLUMNS = ['id', 'file', 'offset', 'text'] as const

/** Arrow shards may be those of dropped documents too. @throws ShardError for an ending that no writer of ours gives, or a damaged shard */
export async function shardTexts(path: string, bytes: Uint8Array, zstd: Zstd): Promise<Iterable<TextRow>> {
  if (path.endsWith('.arrow')) return readDocumentRows(bytes, zstd, COLUMNS)
  if (path.endsWith('.parquet')) return parquetTexts(bytes)
  if (path.endsWith('.jsonl.gz')) return jsonLines(path, () => [gunzipSync(bytes)])
  if (path.endsWith('.jsonl.zst')) return jsonLines(path, () => zstdFrames(bytes, zstd))
  if (path.endsWith('.jsonl')) return jsonLines(path, () => [bytes])
  throw new ShardError(`${path}: expected a shard ending in .arrow, .parquet, .jsonl, .jsonl.gz or .jsonl.zst`)
}

async function parquetTexts(bytes: Uint8Array): Promise<TextRow[]> {
  const copy = new Uint8Array(bytes) // hyparquet takes a whole ArrayBuffer
  const rows = await parquetReadObjects({ file: copy.buffer, columns: [...COLUMNS], compressors })
  return rows.map(textRow)
}

function* jsonLines(path: string, unpack: () => Iterable<Uint8Array>): Generator<TextRow> {
  const splitter = new LineSplitter(0, Number.POSITIVE_INFINITY)
  try {
    for (const piece of unpack()) for (const { bytes } of splitter.push(piece)) yield textRow(parseLine(bytes))
  } catch (error) {
    throw new ShardError(`${path}: damaged: ${messageOf(error)}`)
  }
}

function textRow({ id, file, offset, text }: Readonly<Record<string, unknown>>): TextRow {
  return { id: String(id), file: String(file), offset: Number(offset), text: String(text) }
}
