/** Files that one stage makes and a later one reads, in the same run. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const [MAKES, READS] = ['letters', 'reads-letters'].map((name) => join(root, 'tests/fixtures/stages', `${name}.mjs`))

function runStages(name: string, stages: readonly object[], input = 'in*.jsonl') {
  const config = { input: { jsonl: input }, stages, output: { jsonl: name, compression: 'none' } }
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config))
  return millrace(['run', join(folder, `${name}.yaml`), '--allow-code'])
}

it('hands a file made over all shards to a later stage, and publishes it', async () => {
  const texts = [['aab', 'ba'], ['ab', 'caa'], ['bb']]
  texts.forEach((shard, at) => {
    const lines = shard.map((text) => JSON.stringify({ id: text, text }))
    writeFileSync(join(folder, `in${at}.jsonl`), `${lines.join('\n')}\n`)
  })
  const { code, stderr } = await runStages('run', [{ [MAKES]: {} }, { [READS]: { letters: { from: 'letters' } } }])
  expect(code, stderr).toBe(0)
  const made = JSON.parse(readFileSync(join(folder, 'run/artifacts/letters/letters.json'), 'utf8'))
  expect(made).toEqual({ a: 6, b: 5, c: 1 })
  const { totals } = JSON.parse(readFileSync(join(folder, 'run/ledger.json'), 'utf8'))
  expect(totals).toMatchObject({ kept: 4, dropped: { 'reads-letters': { rare: 1 } } })
})

it('makes the file where there is nothing to make it of', async () => {
  writeFileSync(join(folder, 'none.jsonl'), '')
  const { code, stderr } = await runStages('empty', [{ [MAKES]: {} }], 'none.jsonl')
  expect(code, stderr).toBe(0)
  expect(readdirSync(join(folder, 'empty/artifacts/letters'))).toEqual(['letters.json'])
})

it('refuses the name of a stage that is not there, comes later, or makes no file', async () => {
  const later = await runStages('later', [{ [READS]: { letters: { from: 'letters' } } }, { [MAKES]: {} }])
  expect(later.code).toBe(2)
  expect(later.stderr).toContain('reads-letters.letters.from: expected the name of an earlier stage that makes a file')
  const none = await runStages('none', [
    'detect-language',
    { [READS]: { letters: { from: 'detect-language' } } },
  ] as object[])
  expect(none.code).toBe(2)
  expect(none.stderr).toContain('detect-language, which makes no file')
})
