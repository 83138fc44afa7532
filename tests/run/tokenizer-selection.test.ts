/** Weights and budgets: which texts are taken, and how often. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { checkWeights, DRAWS, drawOf, Selection, scaleFor } from '../../src/run/tokenizer-selection.js'

describe('weights', () => {
  it('count whole numbers whole, and fractions in so many of the texts', () => {
    const selection = new Selection([{ key: 'de', weight: 2.5 }], 1)
    expect(selection.weightOf('de', 'a.txt')).toBe(2.5)
    expect(selection.weightOf('fr', 'a.txt')).toBe(1)
    const taken = (weight: number) => Array.from({ length: DRAWS }, (_, draw) => selection.copies(weight, draw))
    expect(new Set(taken(1))).toEqual(new Set([1]))
    expect(new Set(taken(2))).toEqual(new Set([2]))
    expect(new Set(taken(0))).toEqual(new Set([0]))
    expect(taken(2.5).reduce((a, b) => a + b)).toBe(2.5 * DRAWS)
    expect(taken(0.25).reduce((a, b) => a + b)).toBe(0.25 * DRAWS)
  })

  it('of a language and of sources are multiplied', () => {
    const selection = new Selection(
      [
        { key: 'de', weight: 2 },
        { key: 'wiki*.jsonl', weight: 3 },
        { key: '*/b/*', weight: 0.5 },
      ],
      1,
    )
    expect(selection.isPlain).toBe(false)
    expect(selection.weightOf('de', 'wiki-1.jsonl')).toBe(6)
    expect(selection.weightOf('', 'a/b/c')).toBe(0.5)
    expect(selection.weightOf('', 'wiki.txt')).toBe(1)
    expect([...selection.matched].sort()).toEqual(['*/b/*', 'de', 'wiki*.jsonl'])
    expect(new Selection([], 1).isPlain).toBe(true)
    expect(new Selection([], 0.5).isPlain).toBe(false)
  })

  it('must be numbers from 0 on, one a key', () => {
    expect(() => checkWeights([{ key: 'en', weight: -1 }])).toThrow(ConfigError)
    expect(() => checkWeights([{ key: 'en', weight: Number.NaN }])).toThrow('expected 0 to 1000, got NaN')
    expect(() =>
      checkWeights([
        { key: 'en', weight: 1 },
        { key: 'en', weight: 2 },
      ]),
    ).toThrow('weight of en: given twice')
  })
})

describe('draws', () => {
  it('are spread evenly, and depend on the place alone', () => {
    const draws = Array.from({ length: 4000 }, (_, place) => drawOf('a.jsonl', place))
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...draws)).toBeLessThan(DRAWS)
    const mean = draws.reduce((a, b) => a + b) / draws.length
    expect(Math.abs(mean / DRAWS - 0.5)).toBeLessThan(0.02)
    expect(drawOf('a.jsonl', 7)).toBe(draws[7])
    expect(drawOf('b.jsonl', 7)).not.toBe(draws[7])
  })
})

describe('a budget', () => {
  const even = (bytes: number) => new Float64Array(DRAWS).fill(bytes / DRAWS)

  it('leaves weights as they are where there is no more than it', () => {
    expect(scaleFor(new Map([[1, even(1000)]]), 1000)).toBe(1)
    expect(scaleFor(new Map(), 1)).toBe(1)
  })

  it('makes all weights smaller by one factor, as little as it can', () => {
    // 1000 bytes of weight 1 and 1000 of weight 3 are 4000 weighted bytes; the budget has 1000.
    const scale = scaleFor(
      new Map([
        [1, even(1000)],
        [3, even(1000)],
      ]),
      1000,
    )
    expect(scale).toBeCloseTo(0.25, 2)
  })

  it('is never exceeded', () => {
    const lumps = new Float64Array(DRAWS)
    lumps[5] = 600
    lumps[2000] = 600
    // Both draws are below 1, but only one text fits.
    const scale = scaleFor(new Map([[1, lumps]]), 1000)
    const taken = [5, 2000].map((draw) => new Selection([], scale).copies(1, draw))
    expect(taken).toEqual([1, 0])
    expect(scaleFor(new Map([[1, lumps]]), 10)).toBeLessThan(6 / DRAWS)
  })
})
