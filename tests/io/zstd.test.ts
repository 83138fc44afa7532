import { decompressZstd } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { loadZstd, ZSTD_SIZE_MAX, zstdFrames } from '../../src/io/zstd.js'
import { Random } from '../support/random.js'

const zstd = await loadZstd()

/** RFC 8878 by hand: magic, descriptor with single segment, content size 3, last raw block of 3 bytes. */
const BY_HAND = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x19, 0, 0, 97, 98, 99)

describe('zstd', () => {
  it.each([0, 1, 2, 255, 256, 65_791, 65_792, 131_072, 131_073, 3_000_000])('gives back %i bytes', (length) => {
    const random = new Random(length)
    for (const alphabet of [1, 3, 256]) {
      const bytes = random.bytes(length, alphabet)
      const frame = zstd.compress(bytes)
      expect(Buffer.compare(zstd.decompress(frame, length), bytes)).toBe(0)
      if (length > 0) expect(Buffer.compare(decompressZstd(frame), bytes)).toBe(0)
    }
  })

  it('reads a frame written by hand', () => {
    expect(Buffer.from(zstd.decompress(BY_HAND, 3)).toString()).toBe('abc')
  })

  it('gives the contents of frames that stand one after the other, whatever their blocks', () => {
    const random = new Random(3)
    const contents = [0, 1, 300, 200_000, 131_072].flatMap((length) => [
      random.bytes(length, 1), // a block of one repeated byte
      random.bytes(length, 3),
      random.bytes(length, 256),
    ])
    const frames = contents.map((bytes) => zstd.compress(bytes))
    const found = [...zstdFrames(Buffer.concat([...frames, BY_HAND]), zstd)]
    expect(found.map((bytes) => Buffer.from(bytes))).toEqual([...contents, 'abc'].map((bytes) => Buffer.from(bytes)))
    expect([...zstdFrames(new Uint8Array(0), zstd)]).toEqual([])
  })

  it('refuses frames that are cut, and what is no frame', () => {
    const frames = Buffer.concat([BY_HAND, zstd.compress(new Random(4).bytes(5000, 256))])
    for (let end = 1; end < frames.length; end += 1 + (end >> 3)) {
      if (end === BY_HAND.length) continue
      expect(() => [...zstdFrames(frames.subarray(0, end), zstd)], String(end)).toThrow()
    }
    expect(() => [...zstdFrames(Buffer.from('no frame at all'), zstd)]).toThrow(RangeError)
  })

  it('gives the same bytes whatever was compressed before', () => {
    const random = new Random(1)
    const samples = Array.from({ length: 20 }, () => random.bytes(random.below(200_000), 1 + random.below(30)))
    const first = samples.map((bytes) => Buffer.from(zstd.compress(bytes)).toString('base64'))
    const again = samples.toReversed().map((bytes) => Buffer.from(zstd.compress(bytes)).toString('base64'))
    expect(again.reverse()).toEqual(first)
  })

  it('stores what is larger than its memory allows, in a sound frame', () => {
    const bytes = new Uint8Array(ZSTD_SIZE_MAX + 1)
    bytes[ZSTD_SIZE_MAX] = 7
    bytes[5] = 9
    const frame = zstd.compress(bytes)
    expect(frame.length).toBe(13 + bytes.length + 3 * (512 + 1))
    expect(Buffer.compare(decompressZstd(frame), bytes)).toBe(0)
  })

  it.each([
    ['a frame of another size', BY_HAND, 4],
    ['an empty buffer', new Uint8Array(0), 0],
    ['text', Buffer.from('hello hello'), 11],
    ['a frame that is cut short', BY_HAND.subarray(0, 10), 3],
    [
      'a frame that claims 4 GiB',
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0),
      2 ** 32,
    ],
    ['a frame with a broken block', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x1f, 0, 0, 97, 98, 99), 3],
  ])('refuses %s', (_name, frame, size) => {
    expect(() => zstd.decompress(frame, size)).toThrow(/zstd|compress/)
  })

  it('never does worse than throw on changed frames', () => {
    const random = new Random(2)
    const frame = zstd.compress(Buffer.from('some words and some other words and some more words'.repeat(50)))
    for (let round = 0; round < 2_000; round++) {
      const broken = Uint8Array.from(frame)
      broken[random.below(frame.length)] = random.below(256)
      try {
        expect(zstd.decompress(broken, 2_550)).toHaveLength(2_550)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toHaveProperty('matcherResult')
      }
    }
  })
})
