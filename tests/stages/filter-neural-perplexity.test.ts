/** Whole runs over a small model in ONNX, and over an endpoint, held against a plain forward pass. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArrow } from '../../src/formats/arrow/reader.js'
import { loadZstd } from '../../src/io/zstd.js'
import { cutWindows } from '../../src/neural/windows.js'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'
import { END_ID, letterIds, letterTokenizerJson } from '../support/letter-tokenizer.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'
import { Random } from '../support/random.js'
import { changed, expectedNumbers, idsOf, ScoringEndpoint, status } from '../support/scoring-endpoint.js'
import { SmallGpt } from '../support/small-gpt.js'

const folder = temporaryFolder()
const CONTEXT = 16
const STRIDE = 8

const random = new Random(11)
const TEXTS = [
  'the theme of the heather there.',
  'a',
  '',
  ...Array.from({ length: 60 }, () =>
    Array.from({ length: 1 + random.below(20) }, () => ['the', 'mill', 'he', 'turns', 'two'][random.below(5)]).join(
      ' ',
    ),
  ),
]

function writeConfig(name: string, options: object): string {
  const file = join(folder, `${name}.yaml`)
  const stages = [{ 'filter-neural-perplexity': options }]
  writeFileSync(
    file,
    JSON.stringify({ input: { jsonl: 'in.jsonl' }, stages, output: { jsonl: name, compression: 'none' } }),
  )
  return file
}

interface Score {
  readonly id: string
  readonly tokenCount: number
  readonly nll: number
  readonly perplexity: number
  readonly bitsPerByte: number
  readonly bucket: string | null
  readonly logProbabilities: Float32Array | null
}

async function scoresOf(name: string): Promise<Score[]> {
  const zstd = await loadZstd()
  const columns = ['id', 'tokenCount', 'nll', 'perplexity', 'bitsPerByte', 'bucket', 'logProbabilities']
  return readdirSync(join(folder, name, 'scores')).flatMap((file) => [
    ...openArrow(readFileSync(join(folder, name, 'scores', file)), zstd).rows(columns),
  ]) as unknown as Score[] // the columns of the stage
}

beforeAll(() => {
  writeFileSync(
    join(folder, 'in.jsonl'),
    TEXTS.map((text, at) => `${JSON.stringify({ id: String(at), text })}\n`).join(''),
  )
  writeFileSync(join(folder, 'tokenizer.json'), letterTokenizerJson())
})

describe.skipIf(!hasOnnxRuntime)('with a model in ONNX (needs onnxruntime-node)', () => {
  const gpt = new SmallGpt(5)
  const options = {
    device: 'cpu',
    model: 'small.onnx',
    tokenizer: 'tokenizer.json',
    contextTokens: CONTEXT,
    strideTokens: STRIDE,
  }

  /** Each id once, in the first window that holds it. */
  function expected(text: string): number[] {
    const windows = cutWindows(Int32Array.from(letterIds(text)), {
      contextTokens: CONTEXT,
      strideTokens: STRIDE,
      bos: END_ID,
    })
    return windows.flatMap((window, at) => gpt.logProbabilities([...window]).slice(at === 0 ? 0 : CONTEXT - STRIDE - 1))
  }

  beforeAll(() => writeFileSync(join(folder, 'small.onnx'), gpt.onnx()))

  it('scores every document as the forward pass does, and publishes a table of it', async () => {
    const { code, stderr } = await millrace([
      'run',
      writeConfig('cpu', { ...options, perToken: true, batchTokens: 128 }),
    ])
    expect(code, stderr).toBe(0)
    const scores = await scoresOf('cpu')
    expect(scores.map(({ id }) => id)).toEqual([...TEXTS.keys()].filter((at) => TEXTS[at] !== '').map(String))
    for (const { id, tokenCount, nll, perplexity, bitsPerByte, bucket, logProbabilities } of scores) {
      const text = TEXTS[Number(id)] ?? ''
      const wanted = expected(text)
      expect(tokenCount).toBe(letterIds(text).length)
      expect(logProbabilities).toHaveLength(wanted.length)
      for (const [at, value] of wanted.entries()) expect(logProbabilities?.[at]).toBeCloseTo(value, 4)
      const sum = -wanted.reduce((a, b) => a + b, 0)
      expect(Math.abs(nll - sum)).toBeLessThan(1e-3 * tokenCount)
      expect(perplexity).toBeCloseTo(Math.exp(nll / tokenCount), 8)
      expect(bitsPerByte).toBeCloseTo(nll / Math.LN2 / text.length, 10)
      expect(bucket).toBeNull()
    }
    const report = await millrace(['report', join(folder, 'cpu')])
    expect(report.stdout).toMatch(
      /filter-neural-perplexity +\d+ batches +\d.* tokens +\d.* tokens\/s +busy .* % +padding .* %/,
    )
  })

  it('drops by limits and buckets without asking the model again', async () => {
    const all = await scoresOf('cpu')
    const sorted = all.map(({ perplexity }) => perplexity).sort((a, b) => a - b)
    const [head = 0, tail = 0] = [sorted[20], sorted[40]]
    writeFileSync(join(folder, 'cutoffs.json'), JSON.stringify({ cutoffs: { und: { head, tail } } }))
    const dropping = {
      ...options,
      perToken: true,
      batchTokens: 128,
      action: 'drop',
      cutoffs: 'cutoffs.json',
      buckets: ['head', 'middle'],
    }
    const { code, stderr } = await millrace(['run', writeConfig('cpu', dropping)])
    expect(code, stderr).toBe(0)
    const { totals } = JSON.parse(readFileSync(join(folder, 'cpu/ledger.json'), 'utf8'))
    expect(totals).toMatchObject({
      kept: 40,
      dropped: { 'filter-neural-perplexity': { bucket: all.length - 40, empty: 1 } },
    })
    const log = readFileSync(join(folder, 'cpu/log/run.jsonl'), 'utf8')
    expect(log.match(/"event":"device"/g)).toHaveLength(1)
    for (const { perplexity, bucket } of await scoresOf('cpu')) {
      expect(bucket).toBe(perplexity < head ? 'head' : perplexity < tail ? 'middle' : 'tail')
    }
  })

  it('scores anew when weights beside the model have changed', async () => {
    const outside = new SmallGpt(5, { externalEmbedding: 'weights.bin' })
    writeFileSync(join(folder, 'outside.onnx'), outside.onnx())
    writeFileSync(join(folder, 'weights.bin'), outside.externalBytes())
    const config = writeConfig('outside', { ...options, model: 'outside.onnx' })
    const first = await millrace(['run', config])
    expect(first.code, first.stderr).toBe(0)
    const before = (await scoresOf('outside')).map(({ nll }) => nll)
    expect(before).toEqual((await scoresOf('cpu')).map(({ nll }) => expect.closeTo(nll, 2)))
    writeFileSync(join(folder, 'weights.bin'), new SmallGpt(6, { externalEmbedding: 'weights.bin' }).externalBytes())
    expect(await millrace(['run', config])).toMatchObject({ code: 0 })
    expect((await scoresOf('outside')).map(({ nll }) => nll)).not.toEqual(before)
  })

  it('refuses a tokenizer of another model', async () => {
    writeFileSync(join(folder, 'narrow.onnx'), new SmallGpt(5, { vocabularySize: 12 }).onnx())
    const { code, stderr } = await millrace(['run', writeConfig('narrow', { ...options, model: 'narrow.onnx' })])
    expect(code).toBe(2)
    expect(stderr).toContain("the tokenizer is another model's")
  })

  it('never takes another device than the one asked for', async () => {
    const { code, stderr } = await millrace(['run', writeConfig('cuda', { ...options, device: 'cuda' })])
    expect(code).toBe(2)
    expect(stderr).toContain('device cuda')
  })
})

describe('with an endpoint', () => {
  let endpoint: ScoringEndpoint
  beforeAll(async () => {
    endpoint = await ScoringEndpoint.open({ protocol: 'vllm' })
  })
  afterAll(() => endpoint.close())

  const options = () => ({ device: 'server', url: endpoint.url, modelName: 'tiny', retryMs: 1, perToken: true })

  it('sends texts whole without a tokenizer, through failures', async () => {
    endpoint.answers.push(status(503), status(500))
    const { code, stderr } = await millrace(['run', writeConfig('server', options())])
    expect(code, stderr).toBe(0)
    const scores = await scoresOf('server')
    const byId = new Map(scores.map((score) => [score.id, score]))
    expect(byId.has(String(TEXTS.indexOf('')))).toBe(false)
    for (const [at, text] of TEXTS.entries()) {
      if (text === '') continue
      const numbers = expectedNumbers(idsOf(text))
      const score = byId.get(String(at))
      expect(score?.tokenCount).toBe(numbers.length)
      expect(score?.nll).toBeCloseTo(-numbers.reduce((a, b) => a + b, 0), 3)
    }
  })

  it('goes on where it was when the endpoint went away', async () => {
    // The opening's sentence gets its answer, what comes after it none.
    endpoint.answers.push(
      changed((reply) => reply),
      ...Array.from({ length: 40 }, () => status(503)),
    )
    const config = writeConfig('away', { ...options(), attemptsMax: 2 })
    const failed = await millrace(['run', config])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('503')
    endpoint.answers.length = 0
    const { code, stderr } = await millrace(['run', config])
    expect(code, stderr).toBe(0)
    expect((await scoresOf('away')).map(({ nll }) => nll)).toEqual((await scoresOf('server')).map(({ nll }) => nll))
  })

  it('says what is missing', async () => {
    const { code, stderr } = await millrace(['run', writeConfig('lacking', { device: 'cpu' })])
    expect(code).toBe(2)
    expect(stderr).toContain('model: expected an ONNX file with device cpu, got none')
  })
})
