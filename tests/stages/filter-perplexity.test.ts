import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import filterPerplexity from '../../stages/filter-perplexity.js'
import { dataFolder, dataPath } from '../support/data.js'
import { prepared } from '../support/each-stage.js'
import { memoryResources, SMALL_ARPA } from '../support/language-model.js'
import { sentencePieceModel } from '../support/sentencepiece-file.js'

type Options = Parameters<typeof filterPerplexity.prepare>[0]

const FILES = {
  'small.arpa': SMALL_ARPA,
  'cutoffs.json': '{"cutoffs": {"en": {"head": 2, "tail": 10}, "de": {"head": 1, "tail": 1}}}',
  'cutoff.csv': ',en,de\n0,0,0\n30,2,1\n60,10,1\n',
  'small.model': sentencePieceModel({
    pieces: [
      ['go', -1],
      ['od', -1],
      ['▁', -1],
      ['text', -1],
    ],
  }),
}

async function stageWith(over: Partial<Options> = {}, files: Record<string, string | Uint8Array> = FILES) {
  const resources = memoryResources(files)
  const options = { ...defaults(), model: 'small.arpa', ...over }
  const shared = (await filterPerplexity.share?.(options, resources)) ?? []
  return prepared(filterPerplexity, options, { ...resources, shared })
}

function defaults(): Options {
  const entries = Object.entries(filterPerplexity.options).map(([name, option]) => [name, option.default])
  return Object.fromEntries(entries) as Options // each default has its option's type
}

describe('perplexity', () => {
  it('of one line', async () => {
    const { signals } = (await stageWith())('Good text')
    expect(signals).toEqual({
      tokenCount: 2,
      oovShare: 0,
      perplexity: expect.closeTo(10 ** (0.875 / 3), 6),
      log10PerToken: expect.closeTo(-0.875 / 3, 6),
      linePerplexityMedian: expect.closeTo(10 ** (0.875 / 3), 6),
      linePerplexityMax: expect.closeTo(10 ** (0.875 / 3), 6),
    })
  })

  it('over lines: sums over sums, not a mean', async () => {
    const { signals } = (await stageWith())('good text\n\n  \ntext\nodd\n')
    expect(signals.perplexity).toBeCloseTo(10 ** ((0.875 + 1.875 + 3.5) / 7), 5)
    expect(signals.tokenCount).toBe(4)
    expect(signals.oovShare).toBe(1 / 4)
    expect(signals.linePerplexityMedian).toBeCloseTo(10 ** (1.875 / 2), 5)
    expect(signals.linePerplexityMax).toBeCloseTo(10 ** (3.5 / 2), 5)
  })

  it('counts blank lines when asked to', async () => {
    const all = await stageWith({ lines: 'all' })
    expect(all('good text\n').signals.perplexity).toBeCloseTo(10 ** ((0.875 + 3) / 4), 5)
    expect(all('\n').signals).toMatchObject({
      tokenCount: 0,
      perplexity: expect.closeTo(1000, 3),
      linePerplexityMax: 0,
    })
    expect(all('').signals).toEqual({ tokenCount: 0, oovShare: 0 })
  })

  it('takes the document for one sentence when asked to', async () => {
    const joined = await stageWith({ lines: 'joined' })
    expect(joined('good\ntext').signals.perplexity).toBeCloseTo(10 ** (0.875 / 3), 6)
    const ccnet = await stageWith(filterPerplexity.profiles?.['cc-net'])
    expect(ccnet('go\nod text').signals.perplexity).toBeCloseTo(10 ** (0.875 / 3), 6)
  })

  it('of pieces', async () => {
    const pieces = await stageWith({ text: 'ccnet', sentencePiece: 'small.model' })
    // ▁ go od ▁ text: unknown ones but the last.
    const { signals } = pieces('Góod text')
    expect(signals).toMatchObject({ tokenCount: 5, oovShare: 4 / 5 })
    expect(signals.log10PerToken).toBeCloseTo(-(0.5 + 4 * 2 + 1.25 + 0.125) / 6, 5)
  })

  it('of nothing is missing', async () => {
    const stage = await stageWith()
    for (const text of ['', ' \n\t', '\n\n\n']) expect(stage(text).signals).toEqual({ tokenCount: 0, oovShare: 0 })
  })

  it('is always a number', async () => {
    const stage = await stageWith({}, { 'small.arpa': SMALL_ARPA.replace('-2\t<unk>', '-400\t<unk>') })
    const { signals } = stage('odd '.repeat(50))
    expect(signals.perplexity).toBe(Number.MAX_VALUE)
    expect(signals.linePerplexityMax).toBe(Number.MAX_VALUE)
  })

  it.each([
    ['a megabyte without a break', 'x'.repeat(1_000_000)],
    ['a megabyte of tokens on a line', 'a.'.repeat(500_000)],
    ['half a million lines', 'a\n'.repeat(500_000)],
    ['lone surrogates', '\ud800 \udc00 good \udfff\ud800'],
    ['controls', '\0\u001b[2J\u0085\u2028\ufeff'],
  ])('takes %s', async (_, text) => {
    for (const profile of ['plain', 'ccnet'] as const) {
      const { signals } = (await stageWith({ text: profile }))(text)
      for (const value of Object.values(signals)) expect(Number.isFinite(value)).toBe(true)
    }
  })
})

describe('verdicts', () => {
  const low = 'good text' // 1.96
  const middle = 'text' // 8.7
  const high = 'odd' // 56

  it('by least and greatest', async () => {
    const stage = await stageWith({ action: 'drop', perplexityMin: 2, perplexityMax: 50 })
    expect([low, middle, high, ''].map((text) => stage(text).reason)).toEqual([
      'perplexityMin',
      '',
      'perplexityMax',
      'empty',
    ])
    expect(stage(low).signals.perplexity).toBeDefined()
  })

  it.each(['cutoffs.json', 'cutoff.csv'])('by bucket of the language: %s', async (cutoffs) => {
    const stage = await stageWith({ cutoffs, action: 'drop', buckets: ['head', 'middle'] })
    const of = (text: string, language = 'en') => {
      const { reason, signals } = stage(text, { language })
      return [signals.bucket, reason]
    }
    expect(of(low)).toEqual(['head', ''])
    expect(of(middle)).toEqual(['middle', ''])
    expect(of(high)).toEqual(['tail', 'bucket'])
    expect(of(low, 'de')).toEqual(['tail', 'bucket'])
    expect(of(low, 'fr')).toEqual(['all', 'bucket'])
    expect(of('')).toEqual(['all', 'empty'])
  })

  it('annotates without dropping', async () => {
    const stage = await stageWith({ perplexityMax: 1, cutoffs: 'cutoffs.json', buckets: [] })
    expect(stage(high, { language: 'en' })).toMatchObject({ verdict: 'keep', signals: { bucket: 'tail' } })
  })
})

describe('a config that is wrong', () => {
  it.each<[Partial<Options>, RegExp]>([
    [{ action: 'drop' }, /action: drop: expected perplexityMin, perplexityMax or buckets/],
    [{ buckets: ['head'] }, /buckets: expected cutoffs with \[head\]/],
    [{ sentencePiece: 'small.model' }, /sentencePiece: expected text: ccnet with it, got text: plain/],
    [{ text: 'ccnet', sentencePiece: 'small.arpa' }, /small\.arpa: byte/],
    [{ model: 'small.model' }, /small\.model: expected an n-gram model/],
    [{ cutoffs: 'small.arpa' }, /small\.arpa: expected JSON or cc_net's cutoff\.csv, got no header/],
  ])('%j', async (over, expected) => {
    await expect(stageWith(over)).rejects.toThrow(expected)
    await expect(stageWith(over)).rejects.toThrow(ConfigError)
  })
})

describe.skipIf(!dataFolder)('beside KenLM (needs MILLRACE_DATA)', () => {
  it('gives the perplexity of each scored text, and of documents of many', async () => {
    const rows = gunzipSync(readFileSync(dataPath('kenlm/scores.jsonl.gz')))
      .toString()
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { text: string; n_tokens: number; oov: number; log10: number; perplexity: number },
      )
    const stage = await stageWith({}, { 'small.arpa': gunzipSync(readFileSync(dataPath('kenlm/dev.arpa.gz'))) })
    for (const { text, perplexity, n_tokens, oov } of rows) {
      const { signals } = stage(text)
      expect(signals.tokenCount).toBe(n_tokens)
      expect(Number(signals.oovShare) * n_tokens).toBeCloseTo(oov, 6)
      expect(Math.log10(Number(signals.perplexity))).toBeCloseTo(Math.log10(perplexity), 4)
    }
    for (let start = 0; start < rows.length; start += 50) {
      const lines = rows.slice(start, start + 50)
      const log10 = lines.reduce((sum, row) => sum + row.log10, 0)
      const length = lines.reduce((sum, row) => sum + row.n_tokens + 1, 0)
      const { signals } = stage(lines.map(({ text }) => text).join('\n'))
      expect(signals.log10PerToken).toBeCloseTo(log10 / length, 4)
    }
  })
})
