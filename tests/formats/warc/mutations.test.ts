/**
 * Hostile files from seeds, in every form: whatever is cut, flipped, spliced or repeated, reading ends, every byte is in a
 * record or in damage, and the ranges of a file give what the whole gives.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { compress } from '@bokuweb/zstd-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadZstd } from '../../../src/io/zstd.js'
import readWarc from '../../../stages/read-warc.js'
import { root } from '../../support/cli.js'
import { Random } from '../../support/random.js'
import {
  arcFile,
  arcRecord,
  httpBlock,
  memoryFile,
  pageRecord,
  perRecordGzip,
  readInRanges,
  warcRecord,
} from '../../support/warc.js'
import { coverageFault, fingerprints, readFile } from '../../support/warc-events.js'
import { compressedWith, dictionary, skippable, storedFrame } from '../../support/zstd.js'

/** Files for each form. */
const CASES = 240
const SIZE_MAX = 200_000

beforeAll(async () => {
  await loadZstd()
})

function words(random: Random): string {
  return Array.from({ length: 20 + random.below(120) }, () => `word${random.below(60)}`).join(' ')
}

/** The records of the archive that ships with the package, each unpacked. */
const sample: Buffer[] = []

beforeAll(async () => {
  const packed = readFileSync(join(root, 'samples/crawl-01.warc.gz'))
  for (const { offset, length } of (await readFile(packed)).events)
    sample.push(gunzipSync(packed.subarray(offset, offset + length)))
})

/** Some of the sample's records, or pages as crawls have them: packed or not, some with an archive in the body. */
function records(random: Random): Buffer[] {
  if (random.below(2) === 0) return Array.from({ length: 3 + random.below(3) }, () => random.pick(sample))
  return Array.from({ length: 3 + random.below(4) }, (_, i) => {
    const html = `<html><body>${words(random)}</body></html>`
    const url = `https://site${i}.example/`
    const nested = () => perRecordGzip([pageRecord(`${url}inner`, html)], random.pick([0, 6]))
    switch (random.below(8)) {
      case 0:
        return warcRecord({ url, block: httpBlock(nested(), { 'Content-Type': 'application/warc' }) })
      case 1:
        return warcRecord({ url, block: pageRecord(`${url}inner`, html) })
      case 2:
        return pageRecord(url, gzipSync(html), { 'Content-Encoding': 'gzip' })
      case 3:
        return pageRecord(url, brotliCompressSync(html), { 'Content-Encoding': 'br' })
      case 4:
        return pageRecord(url, compress(Buffer.from(html)), { 'Content-Encoding': 'zstd' })
      case 5:
        return pageRecord(url, `${html.length.toString(16)}\r\n${html}\r\n0\r\n\r\n`, {
          'Transfer-Encoding': 'chunked',
        })
      default:
        return pageRecord(url, html)
    }
  })
}

function arcRecords(random: Random): Buffer[] {
  return Array.from({ length: 3 + random.below(4) }, (_, i) =>
    arcRecord(`http://site${i}.example/a page`, httpBlock(`<html><body>${words(random)}</body></html>`)),
  )
}

const frames = (list: readonly Buffer[]) => list.map((record) => compress(record, 3))

const FORMS: Record<string, (random: Random) => Buffer | Promise<Buffer>> = {
  plain: (random) => Buffer.concat(records(random)),
  'gzip per record': (random) => perRecordGzip(records(random), random.pick([0, 6])),
  'gzip over the whole': (random) => gzipSync(Buffer.concat(records(random)), { level: random.pick([0, 6]) }),
  'gzip of both kinds, and plain': (random) =>
    Buffer.concat([gzipSync(Buffer.concat(records(random))), perRecordGzip(records(random)), ...records(random)]),
  'zstd per record': (random) => Buffer.concat(frames(records(random))),
  'zstd per record, stored': (random) => Buffer.concat(records(random).map((record) => storedFrame(record, 400))),
  'zstd with a dictionary': async (random) => {
    const packed = await Promise.all(records(random).map((record) => compressedWith(dictionary, record)))
    return Buffer.concat([skippable(13, random.below(2) ? dictionary : compress(dictionary)), ...packed])
  },
  'zstd over the whole': (random) => Buffer.from(compress(Buffer.concat(records(random)))),
  ARC: (random) => arcFile(arcRecords(random)),
  'ARC, gzip per record': (random) => perRecordGzip([arcFile([]), ...arcRecords(random)]),
}

function mutated(random: Random, bytes: Buffer): Buffer {
  let out = Buffer.from(bytes)
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(Math.max(out.length, 1))
    const to = Math.min(out.length, at + random.below(400))
    switch (random.below(6)) {
      case 0: // one bit
        if (at < out.length) out[at] = (out[at] as number) ^ (1 << random.below(8)) // the offset lies in the buffer
        break
      case 1:
        out = out.subarray(0, Math.max(at, 1))
        break
      case 2: // a piece taken out
        out = Buffer.concat([out.subarray(0, at), out.subarray(to)])
        break
      case 3: // a piece repeated elsewhere
        out = Buffer.concat([out.subarray(0, at), out.subarray(random.below(at + 1), to), out.subarray(at)])
        break
      case 4: // noise put in
        out = Buffer.concat([out.subarray(0, at), random.bytes(random.below(60)), out.subarray(at)])
        break
      default: // bytes that mean something to the reader
        out = Buffer.concat([out.subarray(0, at), random.pick(LURES), out.subarray(at)])
    }
  }
  return out
}

const LURES = [
  Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
  Buffer.from([0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 3, 0xff, 0xff]),
  Buffer.from('WARC/1.0\r\n'),
  Buffer.from('WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999\r\n\r\n'),
  Buffer.from('warc/1.1\nContent-Length: 0\n\n\n\n'),
  Buffer.from('WARC/1.0\r\nWARC-Segment-Number: 1\r\nWARC-Record-ID: <a:b>\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n'),
  Buffer.from('\r\n\r\n'),
  Buffer.from('\nhttp://lure.example/ 1.2.3.4 20010101000000 text/html 12\nHTTP/1.0 200\n'),
  Buffer.from('\nfiledesc://lure 0.0.0.0 20010101000000 text/plain 99999999\n'),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x40, 0x21, 0, 0]),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x88, 0xfb, 0xff, 3, 0]),
  skippable(13, Buffer.from('not much of a dictionary')),
  skippable(0, Buffer.alloc(0)).fill(0xff, 4, 8),
  gzipSync(''),
  gzipSync('WARC/1.0\r\n'),
  gzipSync('WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nWARC/1.0\r\n'),
]

/** What becomes of each record in a run: documents, and records passed over or set aside, by name. */
async function outcomes(bytes: Buffer, rangeSize: number | null): Promise<string[]> {
  const options = { rangeSize: 4096, recordSizeMax: SIZE_MAX, plainText: false }
  const { events } = await readInRanges(
    (file, range) => readWarc.read.read(options, file, range),
    memoryFile(bytes),
    rangeSize,
  )
  return events.map((event) => (event.kind === 'document' ? event.document.id : event.kind)).sort()
}

describe('mutated files', () => {
  for (const [name, make] of Object.entries(FORMS)) {
    it(`${name}: every byte is in one event, whatever the ranges`, async () => {
      let sound = 0
      for (let seed = 0; seed < CASES; seed++) {
        const random = new Random(seed)
        const bytes = mutated(random, await make(random))
        const whole = await readFile(bytes, null, SIZE_MAX)
        expect(coverageFault(whole.events, bytes.length), `seed ${seed}`).toBeNull()
        sound += whole.events.filter((event) => event.kind === 'record').length
        const rangeSize = random.pick([173, 977, 2048])
        const ranges = await readFile(bytes, rangeSize, SIZE_MAX)
        expect(fingerprints(ranges.events), `seed ${seed}, range size ${rangeSize}`).toEqual(fingerprints(whole.events))
        if (seed % 8 === 0)
          expect(await outcomes(bytes, rangeSize), `seed ${seed}`).toEqual(await outcomes(bytes, null))
      }
      expect(sound).toBeGreaterThan(CASES / 10) // what the damage does not touch is still read
    })
  }
})
