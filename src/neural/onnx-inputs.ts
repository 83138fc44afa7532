/**
 * What exported language models and classifiers ask for beside the ids, and what they are given: one pass over whole rows, nothing
 * cached. The names are those of exports by Hugging Face optimum and transformers.js; an input of another name is refused,
 * as a guess would give wrong numbers in silence.
 */
import { ConfigError } from '../errors/errors.js'
import { ELEMENT, type OnnxFile, type OnnxValue } from './onnx-file.js'
import type { Feeds, OnnxRuntime, Tensor, TensorType } from './onnxruntime.js'

/** Ids of several rows, padded on the right to the longest. */
export interface TokenMatrix {
  readonly rows: number
  readonly columns: number
  /** rows × columns, row after row. Padding is id 0, which every model has. */
  readonly ids: Int32Array
  /** Ids of each row before the padding. */
  readonly lengths: readonly number[]
}

type Fill = (matrix: TokenMatrix) => Tensor

const IDS = 'input_ids'

/** Gives all inputs of the model for some rows. Throws ConfigError for a model that wants what is not known here. */
export function planFeeds(file: OnnxFile, runtime: OnnxRuntime): (matrix: TokenMatrix) => Feeds {
  const ids = file.inputs.find(({ name }) => name === IDS)
  if (ids === undefined || ids.shape?.length !== 2) {
    const names = file.inputs.map(({ name }) => JSON.stringify(name)).join(', ')
    throw new ConfigError(`${file.name}: expected an input "${IDS}" of 2 dimensions, got inputs ${names || 'none'}`)
  }
  const [rows = ''] = ids.shape
  if (ids.shape.some((dimension) => typeof dimension === 'number')) {
    throw new ConfigError(
      `${file.name}: ${IDS}: expected rows and columns of any number, got a shape fixed at ${ids.shape.join(' × ')}`,
    )
  }
  const fills = file.inputs.map((input) => [input.name, planFeed(file, input, rows, runtime)] as const)
  return (matrix) => Object.fromEntries(fills.map(([name, fill]) => [name, fill(matrix)]))
}

function planFeed(file: OnnxFile, input: OnnxValue, rowsName: number | string, runtime: OnnxRuntime): Fill {
  const { name } = input
  if (name === IDS) return integers(file, input, runtime, ({ ids }) => ids)
  if (name === 'attention_mask') return integers(file, input, runtime, maskOf)
  // One text a row, no pairs.
  if (name === 'token_type_ids') {
    return integers(file, input, runtime, ({ rows, columns }) => new Int32Array(rows * columns))
  }
  if (name === 'position_ids') return integers(file, input, runtime, positionsOf)
  if (name.startsWith('past_key_values.')) return emptyPast(file, input, rowsName, runtime)
  // The graph is for both: without a cache, and after one.
  if (name === 'use_cache_branch') return () => new runtime.Tensor('bool', new Uint8Array(1), [1])
  // 0 for the logits of all positions.
  if (name === 'num_logits_to_keep') return () => new runtime.Tensor('int64', new BigInt64Array(1), [])
  throw new ConfigError(
    `${file.name}: input ${JSON.stringify(name)}: expected a causal language model's inputs ` +
      '(input_ids, attention_mask, token_type_ids, position_ids, past_key_values.*, use_cache_branch, num_logits_to_keep)',
  )
}

function integers(
  file: OnnxFile,
  { name, elementType }: OnnxValue,
  runtime: OnnxRuntime,
  values: (matrix: TokenMatrix) => Int32Array,
): Fill {
  if (elementType === ELEMENT.int64) {
    return (matrix) => new runtime.Tensor('int64', widen(values(matrix)), [matrix.rows, matrix.columns])
  }
  if (elementType === ELEMENT.int32) {
    return (matrix) => new runtime.Tensor('int32', values(matrix), [matrix.rows, matrix.columns])
  }
  throw new ConfigError(`${file.name}: input ${name}: expected int64 or int32, got element type ${elementType}`)
}

/** Non-negative numbers as int64: their low halves, written as such, since a BigInt for each takes longer than the rest. */
export function widen(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const halves = new Int32Array(wide.buffer)
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i]
  return wide
}

function maskOf({ rows, columns, lengths }: TokenMatrix): Int32Array {
  const mask = new Int32Array(rows * columns)
  lengths.forEach((length, row) => {
    mask.fill(1, row * columns, row * columns + length)
  })
  return mask
}

function positionsOf({ rows, columns }: TokenMatrix): Int32Array {
  return Int32Array.from({ length: rows * columns }, (_, i) => i % columns)
}

/** A cache of length 0: the dimension that is called as the ids' rows is theirs, every other one that is open is 0. */
function emptyPast(file: OnnxFile, input: OnnxValue, rowsName: number | string, runtime: OnnxRuntime): Fill {
  const { name, elementType, shape } = input
  const types: Readonly<Record<number, TensorType>> = { [ELEMENT.float32]: 'float32', [ELEMENT.float16]: 'float16' }
  const type = types[elementType]
  if (type === undefined || shape === null) {
    throw new ConfigError(
      `${file.name}: input ${name}: expected float32 or float16 with a shape, got element type ${elementType}`,
    )
  }
  const isRows = (dimension: number | string, i: number) => dimension === rowsName && (dimension !== '' || i === 0)
  if (!shape.some((dimension, i) => typeof dimension === 'string' && !isRows(dimension, i))) {
    throw new ConfigError(`${file.name}: input ${name}: expected a length that may be 0, got ${shape.join(' × ')}`)
  }
  const none = type === 'float32' ? new Float32Array(0) : new Uint16Array(0)
  return ({ rows }) => {
    const dims = shape.map((dimension, i) =>
      typeof dimension === 'number' ? dimension : isRows(dimension, i) ? rows : 0,
    )
    return new runtime.Tensor(type, none, dims)
  }
}
