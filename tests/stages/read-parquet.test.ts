import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../src/document/identity.js'
import { ShardError } from '../../src/errors/errors.js'
import { documentEncoder } from '../../src/formats/parquet/documents.js'
import { loadZstd } from '../../src/io/zstd.js'
import type { Range, ReadEvent } from '../../src/stage/stage.js'
import readParquet from '../../stages/read-parquet.js'
import { PLAIN } from '../support/documents.js'
import { drain, memoryFile, rangesOf } from '../support/memory-file.js'

type Options = Parameters<typeof readParquet.read.read>[0]
type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData']

const DEFAULTS = Object.fromEntries(
  Object.entries(readParquet.options).map(([name, o]) => [name, o.default]),
) as Options

function read(content: Uint8Array, options: Partial<Options> = {}, range?: Range) {
  const file = memoryFile('a.parquet', content)
  const whole = { start: 0, end: file.sizeBytes, exact: true }
  return drain(readParquet.read.read({ ...DEFAULTS, ...options }, file, range ?? whole))
}

const write = (columnData: Columns, rowGroupSize = 1000) =>
  new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }))

const gist = (events: readonly ReadEvent[]) =>
  events.map((e) => (e.kind === 'document' ? e.document.text : e.kind === 'skipped' ? e.reason : e.code))

describe('a row', () => {
  it('becomes a document, other columns its metadata as JSON', async () => {
    const bytes = write([
      { name: 'id', data: [7n], type: 'INT64' },
      { name: 'url', data: ['https://e.org/'] },
      { name: 'text', data: ['Grüße 😀'] },
      { name: 'date', data: [new Date(Date.UTC(2024, 0, 2))], type: 'TIMESTAMP' },
      { name: 'language', data: ['de'] },
      { name: 'metadata', data: ['{"n":1,"score":"no"}'] },
      { name: 'score', data: [0.5] },
      { name: 'count', data: [2n ** 60n], type: 'INT64' },
      { name: 'nothing', data: [Number.NaN] },
      { name: 'links', data: [{ to: ['a', 'b'], depth: 2 }], type: 'JSON' },
    ])
    const { events, extent } = await read(bytes)
    expect(events).toEqual([
      {
        kind: 'document',
        document: {
          id: '7',
          url: 'https://e.org/',
          text: 'Grüße 😀',
          date: '2024-01-02T00:00:00.000Z',
          language: 'de',
          file: 'a.parquet',
          offset: 0,
          length: bytes.length,
          sub: 0,
          metadata: {
            score: 0.5,
            count: '1152921504606846976',
            nothing: null,
            links: '{"to":["a","b"],"depth":2}',
            n: 1,
          },
          raw: null,
        },
      },
    ])
    expect(extent).toEqual({ first: 0, stopped: bytes.length })
  })

  it('may use other names, and hold a page as text or as bytes', async () => {
    const page = Buffer.from('<p>\xe9</p>', 'latin1')
    const bytes = write([
      { name: 'content', data: [page, page], type: 'BYTE_ARRAY' },
      { name: 'warc_url', data: ['https://a.org/', null], nullable: true },
    ])
    const { events } = await read(bytes, { htmlField: 'content', urlField: 'warc_url' })
    expect(events).toMatchObject([
      { document: { id: documentId('a.parquet', 0, 0), url: 'https://a.org/', raw: { contentType: 'text/html' } } },
      { document: { id: documentId('a.parquet', 0, 1), url: '', sub: 1 } },
    ])
    expect(events[0]?.kind === 'document' && events[0].document.raw?.body).toEqual(new Uint8Array(page))
  })

  it('goes to quarantine when it has no text, or a field of another type', async () => {
    const bytes = write([
      { name: 'text', data: ['a', null, 'c'], nullable: true },
      { name: 'url', data: [1, 2, 3], type: 'INT32' },
    ])
    const { events } = await read(bytes, { urlField: 'link' })
    expect(gist(events)).toEqual(['a', 'text-missing', 'c'])
    expect(events[1]).toMatchObject({
      offset: 0,
      length: bytes.length,
      message: expect.stringMatching(/^a\.parquet at 0, row 1: expected/),
    })
    expect(events[1]?.kind === 'quarantine' && JSON.parse(Buffer.from(events[1].bytes).toString())).toEqual({
      text: null,
      url: 2,
    })
    expect(gist((await read(bytes)).events)).toEqual(['field-type', 'text-missing', 'field-type'])
  })
})

describe('row groups', () => {
  const texts = Array.from({ length: 95 }, (_, i) => `text ${i} ${'word '.repeat(i % 7)}`)
  const bytes = write([{ name: 'text', data: texts }], 10)

  it('are read once each, wherever the file is cut', async () => {
    const whole = await read(bytes)
    expect(gist(whole.events)).toEqual(texts)
    for (const rangeSize of [97, 555, 4000]) {
      const events: ReadEvent[] = []
      let expected = 0
      for (const range of rangesOf(memoryFile('a', bytes), rangeSize)) {
        const part = await read(bytes, {}, range)
        events.push(...part.events)
        // As the runner checks it: a range begins where the one before it stopped, or owns nothing.
        if (expected >= range.end) expect(part.extent.first).toBe(part.extent.stopped)
        else {
          expect(part.extent.first).toBe(expected)
          expected = part.extent.stopped
        }
      }
      expect(expected).toBe(bytes.length)
      expect(events, `range size ${rangeSize}`).toEqual(whole.events)
    }
  })

  it('that are damaged go to quarantine, the others are read', async () => {
    const { events: whole } = await read(bytes)
    const third = whole[20]
    if (third?.kind !== 'document') throw new Error('no document')
    const broken = bytes.slice()
    broken.fill(0xff, third.document.offset, third.document.offset + 12) // the header of its first page
    const { events } = await read(broken)
    expect(gist(events)).toEqual([...texts.slice(0, 20), 'parquet-group', ...texts.slice(30)])
    expect(events[20]).toMatchObject({ offset: third.document.offset, length: third.document.length })
  })

  it('that unpack to too much go to quarantine', async () => {
    const { events } = await read(bytes, { groupSizeMax: 100 })
    expect(new Set(gist(events))).toEqual(new Set(['group-size']))
    expect(events).toHaveLength(10)
  })
})

describe('a file', () => {
  it('of our own comes back', async () => {
    const pieces: Uint8Array[] = []
    const encoder = documentEncoder((piece) => pieces.push(piece), await loadZstd())
    encoder.add(PLAIN)
    encoder.finish()
    const { events } = await read(Buffer.concat(pieces))
    expect(events).toMatchObject([
      {
        document: { id: PLAIN.id, text: PLAIN.text, url: PLAIN.url, metadata: { ...PLAIN.metadata, file: PLAIN.file } },
      },
    ])
  })

  it('that is none goes to quarantine whole, once', async () => {
    for (const content of ['', 'PAR1', 'PAR1 no PAR1', 'x'.repeat(1000)]) {
      const bytes = Buffer.from(content)
      const { events, extent } = await read(bytes)
      expect(events).toMatchObject([{ code: 'parquet-footer', offset: 0, length: bytes.length }])
      expect(extent).toEqual({ first: 0, stopped: bytes.length })
      const second = await read(bytes, {}, { start: 10, end: 20, exact: false })
      expect(second).toEqual({ events: [], extent: { first: bytes.length, stopped: bytes.length } })
    }
  })

  it('without a column of text is refused with the names of those it has', async () => {
    const bytes = write([{ name: 'body', data: ['a'] }])
    await expect(read(bytes)).rejects.toThrow(new ShardError('a.parquet: expected a column text or html, got body'))
  })
})
