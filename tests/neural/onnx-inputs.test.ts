import { describe, expect, it } from 'vitest'
import { readOnnxFile } from '../../src/neural/onnx-file.js'
import { planFeeds, type TokenMatrix, widen } from '../../src/neural/onnx-inputs.js'
import { padRows } from '../../src/neural/onnx-model.js'
import { loadOnnxRuntime } from '../../src/neural/onnxruntime.js'
import { type Dimension, type ElementType, Graph } from '../support/onnx-file.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'

type Input = readonly [name: string, type: ElementType, dims: readonly Dimension[]]

const IDS: Input = ['input_ids', 'int64', ['batch', 'length']]
const matrix: TokenMatrix = padRows([Int32Array.of(5, 6, 7), Int32Array.of(8)])

async function feed(...inputs: readonly Input[]) {
  const graph = new Graph()
  for (const [name, type, dims] of inputs) graph.input(name, type, dims)
  const feeds = planFeeds(readOnnxFile(graph.model(17), 'test.onnx'), await loadOnnxRuntime('cpu'))(matrix)
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => [name, { dims, data: Array.from(data, Number) }]),
  )
}

it('rows are padded on the right', () => {
  expect(matrix).toEqual({ rows: 2, columns: 3, ids: Int32Array.of(5, 6, 7, 8, 0, 0), lengths: [3, 1] })
})

it('ids become 64 bits wide', () => {
  expect(widen(Int32Array.of(0, 1, 2 ** 31 - 1))).toEqual(BigInt64Array.of(0n, 1n, 2n ** 31n - 1n))
})

describe.skipIf(!hasOnnxRuntime)('inputs (needs onnxruntime-node)', () => {
  it('of every known kind', async () => {
    expect(
      await feed(
        IDS,
        ['attention_mask', 'int64', ['batch', 'total']],
        ['position_ids', 'int32', ['batch', 'length']],
        ['past_key_values.0.key', 'float16', ['batch', 12, 'past', 64]],
        ['past_key_values.0.value', 'float32', ['batch', 'past', 64]],
        ['use_cache_branch', 'bool', [1]],
        ['num_logits_to_keep', 'int64', []],
      ),
    ).toEqual({
      input_ids: { dims: [2, 3], data: [5, 6, 7, 8, 0, 0] },
      attention_mask: { dims: [2, 3], data: [1, 1, 1, 1, 0, 0] },
      position_ids: { dims: [2, 3], data: [0, 1, 2, 0, 1, 2] },
      'past_key_values.0.key': { dims: [2, 12, 0, 64], data: [] },
      'past_key_values.0.value': { dims: [2, 0, 64], data: [] },
      use_cache_branch: { dims: [1], data: [0] },
      num_logits_to_keep: { dims: [], data: [0] },
    })
  })

  it('without names of dimensions: the first of a cache is the rows', async () => {
    const feeds = await feed(['input_ids', 'int64', ['', '']], ['past_key_values.0.key', 'float32', ['', 2, '', 8]])
    expect(feeds['past_key_values.0.key']?.dims).toEqual([2, 2, 0, 8])
  })

  it.each<readonly [string, readonly Input[], RegExp]>([
    [
      'an unknown one',
      [IDS, ['pixel_values', 'float32', ['b', 3, 224, 224]]],
      /input "pixel_values": expected a causal/,
    ],
    [
      'no ids',
      [['inputs_embeds', 'float32', ['b', 's', 8]]],
      /expected an input "input_ids" of 2 dimensions, got inputs "inputs_embeds"/,
    ],
    ['ids of fixed shape', [['input_ids', 'int64', [1, 128]]], /got a shape fixed at 1 × 128/],
    [
      'ids that are floats',
      [['input_ids', 'float32', ['b', 's']]],
      /input input_ids: expected int64 or int32, got element type 1/,
    ],
    [
      'a cache of fixed length',
      [IDS, ['past_key_values.0.key', 'float32', ['batch', 2, 16, 8]]],
      /expected a length that may be 0, got batch × 2 × 16 × 8/,
    ],
    [
      'a cache of integers',
      [IDS, ['past_key_values.0.key', 'int64', ['batch', 2, 'past', 8]]],
      /expected float32 or float16/,
    ],
  ])('refuses %s', async (_, inputs, message) => {
    await expect(feed(...inputs)).rejects.toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    )
  })
})
