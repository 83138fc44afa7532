/**
 * WARC files, record by record, from any place: plain, gzip with a member a record, and gzip over many records or the whole
 * file. Reading is memoryless: at the start of a record (or of damage) the only state is the offset, so ranges of a file,
 * read apart and checked against each other (`run/repairs.ts`), give what one reading of the whole gives.
 *
 * At an offset stands either something sound, which is given out, or damage, which goes on to the next place where a record
 * seems to start (`resync.ts`) and is given out as one piece. Bytes can be made so that a record seems to start at every
 * 20th of them and takes the whole file to be found unsound. So damage costs bytes in proportion to the work that it made
 * (`behindDamage`), which keeps the work for a file linear. Leaves out ARC and zstd members (named as such).
 */
import { RecordError } from '../../errors/errors.js'
import type { InputFile, Range, ReadExtent } from '../../stage/stage.js'
import { badHeader, GZIP_MAGIC, gzipHeaderLength, hexBytes, inflateMember, inflateStart } from './gzip.js'
import { HEADER_SIZE_MAX } from './header.js'
import { GuessError, MemberSource } from './member-source.js'
import { beginsRecord, holdsSecondRecord, notRecord, type RecordBody, readRecord } from './record.js'
import { type Container, containerOf, findStart, startsAt } from './resync.js'
import { asBuffer, FileSource, MemorySource } from './source.js'

export interface RecordPlace {
  /** Of the record in the file, or of its gzip member. */
  readonly offset: number
  /** Bytes of the record with the line breaks behind it, or of its member. */
  readonly length: number
  /** Index of the record in its member, 0 in the open. */
  readonly sub: number
}

export type WarcEvent =
  | ({ readonly kind: 'record' } & RecordPlace & RecordBody)
  /** What makes no record; a member's damage has the whole member's extent. `bytes`: at most the first 64 KiB. */
  | ({
      readonly kind: 'damage'
      readonly code: string
      readonly message: string
      readonly bytes: Uint8Array
    } & RecordPlace)

export interface WarcLimits {
  /** Bytes of a record's block, and of a gzip member before it is read as a stream. */
  readonly recordSizeMax: number
}

/** First four bytes of a zstd frame, and of a skippable one as `.warc.zst` files start with for their dictionary. */
const ZSTD_MAGIC: ReadonlySet<number> = new Set([0xfd2fb528, 0x184d2a5d])

/** At most this much of damage is kept. */
export const DAMAGE_SIZE_MAX = 64 * 1024
/** In a member, a record too large to keep is inflated past up to this many times the limit; beyond, the member is damage. */
const SKIP_FACTOR = 16
/** Work that damage may make for nothing, and how many bytes of work beyond that take one byte from the file. */
const COST_FREE = 1024
const COST_PER_BYTE = 16
/** Meets no range that stopped before: the range is read again from there. */
const GIVEN_UP = -1

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
  const reader = new RangeReader(source, container, limits.recordSizeMax, costMax)
  let position = range.exact ? range.start : await findStart(source, container, range.start, end)
  if (position === -1) return { first: range.end, stopped: range.end }
  const first = position
  try {
    while (position < end) {
      yield* reader.readAt(position)
      position = reader.next
    }
  } catch (error) {
    if (error instanceof GuessError) return { first: GIVEN_UP, stopped: range.end }
    throw error
  }
  return { first, stopped: position }
}

/**
 * Where the search goes on behind damage at `offset` that took `cost` bytes of reading. By the offset and the bytes alone, as
 * all else. What stands in between is lost: that a record begins there takes damage that is noticed only after 16 times the
 * bytes that were sound.
 */
function behindDamage(offset: number, cost: number): number {
  return offset + 1 + Math.floor(Math.max(cost - COST_FREE, 0) / COST_PER_BYTE)
}

/** True when the first member of a file holds several records, so that cutting the file gains nothing. */
export function isWholeFileGzip(head: Uint8Array): boolean {
  const bytes = asBuffer(head)
  const header = gzipHeaderLength(bytes, 0)
  return typeof header === 'number' && holdsSecondRecord(inflateStart(bytes.subarray(header)))
}

class RangeReader {
  /** Where to go on, once `readAt` has been run through. */
  next = 0

  constructor(
    readonly source: FileSource,
    readonly container: Container,
    readonly recordSizeMax: number,
    /** What reading a member as a stream may cost. */
    readonly costMax: number,
  ) {}

  async *readAt(offset: number): AsyncGenerator<WarcEvent, void, void> {
    const bytes = await this.source.view(offset, 16)
    if (bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1]) yield* this.#readMember(offset)
    else if (beginsRecord(bytes)) yield* this.#readPlain(offset)
    else {
      this.next = await this.#startFrom(offset + 1)
      yield await this.#damage(offset, 0, unknown(bytes, this.container, this.source.file.name))
    }
  }

  async *#readPlain(offset: number): AsyncGenerator<WarcEvent, void, void> {
    const limits = { keepMax: this.recordSizeMax, skipMax: Number.POSITIVE_INFINITY }
    const read = await readRecord(this.source, offset, limits)
    if (read.kind === 'record') {
      this.next = read.next
      yield { kind: 'record', offset, length: read.next - offset, sub: 0, ...read.record }
    } else {
      this.next = read.kind === 'tooLarge' ? read.next : await this.#startFrom(behindDamage(offset, read.cost))
      yield await this.#damage(offset, 0, read.error)
    }
  }

  async *#readMember(offset: number): AsyncGenerator<WarcEvent, void, void> {
    // The same bytes are tried wherever the window stands: what a member is taken for depends on the offset alone.
    const sizeMax = this.recordSizeMax + HEADER_SIZE_MAX
    let bytes = (await this.source.view(offset, 1)).subarray(0, sizeMax)
    let inflated = inflateMember(bytes, sizeMax)
    while (inflated.state === 'short' && bytes.length < sizeMax && offset + bytes.length < this.source.sizeBytes) {
      bytes = (await this.source.view(offset, Math.max(bytes.length * 4, 1024 * 1024))).subarray(0, sizeMax)
      inflated = inflateMember(bytes, sizeMax)
    }
    if (inflated.state === 'noHeader') {
      this.next = await this.#startFrom(offset + 1)
      return yield await this.#damage(offset, 0, badHeader(bytes))
    }
    if (inflated.state !== 'sound') return yield* this.#readStreamed(offset)
    const { length } = inflated
    this.next = offset + length
    for await (const item of recordsOf(new MemorySource(inflated.bytes), this.recordSizeMax)) {
      if (item.kind === 'record') yield { kind: 'record', offset, length, sub: item.sub, ...item.record }
      else {
        if (item.sub === 0 && item.last) this.next = await this.#startFrom(this.next)
        yield await this.#damage(offset, item.sub, item.error)
      }
    }
  }

  /**
   * A damaged or very large member, gone through twice: first to know where it ends or breaks, for that is part of each
   * record's place, then for its records. With one record it is damaged as a whole; with more, those before the damage count.
   */
  async *#readStreamed(offset: number): AsyncGenerator<WarcEvent, void, void> {
    const survey = await this.#survey(offset)
    this.next = await this.#endOf(offset, survey)
    if (survey.error && !survey.several) return yield await this.#damage(offset, 0, survey.error)
    const length = this.next - offset
    const member = this.#openMember(offset)
    try {
      for await (const item of recordsOf(member, this.recordSizeMax)) {
        if (item.kind === 'record') yield { kind: 'record', offset, length, sub: item.sub, ...item.record }
        else yield await this.#damage(offset, item.sub, item.error)
      }
    } finally {
      member.close()
    }
  }

  async #survey(offset: number): Promise<Survey> {
    const member = this.#openMember(offset)
    try {
      let count = 0
      let only: RecordError | null = null
      for await (const item of recordsOf(member, this.recordSizeMax)) {
        if (item.kind === 'damage' && item.last) {
          const several = count > 1 || (count === 1 && item.begun)
          // Inflated at once before this, the member cost all of what could be: the cost is known only by going there again.
          await member.pass(this.recordSizeMax + HEADER_SIZE_MAX)
          const { memberEnd: end, cost } = member
          return { error: item.error, several, end, isEndSound: member.error === null, cost }
        }
        only = item.kind === 'damage' && count === 0 ? item.error : null
        count++
      }
      const { memberEnd: end, cost } = member
      return { error: only, several: count > 1, end, isEndSound: true, cost }
    } finally {
      member.close()
    }
  }

  async #endOf(offset: number, { error, end, isEndSound, cost }: Survey): Promise<number> {
    const behind = behindDamage(offset, cost)
    if (end === null) return this.#startFrom(behind)
    if (error === null || end >= this.source.sizeBytes) return end
    if (isEndSound) return this.#startFrom(end)
    // A member with a wrong checksum mostly ends where it seems to; where no other one follows, that is not known.
    if (await startsAt(this.source, this.container, end)) return end
    return this.#startFrom(behind)
  }

  #openMember(offset: number): MemberSource {
    return new MemberSource(this.source, offset, this.costMax)
  }

  /** The next place where a record seems to start, or the file's end. */
  async #startFrom(position: number): Promise<number> {
    const { sizeBytes } = this.source
    const start = await findStart(this.source, this.container, position, sizeBytes)
    return start === -1 ? sizeBytes : start
  }

  /** The damage from `offset` to `next`. */
  async #damage(offset: number, sub: number, error: RecordError): Promise<WarcEvent> {
    const length = this.next - offset
    const kept = Math.min(length, DAMAGE_SIZE_MAX)
    const bytes = (await this.source.peek(offset, kept)).subarray(0, kept)
    const message = `${this.source.file.name}:${offset}${sub > 0 ? ` record ${sub}` : ''}: ${error.message}`
    return { kind: 'damage', code: error.code, message, offset, length, sub, bytes }
  }
}

interface Survey {
  /** What ends the reading before the member's end, or makes its only record unusable. */
  readonly error: RecordError | null
  /** Whether it holds more than one record. */
  readonly several: boolean
  /** Offset behind the member, null where its reading did not come that far. */
  readonly end: number | null
  readonly isEndSound: boolean
  /** Of reading it, in bytes. */
  readonly cost: number
}

type MemberItem =
  | { readonly kind: 'record'; readonly sub: number; readonly record: RecordBody }
  /** `last`: nothing can be read behind it. `begun`: a record's first line stands where it begins. */
  | {
      readonly kind: 'damage'
      readonly sub: number
      readonly error: RecordError
      readonly last: boolean
      readonly begun: boolean
    }

/** The records of one member. */
async function* recordsOf(
  source: MemorySource | MemberSource,
  keepMax: number,
): AsyncGenerator<MemberItem, void, void> {
  let position = 0
  for (let sub = 0; ; sub++) {
    if (sub > 0 && (await source.view(position, 1)).length === 0) {
      if (source.error) yield { kind: 'damage', sub, error: source.error, last: true, begun: false }
      return
    }
    const read = await readRecord(source, position, { keepMax, skipMax: keepMax * SKIP_FACTOR })
    if (read.kind === 'damaged') {
      const error = source.error ?? read.error
      return yield { kind: 'damage', sub, error, last: true, begun: read.begun }
    }
    if (read.kind === 'record') yield { kind: 'record', sub, record: read.record }
    else yield { kind: 'damage', sub, error: read.error, last: false, begun: true }
    position = read.next
  }
}

/** What stands where a record or a member should, by its first bytes. */
function unknown(bytes: Buffer, container: Container, name: string): RecordError {
  if (bytes.length >= 4 && ZSTD_MAGIC.has(bytes.readUInt32LE(0)))
    return new RecordError('zstd-unsupported', 'expected WARC or gzip, got zstd, which is not read yet')
  const error = notRecord(bytes)
  if (error.code === 'not-warc' && (container === 'gzip' || (container === 'unknown' && name.endsWith('.gz'))))
    return new RecordError('not-gzip', `expected a gzip member (1f 8b 08), got ${hexBytes(bytes, 8)}`)
  return error
}
