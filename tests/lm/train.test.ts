/** Training by hand-worked numbers, by what must hold for any text, and on input that is odd. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConfigError, ShardError } from '../../src/errors/errors.js'
import { plainTokens } from '../../src/lm/profiles.js'
import { DISCOUNT_FALLBACK, estimateDiscounts } from '../../src/lm/train-discounts.js'
import { ngramSource } from '../../src/lm/train-source.js'
import { readSentences } from '../../src/run/lm-text.js'
import { trainModel } from '../../src/run/lm-train.js'
import { temporaryFolder } from '../support/folder.js'
import { type Arpa, readArpa, trainArpa } from '../support/lm-train.js'
import { Random } from '../support/random.js'

const temporary = temporaryFolder()
let files = 0

function textFile(text: string | Uint8Array, ending = '.txt'): string {
  const path = join(temporary, `text-${files++}${ending}`)
  writeFileSync(path, text)
  return path
}

function train(text: string | Uint8Array, order: number, options: Partial<Parameters<typeof trainModel>[1]> = {}) {
  return trainArpa([textFile(text)], { order, temporaryFolder: temporary, ...options })
}

async function arpaOf(...call: Parameters<typeof train>): Promise<Arpa> {
  return readArpa((await train(...call)).arpa)
}

/** Probability and back-off, not their logarithms. */
function values(arpa: Arpa, ngram: string): number[] {
  const found = arpa.ngrams.get(ngram)
  if (found === undefined) throw new Error(`no n-gram ${ngram}`)
  return found.map((log) => 10 ** log)
}

describe('a text worked by hand', () => {
  // Sentences <s> a b a </s> and <s> a b </s>, order 2. Bigrams: <s> a 2, a b 2, b a 1, a </s> 1, b </s> 1.
  // Unigrams count the words before them: a 2 (<s>, b), b 1 (a), </s> 2 (a, b); 5 in all.
  // No n-gram has an adjusted count of 3, so both orders get the fallback: 0.5 off 1, 1 off 2.
  const text = 'a b a\na b\n'

  it('gives words their share and that of the uniform distribution', async () => {
    const arpa = await arpaOf(text, 2)
    // Discounts take 0.5 + 1 + 1 of 5, half of all; of it a quarter for each of a, b, </s>, <unk>: 0.125.
    expect(values(arpa, '<unk>')[0]).toBeCloseTo(0.125, 6)
    expect(values(arpa, 'a')[0]).toBeCloseTo((2 - 1) / 5 + 0.125, 6)
    expect(values(arpa, 'b')[0]).toBeCloseTo((1 - 0.5) / 5 + 0.125, 6)
    expect(values(arpa, '</s>')[0]).toBeCloseTo((2 - 1) / 5 + 0.125, 6)
    expect(arpa.ngrams.get('<s>')?.[0]).toBe(0)
  })

  it('interpolates bigrams', async () => {
    const arpa = await arpaOf(text, 2)
    // Behind <s>: a twice, discount 1 of 2. Behind a: b twice, </s> once, 1.5 of 3. Behind b: a and </s> once, 1 of 2.
    for (const context of ['<s>', 'a', 'b']) expect(values(arpa, context)[1], context).toBeCloseTo(0.5, 6)
    expect(values(arpa, '<s> a')[0]).toBeCloseTo((2 - 1) / 2 + 0.5 * 0.325, 6)
    expect(values(arpa, 'a b')[0]).toBeCloseTo((2 - 1) / 3 + 0.5 * 0.225, 6)
    expect(values(arpa, 'a </s>')[0]).toBeCloseTo((1 - 0.5) / 3 + 0.5 * 0.325, 6)
    expect(values(arpa, 'b a')[0]).toBeCloseTo((1 - 0.5) / 2 + 0.5 * 0.325, 6)
    expect(values(arpa, 'b </s>')[0]).toBeCloseTo((1 - 0.5) / 2 + 0.5 * 0.325, 6)
    expect(arpa.counts).toEqual([5, 5])
  })

  it('gives the mass of pruned n-grams to the back-off', async () => {
    const arpa = await arpaOf(text, 2, { prune: [0, 1] })
    expect([...arpa.ngrams.keys()]).toEqual(['<unk>', '<s>', '</s>', 'a', 'b', '<s> a', 'a b'])
    // Behind a: of 3, 1 is the discount of b, and 1 was that of </s>. Behind b nothing is left.
    expect(values(arpa, 'a')[1]).toBeCloseTo((1 + 1) / 3, 6)
    expect(values(arpa, 'a b')[0]).toBeCloseTo((2 - 1) / 3 + (2 / 3) * 0.225, 6)
    expect(values(arpa, 'b')[1]).toBeCloseTo(1, 6)
  })

  it('counts n-grams at the beginning of a sentence as often as they occur', async () => {
    // <s> a stands before b twice, so it has count 2, though nothing can stand before it; a b has one word before it.
    const arpa = await arpaOf(text, 3)
    // Behind <s>: total 2. Behind a: b 1 (after <s>), </s> 1 (after b): discounts 0.5 + 0.5 of 2.
    expect(values(arpa, '<s>')[1]).toBeCloseTo(0.5, 6)
    expect(values(arpa, 'a')[1]).toBeCloseTo(0.5, 6)
    expect(values(arpa, 'a b')[0]).toBeCloseTo((1 - 0.5) / 2 + 0.5 * 0.225, 6)
  })

  it('writes numbers with up to seven decimals, and no back-offs at the highest order', async () => {
    // log10 of the values above, as float32: of 0.325 that is -0.48811665, the double -0.488116639.
    const { arpa } = await train(text, 2)
    expect(arpa.toString()).toBe(
      '\\data\\\nngram 1=5\nngram 2=5\n\n\\1-grams:\n-0.90309\t<unk>\t0\n0\t<s>\t-0.30103\n-0.4881167\t</s>\t0\n' +
        '-0.4881167\ta\t-0.30103\n-0.6478175\tb\t-0.30103\n\n\\2-grams:\n-0.4825841\ta </s>\n-0.3845761\tb </s>\n' +
        '-0.1788141\t<s> a\n-0.3845761\tb a\n-0.3508275\ta b\n\n\\end\\\n',
    )
  })
})

describe('discounts', () => {
  const statistics = (countsOfCounts: number[]) => ({ ngrams: 100, kept: 100, total: 100, countsOfCounts })

  it('follow equation 26 of Chen & Goodman', () => {
    // Y = 4 / (4 + 2 * 3) = 0.4; D1 = 1 - 2 Y 3/4, D2 = 2 - 3 Y 2/3, D3+ = 3 - 4 Y 1/2.
    const { discounts, isFallback } = estimateDiscounts(2, statistics([0, 4, 3, 2, 1]), null)
    for (const [i, expected] of [0, 0.4, 1.2, 2.2].entries()) expect(discounts[i]).toBeCloseTo(expected, 12)
    expect(isFallback).toBe(false)
  })

  it.each([
    ['no n-gram seen once', [0, 0, 3, 2, 1]],
    ['none seen twice', [0, 4, 0, 2, 1]],
    ['none seen three times', [0, 4, 3, 0, 1]],
    ['a negative discount', [0, 1, 1, 8, 90]],
    ['nothing at all', [0, 0, 0, 0, 0]],
  ])('fall back for %s, or say so', (_, countsOfCounts) => {
    expect(estimateDiscounts(2, statistics(countsOfCounts), DISCOUNT_FALLBACK)).toEqual({
      discounts: DISCOUNT_FALLBACK,
      isFallback: true,
    })
    expect(() => estimateDiscounts(2, statistics(countsOfCounts), null)).toThrow(ConfigError)
  })
})

/** Sentences of few words, frequent and rare ones, seeded. */
function randomText(sentences: number, words: number, seed: number): string {
  const random = new Random(seed)
  const lines = Array.from({ length: sentences }, () =>
    Array.from({ length: random.below(12) }, () => `w${Math.floor(words * random.next() ** 3)}`).join(' '),
  )
  return `${lines.join('\n')}\n`
}

describe('any text', () => {
  it.each([
    [2, [0]],
    [3, [0, 1]],
    [4, [0, 0, 1, 2]],
    [6, [0, 0, 1]],
  ])('order %i, prune %j: the probabilities behind every context sum to 1', async (order, prune) => {
    const { ngrams } = await arpaOf(randomText(300, 12, order), order, { prune })
    const words = [...ngrams.keys()].filter((ngram) => !ngram.includes(' ') && ngram !== '<s>')
    const probability = (context: readonly string[], word: string): number => {
      const found = ngrams.get([...context, word].join(' '))
      if (found !== undefined) return 10 ** found[0]
      return 10 ** (ngrams.get(context.join(' '))?.[1] ?? 0) * probability(context.slice(1), word)
    }
    const contexts = [...ngrams.keys()].map((ngram) => ngram.split(' ')).filter(({ length }) => length < order)
    expect(contexts.length).toBeGreaterThan(words.length)
    for (const context of [[], ...contexts]) {
      const sum = words.reduce((total, word) => total + probability(context, word), 0)
      expect(sum, context.join(' ')).toBeCloseTo(1, 5)
    }
  })

  it('gives the same bytes within any memory', async () => {
    // More chunks of the smallest size than one merge reads; and contexts are sorted in more runs than that.
    const text = randomText(25_000, 2000, 7)
    const roomy = await train(text, 3, { prune: [0, 0, 1], memoryBytes: 2 ** 28 })
    const tight = await train(text, 3, { prune: [0, 0, 1], memoryBytes: 2 ** 13 })
    expect(roomy.summary.tokens).toBeGreaterThan(128 * 2 ** 10)
    expect(tight.arpa.equals(roomy.arpa)).toBe(true)
  })

  it('does not depend on how sentences lie in files, nor on gzip', async () => {
    const lines = randomText(50, 9, 3).split(/(?<=\n)/)
    const whole = await train(lines.join(''), 3)
    const paths = [lines.slice(0, 20), lines.slice(20)].map((part, i) => {
      const path = join(temporary, `part-${i}.txt.gz`)
      writeFileSync(path, gzipSync(part.join('')))
      return path
    })
    const parts = await trainArpa(paths, { order: 3, temporaryFolder: temporary })
    expect(parts.arpa.equals(whole.arpa)).toBe(true)
  })
})

describe('odd input', () => {
  it('refuses a text without a sentence', async () => {
    await expect(train('', 3)).rejects.toThrow(ConfigError)
  })

  it('refuses orders and thresholds that make no model', async () => {
    await expect(train('a\n', 1)).rejects.toThrow('order: expected 2 to 6, got 1')
    await expect(train('a\n', 7)).rejects.toThrow(ConfigError)
    await expect(train('a\n', 3, { prune: [1] })).rejects.toThrow('prune: expected 0 for words, got 1')
    await expect(train('a\n', 3, { prune: [0, 2, 1] })).rejects.toThrow(ConfigError)
    await expect(train('a\n', 3, { prune: [0, 0, 0, 0] })).rejects.toThrow(ConfigError)
    await expect(train('a\n', 3, { prune: [0, 0.5] })).rejects.toThrow(ConfigError)
  })

  it('asks for a fallback where a text gives no discounts', async () => {
    await expect(train('a\n', 3, { discountFallback: null })).rejects.toThrow('no discounts for 1-grams')
  })

  it('makes a model of one word, of any order', async () => {
    for (const order of [2, 6]) {
      const arpa = await arpaOf('a', order)
      expect([...arpa.ngrams.keys()].slice(0, 4)).toEqual(['<unk>', '<s>', '</s>', 'a'])
      for (const [ngram, [log, backoff]] of arpa.ngrams) {
        expect(log, ngram).toBeLessThanOrEqual(0)
        expect(Number.isFinite(log + backoff), ngram).toBe(true)
      }
      expect(arpa.counts.slice(0, 2)).toEqual([4, 2])
    }
  })

  it('takes an empty line for a sentence, as lmplz does', async () => {
    const { summary, arpa } = await train('a\n\n\r\nb\n', 2)
    expect(summary.sentences).toBe(4)
    expect(readArpa(arpa).ngrams.has('<s> </s>')).toBe(true)
  })

  it('parts tokens at spaces, tabs, carriage returns and NULs only', async () => {
    const arpa = await arpaOf('a\tb  c\0d\u00a0e\u2003f\r\n', 2)
    expect([...arpa.ngrams.keys()].slice(3, 7)).toEqual(['a', 'b', 'c', 'd\u00a0e\u2003f'])
  })

  it('passes over what a model means something else by', async () => {
    const { summary, arpa } = await train('a <s> b </s> <unk> <UNK> a\n', 2)
    expect(summary).toMatchObject({ tokens: 3, specialTokens: 4 })
    expect(arpa.equals((await train('a b a\n', 2)).arpa)).toBe(true)
  })

  it('puts U+FFFD for bytes that are no UTF-8', async () => {
    const { summary, arpa } = await train(Buffer.from([0x61, 0xff, 0x62, 0x20, 0xc3, 0x0a, 0x63]), 2)
    expect(summary.invalidSentences).toBe(1)
    expect([...readArpa(arpa).ngrams.keys()].slice(3, 6)).toEqual(['a\ufffdb', '\ufffd', 'c'])
  })

  it('takes a line of 10 MB, longer than a chunk, as one sentence', async () => {
    const long = 'one two three four '.repeat(2 ** 19)
    const { summary, arpa } = await train(long, 3, { memoryBytes: 2 ** 22 })
    expect(summary).toMatchObject({ sentences: 1, tokens: 2 ** 21 })
    // Each chunk ends within the sentence: n-grams across its end must be there, and no others.
    expect(readArpa(arpa).counts).toEqual([7, 6, 6])
  })

  it('takes a word of a megabyte', async () => {
    const word = 'x'.repeat(2 ** 20)
    const arpa = await arpaOf(`${word} y ${word}\n`, 2)
    expect(arpa.ngrams.has(`${word} y`)).toBe(true)
  })

  it('says which file is damaged', async () => {
    const whole = gzipSync(randomText(500, 50, 1))
    const path = textFile(whole.subarray(0, whole.length / 2), '.gz')
    await expect(trainArpa([path], { order: 2, temporaryFolder: temporary })).rejects.toThrow(ShardError)
  })
})

describe('JSON Lines', () => {
  it('gives the lines of each text, tokenized, and counts lines that are none', async () => {
    const lines = [{ text: 'It’s 3.5 €.\n\nSo?' }, { id: 'x', text: '' }].map((line) => JSON.stringify(line))
    const path = textFile(`${lines.join('\n')}\n\nnot json\n{"title":"no text"}\n`, '.jsonl')
    const json = await trainArpa(
      [path],
      { order: 2, temporaryFolder: temporary },
      { isJson: true, isJoined: false, tokenize: plainTokens },
    )
    expect(json.summary).toMatchObject({ sentences: 2, skippedLines: 2 })
    expect(json.arpa.equals((await train('it ’ s 3 . 5 € .\nso ?\n', 2)).arpa)).toBe(true)
  })
})

it('gives arrays for our own format', async () => {
  const form = { isJson: false, isJoined: false, tokenize: null }
  const path = textFile('a b a\na b\n')
  const sizeBytes = 10
  const source = await trainModel(
    readSentences([{ name: path, path, sizeBytes, modified: '' }], form),
    {
      order: 2,
      prune: [0],
      discountFallback: DISCOUNT_FALLBACK,
      memoryBytes: 2 ** 20,
      workers: 1,
      temporaryFolder: temporary,
    },
    () => {},
    ngramSource,
  )
  expect(source.words).toEqual(['<unk>', '<s>', '</s>', 'a', 'b'])
  expect([...source.ngrams[1].ids]).toEqual([3, 2, 4, 2, 1, 3, 4, 3, 3, 4])
  expect(10 ** source.ngrams[1].probabilities[2]).toBeCloseTo(0.6625, 6)
  expect(10 ** source.ngrams[0].backoffs[3]).toBeCloseTo(0.5, 6)
})
