import { expect, it } from 'vitest'
import { TreeSums } from '../../src/kernels/tree-sums/index.js'
import { sumTrees, type TreeModel } from '../../src/kernels/tree-sums/reference.js'
import { Random } from '../support/random.js'

const COLUMNS = 40
const ROWS = 64

function randomModel(random: Random, trees: number): TreeModel {
  const any = () => random.below(65_536) - 32_768
  return {
    features: Array.from({ length: COLUMNS }, (_, i) => `f${i}`),
    trees,
    depth: 6,
    columns: Uint8Array.from({ length: trees * 6 }, () => random.below(COLUMNS)),
    limits: Int16Array.from({ length: trees * 6 }, any),
    leaves: Int16Array.from({ length: trees * 64 }, any),
    scale: 1000,
    bias: any(),
  }
}

it.each([0, 1, 2])('says the same as the reference, seed %i', (seed) => {
  const random = new Random(seed)
  const model = randomModel(random, 30)
  const kernel = new TreeSums(model, ROWS, COLUMNS)
  for (const rows of [1, 7, 8, 9, 63, ROWS]) {
    // Extremes and values right at the limits, too.
    kernel.table.forEach((_, i) => {
      kernel.table[i] = random.pick([random.below(65_536) - 32_768, -32_768, 32_767, ...model.limits.subarray(0, 6)])
    })
    const expected = new Int32Array(rows)
    sumTrees(model, kernel.table, ROWS, rows, expected)
    expect([...kernel.run(rows)]).toEqual([...expected])
  }
})

it('takes trees of depth 6 only', () => {
  expect(() => new TreeSums({ ...randomModel(new Random(0), 1), depth: 4 }, ROWS, COLUMNS)).toThrow(RangeError)
  expect(() => new TreeSums(randomModel(new Random(0), 1), 12, COLUMNS)).toThrow(RangeError)
})
