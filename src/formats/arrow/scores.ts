/**
 * The table of scores that a batch stage leaves beside the verdicts: a row for each scored document, `id`, the stage's signals
 * by their own names, and where it gives one a list of numbers (log-probabilities of tokens, say). Joined by `id`.
 */
import type { Signals } from '../../document/document.js'
import type { Zstd } from '../../io/zstd.js'
import type { Column } from './columns.js'
import { CELL_TYPE, type SignalColumn } from './verdicts.js'
import { ArrowWriter } from './writer.js'

export interface ScoreColumns {
  readonly signalColumns: readonly SignalColumn[]
  readonly series: { readonly name: string } | null
}

export interface ScoreWriter {
  add(id: string, signals: Signals, series: Float32Array | null): void
  finish(): void
}

export function scoreWriter(
  { signalColumns, series }: ScoreColumns,
  write: (bytes: Uint8Array) => void,
  zstd: Zstd | null,
): ScoreWriter {
  const columns: Column[] = [{ name: 'id', type: 'utf8' }]
  for (const { name, type } of signalColumns) columns.push({ name, type: CELL_TYPE[type], nullable: true })
  if (series !== null) columns.push({ name: series.name, type: 'list<float32>', nullable: true })
  const writer = new ArrowWriter(columns, write, zstd)
  return {
    add: (id, signals, numbers) => writer.add({ ...signals, ...(series && { [series.name]: numbers }), id }),
    finish: () => writer.finish(),
  }
}
