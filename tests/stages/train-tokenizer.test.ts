/** A run that trains a tokenizer on what is left and makes token shards with it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArrowTokens } from '../../src/formats/tokens/arrow.js'
import { loadZstd } from '../../src/io/zstd.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import trainTokenizer from '../../stages/train-tokenizer.js'
import { learnPlainly } from '../support/bpe.js'
import { millrace } from '../support/cli.js'
import { documentOf, optionsOf } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const random = new Random(4)
const TEXTS = Array.from({ length: 80 }, () =>
  Array.from(
    { length: 5 + random.below(30) },
    () => ['banana', 'ban', 'anna', 'wheel', 'é', '12'][random.below(6)],
  ).join(' '),
)
/** Cut by GPT-2's pattern: these texts have words and single spaces only. */
const WORDS = TEXTS.flatMap((text) => text.match(/ ?[^ ]+/g) ?? [])

/** Bytes numbered from 1 as GPT-2 prints them: those of a printable code point first. */
function symbolOfByte(byte: number): number {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174
  const order = [
    ...Array.from({ length: 256 }, (_, b) => b).filter(printable),
    ...Array.from({ length: 256 }, (_, b) => b).filter((b) => !printable(b)),
  ]
  return order.indexOf(byte) + 1
}

function expectedTokens(mergesMax: number): string[] {
  const counts = new Map<string, number>()
  for (const word of WORDS) counts.set(word, (counts.get(word) ?? 0) + 1)
  const words = [...counts].map(([word, count]) => ({ symbols: [...Buffer.from(word)].map(symbolOfByte), count }))
  const none = { lefts: new Uint32Array(0), rights: new Uint32Array(0), counts: new Float64Array(0) }
  const { lefts, rights } = learnPlainly(words, { mergesMax, countMin: 1, longestToken: 65_536 }, none)
  const bytes: Buffer[] = []
  for (let byte = 0; byte < 256; byte++) bytes[symbolOfByte(byte)] = Buffer.of(byte)
  lefts.forEach((left, i) => {
    bytes[257 + i] = Buffer.concat([bytes[left] ?? Buffer.of(), bytes[rights[i] ?? 0] ?? Buffer.of()])
  })
  return bytes.slice(257).map((token) => token.toString('latin1'))
}

async function trainInMemory(texts: readonly string[], options: Record<string, unknown>) {
  const given = optionsOf(trainTokenizer, options)
  const documents = texts.map((text, row) => documentOf({ text, position: { shard: 0, row } }))
  const resources = { seed: 1, shared: [] } as never // reads no files
  const { files } = await runCorpusInMemory(trainTokenizer.corpus, given, resources, documents)
  return openTokenizer(files.get('tokenizer.json') ?? new Uint8Array(0), 'tokenizer.json')
}

describe('train-tokenizer', () => {
  it('learns the merges of all texts together', async () => {
    const tokenizer = await trainInMemory(TEXTS, { vocabularySize: 256 + 1 + 16 })
    const tokens = Array.from({ length: 16 }, (_, i) => Buffer.from(tokenizer.bytesOf(257 + i)).toString('latin1'))
    expect(tokens).toEqual(expectedTokens(16))
    for (const text of TEXTS) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })

  it('takes words too long for a key, by any pattern', async () => {
    const long = 'ab'.repeat(3000)
    const tokenizer = await trainInMemory([long, long, 'ab'], {
      vocabularySize: 260,
      pattern: 'none',
      specialTokens: [],
    })
    expect(tokenizer.decode(tokenizer.encode(long))).toBe(long)
    expect(Buffer.from(tokenizer.bytesOf(256)).toString()).toBe('ab')
    const own = await trainInMemory(['ab-ab-ab'], { vocabularySize: 257, pattern: '[a-z]+|-', specialTokens: [] })
    expect(Buffer.from(own.bytesOf(256)).toString()).toBe('ab')
  })

  it('says when there are fewer merges than asked for', async () => {
    const given = optionsOf(trainTokenizer, { vocabularySize: 1000 })
    const documents = [documentOf({ text: 'aaaa aaaa' })]
    const { files } = await runCorpusInMemory(trainTokenizer.corpus, given, { seed: 1, shared: [] } as never, documents)
    const about = JSON.parse(Buffer.from(files.get('training.json') ?? []).toString())
    // By hand: a a, aa aa, then the space of the second word before aaaa.
    expect(about).toEqual({ words: 2, distinctWords: 2, textBytes: 9, merges: 3, mergesWanted: 743 })
  })

  it.each([
    ['no text', [], {}, 'there are no words to train on'],
    ['too small a vocabulary', ['a'], { vocabularySize: 100 }, 'vocabularySize: expected at least 256 bytes'],
    ['digits with a pattern of one’s own', ['a'], { pattern: '[a-z]+', digits: 'one' }, 'digits: one goes with'],
  ])('refuses %s', async (_, texts, options, message) => {
    await expect(trainInMemory(texts, options)).rejects.toThrow(message)
  })

  it('serves the stage behind it, in one run', async () => {
    mkdirSync(join(folder, 'in'))
    for (let file = 0; file < 2; file++) {
      const lines = TEXTS.flatMap((text, at) => (at % 2 === file ? [JSON.stringify({ id: String(at), text })] : []))
      writeFileSync(join(folder, `in/${file}.jsonl`), `${lines.join('\n')}\n`)
    }
    const config = {
      input: { jsonl: 'in/*.jsonl' },
      stages: [
        { 'train-tokenizer': { as: 'tokenizer', vocabularySize: 273 } },
        { tokenize: { tokenizer: { from: 'tokenizer' } } },
      ],
      output: { jsonl: 'run', compression: 'none' },
    }
    writeFileSync(join(folder, 'run.yaml'), JSON.stringify(config))
    const { code, stderr } = await millrace(['run', join(folder, 'run.yaml')])
    expect(code, stderr).toBe(0)
    const tokenizer = openTokenizer(
      readFileSync(join(folder, 'run/artifacts/tokenizer/tokenizer.json')),
      'tokenizer.json',
    )
    const tokens = Array.from({ length: 16 }, (_, i) => Buffer.from(tokenizer.bytesOf(257 + i)).toString('latin1'))
    expect(tokens).toEqual(expectedTokens(16))
    const zstd = await loadZstd()
    const place = join(folder, 'run/artifacts/tokenize')
    const rows = readdirSync(place)
      .filter((name) => name.endsWith('.arrow'))
      .flatMap((name) => [...readArrowTokens(readFileSync(join(place, name)), zstd)])
    expect(rows).toHaveLength(TEXTS.length)
    for (const { tokens: ids, pieces } of rows) {
      expect(tokenizer.decode(ids)).toBe(`${TEXTS[Number(pieces[0]?.id)]}<|endoftext|>`)
    }
  })
})
