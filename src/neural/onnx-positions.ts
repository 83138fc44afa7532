/**
 * How many positions a model has, and how many ids, from its tables: learned position embeddings (GPT-2, OPT), or the cosines of rotary ones
 * where the exporter wrote them down. A CPU refuses to read past a table's end; WebGPU reads on without a word, and what it
 * finds there gives numbers that look right.
 */
import { Message } from '../io/protobuf.js'
import type { OnnxFile } from './onnx-file.js'

const GRAPH_NODE = 1
const IDS = 'input_ids'
/** Operators that look up rows of a table, and which of their inputs it is. Those behind Gather are onnxruntime's own. */
const TABLE_INPUT: ReadonlyMap<string, number> = new Map([
  ['Gather', 0],
  ['com.microsoft.RotaryEmbedding', 2],
  ['com.microsoft.GroupQueryAttention', 7],
])
/** Smaller tables are no positions: kinds of tokens, say. */
const POSITIONS_MIN = 32

/** Null where no table tells: how many ids the model has embeddings for. */
export function embeddingsIn({ graphFields, weights, name }: OnnxFile): number | null {
  for (const field of graphFields) {
    if (field.number !== GRAPH_NODE || field.kind !== 'bytes') continue
    const { operator, inputs } = readNode(new Message(field.bytes, name))
    if (operator === 'Gather' && inputs[1] === IDS) return weights.get(inputs[0] ?? '')?.[0] ?? null
  }
  return null
}

/** Null where no table tells. Where a model skips the first rows (OPT skips 2), rows that are too long by that many pass. */
export function positionsIn({ graphFields, weights, name }: OnnxFile): number | null {
  let least: number | null = null
  for (const field of graphFields) {
    if (field.number !== GRAPH_NODE || field.kind !== 'bytes') continue
    const { operator, inputs } = readNode(new Message(field.bytes, name))
    const table = TABLE_INPUT.get(operator)
    if (table === undefined || inputs[1] === IDS) continue
    const dims = weights.get(inputs[table] ?? '')
    const rows = dims?.length === 2 ? (dims[0] ?? 0) : 0
    if (rows >= POSITIONS_MIN) least = Math.min(least ?? rows, rows)
  }
  return least
}

/** NodeProto: the operator with its domain unless that is the standard one, and the names of its inputs. */
function readNode(message: Message): { operator: string; inputs: string[] } {
  let operator = ''
  let domain = ''
  const inputs: string[] = []
  for (const field of message.fields()) {
    if (field.number === 1) inputs.push(message.textOf(field, 'input'))
    else if (field.number === 4) operator = message.textOf(field, 'op_type')
    else if (field.number === 7) domain = message.textOf(field, 'domain')
  }
  return { operator: domain === '' || domain === 'ai.onnx' ? operator : `${domain}.${operator}`, inputs }
}
