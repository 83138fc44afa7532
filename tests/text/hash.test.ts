import { expect, it } from 'vitest'
import { mix32 } from '../../src/text/hash.js'

it('mixes as MurmurHash3 x86_32 does: its published hashes of the empty key, by seed', () => {
  for (const [seed, hash] of [
    [0, 0],
    [1, 0x514e28b7],
    [0xffffffff, 0x81f16f39],
  ]) {
    expect(mix32(seed) >>> 0).toBe(hash)
  }
})
