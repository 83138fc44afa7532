/**
 * One WARC record at a position of a byte source. WARC 1.0 and 1.1 (ISO 28500) section 4; 0.17 and 0.18 have the same form.
 * A record is sound when its header block is, and when the block of Content-Length bytes is followed by what may follow:
 * two line breaks, the next record, or the end.
 */
import { RecordError } from '../../errors/errors.js'
import { HEADER_SIZE_MAX, headerEnd, parseHeader } from './header.js'
import type { ByteSource } from './source.js'

/** Line breaks taken up behind a record: two are the rule, more are seen. */
const BREAKS_MAX = 64
/** What is looked at behind a block: the breaks, and the start of the next first line. */
const AFTER_SIZE = BREAKS_MAX + 6
/** Most headers end within this. */
const HEADER_SIZE_MOSTLY = 4096

export interface RecordBody {
  /** `1.0`, as the first line gives it. */
  readonly version: string
  /** `WARC-Type` in lower case, '' when there is none. */
  readonly type: string
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>
  /** The block: what Content-Length counts. */
  readonly block: Buffer
}

export type RecordRead =
  | { readonly kind: 'record'; readonly record: RecordBody; readonly next: number }
  /** Well formed, but its block is longer than allowed and was not kept. */
  | { readonly kind: 'tooLarge'; readonly error: RecordError; readonly next: number }
  /**
   * `begun`: a record's first line is there, so that the trouble lies in the record and not before it.
   * `cost`: bytes of header that were gone through.
   */
  | { readonly kind: 'damaged'; readonly error: RecordError; readonly begun: boolean; readonly cost: number }

/** True when a first line begins at the start of `bytes` (`WARC/1.0`, in any case); 6 bytes tell. */
export function beginsRecord(bytes: Buffer): boolean {
  return /^WARC\/\d/i.test(bytes.toString('latin1', 0, 6))
}

export interface RecordLimits {
  /** Bytes of a block that is kept. */
  readonly keepMax: number
  /** Bytes of a block that is passed over to reach what follows it; longer ones count as damage. */
  readonly skipMax: number
}

export async function readRecord(source: ByteSource, position: number, limits: RecordLimits): Promise<RecordRead> {
  let bytes = (await source.view(position, HEADER_SIZE_MOSTLY)).subarray(0, HEADER_SIZE_MOSTLY)
  if (!beginsRecord(bytes)) return { kind: 'damaged', error: notRecord(bytes), begun: false, cost: 0 }
  let start = headerEnd(bytes, 0)
  if (start === -1) {
    bytes = (await source.view(position, HEADER_SIZE_MAX)).subarray(0, HEADER_SIZE_MAX)
    start = headerEnd(bytes, 0)
  }
  if (start === -1) return damaged(endlessHeader(bytes), bytes.length)
  const head = readHead(bytes, start)
  if (head instanceof RecordError) return damaged(head, start)
  const { length, fields, version } = head
  if (length > limits.skipMax) return damaged(tooLarge(limits.keepMax, length), start)
  const block = await readBlock(source, position + start, length, limits.keepMax)
  if (block instanceof RecordError) return damaged(block, start)
  if (block.bytes === null) return { kind: 'tooLarge', error: tooLarge(limits.keepMax, length), next: block.next }
  const type = (fields.get('warc-type') ?? '').toLowerCase()
  return { kind: 'record', record: { version, type, fields, block: block.bytes }, next: block.next }
}

/** True when `bytes` hold a whole record and the start of another. */
export function holdsSecondRecord(bytes: Buffer): boolean {
  const start = beginsRecord(bytes) ? headerEnd(bytes.subarray(0, HEADER_SIZE_MAX), 0) : -1
  const head = start === -1 ? null : readHead(bytes, start)
  if (head === null || head instanceof RecordError) return false
  const after = bytes.subarray(start + head.length)
  return beginsRecord(after.subarray(Math.max(breaksBehind(after), 0)))
}

interface Head {
  readonly version: string
  readonly fields: ReadonlyMap<string, string>
  /** Of the block. */
  readonly length: number
}

/** @param end behind the blank line */
function readHead(bytes: Buffer, end: number): Head | RecordError {
  const { firstLine, fields } = parseHeader(bytes, 0, end)
  if (!/^WARC\/\d{1,3}\.\d{1,3}$/i.test(firstLine))
    return new RecordError('record-header', `first line: expected 'WARC/1.0', got ${shown(bytes)}`)
  const length = fields.get('content-length') ?? ''
  if (!/^\d{1,15}$/.test(length))
    return new RecordError('record-length', `Content-Length: expected a number of bytes, got '${length.slice(0, 40)}'`)
  return { version: firstLine.slice(5), fields, length: Number(length) }
}

function endlessHeader(bytes: Buffer): RecordError {
  if (bytes.length < HEADER_SIZE_MAX)
    return new RecordError('record-truncated', 'record header: expected a blank line, got the end')
  return new RecordError('record-header', `record header: expected at most ${HEADER_SIZE_MAX} bytes, got more`)
}

async function readBlock(
  source: ByteSource,
  start: number,
  length: number,
  keepMax: number,
): Promise<RecordError | { readonly bytes: Buffer | null; readonly next: number }> {
  if (length > keepMax || source.peek) {
    // From the block's last byte on: without it, the block goes beyond the end. A length that lies costs no reading.
    const last = await (source.peek ?? source.view).call(source, start + length - 1, AFTER_SIZE + 1)
    if (last.length === 0) return truncated(length)
    const after = last.subarray(1)
    const breaks = breaksBehind(after)
    if (breaks === -1) return wrongLength(length, after)
    if (length > keepMax) return { bytes: null, next: start + length + breaks }
  }
  const bytes = await source.view(start, length + AFTER_SIZE)
  if (bytes.length < length) return truncated(length)
  const after = bytes.subarray(length)
  const breaks = breaksBehind(after)
  if (breaks === -1) return wrongLength(length, after)
  return { bytes: bytes.subarray(0, length), next: start + length + breaks }
}

/** Length of the line breaks behind a block, -1 when something follows that may not. */
function breaksBehind(after: Buffer): number {
  let count = 0
  while (count < after.length && count < BREAKS_MAX && (after[count] === 0x0d || after[count] === 0x0a)) count++
  if (count === after.length || beginsRecord(after.subarray(count))) return count
  const two = after.toString('latin1', 0, 4)
  return two === '\r\n\r\n' || two.startsWith('\n\n') ? count : -1
}

function wrongLength(length: number, after: Buffer): RecordError {
  const got = shown(after)
  return new RecordError('record-length', `block of ${length} bytes: expected two line breaks behind it, got ${got}`)
}

function truncated(length: number): RecordError {
  return new RecordError('record-truncated', `block: expected ${length} bytes, got the end before`)
}

function tooLarge(keepMax: number, length: number): RecordError {
  return new RecordError('record-too-large', `block: expected at most ${keepMax} bytes, got ${length}`)
}

function damaged(error: RecordError, cost: number): RecordRead {
  return { kind: 'damaged', error, begun: true, cost }
}

/** What stands where a record should. */
export function notRecord(bytes: Buffer): RecordError {
  if (bytes.toString('latin1', 0, 9) === 'filedesc:')
    return new RecordError('arc-unsupported', 'expected WARC, got ARC, which is not read yet')
  return new RecordError('not-warc', `expected 'WARC/', got ${shown(bytes)}`)
}

/** The first bytes for a message, printable and quoted. */
function shown(bytes: Buffer): string {
  if (bytes.length === 0) return 'the end'
  return `'${bytes.toString('latin1', 0, 20).replace(/[^\x20-\x7e]/g, '.')}'`
}
