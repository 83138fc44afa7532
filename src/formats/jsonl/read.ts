/**
 * Reads JSON Lines files. A plain file can be cut anywhere: a range owns the lines that start in it. A gzip or zstd file is
 * read as one stream; `offset` and `length` of its documents are those in the decompressed stream.
 */
import { RecordError, ShardError } from '../../errors/errors.js'
import { type Packing, packingOf, unpacked } from '../../io/unpack.js'
import type { InputFile, Range, ReadEvent, ReadExtent } from '../../stage/stage.js'
import { type FieldNames, fieldsDocument } from '../document-fields.js'
import { decodeLine } from './decode.js'
import { HEAD_BYTES, isBlank, type Line, LineSplitter, withoutMark } from './lines.js'

export interface LineOptions {
  readonly fields: FieldNames
  /** Longer lines are set aside. */
  readonly lineSizeMax: number
}

const READ_BYTES = 2 ** 20

export async function* readLines(
  file: InputFile,
  range: Range,
  options: LineOptions,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  const packing = packingOf(file.name, await file.read(0, Math.min(4, file.sizeBytes)))
  if (packing === 'plain') return yield* readPlain(file, range, options)
  if (packing === 'not-gzip' || packing === 'not-zstd') yield await refusedPacking(file, packing)
  else yield* readPacked(file, packing, options)
  return { first: 0, stopped: file.sizeBytes }
}

async function* readPlain(
  file: InputFile,
  range: Range,
  options: LineOptions,
): AsyncGenerator<ReadEvent, ReadExtent, void> {
  const first = range.exact ? range.start : await nextLineStart(file, range.start)
  if (first >= range.end) return { first, stopped: first }
  const splitter = new LineSplitter(first, options.lineSizeMax)
  for (let at = first; at < file.sizeBytes; ) {
    const chunk = await readSome(file, at)
    at += chunk.length
    for (const line of splitter.push(chunk)) {
      yield lineEvent(file, line, options)
      if (splitter.lineStart >= range.end) return { first, stopped: splitter.lineStart }
    }
  }
  const last = splitter.end()
  if (last) yield lineEvent(file, last, options)
  return { first, stopped: file.sizeBytes }
}

/** The first line start at or after `from`: a line starts behind an LF, so the byte before `from` counts. */
export async function nextLineStart(file: InputFile, from: number): Promise<number> {
  if (from === 0) return 0
  for (let at = from - 1; at < file.sizeBytes; ) {
    const chunk = await readSome(file, at)
    const found = chunk.indexOf(10)
    if (found !== -1) return at + found + 1
    at += chunk.length
  }
  return file.sizeBytes
}

async function readSome(file: InputFile, at: number): Promise<Uint8Array> {
  const chunk = await file.read(at, Math.min(READ_BYTES, file.sizeBytes - at))
  if (chunk.length === 0) throw new ShardError(`${file.name}: expected ${file.sizeBytes} bytes, got only ${at}`)
  return chunk
}

async function* readPacked(
  file: InputFile,
  packing: Packing,
  options: LineOptions,
): AsyncGenerator<ReadEvent, void, void> {
  const splitter = new LineSplitter(0, options.lineSizeMax)
  const pieces = unpacked(file, packing)
  let step = await pieces.next()
  for (; !step.done; step = await pieces.next()) {
    for (const line of splitter.push(step.value)) yield lineEvent(file, line, options)
  }
  const damage = step.value
  const last = splitter.end()
  if (damage === null) {
    if (last) yield lineEvent(file, last, options)
    return
  }
  // The line that the damage cut through stands for all that follows: how much that was nobody knows.
  const { offset, length, bytes } = last ?? { offset: splitter.lineStart, length: 0, bytes: new Uint8Array(0) }
  const message = `${file.name}: ${damage.message}; decompressed bytes from ${offset} on are lost`
  yield { kind: 'quarantine', code: damage.code, message, offset, length, bytes: bytes.slice(0, HEAD_BYTES) }
}

/** The event of a file that is not what its name says. */
export async function refusedPacking(file: InputFile, code: 'not-gzip' | 'not-zstd'): Promise<ReadEvent> {
  const bytes = await file.read(0, Math.min(HEAD_BYTES, file.sizeBytes))
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex') || 'nothing'
  const expected = code === 'not-gzip' ? 'gzip (1f8b…)' : 'zstd (28b52ffd…)'
  const message = `${file.name}: expected ${expected}, got ${start}`
  return { kind: 'quarantine', code, message, offset: 0, length: file.sizeBytes, bytes }
}

function lineEvent(file: InputFile, line: Line, options: LineOptions): ReadEvent {
  const { offset, length } = line
  try {
    if (length > options.lineSizeMax) {
      throw new RecordError('line-size', `expected at most ${options.lineSizeMax} bytes, got ${length}`)
    }
    const bytes = withoutMark(line)
    if (isBlank(bytes)) return { kind: 'skipped', reason: 'blank' }
    const document = fieldsDocument(decodeLine(bytes, options.fields), { file: file.name, offset, length, sub: 0 })
    return { kind: 'document', document }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    const message = `${file.name} at ${offset}: ${error.message}`
    return { kind: 'quarantine', code: error.code, message, offset, length, bytes: line.bytes.slice(0, HEAD_BYTES) }
  }
}
