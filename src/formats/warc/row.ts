/**
 * A record in short: where it stands, what it is, and the length and SHA-1 of its content with transfer and content
 * encodings removed (of an HTTP message its body, of other records the block, of an ARC file's first nothing).
 */
import { createHash } from 'node:crypto'
import { RecordError } from '../../errors/errors.js'
import { headerEnd } from './header.js'
import { decodeBody, parseHttpHead } from './http.js'
import type { WarcEvent } from './reader.js'
import type { RecordBody } from './record.js'

export interface RecordRow {
  readonly file: string
  /** Of the record in the file, or of the gzip member or zstd frame that holds it. */
  readonly offset: number
  /** As the record names it, in lower case; null where there is no header to name one. */
  readonly type: string | null
  readonly uri: string | null
  readonly date: string | null
  /** Of an HTTP response. */
  readonly status: number | null
  /** Of the HTTP response, else of the record. */
  readonly contentType: string | null
  /** Bytes. Null where the content can't be decoded, or was not kept. */
  readonly decodedLength: number | null
  /** Hex. */
  readonly decodedSha1: string | null
  /** Code and message where the record is damaged; length and digest are then of what there is. */
  readonly error: string | null
}

/** Null for parts of a file that hold no record and are not damaged. */
export function recordRow(event: WarcEvent, file: string, sizeMax: number): RecordRow | null {
  if (event.kind === 'filler') return null
  const { offset } = event
  if (event.kind === 'record') return rowOf(event, { file, offset, error: null }, sizeMax)
  const error = `${event.code}: ${event.message}`
  if (event.partial) return rowOf(event.partial, { file, offset, error }, sizeMax)
  const unknown = { type: null, uri: null, date: null, status: null, contentType: null }
  return { file, offset, ...unknown, decodedLength: null, decodedSha1: null, error }
}

function rowOf(record: RecordBody, place: Pick<RecordRow, 'file' | 'offset' | 'error'>, sizeMax: number): RecordRow {
  const { status, contentType, content, error } = contentOf(record, sizeMax)
  const isKept = content !== null && !place.error?.startsWith('record-too-large')
  return {
    file: place.file,
    offset: place.offset,
    type: record.type,
    uri: targetUri(record),
    date: record.fields.get('warc-date') || null,
    status,
    contentType: contentType ?? record.fields.get('content-type') ?? null,
    decodedLength: isKept ? content.length : null,
    decodedSha1: isKept ? createHash('sha1').update(content).digest('hex') : null,
    error: place.error ?? (error && `${error.code}: ${place.file}:${place.offset}: ${error.message}`),
  }
}

/** Some writers put the address in angle brackets, as WARC 1.0's grammar had it. */
export function targetUri({ fields }: RecordBody): string | null {
  return fields.get('warc-target-uri')?.replace(/^<(.*)>$/, '$1') || null
}

interface Content {
  readonly status: number | null
  readonly contentType: string | null
  readonly content: Buffer | null
  readonly error: RecordError | null
}

/** Records that hold HTTP messages. */
const HTTP_TYPES: ReadonlySet<string> = new Set(['response', 'revisit'])

function contentOf({ type, block }: RecordBody, sizeMax: number): Content {
  const plain = { status: null, contentType: null, error: null }
  if (type === 'arc_header') return { ...plain, content: Buffer.alloc(0) }
  if (type === 'request' && REQUEST_LINE.test(block.toString('latin1', 0, 16))) {
    const end = headerEnd(block, 0)
    return { ...plain, content: end === -1 ? Buffer.alloc(0) : block.subarray(end) }
  }
  const head = HTTP_TYPES.has(type) ? parseHttpHead(block) : null
  if (head === null) return { ...plain, content: block }
  const http = { status: head.status, contentType: head.fields.get('content-type') ?? null }
  try {
    return { ...http, content: decodeBody(block.subarray(head.bodyStart), head.fields, sizeMax), error: null }
  } catch (error) {
    if (error instanceof RecordError) return { ...http, content: null, error }
    throw error
  }
}

/** A method, RFC 9110 section 9. */
const REQUEST_LINE = /^[A-Z-]{1,15} /
