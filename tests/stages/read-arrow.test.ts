import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../src/document/identity.js'
import { ShardError } from '../../src/errors/errors.js'
import { documentWriter } from '../../src/formats/arrow/documents.js'
import { loadZstd } from '../../src/io/zstd.js'
import type { ReadEvent } from '../../src/stage/stage.js'
import readArrow from '../../stages/read-arrow.js'
import { ODD, randomDocuments } from '../support/documents.js'
import { drain, memoryFile } from '../support/memory-file.js'
import { Random } from '../support/random.js'

type Options = Parameters<typeof readArrow.read.read>[0]

const DEFAULTS = Object.fromEntries(Object.entries(readArrow.options).map(([name, o]) => [name, o.default])) as Options

function read(content: Uint8Array, options: Partial<Options> = {}) {
  const file = memoryFile('a.arrow', content)
  return drain(readArrow.read.read({ ...DEFAULTS, ...options }, file, { start: 0, end: file.sizeBytes, exact: true }))
}

const gist = (events: readonly ReadEvent[]) =>
  events.map((e) => (e.kind === 'document' ? e.document.text : e.kind === 'skipped' ? e.reason : e.code))

/** A stream of pyarrow 26.0.1 with LZ4 buffers: six rows of one column, `text`. */
const LZ4_STREAM = Buffer.from(
  [
    '/////3AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAA',
    'AAAAAAEFEAAAABwAAAAEAAAAAAAAAAQAAAB0ZXh0AAAAAAQABAAEAAAA/////6gAAAAUAAAAAAAAAAwAGAAGAAUACAAMAAwAAAAAAwQA',
    'HAAAAHAAAAAAAAAAAAAAAAwAHAAQAAQACAAMAAwAAABYAAAAHAAAABQAAAAGAAAAAAAAAAAAAAAEAAQABAAAAAMAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAzAAAAAAAAADgAAAAAAAAAMwAAAAAAAAAAAAAAAQAAAAYAAAAAAAAAAAAAAAAAAAAcAAAAAAAAAAQiTRhgQIIc',
    'AACAAAAAAFAAAABTAAAAowAAAKYAAAD2AAAA+QAAAAAAAAAAAAAAAPkAAAAAAAAABCJNGGBAghwAAABPb25lIAQAOT90d29PADkATAAP',
    'UwA+UGUgdHdvAAAAAAAAAAAA/////wAAAAA=',
  ].join(''),
  'base64',
)

async function ownShard(documents: typeof ODD): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const writer = documentWriter((piece) => pieces.push(piece), await loadZstd())
  for (const document of documents) writer.add(document)
  writer.finish()
  return Buffer.concat(pieces)
}

describe('a row', () => {
  const table = tableFromArrays({
    key: ['k1', 'k2', null],
    text: ['Grüße 😀', 'two', null],
    n: BigInt64Array.of(1n, 2n ** 60n, 3n),
    score: Float64Array.of(0.5, Number.NaN, 1),
  })

  it.each(['file', 'stream'] as const)('of a %s becomes a document, other columns its metadata', async (form) => {
    const bytes = tableToIPC(table, form)
    const { events, extent } = await read(bytes, { idField: 'key' })
    expect(gist(events)).toEqual(['Grüße 😀', 'two', 'text-missing'])
    expect(events).toMatchObject([
      { document: { id: 'k1', sub: 0, metadata: { n: 1, score: 0.5 } } },
      { document: { id: 'k2', sub: 1, metadata: { n: '1152921504606846976', score: null } } },
      { message: expect.stringMatching(/^a\.arrow at \d+, row 2: expected a field text/) },
    ])
    expect(extent).toEqual({ first: 0, stopped: bytes.length })
    const { events: others } = await read(bytes, { textField: 'key', idField: 'none' })
    const [first] = others
    if (first?.kind !== 'document') throw new Error('no document')
    expect(first.document.id).toBe(documentId('a.arrow', first.document.offset, 0))
    expect(first.document.metadata).toMatchObject({ text: 'Grüße 😀' })
  })
})

describe('a file', () => {
  it('of our own comes back, from every batch', async () => {
    const documents = [...ODD, ...randomDocuments(1, 600)]
    const { events } = await read(await ownShard(documents))
    expect(events.map((e) => e.kind === 'document' && [e.document.id, e.document.text, e.document.url])).toEqual(
      documents.map(({ id, text, url }) => [
        id === '' ? expect.any(String) : id,
        Buffer.from(text).toString(),
        Buffer.from(url).toString(),
      ]),
    )
    expect(events[0]).toMatchObject({ document: { metadata: { title: 'T', file: 'crawl/a.warc.gz', length: 1234 } } })
  })

  it('may be packed with LZ4', async () => {
    const { events } = await read(LZ4_STREAM)
    expect(gist(events)).toEqual(Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? 'one '.repeat(20) : 'two')))
  })

  it('gives what stands before its end where it is cut off', async () => {
    const whole = tableToIPC(tableFromArrays({ text: ['a', 'b'] }), 'stream')
    const two = Buffer.concat([whole.subarray(0, whole.length - 8), LZ4_STREAM.subarray(120)])
    expect(gist((await read(two.subarray(0, two.length - 20))).events)).toEqual(['a', 'b', 'arrow-truncated'])
    const own = await ownShard(ODD)
    const { events } = await read(own.subarray(0, own.length - 30)) // without its footer
    expect(events.filter(({ kind }) => kind === 'document')).toHaveLength(ODD.length)
  })

  it('that is none goes to quarantine whole', async () => {
    for (const content of ['', 'ARROW1', 'x'.repeat(500)]) {
      const { events } = await read(Buffer.from(content))
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({ kind: 'quarantine', offset: 0, length: content.length })
    }
  })

  it('without a column of text is refused with the names of those it has', async () => {
    const bytes = tableToIPC(tableFromArrays({ body: ['a'] }), 'file')
    await expect(read(bytes)).rejects.toThrow(new ShardError('a.arrow: expected a column text or html, got body'))
  })

  it('with any byte changed makes rows, or names what is damaged', async () => {
    const own = await ownShard(randomDocuments(2, 20))
    let damaged = 0
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed)
      const broken = Buffer.from(random.pick([own, LZ4_STREAM]))
      for (let i = 0; i < 3; i++) broken[random.below(broken.length)] = random.below(256)
      try {
        const { events } = await read(broken)
        if (events.some(({ kind }) => kind === 'quarantine')) damaged++
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(ShardError)
      }
    }
    expect(damaged).toBeGreaterThan(30)
  })
})
