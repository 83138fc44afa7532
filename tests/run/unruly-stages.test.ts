/** A stage that throws, or gives what it did not declare, costs its document: counted, named, in quarantine, with a verdict row. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readVerdicts } from '../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../src/io/zstd.js'
import { millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const BROKEN = ['undeclared', 'nan', 'edit', 'silent', 'word', 'identity', 'bigint', 'span', 'throw']
const UNCOLLECTED = ['boom', 'blunt', 'brisk']
const TEXTS = ['kept one', ...BROKEN, 'drop', ...UNCOLLECTED, 'bear', 'bull', 'kind two']

it('unruly stages cost their documents, and leave nothing of them behind', async () => {
  writeFileSync(join(folder, 'in.jsonl'), TEXTS.map((text) => `${JSON.stringify({ id: text, text })}\n`).join(''))
  const stages = ['unruly', 'unruly-corpus'].map((name) => join(root, 'tests/fixtures/stages', `${name}.mjs`))
  writeFileSync(
    join(folder, 'config.yaml'),
    `input: { jsonl: in.jsonl }\nstages: [${stages.join(', ')}]\noutput: { jsonl: run, compression: none }\n`,
  )
  const { code, stderr } = await millrace(['run', join(folder, 'config.yaml'), '--allow-code'])
  expect(code, stderr).toBe(0)
  const { totals } = JSON.parse(readFileSync(join(folder, 'run/ledger.json'), 'utf8'))
  expect(totals).toMatchObject({
    documents: TEXTS.length,
    kept: 2,
    quarantined: { 'error-unruly': BROKEN.length, 'error-unruly-corpus': UNCOLLECTED.length },
    // They emitted a record before they failed: had it stayed, `bear` would have gone for it.
    dropped: { unruly: { constructor: 1 }, 'unruly-corpus': { letter: 2 } },
  })
  const zstd = await loadZstd()
  const signals = join(folder, 'run/signals')
  const rows = readdirSync(signals).flatMap((name) => [...readVerdicts(readFileSync(join(signals, name)), zstd)])
  const verdicts = Object.fromEntries(
    rows.map(({ id, verdict, stage, reason }) => [id, `${verdict} ${stage} ${reason}`.trim()]),
  )
  expect(verdicts).toEqual({
    'kept one': 'kept',
    bear: 'kept',
    ...Object.fromEntries(BROKEN.map((id) => [id, 'quarantined unruly error-unruly'])),
    ...Object.fromEntries(UNCOLLECTED.map((id) => [id, 'quarantined unruly-corpus error-unruly-corpus'])),
    drop: 'dropped unruly constructor',
    bull: 'dropped unruly-corpus letter',
    'kind two': 'dropped unruly-corpus letter',
  })
  const quarantine = readFileSync(join(folder, 'run/quarantine/00000-0.jsonl'), 'utf8')
  for (const text of [
    'unruly: signal width: expected a declaration of it, got number 3',
    'unruly: signal length: expected a finite number, got number NaN',
    'unruly: edit.text: expected text, got 5',
    'unruly: reason: expected a word, got \\"\\"',
    'unruly: verdict: expected keep or drop, got \\"DROP\\"',
    "unruly: edit.id: a stage can't change this",
    'unruly: span: expected offsets within 0 to 4, got [2, 99]',
    'unruly: something thrown that is no Error',
    'unruly-corpus: record key: expected a Uint8Array, got string',
    'unruly-corpus: collect: expected nothing back (it must not be async)',
    'unruly-corpus: no way to collect this',
  ]) {
    expect(quarantine).toContain(text)
  }
})
