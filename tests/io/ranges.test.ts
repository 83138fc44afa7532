import { describe, expect, it } from 'vitest'
import { cutRanges, repairedRange } from '../../src/io/ranges.js'

describe('cutRanges', () => {
  it('covers the file, exact only at its start', () => {
    expect(cutRanges(250, 100)).toEqual([
      { start: 0, end: 100, exact: true },
      { start: 100, end: 200, exact: false },
      { start: 200, end: 250, exact: false },
    ])
    expect(cutRanges(200, 100)).toHaveLength(2)
    expect(cutRanges(5, 100)).toEqual([{ start: 0, end: 5, exact: true }])
    expect(cutRanges(5, null)).toEqual([{ start: 0, end: 5, exact: true }])
  })

  it('gives an empty file one empty range', () => {
    expect(cutRanges(0, 100)).toEqual([{ start: 0, end: 0, exact: true }])
    expect(cutRanges(0, null)).toEqual([{ start: 0, end: 0, exact: true }])
  })
})

describe('repairedRange', () => {
  const range = { start: 100, end: 200, exact: false }

  it('leaves a range that began where the one before stopped', () => {
    expect(repairedRange(130, range, { first: 130, stopped: 210 })).toBeNull()
    expect(repairedRange(200, range, { first: 200, stopped: 200 })).toBeNull()
  })

  it('reads one again that began elsewhere', () => {
    expect(repairedRange(150, range, { first: 120, stopped: 210 })).toEqual({ start: 150, end: 200, exact: true })
    expect(repairedRange(150, range, { first: 200, stopped: 200 })).toEqual({ start: 150, end: 200, exact: true })
  })

  it('empties one that lies inside the record before', () => {
    expect(repairedRange(250, range, { first: 120, stopped: 220 })).toEqual({ start: 250, end: 250, exact: true })
  })
})
