/**
 * Reads of an ONNX model (onnx.proto3 of onnx 1.16: ModelProto, GraphProto) what it takes to know its ends, and writes it
 * again with more nodes and other outputs. Weights are neither parsed nor copied more than the one time that the new file
 * needs. Left out: what lies inside nodes, training graphs, sparse initializers.
 */
import { ConfigError } from '../errors/errors.js'
import { type Field, Message } from '../io/protobuf.js'
import { bytesHeader, concatenate, type FieldValue, fieldPieces, writeMessage } from '../io/protobuf-writer.js'

/** TensorProto.DataType, those that matter here. */
export const ELEMENT = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const

/** A number, or the name of a dimension that each run sets; '' for one without a name. */
export type Dimension = number | string

export interface OnnxValue {
  readonly name: string
  /** TensorProto.DataType; 0 when the model does not say or the value is no tensor. */
  readonly elementType: number
  /** Null when the model does not say. */
  readonly shape: readonly Dimension[] | null
}

export interface OnnxFile {
  readonly name: string
  /** Version of the standard operators. */
  readonly opset: number
  /** What a run must be given: initializers are left out. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Dimensions of the initializers by name. */
  readonly weights: ReadonlyMap<string, readonly number[]>
  /** Files that hold weights, as the model names them, relative to its folder; sorted. */
  readonly externalFiles: readonly string[]
  /** All fields but the graph, and the graph's own. */
  readonly fields: readonly Field[]
  readonly graphFields: readonly Field[]
}

/** A node of a standard operator. */
export interface GraphNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

/** Inputs and nodes come behind the model's own, outputs replace them. */
export interface GraphChange {
  readonly nodes: readonly GraphNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Constants: lists of int64. */
  readonly int64s?: Readonly<Record<string, readonly number[]>>
}

const MODEL = { irVersion: 1, graph: 7, opsetImport: 8, functions: 25 } as const
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const

/** Throws ConfigError when the bytes are no ONNX model. @param name for messages */
export function readOnnxFile(bytes: Uint8Array, name: string): OnnxFile {
  const message = new Message(bytes, `ONNX model ${name}`)
  const fields: Field[] = []
  const graphFields: Field[] = []
  let opset = 0
  let irVersion = 0
  for (const field of message.fields()) {
    if (field.number === MODEL.graph) graphFields.push(...message.innerOf(field, 'graph').fields())
    else fields.push(field)
    if (field.number === MODEL.opsetImport)
      opset = Math.max(opset, standardOpset(message.innerOf(field, 'opset_import')))
    if (field.number === MODEL.irVersion) irVersion = message.integerOf(field, 'ir_version')
  }
  if (irVersion < 1 || opset < 1 || graphFields.length === 0) {
    throw new ConfigError(
      `${message.name}: expected ir_version, opset_import and graph, ` +
        `got version ${irVersion}, opset ${opset}, ${graphFields.length} fields in the graph`,
    )
  }
  const weights = new Map<string, readonly number[]>()
  const externalFiles = new Set<string>()
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  for (const field of graphFields) {
    if (field.number === GRAPH.input) inputs.push(readValue(message.innerOf(field, 'input')))
    else if (field.number === GRAPH.output) outputs.push(readValue(message.innerOf(field, 'output')))
    else if (field.number === GRAPH.initializer) {
      const { name: weight, dims, location } = readTensorHead(message.innerOf(field, 'initializer'))
      weights.set(weight, dims)
      if (location !== null) externalFiles.add(location)
    }
  }
  return {
    name: message.name,
    opset,
    inputs: inputs.filter((input) => !weights.has(input.name)),
    outputs,
    weights,
    externalFiles: [...externalFiles].sort(),
    fields,
    graphFields,
  }
}

/** Whether a node, one inside a branch or function too, says this word: the beginning of an operator's name, say. */
export function mentions({ fields, graphFields }: OnnxFile, word: string): boolean {
  return [
    ...graphFields.filter(({ number }) => number === GRAPH.node),
    ...fields.filter(({ number }) => number === MODEL.functions),
  ].some(
    (field) =>
      field.kind === 'bytes' &&
      Buffer.from(field.bytes.buffer, field.bytes.byteOffset, field.bytes.length).includes(word),
  )
}

/** The model's bytes after the change. */
export function writeOnnxFile({ fields, graphFields }: OnnxFile, change: GraphChange): Uint8Array {
  const graph = [
    ...graphFields.filter(({ number }) => number !== GRAPH.output).flatMap(piecesOf),
    ...change.nodes.flatMap((node) => fieldPieces(GRAPH.node, encodeNode(node))),
    ...Object.entries(change.int64s ?? {}).flatMap((entry) => fieldPieces(GRAPH.initializer, encodeInt64s(...entry))),
    ...change.inputs.flatMap((value) => fieldPieces(GRAPH.input, encodeValue(value))),
    ...change.outputs.flatMap((value) => fieldPieces(GRAPH.output, encodeValue(value))),
  ]
  const lengthBytes = graph.reduce((sum, { length }) => sum + length, 0)
  return concatenate([...fields.flatMap(piecesOf), ...bytesHeader(MODEL.graph, lengthBytes), ...graph])
}

const NOTHING = { name: '', opset: 0, inputs: [], outputs: [], weights: new Map(), externalFiles: [] } as const

/** A model of this graph alone. */
export function newOnnxFile(graph: GraphChange): Uint8Array {
  const fields: Field[] = [
    { kind: 'varint', number: MODEL.irVersion, value: 8n },
    { kind: 'bytes', number: MODEL.opsetImport, bytes: writeMessage([2, 17n]) },
  ]
  const graphFields: Field[] = [{ kind: 'bytes', number: GRAPH.name, bytes: Buffer.from('graph') }]
  return writeOnnxFile({ ...NOTHING, fields, graphFields }, graph)
}

function piecesOf(field: Field): Uint8Array[] {
  if (field.kind === 'varint') return fieldPieces(field.number, field.value)
  if (field.kind === 'bytes') return fieldPieces(field.number, field.bytes)
  throw new ConfigError(`expected no field of a fixed length in a model or graph, got field ${field.number}`)
}

// ---- messages, written ----

function encodeNode({ operator, inputs, output, attributes = {} }: GraphNode): Uint8Array {
  return writeMessage(
    ...inputs.map((name): [number, FieldValue] => [1, name]),
    [2, output],
    [3, output],
    [4, operator],
    ...Object.entries(attributes).map((entry): [number, FieldValue] => [5, encodeAttribute(...entry)]),
  )
}

/** AttributeProto of type INT (2) or INTS (7). */
function encodeAttribute(name: string, value: number | readonly number[]): Uint8Array {
  if (typeof value === 'number') return writeMessage([1, name], [3, BigInt(value)], [20, 2n])
  return writeMessage([1, name], ...value.map((item): [number, FieldValue] => [8, BigInt(item)]), [20, 7n])
}

function encodeInt64s(name: string, values: readonly number[]): Uint8Array {
  const fields = values.map((value): [number, FieldValue] => [7, BigInt(value)])
  return writeMessage([1, BigInt(values.length)], [2, BigInt(ELEMENT.int64)], [8, name], ...fields)
}

function encodeValue({ name, elementType, shape }: OnnxValue): Uint8Array {
  const dims = (shape ?? []).map((dim): [number, FieldValue] => [
    1,
    typeof dim === 'number' ? writeMessage([1, BigInt(dim)]) : writeMessage(...(dim === '' ? [] : [[2, dim] as const])),
  ])
  const tensor = writeMessage([1, BigInt(elementType)], [2, writeMessage(...dims)])
  return writeMessage([1, name], [2, writeMessage([1, tensor])])
}

// ---- messages, read ----

/** The version, or 0 when this import is of another domain. */
function standardOpset(message: Message): number {
  let domain = ''
  let version = 0
  for (const field of message.fields()) {
    if (field.number === 1) domain = message.textOf(field, 'domain')
    else if (field.number === 2) version = message.integerOf(field, 'version')
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0
}

/** ValueInfoProto: name, type.tensor_type.{elem_type, shape.dim[]}. */
function readValue(message: Message): OnnxValue {
  let name = ''
  let elementType = 0
  let shape: Dimension[] | null = null
  for (const field of message.fields()) {
    if (field.number === 1) name = message.textOf(field, 'name')
    if (field.number !== 2) continue
    const type = message.innerOf(field, 'type')
    for (const kind of type.fields()) {
      if (kind.number !== 1) continue
      const tensor = type.innerOf(kind, 'tensor_type')
      for (const part of tensor.fields()) {
        if (part.number === 1) elementType = tensor.integerOf(part, 'elem_type')
        else if (part.number === 2) shape = readShape(tensor.innerOf(part, 'shape'))
      }
    }
  }
  return { name, elementType, shape }
}

function readShape(message: Message): Dimension[] {
  const shape: Dimension[] = []
  for (const field of message.fields()) {
    if (field.number !== 1) continue
    const dimension = message.innerOf(field, 'dim')
    let value: Dimension = ''
    for (const part of dimension.fields()) {
      if (part.number === 1) value = dimension.integerOf(part, 'dim_value')
      else if (part.number === 2) value = dimension.textOf(part, 'dim_param')
    }
    shape.push(value)
  }
  return shape
}

/** Name and dimensions of a TensorProto, and the file that holds its values unless it does so itself. */
function readTensorHead(message: Message): { name: string; dims: number[]; location: string | null } {
  let name = ''
  const dims: number[] = []
  let location: string | null = null
  let external = false
  for (const field of message.fields()) {
    if (field.number === 1) dims.push(...integersOf(message, field))
    else if (field.number === 8) name = message.textOf(field, 'name')
    else if (field.number === 14) external = message.integerOf(field, 'data_location') === 1
    else if (field.number === 13) location = readLocation(message.innerOf(field, 'external_data')) ?? location
  }
  return { name, dims, location: external ? location : null }
}

/** Repeated numbers stand one a field, or packed into one. */
function integersOf(message: Message, field: Field): number[] {
  if (field.kind === 'varint') return [Number(field.value)]
  return message.innerOf(field, 'dims').varints('dims')
}

/** StringStringEntryProto: the value where the key is `location`. */
function readLocation(message: Message): string | null {
  let key = ''
  let value = ''
  for (const field of message.fields()) {
    if (field.number === 1) key = message.textOf(field, 'key')
    else if (field.number === 2) value = message.textOf(field, 'value')
  }
  return key === 'location' ? value : null
}
