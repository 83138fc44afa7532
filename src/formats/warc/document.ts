/** From records to documents: web pages and the plain texts of WET files; every other record is passed over by name. */
import { documentId } from '../../document/identity.js'
import { RecordError } from '../../errors/errors.js'
import type { ReadEvent } from '../../stage/stage.js'
import { decodeBody, parseHttpHead } from './http.js'
import { essence, isHtmlType, mayBePage, mimeType } from './mime.js'
import type { WarcEvent } from './reader.js'
import { targetUri } from './row.js'

type RecordEvent = Extract<WarcEvent, { kind: 'record' }>

export interface DocumentLimits {
  /** Bytes of a body with its encodings removed. */
  readonly recordSizeMax: number
  /** Takes `text/plain` responses too: logs, lists and robots.txt more often than prose. */
  readonly plainText: boolean
}

/** What becomes of a record: a document, or the reason that it is none. Throws RecordError for one that can't be decoded. */
export function documentOf(record: RecordEvent, file: string, limits: DocumentLimits): ReadEvent {
  switch (record.type) {
    case 'response':
      return fromResponse(record, file, limits)
    case 'resource':
      return fromResource(record, file)
    case 'conversion':
      return fromConversion(record, file)
    case 'warcinfo':
    case 'arc_header':
    case 'request':
    case 'metadata':
    case 'revisit':
    case 'continuation':
      return skipped(record.type)
    default:
      return skipped('type-unknown')
  }
}

function fromResponse(record: RecordEvent, file: string, limits: DocumentLimits): ReadEvent {
  const head = parseHttpHead(record.block)
  if (!head) {
    const type = essence(record.fields.get('content-type') ?? '')
    // ARC has one kind of record for all protocols, its field the content's type.
    if (record.format === 'arc') return fromContent(record, file, record.block, type)
    if (type !== '' && type !== 'application/http') return skipped(typeReason(type))
    throw new RecordError('http-header', `response: expected a status line, got '${firstLine(record.block)}'`)
  }
  if (head.status !== 200) return skipped(`status-${head.status}`)
  const contentType = head.fields.get('content-type') ?? ''
  if (!mayBePage(contentType)) return skipped(typeReason(essence(contentType))) // not unpacked
  const body = decodeBody(record.block.subarray(head.bodyStart), head.fields, limits.recordSizeMax)
  const type = mimeType(contentType, body)
  if (!isHtmlType(type) && !(limits.plainText && type === 'text/plain')) return skipped(typeReason(type))
  return document(record, file, { raw: { body, contentType }, metadata: { status: head.status } })
}

function fromResource(record: RecordEvent, file: string): ReadEvent {
  return fromContent(record, file, record.block, record.fields.get('content-type') ?? '')
}

function fromContent(record: RecordEvent, file: string, body: Buffer, contentType: string): ReadEvent {
  const type = mimeType(contentType, body)
  return isHtmlType(type) ? document(record, file, { raw: { body, contentType } }) : skipped(typeReason(type))
}

function fromConversion(record: RecordEvent, file: string): ReadEvent {
  const type = essence(record.fields.get('content-type') ?? '')
  if (type !== 'text/plain') return skipped(type === '' ? 'type-none' : typeReason(type))
  return document(record, file, { text: record.block.toString('utf8') })
}

function document(
  record: RecordEvent,
  file: string,
  fields: Partial<Extract<ReadEvent, { kind: 'document' }>['document']>,
): ReadEvent {
  return {
    kind: 'document',
    document: {
      id: documentId(file, record.offset, record.sub),
      url: targetUri(record) ?? '',
      text: '',
      date: record.fields.get('warc-date') ?? '',
      language: '',
      file,
      offset: record.offset,
      length: record.length,
      sub: record.sub,
      metadata: {},
      raw: null,
      ...fields,
    },
  }
}

/** A content type as a reason: `type-application/pdf`. What is no type gives `type-other`, so that crawls can't invent many. */
function typeReason(type: string): string {
  const plausible = /^(?:application|audio|font|image|message|model|multipart|text|video)\/[a-z0-9.+-]+$/
  return `type-${plausible.test(type) ? type.slice(0, 40) : 'other'}`
}

function skipped(reason: string): ReadEvent {
  return { kind: 'skipped', reason }
}

function firstLine(block: Buffer): string {
  return block.toString('latin1', 0, 20).replace(/[^\x20-\x7e]/g, '.')
}
