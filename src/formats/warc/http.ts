/**
 * HTTP responses as crawlers store them: RFC 9110 and 9112. Tolerant where crawls are: bodies whose transfer or content
 * encoding was already removed while the header stayed are taken as they are, a body cut off gives what it holds, and what
 * stands behind its end is passed over. Content-Length is not asked: the record's own length holds. Leaves out
 * Content-Encoding compress.
 */
import { brotliDecompressSync, constants, crc32, inflateRawSync, inflateSync } from 'node:zlib'
import { messageOf, RecordError } from '../../errors/errors.js'
import { ZstdDecoder } from '../../io/zstd-decoder.js'
import { frameHeader, skippableFrame, ZSTD_MAGIC } from '../../io/zstd-frame.js'
import { badHeader, checkTrailer, GZIP_TRAILER_SIZE, gzipHeaderLength, inflateInfo } from './gzip.js'
import { headerEnd, parseHeader } from './header.js'
import { looksLikeHtml } from './mime.js'
import { chunkSizeFor, ratioError, unpackedSizeMax } from './packing.js'

export interface HttpHead {
  readonly status: number
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>
  /** Offset of the body in the block. */
  readonly bodyStart: number
}

/** The head of a response; null when the block does not start with a status line. */
export function parseHttpHead(block: Buffer): HttpHead | null {
  if (block.toString('latin1', 0, 4) !== 'HTTP') return null
  const end = headerEnd(block, 0)
  const bodyStart = end === -1 ? block.length : end
  const { firstLine, fields } = parseHeader(block, 0, bodyStart)
  const status = /^HTTP[A-Z]{0,2}\/[\d.]{1,5} +(\d{3})(?!\d)/.exec(firstLine)
  return status ? { status: Number(status[1]), fields, bodyStart } : null
}

/** The body with transfer and content encodings removed. Throws RecordError `http-encoding` or `record-too-large`. */
export function decodeBody(body: Buffer, fields: ReadonlyMap<string, string>, sizeMax: number): Buffer {
  const transfer = (fields.get('transfer-encoding') ?? '').toLowerCase()
  let decoded = transfer.includes('chunked') ? dechunk(body) : body
  const encodings = (fields.get('content-encoding') ?? '').toLowerCase().split(',').slice(0, ENCODINGS_MAX)
  for (const encoding of encodings.reverse()) decoded = decodeContent(decoded, encoding.trim(), sizeMax)
  return decoded
}

/** More encodings over one another than this are no page. */
const ENCODINGS_MAX = 4
const CHUNK_LINE_MAX = 64
const LF = 0x0a

/** Joins the chunks. From a place that is no chunk on, the body is taken as it is (as warcio does). */
export function dechunk(body: Buffer): Buffer {
  const joined = Buffer.allocUnsafe(body.length)
  let length = 0
  let position = 0
  while (position < body.length) {
    const feed = body.subarray(0, position + CHUNK_LINE_MAX).indexOf(LF, position)
    const line = feed === -1 ? '' : body.toString('latin1', position, feed)
    const size = /^\s*([0-9a-f]{1,8})\s*(?:;|$)/i.exec(line)
    if (!size) return Buffer.concat([joined.subarray(0, length), body.subarray(position)])
    const chunk = Number.parseInt(size[1] as string, 16) // the group always takes part in a match
    if (chunk === 0) break
    const start = feed + 1
    length += body.copy(joined, length, start, Math.min(start + chunk, body.length))
    position = start + chunk
    if (body[position] === 0x0d) position++
    if (body[position] === LF) position++
  }
  return joined.subarray(0, length)
}

function decodeContent(body: Buffer, encoding: string, sizeMax: number): Buffer {
  if (body.length === 0) return body
  const most = Math.min(sizeMax, unpackedSizeMax(body.length))
  const truncatable = { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH }
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return isGzip(body, 0) ? gunzip(body, most) : body
      case 'deflate':
        if (looksLikeHtml(body)) return body
        return isZlib(body) ? inflateSync(body, truncatable) : inflateRawSync(body, truncatable)
      case 'br':
        if (looksLikeHtml(body)) return body
        return brotliDecompressSync(body, { maxOutputLength: most, finishFlush: constants.BROTLI_OPERATION_FLUSH })
      case 'zstd':
        return body.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC) ? decodeZstd(body, most) : body
      case 'compress':
      case 'x-compress':
        if (looksLikeHtml(body)) return body
        throw new RecordError('http-encoding', `Content-Encoding ${encoding}: expected gzip, deflate, br or zstd`)
      default:
        return body // `identity`, and words that name no encoding (`utf-8`, `none`)
    }
  } catch (error) {
    if (error instanceof RecordError) throw error
    if (isTooLarge(error)) {
      if (most < sizeMax) throw ratioError(`Content-Encoding ${encoding}`, body.length)
      throw new RecordError('record-too-large', `Content-Encoding ${encoding}: expected at most ${sizeMax} bytes`)
    }
    throw new RecordError('http-encoding', `Content-Encoding ${encoding}: ${messageOf(error)}`)
  }
}

class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof TooLargeError) return true
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** RFC 8878 and 9659, one frame after the other, block by block: nothing is allocated by what a header says. */
function decodeZstd(body: Buffer, sizeMax: number): Buffer {
  const pieces: Buffer[] = []
  let size = 0
  let at = 0
  while (at < body.length) {
    const rest = body.subarray(at)
    const skippable = skippableFrame(rest)
    const header = frameHeader(rest)
    if (skippable) {
      at += skippable.length
      continue
    }
    if (header === null || header === 'short') break // what stands behind the last frame
    const decoder = new ZstdDecoder(header)
    at += header.length
    while (!decoder.isDone) {
      const block = decoder.decodeBlock(body, at)
      if (block === null) return Buffer.concat(pieces)
      size += block.content.length
      if (size > sizeMax) throw new TooLargeError()
      pieces.push(Buffer.from(block.content))
      at = block.next
    }
    if (header.hasChecksum) at += 4
  }
  return Buffer.concat(pieces)
}

function isGzip(body: Buffer, at: number): boolean {
  return body[at] === 0x1f && body[at + 1] === 0x8b
}

/** Member after member; zlib's own takes what stands behind the last one for damage. */
function gunzip(body: Buffer, sizeMax: number): Buffer {
  const pieces: Buffer[] = []
  let size = 0
  for (let at = 0; isGzip(body, at); ) {
    const header = gzipHeaderLength(body, at)
    if (header === null) throw new RecordError('http-encoding', `Content-Encoding gzip: ${badHeader(body).message}`)
    if (header === 'short') break
    const { buffer, engine } = inflateInfo(body.subarray(at + header), {
      ...{ maxOutputLength: Math.max(sizeMax - size, 1), finishFlush: constants.Z_SYNC_FLUSH },
      chunkSize: chunkSizeFor(body),
    })
    pieces.push(buffer)
    size += buffer.length
    at += header + engine.bytesWritten
    const trailer = body.subarray(at, at + GZIP_TRAILER_SIZE)
    if (trailer.length < GZIP_TRAILER_SIZE) break
    const error = checkTrailer(trailer, crc32(buffer), buffer.length)
    if (error) throw new RecordError('http-encoding', `Content-Encoding gzip: ${error.message}`)
    at += GZIP_TRAILER_SIZE
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces) // there is one
}

/** RFC 1950 section 2.2: method 8 and a check over the first two bytes. Some servers send raw deflate under the name. */
function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body.readUInt8(0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}
