import { describe, expect, it } from 'vitest'
import { cutWindows, joinWindows, scoreOf, type WindowOptions } from '../../src/neural/windows.js'
import { Random } from '../support/random.js'

const ids = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => 100 + i)

describe('windows', () => {
  it('are those drawn in the header', () => {
    const options: WindowOptions = { contextTokens: 5, strideTokens: 2, bos: null }
    expect(cutWindows(ids(9), options).map((window) => [...window])).toEqual([
      [100, 101, 102, 103, 104],
      [102, 103, 104, 105, 106],
      [104, 105, 106, 107, 108],
    ])
  })

  it.each([
    // ids, bos, rows
    [0, null, []],
    [0, 7, []],
    [1, null, []],
    [1, 7, [[7, 100]]],
    [2, null, [[100, 101]]],
    [3, 7, [[7, 100, 101, 102]]],
    [
      4,
      7,
      [
        [7, 100, 101, 102],
        [101, 102, 103],
      ],
    ],
  ])('of %i ids, BOS %s', (length, bos, rows) => {
    const windows = cutWindows(ids(length), { contextTokens: 4, strideTokens: 2, bos })
    expect(windows.map((window) => [...window])).toEqual(rows)
  })

  it('score every id but the first exactly once, in order, with context enough', () => {
    const random = new Random(5)
    for (let round = 0; round < 500; round++) {
      const contextTokens = 2 + random.below(12)
      const strideTokens = 1 + random.below(contextTokens - 1)
      const bos = random.below(2) === 0 ? null : 7
      const options = { contextTokens, strideTokens, bos }
      const document = ids(random.below(60))
      const windows = cutWindows(document, options)
      const about = JSON.stringify({ seed: random.seed, round, ...options, length: document.length })
      // In place of a log-probability: the id itself, and the ids before it in the window.
      const scored = joinWindows(
        windows.map((window) => Float32Array.from(window.subarray(1))),
        options,
      )
      const seen = joinWindows(
        windows.map((window) => Float32Array.from(window.subarray(1), (_, i) => i + 1)),
        options,
      )
      expect([...scored], about).toEqual([...document.subarray(bos === null ? 1 : 0)])
      const poorest = seen.findIndex((context, i) => context < Math.min(i + 1, contextTokens - strideTokens))
      expect(poorest, about).toBe(-1)
      const whole = seen.subarray(0, contextTokens - 1)
      expect([...whole], about).toEqual(Array.from(whole, (_, i) => i + 1))
      expect(
        windows.filter(({ length }) => length < 2 || length > contextTokens),
        about,
      ).toEqual([])
    }
  })
})

describe('the score', () => {
  it('worked by hand', () => {
    // Probabilities 1/2, 1/4, 1/8 over 4 bytes: 6 bits, geometric mean 1/4.
    const score = scoreOf(Float32Array.of(Math.log(1 / 2), Math.log(1 / 4), Math.log(1 / 8)), 4)
    expect(score.tokenCount).toBe(3)
    expect(score.nll).toBeCloseTo(6 * Math.LN2, 6)
    expect(score.perplexity).toBeCloseTo(4, 5)
    expect(score.bitsPerByte).toBeCloseTo(1.5, 6)
  })

  it('of nothing scored', () => {
    expect(scoreOf(new Float32Array(0), 3)).toEqual({ tokenCount: 0, nll: 0, perplexity: null, bitsPerByte: null })
  })

  it('is finite at the ends', () => {
    const worst = scoreOf(Float32Array.of(-3e38, -3e38), 1)
    expect(Number.isFinite(worst.perplexity)).toBe(true)
    expect(Number.isFinite(worst.bitsPerByte)).toBe(true)
    expect(scoreOf(Float32Array.of(0, 1e-7), 1)).toMatchObject({ nll: 0, perplexity: 1, bitsPerByte: 0 })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5])('refuses %d', (value) => {
    expect(() => scoreOf(Float32Array.of(-1, value), 4)).toThrow(
      expect.objectContaining({ name: 'RecordError', code: 'log-probability' }),
    )
  })
})
