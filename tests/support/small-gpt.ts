/**
 * A small model in the form of GPT-2 (Radford et al. 2019): learned positions, layer norm before each block, causal
 * attention of several heads, gelu by tanh, the head tied to the embedding. Once as an ONNX graph, once as a plain forward
 * pass in double precision, on the same seeded weights.
 */
import { type ElementType, Graph } from './onnx-file.js'
import { Random } from './random.js'

export interface SmallGptOptions {
  /** Weights and arithmetic of the graph; the forward pass reads the weights as rounded to it. */
  readonly type?: 'float32' | 'float16'
  /** As exported with a cache: position_ids and past_key_values.*, present.* beside the logits. */
  readonly cache?: boolean
  readonly vocabularySize?: number
  readonly contextTokens?: number
  readonly width?: number
  readonly heads?: number
  readonly layers?: number
  /** Where the embedding lies instead of in the model. */
  readonly externalEmbedding?: string
  /** The logits' last dimension by name, as some exporters leave it. */
  readonly namedVocabulary?: boolean
  /** Logits that went through a LogSoftmax already, which onnxruntime has no kernel for on WebGPU. */
  readonly normalizedLogits?: boolean
  /** What enters the head is rounded to 8 bits by the largest of the whole batch, as `quantize_dynamic` has it. */
  readonly dynamicQuantization?: boolean
  readonly opset?: number
}

interface Tensor {
  readonly dims: readonly number[]
  readonly values: Float32Array
}

const EPSILON = 1e-5
const GELU_SCALE = Math.sqrt(2 / Math.PI)
const GELU_CUBE = 0.044715

export class SmallGpt {
  readonly type: 'float32' | 'float16'
  readonly vocabularySize: number
  readonly contextTokens: number
  readonly width: number
  readonly heads: number
  readonly layers: number
  private readonly weights = new Map<string, Tensor>()

  constructor(
    seed: number,
    private readonly options: SmallGptOptions = {},
  ) {
    this.type = options.type ?? 'float32'
    this.vocabularySize = options.vocabularySize ?? 97
    this.contextTokens = options.contextTokens ?? 48
    this.width = options.width ?? 32
    this.heads = options.heads ?? 4
    this.layers = options.layers ?? 2
    const random = new Random(seed)
    const { width } = this
    // Scales that leave the next id neither certain nor evenly spread.
    const add = (name: string, dims: readonly number[], scale: number, mean = 0): void => {
      const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => mean + scale * normal(random))
      this.weights.set(name, { dims, values: this.type === 'float16' ? values.map(roundToHalf) : values })
    }
    // In half precision, logits small enough that their own rounding stays below a test's 1e-3.
    add('wte', [this.vocabularySize, width], this.type === 'float16' ? 0.15 : 0.4)
    add('wpe', [this.contextTokens, width], 0.3)
    for (const block of [...Array(this.layers).keys()].map((layer) => `h${layer}`)) {
      for (const norm of ['ln1', 'ln2']) {
        add(`${block}.${norm}.weight`, [width], 0.2, 1)
        add(`${block}.${norm}.bias`, [width], 0.1)
      }
      for (const [name, rows, columns] of [
        ['attention', width, 3 * width],
        ['projection', width, width],
        ['up', width, 4 * width],
        ['down', 4 * width, width],
      ] as const) {
        add(`${block}.${name}.weight`, [rows, columns], 1.2 / Math.sqrt(rows))
        add(`${block}.${name}.bias`, [columns], 0.1)
      }
    }
    add('ln.weight', [width], 0.2, 1)
    add('ln.bias', [width], 0.1)
  }

  // ---- the plain forward pass ----

  /** ln p(ids[i + 1] | ids[0 … i]) for each i. */
  logProbabilities(ids: readonly number[]): number[] {
    const logits = this.logits(ids)
    return ids.slice(1).map((id, i) => {
      const row = logits[i]
      const top = Math.max(...row)
      return row[id] - top - Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0))
    })
  }

  private logits(ids: readonly number[]): number[][] {
    const { width } = this
    let state = ids.map((id, i) => add(this.row('wte', id), this.row('wpe', i)))
    for (let layer = 0; layer < this.layers; layer++) {
      const block = `h${layer}`
      const mixed = this.attention(
        block,
        state.map((x) => this.norm(`${block}.ln1`, x)),
      )
      state = state.map((x, i) => add(x, this.linear(`${block}.projection`, mixed[i])))
      state = state.map((x) => {
        const up = this.linear(`${block}.up`, this.norm(`${block}.ln2`, x)).map(gelu)
        return add(x, this.linear(`${block}.down`, up))
      })
    }
    return state.map((x) => {
      const last = this.norm('ln', x)
      return Array.from({ length: this.vocabularySize }, (_, id) => dot(last, this.row('wte', id), width))
    })
  }

  private attention(block: string, state: readonly number[][]): number[][] {
    const { width, heads } = this
    const size = width / heads
    const all = state.map((x) => this.linear(`${block}.attention`, x))
    return all.map((own, i) => {
      const mixed: number[] = []
      for (let head = 0; head < heads; head++) {
        const part = (x: readonly number[], which: number) =>
          x.slice(which * width + head * size, which * width + (head + 1) * size)
        const scores = all.slice(0, i + 1).map((other) => dot(part(own, 0), part(other, 1), size) / Math.sqrt(size))
        const top = Math.max(...scores)
        const weights = scores.map((score) => Math.exp(score - top))
        const total = weights.reduce((a, b) => a + b)
        for (let k = 0; k < size; k++) {
          mixed.push(weights.reduce((sum, weight, j) => sum + (weight / total) * part(all[j], 2)[k], 0))
        }
      }
      return mixed
    })
  }

  private norm(name: string, x: readonly number[]): number[] {
    const mean = x.reduce((a, b) => a + b) / x.length
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
    const weight = this.values(`${name}.weight`)
    const bias = this.values(`${name}.bias`)
    return x.map((value, i) => ((value - mean) / Math.sqrt(variance + EPSILON)) * weight[i] + bias[i])
  }

  private linear(name: string, x: readonly number[]): number[] {
    const weight = this.values(`${name}.weight`)
    const bias = this.values(`${name}.bias`)
    return Array.from(bias, (value, column) =>
      x.reduce((sum, item, row) => sum + item * weight[row * bias.length + column], value),
    )
  }

  private row(name: string, index: number): number[] {
    return [...this.values(name).subarray(index * this.width, (index + 1) * this.width)]
  }

  private values(name: string): Float32Array {
    return this.tensor(name).values
  }

  private tensor(name: string): Tensor {
    const tensor = this.weights.get(name)
    if (tensor === undefined) throw new Error(`no weight ${name}`)
    return tensor
  }

  // ---- the ONNX graph ----

  /** What lies in the file of `externalEmbedding`. */
  externalBytes(): Uint8Array {
    return bytesOf(this.values('wte'), this.type)
  }

  onnx(): Uint8Array {
    const { type, options } = this
    const graph = new Graph()
    graph.input('input_ids', 'int64', ['batch_size', 'sequence_length'])
    graph.input('attention_mask', 'int64', ['batch_size', 'past_sequence_length + sequence_length'])
    for (const [name, { dims, values }] of this.weights) {
      const bytes = bytesOf(values, type)
      const location = name === 'wte' ? options.externalEmbedding : undefined
      const data = location === undefined ? bytes : { location, offset: 0, length: bytes.length }
      graph.initializer(name, type, dims, data)
    }
    const shape = graph.op('Shape', ['input_ids'])
    const length = graph.op('Gather', [shape, graph.int64([1])])
    const past = options.cache ? this.pastLength(graph) : graph.int64([0])
    const mask = this.graphMask(graph, length, past)
    let state = graph.op('Add', [graph.op('Gather', ['wte', 'input_ids']), this.graphPositions(graph, length)])
    for (let layer = 0; layer < this.layers; layer++) {
      const block = `h${layer}`
      const mixed = this.graphAttention(graph, layer, this.graphNorm(graph, `${block}.ln1`, state), mask)
      state = graph.op('Add', [state, this.graphLinear(graph, `${block}.projection`, mixed)])
      const up = this.graphLinear(graph, `${block}.up`, this.graphNorm(graph, `${block}.ln2`, state))
      state = graph.op('Add', [state, this.graphLinear(graph, `${block}.down`, this.graphGelu(graph, up))])
    }
    const head = graph.op('Transpose', ['wte'], { perm: [1, 0] })
    const last = this.graphNorm(graph, 'ln', state)
    const output = graph.op('MatMul', [options.dynamicQuantization ? this.graphRounded(graph, last) : last, head])
    graph.op(options.normalizedLogits ? 'LogSoftmax' : 'Identity', [output], {}, 'logits')
    graph.output('logits', type, [
      'batch_size',
      'sequence_length',
      options.namedVocabulary ? 'vocabulary' : this.vocabularySize,
    ])
    return graph.model(options.opset ?? 17)
  }

  private pastLength(graph: Graph): string {
    const size = this.width / this.heads
    for (let layer = 0; layer < this.layers; layer++) {
      for (const part of ['key', 'value']) {
        graph.input(`past_key_values.${layer}.${part}`, this.type, [
          'batch_size',
          this.heads,
          'past_sequence_length',
          size,
        ])
        graph.output(`present.${layer}.${part}`, this.type, ['batch_size', this.heads, 'total', size])
      }
    }
    return graph.op('Gather', [graph.op('Shape', ['past_key_values.0.key']), graph.int64([2])])
  }

  private graphPositions(graph: Graph, length: string): string {
    if (this.options.cache)
      return graph.op('Gather', ['wpe', graph.input('position_ids', 'int64', ['batch_size', 'sequence_length'])])
    const positions = graph.op('Range', [graph.int64([0], []), graph.op('Squeeze', [length]), graph.int64([1], [])])
    return graph.op('Gather', ['wpe', positions])
  }

  /** True where a query (row) sees a key (column): [batch, 1, length, past + length]. */
  private graphMask(graph: Graph, length: string, past: string): string {
    const total = graph.op('Add', [past, length])
    const square = graph.op('Concat', [length, total], { axis: 0 })
    const ones = graph.op('Expand', [graph.int64([1]), square])
    const causal = graph.op('Trilu', [ones, graph.op('Squeeze', [past])], { upper: 0 })
    const given = graph.op('Unsqueeze', ['attention_mask', graph.int64([1, 2])])
    return graph.op('Cast', [graph.op('Mul', [given, causal])], { to: 9 })
  }

  private graphAttention(graph: Graph, layer: number, state: string, mask: string): string {
    const { heads, width } = this
    const all = this.graphLinear(graph, `h${layer}.attention`, state)
    const split = (index: number): string => {
      const part = graph.op('Slice', [
        all,
        graph.int64([index * width]),
        graph.int64([(index + 1) * width]),
        graph.int64([2]),
      ])
      const byHead = graph.op('Reshape', [part, graph.int64([0, 0, heads, width / heads])])
      return graph.op('Transpose', [byHead], { perm: [0, 2, 1, 3] })
    }
    const withPast = (index: number, part: string): string => {
      const present = split(index)
      if (!this.options.cache) return present
      const name = `${layer}.${part}`
      return graph.op('Concat', [`past_key_values.${name}`, present], { axis: 2 }, `present.${name}`)
    }
    const query = split(0)
    const keys = graph.op('Transpose', [withPast(1, 'key')], { perm: [0, 1, 3, 2] })
    const scores = graph.op('Mul', [
      graph.op('MatMul', [query, keys]),
      this.scalar(graph, 1 / Math.sqrt(width / heads)),
    ])
    const weights = graph.op('Softmax', [graph.op('Where', [mask, scores, this.scalar(graph, -60000)])], { axis: -1 })
    const mixed = graph.op('Transpose', [graph.op('MatMul', [weights, withPast(2, 'value')])], { perm: [0, 2, 1, 3] })
    return graph.op('Reshape', [mixed, graph.int64([0, 0, width])])
  }

  private graphNorm(graph: Graph, name: string, state: string): string {
    return graph.op('LayerNormalization', [state, `${name}.weight`, `${name}.bias`], { epsilon: { float: EPSILON } })
  }

  private graphLinear(graph: Graph, name: string, state: string): string {
    return graph.op('Add', [graph.op('MatMul', [state, `${name}.weight`]), `${name}.bias`])
  }

  private graphGelu(graph: Graph, x: string): string {
    const cube = graph.op('Mul', [graph.op('Mul', [x, x]), x])
    const inner = graph.op('Add', [x, graph.op('Mul', [cube, this.scalar(graph, GELU_CUBE)])])
    const tanh = graph.op('Tanh', [graph.op('Mul', [inner, this.scalar(graph, GELU_SCALE)])])
    const half = graph.op('Mul', [x, this.scalar(graph, 0.5)])
    return graph.op('Mul', [half, graph.op('Add', [tanh, this.scalar(graph, 1)])])
  }

  private graphRounded(graph: Graph, x: string): string {
    const rounded = ['rounded', 'scale', 'zero_point']
    graph.op('DynamicQuantizeLinear', [x], {}, rounded)
    return graph.op('DequantizeLinear', rounded)
  }

  private scalars = 0
  private scalar(graph: Graph, value: number): string {
    return graph.initializer(`scalar_${this.scalars++}`, this.type, [], bytesOf(Float32Array.of(value), this.type))
  }
}

// ---- numbers ----

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i])
}

function dot(a: readonly number[], b: readonly number[], length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += a[i] * b[i]
  return sum
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(GELU_SCALE * (x + GELU_CUBE * x ** 3)))
}

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

function bytesOf(values: Float32Array, type: ElementType): Uint8Array {
  return new Uint8Array((type === 'float16' ? Uint16Array.from(values, halfBits) : Float32Array.from(values)).buffer)
}

const HALF_MANTISSA = 10

/** To the nearest half-precision number, ties to even; the tests' weights are normal numbers or small. */
export function roundToHalf(value: number): number {
  if (value === 0) return 0
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14)
  const step = 2 ** (exponent - HALF_MANTISSA)
  const scaled = value / step
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) * step
}

export function halfBits(value: number): number {
  const rounded = roundToHalf(value)
  const sign = rounded < 0 || Object.is(rounded, -0) ? 0x8000 : 0
  const size = Math.abs(rounded)
  if (size < 2 ** -14) return sign | Math.round(size / 2 ** -24)
  const exponent = Math.floor(Math.log2(size))
  return sign | ((exponent + 15) << HALF_MANTISSA) | Math.round((size / 2 ** exponent - 1) * 2 ** HALF_MANTISSA)
}
