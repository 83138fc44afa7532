/** From WARC records to documents: web pages and the plain texts of WET files; every other record is passed over by name. */
import { documentId } from '../../document/identity.js'
import { RecordError } from '../../errors/errors.js'
import type { ReadEvent } from '../../stage/stage.js'
import { decodeBody, looksLikeHtml, parseHttpHead } from './http.js'
import type { WarcEvent } from './reader.js'

type RecordEvent = Extract<WarcEvent, { kind: 'record' }>

const HTML_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml'])

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
    case 'request':
    case 'metadata':
    case 'revisit':
    case 'continuation':
      return skipped(record.type)
    default:
      return skipped('type-unknown')
  }
}

function fromResponse(record: RecordEvent, file: string, { recordSizeMax, plainText }: DocumentLimits): ReadEvent {
  const head = parseHttpHead(record.block)
  if (!head) {
    const type = mimeOf(record.fields.get('content-type'))
    if (type !== '' && type !== 'application/http') return skipped(typeReason(type))
    throw new RecordError('http-header', `response: expected a status line, got '${firstLine(record.block)}'`)
  }
  if (head.status !== 200) return skipped(`status-${head.status}`)
  const contentType = head.fields.get('content-type') ?? ''
  const type = mimeOf(contentType)
  const isPage = HTML_TYPES.has(type) || (plainText && type === 'text/plain')
  if (type !== '' && !isPage) return skipped(typeReason(type))
  const body = decodeBody(record.block.subarray(head.bodyStart), head.fields, recordSizeMax)
  if (type === '' && !looksLikeHtml(body)) return skipped('type-none')
  return document(record, file, { raw: { body, contentType }, metadata: { status: head.status } })
}

function fromResource(record: RecordEvent, file: string): ReadEvent {
  const contentType = record.fields.get('content-type') ?? ''
  const type = mimeOf(contentType)
  if (!HTML_TYPES.has(type)) return skipped(type === '' ? 'type-none' : typeReason(type))
  return document(record, file, { raw: { body: record.block, contentType } })
}

function fromConversion(record: RecordEvent, file: string): ReadEvent {
  const type = mimeOf(record.fields.get('content-type'))
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
      url: targetOf(record.fields.get('warc-target-uri') ?? ''),
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

/** Some writers put the address in angle brackets, as WARC 1.0's grammar had it. */
function targetOf(address: string): string {
  return address.startsWith('<') && address.endsWith('>') ? address.slice(1, -1) : address
}

function mimeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase()
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
