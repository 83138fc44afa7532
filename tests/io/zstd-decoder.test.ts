/** The decoder that goes block by block, held to the WebAssembly build: the same bytes, and nothing where that finds damage. */
import { compress, createDCtx, decompressUsingDict } from '@bokuweb/zstd-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadZstd, type Zstd } from '../../src/io/zstd.js'
import { ZSTD_WINDOW_MAX, ZstdDecoder, type ZstdDictionary } from '../../src/io/zstd-decoder.js'
import { readDictionary } from '../../src/io/zstd-dictionary.js'
import { frameHeader, frameSpan, skippableFrame } from '../../src/io/zstd-frame.js'
import { Random } from '../support/random.js'
import { compressedWith, dictionary, frameOf, skippable, storedFrame } from '../support/zstd.js'

let zstd: Zstd

beforeAll(async () => {
  zstd = await loadZstd()
})

/** Null where the frame is cut off. */
function decoded(frame: Uint8Array, table: ZstdDictionary | null = null): Buffer | null {
  const header = frameHeader(frame)
  if (header === null || header === 'short') throw new Error('no frame')
  const decoder = new ZstdDecoder(header, table)
  const pieces: Buffer[] = []
  for (let at = header.length; !decoder.isDone; ) {
    const block = decoder.decodeBlock(frame, at)
    if (block === null) return null
    pieces.push(Buffer.from(block.content))
    at = block.next
  }
  return Buffer.concat(pieces)
}

/** Words, noise and runs, which make literals and sequences of every kind. */
function text(random: Random, length: number): Buffer {
  const parts: Buffer[] = []
  for (let size = 0; size < length; size += parts.at(-1)?.length ?? 0) {
    const kind = random.below(8)
    if (kind === 0) parts.push(Buffer.from(random.bytes(random.below(300))))
    else if (kind === 1) parts.push(Buffer.alloc(random.below(3000), random.below(256)))
    else parts.push(Buffer.from(Array.from({ length: 20 }, () => `w${random.below(500)} `).join('')))
    if (parts.at(-1)?.length === 0) parts.pop()
  }
  return Buffer.concat(parts).subarray(0, length)
}

describe('ZstdDecoder', () => {
  it('decodes what the compressor made, at every level and size', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed)
      const bytes = text(random, random.pick([0, 1, 20, 300, 5000, 70_000, 400_000]))
      const frame = compress(bytes, random.pick([1, 2, 3, 6, 12, 19]))
      expect(decoded(frame)?.equals(bytes), `seed ${seed}`).toBe(true)
      expect(frameSpan(frame)).toMatchObject({ length: frame.length, contentMax: bytes.length })
    }
  })

  it('slides its window over what is larger', () => {
    const bytes = text(new Random(1), 5_000_000)
    const blocks = Array.from({ length: 50 }, (_, i) => ({
      ...{ type: 'raw' as const, content: bytes.subarray(i * 100_000, (i + 1) * 100_000) },
    }))
    expect(decoded(frameOf(blocks, 18))?.equals(bytes)).toBe(true)
    expect(decoded(compress(bytes, 1))?.equals(bytes)).toBe(true)
  })

  it('uses dictionaries, with tables and of content alone', async () => {
    const bytes = Buffer.from(`<html><body><p>${'word7 word12 word31 '.repeat(9)}</p></body></html>`)
    const tables = readDictionary(dictionary)
    expect(tables.id).toBe(77)
    for (const level of [1, 3, 9, 19]) {
      expect(decoded(await compressedWith(dictionary, bytes, level), tables)?.equals(bytes), `${level}`).toBe(true)
      const plain = Buffer.from('<html><body><p>word7 word12 word31 word8')
      expect(decoded(await compressedWith(plain, bytes, level), readDictionary(plain))?.equals(bytes)).toBe(true)
    }
  })

  it('gives what a frame cut off holds, block by block', () => {
    const bytes = text(new Random(2), 400_000)
    const frame = compress(bytes, 3)
    const header = frameHeader(frame)
    if (header === null || header === 'short') throw new Error('no frame')
    for (const share of [0.3, 0.6, 0.99]) {
      const cut = frame.subarray(0, Math.floor(frame.length * share))
      expect(decoded(cut)).toBeNull()
      expect(frameSpan(cut)).toBe('short')
      const decoder = new ZstdDecoder(header)
      const content = Buffer.from(decoder.decodeBlock(cut, header.length)?.content ?? [])
      expect(content.length > 0 || share < 0.5).toBe(true)
      expect(bytes.subarray(0, content.length).equals(content)).toBe(true)
    }
  })

  it('finds damage wherever the other does, and gives no more than the blocks may hold', () => {
    let refused = 0
    for (let seed = 0; seed < 1500; seed++) {
      const random = new Random(seed)
      const bytes = text(random, 50 + random.below(2000))
      const frame = Buffer.from(compress(bytes, random.pick([1, 3, 19])))
      for (let count = 1 + random.below(3); count > 0; count--) {
        const at = 6 + random.below(frame.length - 6)
        frame[at] = random.below(256)
      }
      const span = frameSpan(frame)
      if (span === null || span === 'short') continue
      let ours: Buffer | null = null
      try {
        ours = decoded(frame)
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(RangeError)
      }
      let theirs: Uint8Array | null = null
      try {
        theirs = zstd.decompressFrame(frame.subarray(0, span.length), 2 ** 22)
      } catch {
        refused++
      }
      if (theirs !== null) expect(ours?.equals(theirs), `seed ${seed}`).toBe(true)
      // The content size of the header is not asked here: the blocks alone are.
      expect(ours?.length ?? 0, `seed ${seed}`).toBeLessThanOrEqual(128 * 1024)
    }
    expect(refused).toBeGreaterThan(500)
  })

  it('refuses windows that are too large before anything is allocated', () => {
    const frame = frameOf([{ type: 'raw', content: Buffer.from('x') }], 28)
    expect(() => decoded(frame)).toThrow(`expected at most ${ZSTD_WINDOW_MAX} bytes`)
    expect(decoded(frameOf([{ type: 'raw', content: Buffer.from('x') }], 27))?.toString()).toBe('x')
  })
})

describe('decompressFrame', () => {
  it('takes one frame whatever it says of its size, and no more than asked', async () => {
    const bytes = text(new Random(3), 3000)
    const silent = storedFrame(bytes)
    expect(Buffer.from(zstd.decompressFrame(silent, 200_000)).equals(bytes)).toBe(true)
    expect(Buffer.from(zstd.decompressFrame(compress(bytes, 3), 3000)).equals(bytes)).toBe(true)
    expect(() => zstd.decompressFrame(compress(bytes, 3), 2999)).toThrow(RangeError)
    expect(() => zstd.decompressFrame(Buffer.concat([silent, silent]), 200_000)).toThrow(RangeError)
    expect(() => zstd.decompressFrame(skippable(3, bytes), 200_000)).toThrow(RangeError)
    const packed = await compressedWith(dictionary, bytes)
    expect(Buffer.from(zstd.decompressFrame(packed, 3000, dictionary)).equals(bytes)).toBe(true)
    expect(Buffer.from(decompressUsingDict(createDCtx(), packed, dictionary)).equals(bytes)).toBe(true)
  })

  it('verifies the checksum', () => {
    const bytes = Buffer.from('some text')
    // Magic, a single segment with a checksum, 9 bytes, one raw block: XXH64 of it is not 0.
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 9, 0x49, 0, 0]), bytes, Buffer.alloc(4)])
    expect(frameSpan(frame)).toMatchObject({ length: frame.length })
    expect(() => zstd.decompressFrame(frame, 9)).toThrow(RangeError)
  })
})

describe('skippableFrame', () => {
  it('tells length and kind', () => {
    expect(skippableFrame(skippable(13, Buffer.from('abc')))).toEqual({ length: 11, kind: 13 })
    expect(skippableFrame(Buffer.from('WARC/1.0'))).toBeNull()
    expect(skippableFrame(Buffer.from([0x5d, 0x2a]))).toBeNull()
  })
})
