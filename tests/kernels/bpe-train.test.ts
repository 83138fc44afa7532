/** Both forms of the learner against plain recounting for every merge, and against each other. */
import { describe, expect, it } from 'vitest'
import { createLearner as createKernel } from '../../src/kernels/bpe-train/index.js'
import {
  FIRST_MERGE,
  type Learner,
  type LearnerOptions,
  type Merges,
  NO_MERGES,
} from '../../src/kernels/bpe-train/learner.js'
import { createLearner as createReference } from '../../src/kernels/bpe-train/reference.js'
import { encodeRecord } from '../../src/kernels/word-count/index.js'
import { Random } from '../support/random.js'

const MEMORY_MAX = 2 ** 32
const FORMS: Readonly<Record<string, (options: LearnerOptions) => Learner>> = {
  kernel: (options) => createKernel(options, MEMORY_MAX),
  reference: createReference,
}

type Words = readonly (readonly [word: Uint8Array, count: number])[]
type Limits = Partial<LearnerOptions>

/** Not the bytes' own order, nor its reverse. */
const symbolOfByte = Uint32Array.from({ length: 256 }, (_, byte) => 1 + ((byte * 77 + 13) & 255))

function optionsFor(limits: Limits, recordBytes: number): LearnerOptions {
  const defaults = { mergesMax: 50, longestToken: 1000, countMin: 1, ties: 'lowest-ids' as const, forbidden: [] }
  return { ...defaults, symbolOfByte, before: NO_MERGES, recordBytes, ...limits }
}

function learn(form: string, words: Words, limits: Limits): Merges {
  const records = Buffer.concat(words.map(([word, count]) => encodeRecord(word, count)))
  const options = optionsFor(limits, records.length)
  const learner = FORMS[form](options)
  learner.add(records, 'bytes')
  // In uneven steps: where it is interrupted makes no difference.
  for (let until = 0; until < options.mergesMax; ) {
    until = Math.min(options.mergesMax, until + 1 + (until % 7))
    if (learner.learn(until) < until) break
  }
  const merges = learner.merges()
  learner.release()
  return merges
}

/** The definition: everything counted anew for every merge. */
function learnPlainly(words: Words, limits: Limits): Merges {
  const { mergesMax, longestToken, countMin, ties, forbidden } = optionsFor(limits, 0)
  const bytesOf = new Map<number, Buffer>()
  for (const [byte, symbol] of symbolOfByte.entries()) bytesOf.set(symbol, Buffer.from([byte]))
  const bytes = (symbol: number) => bytesOf.get(symbol) ?? Buffer.alloc(0)
  const sequences = words.map(([word]) => Array.from(word, (byte) => symbolOfByte[byte]))
  const merges: [number, number, number][] = []
  const isBefore = (a: readonly [number, number, number], b: readonly [number, number, number]): boolean => {
    if (a[2] !== b[2]) return a[2] > b[2]
    if (ties === 'lowest-ids') return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1]
    return (Buffer.compare(bytes(a[0]), bytes(b[0])) || Buffer.compare(bytes(a[1]), bytes(b[1]))) > 0
  }
  while (merges.length < mergesMax) {
    const pairs = new Map<string, [number, number, number]>()
    for (const [w, sequence] of sequences.entries()) {
      for (let i = 1; i < sequence.length; i++) {
        const [left, right] = [sequence[i - 1], sequence[i]]
        const pair = pairs.get(`${left} ${right}`) ?? [left, right, 0]
        pair[2] += words[w][1]
        pairs.set(`${left} ${right}`, pair)
      }
    }
    let best: [number, number, number] | undefined
    for (const pair of pairs.values()) {
      const token = Buffer.concat([bytes(pair[0]), bytes(pair[1])])
      if (pair[2] < countMin || token.length > longestToken || forbidden.some((other) => token.equals(other))) continue
      if (best === undefined || isBefore(pair, best)) best = pair
    }
    if (best === undefined) break
    const symbol = FIRST_MERGE + merges.length
    bytesOf.set(symbol, Buffer.concat([bytes(best[0]), bytes(best[1])]))
    merges.push(best)
    for (const sequence of sequences) mergePair(sequence, best[0], best[1], symbol)
  }
  return {
    lefts: Uint32Array.from(merges, ([left]) => left),
    rights: Uint32Array.from(merges, ([, right]) => right),
    counts: Float64Array.from(merges, ([, , count]) => count),
  }
}

function mergePair(sequence: number[], left: number, right: number, symbol: number): void {
  let to = 0
  for (let from = 0; from < sequence.length; from++) {
    const isPair = sequence[from] === left && sequence[from + 1] === right
    sequence[to++] = isPair ? symbol : sequence[from]
    if (isPair) from++
  }
  sequence.length = to
}

/** Short words over few letters with runs, so that nearly all is ties. */
function randomWords(random: Random): Words {
  const letters = 1 + random.below(random.pick([2, 4, 9]))
  const words = new Map<string, number>()
  for (let i = 1 + random.below(40); i > 0; i--) {
    let word = ''
    for (let parts = 1 + random.below(8); parts > 0; parts--) {
      word += String.fromCharCode(97 + random.below(letters)).repeat(1 + random.below(random.pick([1, 2, 9])))
    }
    words.set(word, random.pick([1, 1 + random.below(3), 2046 + random.below(3), 5000]))
  }
  return [...words].map(([word, count]) => [Buffer.from(word), count])
}

const text = (...words: readonly [string, number][]): Words => words.map(([word, count]) => [Buffer.from(word), count])
const named = ({ lefts, rights }: Merges): string[] => {
  const names = new Map<number, string>()
  for (const [byte, symbol] of symbolOfByte.entries()) names.set(symbol, String.fromCharCode(byte))
  return Array.from(lefts, (left, i) => {
    const pair = [names.get(left), names.get(rights[i])]
    names.set(FIRST_MERGE + i, pair.join(''))
    return pair.join(' ')
  })
}

describe.each(Object.keys(FORMS))('%s', (form) => {
  it.each(['lowest-ids', 'greatest-bytes'] as const)('learns as plain recounting does, ties %s', (ties) => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed)
      const words = randomWords(random)
      const limits = {
        ties,
        mergesMax: random.pick([3, 50, 200]),
        longestToken: random.pick([1000, 1000, 2, 3, 5]),
        countMin: random.pick([1, 1, 2, 4000]),
        forbidden: random.pick([[], [Buffer.from('aa'), Buffer.from('ba'), Buffer.from('abaab')]]),
      }
      expect(learn(form, words, limits), `seed ${seed}`).toEqual(learnPlainly(words, limits))
    }
  })

  it('learns the same from words in any order', () => {
    for (let seed = 0; seed < 50; seed++) {
      const words = randomWords(new Random(seed))
      const merges = learn(form, words, {})
      expect(learn(form, [...words].reverse(), {})).toEqual(merges)
      expect(
        learn(
          form,
          [...words].sort(([a], [b]) => Buffer.compare(a, b)),
          {},
        ),
      ).toEqual(merges)
    }
  })

  // Worked by hand: ab 5, bc 4 + 1; "ab" is taken for its lower symbol or not at all.
  it('takes the pair that counts most, then by the rule for ties', () => {
    const words = text(['ab', 5], ['bc', 5], ['xy', 3])
    const ids = symbolOfByte[97] < symbolOfByte[98] ? ['a b', 'b c', 'x y'] : ['b c', 'a b', 'x y']
    expect(named(learn(form, words, {}))).toEqual(ids)
    expect(named(learn(form, words, { ties: 'greatest-bytes' }))).toEqual(['b c', 'a b', 'x y'])
  })

  it('merges runs from left to right', () => {
    expect(named(learn(form, text(['aaaaaaa', 1]), {}))).toEqual(['a a', 'aa aa', 'aa a', 'aaaa aaa'])
  })

  it('stops where nothing is left', () => {
    expect(learn(form, text(['a', 9], ['', 4]), {}).lefts).toHaveLength(0)
    expect(learn(form, [], {}).lefts).toHaveLength(0)
    expect(named(learn(form, text(['abc', 2]), { mergesMax: 9, countMin: 3 }))).toEqual([])
  })

  it('counts exactly beyond 2^32', () => {
    const words = text(['ab', 2 ** 52 + 1], ['cd', 2 ** 52], ['cd!', 2], ['ef', 2 ** 32], ['gh', 2 ** 32 + 1])
    const { counts, ...merges } = learn(form, words, { mergesMax: 4 })
    expect(named({ counts, ...merges })).toEqual(['c d', 'a b', 'g h', 'e f'])
    expect([...counts]).toEqual([2 ** 52 + 2, 2 ** 52 + 1, 2 ** 32 + 1, 2 ** 32])
  })

  it('handles one long word, and tokens of all lengths', () => {
    const word = Buffer.from('ab'.repeat(3000) + 'a'.repeat(5000))
    expect(learn(form, [[word, 1]], { mergesMax: 30 })).toEqual(learnPlainly([[word, 1]], { mergesMax: 30 }))
  })
})

describe('both forms', () => {
  it('are the same on larger texts', () => {
    for (let seed = 0; seed < 4; seed++) {
      const random = new Random(seed)
      const syllables = Array.from({ length: 200 }, () => random.bytes(1 + random.below(4), 40))
      const words: [Uint8Array, number][] = Array.from({ length: 20_000 }, () => {
        const parts = Array.from({ length: 1 + random.below(5) }, () => syllables[Math.floor(200 * random.next() ** 2)])
        return [Buffer.concat(parts), 1 + Math.floor(3000 * random.next() ** 20)]
      })
      const limits = { mergesMax: 3000, ties: seed % 2 === 0 ? ('lowest-ids' as const) : ('greatest-bytes' as const) }
      expect(learn('kernel', words, limits)).toEqual(learn('reference', words, limits))
    }
  })

  it('find pairs that were too rare for long when nothing else is left', () => {
    const words: [Uint8Array, number][] = []
    for (let i = 0; i < 600; i++) {
      const common = [i % 25, 25 + Math.floor(i / 25)]
      words.push([Uint8Array.from(common), 1000 + i])
      words.push([Uint8Array.from([...common, 60 + (i % 7), 80 + (i % 3)]), 1 + (i % 2)])
    }
    const merges = learn('kernel', words, { mergesMax: 2000 })
    expect(merges.counts.at(-1)).toBe(1)
    expect(merges).toEqual(learn('reference', words, { mergesMax: 2000 }))
  })

  it('go on from merges learned before, with words as their symbols', () => {
    for (let seed = 0; seed < 100; seed++) {
      const words = randomWords(new Random(seed))
      const all = learnPlainly(words, { mergesMax: 40 })
      const half = all.lefts.length >> 1
      const before = {
        lefts: all.lefts.slice(0, half),
        rights: all.rights.slice(0, half),
        counts: all.counts.slice(0, half),
      }
      const records = Buffer.concat(
        words.map(([word, count]) => {
          const sequence = Array.from(word, (byte) => symbolOfByte[byte])
          for (let i = 0; i < half; i++) mergePair(sequence, before.lefts[i], before.rights[i], FIRST_MERGE + i)
          const symbols = sequence.flatMap((symbol) => (symbol < 128 ? [symbol] : [(symbol & 127) | 128, symbol >> 7]))
          return encodeRecord(Uint8Array.from(symbols), count)
        }),
      )
      for (const make of Object.values(FORMS)) {
        const learner = make(optionsFor({ mergesMax: 40, before }, records.length))
        learner.add(records, 'symbols')
        learner.learn(40)
        expect(learner.merges()).toEqual(all)
        learner.release()
      }
    }
  })

  it('count anew when memory is short, and say so when it is too short', () => {
    const random = new Random(1)
    const words: [Uint8Array, number][] = Array.from({ length: 3000 }, () => [random.bytes(3 + random.below(9), 30), 1])
    const records = Buffer.concat(words.map(([word, count]) => encodeRecord(word, count)))
    const expected = learn('reference', words, { mergesMax: 2000 })
    const learnWithin = (memoryMax: number): Merges => {
      const learner = createKernel(optionsFor({ mergesMax: 2000 }, records.length), memoryMax)
      learner.add(records, 'bytes')
      learner.learn(2000)
      return learner.merges()
    }
    const enough = [1, 2, 3, 4, 5, 6, 7, 8]
      .map((half) => half * 2 ** 19)
      .filter((memoryMax) => {
        try {
          expect(learnWithin(memoryMax)).toEqual(expected)
          return true
        } catch (error) {
          expect(String(error)).toContain('memory: too little')
          return false
        }
      })
    expect(enough.length).toBeGreaterThan(0)
    expect(enough.length).toBeLessThan(8)
  })
})
