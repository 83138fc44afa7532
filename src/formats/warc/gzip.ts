/**
 * Gzip members (RFC 1952), one at a time. zlib's own gunzip runs members together and hides where each ends, so the header
 * and the trailer are read here and only the deflate stream between them goes to zlib.
 */
import { constants, crc32, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { RecordError } from '../../errors/errors.js'
import { chunkSizeFor, type Unpacked } from './packing.js'

/** A name or comment beyond this is damage: file systems stop at 255 bytes, and a search looks for the end of every one. */
const HEADER_TEXT_SIZE_MAX = 256
/** Room for an extra field (64 KiB), name and comment. */
export const GZIP_HEADER_SIZE_MAX = 65 * 1024
export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08])
export const GZIP_TRAILER_SIZE = 8

/** Where the next member is looked for, to learn this one's size. */
const HINT_SEARCH_SIZE = 1024 * 1024
/** A file's head that inflates beyond this is left to the reader. */
const START_SIZE_MAX = 16 * 1024 * 1024
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const

/** Length of the member header at `start`; 'short' when the bytes end inside it; null when it is no gzip header. */
export function gzipHeaderLength(bytes: Buffer, start: number): number | 'short' | null {
  const flags = bytes[start + 3]
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8) return null
  if (flags === undefined) return 'short'
  if ((flags & FLAG.reserved) !== 0) return null
  let position = start + 10
  if (flags & FLAG.extra) {
    if (position + 2 > bytes.length) return 'short'
    position += 2 + bytes.readUInt16LE(position)
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue
    const text = bytes.subarray(position, position + HEADER_TEXT_SIZE_MAX)
    const zero = text.indexOf(0)
    if (zero === -1) return text.length === HEADER_TEXT_SIZE_MAX ? null : 'short'
    position += zero + 1
  }
  if (flags & FLAG.headerCrc) position += 2
  return position > bytes.length ? 'short' : position - start
}

/** Inflates the member at the start of `bytes`, which may go on behind it. */
export function inflateMember(bytes: Buffer, sizeMax: number): Unpacked {
  const header = gzipHeaderLength(bytes, 0)
  if (header === 'short') return { state: 'short' }
  if (header === null) return { state: 'noHeader' }
  let body: Buffer
  let length: number
  try {
    const inflated = inflateInfo(bytes.subarray(header), {
      maxOutputLength: sizeMax,
      chunkSize: chunkSizeOf(bytes, header),
    })
    body = inflated.buffer
    length = header + inflated.engine.bytesWritten + GZIP_TRAILER_SIZE
  } catch (error) {
    const code = codeOf(error)
    if (code === 'Z_BUF_ERROR') return { state: 'short' }
    if (code === 'ERR_BUFFER_TOO_LARGE') return { state: 'tooLarge' }
    return { state: 'damaged' }
  }
  if (length > bytes.length) return { state: 'short' }
  const error = checkTrailer(bytes.subarray(length - GZIP_TRAILER_SIZE, length), crc32(body), body.length)
  return error ? { state: 'damaged' } : { state: 'sound', bytes: body, length }
}

/** By the trailer before the next gzip magic, which mostly is this member's. */
function chunkSizeOf(bytes: Buffer, start: number): number {
  const near = bytes.subarray(start, start + HINT_SEARCH_SIZE)
  const at = near.indexOf(GZIP_MAGIC)
  return chunkSizeFor(at === -1 ? near : near.subarray(0, at))
}

/** What the deflate stream at the start of `bytes`, which may be cut off, inflates to; nothing when it is damaged. */
export function inflateStart(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: START_SIZE_MAX })
  } catch {
    return Buffer.alloc(0) // the caller only asks whether something known stands there
  }
}

export function checkTrailer(trailer: Buffer, crc: number, size: number): RecordError | null {
  const crcSaid = trailer.readUInt32LE(0)
  if (crcSaid !== crc) return new RecordError('gzip-crc', `CRC-32: expected ${hex(crcSaid)}, got ${hex(crc)}`)
  const sizeSaid = trailer.readUInt32LE(4)
  const sizeGot = size % 2 ** 32
  if (sizeSaid !== sizeGot) return new RecordError('gzip-crc', `size: expected ${sizeSaid} bytes, got ${sizeGot}`)
  return null
}

export function badHeader(bytes: Buffer): RecordError {
  return new RecordError('gzip-header', `gzip header: expected method 8 and known flags, got ${hexBytes(bytes, 4)}`)
}

/** The first bytes as a person reads them in a message: `67 61 72`. */
export function hexBytes(bytes: Buffer, count: number): string {
  return bytes.subarray(0, count).toString('hex').replace(/../g, '$& ').trimEnd()
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

interface InflateInfo {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

/** Inflates, and tells the input that was used up (`bytesWritten`): what stands behind the stream is left out. */
export function inflateInfo(bytes: Buffer, options: ZlibOptions): InflateInfo {
  // With `info`, Node returns the engine beside the bytes, so that the end of the stream is known; its types leave that out.
  return inflateRawSync(bytes, { ...options, info: true }) as unknown as InflateInfo
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
