/**
 * HTTP responses as crawlers store them: RFC 9110 and 9112. Tolerant where crawls are: bodies whose transfer or content
 * encoding was already removed while the header stayed are taken as they are, and a body cut off gives what it holds.
 * Leaves out Content-Encoding zstd and compress.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { messageOf, RecordError } from '../../errors/errors.js'
import { headerEnd, parseHeader } from './header.js'

export interface HttpHead {
  readonly status: number
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>
  /** Offset of the body in the block. */
  readonly bodyStart: number
}

/** The head of a response; null when the block does not start with a status line. */
export function parseHttpHead(block: Buffer): HttpHead | null {
  if (block.toString('latin1', 0, 5) !== 'HTTP/') return null
  const end = headerEnd(block, 0)
  const bodyStart = end === -1 ? block.length : end
  const { firstLine, fields } = parseHeader(block, 0, bodyStart)
  const status = /^HTTP\/[\d.]{1,5} +(\d{3})(?!\d)/.exec(firstLine)
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
  const truncatable = { maxOutputLength: sizeMax, finishFlush: constants.Z_SYNC_FLUSH }
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, truncatable) : body
      case 'deflate':
        if (looksLikeHtml(body)) return body
        return isZlib(body) ? inflateSync(body, truncatable) : inflateRawSync(body, truncatable)
      case 'br':
        if (looksLikeHtml(body)) return body
        return brotliDecompressSync(body, {
          maxOutputLength: sizeMax,
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
        })
      case 'zstd':
      case 'compress':
        if (looksLikeHtml(body)) return body
        throw new RecordError('http-encoding', `Content-Encoding ${encoding}: expected gzip, deflate or br`)
      default:
        return body // `identity`, and words that name no encoding (`utf-8`, `none`)
    }
  } catch (error) {
    if (error instanceof RecordError) throw error
    if (error instanceof RangeError)
      throw new RecordError('record-too-large', `Content-Encoding ${encoding}: expected at most ${sizeMax} bytes`)
    throw new RecordError('http-encoding', `Content-Encoding ${encoding}: ${messageOf(error)}`)
  }
}

/** RFC 1950 section 2.2: method 8 and a check over the first two bytes. Some servers send raw deflate under the name. */
function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body.readUInt8(0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}

const HTML_TAGS = '!doctype html|html|head|body|title|meta|script|style|link|iframe|div|table|font|h1|p|a|b|br'
const HTML_START = new RegExp(`^(?:\\xef\\xbb\\xbf)?\\s*<(?:(?:${HTML_TAGS})\\b|!--|\\?xml[^<]{0,500}<html\\b)`, 'i')

/** Whether the first bytes are those of an HTML page, in the manner of the WHATWG MIME Sniffing standard, section 7.1. */
export function looksLikeHtml(body: Buffer): boolean {
  return HTML_START.test(body.toString('latin1', 0, 1024))
}
