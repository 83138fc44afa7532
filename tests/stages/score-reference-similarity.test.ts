import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stageResources } from '../../src/run/resources.js'
import stage from '../../stages/score-reference-similarity.js'
import { call } from '../support/command-line.js'
import { prepared } from '../support/each-stage.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const texts = join(folder, 'texts.jsonl')
const reference = join(folder, 'mills.ref')
writeFileSync(texts, '{"text":"the mill stands by the river"}\n{"text":"the river turns the wheel of the mill"}\n')

describe('score-reference-similarity', () => {
  it('scores with what millrace classifier reference makes', async () => {
    const made = await call(['classifier', 'reference', '--output', reference, texts])
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 texts; .*mills\.ref, 2\.10 MB\n$/) })
    const judge = await prepared(stage, { reference, action: 'drop', similarityMin: 0.3 }, stageResources(1))
    const near = judge('a wheel of the mill by the river')
    expect(near.verdict).toBe('keep')
    expect(near.signals.similarity).toBeGreaterThan(0.7)
    expect(judge('entirely other words')).toMatchObject({ reason: 'similarity', signals: { similarity: 0 } })
    const annotate = await prepared(stage, { reference, similarityMin: 0.3 }, stageResources(1))
    expect(annotate('entirely other words').verdict).toBe('keep')
  })

  it('names what is wrong with texts and references', async () => {
    const bad = join(folder, 'bad.jsonl')
    writeFileSync(bad, '{"text":"a"}\n{"txt":"b"}\n')
    const made = await call(['classifier', 'reference', '--output', join(folder, 'x.ref'), bad])
    expect([made.code, made.stderr]).toEqual([2, expect.stringMatching(/bad\.jsonl: line 2: expected "text"/)])
    await expect(prepared(stage, { reference: texts }, stageResources(1))).rejects.toThrow(/not a reference/)
    expect(readFileSync(texts).length).toBeGreaterThan(0)
  })
})
