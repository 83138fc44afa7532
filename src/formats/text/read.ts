/**
 * Plain text and pages in files of their own, plain, gzip or zstd. `offset` and `length` of a document are those in the
 * unpacked stream. Text is UTF-8, with a byte order mark or without; what is not goes to quarantine.
 */
import { isUtf8 } from 'node:buffer'
import { documentId } from '../../document/identity.js'
import type { StreamDamage } from '../../io/gunzip.js'
import { packingOf, unpacked } from '../../io/unpack.js'
import type { InputFile, ReadEvent, ReadExtent } from '../../stage/stage.js'
import { HEAD_BYTES, isBlank, LineSplitter } from '../jsonl/lines.js'
import { refusedPacking } from '../jsonl/read.js'

/** What is one document: a whole file, what stands between blank lines, or a line. */
export type TextUnit = 'file' | 'paragraph' | 'line'

/** A stretch of the unpacked stream. */
export interface Stretch {
  readonly offset: number
  readonly length: number
  /** All of it; of one beyond the limit its first 64 KiB, or fewer. */
  readonly bytes: Uint8Array
}

/** Throws nothing but ShardError. @param sizeMax bytes of a text: larger ones go to quarantine */
export async function* readTexts(
  file: InputFile,
  unit: TextUnit,
  sizeMax: number,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  return yield* readStretches(file, unit, sizeMax, (stretch) => textEvent(file.name, stretch))
}

/** A file as a page. @param urlOf the page's address; '' when unknown */
export async function* readPage(
  file: InputFile,
  sizeMax: number,
  urlOf: (page: Uint8Array) => string,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  return yield* readStretches(file, 'file', sizeMax, ({ offset, length, bytes }) => ({
    kind: 'document',
    document: {
      ...fieldsOf(file.name, offset, length),
      url: urlOf(bytes),
      raw: { body: bytes, contentType: 'text/html' },
    },
  }))
}

async function* readStretches(
  file: InputFile,
  unit: TextUnit,
  sizeMax: number,
  eventOf: (stretch: Stretch) => ReadEvent,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  const extent = { first: 0, stopped: file.sizeBytes }
  const packing = packingOf(file.name, await file.read(0, Math.min(4, file.sizeBytes)))
  if (packing === 'not-gzip' || packing === 'not-zstd') {
    yield await refusedPacking(file, packing)
    return extent
  }
  const pieces = unpacked(file, packing)
  const stretches =
    unit === 'file'
      ? wholeFile(pieces, sizeMax)
      : unit === 'line'
        ? lines(pieces, sizeMax)
        : paragraphs(pieces, sizeMax)
  let step = await stretches.next()
  for (; !step.done; step = await stretches.next()) {
    const { offset, length, bytes } = step.value
    if (length <= sizeMax) yield isBlank(bytes) ? { kind: 'skipped', reason: 'blank' } : eventOf(step.value)
    else {
      const message = `${file.name} at ${offset}: expected at most ${sizeMax} bytes, got ${length}`
      yield { kind: 'quarantine', code: 'text-size', message, offset, length, bytes: bytes.slice(0, HEAD_BYTES) }
    }
  }
  const { damage, rest } = step.value
  if (damage !== null) {
    const { offset, length, bytes } = rest
    const message = `${file.name}: ${damage.message}; unpacked bytes from ${offset} on are lost`
    yield { kind: 'quarantine', code: damage.code, message, offset, length, bytes: bytes.slice(0, HEAD_BYTES) }
  }
  return extent
}

function textEvent(file: string, { offset, length, bytes }: Stretch): ReadEvent {
  if (!isUtf8(bytes)) {
    const message = `${file} at ${offset}: expected UTF-8`
    return { kind: 'quarantine', code: 'utf8', message, offset, length, bytes: bytes.slice(0, HEAD_BYTES) }
  }
  const isMarked = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', isMarked ? 3 : 0)
  return { kind: 'document', document: { ...fieldsOf(file, offset, length), text } }
}

function fieldsOf(file: string, offset: number, length: number) {
  const id = documentId(file, offset, 0)
  return { id, url: '', text: '', date: '', language: '', file, offset, length, sub: 0, metadata: {}, raw: null }
}

// ---- where documents end; what a damaged end cuts through is given back, not yielded ----

interface End {
  readonly damage: StreamDamage | null
  readonly rest: Stretch
}
type Pieces = AsyncGenerator<Uint8Array, StreamDamage | null, void>
type Stretches = AsyncGenerator<Stretch, End, void>

const nothingAt = (offset: number): Stretch => ({ offset, length: 0, bytes: new Uint8Array(0) })

async function* wholeFile(pieces: Pieces, sizeMax: number): Stretches {
  const whole = new Gathered(0, sizeMax)
  let step = await pieces.next()
  for (; !step.done; step = await pieces.next()) whole.add(step.value)
  if (step.value !== null) return { damage: step.value, rest: whole.stretch() }
  yield whole.stretch()
  return { damage: null, rest: nothingAt(0) }
}

async function* lines(pieces: Pieces, sizeMax: number): Stretches {
  const splitter = new LineSplitter(0, sizeMax)
  let step = await pieces.next()
  for (; !step.done; step = await pieces.next()) {
    for (const line of splitter.push(step.value)) yield { ...line, bytes: withoutReturn(line.bytes) }
  }
  const start = splitter.lineStart
  const last = splitter.end() ?? nothingAt(start)
  if (step.value !== null) return { damage: step.value, rest: last }
  if (last.length > 0) yield { ...last, bytes: withoutReturn(last.bytes) }
  return { damage: null, rest: nothingAt(start) }
}

async function* paragraphs(pieces: Pieces, sizeMax: number): Stretches {
  const each = lines(pieces, sizeMax)
  let paragraph = new Gathered(0, sizeMax)
  let step = await each.next()
  for (; !step.done; step = await each.next()) {
    const { offset, length, bytes } = step.value
    const isBetween = isBlank(bytes) && length <= sizeMax
    if (isBetween && paragraph.length > 0) yield paragraph.stretch()
    if (isBetween || paragraph.length === 0) paragraph = new Gathered(offset, sizeMax)
    if (isBetween) continue
    if (paragraph.length > 0) paragraph.add(LINE_END)
    paragraph.add(bytes.slice(), length)
  }
  const { damage, rest } = step.value
  if (damage === null) {
    if (paragraph.length > 0) yield paragraph.stretch()
    return { damage, rest }
  }
  if (paragraph.length > 0) paragraph.add(LINE_END)
  paragraph.add(rest.bytes, rest.length)
  return { damage, rest: paragraph.stretch() }
}

const LINE_END = Buffer.from('\n')

function withoutReturn(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes
}

/** Pieces of one text, held up to its limit. */
class Gathered {
  length = 0
  #parts: Uint8Array[] = []

  constructor(
    private readonly offset: number,
    private readonly sizeMax: number,
  ) {}

  /** @param length where the bytes are only the head of something longer */
  add(bytes: Uint8Array, length = bytes.length): void {
    const before = this.length
    this.length += length
    if (this.length <= this.sizeMax) this.#parts.push(bytes)
    else if (before <= this.sizeMax) this.#parts = [Buffer.concat([...this.#parts, bytes]).subarray(0, HEAD_BYTES)]
  }

  stretch(): Stretch {
    return { offset: this.offset, length: this.length, bytes: Buffer.concat(this.#parts) }
  }
}
