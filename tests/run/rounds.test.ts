/** Corpus stages on disk, over many shards and partitions, decide as the in-memory driver of the same contract does. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import { readVerdicts } from '../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../src/io/zstd.js'
import { loadStageUse } from '../../src/run/config.js'
import { loadStage } from '../../src/run/stage-loader.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { millrace } from '../support/cli.js'
import { RESOURCES } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()

interface Line {
  readonly id: string
  readonly url: string
  readonly text: string
}

/** Texts of random words; two in three are edits or copies of an earlier one, so that clusters form across shards. */
function corpus(seed: number, size: number): Line[] {
  const random = new Random(seed)
  const word = () => `w${random.below(4000)}`
  const lines: Line[] = []
  for (let i = 0; i < size; i++) {
    let words = Array.from({ length: 3 + random.below(120) }, word)
    if (i > 10 && random.below(3) > 0) {
      words = random.pick(lines).text.split(' ')
      for (let edits = random.below(6); edits > 0; edits--) words[random.below(words.length)] = word()
    }
    const url = random.below(4) === 0 ? '' : `https://site${random.below(9)}.example/${random.below(size)}?utm_source=x`
    lines.push({ id: `d${i}`, url, text: words.join(' ') })
  }
  return lines
}

async function onDisk(name: string, lines: readonly Line[], stage: string, set: readonly string[]) {
  const input = join(folder, `${name}.jsonl`)
  writeFileSync(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const config = join(folder, `${name}.yaml`)
  writeFileSync(
    config,
    `input: { jsonl: ${input}, rangeSize: 9 KiB }\nstages: [${stage}]\noutput: { arrow: ${name} }\n`,
  )
  const { code, stderr } = await millrace(['run', config, ...set.flatMap((s) => ['--set', `${stage}.${s}`])])
  expect(code, stderr).toBe(0)
  const zstd = await loadZstd()
  const signals = join(folder, name, 'signals')
  const verdicts = readdirSync(signals).flatMap((file) => [...readVerdicts(readFileSync(join(signals, file)), zstd)])
  const shards = readdirSync(join(folder, name, 'documents')).length
  return { verdicts: new Map(verdicts.map((row) => [row.id, row])), shards }
}

async function inMemory(lines: readonly Line[], name: string, set: readonly string[]) {
  const use = await loadStageUse(name, set, false)
  const stage = await loadStage(use.stage)
  if (stage.kind !== 'corpus') throw new Error('expected a corpus stage')
  const documents = lines.map(
    (line, row): Document => ({
      ...line,
      ...{ date: '', language: '', file: 'f', offset: row, length: 1, sub: 0, metadata: {}, raw: null },
      position: { shard: 0, row },
    }),
  )
  return (await runCorpusInMemory(stage.corpus, use.options as never, RESOURCES, documents)).outcomes // options as validated
}

const CASES: [string, string[]][] = [
  ['dedup-exact', []],
  ['dedup-exact', ['by=[text]', 'keep=longest']],
  ['dedup-minhash', []],
  ['dedup-minhash', ['bands=28', 'rows=4', 'keep=longest', 'similarityMin=0.5']],
  ['dedup-minhash', ['verify=false', 'clusterSizeMax=5']],
]

describe('corpus stages on disk', () => {
  it.each(CASES.map(([stage, set], i) => ({ stage, set, i })))(
    '$stage $set decides as in memory',
    async ({ stage, set, i }) => {
      const lines = corpus(100 + i, 400)
      const { verdicts, shards } = await onDisk(`case-${i}`, lines, stage, set)
      const outcomes = await inMemory(lines, stage, set)
      expect(shards).toBeGreaterThan(5)
      expect(outcomes.filter((outcome) => outcome.verdict === 'drop').length).toBeGreaterThan(5)
      for (const [row, { id }] of lines.entries()) {
        const { verdict, reason, signals } = outcomes[row]
        const expected: Record<string, unknown> = {}
        for (const [name, value] of Object.entries(signals)) expected[`${stage}.${name}`] = value
        expect(verdicts.get(id), id).toMatchObject({
          verdict: verdict === 'keep' ? 'kept' : 'dropped',
          reason,
          signals: expected,
        })
      }
    },
  )
})
