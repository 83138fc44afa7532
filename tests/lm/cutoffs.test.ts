import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { bucketOf, type Cutoffs, cutoffsJson, parseCutoffs, percentileRank } from '../../src/lm/cutoffs.js'

const parse = (text: string): Cutoffs => parseCutoffs(new TextEncoder().encode(text), 'file')

/** The form of cc_net's `cutoff.csv`: percentiles 0 to 99 down, languages across, whole numbers. */
function ccnetCsv(languages: readonly string[], cell: (row: number, column: number) => number | string): string {
  const rows = Array.from({ length: 100 }, (_, row) => [row, ...languages.map((_, column) => cell(row, column))])
  return `${[['', ...languages], ...rows].map((cells) => cells.join(',')).join('\n')}\n`
}

describe('bucketOf', () => {
  const cutoffs: Cutoffs = new Map([
    ['en', { head: 2, tail: 10 }],
    ['und', { head: 3, tail: 3 }],
  ])

  it.each([
    ['en', 0, 'head'],
    ['en', 1.9, 'head'],
    ['en', 2, 'middle'],
    ['en', 9.9, 'middle'],
    ['en', 10, 'tail'],
    ['en', Number.MAX_VALUE, 'tail'],
    ['en', null, 'all'],
    ['de', 1, 'all'],
    ['', 2, 'head'],
    ['', 3, 'tail'],
  ])('language %j, perplexity %s: %s', (language, perplexity, bucket) => {
    expect(bucketOf(cutoffs, language, perplexity)).toBe(bucket)
  })
})

describe('percentileRank', () => {
  // Checked by hand against numpy.percentile([10, 20, … 100], p): 30 gives 37, between ranks 2 and 3.
  it.each([
    [10, 30, 3],
    [10, 60, 6],
    [10, 0, 0],
    [10, 100, 10],
    [11, 30, 3],
    [1, 60, 0],
  ])('of %i values at %i percent: %i', (count, percentile, rank) => {
    expect(percentileRank(count, percentile)).toBe(rank)
  })
})

describe('files', () => {
  it('JSON, as it is written', () => {
    const cutoffs: Cutoffs = new Map([
      ['en', { head: 340.5, tail: 720 }],
      ['de', { head: 0, tail: 0.1 + 0.2 }],
    ])
    const source = { signal: 'lm.perplexity', percentiles: { head: 30, tail: 60 } }
    const json = cutoffsJson(cutoffs, source)
    expect(parse(json)).toEqual(cutoffs)
    expect(json).toBe(cutoffsJson(new Map([...cutoffs].reverse()), source))
    expect(JSON.parse(json)).toMatchObject(source)
    expect(parse('\ufeff {"cutoffs": {}}')).toEqual(new Map())
  })

  it("cc_net's cutoff.csv: its rows 30 and 60", () => {
    const csv = ccnetCsv(['de', 'it', 'zh'], (row, column) => 10 * row + column)
    const expected: Cutoffs = new Map([
      ['de', { head: 300, tail: 600 }],
      ['it', { head: 301, tail: 601 }],
      ['zh', { head: 302, tail: 602 }],
    ])
    expect(parse(csv)).toEqual(expected)
    expect(parse(csv.replaceAll('\n', '\r\n').trimEnd())).toEqual(expected)
  })

  it.each([
    '{',
    '[]',
    '{}',
    '{"cutoffs": [1, 2]}',
    '{"en": {"head": 1, "tail": 2}}',
    '{"cutoffs": {"en": [1, 2]}}',
    '{"cutoffs": {"en": {"head": 1}}}',
    '{"cutoffs": {"en": {"head": 2, "tail": 1}}}',
    '{"cutoffs": {"en": {"head": -1, "tail": 1}}}',
    '{"cutoffs": {"en": {"head": null, "tail": 1}}}',
    '{"cutoffs": {"en": {"head": 1, "tail": 1e999}}}',
  ])('refuses %s', (json) => {
    expect(() => parse(json)).toThrow(ConfigError)
    expect(() => parse(json)).toThrow(/^file: expected \{"cutoffs": .*, got /)
  })

  it.each([
    ['nothing', '', 'no header of languages'],
    ['text', 'en\n30\n60\n', 'no header of languages'],
    ['no row 60', ',en\n30,1\n61,2\n', 'no row for percentile 60'],
    ['a short row', ',en,de\n30,1,1\n60,2\n', '2 cells under 3 at percentile 60'],
    ['an empty cell', ',en\n30,\n60,2\n', 'en: , 2'],
    ['words', ',en\n30,one\n60,2\n', 'en: one, 2'],
    ['NaN', ',en\n30,1\n60,nan\n', 'en: 1, nan'],
    ['a head behind its tail', ',en\n30,3\n60,2\n', 'en: 3, 2'],
    ['a language twice', ',en,en\n30,1,1\n60,2,2\n', 'language "en" in column 2'],
    ['a language without a name', ',en,\n30,1,1\n60,2,2\n', 'language "" in column 2'],
  ])('refuses %s', (_, csv, got) => {
    expect(() => parse(csv)).toThrow(ConfigError)
    expect(() => parse(csv)).toThrow(`file: expected JSON or cc_net's cutoff.csv, got ${got}`)
  })
})
