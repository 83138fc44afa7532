import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../src/document/identity.js'
import type { ReadEvent } from '../../src/stage/stage.js'
import readWarc from '../../stages/read-warc.js'
import { dataFolder, dataPath } from '../support/data.js'
import { httpBlock, memoryFile, pageRecord, perRecordGzip, readInRanges, reasons, warcRecord } from '../support/warc.js'

const MiB = 1024 * 1024
const OPTIONS = { rangeSize: 4 * MiB, recordSizeMax: 8 * MiB, plainText: false }
const html = '<html><body><p>A page.</p></body></html>'

async function read(bytes: Uint8Array, rangeSize: number | null = null, options = OPTIONS): Promise<ReadEvent[]> {
  const file = memoryFile(bytes, 'crawl.warc.gz')
  return (await readInRanges((input, range) => readWarc.read.read(options, input, range), file, rangeSize)).events
}

function response(block: Uint8Array | string, type = 'application/http; msgtype=response'): Buffer {
  return warcRecord({ url: 'https://a.example/', block, fields: { 'Content-Type': type } })
}

describe('read-warc', () => {
  it('makes a document of a page', async () => {
    const first = perRecordGzip([warcRecord({ type: 'warcinfo', block: 'software: x' })])
    const page = perRecordGzip([pageRecord('<https://a.example/x>', html)])
    const [info, event] = await read(Buffer.concat([first, page]))
    expect(info).toEqual({ kind: 'skipped', reason: 'warcinfo' })
    expect(event).toEqual({
      kind: 'document',
      document: {
        id: documentId('crawl.warc.gz', first.length, 0),
        url: 'https://a.example/x',
        text: '',
        date: '2024-05-18T01:58:10Z',
        language: '',
        file: 'crawl.warc.gz',
        offset: first.length,
        length: page.length,
        sub: 0,
        metadata: { status: 200 },
        raw: { body: Buffer.from(html), contentType: 'text/html; charset=utf-8' },
      },
    })
  })

  it('gives the records of one member the same place, told apart by sub', async () => {
    const bytes = gzipSync(
      Buffer.concat([pageRecord('https://a.example/', html), pageRecord('https://b.example/', html)]),
    )
    const documents = (await read(bytes)).map((event) => (event.kind === 'document' ? event.document : null))
    expect(documents.map((document) => [document?.offset, document?.length, document?.sub])).toEqual([
      [0, bytes.length, 0],
      [0, bytes.length, 1],
    ])
    expect(documents[0]?.id).not.toBe(documents[1]?.id)
  })

  it('takes the text of WET records as it is', async () => {
    const record = warcRecord({
      type: 'conversion',
      url: 'https://a.example/',
      block: 'Grüße\nZeile',
      fields: { 'Content-Type': 'text/plain' },
    })
    const [event] = await read(record)
    expect(event).toMatchObject({
      kind: 'document',
      document: { text: 'Grüße\nZeile', raw: null, url: 'https://a.example/' },
    })
  })

  it('passes over every other record by name', async () => {
    const cases: [Buffer, string][] = [
      [warcRecord({ type: 'request', block: 'GET / HTTP/1.1\r\n\r\n' }), 'request'],
      [warcRecord({ type: 'metadata' }), 'metadata'],
      [warcRecord({ type: 'revisit', block: httpBlock('', {}) }), 'revisit'],
      [warcRecord({ type: 'Continuation' }), 'continuation'],
      [warcRecord({ type: 'monkeys' }), 'type-unknown'],
      [warcRecord({ type: '' }), 'type-unknown'],
      [response(httpBlock('gone', {}, '404 Not Found')), 'status-404'],
      [response(httpBlock('%PDF', { 'Content-Type': 'application/pdf' })), 'type-application/pdf'],
      [response(httpBlock('x', { 'Content-Type': 'Image/PNG; a=b' })), 'type-image/png'],
      [response(httpBlock('x', { 'Content-Type': `text/${'x'.repeat(100)}` })), `type-text/${'x'.repeat(35)}`],
      [response(httpBlock('x', { 'Content-Type': 'text/\x1b[31m' })), 'type-other'],
      [response(httpBlock('x', { 'Content-Type': 'made/up' })), 'type-other'],
      [response(httpBlock('no page', { 'Content-Type': '' })), 'type-text/plain'],
      [response('a.example. 60 IN A 192.0.2.1', 'text/dns'), 'type-text/dns'],
      [response(httpBlock('User-agent: *', { 'Content-Type': 'text/plain' })), 'type-text/plain'],
      [warcRecord({ type: 'resource', block: 'x', fields: { 'Content-Type': 'image/gif' } }), 'type-image/gif'],
      [
        warcRecord({ type: 'conversion', block: 'x', fields: { 'Content-Type': 'text/markdown' } }),
        'type-text/markdown',
      ],
    ]
    for (const [record, reason] of cases) expect(reasons(await read(record)), reason).toEqual([reason])
  })

  it('takes pages of other types, and tells a page without a type by its start', async () => {
    for (const type of ['application/xhtml+xml', 'TEXT/HTML', ''])
      expect(reasons(await read(response(httpBlock(html, { 'Content-Type': type })))), type).toEqual(['document'])
    const plain = response(httpBlock('Words.', { 'Content-Type': 'text/plain' }))
    expect(reasons(await read(plain, null, { ...OPTIONS, plainText: true }))).toEqual(['document'])
    const resource = warcRecord({ type: 'resource', block: html, fields: { 'Content-Type': 'text/html' } })
    const [event] = await read(resource)
    expect(event).toMatchObject({ kind: 'document', document: { metadata: {}, raw: { contentType: 'text/html' } } })
  })

  it('sets aside what can not be decoded, with where and why', async () => {
    const damaged = gzipSync(html)
    damaged[15] = (damaged[15] as number) ^ 0xff
    const cases: [Buffer, string][] = [
      [response(httpBlock(damaged, { 'Content-Encoding': 'gzip' })), 'http-encoding'],
      [response(httpBlock(gzipSync(Buffer.alloc(9 * MiB)), { 'Content-Encoding': 'gzip' })), 'record-too-large'],
      [response('no status line'), 'http-header'],
    ]
    for (const [record, code] of cases) {
      const bytes = Buffer.concat([pageRecord('https://b.example/', html), record])
      const offset = bytes.length - record.length
      const [, event] = await read(bytes)
      expect(event).toMatchObject({ kind: 'quarantine', code, offset, length: record.length, bytes: record })
      expect(event).toMatchObject({ message: expect.stringMatching(new RegExp(`^crawl\\.warc\\.gz:${offset}: `)) })
    }
  })

  it('cuts files, but not gzip over many records', () => {
    const rangeSize = (bytes: Buffer) => readWarc.read.rangeSize(OPTIONS, memoryFile(bytes), bytes)
    const page = pageRecord('https://a.example/', html)
    expect(rangeSize(perRecordGzip([page, page]))).toBe(4 * MiB)
    expect(rangeSize(Buffer.concat([page, page]))).toBe(4 * MiB)
    expect(rangeSize(gzipSync(Buffer.concat([page, page])))).toBeNull()
    expect(rangeSize(Buffer.alloc(0))).toBe(4 * MiB)
  })
})

describe.skipIf(!dataFolder)('read-warc on real pages (needs MILLRACE_DATA)', () => {
  const bytes = dataFolder ? readFileSync(dataPath('html/pages.warc.gz')) : Buffer.alloc(0)

  it('gives every page, with the HTML that was packed, encodings removed', async () => {
    const events = await read(bytes)
    const counts = new Map<string, number>()
    for (const reason of reasons(events)) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({ warcinfo: 1, request: 437, document: 437 })

    const byOffset = new Map(
      events.flatMap((event) => (event.kind === 'document' ? [[event.document.offset, event.document]] : [])),
    )
    const lines = gunzipSync(readFileSync(dataPath('html/pages.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
    let same = 0
    for (const line of lines) {
      const page = JSON.parse(line) as { url: string; html: string; warc_offset: number; warc_length: number }
      const document = byOffset.get(page.warc_offset)
      expect([document?.url, document?.length]).toEqual([page.url, page.warc_length])
      if (Buffer.from(document?.raw?.body ?? '').toString() === page.html) same++
    }
    expect(lines).toHaveLength(252)
    expect(same).toBe(252)
  })

  it('gives the same in ranges', async () => {
    const bodies = (events: ReadEvent[]) =>
      events.map((event) => (event.kind === 'document' ? [event.document.id, event.document.raw?.body.length] : event))
    expect(bodies(await read(bytes, 700_000))).toEqual(bodies(await read(bytes)))
  })
})

describe('segmented records', () => {
  const page = httpBlock(`<html><body>${'<p>In several parts. '.repeat(60)}</body></html>`)
  const origin = '<urn:uuid:1>'
  const segment = (number: number, block: Uint8Array, fields: Record<string, string> = {}) =>
    warcRecord({
      type: number === 1 ? 'response' : 'continuation',
      url: 'https://a.example/',
      block,
      fields: {
        'WARC-Segment-Number': String(number),
        ...(number === 1 ? { 'WARC-Record-ID': origin } : { 'WARC-Segment-Origin-ID': origin }),
        ...fields,
      },
    })
  const parts = [
    segment(1, page.subarray(0, 300)),
    segment(2, page.subarray(300, 700)),
    segment(3, page.subarray(700), { 'WARC-Segment-Total-Length': String(page.length) }),
  ]
  const other = pageRecord('https://b.example/', html)

  it('are joined where they stand together, whatever the ranges', async () => {
    for (const bytes of [Buffer.concat([...parts, other]), perRecordGzip([...parts, other])]) {
      for (const rangeSize of [null, 100, 500, 1000]) {
        const events = await read(bytes, rangeSize)
        expect(reasons(events).sort()).toEqual(['continuation', 'continuation', 'document', 'document'])
        const [first] = events.flatMap((event) => (event.kind === 'document' ? [event.document] : []))
        expect(Buffer.from(first?.raw?.body as Uint8Array).equals(page.subarray(page.indexOf('<html>')))).toBe(true)
        expect(first).toMatchObject({ offset: 0, url: 'https://a.example/' })
      }
    }
  })

  it('are named where some are missing, of another record, or too large', async () => {
    const [first, second, third] = parts as [Buffer, Buffer, Buffer]
    expect(reasons(await read(Buffer.concat([first, third, other])))).toEqual([
      'segment-missing',
      'continuation',
      'document',
    ])
    expect(reasons(await read(first))).toEqual(['segment-missing'])
    expect(reasons(await read(Buffer.concat([second, third])))).toEqual(['continuation', 'continuation'])
    expect(reasons(await read(Buffer.concat(parts), null, { ...OPTIONS, recordSizeMax: 800 }))).toEqual([
      'continuation',
      'continuation',
      'record-too-large',
    ])
  })
})
