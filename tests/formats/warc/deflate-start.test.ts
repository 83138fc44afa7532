import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { firstBytes } from '../../../src/formats/warc/deflate-start.js'
import { Random } from '../../support/random.js'

const start = 'WARC/1.'
const settings = [
  { level: 0 },
  { level: 1 },
  { level: 9 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { level: 9, memLevel: 1 },
]

function text(random: Random, length: number): Buffer {
  return Buffer.concat([Buffer.from(start), random.bytes(random.below(length), 1 + random.below(256))])
}

describe('firstBytes', () => {
  it('agrees with zlib, whatever the kind of block', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed)
      const packed = deflateRawSync(text(random, 3000), random.pick(settings))
      expect(Buffer.from(firstBytes(packed.subarray(0, 1024), 7)).toString(), `seed ${seed}`).toBe(start)
    }
  })

  it('reads past empty blocks, as a flush leaves them', () => {
    const empty = [Buffer.from([0, 0, 0, 0xff, 0xff]), Buffer.from([2, 0])] // stored; fixed, with the next block's bits at 0
    const packed = Buffer.concat([empty[0] as Buffer, deflateRawSync(start)])
    expect(inflateRawSync(packed).toString()).toBe(start)
    expect(Buffer.from(firstBytes(packed, 7)).toString()).toBe(start)
  })

  it('stops where the stream ends, breaks or refers back', () => {
    expect(firstBytes(deflateRawSync('WA'), 7)).toEqual([...Buffer.from('WA')])
    expect(firstBytes(deflateRawSync('aaaaaaaaaa', { strategy: constants.Z_FIXED }), 7)).toEqual([97, 97]) // then a reference
    for (const bytes of [[], [0x1f], [0x07], [0x01, 5, 0, 0, 0], [0x05, 0xff, 0xff]])
      expect(firstBytes(Buffer.from(bytes), 7)).toEqual([])
    const packed = deflateRawSync(text(new Random(1), 500))
    for (let length = 0; length < 60; length++)
      expect(firstBytes(packed.subarray(0, length), 7).length).toBeLessThanOrEqual(7)
  })

  it('gives nothing else than zlib on noise', () => {
    let compared = 0
    for (let seed = 0; seed < 4000; seed++) {
      const noise = new Random(seed).bytes(300)
      let inflated: Buffer
      try {
        inflated = inflateRawSync(noise, { finishFlush: constants.Z_SYNC_FLUSH })
      } catch {
        continue
      }
      const first = firstBytes(noise, 6)
      expect([...inflated.subarray(0, first.length)], `seed ${seed}`).toEqual(first)
      compared++
    }
    expect(compared).toBeGreaterThan(5)
  })
})
