/** Odd texts and odd models: a clear error or a defined number, never NaN. Damaged files: hostile-models.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { normalizeCcnet } from '../../src/lm/ccnet.js'
import { probingBuckets } from '../../src/lm/kenlm-header.js'
import { memoryModelFile } from '../../src/lm/model-file.js'
import { buildModel, type NgramModel, perplexityOf } from '../../src/lm/ngram-model.js'
import { plainTokens } from '../../src/lm/profiles.js'
import { documentPerplexity, scoreText } from '../../src/lm/text-scorer.js'
import { dataFolder, dataPath } from '../support/data.js'
import { temporaryFolder } from '../support/folder.js'
import { trainArpa } from '../support/lm-train.js'
import { modelOf, TOY_ARPA } from '../support/ngram-file.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()

const ODD_TEXTS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['white space', ' \t \n\u00a0\n'],
  ['one token', 'a'],
  ['one unknown token', 'qwxz'],
  ['marks of sentences', '<s> </s> <unk>'],
  ['NULs', '\0a\0b\0'],
  ['lone surrogates', '\ud800 a \udc00'],
  ['combining marks', 'a\u0301\u0323'.repeat(1000)],
  ['a line of 10 MB', 'a some words b '.repeat(666_667)],
  ['a word of 10 MB', 'x'.repeat(10_000_000)],
]

function expectNumbers(model: NgramModel, text: string): void {
  for (const tokenize of [plainTokens, (sentence: string) => normalizeCcnet(sentence).split(' ').filter(Boolean)]) {
    for (const lines of text.length > 1e6 ? (['joined'] as const) : (['text', 'all', 'joined'] as const)) {
      const scored = scoreText(text, model, tokenize, lines)
      const perplexity = documentPerplexity(scored)
      expect(Number.isFinite(scored.log10)).toBe(true)
      expect(scored.perplexities.every(Number.isFinite)).toBe(true)
      expect(perplexity === null ? scored.sentenceCount === 0 : Number.isFinite(perplexity)).toBe(true)
    }
  }
}

describe('odd texts', () => {
  const toy = modelOf(TOY_ARPA)

  it.each(ODD_TEXTS)('score: %s', (_, text) => {
    expectNumbers(toy, text)
    expect(Number.isFinite(perplexityOf(toy.scoreLine(text)))).toBe(true)
  })

  it('score as known: nothing, one token', () => {
    expect(documentPerplexity(scoreText('', toy, plainTokens, 'text'))).toBeNull()
    const one = scoreText('b', toy, plainTokens, 'text') // b behind <s>: -0.25 - 0.75, then </s>: -0.25
    expect(one.log10).toBeCloseTo(-1.25, 6)
    expect(documentPerplexity(one)).toBeCloseTo(10 ** 0.625, 5)
  })

  it.each(ODD_TEXTS.slice(1))('train: %s', async (name, text) => {
    const path = join(folder, `${name}.txt`)
    writeFileSync(path, text)
    const { arpa } = await trainArpa([path], { order: 3, temporaryFolder: folder })
    expect(arpa.toString()).not.toMatch(/nan|inf/i)
    const model = modelOf(arpa)
    for (const odd of ['', 'a', 'a b qwxz']) expectNumbers(model, odd)
  })

  it('no text at all trains no model', async () => {
    const path = join(folder, 'empty.txt')
    writeFileSync(path, '')
    const training = trainArpa([path], { order: 3, temporaryFolder: folder })
    await expect(training).rejects.toThrow(ConfigError)
    await expect(training).rejects.toThrow('the text has no sentences')
  })

  it('random bytes train a model that scores', async () => {
    const random = new Random(9)
    const path = join(folder, 'random.txt')
    writeFileSync(
      path,
      Uint8Array.from({ length: 50_000 }, () => random.below(256)),
    )
    const { arpa } = await trainArpa([path], { order: 4, prune: [0, 0, 1], temporaryFolder: folder })
    expectNumbers(modelOf(arpa), 'a b')
  })
})

describe('another vocabulary', () => {
  it('makes every token unknown, and the perplexity that of <unk>', () => {
    const model = modelOf(TOY_ARPA)
    const scored = scoreText('▁foreign ▁pieces ▁of ▁text', model, (text) => text.split(' '), 'text')
    expect(scored).toMatchObject({ tokenCount: 4, oovCount: 4 })
    // <s> backs off once; <unk> has no back-off: 4 times -1.5, then </s>.
    expect(scored.log10).toBeCloseTo(-0.25 - 4 * 1.5 - 1, 5)
  })

  it('a model without <unk> gives unknown words log10 -100, as KenLM does', () => {
    const arpa = TOY_ARPA.replace('ngram 1=6', 'ngram 1=5').replace('-1.5\t<unk>\n', '')
    const scored = scoreText('foreign', modelOf(arpa), plainTokens, 'text')
    expect(scored.log10).toBeCloseTo(-0.25 - 100 - 1, 4)
    expect(documentPerplexity(scored)).toBeCloseTo(10 ** (101.25 / 2), -46)
    expectNumbers(modelOf(arpa), 'foreign '.repeat(1000))
  })
})

describe.skipIf(!dataFolder)('numbers that are none, in KenLM binaries (needs MILLRACE_DATA)', () => {
  const FORMS = ['probing', 'trie', 'qtrie', 'qatrie'] as const
  const files = new Map<string, Buffer>()
  beforeAll(() => {
    for (const form of FORMS) files.set(form, gunzipSync(readFileSync(dataPath(`kenlm/dev.${form}.binary.gz`))))
  })

  /** Where the values of the first word lie; quantized forms have their tables of values before. */
  function firstUnigram(bytes: Buffer): number {
    const order = bytes.readUInt8(88)
    const header = Math.ceil((108 + 8 * order) / 8) * 8
    const words = Number(bytes.readBigUInt64LE(108))
    const form = bytes.readUInt32LE(96)
    if (form === 0) return header + 8 + probingBuckets(words, bytes.readFloatLE(92)) * 12
    const start = header + 8 + 8 * words
    if (form === 2 || form === 4) return start
    const [probabilityBits, backoffBits] = [bytes.readUInt8(start + 1), bytes.readUInt8(start + 2)]
    return start + 8 + 4 * ((order - 2) * (2 ** probabilityBits + 2 ** backoffBits) + 2 ** probabilityBits)
  }

  it.each(
    FORMS.flatMap((form) =>
      [
        ['NaN', 0x7fc00000],
        ['infinity', 0x7f800000],
        ['minus infinity', 0xff800000],
      ].map(([what, bits]) => [form, what, bits] as const),
    ),
  )('%s: %s as a probability, as a back-off', (form, _, bits) => {
    for (const at of [0, 4]) {
      const bytes = Buffer.from(files.get(form) ?? '')
      bytes.writeUInt32LE(Number(bits), firstUnigram(bytes) + at)
      expect(() => buildModel(memoryModelFile(bytes), 'odd')).toThrow(ConfigError)
    }
  })

  it.each(FORMS)('%s: counts beyond the file are refused before anything is read for them', (form) => {
    const bytes = Buffer.from(files.get(form) ?? '')
    const order = bytes.readUInt8(88)
    for (let n = 0; n < order; n++) bytes.writeBigUInt64LE(BigInt(Math.floor(bytes.length / order)), 108 + 8 * n)
    let read = 0
    const file = {
      sizeBytes: bytes.length,
      read: (offset: number, length: number) => {
        read += length
        return bytes.subarray(offset, offset + length)
      },
    }
    expect(() => buildModel(file, 'odd')).toThrow(ConfigError)
    expect(read).toBeLessThan(2 ** 22)
  })
})
