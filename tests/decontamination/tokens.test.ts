import { describe, expect, it } from 'vitest'
import { Tokens, windowHash, windowOf } from '../../src/decontamination/tokens.js'

const tokens = new Tokens()

function words(text: string): string[] {
  tokens.scan(text)
  return Array.from({ length: tokens.count }, (_, token) => tokens.spellingOf(token))
}

function stretches(text: string): string[] {
  tokens.scan(text)
  return Array.from({ length: tokens.count }, (_, token) => text.slice(tokens.startOf(token), tokens.endOf(token)))
}

describe('words', () => {
  it('are letters and digits in one spelling', () => {
    expect(words('The CAT, the ﬁsh: STRASSE straße Σίσυφος ΣΊΣΥΦΟΣ')).toEqual([
      ...['the', 'cat', 'the', 'fish', 'strasse', 'strasse'],
      ...['σισυφοσ', 'σισυφοσ'],
    ])
    expect(words("don't 80,000 a_b x=1")).toEqual(['don', 't', '80', '000', 'a', 'b', 'x', '1'])
    expect(words('Ｆｕｌｌ ｗｉｄｔｈ １２')).toEqual(['full', 'width', '12'])
    expect(words('é e\u0301 É ё')).toEqual(['e', 'e', 'e', 'е'])
  })

  it('are single characters in scripts without spaces, with their marks', () => {
    expect(words('東京が')).toEqual(['東', '京', 'か\u3099'])
    expect(words('ｶﾞ')).toEqual(['カ\u3099'])
    expect(words('ที่')).toEqual(['ที่'])
    expect(words('GPU東京2026年')).toEqual(['gpu', '東', '京', '2026', '年'])
  })

  it('ignore what can not be seen, and vowel points', () => {
    expect(words('soft\u00adhyphen zero\u200bwidth')).toEqual(['softhyphen', 'zerowidth'])
    expect(words('مُحَمَّد שָׁלוֹם')).toEqual(['محمد', 'שלום'])
  })

  it('keep vowel signs of Indic scripts, and compose Hangul either way', () => {
    expect(words('कि की')).toEqual(['कि', 'की'])
    expect(words('한국')).toEqual(words('한국'.normalize('NFD')))
  })

  it('know their place in the text', () => {
    expect(stretches('😀 Naïve, "e\u0301te\u0301"… 𝐀b 東京 x\u00ad ')).toEqual([
      ...['Naïve', 'e\u0301te\u0301', '𝐀b', '東', '京', 'x\u00ad'],
    ])
  })

  it('hash alike wherever they stand', () => {
    tokens.scan('a b c d e')
    const there = windowHash(tokens.prefix, 2, windowOf(3))
    tokens.scan('x C, D. E! f')
    expect(windowHash(tokens.prefix, 1, windowOf(3))).toBe(there)
    expect(windowHash(tokens.prefix, 1, windowOf(2))).not.toBe(there)
  })

  it('are compared to the last letter', () => {
    tokens.scan('ab')
    const spelled = (word: string) =>
      tokens.isSpelled(
        0,
        Uint16Array.from(word, (unit) => unit.charCodeAt(0)),
        0,
        word.length,
      )
    expect([spelled('ab'), spelled('a'), spelled('abc'), spelled('')]).toEqual([true, false, false, false])
  })
})
