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
/** Bytes searched from one view of the file. */
const SEARCH_SIZE = 1024 * 1024
/** Upper case is the rule, lower case is seen. */
const PLAIN_MAGICS = [Buffer.from('WARC/'), Buffer.from('warc/')]

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
  for (let position = from; position < until; position += SEARCH_SIZE) {
    const bytes = await source.view(position, SEARCH_SIZE + PROBE_SIZE)
    const found = firstStart(bytes, container, Math.min(SEARCH_SIZE, until - position))
    if (found !== -1) return position + found
  }
  return -1
}

/** True when a record seems to start at `position`. */
export async function startsAt(source: FileSource, container: Container, position: number): Promise<boolean> {
  const bytes = await source.view(position, PROBE_SIZE)
  return firstStart(bytes, container, 1) === 0
}

function firstStart(bytes: Buffer, container: Container, limit: number): number {
  let first = -1
  const look = (magic: Buffer, test: (bytes: Buffer, at: number) => boolean) => {
    const found = firstOf(bytes, magic, first === -1 ? limit : first, test)
    if (found !== -1) first = found
  }
  if (container !== 'plain') look(GZIP_MAGIC, isMember)
  if (container !== 'gzip') for (const magic of PLAIN_MAGICS) look(magic, isRecord)
  return first
}

function firstOf(bytes: Buffer, magic: Buffer, limit: number, test: (bytes: Buffer, at: number) => boolean): number {
  const searched = bytes.subarray(0, limit + magic.length - 1)
  let at = searched.indexOf(magic)
  while (at !== -1 && !test(bytes, at)) at = searched.indexOf(magic, at + 1)
  return at
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
