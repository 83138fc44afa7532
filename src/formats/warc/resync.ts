/**
 * Where records start, without knowing where the one before ended: for cuts inside a file and behind damage. A place counts
 * when a gzip member starts there that inflates to a WARC first line, or when such a line and a WARC field stand there in the
 * open. Whether it counts depends on the file's bytes at that place alone, so every reader finds the same places.
 */
import { firstBytes } from './deflate-start.js'
import { GZIP_HEADER_SIZE_MAX, GZIP_MAGIC, gzipHeaderLength } from './gzip.js'
import { beginsRecord } from './record.js'
import type { FileSource } from './source.js'

/** What a file holds, told by its first bytes. Searches look for that alone: a page may hold the other. */
export type Container = 'gzip' | 'plain' | 'unknown'

/** Deflate data tried at a gzip magic: room for the code tables of a first block and some output. */
const GZIP_PROBE_SIZE = 1024
const PLAIN_PROBE_SIZE = 256
const PROBE_SIZE = GZIP_HEADER_SIZE_MAX + GZIP_PROBE_SIZE
/**
 * Bytes searched at a time: few at first, for the next start is often near and none of the marks may be looked for far behind
 * it, then twice as many each time.
 */
const SEARCH_SIZE_MIN = 256
const SEARCH_SIZE_MAX = 1024 * 1024

interface Mark {
  readonly magic: Buffer
  readonly test: (bytes: Buffer, at: number) => boolean
}

const GZIP_MARKS: readonly Mark[] = [{ magic: GZIP_MAGIC, test: isMember }]
/** Upper case is the rule, lower case is seen. */
const PLAIN_MARKS: readonly Mark[] = ['WARC/', 'warc/'].map((line) => ({ magic: Buffer.from(line), test: isRecord }))
const MARKS: Readonly<Record<Container, readonly Mark[]>> = {
  gzip: GZIP_MARKS,
  plain: PLAIN_MARKS,
  unknown: [...GZIP_MARKS, ...PLAIN_MARKS],
}

export async function containerOf(source: FileSource): Promise<Container> {
  const head = await source.peek(0, 16)
  if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return 'gzip'
  return beginsRecord(head) ? 'plain' : 'unknown'
}

/** The first place in [from, until) where a record seems to start; -1 when there is none. */
export async function findStart(
  source: FileSource,
  container: Container,
  from: number,
  until: number,
): Promise<number> {
  let size = SEARCH_SIZE_MIN
  for (let position = from; position < until; position += size, size = Math.min(size * 2, SEARCH_SIZE_MAX)) {
    const bytes = await source.view(position, size + PROBE_SIZE)
    const found = firstStart(bytes, container, Math.min(size, until - position))
    if (found !== -1) return position + found
  }
  return -1
}

/** True when a record seems to start at `position`. */
export async function startsAt(source: FileSource, container: Container, position: number): Promise<boolean> {
  const bytes = await source.view(position, PROBE_SIZE)
  return firstStart(bytes, container, 1) === 0
}

/** Marks are tried in the order of their places, so that nothing behind the first start is looked at. */
function firstStart(bytes: Buffer, container: Container, limit: number): number {
  const found = MARKS[container].map((mark) => ({ mark, at: indexOf(bytes, mark.magic, 0, limit) }))
  for (;;) {
    const [first] = found.sort((a, b) => a.at - b.at)
    if (first.at === Number.POSITIVE_INFINITY) return -1
    if (first.mark.test(bytes, first.at)) return first.at
    first.at = indexOf(bytes, first.mark.magic, first.at + 1, limit)
  }
}

/** Of the first `magic` that starts in [from, limit), infinity when there is none. */
function indexOf(bytes: Buffer, magic: Buffer, from: number, limit: number): number {
  const at = bytes.subarray(0, limit + magic.length - 1).indexOf(magic, from)
  return at === -1 ? Number.POSITIVE_INFINITY : at
}

function isMember(bytes: Buffer, at: number): boolean {
  const header = gzipHeaderLength(bytes, at)
  if (typeof header !== 'number') return false
  const start = at + header
  return beginsRecord(Buffer.from(firstBytes(bytes.subarray(start, start + GZIP_PROBE_SIZE), 6)))
}

/**
 * A first line followed by a line that can stand in a WARC header. Not only at the start of a line: behind a file that
 * was cut off, the next one joined to it starts anywhere.
 */
function isRecord(bytes: Buffer, at: number): boolean {
  return /^WARC\/\d{1,3}\.\d{1,3} *\r*\n[ \t]*(?:WARC|Content)-[A-Za-z-]{1,40}:/i.test(
    bytes.toString('latin1', at, at + PLAIN_PROBE_SIZE),
  )
}
