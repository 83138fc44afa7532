import { describe, expect, test } from 'vitest'
import { createMinhash as createWasm } from '../../src/kernels/minhash/index.js'
import { createMinhash as createReference } from '../../src/kernels/minhash/reference.js'

/** mulberry32 (public domain, Tommy Ettinger): seeded 32-bit numbers. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

function draw(length: number, next: () => number): Uint32Array {
  return Uint32Array.from({ length }, next)
}

describe('reference', () => {
  test('values worked out by hand', () => {
    const sign = createReference(Uint32Array.of(1, 3, 0x80000001), Uint32Array.of(0, 5, 7))
    const signature = new Uint32Array(3)
    sign(Uint32Array.of(10, 0x60000000, 0xfffffffe), signature)
    // p0: the least shingle. p1: 10·3 + 5 = 35; 0x60000000·3 + 5 = 0x120000005 -> 0x20000005; -2·3 + 5 = -1 -> 0xffffffff.
    // p2: 10·0x80000001 + 7 = 17 (10 is even); 0x60000000 + 7; -2 + 7 = 5.
    expect([...signature]).toEqual([10, 35, 5])
  })

  test('no shingles: all ones', () => {
    const signature = new Uint32Array(2)
    createReference(Uint32Array.of(1, 3), Uint32Array.of(0, 0))(new Uint32Array(0), signature)
    expect([...signature]).toEqual([0xffffffff, 0xffffffff])
  })
})

describe('wasm and reference agree, bit for bit', () => {
  const cases = [1, 2, 3, 4, 5, 7, 16, 17, 20, 31, 112, 130].flatMap((permutations) =>
    [0, 1, 3, 4, 5, 8, 113, 1000].map((shingles) => [permutations, shingles] as const),
  )
  test.each(cases)('%i permutations, %i shingles', (permutations, count) => {
    const next = random(permutations * 1009 + count)
    const factors = draw(permutations, () => next() | 1)
    const addends = draw(permutations, next)
    const shingles = draw(count, next)
    const [expected, got] = [new Uint32Array(permutations), new Uint32Array(permutations)]
    createReference(factors, addends)(shingles, expected)
    createWasm(factors, addends)(shingles, got)
    expect([...got]).toEqual([...expected])
  })

  test('a document longer than a chunk, at every length around the edge', () => {
    const next = random(7)
    const factors = draw(5, () => next() | 1)
    const addends = draw(5, next)
    const [reference, wasm] = [createReference(factors, addends), createWasm(factors, addends)]
    const [expected, got] = [new Uint32Array(5), new Uint32Array(5)]
    for (const count of [16383, 16384, 16385, 40000]) {
      const shingles = draw(count, next)
      reference(shingles, expected)
      wasm(shingles, got)
      expect([...got]).toEqual([...expected])
    }
  })

  test('extreme values', () => {
    const edge = Uint32Array.of(0, 1, 0x7fffffff, 0x80000000, 0xffffffff)
    const factors = Uint32Array.of(1, 0x7fffffff, 0x80000001, 0xffffffff, 3)
    for (const shingle of edge) {
      const [expected, got] = [new Uint32Array(5), new Uint32Array(5)]
      createReference(factors, edge)(Uint32Array.of(shingle), expected)
      createWasm(factors, edge)(Uint32Array.of(shingle), got)
      expect([...got]).toEqual([...expected])
    }
  })

  test('instances and calls do not see each other', () => {
    const next = random(11)
    const first = createWasm(
      draw(8, () => next() | 1),
      draw(8, next),
    )
    const set = draw(50, next)
    const [before, after, other] = [new Uint32Array(8), new Uint32Array(8), new Uint32Array(16)]
    first(set, before)
    createWasm(
      draw(16, () => next() | 1),
      draw(16, next),
    )(draw(90, next), other)
    first(draw(200, next), after)
    first(set, after)
    expect([...after]).toEqual([...before])
  })
})
