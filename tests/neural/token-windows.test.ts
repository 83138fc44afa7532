import { expect, it } from 'vitest'
import { tokenWindows } from '../../src/neural/token-windows.js'
import { Random } from '../support/random.js'

it('takes each token from the window in which it has more around it', () => {
  expect(tokenWindows(0, { room: 8, stride: 4 })).toEqual([])
  expect(tokenWindows(8, { room: 8, stride: 4 })).toEqual([{ from: 0, to: 8, first: 0, last: 8 }])
  expect(tokenWindows(13, { room: 8, stride: 4 })).toEqual([
    { from: 0, to: 8, first: 0, last: 6 },
    { from: 4, to: 12, first: 6, last: 10 },
    { from: 8, to: 13, first: 10, last: 13 },
  ])
})

it('decides every token once, inside of the window, for any numbers', () => {
  const random = new Random(3)
  for (let round = 0; round < 500; round++) {
    const room = 1 + random.below(40)
    const stride = 1 + random.below(room)
    const count = random.below(200)
    let next = 0
    for (const { from, to, first, last } of tokenWindows(count, { room, stride })) {
      expect(first).toBe(next)
      expect(first >= from && last <= to && last > first && to - from <= room).toBe(true)
      next = last
    }
    expect(next, JSON.stringify({ room, stride, count })).toBe(count)
  }
})
