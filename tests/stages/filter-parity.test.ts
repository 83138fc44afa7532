/**
 * The four heuristic filters under their profile `datatrove-0.10`, verdict by verdict beside datatrove 0.10.1, on seeded
 * pages that reach every reason and, where the development data is, on English texts.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/stage/outcome.js'
import c4Quality from '../../stages/filter-c4-quality.js'
import finewebQuality from '../../stages/filter-fineweb-quality.js'
import gopherQuality from '../../stages/filter-gopher-quality.js'
import gopherRepetition from '../../stages/filter-gopher-repetition.js'
import { dataFolder, dataPath } from '../support/data.js'
import { prepared } from '../support/each-stage.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const python = process.env.MILLRACE_PEERS_PYTHON
const script = resolve(import.meta.dirname, '../../bench/filters.py')

const SENTENCES = [
  'The harbor froze before the boats had left, and nobody could say when it would thaw.',
  'It doesn’t matter (much); Mr. Hall said "we\'ll wait" and that was that.',
  'Prices rose 3.5% to $1,200 in the U.S. and 20km away they fell.',
  'Have you been to the well-known co-op with them?',
  'See https://example.org/a?b=1, or write to jo@example.org.[12][citation needed]',
]
const LINES = [
  ...SENTENCES,
  '- the first of many items',
  '• and to another',
  'Read more...',
  'to be continued…',
  'Home | About | Contact',
  'Enable JavaScript { now }.',
  'A block { of code } here.',
  'Lorem ipsum dolor sit amet.',
  'This site uses cookies, as you know.',
  '12 34 56 78 90 # # 11 12 13 14 ! ?',
  'a b c d e f g h i j',
  `with ${'long'.repeat(300)} words`,
  'transcendentalization counterrevolutionary',
  '',
  '   ',
]

/** Pages of a few kinds of lines each, so that each rule is the first to fail on some of them. */
function page(random: Random): string {
  const kinds = Array.from({ length: 1 + random.below(6) }, () => random.pick(random.below(2) ? SENTENCES : LINES))
  const breaks = random.pick([['\n'], ['\n', '\n\n'], ['\n\n\n', '\r\n', ' \u2028']])
  let text = ''
  for (let count = random.below(40); count >= 0; count--) {
    const line = random.pick(kinds)
    text += (random.below(3) ? line : shuffled(line, random)) + random.pick(breaks)
  }
  return text
}

function shuffled(line: string, random: Random): string {
  const words = line.split(' ').map((word) => ({ word, at: random.next() }))
  return words
    .toSorted((a, b) => a.at - b.at)
    .map(({ word }) => word)
    .join(' ')
}

function texts(): string[] {
  const all = Array.from({ length: 400 }, (_, seed) => page(new Random(seed)))
  if (dataFolder === null) return all
  const rows = gunzipSync(readFileSync(dataPath('text/corpus.jsonl.gz')))
    .toString()
    .trimEnd()
    .split('\n')
  const english = rows.map((row) => JSON.parse(row)).filter(({ lang }) => lang === 'en')
  return [...all, ...english.filter((_, i) => i % 16 === 0).map(({ text }) => text)]
}

describe.skipIf(!python)('beside datatrove (needs MILLRACE_PEERS_PYTHON, a Python with datatrove 0.10.1)', () => {
  const stages = {
    'filter-gopher-repetition': prepared(gopherRepetition, gopherRepetition.profiles?.['datatrove-0.10']),
    'filter-gopher-quality': prepared(gopherQuality, gopherQuality.profiles?.['datatrove-0.10']),
    'filter-c4-quality': prepared(c4Quality, {
      ...c4Quality.profiles?.['datatrove-0.10'],
      requireTerminalPunctuation: false,
    }),
    'filter-fineweb-quality': prepared(finewebQuality, finewebQuality.profiles?.['datatrove-0.10']),
  }
  const documents = python ? texts() : []
  const folder = temporaryFolder()
  let rows: { reasons: Record<string, string>; cleaned: string | null }[] = []

  beforeAll(() => {
    const path = join(folder, 'texts.jsonl')
    writeFileSync(path, documents.map((text) => `${JSON.stringify({ text })}\n`).join(''))
    const run = spawnSync(python ?? '', [script, path], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    expect(run.status, run.stderr).toBe(0)
    rows = run.stdout
      .trimEnd()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }, 300_000)

  it.each(Object.entries(stages))('%s: the same reasons', async (name, stage) => {
    const filter = await stage
    const outcomes: Outcome[] = documents.map((text) => filter(text))
    const differ = outcomes.flatMap(({ reason }, i) =>
      reason === rows[i].reasons[name] ? [] : [[i, reason, rows[i].reasons[name]]],
    )
    expect(differ).toEqual([])
    const cleaned = outcomes.map(({ verdict, edit }, i) => (verdict === 'keep' ? (edit?.text ?? documents[i]) : null))
    if (name === 'filter-c4-quality') expect(cleaned).toEqual(rows.map((row) => row.cleaned))
  })

  it('reaches many different reasons', () => {
    const reasons = new Set(rows.flatMap((row) => Object.values(row.reasons)))
    expect(reasons.size).toBeGreaterThan(22)
  })
})
