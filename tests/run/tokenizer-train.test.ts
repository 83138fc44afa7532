/** Training from files: forms of input, what is left out and said, budgets; the same for any memory. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { documentWriter as arrowWriter } from '../../src/formats/arrow/documents.js'
import { jsonLinesEncoder, lineCompressor } from '../../src/formats/jsonl/encode.js'
import { documentEncoder as parquetEncoder } from '../../src/formats/parquet/documents.js'
import { expandPatterns } from '../../src/io/input-files.js'
import { loadZstd } from '../../src/io/zstd.js'
import { type TokenizerTrainOptions, trainTokenizer } from '../../src/run/tokenizer-train.js'
import type { ShardEncoder } from '../../src/stage/stage.js'
import { tokenText } from '../../src/tokenizer/token-summary.js'
import { Tokenizer } from '../../src/tokenizer/tokenizer.js'
import { PLAIN } from '../support/documents.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const work = join(folder, 'work')
mkdirSync(work)

const OPTIONS: TokenizerTrainOptions = {
  split: [{ kind: 'scanner', pattern: 'gpt2', digits: 'own' }],
  training: {
    vocabularySize: 400,
    specialTokens: ['<|endoftext|>'],
    alphabet: 'all',
    minimumFrequency: 1,
    longestToken: 1000,
    ties: 'lowest-ids',
    byteOrder: 'printable',
  },
  fields: { text: 'text', language: 'language' },
  weights: [],
  budgetBytes: null,
  memoryBytes: 2 ** 28,
  workers: 1,
  temporaryFolder: work,
}

function put(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

async function train(paths: readonly string[], options: Partial<TokenizerTrainOptions> = {}) {
  const trained = await trainTokenizer(await expandPatterns(paths, folder), { ...OPTIONS, ...options }, () => {})
  expect(readdirSync(work)).toEqual([])
  const { bytes, offsets, ids } = trained.model.vocabulary
  const tokens = Array.from(ids, (_, n) => tokenText(bytes.subarray(offsets[n], offsets[n + 1])))
  return { ...trained, merges: tokens.slice(257) }
}

const random = new Random(2)
const WORDS = Array.from({ length: 80 }, () =>
  Array.from({ length: 1 + random.below(7) }, () => 'etaoinshr'[Math.floor(9 * random.next() ** 2)]).join(''),
)
const TEXTS = Array.from({ length: 300 }, (_, i) => {
  const words = Array.from({ length: 4 + random.below(30) }, () => WORDS[Math.floor(80 * random.next() ** 2)])
  return i % 9 === 0 ? `${words.join(' ')}\n\nÉté, 東京 🏴` : words.join(' ')
})
const jsonLines = TEXTS.map((text, i) => `${JSON.stringify({ text, language: i % 2 ? 'en' : 'de' })}\n`).join('')
const jsonl = put('texts.jsonl', jsonLines)

function shard(name: string, encoder: (write: (bytes: Uint8Array) => void) => ShardEncoder): string {
  const pieces: Uint8Array[] = []
  const writer = encoder((bytes) => pieces.push(bytes))
  for (const [row, text] of TEXTS.entries()) {
    writer.add({ ...PLAIN, text, language: row % 2 ? 'en' : 'de', position: { shard: 0, row } })
  }
  writer.finish()
  return put(name, Buffer.concat(pieces))
}

describe('forms of input', () => {
  it('all give the same tokenizer for the same texts', async () => {
    const zstd = await loadZstd()
    const { model, summary, merges } = await train([jsonl])
    expect(summary).toMatchObject({ texts: 300, faults: [], merges: 143, mergesWanted: 143 })
    expect(summary.textBytes).toBe(Buffer.byteLength(TEXTS.join('')))
    expect(merges.slice(0, 3).every((token) => /^ ?[a-z]+$/.test(token))).toBe(true)
    for (const path of [
      put('packed.jsonl.gz', gzipSync(jsonLines)),
      shard('a.arrow', (write) => arrowWriter(write, zstd)),
      shard('a.parquet', (write) => parquetEncoder(write, zstd)),
      shard('a.jsonl.zst', (write) => jsonLinesEncoder(write, lineCompressor('zstd', zstd))),
    ]) {
      expect((await train([path])).model, path).toEqual(model)
    }
  })

  it('plain text is lines, in ranges and in gzip', async () => {
    const lines = TEXTS.map((text) => `${text}\n`).join('')
    const { summary, model } = await train([put('plain.txt', `\ufeff${lines}`)])
    // Those with an empty line in between are three.
    expect(summary).toMatchObject({ texts: 300 + 2 * 34, textBytes: Buffer.byteLength(lines) })
    expect((await train([put('plain.txt.gz', gzipSync(lines))])).model).toEqual(model)
  })

  it('encodes its own text into as many tokens as it says', async () => {
    const { model, summary } = await train([jsonl])
    const tokenizer = new Tokenizer(model, 'trained')
    const counts = new Float64Array(400)
    for (const text of TEXTS) for (const id of tokenizer.encode(text)) counts[id]++
    expect(summary.counts).toEqual(counts)
    expect(summary.tokens).toBe(counts.reduce((a, b) => a + b))
    expect(tokenizer.decode(tokenizer.encode(TEXTS[9]))).toBe(TEXTS[9])
  })
})

describe('memory', () => {
  it('changes nothing: tables that are emptied often, many phases', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
    const next = new Random(7)
    const word = () => Array.from({ length: 1 + next.below(12) }, () => letters[next.below(36)]).join('')
    const path = put('many.txt', Array.from({ length: 250_000 }, word).join(' '))
    const training = { ...OPTIONS.training, vocabularySize: 3000 }
    const whole = await train([path], { training, memoryBytes: 2 ** 30 })
    expect(whole.summary.phases).toBe(1)
    const small = await train([path], { training, memoryBytes: 2 ** 24 })
    expect(small.summary.phases).toBeGreaterThan(1)
    expect(small.model).toEqual(whole.model)
    expect({ ...small.summary, phases: 1 }).toEqual(whole.summary)
  })
})

describe('weights and budgets', () => {
  it('a weight of 2 counts as twice the texts', async () => {
    const german = TEXTS.filter((_, i) => i % 2 === 0).map((text) => `${JSON.stringify({ text })}\n`)
    const twice = await train([jsonl, put('german.jsonl', german.join(''))])
    const weighted = await train([jsonl], { weights: [{ key: 'de', weight: 2 }] })
    expect(weighted.model).toEqual(twice.model)
    expect(weighted.summary).toEqual({ ...twice.summary, unmatched: [] })
    const none = await train([jsonl], {
      weights: [
        { key: 'de', weight: 0 },
        { key: 'fr', weight: 3 },
      ],
    })
    expect(none.summary).toMatchObject({ texts: 150, unmatched: ['fr'] })
  })

  it('a budget is nearly used up, the same texts every time', async () => {
    const all = (await train([jsonl])).summary.textBytes
    const budgetBytes = Math.floor(all / 3)
    const first = await train([jsonl], { budgetBytes })
    expect(first.summary.textBytes).toBeLessThanOrEqual(budgetBytes)
    expect(first.summary.textBytes).toBeGreaterThan(budgetBytes * 0.95)
    expect(first.summary.scale).toBeLessThan(1)
    expect((await train([jsonl], { budgetBytes })).model).toEqual(first.model)
    const lines = put('budget.txt', TEXTS.map((text) => `${text}\n`).join(''))
    expect((await train([lines], { budgetBytes })).summary.textBytes).toBeLessThanOrEqual(budgetBytes)
  })
})

describe('bad input', () => {
  const binary = () => put('binary.txt', Buffer.from([1, 2, 0, 3]))

  it.each([
    ['no text at all', () => [put('empty.txt', '')], 'the files have no text'],
    ['texts without a byte', () => [put('empty.jsonl', '{"text":""}\n')], 'the files have no text'],
    [
      'files that are no text, all named',
      () => [jsonl, binary(), put('a.zip', 'PK\u0003\u0004rest')],
      /binary\.txt: .*byte 2 is 0(.|\n)*|a\.zip: .*zip archive/,
    ],
  ])('%s', async (_, files, message) => {
    await expect(train(files())).rejects.toThrow(message)
  })

  it('a vocabulary smaller than its bytes', async () => {
    const training = { ...OPTIONS.training, vocabularySize: 200 }
    await expect(train([jsonl], { training })).rejects.toThrow(
      'expected at least 256 bytes and 1 special tokens, got 200',
    )
  })

  it('bytes of the text only, and as many merges as there are', async () => {
    const training = { ...OPTIONS.training, alphabet: 'seen' as const }
    const { model, summary } = await train([put('few.txt', 'abab\n')], { training })
    // <|endoftext|>, LF, a, b; ab, abab. A line end is a word of its own.
    expect(Array.from(model.vocabulary.ids)).toEqual([0, 1, 2, 3, 4, 5])
    expect(summary).toMatchObject({ merges: 2, mergesWanted: 396 })
  })

  it('lines that can not be used are counted, with their file', async () => {
    const path = put('mixed.jsonl', '{"text":"fine"}\nno json\n{"text":5}\n\n[1]\n{"other":"x"}\nno json\n')
    const { summary } = await train([path])
    expect(summary.texts).toBe(1)
    const found = summary.faults.map(({ file, code, count }) => [basename(file), code, count])
    expect(found.sort()).toEqual([
      ['mixed.jsonl', 'field-type', 1],
      ['mixed.jsonl', 'json', 2],
      ['mixed.jsonl', 'json-object', 1],
      ['mixed.jsonl', 'text-missing', 1],
    ])
  })

  it('bytes that are no UTF-8 are U+FFFD', async () => {
    const path = put('latin1.txt', Buffer.from('caf\xe9 au lait\nfine\n', 'latin1'))
    const { summary, model } = await train([path])
    expect(summary.faults).toMatchObject([{ code: 'utf8', count: 1 }])
    expect(summary.textBytes).toBe(Buffer.byteLength('caf\ufffd au lait\nfine\n'))
    expect((await train([put('mended.txt', 'caf\ufffd au lait\nfine\n')])).model).toEqual(model)
  })

  it('gzip that ends too early gives what is there', async () => {
    const packed = gzipSync(TEXTS.map((text) => `${text}\n`).join(''))
    const { summary } = await train([put('cut.txt.gz', packed.subarray(0, packed.length >> 1))])
    expect(summary.texts).toBeGreaterThan(10)
    expect(summary.faults).toMatchObject([{ code: 'gzip-truncated', count: 1 }])
  })
})
