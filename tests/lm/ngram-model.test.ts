/** Scores worked by hand, the plain definition beside the fast one, and the forms that tables come in. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../src/lm/mlm-file.js'
import { memoryModelFile } from '../../src/lm/model-file.js'
import { type SharedModel, viewTables } from '../../src/lm/model-tables.js'
import { buildModel, openModel, perplexityOf } from '../../src/lm/ngram-model.js'
import { buildTables, type NgramSource } from '../../src/lm/tables.js'
import { modelOf, separated, TOY_ARPA, tablesOf, trace } from '../support/ngram-file.js'
import { Random } from '../support/random.js'

describe.each([
  ['in one memory', modelOf(TOY_ARPA)],
  ['in several', openModel(separated(tablesOf(TOY_ARPA)))],
])('a toy model, by hand, %s', (_, model) => {
  it('uses the longest n-grams where all are there', () => {
    // a: "<s> a"; b: "<s> a b"; </s>: "a b </s>"
    expect(trace(model, ['a', 'b'])).toEqual({ log10: [-0.375, -0.1875, -0.3125], lengths: [2, 3, 3] })
    expect(model.score(['a', 'b'])).toEqual({ log10: -0.875, tokenCount: 3, oovCount: 0 })
    expect(perplexityOf(model.score(['a', 'b']))).toBeCloseTo(10 ** (0.875 / 3), 12)
  })

  it('adds the back-off of every context that is longer than the n-gram found', () => {
    // b after <s>: back-off of <s>, then the unigram; a after "<s> b", which is no n-gram: "b a";
    // a after "b a": back-offs of "b a" (none) and a, then the unigram; </s> after "a a", no n-gram: back-off of a.
    expect(trace(model, ['b', 'a', 'a'])).toEqual({
      log10: [-0.25 - 0.75, -0.875, -0.125 - 0.5, -0.125 - 1],
      lengths: [1, 2, 1, 1],
    })
    // a after "<s> a": -0.5 of "<s> a", -0.125 of a.
    expect(trace(model, ['a', 'a']).log10[1]).toBe(-0.5 - 0.125 - 0.5)
    // Back-offs may be positive: after "ñandú a".
    expect(trace(model, ['ñandú', 'a', 'a']).log10[2]).toBe(0.5 - 0.125 - 0.5)
  })

  it('scores words it lacks as <unk>, and forgets what was before them', () => {
    expect(trace(model, ['a', 'x', 'a'])).toEqual({
      log10: [-0.375, -0.5 - 0.125 - 1.5, -0.5, -0.125 - 1],
      lengths: [2, 1, 1, 1],
    })
    expect(model.score(['x', '<unk>', ''])).toMatchObject({ tokenCount: 4, oovCount: 3 })
    expect(model.wordId('x')).toBe(0)
    expect(model.wordId('<unk>')).toBe(0)
    expect(new Set(['a', 'b', 'ñandú', '<s>', '</s>'].map((word) => model.wordId(word))).size).toBe(5)
  })

  it('scores no tokens as an end right after the beginning', () => {
    expect(model.score([])).toEqual({ log10: -0.25 - 1, tokenCount: 1, oovCount: 0 })
  })

  it('keeps tokens apart whatever is in them', () => {
    for (const odd of ['a\nb', '\n', 'a b', '\ud800', '\0', 'a\ufeff', '\uffff']) {
      expect(model.score(['a', odd, 'b'])).toMatchObject({ tokenCount: 4, oovCount: 1 })
    }
  })

  it('scores long sentences as the sum of their words, over any number of blocks', () => {
    for (const length of [255, 256, 257, 1023, 1024, 1025, 2048, 5000]) {
      const tokens = Array.from({ length }, (_, i) => (i % 3 === 2 ? 'x'.repeat(i % 50) : 'ab'[i % 2]))
      const { log10 } = trace(model, tokens)
      expect(log10.length).toBe(length + 1)
      expect(model.score(tokens).log10).toBe(log10.reduce((sum, value) => sum + value, 0))
      expect(log10.slice(0, 900)).toEqual(trace(model, tokens.slice(0, 900)).log10.slice(0, 900))
    }
    expect(model.score(['a', 'y'.repeat(10_000_000), 'b'])).toEqual(model.score(['a', 'y', 'b']))
  })

  it('scores a line as the tokens between its ASCII white space, in any number of blocks', () => {
    const random = new Random(11)
    const pieces = ['a', 'b', 'ñandú', 'x', ' ', '  ', '\t', '\r', '\n', '\u00a0', '\u2003', '</s>', '\ud83d\ude00']
    for (const length of [0, 1, 2, 10, 3000, 9000, 40_000]) {
      const line = Array.from({ length }, () => random.pick(pieces)).join(length > 5000 ? ' ' : '')
      const tokens = line.split(/[ \t\n\v\f\r]/).filter((token) => token !== '')
      expect(model.scoreLine(line)).toEqual(model.score(tokens))
    }
    const long = 'x'.repeat(100_000)
    for (const line of [
      long,
      ` ${long}`,
      `a ${long} b`,
      `${' '.repeat(70_000)}a b${' '.repeat(70_000)}`,
      `a ${long}`,
    ]) {
      expect(model.scoreLine(line)).toEqual(model.score(line.split(' ').filter((token) => token !== '')))
    }
  })

  it('gives a perplexity that is a number even where the power is none', () => {
    expect(perplexityOf({ log10: -1e6, tokenCount: 1, oovCount: 1 })).toBe(Number.MAX_VALUE)
  })
})

describe('ARPA', () => {
  it('gives the same tables with CR LF, spaces, a comment in front, exponents, and packed', () => {
    const copy = (shared: SharedModel): Uint32Array[] => viewTables(shared).map((table) => Uint32Array.from(table))
    const tables = copy(tablesOf(TOY_ARPA))
    const forms = [
      TOY_ARPA.replaceAll('\n', '\r\n'),
      TOY_ARPA.replaceAll('\t', '  '),
      `made by hand\n\n${TOY_ARPA}`,
      TOY_ARPA.replace('-0.625', '-6.25e-1').replace('-1.25', '-1.250000000000000000001'),
      gzipSync(TOY_ARPA),
    ]
    for (const form of forms) expect(copy(tablesOf(form))).toEqual(tables)
  })

  it('gives a missing <unk> log10 -100, as KenLM does', () => {
    const model = modelOf(TOY_ARPA.replace('-1.5\t<unk>\n', '').replace('1=6', '1=5'))
    expect(trace(model, ['x']).log10[0]).toBeCloseTo(-0.25 - 100, 5)
    expect(trace(model, ['a', 'b']).log10).toEqual([-0.375, -0.1875, -0.3125])
  })

  it('fills in an n-gram that is there only as the end of a longer one', () => {
    // Without "b </s>" the search for "a b </s>" would end at the unigram.
    const model = modelOf(TOY_ARPA.replace('-0.25\tb </s>\n', '').replace('2=5', '2=4'))
    expect(trace(model, ['a', 'b']).log10).toEqual([-0.375, -0.1875, -0.3125])
    // b backs off, as it did before: "<s> b" is no n-gram; "b </s>" is what backing off gives.
    expect(trace(model, ['b']).log10).toEqual([-1, -0.0625 - 1])
  })
})

describe('tables', () => {
  const source = (seed: number): NgramSource => randomSource(new Random(seed))

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('score as the definition does (seed %i)', (seed) => {
    const random = new Random(seed * 1000)
    const ngrams = source(seed)
    const shared = buildTables(ngrams)
    const [model, apart] = [openModel(shared), openModel(separated(shared))]
    expect([model.order, apart.order]).toEqual([ngrams.order, ngrams.order])
    // The longest have n-grams across the ends of blocks of words.
    for (let round = 0; round < 42; round++) {
      const length = round < 40 ? random.below(12) : 3000
      const tokens = Array.from({ length }, () => random.pick([...ngrams.words.slice(3), 'none']))
      const { log10, lengths } = trace(model, tokens)
      expect(trace(apart, tokens)).toEqual({ log10, lengths })
      const expected = define(ngrams, tokens)
      expect(lengths).toEqual(expected.lengths)
      for (const [i, value] of log10.entries()) expect(value).toBeCloseTo(expected.log10[i], 5)
    }
  })

  it('give the same scores when cut into many segments', () => {
    for (const seed of [1, 2, 3]) {
      const whole = openModel(buildTables(source(seed)))
      const tables = buildTables(source(seed), 'cut', 16)
      expect(viewTables(tables).length).toBeGreaterThan(5)
      const file = Buffer.concat([...encodeModel(tables)])
      for (const shared of [tables, separated(tables), buildModel(memoryModelFile(file), 'cut')]) {
        const cut = openModel(shared)
        const random = new Random(seed)
        const { words } = source(seed)
        for (let round = 0; round < 40; round++) {
          const tokens = Array.from({ length: 10 }, () => random.pick(words))
          expect(trace(cut, tokens)).toEqual(trace(whole, tokens))
        }
      }
    }
  })

  it('are the same whatever order the n-grams come in', () => {
    const { order, words, ngrams } = source(9)
    const turned = ngrams.map(({ ids, probabilities, backoffs }, i) => {
      const count = probabilities.length
      const places = Array.from({ length: count }, (_, k) => count - 1 - k)
      return {
        ids: Uint32Array.from(places.flatMap((k) => [...ids.subarray(k * (i + 1), (k + 1) * (i + 1))])),
        probabilities: Float32Array.from(places, (k) => probabilities[k]),
        backoffs: Float32Array.from(places, (k) => backoffs[k] ?? 0),
      }
    })
    const bytes = (tables: SharedModel): Buffer => Buffer.concat([...encodeModel(tables)])
    expect(bytes(buildTables({ order, words, ngrams: turned })).equals(bytes(buildTables(source(9))))).toBe(true)
  })

  it('come back from our own form byte for byte', () => {
    const tables = tablesOf(TOY_ARPA)
    const file = Buffer.concat([...encodeModel(tables)])
    const again = buildModel(memoryModelFile(file), 'toy.mlm')
    expect(Buffer.concat([...encodeModel(again)]).equals(file)).toBe(true)
    expect(trace(openModel(again), ['a', 'b', 'x'])).toEqual(trace(openModel(tables), ['a', 'b', 'x']))
  })

  it('refuse parts that do not fit together', () => {
    const { order, words, ngrams } = source(4)
    const orphan = { ids: Uint32Array.of(3, 3, 3), probabilities: Float32Array.of(-1), backoffs: Float32Array.of(0) }
    const bigrams = { ids: new Uint32Array(0), probabilities: new Float32Array(0), backoffs: new Float32Array(0) }
    expect(() => buildTables({ order: 3, words, ngrams: [ngrams[0], bigrams, orphan] })).toThrow(/begins with 2 words/)
    expect(() => buildTables({ order, words: ['a', ...words.slice(1)], ngrams })).toThrow(/<unk>/)
    expect(() => buildTables({ order, words: words.slice(0, -1), ngrams })).toThrow(/expected \d+ 1-grams/)
    expect(() => buildTables({ order: 7, words, ngrams: Array.from({ length: 7 }, () => ngrams[0]) })).toThrow(/2 to 6/)
  })
})

/** All n-grams of a few random sentences, with random numbers: prefix and suffix closed, as a trainer's are. */
function randomSource(random: Random): NgramSource {
  const order = 2 + random.below(5)
  const words = ['<unk>', '<s>', '</s>', ...Array.from({ length: 6 }, (_, i) => `w${i}`)]
  const seen = Array.from({ length: order }, () => new Map<string, number[]>())
  for (const [id] of words.entries()) seen[0].set(String(id), [id])
  for (let k = 0; k < 12; k++) {
    const sentence = [1, ...Array.from({ length: 8 }, () => 3 + random.below(words.length - 3)), 2]
    for (let n = 2; n <= order; n++) {
      for (let i = 0; i + n <= sentence.length; i++) {
        const ids = sentence.slice(i, i + n)
        seen[n - 1].set(ids.join(' '), ids)
      }
    }
  }
  const ngrams = seen.map((grams) => ({
    ids: Uint32Array.from([...grams.values()].flat()),
    probabilities: Float32Array.from(grams.values(), () => -random.below(400) / 100),
    backoffs: Float32Array.from(grams.values(), () => (random.below(3) === 0 ? 0 : (random.below(300) - 200) / 100)),
  }))
  return { order, words, ngrams }
}

/** Katz's recursion as the ARPA format defines it: p(w | c) is there, or the back-off of c times p(w | c without its first). */
function define(
  { order, words, ngrams }: NgramSource,
  tokens: readonly string[],
): { log10: number[]; lengths: number[] } {
  const known = new Map<string, { log10: number; backoff: number }>()
  for (const [n, { ids, probabilities, backoffs }] of ngrams.entries()) {
    for (const [i, log10] of probabilities.entries()) {
      known.set(ids.subarray(i * (n + 1), (i + 1) * (n + 1)).join(' '), {
        log10,
        backoff: n + 1 < order ? backoffs[i] : 0,
      })
    }
  }
  const search = (context: readonly number[], id: number): { log10: number; length: number } => {
    const found = known.get([...context, id].join(' '))
    if (found !== undefined) return { log10: found.log10, length: context.length + 1 }
    const shorter = search(context.slice(1), id)
    return { log10: shorter.log10 + (known.get(context.join(' '))?.backoff ?? 0), length: shorter.length }
  }
  const ids = [1, ...tokens.map((token) => Math.max(0, words.indexOf(token))), 2]
  const steps = ids.slice(1).map((id, i) => search(ids.slice(Math.max(0, i + 2 - order), i + 1), id))
  return { log10: steps.map(({ log10 }) => log10), lengths: steps.map(({ length }) => length) }
}
