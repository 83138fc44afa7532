import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { funnelLines, topCounts, totalsLines } from '../../src/cli/funnel.js'
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
  expect(funnelLines(totals, terminal, 2)).toEqual([
    'stage       in   kept  dropped                        top reasons',
    'extract  1,000  1,000        0  ████████████████████',
    'filter   1,000    990       10  ███████████████████▊  wordCount 5, lorem 3, and 2 more kinds',
  ])
  expect(funnelLines(totals, terminal, 0)[2]).toBe('filter   1,000    990       10  ███████████████████▊')
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
