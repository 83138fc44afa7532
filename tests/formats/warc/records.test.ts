/** Single records and members: what is tolerated, what is damage and under which code. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isPackedWhole, readRecords, type WarcEvent } from '../../../src/formats/warc/reader.js'
import { drain, memoryFile, perRecordGzip, warcRecord } from '../../support/warc.js'
import { coverageFault, fingerprints, outline, readFile } from '../../support/warc-events.js'

const MiB = 1024 * 1024
const good = warcRecord({ type: 'response', url: 'https://a.example/', block: 'hello' })

async function outlineOf(bytes: Uint8Array, recordSizeMax?: number): Promise<string[]> {
  return outline((await readFile(bytes, null, recordSizeMax)).events)
}

async function only(bytes: Uint8Array): Promise<Extract<WarcEvent, { kind: 'record' }>> {
  const { events } = await readFile(bytes)
  const [event] = events
  if (events.length !== 1 || event?.kind !== 'record') throw new Error(`expected one record, got ${outline(events)}`)
  return event
}

describe('record headers', () => {
  it('may be written in many ways', async () => {
    for (const eol of ['\r\n', '\n', '\r\r\n']) {
      const record = await only(warcRecord({ block: 'hello', eol, url: 'https://a.example/', version: '0.18' }))
      expect(record.block.toString()).toBe('hello')
      expect(record.version).toBe('0.18')
      expect(record.fields.get('warc-target-uri')).toBe('https://a.example/')
    }
    const odd = await only(
      Buffer.from('warc/1.1\r\nwarc-TYPE:\tResponse \r\ncontent-length:5\r\nX:a\r\n\tb\r\nnoise\r\n\r\nhello\r\n\r\n'),
    )
    expect([odd.version, odd.type, odd.fields.get('x'), odd.block.toString()]).toEqual([
      '1.1',
      'response',
      'a b',
      'hello',
    ])
  })

  it('are UTF-8 where they can be, else Latin-1', async () => {
    const record = (url: Buffer) =>
      Buffer.concat([
        Buffer.from('WARC/1.0\r\nContent-Length: 0\r\nWARC-Target-URI: '),
        url,
        Buffer.from('\r\n\r\n\r\n\r\n'),
      ])
    expect((await only(record(Buffer.from('http://ü.example/')))).fields.get('warc-target-uri')).toBe(
      'http://ü.example/',
    )
    expect((await only(record(Buffer.from('http://ü.example/', 'latin1')))).fields.get('warc-target-uri')).toBe(
      'http://ü.example/',
    )
  })

  it('without a sound length or end are damage', async () => {
    for (const length of ['', '-1', '1e3', '5x', '9'.repeat(20)]) {
      const bytes = Buffer.from(`WARC/1.0\r\nContent-Length: ${length}\r\n\r\nhello\r\n\r\n`)
      expect(await outlineOf(bytes), length).toEqual([`0+${bytes.length} record-length`])
    }
    expect(await outlineOf(Buffer.from('WARC/1.0\r\nContent-Length: 5\r\n'))).toEqual(['0+29 record-truncated'])
    expect(await outlineOf(Buffer.from('WARC/one\r\nContent-Length: 5\r\n\r\nhello'))).toEqual(['0+36 not-gzip'])
    const endless = Buffer.concat([Buffer.from('WARC/1.0\r\nContent-Length: 5\r\nX: '), Buffer.alloc(400_000, 'x')])
    expect(await outlineOf(endless)).toEqual([`0+${endless.length} record-header`])
  })

  it('of many folded lines take time in proportion', async () => {
    const folded = `WARC/1.0\r\nContent-Length: 5\r\nX: a\r\n${' b\r\n'.repeat(60_000)}\r\nhello\r\n\r\n`
    expect((await only(Buffer.from(folded))).fields.get('x')?.length).toBe(120_001)
  })
})

describe('what stands behind a block', () => {
  it('may be two line breaks, more, fewer before the next record, or the end', async () => {
    for (const after of ['\r\n\r\n', '\n\n', '\r\n\r\n\r\n\n', '\r\n', '']) {
      const first = warcRecord({ block: 'hello', after })
      const bytes = Buffer.concat([first, good])
      expect(await outlineOf(bytes), JSON.stringify(after)).toEqual([
        `0+${first.length} response`,
        `${first.length}+${good.length} response`,
      ])
    }
    expect((await only(warcRecord({ block: 'hello', after: '' }))).block.toString()).toBe('hello')
  })

  it('else the length lies', async () => {
    const short = warcRecord({ block: 'hello', length: 3 })
    expect(await outlineOf(Buffer.concat([short, good]))).toEqual([
      `0+${short.length} record-length`,
      `${short.length}+${good.length} response`,
    ])
    const big = warcRecord({ block: 'x'.repeat(3 * MiB), length: 3 * MiB - 10 })
    expect((await outlineOf(Buffer.concat([big, good])))[0]).toBe(`0+${big.length} record-length`)
  })
})

describe('gzip members', () => {
  /** A member with every optional part of the header (RFC 1952 section 2.3). */
  function fullMember(bytes: Buffer): Buffer {
    const extra = Buffer.from([0x73, 0x6c, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]) // the `sl` field: sizes of member and record
    const head = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, extra.length, 0]),
      extra,
      Buffer.from('name.warc\0a comment\0'),
    ])
    const trailer = Buffer.alloc(8)
    trailer.writeUInt32LE(crc32(bytes), 0)
    trailer.writeUInt32LE(bytes.length, 4)
    return Buffer.concat([head, Buffer.from([0, 0]), deflateRawSync(bytes), trailer])
  }

  it('may have extra field, name, comment and header checksum', async () => {
    const bytes = Buffer.concat([fullMember(good), fullMember(good)])
    const half = bytes.length / 2
    expect(await outlineOf(bytes)).toEqual([`0+${half} response`, `${half}+${half} response`])
    const { extent } = await drain(
      readRecords(memoryFile(bytes), { start: 1, end: bytes.length, exact: false }, { recordSizeMax: MiB }),
    )
    expect(extent).toEqual({ first: half, stopped: bytes.length })
  })

  it('that hold no record are one piece, up to the next that does', async () => {
    const bytes = Buffer.concat([gzipSync('text'), gzipSync(''), gzipSync(good)])
    const first = gzipSync('text').length + gzipSync('').length
    expect(await outlineOf(bytes)).toEqual([`0+${first} not-warc`, `${first}+${bytes.length - first} response`])
  })

  it('with a wrong size in the trailer are damage', async () => {
    const bytes = gzipSync(good)
    bytes.writeUInt32LE(good.length + 1, bytes.length - 4)
    expect(await outlineOf(bytes)).toEqual([`0+${bytes.length} gzip-crc`])
  })

  it('cut at every byte are one piece of damage', async () => {
    const bytes = gzipSync(good)
    for (let length = 2; length < bytes.length; length++) {
      const [event, ...more] = await outlineOf(bytes.subarray(0, length))
      expect(more).toEqual([])
      expect(event).toMatch(new RegExp(`^0\\+${length} (gzip-truncated|gzip-header)$`))
    }
  })

  it('say where the damage is, with its bytes', async () => {
    const bytes = Buffer.concat([gzipSync(good), Buffer.from('garbage!')])
    const { events } = await readFile(bytes)
    const [, damage] = events
    expect(damage).toMatchObject({
      message: `test.warc.gz:${bytes.length - 8}: expected a gzip member (1f 8b 08), got 67 61 72 62 61 67 65 21`,
      bytes: Buffer.from('garbage!'),
    })
  })
})

describe('records too large', () => {
  const big = warcRecord({ block: Buffer.alloc(3 * MiB, 'ab') })

  it('are passed over in plain files without being read', async () => {
    const bytes = Buffer.concat([good, big, good])
    const file = memoryFile(bytes)
    const { events } = await drain(readRecords(file, { start: 0, end: 200, exact: true }, { recordSizeMax: 1000 }))
    expect(outline(events)).toEqual([`0+${good.length} response`, `${good.length}+${big.length} record-too-large`])
    expect(file.bytesAsked).toBeLessThan(MiB)
  })

  it('and members that inflate too far (gzip bombs) are one piece each', async () => {
    const bomb = gzipSync(big)
    const bytes = Buffer.concat([gzipSync(good), bomb, gzipSync(good)])
    const first = gzipSync(good).length
    expect(await outlineOf(bytes, 100_000)).toEqual([
      `0+${first} response`,
      `${first}+${bomb.length} record-too-large`,
      `${first + bomb.length}+${first} response`,
    ])
    const text = gzipSync(Buffer.alloc(3 * MiB))
    expect(await outlineOf(text, 100_000)).toEqual([`0+${text.length} not-warc`])
  })

  it('give nothing of the archives that they hold', async () => {
    const inner = perRecordGzip(Array.from({ length: 3000 }, () => good))
    const outer = gzipSync(warcRecord({ block: inner }), { level: 0 })
    const bytes = Buffer.concat([outer, gzipSync(good)])
    expect(await outlineOf(bytes, 100_000)).toEqual([
      `0+${outer.length} record-too-large`,
      `${outer.length}+${gzipSync(good).length} response`,
    ])
  })

  it('cost only themselves in a gzip over many records', async () => {
    const bytes = gzipSync(Buffer.concat([good, big, good]))
    expect(await outlineOf(bytes, 1_000_000)).toEqual([
      `0+${bytes.length} response`,
      `0+${bytes.length}.1 record-too-large`,
      `0+${bytes.length}.2 response`,
    ])
  })
})

describe('large files', () => {
  // Noise does not shrink, so members are as large as their records: larger than a window, and across the edges of several.
  const noise = (length: number, seed: number) => {
    const bytes = Buffer.alloc(length)
    let state = seed
    for (let i = 0; i < length; i += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      bytes.writeUInt32LE(state, Math.min(i, length - 4))
    }
    return bytes
  }
  const records = [1_000_000, 5_000_000, 10, 3_300_000, 700_000, 64].map((length, i) =>
    warcRecord({ block: noise(length, i + 1) }),
  )
  const garbage = noise(2_500_000, 99)

  it('same events at every range size, across windows', async () => {
    const files = {
      gzip: Buffer.concat([perRecordGzip(records.slice(0, 3)), garbage, perRecordGzip(records.slice(3))]),
      plain: Buffer.concat([...records.slice(0, 3), garbage, ...records.slice(3)]),
      stream: gzipSync(Buffer.concat(records)),
    }
    for (const [name, bytes] of Object.entries(files)) {
      const whole = await readFile(bytes, null, 6 * MiB)
      expect(coverageFault(whole.events, bytes.length), name).toBeNull()
      expect(
        whole.events.filter((event) => event.kind === 'record'),
        name,
      ).toHaveLength(6)
      for (const rangeSize of [300_000, MiB, 4 * MiB]) {
        const ranges = await readFile(bytes, rangeSize, 6 * MiB)
        expect(fingerprints(ranges.events), `${name} by ${rangeSize}`).toEqual(fingerprints(whole.events))
      }
    }
  })
})

describe('isPackedWhole', () => {
  it('tells gzip over many records by the head', () => {
    const many = Buffer.concat([good, good, good])
    expect(isPackedWhole(gzipSync(many))).toBe(true)
    expect(isPackedWhole(gzipSync(many).subarray(0, 150))).toBe(true)
    expect(isPackedWhole(perRecordGzip([good, good]))).toBe(false)
    expect(isPackedWhole(many)).toBe(false)
    expect(isPackedWhole(Buffer.alloc(0))).toBe(false)
    expect(isPackedWhole(Buffer.from([0x1f, 0x8b, 8, 0]))).toBe(false)
  })
})
