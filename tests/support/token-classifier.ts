/** Small classifiers in ONNX whose numbers are known by hand: a row of a table for each id. */
import { type ElementType, Graph } from './onnx-file.js'

export interface TableModel {
  readonly idCount: number
  readonly labelCount: number
  /** ids × labels */
  readonly table: Float32Array
}

interface Inputs {
  readonly type?: ElementType
  readonly tokenTypes?: boolean
  readonly positions?: number
}

/** logits of a token: the row of its id, with nothing of its neighbors; `positions` rows of zeros are added, as BERT's. */
export function tokenClassifier({ idCount, labelCount, table }: TableModel, inputs: Inputs = {}): Uint8Array {
  const graph = new Graph()
  const rows = lookUp(graph, { idCount, labelCount, table }, inputs)
  graph.op('Identity', [rows], {}, 'logits')
  graph.output('logits', inputs.type ?? 'float32', ['rows', 'columns', labelCount])
  return graph.model(17)
}

/** logits of a row: the mean of the rows of its ids, padding left out. */
export function meanClassifier({ idCount, labelCount, table }: TableModel, inputs: Inputs = {}): Uint8Array {
  const { type = 'float32' } = inputs
  const graph = new Graph()
  const rows = lookUp(graph, { idCount, labelCount, table }, inputs)
  const mask = graph.op('Cast', [graph.op('Unsqueeze', ['attention_mask', graph.int64([2])])], {
    to: type === 'float32' ? 1 : 10,
  })
  const sum = graph.op('ReduceSum', [graph.op('Mul', [rows, mask]), graph.int64([1])], { keepdims: 0 })
  const count = graph.op('ReduceSum', [mask, graph.int64([1])], { keepdims: 0 })
  graph.op('Div', [sum, count], {}, 'logits')
  graph.output('logits', type, ['rows', labelCount])
  return graph.model(17)
}

function lookUp(
  graph: Graph,
  model: TableModel,
  { type = 'float32', tokenTypes = false, positions = 0 }: Inputs,
): string {
  const { idCount, labelCount, table } = model
  graph.input('input_ids', 'int64', ['rows', 'columns'])
  graph.input('attention_mask', 'int64', ['rows', 'columns'])
  const floats = (name: string, dims: readonly number[], values: Float32Array) =>
    graph.initializer(name, type, dims, type === 'float32' ? new Uint8Array(values.buffer) : halves(values))
  let rows = graph.op('Gather', [floats('embeddings', [idCount, labelCount], table), 'input_ids'])
  if (tokenTypes) {
    graph.input('token_type_ids', 'int64', ['rows', 'columns'])
    // A text of its own is of type 0: that of the second of a pair would be heard.
    const types = Float32Array.from({ length: 2 * labelCount }, (_, i) => (i < labelCount ? 0 : 1000))
    rows = graph.op('Add', [rows, graph.op('Gather', [floats('types', [2, labelCount], types), 'token_type_ids'])])
  }
  if (positions > 0) {
    const places = graph.op('Sub', [
      graph.op('CumSum', [
        graph.op('Add', [graph.op('Mul', ['input_ids', graph.int64([0], [1])]), graph.int64([1])]),
        graph.int64([1], []),
      ]),
      graph.int64([1]),
    ])
    const zeros = floats('positions', [positions, labelCount], new Float32Array(positions * labelCount))
    rows = graph.op('Add', [rows, graph.op('Gather', [zeros, places])])
  }
  return rows
}

/** Half precision of numbers that it holds exactly: whole ones up to 2048, halves and quarters of small ones. */
function halves(values: Float32Array): Uint8Array {
  const out = Uint16Array.from(values, (value) => {
    if (value === 0) return 0
    const exponent = Math.floor(Math.log2(Math.abs(value)))
    const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024)
    return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction
  })
  return new Uint8Array(out.buffer)
}
