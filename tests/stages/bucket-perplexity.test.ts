import { describe, expect, it } from 'vitest'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { readDescendingKey, writeDescendingKey } from '../../src/stage/sort-key.js'
import bucketPerplexity from '../../stages/bucket-perplexity.js'
import { documentOf, optionsOf } from '../support/dedup.js'
import { memoryResources, SMALL_ARPA } from '../support/language-model.js'
import { Random } from '../support/random.js'

async function run(texts: readonly (readonly [language: string, text: string])[], over: Record<string, unknown> = {}) {
  const resources = memoryResources({ 'small.arpa': SMALL_ARPA })
  const options = optionsOf(bucketPerplexity, { model: 'small.arpa', ...over })
  const shared = (await bucketPerplexity.share?.(options, resources)) ?? []
  const documents = texts.map(([language, text], i) => documentOf({ id: `${i}`, language, text }))
  const { outcomes } = await runCorpusInMemory(bucketPerplexity.corpus, options, { ...resources, shared }, documents)
  return outcomes
}

/** Texts of many different perplexities. */
function randomTexts(count: number, seed: number): string[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(8) }, () => random.pick(['good text', 'odd', 'text', 'good'])).join(' '),
  )
}

/** The definition: below the first percentile the head, from the second on the tail; percentiles interpolated as numpy's. */
function expectedBuckets(perplexities: readonly number[], head: number, tail: number): string[] {
  const sorted = perplexities.toSorted((a, b) => a - b)
  const at = (percent: number): number => {
    if (percent === 100) return Number.POSITIVE_INFINITY
    const place = ((sorted.length - 1) * percent) / 100
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
    return low + (high - low) * (place % 1)
  }
  return perplexities.map((p) => (p < at(head) ? 'head' : p < at(tail) ? 'middle' : 'tail'))
}

describe('bucket-perplexity', () => {
  it.each([
    [1, 30, 60],
    [10, 30, 60],
    [300, 30, 60],
    [301, 0, 100],
    [57, 50, 50],
    [40, 100, 100],
    [40, 0, 0],
  ])('%i documents at %i and %i percent', async (count, headPercentile, tailPercentile) => {
    const english = randomTexts(count, count).map((text) => ['en', text] as const)
    const others = randomTexts(30, 7).flatMap((text) => [['', `${text} text`] as const, ['de', `odd ${text}`] as const])
    const outcomes = await run([...others, ...english, ['en', ' ']], { headPercentile, tailPercentile })
    const ofEnglish = outcomes.slice(others.length, -1).map(({ signals }) => signals)
    expect(ofEnglish.map(({ bucket }) => bucket)).toEqual(
      expectedBuckets(
        ofEnglish.map(({ perplexity }) => Number(perplexity)),
        headPercentile,
        tailPercentile,
      ),
    )
    const german = outcomes
      .slice(0, others.length)
      .filter((_, i) => i % 2 === 1)
      .map(({ signals }) => signals)
    expect(german.map(({ bucket }) => bucket)).toEqual(
      expectedBuckets(
        german.map(({ perplexity }) => Number(perplexity)),
        headPercentile,
        tailPercentile,
      ),
    )
    expect(outcomes.at(-1)?.signals).toEqual({ bucket: 'all' })
  })

  it('three in a row', async () => {
    const texts = ['odd', 'good text', 'text'].map((text) => ['en', text] as const)
    const outcomes = await run(texts, { headPercentile: 34, tailPercentile: 67 })
    expect(outcomes.map(({ signals }) => signals.bucket)).toEqual(['tail', 'head', 'middle'])
    expect(outcomes[0].signals.perplexity).toBeCloseTo(10 ** (3.5 / 2), 4)
  })

  it('keeps equals together, in the bucket above', async () => {
    const outcomes = await run(Array.from({ length: 10 }, () => ['en', 'good text'] as const))
    expect(new Set(outcomes.map(({ signals }) => signals.bucket))).toEqual(new Set(['tail']))
  })

  it('drops the buckets that are not wanted', async () => {
    const outcomes = await run([...randomTexts(50, 3).map((text) => ['en', text] as const), ['en', '']], {
      buckets: ['head'],
    })
    for (const { reason, signals } of outcomes) expect(reason).toBe(signals.bucket === 'head' ? '' : 'bucket')
    expect(outcomes.filter(({ verdict }) => verdict === 'keep').length).toBeGreaterThan(5)
  })

  it('refuses a head behind the tail', async () => {
    await expect(run([], { headPercentile: 70 })).rejects.toThrow(
      /headPercentile: expected at most tailPercentile, 60, got 70/,
    )
  })
})

it('sort keys descend as numbers ascend', () => {
  const values = [0, 1, 1.5, 2, 1e3, 1e300, Number.MAX_VALUE]
  const keys = values.map((value) => {
    const key = new Uint8Array(8)
    writeDescendingKey(key, value)
    expect(readDescendingKey(key)).toBe(value)
    return key
  })
  for (let i = 1; i < keys.length; i++) expect(Buffer.compare(keys[i - 1], keys[i])).toBe(1)
})
