import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../src/document/identity.js'
import { loadZstd } from '../../src/io/zstd.js'
import type { Range, ReadEvent, ReadExtent } from '../../src/stage/stage.js'
import readJsonl from '../../stages/read-jsonl.js'
import { drain, memoryFile, rangesOf } from '../support/memory-file.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'
import { frameOf, skippable, storedFrame } from '../support/zstd.js'

type Options = Parameters<typeof readJsonl.read.read>[0]

const DEFAULTS = Object.fromEntries(Object.entries(readJsonl.options).map(([name, o]) => [name, o.default])) as Options

function read(
  content: Uint8Array | string,
  options: Partial<Options> = {},
  name = 'a.jsonl',
  range?: Range,
): Promise<{ events: ReadEvent[]; extent: ReadExtent }> {
  const file = memoryFile(name, content)
  const whole = { start: 0, end: file.sizeBytes, exact: true }
  return drain(readJsonl.read.read({ ...DEFAULTS, ...options }, file, range ?? whole))
}

/** One word an event: the text, the reason or the code. */
const gist = (events: readonly ReadEvent[]) =>
  events.map((e) => (e.kind === 'document' ? `text ${e.document.text}` : e.kind === 'skipped' ? e.reason : e.code))

const line = (text: string) => `${JSON.stringify({ text })}\n`

describe('a line', () => {
  it('becomes a document', async () => {
    const content =
      '{"id":"x7","url":"https://e.org/","text":"Hello.","date":"2024-01-02","language":"en","title":"T","metadata":{"n":1,"title":"no"}}\n'
    const { events } = await read(content)
    expect(events).toEqual([
      {
        kind: 'document',
        document: {
          id: 'x7',
          url: 'https://e.org/',
          text: 'Hello.',
          date: '2024-01-02',
          language: 'en',
          file: 'a.jsonl',
          offset: 0,
          length: content.length - 1,
          sub: 0,
          metadata: { title: 'T', n: 1 },
          raw: null,
        },
      },
    ])
  })

  it('gets an id from its place when it has none', async () => {
    const { events } = await read(`${line('é')}${line('b')}`)
    const places = events.map((e) => e.kind === 'document' && [e.document.id, e.document.offset, e.document.length])
    expect(places).toEqual([
      [documentId('a.jsonl', 0, 0), 0, 13],
      [documentId('a.jsonl', 14, 0), 14, 12],
    ])
  })

  it('may hold a page', async () => {
    const { events } = await read('{"html":"<p>é</p>","id":12}\n')
    expect(events[0]).toMatchObject({
      kind: 'document',
      document: {
        id: '12',
        text: '',
        raw: { body: '<p>é</p>', contentType: 'text/html; charset=utf-8' },
        metadata: {},
      },
    })
  })

  it('with text and a page is a text', async () => {
    const { events } = await read('{"html":"<p>","text":"t"}')
    expect(events[0]).toMatchObject({ document: { text: 't', raw: null, metadata: { html: '<p>' } } })
  })

  it('may use other names', async () => {
    const options = { textField: 'content', idField: 'key', metadataField: 'meta', languageField: 'lang' }
    const { events } = await read(
      '{"content":"c","key":"k","text":"other","meta":{"a":[1]},"lang":"de","id":5}',
      options,
    )
    expect(events[0]).toMatchObject({
      document: { id: 'k', text: 'c', language: 'de', metadata: { a: [1], id: 5, text: 'other' } },
    })
  })

  it('keeps hostile metadata keys as keys', async () => {
    const { events } = await read('{"text":"t","__proto__":{"polluted":1},"metadata":{"constructor":2}}')
    const [event] = events
    const metadata = event?.kind === 'document' ? event.document.metadata : {}
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', { polluted: 1 }],
      ['constructor', 2],
    ])
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
  })

  const deep = (depth: number) => `{"text":"t","a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  it.each([
    ['cut short', '{"text":"a"', 'json', /expected a JSON object: .* JSON/],
    ['too long by a brace', '{"text":"a"}}', 'json', /JSON/],
    ['an array', '[1]', 'json-object', /expected a JSON object, got an array/],
    ['a string', '"text"', 'json-object', /got a string/],
    ['null', 'null', 'json-object', /got null/],
    ['without text', '{"a":1}', 'text-missing', /expected a field text or html, got neither/],
    ['with null for text', '{"text":null}', 'text-missing', /neither/],
    ['with a number for text', '{"text":5}', 'field-type', /field text: expected a string, got number 5/],
    ['with a list for a URL', '{"text":"a","url":["u"]}', 'field-type', /field url: expected a string, got an array/],
    [
      'with a fraction for an id',
      '{"text":"a","id":1.5}',
      'field-type',
      /field id: expected a string or a whole number/,
    ],
    ['with an id beyond 2^53', '{"text":"a","id":9007199254740993}', 'field-type', /field id/],
    ['101 deep', deep(101), 'json-depth', /at most 100 deep/],
    ['200,000 deep', deep(200_000), 'json-depth', /at most 100 deep/],
  ])('goes to quarantine when it is no document: %s', async (_name, bad, code, message) => {
    const { events } = await read(`${line('before')}${bad}\n${line('after')}`)
    expect(gist(events)).toEqual(['text before', code, 'text after'])
    const [, event] = events
    expect(event).toMatchObject({ offset: 18, length: bad.length, message: expect.stringMatching(/^a\.jsonl at 18: /) })
    expect(event).toMatchObject({ message: expect.stringMatching(message) })
    expect(event?.kind === 'quarantine' && Buffer.from(event.bytes).toString()).toBe(bad.slice(0, 65536))
  })

  it('goes to quarantine when it is not UTF-8, which says where', async () => {
    const bad = Buffer.concat([Buffer.from('{"text":"é'), Buffer.from([0xe9, 0x74, 0x22, 0x7d, 10])])
    const { events } = await read(Buffer.concat([bad, Buffer.from(line('after'))]))
    expect(gist(events)).toEqual(['utf8', 'text after'])
    expect(events[0]).toMatchObject({ message: expect.stringContaining('e974227d') })
  })

  it('is skipped when it is blank, and may end in CR LF', async () => {
    const { events } = await read(`\n{"text":"a"}\r\n \t\r\n\n{"text":"b"}`)
    expect(gist(events)).toEqual(['blank', 'text a', 'blank', 'blank', 'text b'])
  })

  it('may follow a byte order mark', async () => {
    expect(gist((await read(`\ufeff${line('a')}\ufeff${line('b')}`)).events)).toEqual(['text a', 'json'])
  })

  it('is read up to its limit and not beyond', async () => {
    const long = 'x'.repeat(300_000)
    const sizeMax = Buffer.byteLength(line(long)) - 1
    const content = `${line('a')}${line(long)}${line(`${long}y`)}${line('b')}`
    const { events } = await read(content, { lineSizeMax: sizeMax })
    expect(gist(events)).toEqual(['text a', `text ${long}`, 'line-size', 'text b'])
    expect(events[2]).toMatchObject({ offset: 13 + sizeMax + 1, length: sizeMax + 1 })
    expect(events[2]?.kind === 'quarantine' && events[2].bytes.length).toBe(65_536)
  })
})

const MIXED = `${line('first é')}\n{"broken\n${line('😀 second')}  \n${line('x'.repeat(40))}${line('last').trimEnd()}`

describe('a plain file', () => {
  it.each(['', '\n', '\n\n'])('gives the same documents at every range size (ending %j)', async (ending) => {
    const content = MIXED + ending
    const whole = await read(content)
    expect(gist(whole.events)).toEqual([
      'text first é',
      'blank',
      'json',
      'text 😀 second',
      'blank',
      `text ${'x'.repeat(40)}`,
      'text last',
      ...(ending === '\n\n' ? ['blank'] : []),
    ])
    const size = Buffer.byteLength(content)
    for (let rangeSize = 1; rangeSize <= size; rangeSize++) {
      const events: ReadEvent[] = []
      let expected = 0
      for (const range of rangesOf(memoryFile('a', content), rangeSize)) {
        const part = await read(content, {}, 'a.jsonl', range)
        expect(part.extent.first, `range size ${rangeSize} at ${range.start}`).toBe(expected)
        expect(part.extent.stopped).toBeGreaterThanOrEqual(range.end)
        if (part.events.length === 0) expect(part.extent.stopped).toBe(part.extent.first)
        expected = part.extent.stopped
        events.push(...part.events)
      }
      expect(expected).toBe(size)
      expect(events, `range size ${rangeSize}`).toEqual(whole.events)
    }
  })

  it('can be read on from a known line start', async () => {
    const start = Buffer.byteLength(MIXED.slice(0, MIXED.indexOf('{"text":"😀')))
    const size = Buffer.byteLength(MIXED)
    const { events, extent } = await read(MIXED, {}, 'a.jsonl', { start, end: start + 1, exact: true })
    expect(gist(events)).toEqual(['text 😀 second'])
    expect(extent).toEqual({ first: start, stopped: start + Buffer.byteLength('{"text":"😀 second"}\n') })
    expect((await read(MIXED, {}, 'a.jsonl', { start: size - 3, end: size, exact: false })).extent).toEqual({
      first: size,
      stopped: size,
    })
  })

  it('is nothing when it is empty', async () => {
    expect(await read('')).toEqual({ events: [], extent: { first: 0, stopped: 0 } })
  })

  it.each([1, 2, 3])('of random lines gives the same at random range sizes (seed %i)', async (seed) => {
    const random = new Random(seed)
    const piece = () =>
      random.pick([
        () => line(randomText(random, 30)),
        () => '\n',
        () => Buffer.from(random.bytes(random.below(20))).toString('latin1'),
        () => line('y'.repeat(random.below(2_000))),
      ])()
    const content = Array.from({ length: 60 }, piece).join('')
    const whole = await read(content, { lineSizeMax: 1_500 })
    for (let round = 0; round < 8; round++) {
      const events: ReadEvent[] = []
      for (const range of rangesOf(memoryFile('a', content), 1 + random.below(3_000))) {
        events.push(...(await read(content, { lineSizeMax: 1_500 }, 'a.jsonl', range)).events)
      }
      expect(events).toEqual(whole.events)
    }
  })

  it('is cut at the range size; a compressed one is not', () => {
    const rangeSize = (name: string, head: Uint8Array) =>
      readJsonl.read.rangeSize({ ...DEFAULTS, rangeSize: 100 }, memoryFile(name, head), head)
    expect(rangeSize('a.jsonl', Buffer.from('{}'))).toBe(100)
    expect(rangeSize('a.jsonl', gzipSync('{}'))).toBeNull()
    expect(rangeSize('a.jsonl.gz', Buffer.from('{}'))).toBeNull()
  })
})

describe('a gzip file', () => {
  const lines = Array.from({ length: 400 }, (_, i) => line(`line ${i} ${'word '.repeat(i % 9)}`))
  const content = lines.join('')

  it('gives the documents of its decompressed stream, offsets included', async () => {
    const plain = await read(content, {}, 'a.jsonl.gz.')
    const zipped = gzipSync(content)
    const { events, extent } = await read(zipped, {}, 'a.jsonl.gz.')
    expect(events).toEqual(plain.events)
    expect(events).toHaveLength(400)
    expect(extent).toEqual({ first: 0, stopped: zipped.length })
  })

  it('may have many members, cut anywhere, and zeros behind', async () => {
    const bytes = Buffer.from(content)
    const members = [bytes.subarray(0, 5), bytes.subarray(5, 5), bytes.subarray(5, 9_999), bytes.subarray(9_999)]
    const zipped = Buffer.concat([...members.map((m) => gzipSync(m)), Buffer.alloc(512)])
    expect((await read(zipped, {}, 'a.gz')).events).toEqual(
      (await read(content, {}, 'a.gz.')).events.map(renamed('a.gz')),
    )
  })

  it('keeps what can be read when it is cut short, at every byte', async () => {
    const text = lines.slice(0, 40).join('')
    const zipped = gzipSync(text, { level: 1 })
    let most = 0
    for (let size = 2; size < zipped.length; size++) {
      const { events, extent } = await read(zipped.subarray(0, size), {}, 'a.gz')
      const documents = gist(events.slice(0, -1))
      expect(documents).toEqual(lines.slice(0, documents.length).map((l) => `text ${JSON.parse(l).text}`))
      const end = events.at(-1)
      const offset = Buffer.byteLength(lines.slice(0, documents.length).join(''))
      expect(end).toMatchObject({ kind: 'quarantine', code: 'gzip-truncated', offset })
      if (end?.kind === 'quarantine') {
        expect(text.slice(offset, offset + end.length)).toBe(Buffer.from(end.bytes).toString())
        expect(end.message).toContain(`of ${size}`)
      }
      expect(extent).toEqual({ first: 0, stopped: size })
      expect(documents.length).toBeGreaterThanOrEqual(most)
      most = documents.length
    }
    expect(most).toBe(40)
  })

  it('keeps what stands before damage', async () => {
    const first = gzipSync(content)
    const { events } = await read(Buffer.concat([first, Buffer.from('garbage')]), {}, 'a.gz')
    expect(events).toHaveLength(401)
    expect(events.at(-1)).toMatchObject({ kind: 'quarantine', code: 'gzip-corrupt', offset: content.length, length: 0 })
    const broken = gzipSync(content)
    broken.writeUInt32LE(0, broken.length - 8) // the checksum
    const checked = await read(broken, {}, 'a.gz')
    expect(gist(checked.events).at(-1)).toBe('gzip-corrupt')
  })

  it('says so when there is something behind the padding', async () => {
    const zipped = Buffer.concat([gzipSync(line('a')), Buffer.alloc(100_000), gzipSync(line('b'))])
    const { events } = await read(zipped, {}, 'a.gz')
    expect(gist(events)).toEqual(['text a', 'gzip-corrupt'])
    expect(events[1]).toMatchObject({
      message: expect.stringContaining(`byte ${gzipSync(line('a')).length + 100_000} of`),
    })
  })

  it('goes to quarantine whole when it is none', async () => {
    const { events, extent } = await read(content, {}, 'a.jsonl.gz')
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ kind: 'quarantine', code: 'not-gzip', offset: 0, length: content.length })
    expect(events[0]).toMatchObject({ message: 'a.jsonl.gz: expected gzip (1f8b…), got 7b227465' })
    expect(extent).toEqual({ first: 0, stopped: content.length })
  })

  it('is refused when it is empty', async () => {
    expect(gist((await read('', {}, 'a.jsonl.gz')).events)).toEqual(['not-gzip'])
  })

  it('is read in bounded memory when it is a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, 0x20))
    const { events } = await read(
      Buffer.concat([gzipSync(line('a')), bomb, gzipSync(`\n${line('b')}`)]),
      { lineSizeMax: 2 ** 20 },
      'a.gz',
    )
    expect(gist(events)).toEqual(['text a', 'line-size', 'text b'])
    expect(events[1]).toMatchObject({ length: 50 * 2 ** 20 })
  })
})

describe('a zstd file', () => {
  const lines = Array.from({ length: 4000 }, (_, i) => line(`line ${i} ${'word '.repeat(i % 9)}`))
  const content = Buffer.from(lines.join(''))

  it('gives the documents of its decompressed stream, offsets included, whatever its frames', async () => {
    const zstd = await loadZstd()
    const halves = [content.subarray(0, 70_001), content.subarray(70_001)]
    const files = [
      zstd.compress(content),
      Buffer.concat([skippable(5, Buffer.from('seek table')), ...halves.map((half) => zstd.compress(half))]),
      storedFrame(content),
    ]
    const plain = (await read(content, {}, 'a')).events.map(renamed('a.jsonl.zst'))
    for (const [i, bytes] of files.entries()) {
      const { events, extent } = await read(bytes, {}, 'a.jsonl.zst')
      expect(events, `file ${i}`).toEqual(plain)
      expect(extent).toEqual({ first: 0, stopped: bytes.length })
    }
    const large = line('x'.repeat(2 ** 21)) // than what is decoded whole
    const { events } = await read(storedFrame(Buffer.from(large + large)), {}, 'a.zst')
    expect(events).toMatchObject([{ document: { offset: 0 } }, { document: { offset: large.length } }])
    expect(gist(events).every((text) => text === `text ${'x'.repeat(2 ** 21)}`)).toBe(true)
  })

  it('keeps what can be read when it is cut short', async () => {
    const whole = storedFrame(content, 10_000)
    for (const size of [5, 7, 30, 10_008, 10_009, 150_000, whole.length - 1]) {
      const { events, extent } = await read(whole.subarray(0, size), {}, 'a.zst')
      const documents = gist(events.slice(0, -1))
      expect(documents).toEqual(lines.slice(0, documents.length).map((l) => `text ${JSON.parse(l).text}`))
      const offset = Buffer.byteLength(lines.slice(0, documents.length).join(''))
      expect(offset).toBeGreaterThan(size - 20_100)
      expect(events.at(-1)).toMatchObject({ kind: 'quarantine', code: 'zstd-truncated', offset })
      expect(extent).toEqual({ first: 0, stopped: size })
    }
  })

  it('keeps what stands before damage, and sees a wrong checksum', async () => {
    const first = (await loadZstd()).compress(content)
    const { events } = await read(Buffer.concat([first, Buffer.from('garbage')]), {}, 'a.zst')
    expect(events).toHaveLength(4001)
    expect(events.at(-1)).toMatchObject({ kind: 'quarantine', code: 'zstd-corrupt', offset: content.length, length: 0 })
    // A single segment with a checksum, one raw block: XXH64 of it is not 0.
    const text = Buffer.from(line('a'))
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, text.length, (text.length << 3) | 1, 0, 0])
    const checked = await read(Buffer.concat([head, text, Buffer.alloc(4)]), {}, 'a.zst')
    expect(gist(checked.events)).toEqual(['text a', 'zstd-corrupt'])
    const named = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 77, 1, 9, 0, 0])
    expect(gist((await read(named, {}, 'a.zst')).events)).toEqual(['zstd-dictionary'])
  })

  it('goes to quarantine whole when it is none', async () => {
    const { events } = await read(content, {}, 'a.jsonl.zst')
    expect(events).toMatchObject([{ code: 'not-zstd', length: content.length }])
    expect(events[0]).toMatchObject({ message: 'a.jsonl.zst: expected zstd (28b52ffd…), got 7b227465' })
  })

  it('stops with its reason when it is a bomb, in bounded memory', async () => {
    const repeated = { type: 'repeated' as const, content: Buffer.from(' '), count: 128 * 1024 }
    const bomb = frameOf([{ type: 'raw', content: Buffer.from(line('a')) }, ...Array(20_000).fill(repeated)])
    const before = process.memoryUsage().rss
    const { events } = await read(bomb, { lineSizeMax: 2 ** 20 }, 'a.zst')
    expect(gist(events)).toEqual(['text a', 'compression-ratio'])
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
  })
})

function renamed(file: string): (event: ReadEvent) => ReadEvent {
  return (event) =>
    event.kind === 'document'
      ? { ...event, document: { ...event.document, file, id: documentId(file, event.document.offset, 0) } }
      : event
}
