/** Hostile files from seeds: whatever is cut, flipped or spliced, every byte is accounted for, the same in ranges. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Random } from '../../support/random.js'
import { httpBlock, pageRecord, perRecordGzip, warcRecord } from '../../support/warc.js'
import { coverageFault, fingerprints, readFile } from '../../support/warc-events.js'

const CASES = 480
const BATCH = 60

function base(random: Random): Buffer {
  const records = Array.from({ length: 3 + random.below(5) }, (_, i) => {
    const words = Array.from({ length: 20 + random.below(200) }, () => `w${random.below(5000)}`).join(' ')
    return pageRecord(`https://site${i}.example/`, `<html><body>${words}</body></html>`)
  })
  const plain = Buffer.concat(records)
  const inner = httpBlock(random.below(2) ? perRecordGzip(records) : plain, { 'Content-Type': 'application/warc' })
  const nested = [...records, warcRecord({ block: inner }), ...records]
  switch (random.below(6)) {
    case 0:
      return plain
    case 1:
      return Buffer.concat(nested)
    case 2:
      return gzipSync(plain)
    case 3:
      return perRecordGzip(nested, 0)
    case 4:
      return Buffer.concat([gzipSync(Buffer.concat(nested)), perRecordGzip(records)])
    default:
      return perRecordGzip(records)
  }
}

function mutated(random: Random, bytes: Buffer): Buffer {
  let out = Buffer.from(bytes)
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(out.length)
    const to = Math.min(out.length, at + random.below(400))
    switch (random.below(6)) {
      case 0: // one bit
        out[at] = (out[at] as number) ^ (1 << random.below(8)) // the offset lies in the buffer
        break
      case 1:
        out = out.subarray(0, Math.max(at, 1))
        break
      case 2: // a piece taken out
        out = Buffer.concat([out.subarray(0, at), out.subarray(to), Buffer.from('\n')])
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
  Buffer.from('\r\n\r\n'),
  gzipSync(''),
  gzipSync('WARC/1.0\r\n'),
  gzipSync('WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nWARC/1.0\r\n'),
]

describe('mutated files', () => {
  for (let first = 0; first < CASES; first += BATCH) {
    it(`every byte is in one event, whatever the ranges: seeds ${first} to ${first + BATCH - 1}`, async () => {
      for (let seed = first; seed < first + BATCH; seed++) {
        const random = new Random(seed)
        const bytes = mutated(random, base(random))
        const whole = await readFile(bytes)
        expect(coverageFault(whole.events, bytes.length), `seed ${seed}`).toBeNull()
        const expected = fingerprints(whole.events)
        const rangeSize = random.pick([37, 173, 977, 2048])
        const ranges = await readFile(bytes, rangeSize)
        expect(fingerprints(ranges.events), `seed ${seed}, range size ${rangeSize}`).toEqual(expected)
      }
    })
  }

  it('what the damage does not touch is still read', async () => {
    let records = 0
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed)
      const { events } = await readFile(mutated(random, base(random)))
      records += events.filter((event) => event.kind === 'record').length
    }
    expect(records).toBeGreaterThan(150) // of about 430 before the damage
  })
})
