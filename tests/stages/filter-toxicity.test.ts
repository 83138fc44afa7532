import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { shareModel } from '../../src/classify/shared-model.js'
import { shippedToxicityModelPath } from '../../src/classify/shipped-model.js'
import { stageResources } from '../../src/run/resources.js'
import type { Resources } from '../../src/stage/stage.js'
import stage from '../../stages/filter-toxicity.js'
import { dataFolder, dataPath } from '../support/data.js'
import { prepared } from '../support/each-stage.js'

let resources: Resources
beforeAll(async () => {
  resources = stageResources(1, await shareModel(shippedToxicityModelPath() ?? '', stageResources(1)))
})

const HOSTILE = 'Immigrants are disgusting animals.'
const NEUTRAL = 'Many immigrants live in this part of the city.'

describe('filter-toxicity', () => {
  it('marks toxic sentences where they stand', async () => {
    const judge = await prepared(stage, {}, resources)
    const text = `${NEUTRAL} ${HOSTILE} The council asked them about housing, work and the school.`
    const { verdict, signals, spans } = judge(text)
    expect(verdict).toBe('keep')
    expect(signals).toMatchObject({ sentenceCount: 3, toxicSentenceCount: 1 })
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([HOSTILE])
    expect(signals.toxicShare).toBeCloseTo(HOSTILE.length / (NEUTRAL.length + HOSTILE.length + 57), 2)
    expect(signals.sentenceScoreMax).toBe(spans[0].score)
  })

  it('drops by the share of toxic sentences only', async () => {
    const text = `${HOSTILE} ${HOSTILE} ${NEUTRAL}`
    expect((await prepared(stage, {}, resources))(text)).toMatchObject({ verdict: 'drop', reason: 'toxicShare' })
    expect((await prepared(stage, { shareMax: 0.9 }, resources))(text)).toMatchObject({ verdict: 'keep' })
    expect((await prepared(stage, { action: 'annotate' }, resources))(text)).toMatchObject({ verdict: 'keep' })
    expect((await prepared(stage, { scoreMin: 1 }, resources))(text).signals.toxicShare).toBe(0)
  })

  it('scores the same whoever is spoken of', async () => {
    const judge = await prepared(stage, {}, resources)
    const scores = ['women', 'Muslims', 'gay people', 'Jews', 'refugees', 'deaf people'].map(
      (group) => judge(`I met ${group} at the market this morning.`).signals.score,
    )
    expect(new Set(scores).size).toBe(1)
  })

  it('passes over short sentences', async () => {
    const judge = await prepared(stage, { sentenceLengthMin: 100 }, resources)
    expect(judge(HOSTILE).signals).toMatchObject({ sentenceScoreMax: 0, toxicShare: 0, sentenceCount: 1 })
  })

  it('names a label that the model lacks', async () => {
    await expect(prepared(stage, { labels: ['rude'] }, resources)).rejects.toThrow(/no label "rude"; it has/)
  })
})

describe.skipIf(!dataFolder)('on texts of every kind (needs MILLRACE_DATA)', () => {
  it('drops no chapter of a book, and nothing else of the corpus', async () => {
    const judge = await prepared(stage, {}, resources)
    const rows = gunzipSync(readFileSync(dataPath('text/corpus.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; domain: string })
    const books = rows.filter(({ domain }) => domain === 'book')
    expect(books.length).toBe(211)
    expect(books.filter(({ text }) => judge(text).verdict === 'drop')).toEqual([])
  })

  it('finds a third of HateCheck at 5 % false positives on identity mentions', async () => {
    const judge = await prepared(stage, {}, resources)
    const rows = gunzipSync(readFileSync(dataPath('toxicity/toxicity.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { text: string; source: string; label: string; target: string })
      .filter(({ source }) => source === 'paul-rottger/hatecheck-data')
    const scores = (of: typeof rows) => of.map(({ text }) => Number(judge(text).signals.score))
    const mentions = scores(rows.filter(({ label, target }) => label !== 'toxic' && target !== ''))
    const limit = mentions.sort((a, b) => b - a)[Math.floor(mentions.length * 0.05)]
    const hateful = scores(rows.filter(({ label }) => label === 'toxic'))
    expect(hateful.length).toBe(1369)
    expect(hateful.filter((score) => score > limit).length / hateful.length).toBeGreaterThan(0.33)
  })
})
