/**
 * Every config in configs/ runs to its end on the samples, by the built command line, and its ledger balances. The crawl's is
 * tried in tests/crawl/.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { imbalances, type Ledger } from '../src/run/ledger.js'
import { millrace } from './support/cli.js'
import { call } from './support/command-line.js'
import { temporaryFolder } from './support/folder.js'

const configs = resolve(import.meta.dirname, '../configs')
const folder = temporaryFolder()

describe.each(readdirSync(configs).filter((name) => name.endsWith('.yaml') && name !== 'crawl.yaml'))('%s', (name) => {
  const run = join(folder, name)

  it('runs, and says where the results are and what to do next', async () => {
    const { code, stdout, stderr } = await millrace(['run', join(configs, name), '--set', `output.arrow=${run}`])
    expect(stderr).not.toContain('error:')
    expect(code).toBe(0)
    expect(stdout).toMatch(/ documents kept \(\d+\.\d %\)/)
    expect(stdout).toMatch(/millrace report .*\n$/)
    const ledger: Ledger = JSON.parse(readFileSync(join(run, 'ledger.json'), 'utf8'))
    expect(Object.entries(ledger.files).flatMap(([file, counts]) => imbalances(file, counts))).toEqual([])
    expect(ledger.totals.kept).toBeGreaterThan(0)
    expect(ledger.totals.kept).toBeLessThan(ledger.totals.documents)
  })

  it('can be looked at: sample and report agree with the ledger', async () => {
    const { totals }: Ledger = JSON.parse(readFileSync(join(run, 'ledger.json'), 'utf8'))
    const report = JSON.parse((await call(['report', run, '--json'])).stdout)
    expect(report.totals).toEqual(totals)
    expect(report.all).toMatchObject({ documents: totals.documents, documentsKept: totals.kept })
    expect(await call(['report', run])).toMatchObject({ code: 0, stderr: '' })
    const kept = await call(['sample', run, '--verdict', 'kept', '-n', '3', '--json'])
    const rows = kept.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row.text).toHaveLength(row.textLength)
    const dropped = await call(['sample', run, '--verdict', 'dropped', '-n', '1000'])
    expect(dropped.stdout).not.toMatch(/[\u001b\u202e]/)
    expect(dropped.stderr).toContain(` of ${totals.documents - totals.kept} matching documents`)
  })

  it('checks out', async () => {
    const { code, stdout } = await call(['check', join(configs, name)])
    expect(code).toBe(0)
    expect(stdout).toContain('is sound')
  })
})
