/**
 * Segmented records put together again: WARC 1.1 section 7. A record's first segment has WARC-Segment-Number 1, the others are
 * `continuation` records that name it in WARC-Segment-Origin-ID, the last one with WARC-Segment-Total-Length. Joined are those
 * that stand right behind the first; a record of which segments are elsewhere is damage, `segment-missing`. Continuations are
 * given out as well, as the records that they are.
 */
import { RecordError } from '../../errors/errors.js'
import type { InputFile, Range, ReadExtent } from '../../stage/stage.js'
import { DAMAGE_SIZE_MAX } from './range-reader.js'
import { readRecords, type WarcEvent, type WarcLimits } from './reader.js'

type RecordEvent = Extract<WarcEvent, { kind: 'record' }>

/** As `readRecords`, with the first segment of a record holding the block of all. */
export async function* readJoinedRecords(
  file: InputFile,
  range: Range,
  limits: WarcLimits,
): AsyncGenerator<WarcEvent, ReadExtent, void> {
  const events = readRecords(file, range, limits)
  let held: Segments | null = null
  for (;;) {
    const step = await events.next()
    if (step.done) {
      if (held) {
        await readOn(file, held, step.value.stopped, limits)
        yield await finished(file, held)
      }
      return step.value
    }
    const event: WarcEvent = step.value
    if (held && !held.take(event)) {
      yield await finished(file, held)
      held = null
    }
    if (event.kind === 'record' && isFirstSegment(event)) held = new Segments(event, limits.recordSizeMax)
    else yield event
  }
}

function isFirstSegment({ type, fields }: RecordEvent): boolean {
  return fields.get('warc-segment-number') === '1' && type !== 'continuation'
}

class Segments {
  /** Of those that are kept: none beyond what a record may hold. */
  readonly #blocks: Buffer[] = []
  #last: RecordEvent
  #count = 1
  #sizeBytes: number
  #isComplete = false

  constructor(
    readonly first: RecordEvent,
    readonly sizeMax: number,
  ) {
    this.#last = first
    this.#sizeBytes = first.block.length
    this.#blocks.push(first.block)
  }

  get isTooLarge(): boolean {
    return this.#sizeBytes > this.sizeMax
  }

  /** Whether there is nothing more to look for. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** False for what is not the next segment. */
  take(event: WarcEvent): boolean {
    if (this.#isComplete || event.kind !== 'record' || event.type !== 'continuation') return false
    const { fields, block } = event
    const isNext =
      fields.get('warc-segment-origin-id') === this.first.fields.get('warc-record-id') &&
      Number(fields.get('warc-segment-number')) === this.#count + 1
    if (!isNext) return false
    this.#last = event
    this.#count++
    this.#sizeBytes += block.length
    if (!this.isTooLarge) this.#blocks.push(block)
    this.#isComplete = fields.has('warc-segment-total-length')
    return true
  }

  /** The first segment with all of the block; an error where it is not all there. */
  joined(): RecordEvent | RecordError {
    if (this.isTooLarge)
      return new RecordError('record-too-large', `segments: expected at most ${this.sizeMax} bytes, got more`)
    const total = this.#last.fields.get('warc-segment-total-length') ?? 'an unknown number of'
    if (!this.#isComplete || Number(total) !== this.#sizeBytes)
      return new RecordError('segment-missing', `segments: expected ${total} bytes, got ${this.#sizeBytes}`)
    const length = this.#last.offset + this.#last.length - this.first.offset
    return { ...this.first, length, block: Buffer.concat(this.#blocks) }
  }
}

/** The segments that stand behind the range, up to what a record may hold. */
async function readOn(file: InputFile, segments: Segments, from: number, limits: WarcLimits): Promise<void> {
  let position = from
  while (position < file.sizeBytes && !segments.isComplete && !segments.isTooLarge) {
    const events = readRecords(file, { start: position, end: position + 1, exact: true }, limits)
    for (;;) {
      const step = await events.next()
      if (step.done) {
        position = step.value.stopped
        break
      }
      if (!segments.take(step.value)) return
    }
  }
}

async function finished(file: InputFile, segments: Segments): Promise<WarcEvent> {
  const joined = segments.joined()
  if (!(joined instanceof RecordError)) return joined
  const { offset, length, sub } = segments.first
  const bytes = await file.read(offset, Math.min(length, DAMAGE_SIZE_MAX))
  const message = `${file.name}:${offset}: ${joined.message}`
  return { kind: 'damage', code: joined.code, message, bytes, partial: segments.first, offset, length, sub }
}
