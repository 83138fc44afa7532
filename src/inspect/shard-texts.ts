/** Ids and texts of a document shard, whichever writer made it. */
import { gunzipSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { ShardError } from '../errors/errors.js'
import { readArrow } from '../formats/arrow/reader.js'
import type { Zstd } from '../io/zstd.js'

export interface TextRow {
  readonly id: string
  readonly text: string
}

/** @throws ShardError for an ending that no writer of ours gives, or a damaged shard */
export async function shardTexts(path: string, bytes: Uint8Array, zstd: Zstd): Promise<Iterable<TextRow>> {
  if (path.endsWith('.arrow')) return arrowTexts(bytes, zstd)
  if (path.endsWith('.parquet')) return parquetTexts(bytes)
  if (path.endsWith('.jsonl.gz')) return jsonLines(gunzipSync(bytes))
  if (path.endsWith('.jsonl')) return jsonLines(bytes)
  throw new ShardError(`${path}: expected a shard ending in .arrow, .parquet, .jsonl or .jsonl.gz`)
}

function* arrowTexts(bytes: Uint8Array, zstd: Zstd): Generator<TextRow> {
  for (const { id, text } of readArrow(bytes, zstd, ['id', 'text'])) yield { id: String(id), text: String(text) }
}

async function parquetTexts(bytes: Uint8Array): Promise<TextRow[]> {
  const copy = new Uint8Array(bytes) // hyparquet takes a whole ArrayBuffer
  const rows = await parquetReadObjects({ file: copy.buffer, columns: ['id', 'text'], compressors })
  return rows.map(({ id, text }) => ({ id: String(id), text: String(text) }))
}

function* jsonLines(bytes: Uint8Array): Generator<TextRow> {
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    if (line === '') continue
    const row: { id?: unknown; text?: unknown } = JSON.parse(line)
    yield { id: String(row.id), text: String(row.text) }
  }
}
