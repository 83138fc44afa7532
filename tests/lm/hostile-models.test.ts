/** Damaged and malicious model files: each gives a ConfigError that says where, or a model that gives numbers. */
import { readFileSync } from 'node:fs'
import { crc32, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { encodeModel } from '../../src/lm/mlm-file.js'
import { type ModelFile, memoryModelFile } from '../../src/lm/model-file.js'
import { type SharedModel, viewTables } from '../../src/lm/model-tables.js'
import { buildModel, type NgramModel, openModel, perplexityOf } from '../../src/lm/ngram-model.js'
import { dataFolder, dataPath } from '../support/data.js'
import { modelOf, separated, TOY_ARPA, tablesOf } from '../support/ngram-file.js'
import { Random } from '../support/random.js'

const kenlmToy = (): Buffer => gunzipSync(readFileSync(dataPath('kenlm/dev.qatrie.binary.gz')))

/** A ConfigError, or a model whose scores are numbers. */
function settle(bytes: Uint8Array, what: string): void {
  let tables: SharedModel
  try {
    tables = buildModel(memoryModelFile(bytes), 'hostile')
  } catch (error) {
    expect(error, what).toBeInstanceOf(ConfigError)
    expect(String(error), what).toContain('hostile')
    return
  }
  for (const model of [openModel(tables), openModel(separated(tables))]) settleScores(model, what)
}

function settleScores(model: NgramModel, what: string): void {
  for (const tokens of [[], ['a', 'b', 'a', 'b'], ['the', 'first', 'of', 'the', 'x', '.', 'the', 'end']]) {
    const score = model.score(tokens, (log10, length) => {
      expect(Number.isNaN(log10), what).toBe(false)
      expect(length >= 1 && length <= model.order, what).toBe(true)
    })
    expect(Number.isNaN(perplexityOf(score)), what).toBe(false)
  }
}

describe('faults of ARPA files', () => {
  const cases: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    ['no model at all', () => 'hello\n', /expected an n-gram model.*hello/],
    ['empty', () => '', /expected an n-gram model/],
    [
      'ends in the counts',
      (text) => text.slice(0, 30),
      /line 3: 5 2-grams: with these the file takes 54 bytes or more, it has 30/,
    ],
    [
      'ends in an n-gram section',
      (text) => text.slice(0, text.indexOf('-0.875')),
      /line 17: expected a 2-gram, got the end/,
    ],
    ['no end', (text) => text.replace('\\end\\\n', ''), /expected \\end\\, got the end of the file/],
    [
      'too few n-grams',
      (text) => text.replace('ngram 2=5', 'ngram 2=6'),
      /line 20: log10 of a probability: expected a number, got ""/,
    ],
    ['too many n-grams', (text) => text.replace('ngram 2=5', 'ngram 2=4'), /expected \\3-grams:, got "-1.25/],
    ['counts beyond the file', (text) => text.replace('2=5', '2=5000000000'), /5000000000 2-grams: with these/],
    ['counts that skip', (text) => text.replace('ngram 2=5\n', ''), /expected the number of 2-grams, got "ngram 3=2"/],
    [
      'order 7',
      (text) => text.replace('ngram 3=2', 'ngram 3=2\nngram 4=0\nngram 5=0\nngram 6=0\nngram 7=0'),
      /order 2 to 6, got 7/,
    ],
    ['order 1', (text) => text.replace(/ngram 2=5\nngram 3=2\n/, ''), /order 2 to 6, got 1/],
    ['a probability above 1', (text) => text.replace('-0.5\ta', '0.5\ta'), /line 1\d: log10.*0 or less, got 0.5/],
    ['a probability that is none', (text) => text.replace('-0.5\ta', 'nan\ta'), /expected a number, got "nan"/],
    [
      'a back-off that is infinite',
      (text) => text.replace('-0.125', '-1e99'),
      /back-off: expected a number, got "-1e99"/,
    ],
    ['a word missing', (text) => text.replace('-0.875\tb a', '-0.875\tb'), /expected a 2-gram, got "-0.875/],
    ['a word too many', (text) => text.replace('-0.875\tb a', '-0.875\tb a b a'), /expected a 2-gram and a back-off/],
    ['a word that is no 1-gram', (text) => text.replace('b a\n', 'b q\n'), /word 2 of .* is not among the 1-grams/],
    ['a word twice', (text) => text.replace('ñandú\t0', 'a\t0'), /is there twice/],
    ['an n-gram twice', (text) => text.replace('-0.875\tb a', '-0.875\ta b'), /"-0.875\\ta b" is there twice/],
    ['no <s>', (text) => text.replace('<s>\t-0.25', 'c\t-0.25'), /expected <s> among the 1-grams/],
    ['no context', (text) => text.replace('a b </s>', 'b b </s>'), /begins with 2 words that are no n-gram/],
    [
      'no back-off of a context',
      (text) => text.replace('a b\t-0.03125', 'a b'),
      /"a? ?.*begins with 2 words whose n-gram has no back-off/,
    ],
    ['a back-off of the longest', (text) => text.replace('<s> a b', '<s> a b\t-0.5'), /expected no back-off/],
  ]
  it.each(cases)('%s', (_, damage, message) => {
    const damaged = damage(TOY_ARPA)
    expect(damaged).not.toBe(TOY_ARPA)
    expect(() => modelOf(damaged)).toThrow(ConfigError)
    expect(() => modelOf(damaged)).toThrow(message)
  })

  it('a line without an end', () => {
    expect(() => modelOf(TOY_ARPA.replace('ñandú\t0', 'x'.repeat(70_000_000)))).toThrow(
      /line 12: expected lines of at most/,
    )
  })

  it('gzip that is cut', () => {
    expect(() => tablesOf(gzipSync(TOY_ARPA).subarray(0, 100))).toThrow(/expected gzip/)
  })

  it('settles when cut at every byte, and with bytes changed (seed 1)', () => {
    const bytes = Buffer.from(TOY_ARPA)
    for (let end = 0; end < bytes.length; end++) settle(bytes.subarray(0, end), `cut at ${end}`)
    const random = new Random(1)
    for (let round = 0; round < 1000; round++) settle(mutate(bytes, random), `seed 1, round ${round}`)
  })
})

describe('faults of our own form', () => {
  const sound = (): Buffer => Buffer.concat([...encodeModel(tablesOf(TOY_ARPA))])

  it('any byte changed, any length', () => {
    const bytes = sound()
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] ^= 1 << (at % 8)
      expect(() => tablesOf(damaged), `byte ${at}`).toThrow(ConfigError)
    }
    for (let end = 0; end < bytes.length; end++) {
      expect(() => tablesOf(bytes.subarray(0, end)), `cut at ${end}`).toThrow(ConfigError)
    }
    expect(() => tablesOf(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(
      /expected a file of \d+ bytes by its header, got/,
    )
  })

  it('says which version it knows', () => {
    const bytes = sound()
    bytes[8] = 9
    expect(() => tablesOf(bytes)).toThrow(/byte 8: expected version 2, got 9/)
  })

  it('refuses a table whose last slot is taken: a search would leave it', () => {
    for (const [i, stride] of [3, 4].entries()) {
      const tables = tablesOf(TOY_ARPA)
      const table = viewTables(tables)[i]
      table.fill(0, table.length - stride)
      expect(() => tablesOf(Buffer.concat([...encodeModel(tables)]))).toThrow(/expected an empty slot as the last/)
    }
  })

  it('refuses segments whose size is no power of two', () => {
    const bytes = sound()
    bytes.writeUInt32LE(3 * 2 ** 20, 40)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 252)), 252)
    expect(() => tablesOf(bytes)).toThrow(/byte 40: segmentSlots: expected a power of two, got 3145728/)
  })

  it('settles when the checksums are right and the contents are not (seed 2)', () => {
    const random = new Random(2)
    for (let round = 0; round < 500; round++) {
      const file = sound()
      for (let k = random.below(8); k >= 0; k--) {
        const value = random.pick([0, 1, 0x7fc00000, 0xffffffff, random.below(2 ** 32)])
        file.writeUInt32LE(value, 4 * random.below(file.length / 4))
      }
      file.writeUInt32LE(crc32(file.subarray(256)), 248)
      file.writeUInt32LE(crc32(file.subarray(0, 252)), 252)
      settle(file, `seed 2, round ${round}`)
    }
  })
})

describe.skipIf(!dataFolder)('faults of KenLM binaries (needs MILLRACE_DATA)', () => {
  const set = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = kenlmToy()
    change(bytes)
    return bytes
  }
  const cases: readonly (readonly [string, () => Buffer, RegExp])[] = [
    ['another version', () => set((b) => b.write('4', 49)), /byte 0: expected "mmap lm .* 5\\n", got ".* 4/],
    ['another byte order', () => set((b) => b.writeFloatBE(1, 60)), /byte 56: expected the test values/],
    ['order 9', () => set((b) => b.writeUInt8(9, 88)), /order 2 to 6, got 9/],
    ['order 4, which has other counts', () => set((b) => b.writeUInt8(4, 88)), /byte \d+: /],
    ['an unknown form', () => set((b) => b.writeUInt32LE(6, 96)), /byte 96: expected form/],
    ['another form', () => set((b) => b.writeUInt32LE(3, 96)), /byte \d+: /],
    ['no words', () => set((b) => b.writeUInt8(0, 100)), /byte 100: expected a model that contains its words/],
    [
      'huge counts',
      () => set((b) => b.writeUInt32LE(0xfffffff0, 116)),
      /byte 116: number of 2-grams: expected at most/,
    ],
    ['counts beyond 2^53', () => set((b) => b.writeUInt32LE(0xffffffff, 120)), /byte 116: .*2\^53/],
    ['a count too many', () => set((b) => b.writeUInt32LE(18735, 124)), /byte \d+: /],
    [
      'quantized to 40 bits',
      () => set((b) => b.writeUInt8(40, 152 + 8 + 8 * 17411 + 1)),
      /expected 1 to 25 bits, got 40/,
    ],
    ['cut', () => kenlmToy().subarray(0, 500_000), /the file ends/],
    ['cut in the words', () => kenlmToy().subarray(0, -7), /byte \d+: word 17409: no NUL within 3 bytes/],
    ['more behind the words', () => Buffer.concat([kenlmToy(), Buffer.from('x\0')]), /expected the file's end/],
  ]
  it.each(cases)('%s', (_, damaged, message) => {
    expect(() => tablesOf(damaged())).toThrow(ConfigError)
    expect(() => tablesOf(damaged())).toThrow(message)
  })

  it.each(['probing', 'trie', 'qtrie', 'qatrie'])('settles with bytes changed in %s (seed 3)', (form) => {
    const bytes = gunzipSync(readFileSync(dataPath(`kenlm/dev.${form}.binary.gz`)))
    const random = new Random(3)
    for (let round = 0; round < 12; round++) {
      const damaged = Buffer.from(bytes)
      const near = round % 2 === 0 ? 200 : bytes.length
      for (let k = random.below(4); k >= 0; k--) damaged[random.below(near)] = random.below(256)
      settle(damaged, `seed 3, round ${round}`)
    }
  })

  it('allocates nothing for counts that the file has no room for', () => {
    const bytes = kenlmToy()
    for (let n = 0; n < 5; n++) bytes.writeUInt32LE(0xf0000, 108 + 8 * n)
    const before = process.memoryUsage().rss
    let read = 0
    const file: ModelFile = {
      sizeBytes: bytes.length,
      read: (offset, length) => {
        read += length
        return bytes.subarray(offset, offset + length)
      },
    }
    expect(() => buildModel(file, 'hostile')).toThrow(ConfigError)
    expect(read).toBeLessThan(2 ** 22)
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 26)
  })
})

/** Bytes changed, taken out, doubled. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const parts: Buffer = Buffer.from(bytes)
  const at = random.below(parts.length)
  const end = Math.min(parts.length, at + 1 + random.below(12))
  switch (random.below(4)) {
    case 0:
      parts[at] = random.below(256)
      return parts
    case 1:
      return Buffer.concat([parts.subarray(0, at), parts.subarray(end)])
    case 2:
      return Buffer.concat([parts.subarray(0, end), parts.subarray(at)])
    default:
      parts[at] = random.pick([...Buffer.from('0123456789-.\t\n \\')])
      return parts
  }
}
