import { describe, expect, test } from 'vitest'
import { SHINGLES_MAX, Shingler, type Spaceless, shingleSet } from '../../src/dedup/shingles.js'

/** The definition by strings: lower-case words (`\w+` as Python reads it), n in a row. */
function wordShingles(text: string, n: number, spaceless: Spaceless): string[] {
  const letter =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
  const words: string[] = []
  for (const [run] of text
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .matchAll(/[\p{L}\p{N}_]+/gu)) {
    let word = ''
    for (const character of run) {
      if (spaceless === 'characters' && letter.test(character)) {
        if (word !== '') words.push(word)
        words.push(character)
        word = ''
      } else word += character
    }
    if (word !== '') words.push(word)
  }
  return words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(' '))
}

/** Hashes and strings must be equal at the same places, and have the same count. */
function expectSameAsStrings(text: string, n: number, spaceless: Spaceless): void {
  const strings = wordShingles(text, n, spaceless)
  const hashes = new Shingler(n, spaceless).shingles(text)
  expect(hashes.length).toBe(strings.length)
  const hashOf = new Map<string, number>()
  for (const [i, string] of strings.entries()) {
    expect(hashes[i]).toBe(hashOf.get(string) ?? hashes[i])
    hashOf.set(string, hashes[i])
  }
  expect(new Set(hashOf.values()).size).toBe(hashOf.size)
}

const TEXTS = [
  '',
  'one',
  'one two three four',
  'The quick brown fox jumps over the lazy dog, 3.14 times on Monday; don\u2019t e-mail caf\u00e9.',
  'snake_case _x_ 10\u00b2 \u00bd \u2167 \u0664\u0662 a1b2',
  '\u0130stanbul \u0130 I \u0131 \u0130\u0130 TITLE title',
  '\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 \u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c2 \u03a3',
  '\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e \u0627\u0644\u0644\u0651\u0647',
  '\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002\u6211\u4eec2026\u5e74\u53bbABC\u516c\u53f8 \u30c6\u30b9\u30c8\u3067\u3059',
  '\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 x\u4e2dy \u{20000}\u{20001}z\u{1f600}q \u{10400}\u{10428} \u{1d400}',
  'lone \ud800 high \udc00 low\ud83d end \udbff\udbff',
  'a\u0000b\u0001c\ufffed \u00ad soft\u200bzero',
  'a b a b a b a b a b a b',
]

describe('shingles are those of the words', () => {
  for (const spaceless of ['characters', 'runs'] as const) {
    for (const n of [1, 2, 5]) {
      test(`${n} words, ${spaceless}`, () => {
        for (const text of TEXTS) expectSameAsStrings(text, n, spaceless)
        expectSameAsStrings(TEXTS.join(' '), n, spaceless)
      })
    }
  }

  test('random mixtures of all kinds of characters', () => {
    const alphabet = Array.from(TEXTS.join(''))
    let state = 1
    for (let round = 0; round < 300; round++) {
      let text = ''
      for (let i = 0; i < 60; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        text += alphabet[(state >>> 8) % alphabet.length]
      }
      expectSameAsStrings(text, 1 + (round % 4), round % 2 === 0 ? 'characters' : 'runs')
    }
  })
})

test('case, punctuation and place in the text make no difference', () => {
  const shingler = new Shingler(3, 'characters')
  const plain = shingler.shingles('alpha beta gamma delta')
  expect(shingler.shingles('ALPHA, beta -- (Gamma)\n\ndelta!')).toEqual(plain)
  expect(shingler.shingles('zero alpha beta gamma delta').subarray(1)).toEqual(plain)
})

test('swapped words make other shingles', () => {
  const shingler = new Shingler(5, 'characters')
  const words = ['a', 'b', 'c', 'd', 'e']
  const hashes = new Set<number>()
  let count = 0
  const permute = (left: string[], taken: string[]): void => {
    if (left.length === 0) {
      hashes.add(shingler.shingles(taken.join(' '))[0])
      count++
    }
    for (const word of left)
      permute(
        left.filter((other) => other !== word),
        [...taken, word],
      )
  }
  permute(words, [])
  expect(hashes.size).toBe(count)
})

test('a long text gives the same shingles as its parts, and scratch is not shared with the result', () => {
  const shingler = new Shingler(2, 'characters')
  const text = Array.from({ length: 50_000 }, (_, i) => `w${i * 7919}`).join(' ')
  const first = shingler.shingles(text)
  expect(first.length).toBe(49_999)
  const copy = first.slice()
  shingler.shingles('other words entirely here')
  expect(first).toEqual(copy)
  expect(new Set(first).size).toBeGreaterThan(49_990) // 2^32 hashes: 0.3 collisions expected
})

test('hash bits are even: each of 32 bits is set in half of the hashes', () => {
  const hashes = new Shingler(1, 'characters').shingles(Array.from({ length: 20_000 }, (_, i) => `${i}`).join(' '))
  for (let bit = 0; bit < 32; bit++) {
    const share = hashes.reduce((sum, hash) => sum + ((hash >>> bit) & 1), 0) / hashes.length
    expect(Math.abs(share - 0.5)).toBeLessThan(0.02) // standard deviation 0.0035
  }
})

describe('shingleSet', () => {
  test('ascending and distinct', () => {
    expect([...shingleSet(Uint32Array.of(5, 1, 0xffffffff, 5, 0, 1))]).toEqual([0, 1, 5, 0xffffffff])
    expect(shingleSet(new Uint32Array(0)).length).toBe(0)
  })

  test('keeps the smallest of a very large set', () => {
    const set = shingleSet(Uint32Array.from({ length: SHINGLES_MAX + 10 }, (_, i) => 3 * (SHINGLES_MAX + 9 - i)))
    expect(set.length).toBe(SHINGLES_MAX)
    expect(set[SHINGLES_MAX - 1]).toBe(3 * (SHINGLES_MAX - 1))
  })
})
