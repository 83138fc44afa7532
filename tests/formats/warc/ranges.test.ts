/** A file cut anywhere gives the same events: sound, damaged, gzip over the whole, and archives inside archives. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { httpBlock, pageRecord, perRecordGzip, warcRecord } from '../../support/warc.js'
import { coverageFault, fingerprints, outline, readFile, word } from '../../support/warc-events.js'

const RANGE_SIZES = [1, 7, 100, 1000, 4096, 100_000]

function page(number: number, words = 60): Buffer {
  const text = Array.from({ length: words }, (_, i) => `word${(i * 7919 + number * 104_729) ** 2 % 9973}`).join(' ')
  return pageRecord(`https://site${number}.example/`, `<html><body><p>${text}</p></body></html>`)
}

const records = [
  warcRecord({ type: 'warcinfo', block: 'software: by hand\r\n' }),
  ...[1, 2, 3, 4, 5].map((n) => page(n)),
]
const gzip = perRecordGzip(records)
const plain = Buffer.concat(records)
const starts = records.map((_, i) => perRecordGzip(records.slice(0, i)).length)

function at(index: number): number {
  return starts[index] as number // the tests ask for records that are there
}

function cut(bytes: Buffer, from: number, to: number, put: Uint8Array | string = ''): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(to)])
}

function flipped(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[offset] = (copy[offset] as number) ^ 0x55 // the offset lies in the buffer
  return copy
}

/** An archive whose pages hold archives, stored, so that members and first lines stand inside records in the open. */
const nested = [1, 2, 3].flatMap((n) => [
  page(n),
  warcRecord({
    url: `https://site${n}.example/crawl.warc.gz`,
    block: httpBlock(gzip, { 'Content-Type': 'application/warc' }),
  }),
  warcRecord({
    url: `https://site${n}.example/crawl.warc`,
    block: httpBlock(plain, { 'Content-Type': 'application/warc' }),
  }),
])

const FILES: Record<string, Buffer> = {
  'gzip per record': gzip,
  plain,
  'gzip over the whole': gzipSync(plain),
  'two gzip files over many records, joined': Buffer.concat([gzipSync(plain), gzipSync(plain)]),
  'gzip, then plain': Buffer.concat([gzip, plain]),
  'plain, then gzip': Buffer.concat([plain, gzip]),
  'archives inside gzip members that store': perRecordGzip(nested, 0),
  'archives inside plain records': Buffer.concat(nested),
  'archives inside one stored member': gzipSync(Buffer.concat(nested), { level: 0 }),
  'garbage in front': cut(gzip, 0, 0, 'hello '),
  'garbage between members': cut(gzip, at(3), at(3), 'x'.repeat(500)),
  'garbage between plain records': cut(plain, page(1).length + 200, page(1).length + 200, 'y'.repeat(500)),
  'a member flipped': flipped(gzip, at(2) + 40),
  'a checksum flipped': flipped(gzip, at(3) - 8),
  'a member header flipped': flipped(gzip, at(2) + 2),
  'a member cut out of its middle': cut(gzip, at(2) + 50, at(2) + 90),
  'cut at the end': gzip.subarray(0, gzip.length - 30),
  'plain cut at the end': plain.subarray(0, plain.length - 30),
  'a plain file cut, another joined': Buffer.concat([plain.subarray(0, 900), plain]),
  'whole-file gzip cut at the end': gzipSync(plain).subarray(0, -100),
  'whole-file gzip flipped, another joined': Buffer.concat([flipped(gzipSync(plain), 900), gzipSync(plain)]),
  'a stored archive in a member whose checksum is wrong': flipped(
    perRecordGzip(nested, 0),
    perRecordGzip(nested.slice(0, 2), 0).length - 8,
  ),
  'a stored archive in a member that is damaged early': flipped(
    perRecordGzip(nested, 0),
    perRecordGzip(nested.slice(0, 1), 0).length + 11,
  ),
  'a length that lies, plain': Buffer.concat([page(1), warcRecord({ block: 'abc', length: 700 }), page(2), page(3)]),
  'a length that lies, gzip': perRecordGzip([page(1), warcRecord({ block: 'abcdef', length: 3 }), page(2)]),
  'text by another name': Buffer.from('This is a text file.\n'.repeat(300)),
  'zeros behind': Buffer.concat([gzip, Buffer.alloc(512)]),
  'one byte': Buffer.from('W'),
  nothing: Buffer.alloc(0),
}

describe('ranges', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    it(`same events at every range size: ${name}`, async () => {
      const whole = await readFile(bytes)
      expect(coverageFault(whole.events, bytes.length)).toBeNull()
      const expected = fingerprints(whole.events)
      for (const rangeSize of RANGE_SIZES) {
        const ranges = await readFile(bytes, rangeSize)
        expect(fingerprints(ranges.events), `range size ${rangeSize}`).toEqual(expected)
        expect(ranges.stopped).toBe(bytes.length)
      }
    })
  }

  it('sound files need no second reading, whatever the cuts', async () => {
    for (const bytes of [gzip, plain])
      for (const rangeSize of RANGE_SIZES) expect((await readFile(bytes, rangeSize)).repaired, `${rangeSize}`).toBe(0)
  })

  it('archives inside archives do: cuts fall on records that only look like some', async () => {
    expect((await readFile(FILES['archives inside plain records'] as Buffer, 1000)).repaired).toBeGreaterThan(0)
  })
})

describe('what damage takes with it', () => {
  async function codes(name: string): Promise<string[]> {
    const { events } = await readFile(FILES[name] as Buffer)
    return events.map(word)
  }
  const five = ['response', 'response', 'response', 'response', 'response']

  it('garbage between members is one piece, and nothing else is lost', async () => {
    expect(await codes('garbage between members')).toEqual([
      'warcinfo',
      'response',
      'response',
      'not-gzip',
      ...five.slice(2),
    ])
    const { events } = await readFile(FILES['garbage between members'] as Buffer)
    expect(outline(events)[3]).toBe(`${at(3)}+500 not-gzip`)
  })

  it('a damaged member is lost alone', async () => {
    const others = ['response', 'response', 'response']
    expect(await codes('a member flipped')).toEqual([
      'warcinfo',
      'response',
      expect.stringMatching(/^gzip-(damaged|crc)$/),
      ...others,
    ])
    expect(await codes('a checksum flipped')).toEqual(['warcinfo', 'response', 'gzip-crc', ...others])
    expect(await codes('a member header flipped')).toEqual(['warcinfo', 'response', 'gzip-header', ...others])
    expect(await codes('cut at the end')).toEqual(['warcinfo', ...five.slice(1), 'gzip-truncated'])
    expect(await codes('plain cut at the end')).toEqual(['warcinfo', ...five.slice(1), 'record-truncated'])
  })

  it('of a damaged gzip over the whole file, the records before the damage are kept', async () => {
    const found = await codes('whole-file gzip cut at the end')
    expect(found.at(-1)).toBe('gzip-truncated')
    expect(found.slice(0, 3)).toEqual(['warcinfo', 'response', 'response'])
  })

  it('a length that lies costs that record', async () => {
    expect(await codes('a length that lies, plain')).toEqual(['response', 'record-length', 'response', 'response'])
    expect(await codes('a length that lies, gzip')).toEqual(['response', 'record-length', 'response'])
  })

  it('a file joined to one that was cut off is read from its first record', async () => {
    expect((await codes('a plain file cut, another joined')).slice(-6)).toEqual(['warcinfo', ...five])
  })

  it('archives inside archives stay inside', async () => {
    const nine = Array.from({ length: 9 }, () => 'response')
    expect(await codes('archives inside gzip members that store')).toEqual(nine)
    expect(await codes('archives inside plain records')).toEqual(nine)
    expect(await codes('archives inside one stored member')).toEqual(nine)
  })

  it('text under the name of an archive is one piece', async () => {
    const bytes = FILES['text by another name'] as Buffer
    const { events } = await readFile(bytes)
    expect(outline(events)).toEqual([`0+${bytes.length} not-gzip`])
    expect(await codes('nothing')).toEqual([])
  })
})
