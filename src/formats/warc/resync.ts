/**
 * Where records start, without knowing where the one before ended: for cuts inside a file and behind damage. A place counts
 * when a gzip member starts there that inflates to a first line, when a zstd frame's header and a block's stand there, or
 * when a first line and a WARC field, or an ARC record's line, stand there in the open. Whether it counts depends on the
 * file's bytes at that place alone, so every reader finds the same places.
 */
import {
  blockHeader,
  frameHeader,
  ZSTD_BLOCK_HEADER_SIZE,
  ZSTD_HEADER_SIZE_MAX,
  ZSTD_MAGIC,
} from '../../io/zstd-frame.js'
import { ARC_LINE_SIZE_MAX, arcLine, seemsArc } from './arc.js'
import { firstBytes } from './deflate-start.js'
import { GZIP_HEADER_SIZE_MAX, GZIP_MAGIC, gzipHeaderLength } from './gzip.js'
import { beginsRecord, type RecordFormat } from './record.js'
import type { ByteSource, FileSource } from './source.js'

/** What a file holds, told by its first bytes. Searches look for that alone: a page may hold the other. */
export type Container = 'gzip' | 'zstd' | 'warc' | 'arc' | 'unknown'

/** Deflate data tried at a gzip magic: room for the code tables of a first block and some output. */
const GZIP_PROBE_SIZE = 1024
const WARC_PROBE_SIZE = 256
const PROBE_SIZE = GZIP_HEADER_SIZE_MAX + GZIP_PROBE_SIZE
/**
 * Bytes searched at a time: few at first, for the next start is often near and none of the marks may be looked for far behind
 * it, then twice as many each time.
 */
const SEARCH_SIZE_MIN = 256
const SEARCH_SIZE_MAX = 1024 * 1024

interface Mark {
  readonly magic: Buffer
  /** Bytes of the magic before the place that it marks. */
  readonly lead: number
  /** @param at the place */
  readonly test: (bytes: Buffer, at: number) => boolean
}

const GZIP_MARKS: readonly Mark[] = [{ magic: GZIP_MAGIC, lead: 0, test: isMember }]
const ZSTD_MARKS: readonly Mark[] = [{ magic: ZSTD_MAGIC, lead: 0, test: isFrame }]
/** Upper case is the rule, lower case is seen. */
const WARC_MARKS: readonly Mark[] = ['WARC/', 'warc/'].map((line) => ({
  ...{ magic: Buffer.from(line), lead: 0, test: isRecord },
}))
/** At the start of a line, for pages are full of addresses. */
const ARC_MARKS: readonly Mark[] = ['\nhttp', '\nfiledesc:', '\ndns:', '\nftp:'].map((line) => ({
  ...{ magic: Buffer.from(line), lead: 1, test: isArcLine },
}))
const MARKS: Readonly<Record<Container, readonly Mark[]>> = {
  gzip: GZIP_MARKS,
  zstd: ZSTD_MARKS,
  warc: WARC_MARKS,
  arc: ARC_MARKS,
  unknown: [...GZIP_MARKS, ...ZSTD_MARKS, ...WARC_MARKS, ...ARC_MARKS],
}

/** First four bytes of a zstd frame's magic, and the last three of a skippable one's, whose first holds its kind. */
const SKIPPABLE_END = Buffer.from([0x2a, 0x4d, 0x18])

export async function containerOf(source: FileSource): Promise<Container> {
  const head = await source.peek(0, ARC_LINE_SIZE_MAX)
  if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return 'gzip'
  if (head.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC) || isSkippable(head)) return 'zstd'
  if (beginsRecord(head)) return 'warc'
  return arcLine(head) ? 'arc' : 'unknown'
}

/** True when a skippable zstd frame begins at the start of `bytes`. */
export function isSkippable(bytes: Buffer): boolean {
  return bytes.length >= 8 && ((bytes[0] as number) & 0xf0) === 0x50 && bytes.subarray(1, 4).equals(SKIPPABLE_END)
}

/** The first place in [from, until) where a record seems to start; -1 when there is none. */
export function findStart(source: FileSource, container: Container, from: number, until: number): Promise<number> {
  return search(source, container, from, until, PROBE_SIZE)
}

/** The first place from `from` on where a record's first line stands among the bytes of a member; -1 when there is none. */
export function findFirstLine(source: ByteSource, format: RecordFormat, from: number): Promise<number> {
  return search(source, format, from, Number.POSITIVE_INFINITY, ARC_LINE_SIZE_MAX)
}

async function search(
  source: ByteSource,
  container: Container,
  from: number,
  until: number,
  probeSize: number,
): Promise<number> {
  let size = SEARCH_SIZE_MIN
  for (let position = from; position < until; position += size, size = Math.min(size * 2, SEARCH_SIZE_MAX)) {
    const lead = position > 0 ? leadOf(container) : 0
    const bytes = await source.view(position - lead, lead + size + probeSize)
    const found = firstStart(bytes, container, lead, lead + Math.min(size, until - position))
    if (found !== -1) return position - lead + found
    if (bytes.length < lead + size) return -1
  }
  return -1
}

/** Work that damage may make for nothing, and how many bytes of work beyond that take one byte from the file. */
const COST_FREE = 1024
const COST_PER_BYTE = 16

/**
 * Where the search goes on behind damage at `offset` that took `cost` bytes of reading. By the offset and the bytes alone, as
 * all else. What stands in between is lost: that a record begins there takes damage that is noticed only after 16 times the
 * bytes that were sound.
 */
export function behindDamage(offset: number, cost: number): number {
  return offset + 1 + Math.floor(Math.max(cost - COST_FREE, 0) / COST_PER_BYTE)
}

/** True when a record seems to start at `position`. */
export async function startsAt(source: FileSource, container: Container, position: number): Promise<boolean> {
  const lead = position > 0 ? leadOf(container) : 0
  const bytes = await source.view(position - lead, lead + PROBE_SIZE)
  return firstStart(bytes, container, lead, lead + 1) === lead
}

function leadOf(container: Container): number {
  return container === 'arc' || container === 'unknown' ? 1 : 0
}

/** Marks are tried in the order of their places in [from, limit), so that nothing behind the first start is looked at. */
function firstStart(bytes: Buffer, container: Container, from: number, limit: number): number {
  const found = MARKS[container].map((mark) => ({ mark, at: placeOf(bytes, mark, from, limit) }))
  for (;;) {
    const [first] = found.sort((a, b) => a.at - b.at)
    if (first.at === Number.POSITIVE_INFINITY) return -1
    if (first.mark.test(bytes, first.at)) return first.at
    first.at = placeOf(bytes, first.mark, first.at + 1, limit)
  }
}

/** Of the first in [from, limit) that the magic marks, infinity when there is none. */
function placeOf(bytes: Buffer, { magic, lead }: Mark, from: number, limit: number): number {
  const at = bytes.subarray(0, limit - lead + magic.length - 1).indexOf(magic, Math.max(from - lead, 0))
  return at === -1 ? Number.POSITIVE_INFINITY : at + lead
}

function isMember(bytes: Buffer, at: number): boolean {
  const header = gzipHeaderLength(bytes, at)
  if (typeof header !== 'number') return false
  const start = at + header
  const first = Buffer.from(firstBytes(bytes.subarray(start, start + GZIP_PROBE_SIZE), 9))
  return beginsRecord(first) || seemsArc(first)
}

/** A header that can be, and a first block's; one that is stored must hold a first line. */
function isFrame(bytes: Buffer, at: number): boolean {
  const frame = bytes.subarray(at, at + ZSTD_HEADER_SIZE_MAX + ZSTD_BLOCK_HEADER_SIZE + 9)
  const header = frameHeader(frame)
  if (header === null || header === 'short' || header.length + ZSTD_BLOCK_HEADER_SIZE > frame.length) return false
  const block = blockHeader(frame, header.length, header.blockSizeMax)
  if (block === null || block.type === 'repeated') return false
  const first = frame.subarray(header.length + ZSTD_BLOCK_HEADER_SIZE)
  return block.type === 'compressed' || beginsRecord(first) || seemsArc(first)
}

/**
 * A first line followed by a line that can stand in a WARC header. Not only at the start of a line: behind a file that
 * was cut off, the next one joined to it starts anywhere.
 */
function isRecord(bytes: Buffer, at: number): boolean {
  return /^WARC\/\d{1,3}\.\d{1,3} *\r*\n[ \t]*(?:WARC|Content)-[A-Za-z-]{1,40}:/i.test(
    bytes.toString('latin1', at, at + WARC_PROBE_SIZE),
  )
}

function isArcLine(bytes: Buffer, at: number): boolean {
  return arcLine(bytes.subarray(at, at + ARC_LINE_SIZE_MAX)) !== null
}
