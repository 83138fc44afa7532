/** A document that no worker survives is set aside after three attempts; the rest of the run is as if it had never been. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

function writeInputs(): void {
  const line = (id: string, text: string) => `${JSON.stringify({ id, text })}\n`
  writeFileSync(join(folder, 'a.jsonl'), line('a1', 'one') + line('a2', 'HANG here') + line('a3', 'three'))
  writeFileSync(
    join(folder, 'b.jsonl'),
    line('b1', 'four') + line('b2', 'DIE here') + line('b3', 'THROW') + line('b4', 'five'),
  )
  writeFileSync(
    join(folder, 'config.yaml'),
    `input: { jsonl: '*.jsonl' }
stages: [${join(root, 'tests/fixtures/stages/hostile.mjs')}]
output: { jsonl: run, compression: none }
execution: { workers: 2, documentSecondsMax: 1 }
`,
  )
}

describe('a document that hangs its worker, and one that kills it', () => {
  it('go to quarantine after three attempts, with all others kept', async () => {
    writeInputs()
    const { code, stderr } = await millrace(['run', join(folder, 'config.yaml'), '--allow-code', '--log', 'plain'])
    expect(code, stderr).toBe(0)
    const run = join(folder, 'run')
    const kept = readdirSync(join(run, 'documents')).flatMap((name) =>
      readFileSync(join(run, 'documents', name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    )
    expect(kept.sort()).toEqual(['a1', 'a3', 'b1', 'b4'])
    const ledger = JSON.parse(readFileSync(join(run, 'ledger.json'), 'utf8'))
    expect(ledger.totals).toMatchObject({
      documents: 7,
      kept: 4,
      quarantined: { 'worker-hung': 1, 'worker-died': 1, 'error-hostile': 1 },
    })
    const quarantine = readdirSync(join(run, 'quarantine')).map((name) =>
      readFileSync(join(run, 'quarantine', name), 'utf8'),
    )
    expect(quarantine.join('')).toContain('no idea what to do with this one')
    expect(stderr).toContain('attempt 3 of 3')
  }, 60_000)
})
