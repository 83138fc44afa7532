import { describe, expect, it } from 'vitest'
import { characterTable } from '../../src/decontamination/characters.js'
import { createTokenScanner as createWasm, PIECE_UNITS } from '../../src/kernels/token-hashes/index.js'
import { createTokenScanner as createReference, mix, TokenHashes } from '../../src/kernels/token-hashes/reference.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

const wasm = createWasm(characterTable())
const reference = createReference(characterTable())

function scanned(scan: typeof wasm, text: string) {
  const tokens = new TokenHashes()
  scan(text, tokens)
  return { starts: [...tokens.starts.slice(0, tokens.count)], prefix: [...tokens.prefix.slice(0, tokens.count + 1)] }
}

describe('reference', () => {
  it('hashes as the header says', () => {
    const fnv = (word: string) => {
      let hash = 0x811c9dc5
      for (const letter of word) hash = Math.imul(hash ^ (0x10000 | letter.charCodeAt(0)), 0x01000193)
      return mix(hash)
    }
    const { starts, prefix } = scanned(reference, 'One, two')
    expect(starts).toEqual([0, 5])
    expect(prefix).toEqual([0, fnv('one'), (Math.imul(fnv('one'), 0x2c1b3c6d) + fnv('two')) | 0])
  })

  it('has nothing in a text without words', () => {
    for (const text of ['', ' \n', '...', '\ud800', '\u00ad\u200b', '😀']) {
      expect(scanned(reference, text)).toEqual({ starts: [], prefix: [0] })
    }
  })
})

const TEXTS: Readonly<Record<string, string>> = {
  empty: '',
  'Latin, Greek, Cyrillic': 'Straße ﬁne ΟΔΟΣ οδος Йод e\u0301té ½ x² ŉ ǅ',
  'Han, kana, Hangul': '東京タワー ﾀﾜｰ が か\u3099 한국어 한a漢b',
  'Thai, Hindi, Arabic, Hebrew': 'ที่นี่ไทย हिन्दी مُحَمَّد محمد ـــ שָׁלוֹם',
  'beyond the first plane': '𝐀𝐛 𠀀x𠀀 🏴 \u{1e900}\u{e0041} 𐐀',
  'lone surrogates': '\ud800a \udc00b c\ud800',
  invisible: 'a\u00adb \u200b\ufeff c\u200b',
  'marks alone': '\u0301 \u3099 \u093c x\u0301',
}

describe('wasm and reference agree, bit for bit', () => {
  it.each(Object.entries(TEXTS))('%s', (_, text) => {
    expect(scanned(wasm, text)).toEqual(scanned(reference, text))
  })

  it('at the ends of pieces', () => {
    for (const unit of ['a', ' ', '𠀀', '漢', 'e\u0301', 'ab c ', '한']) {
      for (let more = -2; more <= 2; more++) {
        const text = 'x'.repeat(3) + unit.repeat(Math.ceil(PIECE_UNITS / unit.length) + more)
        expect(scanned(wasm, `${text}é ende`), `${unit} ${more}`).toEqual(scanned(reference, `${text}é ende`))
      }
    }
  })

  it('on random texts, one instance for all', () => {
    const random = new Random(5)
    for (let i = 0; i < 300; i++) {
      const text = randomText(random, 200)
      expect(scanned(wasm, text), JSON.stringify(text)).toEqual(scanned(reference, text))
    }
  })
})
