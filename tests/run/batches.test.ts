/** Batch stages: a pass of its own with one device, scores recorded once, whatever the workers. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArrow } from '../../src/formats/arrow/reader.js'
import { loadZstd } from '../../src/io/zstd.js'
import { millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'

const folder = temporaryFolder()
const STAGE = join(root, 'tests/fixtures/stages/batch.mjs')

function writeInput(name: string, texts: readonly string[]): void {
  const lines = texts.map((text, at) => `${JSON.stringify({ id: `${at} ${text.slice(0, 12)}`, text })}\n`)
  writeFileSync(join(folder, name), lines.join(''))
}

/** Runs a config with the stage twice around a filter that leaves most; returns code and stderr. */
function runConfig(name: string, input: string, options: object, workers = 1) {
  const config = {
    input: { jsonl: input },
    stages: [{ [STAGE]: options }],
    output: { jsonl: name, compression: 'none' },
    execution: { workers },
  }
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config))
  return millrace(['run', join(folder, `${name}.yaml`), '--allow-code'])
}

function ledgerOf(name: string) {
  return JSON.parse(readFileSync(join(folder, name, 'ledger.json'), 'utf8')).totals
}

function logOf(name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(folder, name, 'log/run.jsonl'), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function scoresOf(name: string) {
  const zstd = await loadZstd()
  return readdirSync(join(folder, name, 'scores')).flatMap((file) => [
    ...openArrow(readFileSync(join(folder, name, 'scores', file)), zstd).rows(['id', 'sum', 'halves']),
  ])
}

const random = new Random(7)
const TEXTS = Array.from({ length: 700 }, (_, at) =>
  Array.from({ length: 1 + (at % 3) }, () => 'abcdefghijklmnop'.slice(0, 1 + random.below(15))).join('\n'),
)
const SUMS = TEXTS.map((text) =>
  [...text.replaceAll('\n', '')].reduce((sum, letter) => sum + letter.charCodeAt(0) / 2, 0),
)

describe('a run with a batch stage', () => {
  it('gives each document the numbers of its own rows, the same bytes for any number of workers', async () => {
    writeInput('texts.jsonl', [...TEXTS, 'no rows', 'throw rows', 'throw score'])
    const one = await runConfig('one', 'texts.jsonl', {})
    expect(one.code, one.stderr).toBe(0)
    const rows = await scoresOf('one')
    expect(rows.map((row) => row.sum)).toEqual(SUMS)
    expect(rows[0]?.halves).toEqual(Float32Array.from(TEXTS[0]?.replaceAll('\n', '') ?? '', (x) => x.charCodeAt(0) / 2))
    expect(ledgerOf('one')).toMatchObject({ kept: 701, quarantined: { 'too-odd': 1, 'error-batch': 1 } })
    const quarantine = readFileSync(join(folder, 'one/quarantine/00000-1.jsonl'), 'utf8')
    expect(quarantine).toContain('this one can not be split')
    expect(quarantine).toContain('no score')
    const three = await runConfig('three', 'texts.jsonl', {}, 3)
    expect(three.code, three.stderr).toBe(0)
    const { 'manifest.json': _, ...digest } = runDigest(join(folder, 'one'))
    const { 'manifest.json': __, ...other } = runDigest(join(folder, 'three'))
    expect(other).toEqual(digest)
  })

  it('says what its device did', () => {
    const [device] = logOf('one').filter(({ event }) => event === 'device')
    const tokens = SUMS.length // every text has at least one
    expect(device).toMatchObject({
      stage: 'batch',
      rows: TEXTS.reduce((n, text) => n + text.split('\n').length, 0) + 1,
    })
    expect(Number(device?.tokens)).toBeGreaterThan(tokens)
    expect(Number(device?.paddingTokens) / Number(device?.tokens)).toBeLessThan(0.1)
    expect(Number(device?.busySeconds)).toBeLessThanOrEqual(Number(device?.seconds))
  })

  it('uses recorded scores again when only the decision has changed', async () => {
    const { code, stderr } = await runConfig('one', 'texts.jsonl', { sumMax: 500 })
    expect(code, stderr).toBe(0)
    const above = SUMS.filter((sum) => sum > 500).length
    expect(above).toBeGreaterThan(10)
    expect(ledgerOf('one')).toMatchObject({ dropped: { batch: { sum: above } }, kept: 701 - above })
    expect(logOf('one').filter(({ event }) => event === 'device')).toHaveLength(1)
  })

  it('fails when its device does, and goes on from there when that is mended', async () => {
    writeInput('down.jsonl', ['first', 'device down', 'last'])
    const repaired = join(folder, 'repaired')
    const failed = await runConfig('down', 'down.jsonl', { repaired })
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('the device is down')
    writeFileSync(repaired, '')
    const { code, stderr } = await runConfig('down', 'down.jsonl', { repaired })
    expect(code, stderr).toBe(0)
    expect(ledgerOf('down')).toMatchObject({ kept: 3 })
  })

  it('stops, and tells no worker for lost, when its device fails with more documents to come', async () => {
    const many = Array.from({ length: 9000 }, () => 'no rows')
    for (const name of ['more0', 'more1']) writeInput(`${name}.jsonl`, ['device down', ...many, 'last'])
    const { code, stderr } = await runConfig('more', 'more*.jsonl', {})
    expect(code).toBe(1)
    expect(stderr).toContain('the device is down')
    expect(stderr).not.toContain('worker died')
  })

  it('names the loss of the thread that owns the device', async () => {
    // Shards behind the one that it died on end too, and none of them waits for it.
    for (const name of ['dies0', 'dies1', 'dies2', 'dies3']) writeInput(`${name}.jsonl`, ['thread dies'])
    const { code, stderr } = await runConfig('dies', 'dies*.jsonl', {})
    expect(code).toBe(1)
    expect(stderr).toContain('the thread that owns the device has ended')
  })

  it('takes a device that is not there for a mistake of the config', async () => {
    writeInput('few.jsonl', ['first'])
    const { code, stderr } = await runConfig('elsewhere', 'few.jsonl', { device: 'elsewhere' })
    expect(code).toBe(2)
    expect(stderr).toContain('device: elsewhere is not here')
  })
})

describe('apply of a batch stage', () => {
  it('gives what a run gives', async () => {
    const args = ['apply', STAGE, '--allow-code', '--input', join(folder, 'texts.jsonl')]
    const { code, stdout } = await millrace(args)
    expect(code).toBe(1) // of two lines in error
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.slice(0, TEXTS.length).map(({ signals }) => signals.sum)).toEqual(SUMS)
    expect(lines.slice(TEXTS.length)).toMatchObject([
      { verdict: 'keep', signals: {} },
      { error: 'this one can not be split' },
      { error: 'no score' },
    ])
  })
})
