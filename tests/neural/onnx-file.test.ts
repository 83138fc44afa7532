import { describe, expect, it } from 'vitest'
import { writeMessage } from '../../src/io/protobuf-writer.js'
import { ELEMENT, newOnnxFile, type OnnxFile, readOnnxFile, writeOnnxFile } from '../../src/neural/onnx-file.js'
import { appendLoss } from '../../src/neural/onnx-loss.js'
import { positionsIn } from '../../src/neural/onnx-positions.js'
import { loadOnnxRuntime, type OnnxDevice } from '../../src/neural/onnxruntime.js'
import { Graph } from '../support/onnx-file.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'
import { Random } from '../support/random.js'
import { SmallGpt } from '../support/small-gpt.js'

const read = (bytes: Uint8Array) => readOnnxFile(bytes, 'test.onnx')

describe('reading', () => {
  it('finds the ends of a model, its weights and the files that they lie in', () => {
    const file = read(new SmallGpt(1, { cache: true, namedVocabulary: true, externalEmbedding: 'weights.bin' }).onnx())
    expect(file.opset).toBe(17)
    expect(file.inputs.map(({ name }) => name)).toEqual([
      'input_ids',
      'attention_mask',
      'past_key_values.0.key',
      'past_key_values.0.value',
      'past_key_values.1.key',
      'past_key_values.1.value',
      'position_ids',
    ])
    expect(file.inputs[2]).toEqual({
      name: 'past_key_values.0.key',
      elementType: ELEMENT.float32,
      shape: ['batch_size', 4, 'past_sequence_length', 8],
    })
    expect(file.outputs.at(-1)).toEqual({
      name: 'logits',
      elementType: ELEMENT.float32,
      shape: ['batch_size', 'sequence_length', 'vocabulary'],
    })
    expect(file.weights.get('wte')).toEqual([97, 32])
    expect(file.externalFiles).toEqual(['weights.bin'])
  })

  it('leaves out inputs that have a value already, as older models list them', () => {
    const graph = new Graph()
    graph.input('weight', 'int64', [1])
    graph.input('input_ids', 'int64', ['batch', 'length'])
    graph.initializer('weight', 'int64', [1], new Uint8Array(8))
    expect(read(graph.model(17)).inputs.map(({ name }) => name)).toEqual(['input_ids'])
  })

  it('packed dimensions as single ones', () => {
    const weight = writeMessage([1, Uint8Array.of(3, 0x80, 2)], [2, 1n], [8, 'weight'])
    const graph = writeMessage([5, weight])
    const bytes = writeMessage([1, 8n], [8, writeMessage([2, 17n])], [7, graph])
    expect(read(bytes).weights.get('weight')).toEqual([3, 256])
  })

  it.each([
    [
      'nothing',
      new Uint8Array(0),
      /^ONNX model test\.onnx: expected ir_version, opset_import and graph, got version 0/,
    ],
    [
      'the pointer of a file that was never fetched',
      Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
      /byte 1: field 14/,
    ],
    ['HTML', Buffer.from('<!doctype html>'), /^ONNX model test\.onnx: byte/],
    ['safetensors', Buffer.from('\x40\x01\0\0\0\0\0\0{"wte":{"dtype":"F32"'), /^ONNX model test\.onnx: /],
    ['a graph of the wrong kind', writeMessage([7, 5n]), /graph: expected bytes, got a varint/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    )
  })

  it('cut anywhere: a ConfigError, or a model that lost what stands behind', () => {
    const bytes = new SmallGpt(1).onnx()
    const random = new Random(2)
    for (let round = 0; round < 300; round++) {
      const cut = bytes.subarray(0, random.below(bytes.length))
      expect(() => read(cut), `${cut.length} bytes`).toThrow(expect.objectContaining({ name: 'ConfigError' }))
    }
  })

  it('a length beyond the file is refused before anything is allocated', () => {
    const bytes = Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1)
    expect(() => read(bytes)).toThrow(/field 7 needs \d+ bytes, the message has 1 left/)
  })
})

describe('writing', () => {
  it('keeps what is not changed, byte for byte', () => {
    const bytes = new SmallGpt(1).onnx()
    const file = read(bytes)
    const again = read(writeOnnxFile(file, { nodes: [], inputs: [], outputs: file.outputs }))
    expect({ ...again, graphFields: null }).toEqual({ ...file, graphFields: null })
    // Nodes, name and initializers; the ends come last.
    const kept = ({ graphFields }: OnnxFile): Buffer =>
      Buffer.concat(
        graphFields.map((field) => (field.kind === 'bytes' && field.number < 11 ? field.bytes : Buffer.of())),
      )
    expect(kept(again).length).toBeGreaterThan(100_000)
    expect(kept(again).equals(kept(file))).toBe(true)
  })

  it('reads what it writes', () => {
    const outputs = [{ name: 'y', elementType: ELEMENT.float32, shape: ['rows', '', 1] }]
    const inputs = [{ name: 'x', elementType: ELEMENT.float32, shape: ['rows', '', 1] }]
    const nodes = [{ operator: 'Neg', inputs: ['x'], output: 'y' }]
    expect(read(newOnnxFile({ nodes, inputs, outputs }))).toMatchObject({ opset: 17, inputs, outputs })
  })
})

describe('positions', () => {
  it('are the rows of the table that is not the vocabulary', () => {
    expect(positionsIn(read(new SmallGpt(1, { contextTokens: 40 }).onnx()))).toBe(40)
    expect(positionsIn(read(new SmallGpt(1, { contextTokens: 400, cache: true }).onnx()))).toBe(400)
  })

  it('are not known without a table', () => {
    const graph = new Graph()
    graph.initializer('wte', 'float32', [97, 1], new Uint8Array(4 * 97))
    graph.initializer('kinds', 'float32', [2, 1], new Uint8Array(8))
    graph.op('Gather', ['wte', 'input_ids'])
    graph.op('Gather', ['kinds', 'token_kinds'])
    expect(positionsIn(read(graph.model(17)))).toBeNull()
  })
})

describe('the loss', () => {
  const logitsGraph = (
    name: string,
    type: 'float32' | 'int64' | 'float16',
    dims: readonly (number | string)[],
    opset = 17,
  ) => {
    const graph = new Graph()
    graph.input('x', type, dims)
    graph.op('Identity', ['x'], {}, name)
    graph.output(name, type, dims)
    return read(graph.model(opset))
  }

  it.each([
    [
      'no logits',
      logitsGraph('last_hidden_state', 'float32', ['b', 's', 9]),
      /output "logits", got "last_hidden_state"/,
    ],
    [
      'whole numbers',
      logitsGraph('logits', 'int64', ['b', 's', 9]),
      /logits: expected floating-point numbers, got element type 7/,
    ],
    ['a class for each text', logitsGraph('logits', 'float32', ['b', 2]), /expected 3 dimensions .* got 2/],
    [
      'old operators',
      logitsGraph('logits', 'float32', ['b', 's', 9], 10),
      /expected operators of version 11 or later, got 10/,
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => appendLoss(file, 'cpu')).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    )
  })

  it('takes all other outputs off', () => {
    const file = read(new SmallGpt(1, { cache: true, namedVocabulary: true }).onnx())
    const names = (bytes: Uint8Array) => read(bytes).outputs.map(({ name }) => name)
    expect(names(appendLoss(file, 'cpu').bytes)).toEqual(['millrace/log_probabilities', 'millrace/logits_shape'])
    const known = appendLoss(read(new SmallGpt(1, { cache: true }).onnx()), 'cuda')
    expect([names(known.bytes), known.vocabularySize]).toEqual([['millrace/log_probabilities'], 97])
  })

  const SIZE = 11
  /** Far below, far above and far apart: what a sum of exponentials does not survive unless the largest is taken off. */
  const LOGITS = [
    Float32Array.from({ length: SIZE }, (_, i) => -150 + i),
    Float32Array.from({ length: SIZE }, (_, i) => 1000 + 0.25 * i),
    Float32Array.from({ length: SIZE }, (_, i) => (i === 3 ? 90 : -90)),
    new Float32Array(SIZE),
  ]
  const TARGETS = [0, 10, 4, 7]

  it.skipIf(!hasOnnxRuntime).each<readonly [OnnxDevice, 'float32' | 'float16', number]>([
    ['cpu', 'float32', 11],
    ['cpu', 'float32', 13],
    ['cpu', 'float16', 17],
    ['webgpu', 'float32', 13],
    ['webgpu', 'float32', 18],
    ['webgpu', 'float16', 18],
  ])(
    'as for %s, of %s, operators of version %i, computed on the CPU (needs onnxruntime-node)',
    async (form, type, opset) => {
      const graph = new Graph()
      graph.input('x', 'float32', ['rows', 'columns', SIZE])
      graph.op(type === 'float32' ? 'Identity' : 'Cast', ['x'], type === 'float32' ? {} : { to: 10 }, 'logits')
      graph.output('logits', type, ['rows', 'columns', SIZE])
      const runtime = await loadOnnxRuntime('cpu')
      const { bytes } = appendLoss(read(graph.model(opset)), form)
      const session = await runtime.InferenceSession.create(bytes, { executionProviders: ['cpu'], logSeverityLevel: 4 })
      const x = new runtime.Tensor('float32', Float32Array.from(LOGITS.flatMap((row) => [...row])), [2, 2, SIZE])
      const targets = new runtime.Tensor('int64', BigInt64Array.from(TARGETS, BigInt), [2, 2, 1])
      const output = 'millrace/log_probabilities'
      const { [output]: numbers } = await session.run({ x, 'millrace/targets': targets }, [output])
      LOGITS.forEach((row, i) => {
        const top = Math.max(...row)
        const expected = row[TARGETS[i]] - top - Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0))
        // Half-precision numbers around 150 and 1000 are an eighth and a half apart.
        expect(Number(numbers.data[i])).toBeCloseTo(expected, type === 'float32' ? 4 : 0)
      })
      await session.release()
    },
  )
})
