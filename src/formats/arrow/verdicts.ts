/**
 * The verdict table: a row for every document of a shard, kept, dropped or set aside, with each signal that a stage measured in a
 * column of its own named `STAGE.SIGNAL`. No text, so that it is small; joined with the texts by `id`.
 */
import type { Signals } from '../../document/document.js'
import { canonicalJson } from '../../document/json.js'
import type { Zstd } from '../../io/zstd.js'
import type { SignalDeclaration } from '../../stage/stage.js'
import type { Cell, Column, ColumnType } from './columns.js'
import { parseSpans, type StageSpan } from './documents.js'
import { openArrow, type ReadRow } from './reader.js'
import { ArrowWriter } from './writer.js'

export interface SignalColumn {
  /** `STAGE.SIGNAL`, STAGE being the instance's name. */
  readonly name: string
  readonly type: SignalDeclaration['type']
}

export interface Verdict {
  readonly id: string
  readonly url: string
  readonly file: string
  readonly offset: number
  readonly sub: number
  readonly language: string
  /** UTF-16 units of the text as it was at the verdict. */
  readonly textLength: number
  /** `quarantined`: set aside because a stage failed on it, or its worker died; its bytes are in `quarantine/`. */
  readonly verdict: 'kept' | 'dropped' | 'quarantined'
  /** The instance that dropped it, or failed on it; '' for kept ones and where no stage is known. */
  readonly stage: string
  /** The stage's reason, or the code that a document was set aside with; '' for kept ones. */
  readonly reason: string
  readonly spans: readonly StageSpan[]
  /** By column name. A declared signal that is not there is null in the shard. */
  readonly signals: Signals
}

/** The columns before the signals. `spans` is a JSON array. */
export const VERDICT_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'utf8' },
  { name: 'url', type: 'utf8' },
  { name: 'file', type: 'utf8' },
  { name: 'offset', type: 'int64' },
  { name: 'sub', type: 'int64' },
  { name: 'language', type: 'utf8' },
  { name: 'textLength', type: 'int64' },
  { name: 'verdict', type: 'utf8' },
  { name: 'stage', type: 'utf8' },
  { name: 'reason', type: 'utf8' },
  { name: 'spans', type: 'utf8' },
]

/** How a signal lies in an Arrow column. */
export const CELL_TYPE: Readonly<Record<SignalColumn['type'], ColumnType>> = {
  number: 'float64',
  string: 'utf8',
  boolean: 'bool',
}

export interface VerdictWriter {
  /** A signal without a column of its type is a mistake of the stage: TypeError. */
  add(verdict: Verdict): void
  /** Nothing is written for a shard without rows. */
  finish(): void
}

export function verdictWriter(
  signalColumns: readonly SignalColumn[],
  write: (bytes: Uint8Array) => void,
  zstd: Zstd | null,
): VerdictWriter {
  const declared = new Map(signalColumns.map((column) => [column.name, column.type]))
  const columns = signalColumns.map(({ name, type }) => ({ name, type: CELL_TYPE[type], nullable: true }))
  const writer = new ArrowWriter([...VERDICT_COLUMNS, ...columns], write, zstd)
  return {
    add({ signals, spans, ...verdict }) {
      const row: Record<string, Cell> = { ...verdict, spans: spans.length === 0 ? '[]' : canonicalJson(spans) }
      for (const [name, value] of Object.entries(signals)) {
        const type = declared.get(name)
        if (typeof value !== type)
          throw new TypeError(`signal ${name}: expected ${type ?? 'a declaration'}, got ${typeof value}`)
        row[name] = value
      }
      writer.add(row)
    },
    finish: () => writer.finish(),
  }
}

/**
 * Verdicts in the order they were written, with the named signals, all when left out. Throws ShardError where the file is
 * damaged.
 */
export function* readVerdicts(
  bytes: Uint8Array,
  zstd: Zstd,
  signalNames?: readonly string[],
): Generator<Verdict, void, void> {
  const file = openArrow(bytes, zstd)
  const fixed = VERDICT_COLUMNS.map((column) => column.name)
  // Shards of an earlier pass lack the signals of later stages.
  const present = file.columns.slice(fixed.length).map((column) => column.name)
  const names = signalNames === undefined ? present : signalNames.filter((name) => present.includes(name))
  for (const row of file.rows([...fixed, ...names])) yield { ...fixedPart(row), signals: signalsOf(row, names) }
}

function fixedPart(row: ReadRow): Omit<Verdict, 'signals'> {
  const { id, url, file, offset, sub, language, textLength, verdict, stage, reason, spans } = row
  const rest = {
    id,
    url,
    file,
    offset,
    sub,
    language,
    textLength,
    verdict,
    stage,
    reason,
    spans: parseSpans(String(spans)),
  }
  return rest as Omit<Verdict, 'signals'> // names and types are those of VERDICT_COLUMNS
}

function signalsOf(row: ReadRow, names: readonly string[]): Signals {
  const signals: Record<string, number | string | boolean> = {}
  for (const name of names) {
    const cell = row[name]
    if (cell !== undefined && typeof cell !== 'object') signals[name] = cell
  }
  return signals
}
