/** A run's bytes depend on its inputs and config alone: not on workers, kills, or where inputs are cut (documents). */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'

const folder = temporaryFolder()
const config = join(folder, 'all-stages.yaml')
const KILLS = 10

/** Small ranges make many tasks, so that a kill falls between and into them. */
function configText(): string {
  return `
name: same-bytes
input: { warc: ${join(root, 'samples')}/*.warc.gz, rangeSize: 24 KiB }
stages:
  - extract-text
  - detect-language
  - filter-gopher-quality: { wordCountMin: 20 }
  - dedup-exact
  - dedup-minhash
  - mask-pii
output: { arrow: run }
execution: { dropped: all }
`
}

function runArgs(name: string, ...more: string[]): string[] {
  return ['run', config, '--set', `output.arrow=${join(folder, name)}`, '--log', 'plain', ...more]
}

async function runWhole(name: string, ...more: string[]): Promise<Record<string, string>> {
  const { code, stderr } = await millrace(runArgs(name, ...more))
  expect(stderr + String(code)).toMatch(/0$/)
  return runDigest(join(folder, name))
}

/** Kills a process as soon as something holds. */
function killWhen(child: ChildProcess, holds: () => boolean): void {
  const timer = setInterval(() => {
    if (holds()) child.kill('SIGKILL')
  }, 1)
  child.on('close', () => clearInterval(timer))
}

let undisturbed: Record<string, string>
let seconds = 0

beforeAll(async () => {
  writeFileSync(config, configText())
  const began = performance.now()
  undisturbed = await runWhole('undisturbed', '--workers', '2')
  seconds = (performance.now() - began) / 1000
})

describe('a run', () => {
  it('writes documents, signals, dropped texts, a manifest and a ledger that balances', () => {
    const folders = new Set(Object.keys(undisturbed).map((path) => path.split('/')[0]))
    expect([...folders].sort()).toEqual(
      expect.arrayContaining(['documents', 'dropped', 'ledger.json', 'manifest.json', 'signals']),
    )
    const ledger = JSON.parse(readFileSync(join(folder, 'undisturbed/ledger.json'), 'utf8'))
    expect(ledger.totals.documents).toBeGreaterThan(40)
    expect(ledger.totals.kept).toBeGreaterThan(10)
    expect(ledger.totals.stages['dedup-minhash'].dropped).toBeGreaterThan(0)
    expect(ledger.totals.stages['dedup-exact'].dropped).toBeGreaterThan(0)
  })

  it('gives the same bytes with one worker', async () => {
    expect(await runWhole('one-worker', '--workers', '1')).toEqual(undisturbed)
  })

  it(`gives the same bytes after ${KILLS} kills at random moments, resumed each time`, async () => {
    const random = new Random(20261124)
    let killed = 0
    let finished = true
    for (let attempt = 0; attempt < 60 && killed < KILLS; attempt++) {
      // Spread over a whole run's time; after a run that came to its end first, one begins anew: each kill falls into work.
      const { signal } = await millrace(runArgs('killed', '--workers', '2', ...(finished ? ['--fresh'] : [])), {
        started: (child) => setTimeout(() => child.kill('SIGKILL'), 1000 * random.next() * Math.max(seconds, 1)),
      })
      finished = signal !== 'SIGKILL'
      if (!finished) killed++
    }
    expect(killed).toBe(KILLS)
    expect(await runWhole('killed', '--workers', '2')).toEqual(undisturbed)
  }, 240_000)

  it('resumes after kills in its first moments', async () => {
    const run = join(folder, 'early')
    for (let attempt = 0; attempt < 6; attempt++) {
      await millrace(runArgs('early'), { started: (child) => killWhen(child, () => existsSync(run)) })
    }
    expect(await runWhole('early')).toEqual(undisturbed)
  })

  it('is refused while another is at work in its folder', async () => {
    const lock = join(folder, 'undisturbed', 'work', 'lock.json')
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.pid })) // this process is alive, and another
    const refused = await millrace(runArgs('undisturbed'))
    rmSync(lock)
    expect(refused.stderr).toContain(`another run is at work in it (process ${process.pid} on ${hostname()})`)
    expect(refused.code).toBe(2)
    expect(runDigest(join(folder, 'undisturbed'))).toEqual(undisturbed)
  })

  it('gives, after a stage is added, what a fresh run gives', async () => {
    const fewer = join(folder, 'fewer.yaml')
    writeFileSync(fewer, configText().replace('  - mask-pii\n', ''))
    const { code } = await millrace([
      'run',
      fewer,
      '--set',
      `output.arrow=${join(folder, 'added')}`,
      '--set',
      'name=same-bytes',
    ])
    expect(code).toBe(0)
    expect(await runWhole('added')).toEqual(undisturbed)
  })

  it('does only the steps from a changed stage on, and gives what a fresh run gives', async () => {
    const set = ['--set', 'mask-pii.action=annotate']
    await runWhole('changed', '--workers', '2')
    const changed = await runWhole('changed', ...set)
    const log = readFileSync(join(folder, 'changed/log/run.jsonl'), 'utf8').trim().split('\n')
    const events = log.map((line) => JSON.parse(line))
    // The second run has fewer steps: rounds that have nothing to do are left out.
    const again = events
      .slice(events.findLastIndex(({ event }) => event === 'start'))
      .filter(({ event }) => event === 'step')
    expect(again.filter(({ tasks }) => tasks > 0).map(({ name }) => name)).toEqual(['after-dedup-minhash'])
    expect(changed).toEqual(await runWhole('fresh', ...set))
    expect(changed).not.toEqual(undisturbed)
  })

  it('run again does nothing, and gives the same bytes', async () => {
    const { stdout } = await millrace(runArgs('undisturbed'))
    expect(stdout).toContain('resumed')
    expect(runDigest(join(folder, 'undisturbed'))).toEqual(undisturbed)
  })
})
