import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadFastTextWasmModel } from '../../src/classify/fasttext-wasm.js'
import { shareModel } from '../../src/classify/shared-model.js'
import { stageResources } from '../../src/run/resources.js'
import stage from '../../stages/filter-quality-classifier.js'
import { prepared } from '../support/each-stage.js'
import { modelFile } from '../support/fasttext-file.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const model = join(temporaryFolder(), 'quality.bin')
const labels = [
  ['__label__cc', 9],
  ['__label__hq', 5],
] as const
const { bytes } = modelFile(new Random(9), { quantized: false, pruned: false, loss: 3, wordNgrams: 2, labels })
writeFileSync(model, bytes)
const resources = stageResources(1, await shareModel(model, stageResources(1)))
const TEXTS = ['ein Wort', 'der été\nund mehr', 'abc abc', 'x y z w']

describe('filter-quality-classifier', () => {
  it('scores its label as fastText does, line breaks as spaces', async () => {
    const judge = await prepared(stage, { model, action: 'annotate' }, resources)
    const oracle = await loadFastTextWasmModel(bytes, model)
    for (const text of TEXTS) {
      const expected = oracle.predict(text, 2).find(({ label }) => label === 'hq')?.score ?? 0
      expect(judge(text).signals.score).toBeCloseTo(expected, 5)
    }
  })

  it('keeps what scores at least scoreMin', async () => {
    const scores = TEXTS.map((text) => [text, 0] as [string, number])
    const judge = await prepared(stage, { model, action: 'annotate' }, resources)
    for (const row of scores) row[1] = Number(judge(row[0]).signals.score)
    const [text, score] = scores.sort((a, b) => a[1] - b[1])[1]
    expect((await prepared(stage, { model, scoreMin: score }, resources))(text).verdict).toBe('keep')
    expect((await prepared(stage, { model, scoreMin: score + 1e-9 }, resources))(text)).toMatchObject({
      reason: 'score',
    })
  })

  it('names a label that the model lacks', async () => {
    await expect(prepared(stage, { model, label: 'good' }, resources)).rejects.toThrow(/no label "good"; it has cc, hq/)
  })
})
