/** Shares and back-offs of one order against sums by a Map, in one table and dealt out. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WordRecordWriter } from '../../src/io/word-records.js'
import { HashFilter, hashWords } from '../../src/lm/train-contexts.js'
import { suffixColumns } from '../../src/lm/train-counts.js'
import type { Discounts } from '../../src/lm/train-discounts.js'
import { BOS } from '../../src/lm/train-vocabulary.js'
import { estimateOrder } from '../../src/run/lm-train-contexts.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const DISCOUNTS: Discounts = [0, 0.5, 1.125, 1.5]
let files = 0

type Row = readonly [words: readonly number[], count: number]

function written(rows: readonly Row[], width: number): string {
  const writer = new WordRecordWriter(join(folder, `rows-${files++}`), width)
  for (const [words, count] of rows) writer.add([...words, count], 0)
  writer.finish()
  return writer.path
}

/** Distinct n-grams in suffix order, with counts; of contexts that are pruned all are pruned. */
function randomCounts(order: number, count: number, words: number, withPruned: boolean) {
  const random = new Random(order * count)
  const ngrams = new Map<string, Row>()
  for (let i = 0; i < count; i++) {
    const ngram = Array.from({ length: order }, (_, at) => (at === 0 && i % 9 === 0 ? BOS : 2 + random.below(words)))
    ngrams.set(ngram.join(' '), [ngram, 1 + Math.floor(8 * random.next() ** 3)])
  }
  const bySuffix = ([a]: Row, [b]: Row) =>
    suffixColumns(a.length)
      .map((column) => a[column] - b[column])
      .find((difference) => difference !== 0) ?? 0
  const contexts = new Map<string, Row>()
  for (const [ngram] of ngrams.values()) contexts.set(ngram.slice(0, -1).join(' '), [ngram.slice(0, -1), 1])
  const prunedContexts = new Set(withPruned ? [...contexts.keys()].filter((_, i) => i % 3 === 0) : [])
  const isPruned = ([ngram, n]: Row) => prunedContexts.has(ngram.slice(0, -1).join(' ')) || (withPruned && n === 1)
  const all = [...ngrams.values()].sort(bySuffix)
  return {
    kept: all.filter((row) => !isPruned(row)),
    pruned: all.filter(isPruned),
    contexts: [...contexts.values()].filter(([words]) => !prunedContexts.has(words.join(' '))).sort(bySuffix),
  }
}

function expected({ kept, pruned, contexts }: ReturnType<typeof randomCounts>) {
  const sums = new Map<string, { total: number; left: number }>()
  const add = ([ngram, n]: Row, left: number) => {
    const key = ngram.slice(0, -1).join(' ')
    const sum = sums.get(key) ?? { total: 0, left: 0 }
    sums.set(key, { total: sum.total + n, left: sum.left + left })
  }
  for (const row of kept) add(row, DISCOUNTS[Math.min(3, row[1])])
  for (const row of pruned) add(row, row[1])
  const backoff = (key: string) => {
    const { total, left } = sums.get(key) ?? { total: 1, left: Number.NaN }
    return Math.fround(left / total)
  }
  return {
    shares: kept.map(([ngram, n]) => {
      const key = ngram.slice(0, -1).join(' ')
      const share = (n - DISCOUNTS[Math.min(3, n)]) / (sums.get(key)?.total ?? 0)
      return [...ngram, Math.fround(share), backoff(key)]
    }),
    contexts: contexts
      .filter(([words]) => sums.has(words.join(' ')))
      .map(([words]) => [...words, backoff(words.join(' '))]),
  }
}

/** Records of words and then float32. */
function rowsOf(path: string, words: number, floats: number): number[][] {
  const bytes = readFileSync(path)
  const width = words + floats
  return Array.from({ length: bytes.length / 4 / width }, (_, row) =>
    Array.from({ length: width }, (_, i) => {
      const at = 4 * (row * width + i)
      return i < words ? bytes.readUInt32LE(at) : bytes.readFloatLE(at)
    }),
  )
}

describe('shares and back-offs', () => {
  it.each([
    [2, 500, 30, false, 2 ** 20],
    [3, 20_000, 60, false, 2 ** 20],
    [3, 20_000, 60, true, 2 ** 20],
    [3, 20_000, 60, true, 2 ** 15],
    [4, 5000, 200, true, 2 ** 14],
    [5, 8000, 200, false, 2 ** 14],
    [6, 10, 200, true, 1],
  ])(
    'order %i, %i n-grams of %i words, pruned: %s, within %i bytes',
    (order, count, words, withPruned, memoryBytes) => {
      const counts = randomCounts(order, count, words, withPruned)
      const contexts = counts.contexts.filter(([first]) => order > 2 || first[0] !== BOS) // `<s>` is no counted word
      const before = new Set(readdirSync(folder))
      const third = Math.ceil(counts.kept.length / 3)
      const inputs = {
        ngrams: [0, 1, 2].map((i) => written(counts.kept.slice(i * third, (i + 1) * third), order + 1)),
        pruned: [written(counts.pruned, order + 1)],
        contexts: [written(contexts, order)],
      }
      const [toShares, toContexts] = ['shares', 'contexts'].map((name) => join(folder, `${name}-${files++}`))
      const numbers = estimateOrder({
        ...inputs,
        kind: 'contexts',
        order,
        discounts: DISCOUNTS,
        memoryBytes,
        contextCount: contexts.length,
        isAllContexts: !withPruned,
        toShares,
        toContexts,
      })
      const wanted = expected(counts)
      expect(JSON.stringify(rowsOf(toShares, order, 2)) === JSON.stringify(wanted.shares)).toBe(true)
      expect(JSON.stringify(rowsOf(toContexts, order - 1, 1)) === JSON.stringify(wanted.contexts)).toBe(true)
      expect(numbers).toEqual([wanted.shares.length, wanted.contexts.length])
      const made = readdirSync(folder).filter((name) => !before.has(name) && !/^rows-|-start$/.test(name))
      expect(made).toHaveLength(2)
    },
  )
})

it('the filter never loses a hash, and tells most others', () => {
  const random = new Random(4)
  const hash = () => hashWords(Uint32Array.from([random.below(1000), random.below(1e6), random.below(50)]), 0, 3)
  const added = Array.from({ length: 5000 }, hash)
  const filter = new HashFilter(added.length)
  for (const one of added) filter.add(one)
  expect(added.every((one) => filter.mayHave(one))).toBe(true)
  expect(Array.from({ length: 5000 }, hash).filter((one) => filter.mayHave(one)).length).toBeLessThan(1500)
})
