import { describe, expect, test } from 'vitest'
import { SHINGLES_MAX, shingleSet } from '../../src/dedup/shingles.js'
import { similarity } from '../../src/dedup/similarity.js'
import { mix32 } from '../../src/text/hash.js'

describe('exact sets', () => {
  const a = Uint32Array.of(1, 2, 3, 4)
  const b = Uint32Array.of(3, 4, 5, 6, 7, 0xffffffff)
  test('jaccard: 2 common of 8', () => expect(similarity(a, b, 'jaccard')).toBe(0.25))
  test('containment: 2 common of the smaller 4', () => expect(similarity(b, a, 'containment')).toBe(0.5))
  test('equal, disjoint, empty', () => {
    const none = new Uint32Array(0)
    expect(similarity(a, a, 'jaccard')).toBe(1)
    expect(similarity(a, Uint32Array.of(9), 'jaccard')).toBe(0)
    expect(similarity(none, none, 'jaccard')).toBe(0)
    expect(similarity(a, none, 'containment')).toBe(0)
  })
})

describe('sets above the limit', () => {
  /** Hashes of the numbers from..to. */
  const hashes = (from: number, to: number): Uint32Array =>
    shingleSet(Uint32Array.from({ length: to - from }, (_, i) => mix32(from + i)))

  test('the estimate is near the true value', () => {
    const size = 4 * SHINGLES_MAX
    const estimate = similarity(hashes(0, size), hashes(size / 2, size + size / 2), 'jaccard')
    expect(Math.abs(estimate - 1 / 3)).toBeLessThan(0.008) // four standard errors
  })

  test('a small document within a huge one', () => {
    const [huge, small] = [hashes(0, 4 * SHINGLES_MAX), hashes(0, SHINGLES_MAX >> 1)]
    expect(Math.abs(similarity(huge, small, 'jaccard') - 1 / 8)).toBeLessThan(0.006)
    expect(similarity(huge, small, 'containment')).toBe(1)
  })
})
