/**
 * Reads what stands at an offset. Something sound is given out; damage goes on to the next place where a record seems to start
 * (`resync.ts`) and is given out as one piece. Bytes can be made so that a record seems to start at every 20th of them and
 * takes the whole file to be found unsound. So damage costs bytes in proportion to the work that it made (`behindDamage`),
 * which keeps the work for a file linear.
 */
import { RecordError } from '../../errors/errors.js'
import { skippableFrame, ZSTD_MAGIC } from '../../io/zstd-frame.js'
import { ARC_LINE_SIZE_MAX, arcLine } from './arc.js'
import { badHeader, GZIP_MAGIC, hexBytes, inflateMember } from './gzip.js'
import { GzipSource } from './gzip-source.js'
import { HEADER_SIZE_MAX } from './header.js'
import { type MemberItem, recordsOf, type Survey, surveyMember } from './member-records.js'
import type { MemberSource } from './member-source.js'
import type { Unpacked } from './packing.js'
import type { WarcEvent } from './reader.js'
import { beginsRecord, notRecord, type RecordBody, type RecordHead, readRecord, withBlock } from './record.js'
import { behindDamage, type Container, findStart, isSkippable, startsAt } from './resync.js'
import { type FileSource, MemorySource } from './source.js'
import { type FrameContext, skippableReason, unpackFrame } from './zstd.js'
import { ZstdSource } from './zstd-source.js'

/** At most this much of damage is kept. */
export const DAMAGE_SIZE_MAX = 64 * 1024
/** Unpacks the member at the start of `bytes`. */
type Unpack = (bytes: Buffer, sizeMax: number) => Unpacked

export class RangeReader {
  /** Where to go on, once `readAt` has been run through. */
  next = 0

  constructor(
    readonly source: FileSource,
    readonly container: Container,
    /** Null for files in which no zstd frame is looked for. */
    readonly frames: FrameContext | null,
    readonly recordSizeMax: number,
    /** What reading a member as a stream may cost. */
    readonly costMax: number,
  ) {}

  /** One event where there is only one, as mostly: a generator for each would take as long as reading a small record. */
  async readAt(offset: number): Promise<WarcEvent | AsyncGenerator<WarcEvent, void, void>> {
    const { frames } = this
    const bytes = await this.source.view(offset, 16)
    if (bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1])
      return this.#readMember(offset, inflateMember, () => new GzipSource(this.source, offset, this.costMax))
    if (frames && bytes.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC))
      return this.#readMember(
        offset,
        (packed, sizeMax) => unpackFrame(packed, sizeMax, frames),
        () => new ZstdSource(this.source, offset, this.costMax, frames),
      )
    if (frames && isSkippable(bytes)) return this.#readSkippable(offset, bytes)
    if (beginsRecord(bytes) || arcLine(await this.source.view(offset, ARC_LINE_SIZE_MAX)))
      return this.#readPlain(offset)
    this.next = await this.#startFrom(offset + 1)
    return this.#damage(offset, 0, unknown(bytes, this.container, this.source.file.name))
  }

  async #readPlain(offset: number): Promise<WarcEvent> {
    const limits = { keepMax: this.recordSizeMax, skipMax: Number.POSITIVE_INFINITY }
    const read = await readRecord(this.source, offset, limits)
    if (read.kind === 'record') {
      this.next = read.next
      return recordEvent(offset, read.next - offset, 0, read.head, read.block)
    }
    this.next = read.kind === 'tooLarge' ? read.next : await this.#startFrom(behindDamage(offset, read.cost))
    if (read.head === null) return this.#damage(offset, 0, read.error)
    // Of a block whose length lies, what stands before the next record: a lie costs no more reading than the damage is long.
    const size = Math.min(read.head.length, this.next - offset - read.head.size)
    const isKept = read.kind === 'damaged' && size > 0 && size <= this.recordSizeMax
    const block = isKept ? await this.source.view(offset + read.head.size, size) : Buffer.alloc(0)
    return this.#damage(offset, 0, read.error, withBlock(read.head, block.subarray(0, size)))
  }

  /** A zstd frame without content: a dictionary, say. What follows must be a frame again, or its length lies. */
  async #readSkippable(offset: number, bytes: Buffer): Promise<WarcEvent> {
    const frame = skippableFrame(bytes)
    const next = offset + (frame?.length ?? 0)
    const behind = await this.source.peek(next, 8)
    const isSound = next === this.source.sizeBytes || isSkippable(behind) || behind.subarray(0, 4).equals(ZSTD_MAGIC)
    this.next = frame && isSound ? next : await this.#startFrom(offset + 1)
    if (frame && isSound)
      return { kind: 'filler', reason: skippableReason(frame.kind), offset, length: frame.length, sub: 0 }
    const got = hexBytes(behind, 4) || 'the end before'
    const error = new RecordError('zstd-skippable', `skippable frame: expected a frame behind it, got ${got}`)
    return this.#damage(offset, 0, error)
  }

  async #readMember(
    offset: number,
    unpack: Unpack,
    open: () => MemberSource,
  ): Promise<WarcEvent | AsyncGenerator<WarcEvent, void, void>> {
    // The same bytes are tried wherever the window stands: what a member is taken for depends on the offset alone.
    const sizeMax = this.recordSizeMax + HEADER_SIZE_MAX
    let bytes = (await this.source.view(offset, 1)).subarray(0, sizeMax)
    let unpacked = unpack(bytes, sizeMax)
    while (unpacked.state === 'short' && bytes.length < sizeMax && offset + bytes.length < this.source.sizeBytes) {
      bytes = (await this.source.view(offset, Math.max(bytes.length * 4, 1024 * 1024))).subarray(0, sizeMax)
      unpacked = unpack(bytes, sizeMax)
    }
    if (unpacked.state === 'noHeader') {
      this.next = await this.#startFrom(offset + 1)
      return this.#damage(offset, 0, badHeader(bytes))
    }
    if (unpacked.state !== 'sound') return this.#readStreamed(offset, open)
    this.next = offset + unpacked.length
    const source = new MemorySource(unpacked.bytes)
    const read = await readRecord(source, 0, { keepMax: this.recordSizeMax, skipMax: Number.POSITIVE_INFINITY })
    if (read.kind === 'record' && read.next === unpacked.bytes.length)
      return recordEvent(offset, unpacked.length, 0, read.head, read.block)
    return this.#readUnpacked(offset, source, unpacked.length)
  }

  async *#readUnpacked(offset: number, source: MemorySource, length: number): AsyncGenerator<WarcEvent, void, void> {
    for await (const item of recordsOf(source, this.recordSizeMax)) {
      if (item.kind === 'damage' && item.sub === 0 && item.last) this.next = await this.#startFrom(this.next)
      yield await this.#event(item, offset, length)
    }
  }

  /**
   * A damaged or very large member, gone through twice: first to know where it ends or breaks, for that is part of each
   * record's place, then for its records. With one record it is damaged as a whole; with more, those before the damage count.
   */
  async *#readStreamed(offset: number, open: () => MemberSource): AsyncGenerator<WarcEvent, void, void> {
    const survey = await withMember(open(), (member) => surveyMember(member, this.recordSizeMax))
    this.next = await this.#endOf(offset, survey)
    if (survey.error && !survey.several) return yield await this.#damage(offset, 0, survey.error, survey.partial)
    const length = this.next - offset
    const member = open()
    try {
      for await (const item of recordsOf(member, this.recordSizeMax)) yield await this.#event(item, offset, length)
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

  #event(item: MemberItem, offset: number, length: number): WarcEvent | Promise<WarcEvent> {
    const { sub } = item
    return item.kind === 'record'
      ? { kind: 'record', offset, length, sub, ...item.record }
      : this.#damage(offset, sub, item.error, item.partial)
  }

  /** The next place where a record seems to start, or the file's end. */
  async #startFrom(position: number): Promise<number> {
    const { sizeBytes } = this.source
    const start = await findStart(this.source, this.container, position, sizeBytes)
    return start === -1 ? sizeBytes : start
  }

  /** The damage from `offset` to `next`. */
  async #damage(
    offset: number,
    sub: number,
    error: RecordError,
    partial: RecordBody | null = null,
  ): Promise<WarcEvent> {
    const length = this.next - offset
    const kept = Math.min(length, DAMAGE_SIZE_MAX)
    const bytes = (await this.source.peek(offset, kept)).subarray(0, kept)
    const message = `${this.source.file.name}:${offset}${sub > 0 ? ` record ${sub}` : ''}: ${error.message}`
    return { kind: 'damage', code: error.code, message, offset, length, sub, bytes, partial }
  }
}

function recordEvent(offset: number, length: number, sub: number, head: RecordHead, block: Buffer): WarcEvent {
  const { format, version, type, fields } = head
  return { kind: 'record', offset, length, sub, format, version, type, fields, block }
}

async function withMember<T>(member: MemberSource, use: (member: MemberSource) => Promise<T>): Promise<T> {
  try {
    return await use(member)
  } finally {
    member.close()
  }
}

/** What stands where a record or a member should, by its first bytes. */
function unknown(bytes: Buffer, container: Container, name: string): RecordError {
  if (container === 'gzip' || (container === 'unknown' && name.endsWith('.gz')))
    return new RecordError('not-gzip', `expected a gzip member (1f 8b 08), got ${hexBytes(bytes, 8)}`)
  if (container === 'zstd' || (container === 'unknown' && name.endsWith('.zst')))
    return new RecordError('not-zstd', `expected a zstd frame (28 b5 2f fd), got ${hexBytes(bytes, 8)}`)
  return notRecord(bytes)
}
