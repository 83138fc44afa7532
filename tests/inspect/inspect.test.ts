import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import { type Verdict, verdictWriter } from '../../src/formats/arrow/verdicts.js'
import { ClusterCounter } from '../../src/inspect/clusters.js'
import { fileFaults } from '../../src/inspect/file-faults.js'
import { FinishedRun } from '../../src/inspect/finished-run.js'
import { HistogramMaker, SignalRange } from '../../src/inspect/histogram.js'
import { nearDuplicates } from '../../src/inspect/near-duplicates.js'
import { hostOf, makeReport } from '../../src/inspect/report.js'
import { chooseSample, decidingSignals } from '../../src/inspect/sample.js'
import { loadZstd } from '../../src/io/zstd.js'
import { defaultOptions } from '../../src/run/config.js'
import { emptyFileLedger } from '../../src/run/ledger.js'
import { loadStage, stageNames } from '../../src/run/stage-loader.js'
import { temporaryFolder } from '../support/folder.js'

function verdict(row: number, over: Partial<Verdict> = {}): Verdict {
  const place = { id: `id-${row}`, url: `https://a.example/${row}`, file: 'f', offset: row, sub: 0 }
  return {
    ...place,
    language: 'en',
    textLength: 10,
    verdict: 'kept',
    stage: '',
    reason: '',
    spans: [],
    signals: {},
    ...over,
  }
}

const dropped = (row: number, stage: string, reason: string) => verdict(row, { verdict: 'dropped', stage, reason })

describe('chooseSample', () => {
  const rows = Array.from({ length: 1000 }, (_, row) =>
    row % 2 ? verdict(row) : dropped(row, row % 4 ? 'a' : 'b', 'r'),
  )

  it('chooses the same documents whatever the order of the rows', () => {
    const { chosen, matching } = chooseSample(rows, {}, 20, 1)
    expect(matching).toBe(1000)
    expect(new Set(chosen.map((one) => one.id)).size).toBe(20)
    expect(chooseSample(rows.toReversed(), {}, 20, 1).chosen).toEqual(chosen)
    expect(chooseSample(rows, {}, 20, 2).chosen).not.toEqual(chosen)
  })

  it('filters, and counts what matches', () => {
    expect(chooseSample(rows, { verdict: 'dropped' }, 5, 1).matching).toBe(500)
    const { chosen, matching } = chooseSample(rows, { stage: 'b', reason: 'r' }, 5, 1)
    expect(matching).toBe(250)
    expect(chosen.map((one) => one.stage)).toEqual(['b', 'b', 'b', 'b', 'b'])
    expect(chooseSample(rows, { reason: 'none' }, 5, 1)).toEqual({ chosen: [], matching: 0 })
  })

  it('tells documents that share an id apart by their places', () => {
    const twins = [0, 1, 2, 3].map((row) => verdict(row, { id: 'same' }))
    const { chosen } = chooseSample(twins, {}, 2, 1)
    expect(chooseSample(twins.toReversed(), {}, 2, 1).chosen).toEqual(chosen)
  })

  it('is uniform: over many seeds each of 10 documents is chosen about as often', () => {
    const few = rows.slice(0, 10)
    const times = new Map<string, number>()
    for (let seed = 0; seed < 1000; seed++) {
      for (const { id } of chooseSample(few, {}, 3, seed).chosen) times.set(id, (times.get(id) ?? 0) + 1)
    }
    // Binomial(1000, 0.3) has a standard deviation of 14.5; five of them either way.
    for (const { id } of few) expect(Math.abs((times.get(id) ?? 0) - 300)).toBeLessThan(73)
  })
})

it('decidingSignals gives the stage that dropped, what its reason speaks of first', () => {
  const signals = { 'q.words': 3, 'q.mean': 1, 'qq.words': 9, 'q.bulletLineShare': 0.9 }
  const names = (over: Partial<Verdict>) => Object.keys(decidingSignals(verdict(0, { signals, ...over })))
  expect(names({ stage: 'q', reason: 'bulletLines' })).toEqual(['q.bulletLineShare', 'q.words', 'q.mean'])
  expect(names({ stage: 'q', reason: 'other' })).toEqual(['q.words', 'q.mean', 'q.bulletLineShare'])
  expect(names({ stage: 'none', reason: 'r' })).toEqual([])
  expect(names({})).toEqual(Object.keys(signals))
})

describe('nearDuplicates', () => {
  const words = Array.from({ length: 200 }, (_, at) => `word${(at * 7919) % 1000}`)
  const base = words.join(' ')

  it('finds copies and near-copies, and nothing else', () => {
    const changed = words.with(100, 'other').join(' ')
    const other = words.map((word) => `x${word}`).join(' ')
    const pairs = nearDuplicates([base, other, changed, base.toUpperCase(), '', 'too short'])
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([
      [0, 2],
      [0, 3],
      [2, 3],
    ])
    expect(pairs[1].similarity).toBe(1)
    // 5 of 196 shingles differ: 191 / 201, estimated by 128 permutations.
    expect(Math.abs(pairs[0].similarity - 191 / 201)).toBeLessThan(0.1)
  })

  it('compares text without spaces by its characters', () => {
    const text = Array.from({ length: 300 }, (_, at) => String.fromCharCode(0x4e00 + ((at * 7919) % 3000))).join('')
    expect(nearDuplicates([text, `${text}終`, text.split('').toReversed().join('')])).toMatchObject([{ a: 0, b: 1 }])
  })
})

describe('histograms', () => {
  function histogram(values: readonly (number | string)[]) {
    const range = new SignalRange('s')
    for (const value of values) range.add(value)
    const maker = new HistogramMaker(range)
    for (const value of values) maker.add(value)
    return maker.histogram()
  }

  it('counts every finite value once, in bins of equal width', () => {
    const values = Array.from({ length: 101 }, (_, at) => at / 100)
    const { count, min, max, mean, scale, edges, counts } = histogram([
      ...values,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      'x',
    ])
    expect({ count, min, max, scale }).toEqual({ count: 101, min: 0, max: 1, scale: 'linear' })
    expect(mean).toBeCloseTo(0.5)
    expect(edges).toHaveLength(21)
    expect(counts.reduce((sum, n) => sum + n)).toBe(101)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
  })

  it('bins long tails by logarithm', () => {
    const { scale, counts, edges } = histogram([...Array(100).fill(1), 2, 3, 1e6])
    expect(scale).toBe('log')
    expect(counts.slice(0, 3)).toEqual([101, 1, 0]) // a bin is 0.656 wide: 1 and 2 fall in the first, 3 lies ln(4/2) = 0.693 away
    expect(counts.at(-1)).toBe(1)
    expect(edges.at(-1)).toBeCloseTo(1e6)
  })

  it('holds for a single value', () => {
    expect(histogram([7, 7])).toMatchObject({ count: 2, min: 7, max: 7, mean: 7 })
    expect(histogram([7, 7]).counts[0]).toBe(2)
  })
})

describe('ClusterCounter', () => {
  it('counts clusters by size from their survivors', () => {
    const [counter, ...others] = ClusterCounter.of([{ name: 'd.similarity' }, { name: 'd.clusterSize' }])
    expect(others).toEqual([])
    const sizes = [2, 2, 3, 4, 5, 8, 9, 100]
    for (const [row, size] of sizes.entries()) counter.add(verdict(row, { signals: { 'd.clusterSize': size } }))
    counter.add({ ...dropped(20, 'd', 'nearDuplicate'), signals: { 'd.clusterSize': 100 } })
    counter.add({ ...dropped(21, 'later', 'x'), signals: { 'd.clusterSize': 2 } })
    counter.add(verdict(22))
    expect(counter.result()).toMatchObject({
      stage: 'd',
      bySize: [
        { sizeMin: 2, clusters: 3, documents: 6 },
        { sizeMin: 3, clusters: 2, documents: 7 },
        { sizeMin: 5, clusters: 2, documents: 13 },
        { sizeMin: 9, clusters: 1, documents: 9 },
        { sizeMin: 65, clusters: 1, documents: 100 },
      ],
    })
    expect(counter.result()?.largest.slice(0, 2)).toEqual([
      { id: 'id-7', size: 100 },
      { id: 'id-6', size: 9 },
    ])
  })
})

describe('makeReport', () => {
  const rows = [
    verdict(0, { signals: { 's.x': 1 } }),
    verdict(1, { language: 'de', url: 'https://B.example:8080/x', textLength: 5, signals: { 's.x': 3 } }),
    verdict(2, { verdict: 'dropped', stage: 's', reason: 'r', language: '', url: 'no url' }),
  ]
  const ledger = { files: {}, totals: emptyFileLedger() }
  const plan = {
    name: 'test',
    signalColumns: [
      { name: 's.x', type: 'number' },
      { name: 's.y', type: 'number' },
    ],
  }

  it('tallies languages, hosts, characters and signals', () => {
    const report = makeReport({
      plan,
      ledger,
      verdicts: () => rows,
      quarantine: () => [],
      devices: () => [],
      tokens: () => [],
      trainings: () => [],
      contaminations: () => [],
    })
    expect(report.all).toEqual({ name: 'all', documents: 3, documentsKept: 2, characters: 25, charactersKept: 15 })
    expect(report.languages.map(({ name, documents, documentsKept }) => [name, documents, documentsKept])).toEqual([
      ['de', 1, 1],
      ['en', 1, 1],
      ['unknown', 1, 0],
    ])
    expect(report.hosts.map(({ name }) => name)).toEqual(['a.example', 'b.example:8080', 'unknown'])
    expect(report.hostCount).toBe(3)
    expect(report.signals).toMatchObject([{ name: 's.x', count: 2, min: 1, max: 3, mean: 2 }])
  })

  it('gives an example for each code under which something was set aside, and reads no further', () => {
    const aside = (code: string, offset: number) => ({
      file: 'f',
      offset,
      length: 1,
      sub: 0,
      code,
      message: 'm',
      bytes: 'AA==',
    })
    function* quarantine() {
      yield* [aside('a', 1), aside('a', 2), aside('b', 3)]
      throw new Error('read too far')
    }
    const totals = { ...emptyFileLedger(), damaged: { a: 2 }, quarantined: { b: 1 } }
    const report = makeReport({
      plan,
      ledger: { files: {}, totals },
      verdicts: () => rows,
      quarantine,
      devices: () => [],
      tokens: () => [],
      trainings: () => [],
      contaminations: () => [],
    })
    expect(report.setAside.map(({ code, offset }) => [code, offset])).toEqual([
      ['a', 1],
      ['b', 3],
    ])
    expect(report.setAside[0]).not.toHaveProperty('bytes')
  })

  it('reads hosts from addresses only', () => {
    expect([hostOf('https://www.Ä.example/'), hostOf('/path'), hostOf('')]).toEqual(['www.xn--4ca.example', '', ''])
  })
})

describe('FinishedRun', () => {
  const folder = temporaryFolder()
  const documents = ['kept \u2028 text', 'second\nline'].map((text, row): Document => {
    const place = { file: 'f', offset: row, length: 1, sub: 0, position: { shard: 0, row } }
    return { id: 'id-0', url: '', text, date: '', language: '', metadata: { a: 1 }, raw: null, ...place }
  })

  const writers = stageNames().filter((name) => name.startsWith('write-'))
  const forms = [
    ...writers.map((name) => [name, {}] as const),
    ...['zstd', 'none'].map((compression) => ['write-jsonl', { compression }] as const),
  ]

  it.each(forms)('reads verdicts, and texts from %s %j', async (name, over) => {
    const stage = await loadStage(name)
    if (stage.kind !== 'write') throw new Error(`${name} is no writer`)
    const options = { ...defaultOptions(stage), ...over } as never // a stage's own options
    const root = join(folder, `${name}-${Object.values(over)}`)
    const write = (path: string, chunks: readonly Uint8Array[]) => {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), Buffer.concat(chunks))
    }
    const texts: Uint8Array[] = []
    const encoder = (await stage.write.prepare(options))((bytes) => texts.push(bytes.slice()))
    for (const document of documents) encoder.add(document)
    encoder.finish()
    write(`documents/00000.${stage.write.extension(options)}`, texts)
    const verdicts: Uint8Array[] = []
    const columns = [{ name: 's.x', type: 'number' }] as const
    const table = verdictWriter(columns, (bytes) => verdicts.push(bytes.slice()), await loadZstd())
    table.add(verdict(0, { signals: { 's.x': 1 } }))
    table.add(dropped(2, 's', 'r'))
    table.finish()
    write('signals/00000-0.arrow', verdicts)
    write('manifest.json', [Buffer.from(JSON.stringify({ name: 'x', signalColumns: columns }))])
    write('ledger.json', [Buffer.from(JSON.stringify({ files: {}, totals: emptyFileLedger() }))])

    const run = await FinishedRun.open(root)
    expect([...run.verdicts()]).toEqual([verdict(0, { signals: { 's.x': 1 } }), dropped(2, 's', 'r')])
    // The second has the first one's id: an input may hold such.
    const wanted = [verdict(0), verdict(1, { id: 'id-0' }), verdict(2)]
    expect(await run.texts(wanted)).toEqual(new Map(documents.map(({ text }, at) => [wanted[at], text])))
  })
})

describe('fileFaults', () => {
  const entry = (file: string, code: string) => ({ file, offset: 0, length: 1, sub: 0, code, message: '', bytes: '' })
  const sound = { ...emptyFileLedger(), records: 1 }
  const damaged = { ...sound, damaged: { cut: 2 } }

  it('names files with damage and without records, each with its first entry', () => {
    const files = { a: sound, b: damaged, c: emptyFileLedger(), d: { ...sound, quarantined: { 'error-x': 1 } } }
    const entries = [entry('b', 'cut'), entry('b', 'second'), entry('d', 'error-x')]
    expect(fileFaults(files, entries, 5)).toEqual({
      shown: [
        { file: 'b', count: 2, first: entries[0] },
        { file: 'c', count: 0, first: null },
        { file: 'd', count: 1, first: entries[2] },
      ],
      more: 0,
    })
  })

  it('stops at as many as are shown', () => {
    function* entries() {
      yield entry('a', 'cut')
      throw new Error('read too far')
    }
    expect(fileFaults({ a: damaged, b: damaged, c: damaged }, entries(), 1)).toMatchObject({
      shown: [{ file: 'a' }],
      more: 2,
    })
  })
})
