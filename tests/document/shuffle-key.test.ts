import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { shuffleKey } from '../../src/document/shuffle-key.js'

const origin = (offset: number, file = 'crawl.warc.gz', sub = 0) => ({ file, offset, sub })
const key = (seed: number, offset: number) => Buffer.from(shuffleKey(seed, origin(offset))).toString('hex')

/** Offsets 0 … count - 1 in the order of their keys. */
function shuffled(seed: number, count: number): number[] {
  const keys = Array.from({ length: count }, (_, i) => key(seed, i))
  return keys.map((_, i) => i).sort((a, b) => (keys[a] < keys[b] ? -1 : 1))
}

describe('shuffle keys', () => {
  it('are 128 bits of SHA-256, the same on every machine', () => {
    const digest = createHash('sha256').update('shuffle\n7\ncrawl.warc.gz\n12\n0').digest('hex')
    expect(key(7, 12)).toBe(digest.slice(0, 32))
  })

  it('differ by seed, file, offset and sub-record, and not by anything else', () => {
    const keys = [
      shuffleKey(1, origin(1)),
      shuffleKey(2, origin(1)),
      shuffleKey(1, origin(1, 'other')),
      shuffleKey(1, origin(2)),
      shuffleKey(1, origin(1, 'crawl.warc.gz', 1)),
    ].map((bytes) => Buffer.from(bytes).toString('hex'))
    expect(new Set(keys).size).toBe(keys.length)
    const moved = { ...origin(1), id: 'x', text: 'y', position: { shard: 3, row: 4 } }
    expect(Buffer.from(shuffleKey(1, moved)).toString('hex')).toBe(keys[0])
  })

  it('leave the order of documents as it is when others are added', () => {
    const few = shuffled(5, 300)
    const many = shuffled(5, 1_000)
    expect(many.filter((offset) => offset < 300)).toEqual(few)
  })

  it('put every document anywhere with the same probability', () => {
    // Where document d of 24 stands, over 4,800 seeds: chi-square of the 24 x 24 counts, each expected 200 times.
    const size = 24
    const seeds = 4_800
    const counts = new Float64Array(size * size)
    for (let seed = 0; seed < seeds; seed++)
      for (const [place, document] of shuffled(seed, size).entries()) {
        const cell = document * size + place
        counts[cell]++
      }
    const expected = seeds / size
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 23 x 23 degrees of freedom: mean 529, standard deviation 32.5; six of these either way.
    expect(chiSquare).toBeGreaterThan(529 - 6 * 32.5)
    expect(chiSquare).toBeLessThan(529 + 6 * 32.5)
  })

  it('order few documents in every way equally often', () => {
    const seeds = 12_000
    const counts = new Map<string, number>()
    for (let seed = 0; seed < seeds; seed++) {
      const order = shuffled(seed, 4).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - seeds / 24) ** 2 / (seeds / 24), 0)
    expect(chiSquare).toBeLessThan(49.7) // 23 degrees of freedom, p = 0.001
  })

  it('spread over the whole range of their first byte', () => {
    const counts = new Float64Array(256)
    for (let offset = 0; offset < 51_200; offset++) {
      const first = shuffleKey(1, origin(offset))[0]
      counts[first]++
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)
    expect(chiSquare).toBeLessThan(330.5) // 255 degrees of freedom, p = 0.001
  })
})
