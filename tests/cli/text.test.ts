import { expect, it } from 'vitest'
import {
  barText,
  bytesText,
  clip,
  countText,
  durationText,
  numberText,
  plural,
  shareText,
  tableLines,
} from '../../src/cli/text.js'

it.each([
  [countText(1234567), '1,234,567'],
  [plural(1, 'shard'), '1 shard'],
  [plural(0, 'shard'), '0 shards'],
  [shareText(1, 3), '33.3 %'],
  [shareText(0, 0), '-'],
  [bytesText(0), '0 B'],
  [bytesText(999), '999 B'],
  [bytesText(1500), '1.50 kB'],
  [bytesText(12_345_678), '12.3 MB'],
  [bytesText(3e18), '3000.0 PB'],
  [durationText(0.04), '0.0 s'],
  [durationText(59.4), '59 s'],
  [durationText(187), '3:07 min'],
  [durationText(7509), '2:05:09 h'],
  [durationText(-1), '0.0 s'],
  [numberText(1234), '1,234'],
  [numberText(0.123456), '0.1235'],
  [clip('abcdef', 4), 'abc…'],
  [clip('👍👍', 2), '👍👍'],
])('%s', (text, expected) => {
  expect(text).toBe(expected)
})

it('draws bars in eighths of a cell', () => {
  expect(barText(0, 4)).toBe('')
  expect(barText(1, 4)).toBe('████')
  expect(barText(0.5, 3)).toBe('█▌')
  expect(barText(2, 2)).toBe('██')
})

it('lines columns up, numbers to the right, by characters and not by UTF-16 units', () => {
  const lines = tableLines(
    [
      ['stage', 'in'],
      ['👍', '1,000'],
      ['x', '7'],
    ],
    [1],
  )
  expect(lines).toEqual(['stage     in', '👍      1,000', 'x          7'])
})
