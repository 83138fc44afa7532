/**
 * The document: what stages see, and what a run writes. Stages treat it as read-only and return an outcome; the runner
 * applies edits, records signals and verdicts.
 */

/** Where a document stands in the run. Orders documents and breaks ties, the same whatever the workers. */
export interface Position {
  /** Index of the shard in input order (inputs by name, ranges by offset); unsigned 32-bit. */
  readonly shard: number
  /** Index of the document within its shard as read, dropped ones counted; unsigned 32-bit. */
  readonly row: number
}

/** The page as it was fetched, until an extractor has made text of it. */
export interface RawPage {
  /** Bytes as transferred with all encodings removed, or a string where the input already held one (JSON Lines `html`). */
  readonly body: Uint8Array | string
  /** The `Content-Type` header, '' when there was none. */
  readonly contentType: string
}

export interface Document {
  /** The input's own id, else 32 hex digits: 128-bit hash of (input name, record offset, sub-record). */
  readonly id: string
  /** '' when unknown. */
  readonly url: string
  /** '' before extraction. */
  readonly text: string
  /** ISO 8601 as the input gave it, '' when unknown. */
  readonly date: string
  /** ISO 639 code, '' before detection. */
  readonly language: string
  /** Name of the input file, as listed. */
  readonly file: string
  /** Byte offset in the file of the record (of its gzip member where records are compressed one by one). */
  readonly offset: number
  /** Bytes of that record (or member) in the file. */
  readonly length: number
  /** Index of the record within its gzip member or line: 0 nearly always. */
  readonly sub: number
  /** The input's own other fields, and what stages add (title, …). JSON values only. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly position: Position
  /** Null once text has been extracted, or when the input held text. */
  readonly raw: RawPage | null
}

/** A stretch of `text`, in UTF-16 units, end exclusive. Never holds the value that it marks. */
export interface Span {
  readonly start: number
  readonly end: number
  /** What it is (`email`, `ip`, …). */
  readonly type: string
  /** Confidence in [0, 1]. */
  readonly score: number
}

/** Every number that a rule looked at, by name. A missing signal is null in the shards. */
export type SignalValue = number | string | boolean
export type Signals = Readonly<Record<string, SignalValue>>
