import { describe, expect, it } from 'vitest'
import { repeatedNGramLengths, topNGramLengths } from '../../src/text/ngrams.js'
import { splitPart } from '../../src/text/words.js'
import { Random } from '../support/random.js'

const top = (text: string, nMax: number) => topNGramLengths(splitPart(text), nMax)
const repeated = (text: string, nMin: number, nMax = nMin) => repeatedNGramLengths(splitPart(text), nMin, nMax)

describe('topNGramLengths', () => {
  it('joins by spaces and multiplies by the count, even a count of one', () => {
    expect(top('ab cd ab cd xy', 4)).toEqual([2 * 5, 8, 11])
    expect(top('three little words', 4)).toEqual([12, 18, 0])
    expect(top('one', 3)).toEqual([0, 0])
    expect(top('', 3)).toEqual([0, 0])
  })

  it('takes the first seen among equals, not the longest', () => {
    expect(top('aa bb aa bb cccc dd cccc dd', 2)).toEqual([2 * 5])
    expect(top('xxxx yy xxxx yy aa bb aa bb', 2)).toEqual([2 * 7])
  })

  it('counts n-grams that overlap, and code points', () => {
    expect(top('z z z z', 3)).toEqual([3 * 3, 2 * 5])
    expect(top('😀 😀 😀', 2)).toEqual([2 * 3])
  })
})

describe('repeatedNGramLengths', () => {
  it('joins by nothing, and jumps over a repeat', () => {
    expect(repeated('a b c d e a b c d e', 5)).toEqual([5])
    expect(repeated('a b c d e a b c d e a b c d e', 5, 6)).toEqual([10, 6])
    expect(repeated('a b c d', 5)).toEqual([0])
    expect(repeated('', 5, 10)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('does not remember an n-gram inside a repeat', () => {
    // At n = 2: ab, bc, ca seen; ab repeats and is jumped over, so "cb" comes next and "bc" never stands again.
    expect(repeated('a b c a b c b', 2)).toEqual([2])
  })

  it('compares what is joined, whatever its words', () => {
    expect(repeated('ab c d e f a bc d e f', 5)).toEqual([6])
    expect(repeated('ab c d e f a bd d e f', 5)).toEqual([0])
  })
})

/** The definitions word by word. */
function plainTop(words: readonly string[], n: number): number {
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const gram = words.slice(i, i + n).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  const [best = ['', 0] as const] = [...counts].sort((a, b) => b[1] - a[1])
  return [...best[0]].length * best[1]
}

function plainRepeated(words: readonly string[], n: number): number {
  const seen = new Set<string>()
  let length = 0
  for (let i = 0; i + n <= words.length; ) {
    const gram = words.slice(i, i + n).join('')
    const isSeen = seen.has(gram)
    if (isSeen) length += [...gram].length
    else seen.add(gram)
    i += isSeen ? n : 1
  }
  return length
}

it('both equal their definitions on small vocabularies (seeds 1 to 200)', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed)
    const vocabulary = ['a', 'b', 'aa', 'ab', '😀', 'c', 'ba'].slice(0, 2 + random.below(6))
    const text = Array.from({ length: random.below(120) }, () => random.pick(vocabulary)).join(' ')
    const words = splitPart(text)
    const strings = words.strings()
    const tops = [2, 3, 4, 5].map((n) => plainTop(strings, n))
    expect(topNGramLengths(words, 5), `seed ${seed}`).toEqual(tops)
    const repeats = [2, 3, 4, 5, 6].map((n) => plainRepeated(strings, n))
    expect(repeatedNGramLengths(words, 2, 6), `seed ${seed}`).toEqual(repeats)
  }
})
