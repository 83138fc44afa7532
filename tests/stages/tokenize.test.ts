/** Whole runs that end in token shards of each format, read back and decoded. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readArrowTokens } from '../../src/formats/tokens/arrow.js'
import { readFlatTokens } from '../../src/formats/tokens/flat.js'
import { readMegatronTokens } from '../../src/formats/tokens/megatron.js'
import { loadZstd } from '../../src/io/zstd.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import tokenize from '../../stages/tokenize.js'
import trainTokenizer from '../../stages/train-tokenizer.js'
import { millrace } from '../support/cli.js'
import { documentOf, optionsOf } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { END_ID, letterIds, letterTokenizerJson } from '../support/letter-tokenizer.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'

const folder = temporaryFolder()
const random = new Random(21)
const TEXTS = Array.from({ length: 90 }, (_, at) =>
  at === 7
    ? ''
    : Array.from({ length: 1 + random.below(12) }, () => ['the', 'mill', 'he', 'turns', 'two'][random.below(5)]).join(
        ' ',
      ),
)
const FILES = 3
const IDS = TEXTS.map(letterIds)

beforeAll(() => {
  mkdirSync(join(folder, 'in'))
  for (let file = 0; file < FILES; file++) {
    const lines = TEXTS.flatMap((text, at) => (at % FILES === file ? [JSON.stringify({ id: String(at), text })] : []))
    writeFileSync(join(folder, `in/${file}.jsonl`), `${lines.join('\n')}\n`)
  }
  writeFileSync(join(folder, 'tokenizer.json'), letterTokenizerJson())
})

async function tokenizeRun(name: string, options: object, { seed = 1, workers = 2 } = {}): Promise<string> {
  const config = {
    seed,
    input: { jsonl: 'in/*.jsonl' },
    stages: [{ tokenize: { tokenizer: 'tokenizer.json', ...options } }],
    output: { jsonl: name, compression: 'none' },
    execution: { workers },
  }
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config))
  const { code, stderr } = await millrace(['run', join(folder, `${name}.yaml`)])
  expect(code, stderr).toBe(0)
  return join(folder, name, 'artifacts/tokenize')
}

function shardNames(place: string, ending: string): string[] {
  return readdirSync(place).flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []))
}

async function arrowRows(place: string): Promise<{ id: string; ids: number[] }[]> {
  const zstd = await loadZstd()
  return shardNames(place, '.arrow').flatMap((name) =>
    [...readArrowTokens(readFileSync(join(place, `${name}.arrow`)), zstd)].map(({ tokens, pieces }) => ({
      id: pieces[0]?.id ?? '',
      ids: [...tokens],
    })),
  )
}

/** In the corpus's order: by file, then line. Texts without tokens have no row. */
const ORDER = Array.from({ length: FILES }, (_, file) =>
  [...TEXTS.keys()].filter((at) => at % FILES === file && at !== 7),
).flat()

/** Texts in, ids of each out, by a tokenizer with a token for every byte. */
async function idsInMemory(texts: readonly string[]) {
  const resources = { seed: 1, shared: [], readFile: async () => tokenizerBytes } as never // reads that one file
  const training = optionsOf(trainTokenizer, { vocabularySize: 300 })
  const words = [documentOf({ text: 'the mill at the river, the wheel of the mill' })]
  const trained = await runCorpusInMemory(trainTokenizer.corpus, training, resources, words)
  const tokenizerBytes = trained.files.get('tokenizer.json') ?? new Uint8Array(0)
  const documents = texts.map((text, row) => documentOf({ id: String(row), text, position: { shard: 0, row } }))
  const options = optionsOf(tokenize, { tokenizer: 'tokenizer.json' })
  const { files, outcomes } = await runCorpusInMemory(tokenize.corpus, options, resources, documents)
  const rows = [...readArrowTokens(files.get('00000.arrow') ?? new Uint8Array(0), await loadZstd())]
  return { tokenizer: openTokenizer(tokenizerBytes, 'tokenizer.json'), rows, outcomes }
}

describe('tokenize', () => {
  it('takes texts of all kinds', async () => {
    const texts = [
      '\ud800 text \udc00 and \udfff\ud800',
      '\u0000\u0001\u001b[2J\u007f\u0085\u2028\u2029\ufeff',
      'x'.repeat(1_000_000),
      ' '.repeat(1_000_000),
      'a\n'.repeat(500_000),
      'العربية हिन्दी ไทย 中文 👩‍🔬🇫🇷 e\u0301 <|endoftext|>',
    ]
    const { tokenizer, rows, outcomes } = await idsInMemory(texts)
    expect(rows).toHaveLength(texts.length)
    for (const [at, { tokens }] of rows.entries()) {
      const wellFormed = Buffer.from(texts[at] ?? '').toString()
      expect(tokenizer.decode(tokens.subarray(0, -1))).toBe(wellFormed)
      expect(outcomes[at]?.signals).toEqual({ tokenCount: tokens.length - 1 })
      expect(tokens.indexOf(tokenizer.endId ?? -1)).toBe(tokens.length - 1)
    }
  })
})

describe('token shards of a run', () => {
  it('hold every document in the corpus order, in Arrow', async () => {
    const rows = await arrowRows(await tokenizeRun('arrow', {}))
    expect(rows).toEqual(ORDER.map((at) => ({ id: String(at), ids: [...(IDS[at] ?? []), END_ID] })))
    const documents = readdirSync(join(folder, 'arrow/documents'))
    expect(documents).toHaveLength(FILES)
  })

  it('hold the same in flat and Megatron files', async () => {
    const flat = await tokenizeRun('flat', { format: 'flat', endOfDocument: '' })
    const ids = shardNames(flat, '.bin').flatMap((name) => {
      const [bin, index, json] = ['bin', 'index', 'json'].map((ending) => readFileSync(join(flat, `${name}.${ending}`)))
      return [...readFlatTokens({ bin, index, json }).tokens]
    })
    expect(ids).toEqual(ORDER.flatMap((at) => IDS[at]))
    const megatron = await tokenizeRun('megatron', { format: 'megatron' })
    const rows = shardNames(megatron, '.bin').flatMap((name) => {
      const [bin, idx] = ['bin', 'idx'].map((ending) => readFileSync(join(megatron, `${name}.${ending}`)))
      return readMegatronTokens({ bin, idx }).sequences.map((row) => [...row])
    })
    expect(rows).toEqual(ORDER.map((at) => [...(IDS[at] ?? []), END_ID]))
  })

  it('are packed to a length, with what is left over counted', async () => {
    const place = await tokenizeRun('packed', { sequenceLength: 32 })
    const rows = await arrowRows(place)
    expect(new Set(rows.map(({ ids }) => ids.length))).toEqual(new Set([32]))
    const counts = shardNames(place, '.counts.json').map((name) =>
      JSON.parse(readFileSync(join(place, `${name}.counts.json`), 'utf8')),
    )
    const total = IDS.reduce((n, ids) => n + (ids.length > 0 ? ids.length + 1 : 0), 0)
    expect(counts.reduce((n, { tokens, tokensDropped }) => n + tokens + tokensDropped, 0)).toBe(total)
    expect(rows).toHaveLength(counts.reduce((n, count) => n + count.rows, 0))
  })

  it('are shuffled over all inputs by the seed, whatever the workers', async () => {
    const rows = await arrowRows(await tokenizeRun('shuffled', { shuffle: true, shardCount: 4 }))
    const ids = rows.map(({ id }) => id)
    expect(ids).not.toEqual(ORDER.map(String))
    expect([...ids].sort()).toEqual(ORDER.map(String).sort())
    for (const { id, ids: got } of rows) expect(got).toEqual([...(IDS[Number(id)] ?? []), END_ID])
    // Neighbors in a shard come from other places of the corpus.
    const steps = ids.slice(1).map((id, at) => Math.abs(ORDER.indexOf(Number(id)) - ORDER.indexOf(Number(ids[at]))))
    expect(steps.reduce((a, b) => a + b, 0) / steps.length).toBeGreaterThan(ORDER.length / 6)
    await tokenizeRun('alone', { shuffle: true, shardCount: 4 }, { workers: 1 })
    const { 'manifest.json': _, ...digest } = runDigest(join(folder, 'shuffled'))
    const { 'manifest.json': __, ...other } = runDigest(join(folder, 'alone'))
    expect(other).toEqual(digest)
    const reseeded = await arrowRows(await tokenizeRun('reseeded', { shuffle: true, shardCount: 4 }, { seed: 2 }))
    expect(reseeded.map(({ id }) => id)).not.toEqual(ids)
  })

  it('come with statistics that the report shows', async () => {
    const { stdout } = await millrace(['report', join(folder, 'arrow')])
    const tokens = IDS.reduce((n, ids) => n + ids.length, 0)
    expect(stdout).toContain(`${tokens.toLocaleString('en-US')} tokens in 90 documents`)
    expect(stdout).toContain('enough for a model of')
    expect(stdout).toMatch(/longest that occur.*the/)
    const signals = await millrace(['report', join(folder, 'arrow'), '--json'])
    expect(JSON.parse(signals.stdout).signals.map(({ name }: { name: string }) => name)).toContain(
      'tokenize.tokenCount',
    )
  })

  it('want a token that the tokenizer has', async () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      JSON.stringify({
        input: { jsonl: 'in/*.jsonl' },
        stages: [{ tokenize: { tokenizer: 'tokenizer.json', endOfDocument: '<eod>' } }],
        output: { jsonl: 'wrong' },
      }),
    )
    const { code, stderr } = await millrace(['run', join(folder, 'wrong.yaml')])
    expect(code).toBe(2)
    expect(stderr).toContain('has no special token <eod>')
  })
})
