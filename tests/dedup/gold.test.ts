/** Near-duplicates with gold: every pair of docs.jsonl.gz whose Jaccard similarity over word 5-grams is 0.3 or more. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { Shingler, shingleSet } from '../../src/dedup/shingles.js'
import { similarity } from '../../src/dedup/similarity.js'
import type { Document } from '../../src/document/document.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import minhash from '../../stages/dedup-minhash.js'
import { dataFolder, dataPath } from '../support/data.js'
import { bandProbability, documentOf, optionsOf, RESOURCES } from '../support/dedup.js'

interface GoldPair {
  readonly a: string
  readonly b: string
  readonly jaccard_norm: number
}

function rows<T>(file: string): T[] {
  const lines = gunzipSync(readFileSync(dataPath(file)))
    .toString()
    .trimEnd()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}

const pairName = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`)

describe.skipIf(!dataFolder)('gold near-duplicates (needs MILLRACE_DATA)', () => {
  let documents: Document[] = []
  let gold: GoldPair[] = []
  beforeAll(() => {
    documents = rows<{ id: string; text: string }>('dedup/docs.jsonl.gz').map(documentOf)
    gold = rows<GoldPair>('dedup/pairs.jsonl.gz')
  })

  test('the similarity of every gold pair is the gold value', () => {
    const shingler = new Shingler(5, 'runs')
    const sets = new Map(documents.map(({ id, text }) => [id, shingleSet(shingler.shingles(text))]))
    const none = new Uint32Array(0)
    for (const { a, b, jaccard_norm } of gold) {
      expect(similarity(sets.get(a) ?? none, sets.get(b) ?? none, 'jaccard')).toBeCloseTo(jaccard_norm, 5)
    }
  })

  async function verified(over: Record<string, unknown>): Promise<Map<string, number>> {
    const { rounds } = await runCorpusInMemory(
      minhash.corpus,
      optionsOf(minhash, { ...over, spaceless: 'runs' }),
      RESOURCES,
      documents,
    )
    const received = rounds.find(({ name }) => name === minhash.corpus.pairs?.from)?.records ?? []
    const pairs = Array.from(received, ({ key, value }) => minhash.corpus.pairs?.decode(key, value))
    const id = (row: number | undefined): string => documents[row ?? -1]?.id ?? '?'
    return new Map(pairs.map((pair) => [pairName(id(pair?.a.row), id(pair?.b.row)), pair?.similarity ?? -1]))
  }

  test.each([
    { bands: 14, rows: 8, recallMin: 0.87 },
    { bands: 28, rows: 4, recallMin: 0.99 },
  ])('$bands x $rows: precision 1, recall as the theory says', async ({ bands, rows, recallMin }) => {
    const found = await verified({ bands, rows })
    const wanted = gold.filter(({ jaccard_norm }) => jaccard_norm >= 0.7)
    const exact = new Map(wanted.map(({ a, b, jaccard_norm }) => [pairName(a, b), jaccard_norm]))
    for (const [pair, value] of found) expect([pair, value]).toEqual([pair, expect.closeTo(exact.get(pair) ?? -1, 5)])
    const expected = wanted.reduce((sum, { jaccard_norm }) => sum + bandProbability(jaccard_norm, bands, rows), 0)
    const recall = found.size / wanted.length
    expect(recall).toBeGreaterThanOrEqual(recallMin)
    expect(Math.abs(recall - expected / wanted.length)).toBeLessThan(0.03)
  })
})
