/**
 * One record at a position of a byte source. WARC 1.0 and 1.1 (ISO 28500) section 4, of which 0.17 and 0.18 have the form,
 * and ARC (`arc.ts`). A record is sound when its header is, and when the block of Content-Length bytes is followed by what may
 * follow: line breaks (two in WARC, one in ARC), the next record, or the end.
 */
import { RecordError } from '../../errors/errors.js'
import { ARC_LINE_SIZE_MAX, type ArcLine, arcLine } from './arc.js'
import { HEADER_SIZE_MAX, headerEnd, parseHeader } from './header.js'
import type { ByteSource } from './source.js'

/** Line breaks taken up behind a record: two are the rule, more are seen; ARC writers padded with spaces, too. */
const BREAKS_MAX = 64
const ARC_BLANKS_MAX = 256
/** What is looked at behind a block: the breaks, and the start of the next first line. */
const AFTER_SIZE = BREAKS_MAX + 6
/** Most headers end within this. */
const HEADER_SIZE_MOSTLY = 4096

export type RecordFormat = 'warc' | 'arc'

export interface RecordBody {
  readonly format: RecordFormat
  /** `1.0`, as the first line gives it. */
  readonly version: string
  /** `WARC-Type` in lower case, '' when there is none; ARC's are `arc_header` and `response`. */
  readonly type: string
  /** By lower-case name; ARC's fields have the names of WARC's. */
  readonly fields: ReadonlyMap<string, string>
  /** The block: what Content-Length counts. */
  readonly block: Buffer
}

/** A record's header, without its block. */
export interface RecordHead extends Omit<RecordBody, 'block'> {
  /** Bytes of the header: where the block starts. */
  readonly size: number
  /** Bytes of the block as the header says: 0 where that is no number, without end where it says nothing. */
  readonly length: number
}

export type RecordRead =
  | { readonly kind: 'record'; readonly head: RecordHead; readonly block: Buffer; readonly next: number }
  /** Well formed, but its block is longer than allowed and was not kept. */
  | { readonly kind: 'tooLarge'; readonly error: RecordError; readonly head: RecordHead; readonly next: number }
  /**
   * `begun`: a record's first line is there, so that the trouble lies in the record and not before it.
   * `cost`: bytes of header that were gone through. `head`: null where the header itself is damaged.
   */
  | {
      readonly kind: 'damaged'
      readonly error: RecordError
      readonly begun: boolean
      readonly cost: number
      readonly head: RecordHead | null
    }

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
  const bytes = await source.view(position, HEADER_SIZE_MOSTLY)
  const read = beginsRecord(bytes) ? await readWarcHead(source, position, bytes) : await readArcHead(source, position)
  if ('kind' in read) return read
  const { length, size } = read
  if (length > limits.skipMax) return damaged(tooLarge(limits.keepMax, length), size, read)
  const block = await readBlock(source, position + size, read, limits.keepMax)
  if (block instanceof RecordError) return damaged(block, size, read)
  if (block.bytes === null)
    return { kind: 'tooLarge', error: tooLarge(limits.keepMax, length), head: read, next: block.next }
  return { kind: 'record', head: read, block: block.bytes, next: block.next }
}

export function withBlock({ format, version, type, fields }: RecordHead, block: Buffer): RecordBody {
  return { format, version, type, fields, block }
}

async function readWarcHead(source: ByteSource, position: number, first: Buffer): Promise<RecordHead | RecordRead> {
  let bytes = first.subarray(0, HEADER_SIZE_MOSTLY)
  let size = headerEnd(bytes, 0)
  if (size === -1) {
    bytes = (await source.view(position, HEADER_SIZE_MAX)).subarray(0, HEADER_SIZE_MAX)
    size = headerEnd(bytes, 0)
  }
  if (size === -1) return damaged(endlessHeader(bytes), bytes.length)
  const head = warcHead(bytes, size)
  if (head instanceof RecordError) return damaged(head, size)
  return LENGTH.test(head.fields.get('content-length') ?? '') ? head : badLength(head)
}

async function readArcHead(source: ByteSource, position: number): Promise<RecordHead | RecordRead> {
  const bytes = await source.view(position, ARC_LINE_SIZE_MAX)
  const line = arcLine(bytes)
  if (line === null) return { kind: 'damaged', error: notRecord(bytes), begun: false, cost: 0, head: null }
  const head = arcHead(line)
  return LENGTH.test(line.length) ? head : badLength(head)
}

function arcHead({ lineSize: size, version, fields, length }: ArcLine): RecordHead {
  return { format: 'arc', version, type: fields.get('warc-type') ?? '', fields, size, length: lengthOf(length) }
}

/** True when `bytes` hold a whole record and the start of another. */
export function holdsSecondRecord(bytes: Buffer): boolean {
  const head = beginsRecord(bytes) ? warcHeadAt(bytes) : arcLine(bytes)
  if (head === null || head instanceof RecordError) return false
  const { size, length, format } = 'lineSize' in head ? arcHead(head) : head
  const after = bytes.subarray(size + length)
  return beginsNext(after.subarray(Math.max(breaksBehind(after, format), 0)), format)
}

function warcHeadAt(bytes: Buffer): RecordHead | RecordError | null {
  const size = headerEnd(bytes.subarray(0, HEADER_SIZE_MAX), 0)
  return size === -1 ? null : warcHead(bytes, size)
}

const LENGTH = /^\d{1,15}$/

/** Zero where it is no number, without end where there is none. */
function lengthOf(text: string): number {
  if (text === '') return Number.POSITIVE_INFINITY
  return LENGTH.test(text) ? Number(text) : 0
}

/** @param size behind the blank line */
function warcHead(bytes: Buffer, size: number): RecordHead | RecordError {
  const { firstLine, fields } = parseHeader(bytes, 0, size)
  if (!/^WARC\/\d{1,3}\.\d{1,3}$/i.test(firstLine))
    return new RecordError('record-header', `first line: expected 'WARC/1.0', got ${shown(bytes)}`)
  const type = (fields.get('warc-type') ?? '').toLowerCase()
  const length = lengthOf(fields.get('content-length') ?? '')
  return { format: 'warc', version: firstLine.slice(5), type, fields, size, length }
}

function badLength(head: RecordHead): RecordRead {
  const got = (head.fields.get('content-length') ?? '').slice(0, 40)
  const error = new RecordError('record-length', `Content-Length: expected a number of bytes, got '${got}'`)
  return damaged(error, head.size, head)
}

function endlessHeader(bytes: Buffer): RecordError {
  if (bytes.length < HEADER_SIZE_MAX)
    return new RecordError('record-truncated', 'record header: expected a blank line, got the end')
  return new RecordError('record-header', `record header: expected at most ${HEADER_SIZE_MAX} bytes, got more`)
}

async function readBlock(
  source: ByteSource,
  start: number,
  { length, format }: RecordHead,
  keepMax: number,
): Promise<RecordError | { readonly bytes: Buffer | null; readonly next: number }> {
  const afterSize = format === 'arc' ? ARC_BLANKS_MAX + ARC_LINE_SIZE_MAX : AFTER_SIZE
  if (length > keepMax || source.peek) {
    // From the block's last byte on: without it, the block goes beyond the end. A length that lies costs no reading.
    const last = await (source.peek ?? source.view).call(source, start + length - 1, afterSize + 1)
    if (last.length === 0) return truncated(length)
    const after = last.subarray(1)
    const breaks = breaksBehind(after, format)
    if (breaks === -1) return wrongLength(length, after, format)
    if (length > keepMax) return { bytes: null, next: start + length + breaks }
  }
  const bytes = await source.view(start, length + afterSize)
  if (bytes.length < length) return truncated(length)
  const after = bytes.subarray(length)
  const breaks = breaksBehind(after, format)
  if (breaks === -1) return wrongLength(length, after, format)
  return { bytes: bytes.subarray(0, length), next: start + length + breaks }
}

/** Length of the line breaks behind a block, -1 when something follows that may not. */
function breaksBehind(after: Buffer, format: RecordFormat): number {
  return format === 'arc' ? blanksBehind(after) : warcBreaks(after)
}

function blanksBehind(after: Buffer): number {
  const blanks = /^[ \t\r\n]*/.exec(after.toString('latin1', 0, ARC_BLANKS_MAX))?.[0] ?? ''
  const isSound = blanks.length === after.length || blanks.includes('\n') || beginsNext(after, 'arc')
  return isSound ? blanks.length : -1
}

function warcBreaks(after: Buffer): number {
  let count = 0
  while (count < after.length && count < BREAKS_MAX && (after[count] === 0x0d || after[count] === 0x0a)) count++
  if (count === after.length || beginsRecord(after.subarray(count))) return count
  const two = after.toString('latin1', 0, 4)
  return two === '\r\n\r\n' || two.startsWith('\n\n') ? count : -1
}

function beginsNext(bytes: Buffer, format: RecordFormat): boolean {
  return beginsRecord(bytes) || (format === 'arc' && arcLine(bytes) !== null)
}

function wrongLength(length: number, after: Buffer, format: RecordFormat): RecordError {
  const breaks = format === 'arc' ? 'a line break' : 'two line breaks'
  return new RecordError('record-length', `block of ${length} bytes: expected ${breaks} behind it, got ${shown(after)}`)
}

function truncated(length: number): RecordError {
  return new RecordError('record-truncated', `block: expected ${length} bytes, got the end before`)
}

function tooLarge(keepMax: number, length: number): RecordError {
  return new RecordError('record-too-large', `block: expected at most ${keepMax} bytes, got ${length}`)
}

function damaged(error: RecordError, cost: number, head: RecordHead | null = null): RecordRead {
  return { kind: 'damaged', error, begun: true, cost, head }
}

/** What stands where a record should. */
export function notRecord(bytes: Buffer): RecordError {
  return new RecordError('not-warc', `expected 'WARC/' or an ARC record's line, got ${shown(bytes)}`)
}

/** The first bytes for a message, printable and quoted. */
function shown(bytes: Buffer): string {
  if (bytes.length === 0) return 'the end'
  return `'${bytes.toString('latin1', 0, 20).replace(/[^\x20-\x7e]/g, '.')}'`
}
