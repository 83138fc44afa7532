/**
 * Web archives, record by record, from any place: WARC and ARC; in the open, packed record by record (gzip members, zstd
 * frames), and packed over many records or the whole file. Reading is memoryless: at the start of a record (or of damage) the
 * only state is the offset, and what the file's first bytes say, so ranges of a file, read apart and checked against each
 * other (`run/repairs.ts`), give what one reading of the whole gives.
 */
import type { InputFile, Range, ReadExtent } from '../../stage/stage.js'
import { GZIP_MAGIC, gzipHeaderLength, inflateStart } from './gzip.js'
import { HEADER_SIZE_MAX } from './header.js'
import { GuessError } from './member-source.js'
import { RangeReader } from './range-reader.js'
import { holdsSecondRecord, type RecordBody } from './record.js'
import { containerOf, findStart } from './resync.js'
import { asBuffer, FileSource } from './source.js'
import { frameContext, unpackStart } from './zstd.js'

export interface RecordPlace {
  /** Of the record in the file, or of its gzip member or zstd frame. */
  readonly offset: number
  /** Bytes of the record with the line breaks behind it, or of its member. */
  readonly length: number
  /** Index of the record in its member, 0 in the open. */
  readonly sub: number
}

export type WarcEvent =
  | ({ readonly kind: 'record' } & RecordPlace & RecordBody)
  /** A sound part of the file that holds no record: `reason` says what it is. */
  | ({ readonly kind: 'filler'; readonly reason: string } & RecordPlace)
  /**
   * What makes no record; a member's damage has the whole member's extent. `bytes`: at most the first 64 KiB. `partial`: what
   * is there of a record of which the header is sound; without its block where that is longer than allowed.
   */
  | ({
      readonly kind: 'damage'
      readonly code: string
      readonly message: string
      readonly bytes: Uint8Array
      readonly partial: RecordBody | null
    } & RecordPlace)

export interface WarcLimits {
  /** Bytes of a record's block, and of a gzip member before it is read as a stream. */
  readonly recordSizeMax: number
}

/** Meets no range that stopped before: the range is read again from there. */
const GIVEN_UP = -1
/** What of a file's head is unpacked to see what it holds. */
const HEAD_UNPACKED_SIZE_MAX = 16 * 1024 * 1024

/**
 * Yields the records and the damage that start in the range; returns where that began and stopped. A range that begins at an
 * arbitrary cut may begin with a guess, for archives lie inside archives: where a member costs more to read than the largest
 * record does, the range is left to the second reading, of which the start is known.
 */
export async function* readRecords(
  file: InputFile,
  range: Range,
  limits: WarcLimits,
): AsyncGenerator<WarcEvent, ReadExtent, void> {
  const end = Math.min(range.end, file.sizeBytes)
  const source = new FileSource(file, end)
  const container = await containerOf(source)
  const costMax = range.exact ? Number.POSITIVE_INFINITY : limits.recordSizeMax + HEADER_SIZE_MAX
  const frames = container === 'zstd' || container === 'unknown' ? await frameContext(source) : null
  const reader = new RangeReader(source, container, frames, limits.recordSizeMax, costMax)
  let position = range.exact ? range.start : await findStart(source, container, range.start, end)
  if (position === -1) return { first: range.end, stopped: range.end }
  const first = position
  try {
    while (position < end) {
      const found = await reader.readAt(position)
      if ('kind' in found) yield found
      else yield* found
      position = reader.next
    }
  } catch (error) {
    if (error instanceof GuessError) return { first: GIVEN_UP, stopped: range.end }
    throw error
  }
  return { first, stopped: position }
}

/** True when the first member or frame of a file holds several records, so that cutting the file gains nothing. */
export function isPackedWhole(head: Uint8Array): boolean {
  const bytes = asBuffer(head)
  if (bytes[0] !== GZIP_MAGIC[0]) return holdsSecondRecord(unpackStart(bytes, HEAD_UNPACKED_SIZE_MAX))
  const header = gzipHeaderLength(bytes, 0)
  return typeof header === 'number' && holdsSecondRecord(inflateStart(bytes.subarray(header)))
}
