/** Builds WARC files for tests, and reads them back in ranges as a run does. */
import { gzipSync } from 'node:zlib'
import type { InputFile, Range, ReadEvent, ReadExtent } from '../../src/stage/stage.js'

export interface RecordParts {
  readonly type?: string
  readonly url?: string
  readonly block?: Uint8Array | string
  readonly fields?: Readonly<Record<string, string>>
  readonly version?: string
  /** Line end of the header. */
  readonly eol?: string
  /** What Content-Length says, where it should lie. */
  readonly length?: number
  /** What stands behind the block. */
  readonly after?: string
}

export function warcRecord(parts: RecordParts = {}): Buffer {
  const eol = parts.eol ?? '\r\n'
  const block = Buffer.from(parts.block ?? '')
  const fields: Record<string, string> = {
    'WARC-Type': parts.type ?? 'response',
    'WARC-Date': '2024-05-18T01:58:10Z',
    'Content-Length': String(parts.length ?? block.length),
    ...(parts.url === undefined ? {} : { 'WARC-Target-URI': parts.url }),
    ...parts.fields,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}${eol}`)
  return Buffer.concat([
    Buffer.from(`WARC/${parts.version ?? '1.0'}${eol}${lines.join('')}${eol}`),
    block,
    Buffer.from(parts.after ?? '\r\n\r\n'),
  ])
}

/** A response block around an HTML page. */
export function httpBlock(
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
  status = '200 OK',
): Buffer {
  const lines = Object.entries({ 'Content-Type': 'text/html; charset=utf-8', ...headers }).map(
    ([n, v]) => `${n}: ${v}\r\n`,
  )
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`), Buffer.from(body)])
}

/** A response record with a page. */
export function pageRecord(
  url: string,
  html: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  return warcRecord({
    url,
    block: httpBlock(html, headers),
    fields: { 'Content-Type': 'application/http; msgtype=response' },
  })
}

/** A record of version 1, with the line break that follows it. */
export function arcRecord(url: string, block: Uint8Array | string, type = 'text/html', after = '\n'): Buffer {
  const content = Buffer.from(block)
  const line = `${url} 192.0.2.7 20040518015810 ${type} ${content.length}\n`
  return Buffer.concat([Buffer.from(line), content, Buffer.from(after)])
}

/** The records behind a version block. */
export function arcFile(records: readonly Uint8Array[]): Buffer {
  const block = '1 0 By Hand\nURL IP-address Archive-date Content-type Archive-length\n'
  return Buffer.concat([arcRecord('filedesc://hand.arc', block, 'text/plain'), ...records])
}

/** Each record a member of its own; level 0 stores, so that what the record holds stands in the file as it is. */
export function perRecordGzip(records: readonly Uint8Array[], level = 6): Buffer {
  return Buffer.concat(records.map((record) => gzipSync(record, { level })))
}

export interface MemoryFile extends InputFile {
  /** Bytes that `read` was asked for so far. */
  bytesAsked: number
}

export function memoryFile(bytes: Uint8Array, name = 'test.warc.gz'): MemoryFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    name,
    sizeBytes: bytes.length,
    bytesAsked: 0,
    async read(offset, length) {
      this.bytesAsked += length
      return buffer.subarray(offset, offset + length)
    },
  }
}

type Read<E> = (file: InputFile, range: Range) => AsyncGenerator<E, ReadExtent, void>

export interface RangesRead<E> {
  readonly events: E[]
  readonly stopped: number
  /** Ranges read again. */
  readonly repaired: number
}

/**
 * Reads all ranges apart, then checks each against the one before, as a run does (`src/run/repairs.ts`): one that did not
 * begin where that stopped is read again from there. Joins their events.
 */
export async function readInRanges<E>(
  read: Read<E>,
  file: InputFile,
  rangeSize: number | null,
): Promise<RangesRead<E>> {
  const events: E[] = []
  let stopped = 0
  let repaired = 0
  const step = rangeSize ?? Math.max(file.sizeBytes, 1)
  for (let start = 0; start === 0 || start < file.sizeBytes; start += step) {
    const end = Math.min(start + step, file.sizeBytes)
    let result = await drain(read(file, { start, end, exact: start === 0 }))
    const { extent } = result
    const ownsNothing = extent.first === extent.stopped
    if (stopped >= end ? !ownsNothing : extent.first !== stopped) {
      repaired++
      result = await drain(read(file, { start: stopped, end, exact: true }))
    }
    for (const event of result.events) events.push(event)
    stopped = Math.max(stopped, result.extent.stopped)
  }
  return { events, stopped, repaired }
}

export async function drain<E>(
  events: AsyncGenerator<E, ReadExtent, void>,
): Promise<{ events: E[]; extent: ReadExtent }> {
  const found: E[] = []
  for (;;) {
    const step = await events.next()
    if (step.done) return { events: found, extent: step.value }
    found.push(step.value)
  }
}

export function reasons(events: readonly ReadEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'document') return 'document'
    return event.kind === 'skipped' ? event.reason : event.code
  })
}
