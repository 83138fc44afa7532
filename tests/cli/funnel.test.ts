import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { asideText, funnelLines, topCounts, totalsLines } from '../../src/cli/funnel.js'
import { Terminal } from '../../src/cli/terminal.js'
import { emptyFileLedger } from '../../src/run/ledger.js'

const stream = () => new PassThrough()
const terminal = new Terminal({ stdin: stream(), stdout: stream(), stderr: stream(), env: {} })

const totals = {
  ...emptyFileLedger(),
  records: 1003,
  documents: 1000,
  skipped: { request: 2 },
  damaged: { 'gzip-truncated': 1 },
  quarantined: { 'error-mask': 1 },
  dropped: { filter: { wordCount: 5, lorem: 3, a: 1, b: 1 } },
  kept: 989,
  stages: { extract: { in: 1000, kept: 1000, dropped: 0 }, filter: { in: 1000, kept: 990, dropped: 10 } },
}

it('shows a line a stage with the most frequent reasons', () => {
  expect(funnelLines(totals, terminal, [], 2)).toEqual([
    'stage       in   kept  dropped                        top reasons',
    'extract  1,000  1,000        0  ████████████████████',
    'filter   1,000    990       10  ███████████████████▊  wordCount 5, lorem 3, and 2 more',
  ])
  expect(funnelLines(totals, terminal, [], 0)[2]).toBe('filter   1,000    990       10  ███████████████████▊')
})

it('marks the stages that only some documents meet', () => {
  const stages = (languages: string[]) => [
    { as: 'extract', when: null },
    { as: 'filter', when: { language: languages } },
  ]
  const names = (languages: string[]) =>
    funnelLines(totals, terminal, stages(languages), 0).map((line) => line.split(/ {2}/)[0])
  expect(names(['en', 'de'])).toEqual(['stage', 'extract', 'filter (en, de only)'])
  expect(names(['en', 'de', 'fr', 'es'])).toEqual(['stage', 'extract', 'filter (4 languages only)'])
})

it('says where something was set aside, once', () => {
  const place = { file: 'a/b c.warc', offset: 7, length: 3, sub: 0, code: 'not-gzip' }
  const expected = 'a/b c.warc at 7: not-gzip: expected gzip'
  for (const message of [
    'a/b c.warc:7: expected gzip',
    'a/b c.warc at 7: expected gzip',
    'a/b c.warc: expected gzip',
    'expected gzip',
  ])
    expect(asideText({ ...place, message })).toBe(expected)
  expect(asideText({ ...place, message: 'a/b c.warc:7 record 2: expected gzip' })).toBe(expected)
})

it('accounts for what is no document', () => {
  expect(totalsLines(totals)).toEqual([
    '1,003 records in, 1,000 of them documents',
    '2 no documents: request 2',
    '1 damaged: gzip-truncated 1',
    '1 quarantined: error-mask 1',
    '989 documents kept (98.9 %)',
  ])
})

it('escapes names and breaks ties by name', () => {
  expect(topCounts({ b: 1, a: 1, 'c\n': 2 }, 3)).toBe('c\\n 2, a 1, b 1')
})
