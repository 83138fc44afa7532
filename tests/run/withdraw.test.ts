/** `millrace withdraw`: what is left is what a run over the input without the source gives. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readVerdicts } from '../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../src/io/zstd.js'
import { asSource, makeWithdrawal } from '../../src/run/withdrawn.js'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

interface Line {
  readonly id: string
  readonly url: string
  readonly text: string
}

const text = (seed: number): string => Array.from({ length: 40 }, (_, i) => `w${seed}x${i}`).join(' ')

/** 30 pages on three hosts; each text stands on two or three of them, the first time most often on a.example. */
const LINES: readonly Line[] = Array.from({ length: 30 }, (_, i) => ({
  id: `d${i}`,
  url: `https://${['a.example', 'b.example', 'sub.c.example'][i % 3]}/${i}`,
  text: text(Math.floor((i * 7) / 15)),
}))

async function run(name: string, lines: readonly Line[]) {
  writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const config = join(folder, `${name}.yaml`)
  writeFileSync(
    config,
    `input: { jsonl: ${name}.jsonl, rangeSize: 1 KiB }\nstages: [dedup-exact, dedup-minhash]\noutput: { arrow: ${name} }\n`,
  )
  const { code, stderr } = await millrace(['run', config])
  expect(code, stderr).toBe(0)
  return config
}

async function verdicts(name: string): Promise<Record<string, Record<string, unknown>>> {
  const zstd = await loadZstd()
  const signals = join(folder, name, 'signals')
  const rows = readdirSync(signals).flatMap((file) => [...readVerdicts(readFileSync(join(signals, file)), zstd)])
  return Object.fromEntries(rows.map(({ id, verdict, stage, signals: found }) => [id, { verdict, stage, ...found }]))
}

function bytesBelow(place: string): string {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('withdraw', () => {
  it('leaves what a run without the source gives, and elects survivors again', async () => {
    const config = await run('whole', LINES)
    const before = await verdicts('whole')
    await run(
      'without',
      LINES.filter(({ url }) => !url.includes('a.example')),
    )
    const expected = await verdicts('without')
    const back = Object.keys(expected).filter(
      (id) => expected[id]?.verdict === 'kept' && before[id]?.verdict !== 'kept',
    )
    expect(back.length).toBeGreaterThan(3)

    const dry = await millrace(['withdraw', join(folder, 'whole'), 'a.example', '--dry-run'])
    expect([dry.code, dry.stdout]).toEqual([
      0,
      expect.stringMatching(/^10 documents, \d+ of them kept, in \d+ shards; nothing/),
    ])
    expect(await verdicts('whole')).toEqual(before)

    const { code, stdout, stderr } = await millrace(['withdraw', join(folder, 'whole'), 'A.example'])
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/documents were kept, \d+ are now/)
    expect(await verdicts('whole')).toEqual(expected)
    expect(bytesBelow(join(folder, 'whole')).includes('https://a.example/')).toBe(false)
    const ledger = JSON.parse(readFileSync(join(folder, 'whole/ledger.json'), 'utf8'))
    expect(ledger.totals.skipped).toEqual({ withdrawn: 10 })

    // The list is an input of the run from now on.
    const again = await millrace(['run', config, '--fresh'])
    expect(again.code, again.stderr).toBe(0)
    expect(await verdicts('whole')).toEqual(expected)
  })

  it('goes on where it was cut off', async () => {
    const config = await run('cut', LINES)
    await run(
      'cut-without',
      LINES.filter(({ url }) => !url.includes('c.example')),
    )
    // As after a kill between the list and what it asks for.
    const shards = [...new Set(readdirSync(join(folder, 'cut/signals')).map((name) => Number.parseInt(name, 10)))]
    const list = { urls: [], hosts: ['c.example'], pendingShards: shards }
    writeFileSync(join(folder, 'cut/withdrawn.json'), JSON.stringify(list))
    rmSync(join(folder, 'cut/ledger.json'))
    expect((await millrace(['run', config])).code).toBe(0)
    expect(await verdicts('cut')).toEqual(await verdicts('cut-without'))
    expect(existsSync(join(folder, 'cut/withdrawn.json'))).toBe(true)
  })

  it('takes one URL in all its forms, and refuses what is no source', async () => {
    const isWithdrawn = makeWithdrawal({
      urls: [],
      hosts: [],
      pendingShards: [],
      ...sources('http://www.x.example/a/'),
    })
    expect(isWithdrawn('https://x.example/a?utm_source=y')).toBe(true)
    expect(isWithdrawn('https://x.example/b')).toBe(false)
    const byHost = makeWithdrawal({ urls: [], hosts: [], pendingShards: [], ...sources('X.example') })
    expect(['https://x.example/', 'https://y.x.example/1', 'https://yx.example/', 'x.example', ''].map(byHost)).toEqual(
      [true, true, false, false, false],
    )
    expect((await millrace(['withdraw', join(folder, 'cut'), 'no host'])).code).toBe(2)
  })
})

function sources(source: string): { urls: string[] } | { hosts: string[] } {
  const one = asSource(source)
  return 'url' in one ? { urls: [one.url] } : { hosts: [one.host] }
}
