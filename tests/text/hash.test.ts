import { describe, expect, it } from 'vitest'
import { hashString32, mix32 } from '../../src/text/hash.js'

describe('hashString32', () => {
  // MurmurHash3 x86_32 of the UTF-16LE bytes where they fill whole blocks; its published values for the empty string.
  it('has the published values of the empty string', () => {
    expect(hashString32('', 0)).toBe(0)
    expect(hashString32('', 1)).toBe(0x514e28b7)
    expect(hashString32('', 0xffffffff)).toBe(0x81f16f39)
  })

  it('has the published values of whole blocks', () => {
    // "test" as bytes 74 65 73 74 is these two units; 0x9747b28c is the seed of the common test vectors.
    expect(hashString32('\u6574\u7473', 0x9747b28c)).toBe(0x704b81dc)
    expect(hashString32('\u6574\u7473', 0)).toBe(0xba6bd213)
  })

  it('tells short strings, orders and seeds apart', () => {
    const hashes = ['a', 'b', 'aa', 'ab', 'ba', 'a\0', '\0a'].map((text) => hashString32(text))
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashString32('abc', 1)).not.toBe(hashString32('abc', 2))
    expect(mix32(0)).toBe(0)
  })
})
