/**
 * Documents in Arrow files. Three tables: the published one (`DOCUMENT_COLUMNS`), survivors of a cut (`work/`), and dropped
 * documents (`dropped/`). The latter two hold all that a document is, so that it comes back as it was, with one exception:
 * lone surrogates can't be UTF-8 and become U+FFFD (in `metadata` and string signals, which are JSON, they survive).
 */
import type { Document, RawPage, Signals, SignalValue, Span } from '../../document/document.js'
import { canonicalJson, parseMetadata } from '../../document/json.js'
import type { Zstd } from '../../io/zstd.js'
import type { ShardEncoder } from '../../stage/stage.js'
import { DOCUMENT_COLUMNS, type DocumentRow, documentRow } from '../document-row.js'
import type { Cell, Column } from './columns.js'
import { type ReadRow, readArrow } from './reader.js'
import { ArrowWriter } from './writer.js'

type Write = (bytes: Uint8Array) => void

/** A span with the instance of the stage that found it. */
export interface StageSpan extends Span {
  readonly stage: string
}

/** A document between two passes, with what the stages before have measured. Signals by `STAGE.SIGNAL`. */
export interface Survivor {
  readonly document: Document
  readonly signals: Signals
  readonly spans: readonly StageSpan[]
}

export interface DroppedDocument extends Survivor {
  readonly stage: string
  readonly reason: string
}

/** `pageBytes` or `pageText` by what the page's body was; all three null when there is no page. */
export const SURVIVOR_COLUMNS: readonly Column[] = [
  ...DOCUMENT_COLUMNS,
  { name: 'sub', type: 'int64' },
  { name: 'shard', type: 'uint32' },
  { name: 'row', type: 'uint32' },
  { name: 'signals', type: 'utf8' },
  { name: 'spans', type: 'utf8' },
  { name: 'pageBytes', type: 'binary', nullable: true },
  { name: 'pageText', type: 'utf8', nullable: true },
  { name: 'pageType', type: 'utf8', nullable: true },
]

export const DROPPED_COLUMNS: readonly Column[] = [
  ...SURVIVOR_COLUMNS,
  { name: 'stage', type: 'utf8' },
  { name: 'reason', type: 'utf8' },
]

// ---- writing ----

/** The published table. `zstd` null: not compressed. */
export function documentWriter(write: Write, zstd: Zstd | null): ShardEncoder {
  const writer = new ArrowWriter(DOCUMENT_COLUMNS, write, zstd)
  return { add: (document) => writer.add({ ...documentRow(document) }), finish: () => writer.finish() }
}

export interface SurvivorWriter {
  add(survivor: Survivor): void
  /** Nothing is written for a shard without rows. */
  finish(): void
}

export function survivorWriter(write: Write, zstd: Zstd | null): SurvivorWriter {
  const writer = new ArrowWriter(SURVIVOR_COLUMNS, write, zstd)
  return { add: (survivor) => writer.add(survivorRow(survivor)), finish: () => writer.finish() }
}

export interface DroppedWriter {
  add(dropped: DroppedDocument): void
  /** Nothing is written for a shard without rows. */
  finish(): void
}

export function droppedWriter(write: Write, zstd: Zstd | null): DroppedWriter {
  const writer = new ArrowWriter(DROPPED_COLUMNS, write, zstd)
  return {
    add: (dropped) => writer.add({ ...survivorRow(dropped), stage: dropped.stage, reason: dropped.reason }),
    finish: () => writer.finish(),
  }
}

function survivorRow({ document, signals, spans }: Survivor): Record<string, Cell> {
  const { raw } = document
  return {
    ...documentRow(document),
    sub: document.sub,
    shard: document.position.shard,
    row: document.position.row,
    signals: signalsJson(signals),
    spans: canonicalJson(spans),
    pageBytes: raw !== null && typeof raw.body !== 'string' ? raw.body : null,
    pageText: raw !== null && typeof raw.body === 'string' ? raw.body : null,
    pageType: raw === null ? null : raw.contentType,
  }
}

// ---- reading ----

/**
 * Rows of a published shard, or of a table that begins with the same columns, `metadata` still as JSON; with the named
 * columns, all when left out. Throws ShardError where the file is damaged.
 */
export function* readDocumentRows<Name extends keyof DocumentRow = keyof DocumentRow>(
  bytes: Uint8Array,
  zstd: Zstd,
  names?: readonly Name[],
): Generator<Pick<DocumentRow, Name>, void, void> {
  const columns = names ?? DOCUMENT_COLUMNS.map((column) => column.name)
  for (const row of readArrow(bytes, zstd, columns)) yield row as unknown as Pick<DocumentRow, Name> // the same names and types by construction
}

/** Survivors in the order they were written. Throws ShardError where the file is damaged. */
export function* readSurvivors(bytes: Uint8Array, zstd: Zstd): Generator<Survivor, void, void> {
  for (const row of readArrow(bytes, zstd)) yield survivorOf(row)
}

function survivorOf(row: ReadRow): Survivor {
  return {
    document: {
      id: text(row, 'id'),
      url: text(row, 'url'),
      text: text(row, 'text'),
      date: text(row, 'date'),
      language: text(row, 'language'),
      file: text(row, 'file'),
      offset: integer(row, 'offset'),
      length: integer(row, 'length'),
      sub: integer(row, 'sub'),
      metadata: parseMetadata(text(row, 'metadata')),
      position: { shard: integer(row, 'shard'), row: integer(row, 'row') },
      raw: pageOf(row),
    },
    signals: parseSignals(text(row, 'signals')),
    spans: parseSpans(text(row, 'spans')),
  }
}

function pageOf({ pageBytes, pageText, pageType }: ReadRow): RawPage | null {
  const body = pageBytes ?? pageText
  if (typeof pageType !== 'string' || !(typeof body === 'string' || body instanceof Uint8Array)) return null
  return { body, contentType: pageType }
}

function text(row: ReadRow, name: string): string {
  const cell = row[name]
  if (typeof cell !== 'string') throw new TypeError(`column ${name}: expected text, got ${typeof cell}`)
  return cell
}

function integer(row: ReadRow, name: string): number {
  const cell = row[name]
  if (typeof cell !== 'number') throw new TypeError(`column ${name}: expected an integer, got ${typeof cell}`)
  return cell
}

// ---- signals and spans as JSON ----

/** Sorted by name. Numbers that JSON has no word for are written as `{"number": "NaN"}`, also `Infinity`, `-Infinity`, `-0`. */
export function signalsJson(signals: Signals): string {
  const out: [string, SignalValue | { number: string }][] = []
  for (const [name, value] of Object.entries(signals)) {
    const plain = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))
    out.push([name, plain ? value : { number: Object.is(value, -0) ? '-0' : String(value) }])
  }
  return out.length === 0 ? '{}' : canonicalJson(Object.fromEntries(out))
}

/** The inverse of `signalsJson`. */
export function parseSignals(json: string): Record<string, SignalValue> {
  const parsed = parseMetadata(json) as Record<string, SignalValue | { readonly number: string }> // as `signalsJson` wrote it
  for (const name of Object.keys(parsed)) {
    const value = parsed[name]
    if (typeof value === 'object') parsed[name] = Number(value.number)
  }
  return parsed as Record<string, SignalValue> // no objects are left
}

/** The inverse of `canonicalJson(spans)`. */
export function parseSpans(json: string): StageSpan[] {
  return json === '[]' ? [] : (JSON.parse(json) as StageSpan[]) // as `survivorRow` wrote it
}
