import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { plainTokens, tokenizerOf, whiteSpaceTokens } from '../../src/lm/profiles.js'
import { dataFolder, dataPath } from '../support/data.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

function rows(name: string): Record<string, unknown>[] {
  return gunzipSync(readFileSync(dataPath(name)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('plain', () => {
  it.each([
    ['', []],
    [' \u00a0\u3000\n', []],
    ['It’s 3.5 € (snake_case)', ['it', '’', 's', '3', '.', '5', '€', '(', 'snake_case', ')']],
    ['wait…!!', ['wait', '…', '!', '!']],
    // A letter of its own, a combining mark is none.
    ['ÉTÉ e\u0301t', ['été', 'e', '\u0301', 't']],
    ['x² ½ Ⅷ ٣', ['x²', '½', 'ⅷ', '٣']],
    ['東京 2024年', ['東京', '2024年']],
    ['a\ud835\udc65b 😀😀', ['a\ud835\udc65b', '😀', '😀']],
    ['a\ud800b\udc00', ['a', '\ud800', 'b', '\udc00']],
  ])('%j', (text, tokens) => {
    expect(plainTokens(text)).toEqual(tokens)
  })

  it('is what its regular expression says', () => {
    const definition = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s\x1c-\x1f\x85]/gu
    for (let seed = 0; seed < 500; seed++) {
      const text = randomText(new Random(seed), 80).replaceAll('\ufeff', '')
      expect(plainTokens(text), `seed ${seed}`).toEqual(text.toLowerCase().match(definition) ?? [])
    }
  })

  it('takes megabytes without a break', () => {
    expect(plainTokens('x'.repeat(1_000_000))).toHaveLength(1)
    expect(plainTokens('😀'.repeat(500_000))).toHaveLength(500_000)
  })
})

describe.skipIf(!dataFolder)(
  'plain, beside the texts that the development models were made from (needs MILLRACE_DATA)',
  () => {
    it('gives the tokens of each scored text', () => {
      const scored = rows('kenlm/scores.jsonl.gz')
      expect(scored.length).toBe(2000)
      const differ = scored.filter(({ text, tokens }) => plainTokens(String(text)).join(' ') !== tokens)
      expect(differ).toEqual([])
    })
  },
)

describe('ccnet', () => {
  it('without pieces: what stands between white space', () => {
    expect(tokenizerOf('ccnet', null)('  In 1998,\u3000the “Café” ')).toEqual(['in', '0000,', 'the', '"cafe"'])
    expect(tokenizerOf('ccnet', null)('\n')).toEqual([])
  })

  it('with pieces: these get the normalized text', () => {
    const pieces = { encode: (text: string) => [`<${text}>`] }
    expect(tokenizerOf('ccnet', pieces)('Né en 1998')).toEqual(['<ne en 0000>'])
  })
})

describe('whiteSpaceTokens', () => {
  it('cuts as Python does', () => {
    expect(whiteSpaceTokens(' a\u001cb\u0085c\u2028 \ufeffd ')).toEqual(['a', 'b', 'c', '\ufeffd'])
    expect(whiteSpaceTokens('')).toEqual([])
  })
})
