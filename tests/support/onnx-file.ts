/** Writes ONNX models (onnx.proto3 of onnx 1.16), as far as tests need them. The reader is `src/neural/onnx-file.ts`. */
import { type FieldValue, writeMessage as message } from '../../src/io/protobuf-writer.js'

export const ELEMENT = { float32: 1n, int32: 6n, int64: 7n, bool: 9n, float16: 10n } as const
export type ElementType = keyof typeof ELEMENT

export type Dimension = number | string
type Fields = (readonly [number: number, value: FieldValue])[]
type Attribute = number | { readonly float: number } | readonly number[]

export interface ExternalData {
  readonly location: string
  readonly offset: number
  readonly length: number
}

export function tensor(name: string, type: ElementType, dims: readonly number[], data: Uint8Array | ExternalData) {
  const fields: Fields = dims.map((dim) => [1, BigInt(dim)])
  fields.push([2, ELEMENT[type]], [8, name])
  if (data instanceof Uint8Array) return message(...fields, [9, data])
  const entries = Object.entries(data).map(([key, value]): [number, FieldValue] => [
    13,
    message([1, key], [2, `${value}`]),
  ])
  return message(...fields, ...entries, [14, 1n])
}

export function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): Uint8Array {
  const shape = message(
    ...dims.map((dim): [number, FieldValue] => [1, message(typeof dim === 'number' ? [1, BigInt(dim)] : [2, dim])]),
  )
  return message([1, name], [2, message([1, message([1, ELEMENT[type]], [2, shape])])])
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number') return message([1, name], [3, BigInt(value)], [20, 2n])
  if ('float' in value) return message([1, name], [2, value], [20, 1n])
  return message([1, name], ...value.map((item): [number, FieldValue] => [8, BigInt(item)]), [20, 7n])
}

/** A graph in the making: `op` adds a node and gives the name of its first output. */
export class Graph {
  private readonly fields: Fields = []
  private count = 0

  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    as?: string | readonly string[],
  ): string {
    const outputs = typeof as === 'string' ? [as] : (as ?? [`${type.toLowerCase()}_${this.count}`])
    this.count++
    const names = (number: number, list: readonly string[]) => list.map((name): [number, FieldValue] => [number, name])
    const given = Object.entries(attributes).map(([name, value]): [number, FieldValue] => [5, attribute(name, value)])
    this.fields.push([1, message(...names(1, inputs), ...names(2, outputs), [3, outputs[0]], [4, type], ...given)])
    return outputs[0]
  }

  initializer(name: string, type: ElementType, dims: readonly number[], data: Uint8Array | ExternalData): string {
    this.fields.push([5, tensor(name, type, dims, data)])
    return name
  }

  int64(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = `int64_${this.count++}`
    return this.initializer(name, 'int64', dims, new Uint8Array(BigInt64Array.from(values, BigInt).buffer))
  }

  input(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.fields.push([11, valueInfo(name, type, dims)])
    return name
  }

  output(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.fields.push([12, valueInfo(name, type, dims)])
    return name
  }

  model(opset: number): Uint8Array {
    return message(
      [1, 8n],
      [2, 'test'],
      [7, message(...this.fields, [2, 'causal-lm'])],
      [8, message([1, ''], [2, BigInt(opset)])],
    )
  }
}
