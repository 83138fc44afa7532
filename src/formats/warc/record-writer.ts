/**
 * WARC 1.1 records (ISO 28500:2017), as bytes: named fields, block, digests, one gzip member a record (annex D). The payload of
 * an HTTP response is what follows its head, so the digest stands whether or not a reader decodes the body; transfer
 * encodings are removed before a response is written (section 6.3.2 counts the payload without them).
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'

export type WarcType = 'warcinfo' | 'request' | 'response' | 'revisit' | 'metadata' | 'resource'

export interface RecordToWrite {
  readonly type: WarcType
  /** `urn:uuid:…`, without the angle brackets. */
  readonly id: string
  readonly date: Date
  /** Names and values in the order in which they are written, behind the four that every record has. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly block: Uint8Array
}

/** 1.1 allows fractions of a second (section 5.4): pages of one host follow each other faster than once in one. */
export function warcDate(date: Date): string {
  return date.toISOString()
}

/** One record with its line breaks. Values have no line breaks: what stood in a URL was percent-encoded before. */
export function writeRecord({ type, id, date, fields, block }: RecordToWrite): Buffer {
  const lines = [
    'WARC/1.1',
    `WARC-Type: ${type}`,
    `WARC-Record-ID: <${id}>`,
    `WARC-Date: ${warcDate(date)}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    `WARC-Block-Digest: ${sha1Digest(block)}`,
    `Content-Length: ${block.length}`,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), block, RECORD_END])
}

const RECORD_END = Buffer.from('\r\n\r\n')

/** Levels above 4 gain 2 % on web pages and take half as long again. */
const GZIP_LEVEL = 4

const gzipAsync = promisify(gzip)
/** Up to this size a thread of its own takes longer than the work. */
const SMALL_SIZE = 4096

/** A member of its own, so that the record can be read from its offset. Large ones are packed beside the main thread. */
export async function gzipRecord(record: Uint8Array): Promise<Buffer> {
  const options = { level: GZIP_LEVEL }
  return record.length <= SMALL_SIZE ? gzipSync(record, options) : gzipAsync(record, options)
}

/** `application/warc-fields`: `name: value` lines. */
export function warcFields(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.from(fields.map(([name, value]) => `${name}: ${value}\r\n`).join(''))
}

/** `sha1:` and 160 bits in base32 (RFC 4648, section 6): 32 characters, so there is no padding. */
export function sha1Digest(bytes: Uint8Array): string {
  return `sha1:${base32(createHash('sha1').update(bytes).digest())}`
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Of a length that is a multiple of 5 bytes. */
function base32(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 5) {
    const high = bytes.readUInt8(at) * 2 ** 7 + (bytes.readUInt16BE(at + 1) >> 9)
    const low = ((bytes.readUInt16BE(at + 1) & 0x1ff) << 16) | bytes.readUInt16BE(at + 3)
    text += letters(high, 3) + letters(low, 5)
  }
  return text
}

function letters(bits: number, count: number): string {
  let text = ''
  for (let left = count - 1; left >= 0; left--) text += ALPHABET.charAt((bits >> (left * 5)) & 31)
  return text
}
