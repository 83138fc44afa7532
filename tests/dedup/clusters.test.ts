import { describe, expect, test } from 'vitest'
import { SimilarityGraph } from '../../src/dedup/clusters.js'
import { PositionIndex } from '../../src/dedup/position-index.js'

type Edge = readonly [a: number, b: number, similarity?: number]

/** Survivor row by row, and the rest, over documents {shard: 1, row}. */
function resolve(edges: readonly Edge[], clusterSizeMax = 1000, rank: (row: number) => number = () => 0) {
  const graph = new SimilarityGraph()
  const at = (row: number) => ({ shard: 1, row })
  for (const [a, b, similarity = 1] of edges) graph.addEdge(at(a), rank(a), at(b), rank(b), similarity)
  const { survivor, size, similarity, dropped } = graph.resolve(clusterSizeMax)
  const row = (node: number): number => graph.position(node).row
  return {
    dropped: Object.fromEntries([...dropped].map((node) => [row(node), row(survivor[node])])),
    sizes: Object.fromEntries([...size].flatMap((count, node) => (count > 0 ? [[row(node), count]] : []))),
    similarities: Object.fromEntries([...dropped].map((node) => [row(node), similarity[node]])),
  }
}

test('components, the first document of each survives', () => {
  const { dropped, sizes, similarities } = resolve([
    [5, 9, 0.8],
    [2, 7, 0.9],
    [3, 9, 0.75],
  ])
  expect(dropped).toEqual({ 5: 3, 9: 3, 7: 2 })
  expect(sizes).toEqual({ 2: 2, 3: 3 })
  expect(similarities).toEqual({ 5: Number.NaN, 9: 0.75, 7: 0.9 })
})

test('rank goes before position', () => {
  expect(
    resolve(
      [
        [1, 2],
        [2, 3],
      ],
      1000,
      (row) => (row === 3 ? 0 : 1),
    ).dropped,
  ).toEqual({ 1: 3, 2: 3 })
})

test('no edges', () => expect(resolve([])).toEqual({ dropped: {}, sizes: {}, similarities: {} }))

describe('a cluster above the limit is cut into stars', () => {
  const chain: Edge[] = Array.from({ length: 9 }, (_, i) => [i, i + 1])

  test('a chain of ten: 0 takes 1, 2 takes 3, …', () => {
    expect(resolve(chain, 9).dropped).toEqual({ 1: 0, 3: 2, 5: 4, 7: 6, 9: 8 })
    expect(resolve(chain, 9).sizes).toEqual({ 0: 2, 2: 2, 4: 2, 6: 2, 8: 2 })
    expect(resolve(chain, 10).sizes).toEqual({ 0: 10 })
  })

  test('a star stays whole', () => {
    const star: Edge[] = Array.from({ length: 50 }, (_, i) => [0, i + 1])
    expect(resolve(star, 3).sizes).toEqual({ 0: 51 })
  })

  test('other clusters are left alone', () => {
    const { dropped } = resolve([...chain, [20, 21], [21, 22]], 9)
    expect(dropped).toMatchObject({ 21: 20, 22: 20 })
  })
})

test('random graphs: same result for any order of edges, and components as a plain search finds them', () => {
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 50; round++) {
    const edges = Array.from({ length: 60 }, (): Edge => [random(80), 80 + random(80)])
    const shuffled = edges
      .map((edge) => [random(1e6), edge] as const)
      .sort((x, y) => x[0] - y[0])
      .map(([, edge]) => edge)
    const limit = round % 2 === 0 ? 1000 : 3
    expect(resolve(shuffled, limit)).toEqual(resolve(edges, limit))
    if (limit === 3) continue
    const smallest = new Map<number, number>()
    for (const [a, b] of edges) for (const row of [a, b]) smallest.set(row, row)
    for (let pass = 0; pass < 60; pass++) {
      for (const [a, b] of edges) {
        const low = Math.min(smallest.get(a) ?? a, smallest.get(b) ?? b)
        smallest.set(a, low)
        smallest.set(b, low)
      }
    }
    const expected = Object.fromEntries([...smallest].filter(([row, low]) => row !== low))
    expect(resolve(edges).dropped).toEqual(expected)
  }
})

test('positions keep their numbers while the index grows', () => {
  const index = new PositionIndex()
  const at = (i: number) => ({ shard: i % 7, row: 0xffffffff - Math.floor(i / 7) })
  for (let i = 0; i < 10_000; i++) expect(index.add(at(i))).toBe(i)
  for (let i = 9_999; i >= 0; i -= 13) {
    expect(index.add(at(i))).toBe(i)
    expect(index.position(i)).toEqual(at(i))
  }
  expect(index.size).toBe(10_000)
})
