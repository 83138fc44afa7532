import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shareModel } from '../../src/classify/shared-model.js'
import { stageResources } from '../../src/run/resources.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import filter from '../../stages/filter-quality-classifier.js'
import stage from '../../stages/select-quality-classifier.js'
import { documentOf, optionsOf } from '../support/dedup.js'
import { prepared } from '../support/each-stage.js'
import { modelFile } from '../support/fasttext-file.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const model = join(temporaryFolder(), 'quality.bin')
const labels = [
  ['__label__cc', 9],
  ['__label__hq', 5],
] as const
writeFileSync(
  model,
  modelFile(new Random(9), { quantized: false, pruned: false, loss: 3, wordNgrams: 2, labels }).bytes,
)
const resources = stageResources(1, await shareModel(model, stageResources(1)))

async function select(texts: readonly string[], over: Record<string, unknown>) {
  const options = optionsOf(stage, { model, ...over })
  const documents = texts.map((text, i) => documentOf({ id: `${i}`, text }))
  const { outcomes } = await runCorpusInMemory(stage.corpus, options, resources, documents)
  return outcomes
}

function randomTexts(count: number, seed: number): string[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(3) }, () => random.pick(['ein', 'Wort', 'été', 'abc', 'x'])).join(' '),
  )
}

describe('select-quality-classifier', () => {
  it.each([
    [300, 0.1, 30],
    [301, 0.1, 30],
    [7, 0.5, 4],
    [7, 0, 0],
    [7, 1, 7],
    [1, 0.1, 0],
    [0, 0.1, 0],
  ])('of %i documents a share of %d keeps %i: the best, of equals the first', async (count, share, kept) => {
    const outcomes = await select(randomTexts(count, 3), { share })
    const ranked = outcomes
      .map(({ signals, verdict }, row) => ({ score: Number(signals.score), verdict, row }))
      .sort((a, b) => b.score - a.score || a.row - b.row)
    expect(ranked.map(({ verdict }) => verdict)).toEqual(ranked.map((_, rank) => (rank < kept ? 'keep' : 'drop')))
    for (const { signals, reason } of outcomes) {
      expect(signals.cutoff).toBe(kept === 0 ? 1 : ranked[kept - 1].score)
      expect(['', 'score']).toContain(reason)
    }
  })

  it('scores as filter-quality-classifier does, and its cutoff is the threshold there', async () => {
    const texts = randomTexts(200, 8)
    const outcomes = await select(texts, { share: 0.25, action: 'annotate' })
    expect(outcomes.every(({ verdict }) => verdict === 'keep')).toBe(true)
    const cutoff = Number(outcomes[0].signals.cutoff)
    const judge = await prepared(filter, { model, scoreMin: cutoff }, resources)
    for (const [i, text] of texts.entries()) expect(judge(text).signals.score).toBe(outcomes[i].signals.score)
    const passing = texts.filter((text) => judge(text).verdict === 'keep').length
    const above = outcomes.filter(({ signals }) => Number(signals.score) > cutoff).length
    expect(above).toBeLessThan(50)
    expect(passing).toBeGreaterThanOrEqual(50)
  })

  it('names a label that the model lacks', async () => {
    await expect(select(['x'], { label: 'good' })).rejects.toThrow(/no label "good"; it has cc, hq/)
  })
})
