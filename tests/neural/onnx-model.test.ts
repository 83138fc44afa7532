import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { type OnnxModel, openOnnxModel, splitRows } from '../../src/neural/onnx-model.js'
import { temporaryFolder } from '../support/folder.js'
import { hasOnnxRuntime, scoreInChild, swiftShader } from '../support/onnxruntime.js'
import { Random } from '../support/random.js'
import { SmallGpt, type SmallGptOptions } from '../support/small-gpt.js'

const SEED = 1
/** Compiling shaders for a CPU takes seconds, on a busy one more. */
const SHADER_TIMEOUT_MS = 180_000
const rows: readonly (readonly number[])[] = randomRows(new Random(9), [17, 2, 48, 9, 31, 9])

function randomRows(random: Random, lengths: readonly number[]): number[][] {
  return lengths.map((length) => Array.from({ length }, () => random.below(97)))
}

/** Largest difference of any number from the plain forward pass; NaN when one is missing. */
function farthest(gpt: SmallGpt, numbers: readonly ArrayLike<number>[] = [], of = rows): number {
  const differences = of.flatMap((row, i) =>
    gpt.logProbabilities(row).map((expected, at) => Math.abs(expected - numbers[i][at])),
  )
  return Math.max(...differences)
}

function open(gpt: SmallGpt, path = 'small.onnx'): Promise<OnnxModel> {
  return openOnnxModel(gpt.onnx(), { path, device: 'cpu' })
}

function compute(model: OnnxModel, some: readonly (readonly number[])[]): Promise<readonly Float32Array[]> {
  return model.compute(some.map((row) => Int32Array.from(row)))
}

it('the plain forward pass gives probabilities', () => {
  const gpt = new SmallGpt(SEED)
  const sum = Array.from({ length: gpt.vocabularySize }, (_, id) => Math.exp(gpt.logProbabilities([5, 90, id])[1]))
  expect(sum.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
})

it('a batch is computed in parts when its logits would be too many', () => {
  const lengths = (of: readonly number[], vocabularySize: number, rowsMax = Number.POSITIVE_INFINITY) => {
    const parts = splitRows(
      of.map((length) => new Int32Array(length)),
      { vocabularySize, rowsMax },
    )
    return parts.map((part) => part.map(({ length }) => length))
  }
  expect(lengths([512, 512, 512, 300, 300, 2], 2 ** 18)).toEqual([
    [512, 512],
    [512, 300],
    [300, 2],
  ])
  expect(lengths([2, 300, 1000, 2], 2 ** 18)).toEqual([[2, 300], [1000], [2]])
  expect(lengths([4096, 4096], 2 ** 18)).toEqual([[4096], [4096]])
  expect(lengths([512, 300, 2], 97)).toEqual([[512, 300, 2]])
  expect(lengths([512, 300, 2], 97, 1)).toEqual([[512], [300], [2]])
  expect(lengths([], 97)).toEqual([])
})

describe.skipIf(!hasOnnxRuntime)('on the CPU (needs onnxruntime-node)', () => {
  const FORMS: readonly (readonly [string, SmallGptOptions, number])[] = [
    ['float32', {}, 1e-5],
    ['float32 with a cache', { cache: true }, 1e-5],
    ['float32, operators of version 18', { opset: 18 }, 1e-5],
    ['float32, the size of the vocabulary left open', { namedVocabulary: true }, 1e-5],
    ['float32, logits that are log-probabilities', { normalizedLogits: true }, 1e-5],
    ['float16', { type: 'float16' }, 1e-3],
    ['float16 with a cache', { type: 'float16', cache: true, namedVocabulary: true }, 1e-3],
  ]
  it.each(FORMS)('equals the plain forward pass: %s', async (_, options, tolerance) => {
    const gpt = new SmallGpt(SEED, options)
    const model = await open(gpt)
    expect(model.vocabularySize).toBe(97)
    const numbers = await compute(model, rows)
    expect(numbers.map(({ length }) => length)).toEqual(rows.map(({ length }) => length - 1))
    expect(farthest(gpt, numbers)).toBeLessThan(tolerance)
    await model.close()
  })

  describe('one model', () => {
    let model: OnnxModel
    beforeAll(async () => {
      model = await open(new SmallGpt(SEED))
    })
    afterAll(() => model.close())

    it('gives a row the same numbers in any company', async () => {
      const together = await compute(model, rows)
      const random = new Random(3)
      for (let round = 0; round < 10; round++) {
        const company = randomRows(random, [1 + random.below(48), 1 + random.below(48), 1 + random.below(48)])
        const which = random.below(rows.length)
        const at = random.below(4)
        const batch = [...company.slice(0, at), rows[which], ...company.slice(at)]
        const numbers = (await compute(model, batch))[at]
        const difference = Math.max(...numbers.map((value, i) => Math.abs(value - together[which][i])))
        expect(difference, `seed ${random.seed}, round ${round}`).toBeLessThan(1e-4)
      }
    })

    it('gives rows without a second id no numbers', async () => {
      expect((await compute(model, [[5], [], [5, 6]])).map(({ length }) => length)).toEqual([0, 0, 1])
      expect((await compute(model, [[5], []])).map(({ length }) => length)).toEqual([0, 0])
      expect(await compute(model, [])).toEqual([])
    })

    it.each([97, -1])('refuses id %i, which is not in the vocabulary', async (id) => {
      await expect(compute(model, [[1, 2, id]])).rejects.toThrow(
        new ConfigError(
          `ONNX model small.onnx: its vocabulary has 97 entries, got id ${id}: the tokenizer is another model's`,
        ),
      )
    })

    it('refuses more ids than the model has positions, and works on', async () => {
      expect(model.contextTokensMax).toBe(48)
      await expect(compute(model, randomRows(new Random(1), [49]))).rejects.toThrow(
        new ConfigError('ONNX model small.onnx: it has 48 positions, got a row of 49 ids'),
      )
      expect(farthest(new SmallGpt(SEED), await compute(model, rows))).toBeLessThan(1e-5)
    })
  })

  it('numbers do not depend on the company where activations are rounded by the largest of a batch', async () => {
    const model = await open(new SmallGpt(SEED, { dynamicQuantization: true }))
    const together = await compute(model, rows)
    const alone = await Promise.all(rows.map(async (row) => (await compute(model, [row]))[0]))
    expect(together).toEqual(alone)
    expect(farthest(new SmallGpt(SEED), together)).toBeLessThan(0.5)
    await model.close()
  })

  describe('weights in a file beside the model', () => {
    const gpt = new SmallGpt(SEED, { externalEmbedding: 'weights.bin' })
    const folder = temporaryFolder()
    function place(name: string, weights: Uint8Array | null): string {
      mkdirSync(join(folder, name))
      if (weights !== null) writeFileSync(join(folder, name, 'weights.bin'), weights)
      return join(folder, name, 'model.onnx')
    }

    it('are found', async () => {
      const model = await open(gpt, place('whole', gpt.externalBytes()))
      expect(farthest(gpt, await compute(model, rows))).toBeLessThan(1e-5)
      await model.close()
    })

    it('are missed', async () => {
      await expect(open(gpt, place('none', null))).rejects.toThrow(
        /^ONNX model .*model\.onnx: onnxruntime can't load it .*weights\.bin/,
      )
    })

    it('are cut', async () => {
      await expect(open(gpt, place('cut', gpt.externalBytes().subarray(0, 1000)))).rejects.toThrow(ConfigError)
    })

    it('must lie below its folder', async () => {
      const outside = new SmallGpt(SEED, { externalEmbedding: '../weights.bin' })
      place('.above', gpt.externalBytes())
      await expect(open(outside, place('.above/inside', null))).rejects.toThrow(ConfigError)
    })
  })

  it('cut or spoiled anywhere: a ConfigError, or numbers', async () => {
    const bytes = new SmallGpt(SEED).onnx()
    const random = new Random(11)
    let refused = 0
    for (let round = 0; round < 60; round++) {
      const spoiled = Uint8Array.from(round % 2 === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes)
      // Weights may be anything: the messages around them lie at the file's two ends.
      if (round % 2 === 1)
        spoiled[random.pick([random.below(400), bytes.length - 1 - random.below(6000)])] ^= 1 << random.below(8)
      try {
        const model = await openOnnxModel(spoiled, { path: 'spoiled.onnx', device: 'cpu' })
        await model.compute([Int32Array.of(1, 2, 3)])
        await model.close()
      } catch (error) {
        refused++
        expect(error, `seed ${random.seed}, round ${round}`).toMatchObject({
          name: expect.stringMatching(/^(Config|Shard)Error$/),
        })
      }
    }
    expect(refused).toBeGreaterThan(30)
  })
})

describe.skipIf(!hasOnnxRuntime)('without the device (needs onnxruntime-node)', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'model.onnx')
  beforeAll(() => writeFileSync(path, new SmallGpt(SEED).onnx()))

  it.skipIf(process.platform !== 'linux')('says what WebGPU needs', async () => {
    const { error } = await scoreInChild(
      { path, device: 'webgpu', rows },
      { VK_ICD_FILENAMES: join(folder, 'none.json') },
    )
    expect(error).toMatch(/^ConfigError: device webgpu can't be opened: .*adapter.*; it needs a driver for Vulkan/)
  })

  it('says how the package is installed', async () => {
    const dist = resolve(import.meta.dirname, '../../dist/src')
    for (const name of ['errors', 'io', 'neural', 'stage'])
      cpSync(join(dist, name), join(folder, 'src', name), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const module = join(folder, 'src/neural/onnx-model.js')
    const { error } = await scoreInChild({ path, device: 'cpu', rows, module }, {})
    expect(error).toMatch(
      /^ConfigError: .*onnxruntime-node: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1\.30\.0/,
    )
  })
})

describe.skipIf(swiftShader === null)('on WebGPU (needs onnxruntime-node and MILLRACE_SWIFTSHADER)', () => {
  const folder = temporaryFolder()
  const few = rows.map((row) => row.slice(0, 11)).slice(0, 3)
  async function score(gpt: SmallGpt) {
    const path = join(folder, 'model.onnx')
    writeFileSync(path, gpt.onnx())
    return await scoreInChild({ path, device: 'webgpu', rows: few }, swiftShader ?? {})
  }

  it('equals the plain forward pass', { timeout: SHADER_TIMEOUT_MS }, async () => {
    const gpt = new SmallGpt(SEED, { cache: true, namedVocabulary: true, opset: 18 })
    const { numbers, error } = await score(gpt)
    expect(error).toBeUndefined()
    expect(farthest(gpt, numbers, few)).toBeLessThan(1e-4)
  })

  it('half precision: the same, or refused where the device has none', { timeout: SHADER_TIMEOUT_MS }, async () => {
    const gpt = new SmallGpt(SEED, { type: 'float16' })
    const { numbers, error } = await score(gpt)
    if (error === undefined) expect(farthest(gpt, numbers, few)).toBeLessThan(1e-3)
    else expect(error).toMatch(/^ConfigError: .*does not run on device webgpu: .*f16/)
  })

  it('refuses a model with a layer that would run on the CPU', { timeout: SHADER_TIMEOUT_MS }, async () => {
    const { error } = await score(new SmallGpt(SEED, { normalizedLogits: true, layers: 1 }))
    expect(error).toMatch(/^ConfigError: .*device webgpu has no kernel .*: LogSoftmax \(1\);/)
  })
})
