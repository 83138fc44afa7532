/// <reference path="../../src/inspect/minhash.d.ts" />
import { Minhash as PackageMinhash } from 'minhash'
import { describe, expect, test } from 'vitest'
import { Shingler, shingleSet } from '../../src/dedup/shingles.js'
import { createSigner } from '../../src/dedup/signature.js'
import { similarity } from '../../src/dedup/similarity.js'
import type { Document } from '../../src/document/document.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import stage from '../../stages/dedup-minhash.js'
import { documentOf, optionsOf, RESOURCES } from '../support/dedup.js'

/** Words that differ from document to document: `seed` picks them. */
function words(seed: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `w${seed}x${i}`)
}

function documents(...texts: readonly string[]): Document[] {
  return texts.map((text, i) => documentOf({ id: `d${i}`, text }))
}

/** Id of the survivor by id of the dropped, with the other signals of each document. */
async function run(input: readonly Document[], over: Record<string, unknown> = {}) {
  const result = await runCorpusInMemory(stage.corpus, optionsOf(stage, over), RESOURCES, input)
  const dropped: Record<string, string> = {}
  for (const [i, { verdict, signals }] of result.outcomes.entries()) {
    if (verdict === 'drop') dropped[input[i].id] = String(signals.duplicateOf)
  }
  return { dropped, ...result }
}

const base = words(1, 100)
/** `base` with its first `count` words replaced. */
const edited = (count: number): string => [...words(2, count), ...base.slice(count)].join(' ')

describe('what is dropped', () => {
  test('a copy, for the first one, with what was measured', async () => {
    const { outcomes } = await run(documents(base.join(' '), words(3, 50).join(' '), base.join(' ').toUpperCase()))
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['keep', 'keep', 'drop'])
    expect(outcomes[0].signals).toEqual({ clusterSize: 2 })
    expect(outcomes[1].signals).toEqual({})
    expect(outcomes[2].reason).toBe('nearDuplicate')
    expect(outcomes[2].signals).toEqual({ duplicateOf: 'd0', similarity: 1, clusterSize: 2 })
  })

  test('an edited copy has the similarity of its shingle sets', async () => {
    const { outcomes } = await run(documents(base.join(' '), edited(5)))
    // 96 shingles each; the 5 that begin at an edited word differ: 91 common of 101.
    expect(outcomes[1].signals.similarity).toBe(91 / 101)
  })

  test('a candidate below the least similarity stays; without verification it goes', async () => {
    const input = documents(base.join(' '), edited(30)) // 66 common of 126: 0.52
    const many = { bands: 200, rows: 2 }
    expect((await run(input, many)).dropped).toEqual({})
    expect((await run(input, { ...many, similarityMin: 0.52 })).dropped).toEqual({ d1: 'd0' })
    expect((await run(input, { ...many, verify: false })).dropped).toEqual({ d1: 'd0' })
  })

  test('containment finds a document within a longer one', async () => {
    const input = documents(base.join(' '), base.slice(0, 60).join(' '))
    const many = { bands: 200, rows: 2 }
    expect((await run(input, many)).dropped).toEqual({})
    const { outcomes } = await run(input, { ...many, measure: 'containment' })
    expect(outcomes[1].signals.similarity).toBe(1)
  })

  test('the longest survives if asked for', async () => {
    const longer = [...base, 'and', 'more'].join(' ')
    expect((await run(documents(base.join(' '), longer, base.join(' ')), { keep: 'longest' })).dropped).toEqual({
      d0: 'd1',
      d2: 'd1',
    })
  })

  test('too few words, no words, empty text: never', async () => {
    const input = documents('', '', 'one two three four', 'one two three four', '?!', '?!')
    expect((await run(input)).dropped).toEqual({})
    expect((await run(input, { shingleWords: 4 })).dropped).toEqual({ d3: 'd2' })
  })

  test('scripts without spaces: characters are words', async () => {
    const chinese = '\u4eca\u5929\u5929\u6c14\u5f88\u597d\u6211\u4eec\u4e00\u8d77\u53bb\u516c\u56ed\u6563\u6b65\u5427'
    const input = documents(`${chinese}\u3002`, chinese)
    expect((await run(input)).dropped).toEqual({ d1: 'd0' })
    expect((await run(input, { spaceless: 'runs' })).dropped).toEqual({}) // one word: too short to compare
  })

  test('transitive: the similarity told is that to the survivor, though they were joined by another', async () => {
    const shifted = (by: number): string => [...base.slice(by), ...words(4, by)].join(' ')
    const { outcomes } = await run(documents(shifted(0), shifted(20), shifted(10)), { bands: 50, rows: 2 })
    // 96 shingles; neighbors share 86 of 106 (0.81), the ends 76 of 116 (0.66).
    expect(outcomes[2].signals.similarity).toBe(86 / 106)
    expect(outcomes[1].signals).toEqual({ duplicateOf: 'd0', similarity: 76 / 116, clusterSize: 3 })
    const { dropped } = await run(documents(shifted(0), shifted(20), shifted(10)), {
      bands: 50,
      rows: 2,
      clusterSizeMax: 2,
    })
    expect(dropped).toEqual({ d2: 'd0' }) // cut into stars: 20 words away is too far from the survivor
  })
})

test('a bucket of equal documents makes a linear number of pairs and one cluster', async () => {
  const count = 400
  const { dropped, rounds } = await run(documents(...Array.from({ length: count }, () => base.join(' '))))
  expect(Object.keys(dropped).length).toBe(count - 1)
  expect(new Set(Object.values(dropped))).toEqual(new Set(['d0']))
  const pairs = new Set(Array.from(rounds[1].records, ({ key }) => Buffer.from(key).toString('hex')))
  expect(pairs.size).toBe((8 * 7) / 2 + 2 * (count - 8))
})

test('with the longest kept, the order of documents changes nothing', async () => {
  // Seven clusters; within one, document i has its own number of further words, so no two are equally long.
  const input = Array.from({ length: 60 }, (_, i) =>
    documentOf({ id: `d${i}`, text: [...words(i % 7, 80), ...words(100 + i, Math.floor(i / 7))].join(' ') }),
  )
  const { dropped } = await run(input, { keep: 'longest' })
  expect(Object.keys(dropped).length).toBe(53)
  const shuffled = input.toSorted((a, b) => (a.id.at(-1) ?? '').localeCompare(b.id.at(-1) ?? ''))
  expect((await run(shuffled, { keep: 'longest' })).dropped).toEqual(dropped)
  expect((await run(input.toReversed(), { keep: 'longest' })).dropped).toEqual(dropped)
})

test('both kernels give the same records, another seed other ones', async () => {
  const input = documents(base.join(' '), edited(5), edited(40), words(9, 3000).join(' '))
  const keys = async (over: Record<string, unknown>) =>
    Array.from((await run(input, over)).rounds[0].records, ({ key, value }) =>
      Buffer.concat([key, value]).toString('hex'),
    )
  const wasm = await keys({ kernel: 'wasm' })
  expect(wasm.length).toBe(4 * 14)
  expect(await keys({ kernel: 'reference' })).toEqual(wasm)
  expect(await keys({ seed: 2 })).not.toEqual(wasm)
})

test('pairs are decoded from the last round', async () => {
  const { rounds } = await run(documents('zero', base.join(' '), edited(5)))
  const [received] = rounds.filter(({ name }) => name === stage.corpus.pairs?.from)
  expect(Array.from(received.records, ({ key, value }) => stage.corpus.pairs?.decode(key, value))).toEqual([
    { a: { shard: 0, row: 1 }, b: { shard: 0, row: 2 }, similarity: 91 / 101 },
  ])
})

describe('estimates from signatures', () => {
  /** 20 documents, document i with 3·i of 100 words replaced. */
  const texts = Array.from({ length: 20 }, (_, i) => edited(3 * i))
  const PERMUTATIONS = 512

  const exact = (i: number): number => (96 - 3 * i) / (96 + 3 * i)

  test('agree with the exact similarity, and with the minhash package, as theory has it', () => {
    const shingler = new Shingler(5, 'characters')
    const sign = createSigner(PERMUTATIONS, 1, 'wasm')
    const sets = texts.map((text) => shingleSet(shingler.shingles(text)))
    const signatures = sets.map((set) => {
      const signature = new Uint32Array(PERMUTATIONS)
      sign(set, signature)
      return signature
    })
    const others = texts.map((text) => {
      const other = new PackageMinhash({ numPerm: PERMUTATIONS, seed: 1 })
      const list = text.split(' ')
      for (let i = 0; i + 5 <= list.length; i++) other.update(list.slice(i, i + 5).join(' '))
      return other
    })
    let squares = 0
    for (const i of texts.keys()) {
      expect(similarity(sets[0], sets[i], 'jaccard')).toBeCloseTo(exact(i), 12)
      const equal = signatures[0].filter((value, p) => value === signatures[i][p]).length
      const deviation = Math.sqrt((exact(i) * (1 - exact(i))) / PERMUTATIONS)
      const estimate = equal / PERMUTATIONS
      expect(Math.abs(estimate - exact(i))).toBeLessThanOrEqual(4 * deviation)
      expect(Math.abs(estimate - others[0].jaccard(others[i]))).toBeLessThanOrEqual(6 * deviation)
      if (deviation > 0) squares += ((estimate - exact(i)) / deviation) ** 2
    }
    expect(squares / (texts.length - 1)).toBeLessThan(2.5) // mean square of standard scores: 1 in theory
  })
})
