/** An exchange as WARC records: response or revisit, request, metadata; the payload's digest tells what was stored before. */
import { randomUUID } from 'node:crypto'
import { type RecordToWrite, sha1Digest, warcDate, warcFields, writeRecord } from '../formats/warc/record-writer.js'
import type { Answer } from './fetch.js'
import type { StoredPayload } from './frontier-values.js'

export interface CaptureAbout {
  /** Of the metadata record: name and value. Nothing: there is none. */
  readonly metadata: readonly (readonly [name: string, value: string])[]
  /** The body was stored before: only that is said. */
  readonly revisitOf?: StoredPayload & { readonly digest: string }
  /** A 304: the page is as it was then. */
  readonly notModifiedSince?: StoredPayload & { readonly digest: string }
}

const PROFILE = 'http://netpreserve.org/warc/1.1/revisit/'
/** Undici takes the chunks apart, so the record must not announce them. The new name is the one that Common Crawl uses. */
const RENAMED: ReadonlyMap<string, string> = new Map([['transfer-encoding', 'X-Crawler-Transfer-Encoding']])

export function captureRecords(answer: Answer, { metadata, revisitOf, notModifiedSince }: CaptureAbout): Buffer[] {
  const date = answer.startedAt
  const responseId = newId()
  const about: [string, string][] = [['WARC-Target-URI', answer.url]]
  if (answer.address !== '') about.push(['WARC-IP-Address', answer.address])
  const head = responseHead(answer)
  const http: [string, string] = ['Content-Type', 'application/http; msgtype=response']
  const fields: [string, string][] = [...about, http]
  let response: RecordToWrite
  if (notModifiedSince !== undefined) {
    const { url, date: since, digest } = notModifiedSince
    fields.push(...revisitFields('server-not-modified', url, since), ['WARC-Payload-Digest', digest])
    response = { type: 'revisit', id: responseId, date, fields, block: head }
  } else if (revisitOf !== undefined) {
    const { url, date: since, digest } = revisitOf
    fields.push(...revisitFields('identical-payload-digest', url, since), ['WARC-Payload-Digest', digest])
    fields.push(['WARC-Truncated', 'length'])
    response = { type: 'revisit', id: responseId, date, fields, block: head }
  } else {
    fields.push(['WARC-Payload-Digest', sha1Digest(answer.body)])
    if (answer.truncated !== null) fields.push(['WARC-Truncated', answer.truncated])
    response = { type: 'response', id: responseId, date, fields, block: Buffer.concat([head, answer.body]) }
  }
  const records = [response]
  const concurrent: [string, string] = ['WARC-Concurrent-To', `<${responseId}>`]
  if (answer.requestHead !== '') {
    const type: [string, string] = ['Content-Type', 'application/http; msgtype=request']
    const block = Buffer.from(requestBlock(answer.requestHead), 'latin1')
    records.push({ type: 'request', id: newId(), date, fields: [...about, type, concurrent], block })
  }
  if (metadata.length > 0) {
    const type: [string, string] = ['Content-Type', 'application/warc-fields']
    records.push({
      type: 'metadata',
      id: newId(),
      date,
      fields: [...about, type, concurrent],
      block: warcFields(metadata),
    })
  }
  return records.map(writeRecord)
}

function revisitFields(profile: string, url: string, date: string): [string, string][] {
  return [
    ['WARC-Profile', PROFILE + profile],
    ['WARC-Refers-To-Target-URI', url],
    ['WARC-Refers-To-Date', date],
  ]
}

/** When a record of this answer says that it was fetched. */
export function captureDate(answer: Answer): string {
  return warcDate(answer.startedAt)
}

/** The head as it was received; the version is not told by the client, and is what was asked for. */
function responseHead({ status, reason, rawHeaders }: Answer): Buffer {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    head += `${RENAMED.get(name.toLowerCase()) ?? name}: ${rawHeaders[at + 1]}\r\n`
  }
  return Buffer.from(`${head}\r\n`, 'latin1')
}

/** A head as undici announces it lacks the blank line. */
function requestBlock(head: string): string {
  return head.endsWith('\r\n\r\n') ? head : `${head}\r\n`
}

function newId(): string {
  return `urn:uuid:${randomUUID()}`
}
