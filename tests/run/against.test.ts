/** A run whose `dedup-minhash` names an earlier run: what that run kept stays the survivor, and what it dropped matches nothing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readVerdicts } from '../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../src/io/zstd.js'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

const text = (seed: number, changed = 0): string =>
  Array.from({ length: 60 }, (_, i) => (i < changed ? `x${seed}y${changed}z${i}` : `w${seed}x${i}`)).join(' ')

async function run(name: string, lines: Readonly<Record<string, string>>, set: readonly string[] = []) {
  const input = Object.entries(lines).map(([id, body]) => `${JSON.stringify({ id, text: body })}\n`)
  writeFileSync(join(folder, `${name}.jsonl`), input.join(''))
  writeFileSync(
    join(folder, `${name}.yaml`),
    `input: { jsonl: ${name}.jsonl, rangeSize: 1 KiB }\nstages: [dedup-minhash]\noutput: { arrow: ${name} }\n`,
  )
  const options = set.flatMap((one) => ['--set', `dedup-minhash.${one}`])
  const { code, stderr } = await millrace(['run', join(folder, `${name}.yaml`), ...options])
  return { code, stderr, verdicts: code === 0 ? await verdictsOf(name) : {} }
}

async function verdictsOf(name: string): Promise<Record<string, Record<string, unknown>>> {
  const zstd = await loadZstd()
  const signals = join(folder, name, 'signals')
  const rows = readdirSync(signals).flatMap((file) => [...readVerdicts(readFileSync(join(signals, file)), zstd)])
  return Object.fromEntries(rows.map(({ id, verdict, signals: found }) => [id, { verdict, ...found }]))
}

const signal = (name: string) => `dedup-minhash.${name}`

describe('dedup-minhash against an earlier run', async () => {
  // a2 is dropped for a1; b is alone.
  const first = await run('first', { a1: text(1), b: text(2), a2: text(1, 1), c: text(3) })
  const against = [`against=[${join(folder, 'first')}]`]

  it('drops what the earlier run has, and says where it is', async () => {
    expect(first.code, first.stderr).toBe(0)
    expect(first.verdicts.a2.verdict).toBe('dropped')
    const { verdicts } = await run('second', { n1: text(9), a3: text(1, 2), n2: text(9, 1), b2: text(2) }, against)
    expect(verdicts.a3).toMatchObject({
      verdict: 'dropped',
      [signal('duplicateOf')]: 'a1',
      [signal('duplicateRun')]: join(folder, 'first'),
      [signal('similarity')]: 54 / 58, // 56 shingles of five words, two of them changed
    })
    expect(verdicts.b2).toMatchObject({ verdict: 'dropped', [signal('duplicateOf')]: 'b', [signal('similarity')]: 1 })
    expect(verdicts.n1.verdict).toBe('kept')
    expect(verdicts.n2).toMatchObject({ verdict: 'dropped', [signal('duplicateOf')]: 'n1' })
    expect(verdicts.n2[signal('duplicateRun')] ?? null).toBeNull()
  })

  it('takes other bands from the same signatures, and an earlier document survives a longer one', async () => {
    const longer = `${text(1)} and some words more`
    const set = [...against, 'bands=28', 'rows=4', 'keep=longest']
    const { verdicts } = await run('bands', { longer, other: text(5) }, set)
    expect(verdicts.longer).toMatchObject({ verdict: 'dropped', [signal('duplicateOf')]: 'a1' })
    expect(verdicts.other.verdict).toBe('kept')
  })

  it('goes on from a run that was itself made against one', async () => {
    const { code } = await run('third', { d: text(4), c2: text(3) }, against)
    expect(code).toBe(0)
    const both = [`against=[${join(folder, 'first')}, ${join(folder, 'third')}]`]
    const { verdicts } = await run('fourth', { d2: text(4), c3: text(3), e: text(7) }, both)
    expect(verdicts.d2).toMatchObject({ verdict: 'dropped', [signal('duplicateRun')]: join(folder, 'third') })
    expect(verdicts.c3).toMatchObject({ verdict: 'dropped', [signal('duplicateRun')]: join(folder, 'first') })
    expect(verdicts.e.verdict).toBe('kept')
  })

  it('needs no text of it: a purged run still serves', async () => {
    expect((await run('kept', { a: text(20), b: text(21) })).code).toBe(0)
    expect((await millrace(['purge', join(folder, 'kept')])).code).toBe(0)
    const { verdicts } = await run('later', { b2: text(21), c: text(22) }, [`against=[${join(folder, 'kept')}]`])
    expect([verdicts.b2.verdict, verdicts.c.verdict]).toEqual(['dropped', 'kept'])
  })

  it('is asked about texts: dedup lookup', async () => {
    const place = join(folder, 'first')
    const one = await millrace(['dedup', 'lookup', place, text(1, 2)])
    expect(one.code, one.stderr).toBe(0)
    const [{ matches }] = one.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(matches).toMatchObject([
      { id: 'a1', verdict: 'kept', reason: '', similarity: 54 / 58 },
      { id: 'a2', verdict: 'dropped', reason: 'dedup-minhash: nearDuplicate', similarity: 54 / 58 },
    ])
    writeFileSync(join(folder, 'asked.jsonl'), `${JSON.stringify({ id: 7, text: text(3) })}\n{"text":"${text(99)}"}\n`)
    const many = await millrace(['dedup', 'lookup', place, '--input', join(folder, 'asked.jsonl')])
    const lines = many.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([{ id: 7, matches: [{ id: 'c', similarity: 1 }] }, { matches: [] }])
    expect((await millrace(['dedup', 'lookup', place, 'too few words'])).code).toBe(2)
  })

  it.each([
    [['seed=2'], /first: expected seed: 2 there too, got 1/],
    [['bands=30'], /first: expected signatures of at least 240 values, got 112/],
    [['against=[nowhere]'], /nowhere: expected the folder of a run that is whole/],
  ])('refuses what does not fit: %s', async (set, message) => {
    const { code, stderr } = await run('refused', { x: text(1) }, [...against, ...set])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
