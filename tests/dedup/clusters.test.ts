/** Components by rounds of stars, and clusters out of their pairs, beside a plain search in memory. */
import { describe, expect, test } from 'vitest'
import { Component } from '../../src/dedup/clusters.js'
import { BACK, COMPONENT_REPEAT, componentReducer, EDGE, LINK_BYTES } from '../../src/dedup/components.js'
import { labelReducer } from '../../src/dedup/near-duplicates.js'
import { PositionIndex } from '../../src/dedup/position-index.js'
import { POSITION_BYTES, writeFloat64, writePosition, writeUint32 } from '../../src/dedup/records.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { keep } from '../../src/stage/outcome.js'
import type { CorpusWork } from '../../src/stage/stage.js'
import { documentOf, RESOURCES } from '../support/dedup.js'

type Edge = readonly [a: number, b: number, similarity?: number]

interface Resolved {
  /** By dropped row: the row of its survivor. */
  dropped: Record<number, number>
  /** By survivor. */
  sizes: Record<number, number>
  similarities: Record<number, number>
  iterations: number
}

/** Documents are rows of shard 1; the edges go through the rounds in the order given. */
async function resolve(
  edges: readonly Edge[],
  clusterSizeMax = 1000,
  rank: (row: number) => number = () => 0,
): Promise<Resolved> {
  const result: Resolved = { dropped: {}, sizes: {}, similarities: {}, iterations: 0 }
  const work: CorpusWork<object> = {
    collect: () => (_document, emit) => {
      for (const [one, other, similarity = 1] of edges) {
        const [a, b] = one < other ? [one, other] : [other, one]
        const edge = new Uint8Array(LINK_BYTES + 16)
        edge[0] = EDGE
        writePosition(edge, 1, { shard: 1, row: b })
        writeUint32(edge, LINK_BYTES, rank(a))
        writeUint32(edge, LINK_BYTES + 4, rank(b))
        writeFloat64(edge, LINK_BYTES + 8, similarity)
        const back = new Uint8Array(LINK_BYTES)
        back[0] = BACK
        writePosition(back, 1, { shard: 1, row: a })
        emit.record(back.subarray(1), edge)
        emit.record(edge.subarray(1, 1 + POSITION_BYTES), back)
      }
    },
    rounds: [
      {
        name: 'components',
        partitions: 'key',
        repeat: COMPONENT_REPEAT,
        reducer: (options, resources) => {
          result.iterations = resources.iteration + 1
          return componentReducer(options, resources)
        },
      },
      { name: 'label', partitions: 'key', also: 'components', reducer: () => labelReducer() },
      {
        name: 'cluster',
        partitions: 'key',
        reducer: () => {
          const component = new Component(clusterSizeMax)
          const take: Parameters<Component['end']>[0] = ({ row: survivor }, members) => {
            result.sizes[survivor] = members.length + 1
            for (const { position, similarity } of members) {
              result.dropped[position.row] = survivor
              result.similarities[position.row] = similarity
            }
          }
          return { start() {}, value: (pair) => component.add(pair, take), end: () => component.end(take) }
        },
      },
    ],
    settle: () => () => keep(),
  }
  await runCorpusInMemory(work, {}, RESOURCES, [documentOf({ id: 'edges' })])
  return result
}

test('components, the first document of each survives', async () => {
  const { dropped, sizes, similarities } = await resolve([
    [5, 9, 0.8],
    [2, 7, 0.9],
    [3, 9, 0.75],
  ])
  expect(dropped).toEqual({ 5: 3, 9: 3, 7: 2 })
  expect(sizes).toEqual({ 2: 2, 3: 3 })
  expect(similarities).toEqual({ 5: Number.NaN, 9: 0.75, 7: 0.9 })
})

test('rank goes before position', async () => {
  const edges: Edge[] = [
    [1, 2],
    [2, 3],
  ]
  expect((await resolve(edges, 1000, (row) => (row === 3 ? 0 : 1))).dropped).toEqual({ 1: 3, 2: 3 })
})

test('no edges', async () => expect(await resolve([])).toMatchObject({ dropped: {}, sizes: {}, similarities: {} }))

describe('a component above the limit is cut into stars', () => {
  const chain: Edge[] = Array.from({ length: 9 }, (_, i) => [i, i + 1])

  test('a chain of ten: 0 takes 1, 2 takes 3, …', async () => {
    expect((await resolve(chain, 9)).dropped).toEqual({ 1: 0, 3: 2, 5: 4, 7: 6, 9: 8 })
    expect((await resolve(chain, 9)).sizes).toEqual({ 0: 2, 2: 2, 4: 2, 6: 2, 8: 2 })
    expect((await resolve(chain, 10)).sizes).toEqual({ 0: 10 })
  })

  test('by rank: 9 takes 8, 7 takes 6, …', async () => {
    expect((await resolve(chain, 9, (row) => 9 - row)).dropped).toEqual({ 8: 9, 6: 7, 4: 5, 2: 3, 0: 1 })
  })

  test('a star stays whole', async () => {
    const star: Edge[] = Array.from({ length: 50 }, (_, i) => [0, i + 1])
    expect((await resolve(star, 3)).sizes).toEqual({ 0: 51 })
  })

  test('other components are left alone', async () => {
    const { dropped } = await resolve([...chain, [20, 21], [21, 22]], 9)
    expect(dropped).toMatchObject({ 21: 20, 22: 20 })
  })
})

/** Union of what the edges join, by label propagation until nothing moves. */
function componentsOf(edges: readonly Edge[]): Map<number, number> {
  const least = new Map<number, number>()
  for (const [a, b] of edges) for (const row of [a, b]) least.set(row, row)
  for (let moved = true; moved; ) {
    moved = false
    for (const [a, b] of edges) {
      const low = Math.min(least.get(a) ?? a, least.get(b) ?? b)
      if (least.get(a) !== low || least.get(b) !== low) moved = true
      least.set(a, low)
      least.set(b, low)
    }
  }
  return least
}

/** Cuts one component into stars as the rule says it. */
function starsOf(edges: readonly Edge[], limit: number): Record<number, number> {
  const least = componentsOf(edges)
  const sizes = new Map<number, number>()
  for (const root of least.values()) sizes.set(root, (sizes.get(root) ?? 0) + 1)
  const survivors: Record<number, number> = {}
  const settled = new Set<number>()
  for (const row of [...least.keys()].sort((a, b) => a - b)) {
    const root = least.get(row) ?? row
    if ((sizes.get(root) ?? 0) <= limit) {
      if (row !== root) survivors[row] = root
      continue
    }
    if (settled.has(row)) continue
    settled.add(row)
    for (const [a, b] of edges) {
      const other = a === row ? b : b === row ? a : -1
      if (other < 0 || settled.has(other)) continue
      settled.add(other)
      survivors[other] = row
    }
  }
  return survivors
}

test('random graphs: the same as a plain search, for any order of edges', async () => {
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
  for (let round = 0; round < 40; round++) {
    const nodes = 20 + random(120)
    const edges = Array.from({ length: random(nodes) + 5 }, (): Edge => [random(nodes), nodes + random(nodes)])
    const shuffled = edges.toSorted(([a, b], [c, d]) => ((a * 7 + b * 13) % 31) - ((c * 7 + d * 13) % 31))
    for (const limit of [1000, 3]) {
      const expected = starsOf(edges, limit)
      expect((await resolve(edges, limit)).dropped).toEqual(expected)
      expect((await resolve(shuffled, limit)).dropped).toEqual(expected)
    }
  }
})

test('a long path in a bad order settles in few iterations', async () => {
  const names = Array.from({ length: 3000 }, (_, i) => (i * 1103) % 3001)
  const path: Edge[] = names.slice(1).map((name, i) => [names[i], name])
  const { sizes, iterations } = await resolve(path, 10_000)
  expect(sizes).toEqual({ 0: 3000 })
  expect(iterations).toBeLessThan(30)
})

test('positions keep their numbers while the index grows', () => {
  const index = new PositionIndex()
  const at = (i: number) => ({ shard: i % 7, row: 0xffffffff - Math.floor(i / 7) })
  for (let i = 0; i < 10_000; i++) expect(index.add(at(i))).toBe(i)
  for (let i = 9_999; i >= 0; i -= 13) {
    expect(index.add(at(i))).toBe(i)
    expect(index.position(i)).toEqual(at(i))
    expect(index.has(at(i))).toBe(true)
  }
  expect(index.has({ shard: 9, row: 1 })).toBe(false)
  expect(index.size).toBe(10_000)
})
