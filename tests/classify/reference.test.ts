import { describe, expect, it } from 'vitest'
import { encodeReference, ReferenceBuilder, readReference, similarity } from '../../src/classify/reference.js'

function referenceOf(...texts: string[]) {
  const builder = new ReferenceBuilder()
  for (const text of texts) builder.count(text)
  for (const text of texts) builder.add(text)
  return builder.finish()
}

describe('likeness to a reference', () => {
  it('is the cosine of TF-IDF vectors', () => {
    // Worked by hand: idf(a) = ln(3/3) + 1 = 1, idf(b) = idf(c) = ln(3/2) + 1.
    const reference = referenceOf('a b', 'a c')
    const rare = Math.log(1.5) + 1
    const length = Math.hypot(1, rare)
    const mean = [2 / length, rare / length, rare / length]
    const size = Math.hypot(...mean)
    expect(similarity(reference, 'A, b!')).toBeCloseTo((mean[0] * 1 + mean[1] * rare) / length / size, 6)
    const twice = [1 + Math.log(2), rare]
    const expected = (mean[0] * twice[0] + mean[1] * twice[1]) / Math.hypot(...twice) / size
    expect(similarity(reference, 'a b a')).toBeCloseTo(expected, 6)
  })

  it('is 1 for the only text, 0 for other words and for none', () => {
    const reference = referenceOf('the mill stands by the river')
    expect(similarity(reference, 'The mill stands by the river.')).toBeCloseTo(1, 6)
    expect(similarity(reference, 'quite different words')).toBe(0)
    expect(similarity(reference, '')).toBe(0)
    expect(similarity(referenceOf(''), 'a')).toBe(0)
  })

  it('comes back from its file, and a file that is none is refused', () => {
    const bytes = encodeReference(referenceOf('a b', 'a c'))
    expect(bytes.length).toBe(16 + 2 * 4 * 2 ** 18)
    const back = readReference(bytes, 'x.ref')
    expect(back.textCount).toBe(2)
    expect(similarity(back, 'b')).toBe(similarity(referenceOf('a b', 'a c'), 'b'))
    for (const length of [0, 3, 15, 16, 1000, bytes.length - 1]) {
      expect(() => readReference(bytes.subarray(0, length), 'x.ref')).toThrow(/^x\.ref: byte \d+/)
    }
    const spoiled = Uint8Array.from(bytes)
    spoiled[0] = 0
    expect(() => readReference(spoiled, 'x.ref')).toThrow(/not a reference/)
    spoiled.set(bytes)
    spoiled[8] = 40
    expect(() => readReference(spoiled, 'x.ref')).toThrow(/buckets/)
  })
})
