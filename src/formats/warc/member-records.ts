/** The records of one member, and what is known of a member when it has been gone through. */
import type { RecordError } from '../../errors/errors.js'
import { HEADER_SIZE_MAX } from './header.js'
import type { MemberSource } from './member-source.js'
import { type RecordBody, type RecordHead, type RecordRead, readRecord, withBlock } from './record.js'
import { behindDamage, findFirstLine } from './resync.js'
import type { ByteSource, MemorySource } from './source.js'

/** In a member, a record too large to keep is unpacked past up to this many times the limit; beyond, the member is damage. */
const SKIP_FACTOR = 16

export type MemberItem =
  | { readonly kind: 'record'; readonly sub: number; readonly record: RecordBody }
  /**
   * `last`: nothing can be read behind it. `begun`: a record's first line stands where it begins. `partial`: what is there of
   * a record whose header is sound.
   */
  | {
      readonly kind: 'damage'
      readonly sub: number
      readonly error: RecordError
      readonly last: boolean
      readonly begun: boolean
      readonly partial: RecordBody | null
    }

/**
 * Behind damage in bytes that unpack soundly, goes on with the next first line. What a search passes over grows with the work
 * that the damage made, as between members (`behindDamage`).
 */
export async function* recordsOf(
  source: MemorySource | MemberSource,
  keepMax: number,
): AsyncGenerator<MemberItem, void, void> {
  let position = 0
  for (let sub = 0; ; sub++) {
    if (sub > 0 && (await source.view(position, 1)).length === 0) {
      if (source.error) yield { kind: 'damage', sub, error: source.error, last: true, begun: false, partial: null }
      return
    }
    const read = await readRecord(source, position, { keepMax, skipMax: keepMax * SKIP_FACTOR })
    if (read.kind === 'damaged') {
      const error = source.error ?? read.error
      const partial = read.head && (await partOf(source, position, read.head, keepMax))
      const next = source.error ? -1 : await nextStart(source, position, read, keepMax)
      const last = next === -1
      yield { kind: 'damage', sub, error: source.error ?? error, last, begun: read.begun, partial }
      if (last) return
      position = next
      continue
    }
    if (read.kind === 'record') yield { kind: 'record', sub, record: withBlock(read.head, read.block) }
    else {
      const partial = withBlock(read.head, Buffer.alloc(0))
      yield { kind: 'damage', sub, error: read.error, last: false, begun: true, partial }
    }
    position = read.next
  }
}

async function nextStart(
  source: MemorySource | MemberSource,
  position: number,
  { head, cost }: Extract<RecordRead, { kind: 'damaged' }>,
  keepMax: number,
): Promise<number> {
  // Bytes at hand are only looked at behind the block; of a stream, the block was waited for.
  const waited = 'bytes' in source || head === null || head.length > keepMax ? 0 : head.length
  const format = head?.format ?? 'warc'
  // A byte more, for an ARC line is known by the line break before it, and a stream does not go back.
  const from = Math.max(behindDamage(position, cost + waited), source.start + 1)
  return findFirstLine(source, format, from)
}

/** A record's header with what there is of its block; with nothing of one that is longer than may be kept. */
async function partOf(source: ByteSource, position: number, head: RecordHead, keepMax: number): Promise<RecordBody> {
  if (head.length > keepMax || head.length === 0) return withBlock(head, Buffer.alloc(0))
  const rest = await source.view(position + head.size, head.length)
  return withBlock(head, rest.subarray(0, head.length))
}

export interface Survey {
  /** What ends the reading before the member's end, or makes its only record unusable. */
  readonly error: RecordError | null
  readonly partial: RecordBody | null
  /** Whether it holds more than one record. */
  readonly several: boolean
  /** Offset behind the member, null where its reading did not come that far. */
  readonly end: number | null
  readonly isEndSound: boolean
  /** Of reading it, in bytes: of doing so twice where it holds several records. */
  readonly cost: number
}

export async function surveyMember(member: MemberSource, keepMax: number): Promise<Survey> {
  let count = 0
  let only: Extract<MemberItem, { kind: 'damage' }> | null = null
  for await (const item of recordsOf(member, keepMax)) {
    if (item.kind === 'damage' && item.last) {
      const several = count > 1 || (count === 1 && item.begun)
      // Unpacked at once before this, the member cost all of what could be: the cost is known only by going there again.
      await member.pass(keepMax + HEADER_SIZE_MAX)
      const { memberEnd: end, cost } = member
      const isEndSound = member.error === null
      return { error: item.error, partial: item.partial, several, end, isEndSound, cost: several ? 2 * cost : cost }
    }
    only = item.kind === 'damage' && count === 0 ? item : null
    count++
  }
  const { memberEnd: end, cost } = member
  const { error, partial } = only ?? { error: null, partial: null }
  return { error, partial, several: count > 1, end, isEndSound: true, cost }
}
