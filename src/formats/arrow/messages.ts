/**
 * The messages of an Arrow IPC stream or file (Arrow columnar format 1.5, "Encapsulated message format"), one after the other:
 * a file is a stream between its magic number and its footer. Only one is in memory at a time.
 */
import { messageOf, RecordError } from '../../errors/errors.js'
import type { InputFile } from '../../stage/stage.js'
import { readMessage } from './metadata.js'

export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch'
  /** Prefix, metadata and body. */
  readonly bytes: Uint8Array
  readonly offset: number
  /** Of a batch; 0 of others. */
  readonly rowCount: number
}

const MAGIC = 'ARROW1'
/** Schemas and lists of buffers; beyond this a length is a flipped bit. */
const METADATA_SIZE_MAX = 64 * 2 ** 20

/** Throws RecordError where a message is damaged, with nothing to be found behind it. `position` follows how far all is sound. */
export async function* arrowMessages(
  file: InputFile,
  sizeMax: number,
  position: { at: number },
): AsyncGenerator<ArrowMessage, void, void> {
  const { start, end } = await extentOf(file)
  for (let at = start; at < end; position.at = at) {
    const prefix = viewOf(await file.read(at, Math.min(8, end - at)))
    if (prefix.byteLength < 4) throw truncated(end)
    // Before version 0.15 there was no such mark in front of the length.
    const isMarked = prefix.getInt32(0, true) === -1
    if (isMarked && prefix.byteLength < 8) throw truncated(end)
    const length = prefix.getInt32(isMarked ? 4 : 0, true)
    if (length === 0) return
    const metadataStart = at + (isMarked ? 8 : 4)
    if (length < 0 || length > METADATA_SIZE_MAX) throw new RecordError('arrow-message', `expected a message at ${at}`)
    if (metadataStart + length > end) throw truncated(end)
    const { kind, bodyLength, rowCount } = await metadataAt(file, metadataStart, length)
    const size = metadataStart + length + bodyLength - at
    if (bodyLength < 0 || size > sizeMax)
      throw new RecordError('batch-size', `expected a message of at most ${sizeMax} bytes at ${at}, got ${size}`)
    if (at + size > end) throw truncated(end)
    yield { kind, bytes: await file.read(at, size), offset: at, rowCount }
    at += size
  }
}

async function metadataAt(file: InputFile, at: number, length: number) {
  const bytes = await file.read(at, length)
  try {
    const message = readMessage(bytes)
    const kind = message.isSchema() ? 'schema' : message.isDictionaryBatch() ? 'dictionary' : 'batch'
    const rowCount = message.isRecordBatch() ? message.header().length : 0
    return { kind, bodyLength: message.bodyLength, rowCount } as const
  } catch (error) {
    throw new RecordError('arrow-message', `expected a message at ${at}: ${messageOf(error)}`)
  }
}

/** Where the messages lie. */
async function extentOf(file: InputFile): Promise<{ start: number; end: number }> {
  const { sizeBytes } = file
  const head = Buffer.from(await file.read(0, Math.min(8, sizeBytes)))
  if (head.toString('latin1', 0, 6) !== MAGIC) return { start: 0, end: sizeBytes }
  const tail = Buffer.from(await file.read(Math.max(8, sizeBytes - 10), Math.min(10, Math.max(0, sizeBytes - 8))))
  // A file cut off has lost its footer: what is there is read.
  if (tail.length < 10 || tail.toString('latin1', 4) !== MAGIC) return { start: 8, end: sizeBytes }
  const footerLength = tail.readInt32LE(0)
  const end = sizeBytes - 10 - footerLength
  return footerLength > 0 && end >= 8 ? { start: 8, end } : { start: 8, end: sizeBytes }
}

function truncated(end: number): RecordError {
  return new RecordError('arrow-truncated', `expected a whole message, got the end of the data at ${end}`)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
