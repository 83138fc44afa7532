import { describe, expect, it } from 'vitest'
import * as C from '../../src/text/classes.js'

describe('CLASS', () => {
  const matches = (codePoint: number, property: string) =>
    new RegExp(`\\p{${property}}`, 'u').test(String.fromCodePoint(codePoint))

  it.skipIf(process.versions.unicode !== '17.0')('has the Unicode 17 properties (needs a Node with Unicode 17)', () => {
    const properties = [
      ['L', C.LETTER],
      ['P', C.PUNCTUATION],
      ['Nd', C.DECIMAL],
    ] as const
    for (const [property, bit] of properties) {
      const pattern = new RegExp(`\\p{${property}}`, 'u')
      for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
        if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue
        const has = (C.CLASS[codePoint] & bit) !== 0
        if (has !== pattern.test(String.fromCodePoint(codePoint)))
          expect.fail(`${property} of U+${codePoint.toString(16)}`)
      }
    }
  })

  const countOf = (bit: number, end = 0x110000) =>
    C.CLASS.subarray(0, end).reduce((sum, bits) => sum + ((bits & bit) === 0 ? 0 : 1), 0)

  it('has the sizes of the sets that it was made from', () => {
    expect(countOf(C.WHITE)).toBe(29) // Python's str.isspace
    expect(countOf(C.MARK)).toBe(281) // datatrove 0.10.1 PUNCTUATION_SET
    expect(countOf(C.ICON)).toBe(5984) // spaCy 3.8 ICONS
    let sentence = 0
    let line = 0
    for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
      if (C.endsSentence(codePoint)) sentence++
      if (C.endsLine(codePoint)) line++
    }
    expect([sentence, line]).toEqual([128, 159])
  })

  it('knows case within the ranges of the splitting rules only', () => {
    const bitsOf = (character: string) => C.CLASS[character.codePointAt(0) ?? 0] & (C.LOWER | C.UPPER | C.ALPHA)
    expect(bitsOf('a')).toBe(C.LOWER | C.ALPHA)
    expect(bitsOf('É')).toBe(C.UPPER | C.ALPHA)
    expect(bitsOf('中')).toBe(C.LOWER | C.UPPER | C.ALPHA)
    expect(bitsOf('Ա')).toBe(0) // Armenian is no letter to them
    expect(matches(0x531, 'Lu')).toBe(true)
  })
})
