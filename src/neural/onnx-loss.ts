/**
 * Appends the loss to the graph of a causal language model, so that one number a token leaves the device in place of one
 * for every entry of the vocabulary: from `logits` [rows, columns, vocabulary] and an input of target ids
 * [rows, columns, 1] comes ln p(target) [rows, columns, 1]. All other outputs (the key and value cache) are taken off.
 *
 * It is computed in single precision whatever the model's own, as a sum over a vocabulary in half precision is off in the
 * second decimal. Two forms of the same, because of what onnxruntime 1.30 does:
 * - `LogSoftmax` then `GatherElements` (CPU, CUDA): the fastest, stable for all logits.
 * - On WebGPU `LogSoftmax` has no kernel: onnxruntime would compute it on the CPU without a word and bring all logits there.
 *   `ReduceLogSumExp` has one, but without subtracting the maximum (at logits of -150 it is off by 30), so that is done
 *   before it.
 */
import { ConfigError } from '../errors/errors.js'
import { ELEMENT, type GraphChange, type GraphNode, type OnnxFile, type OnnxValue, writeOnnxFile } from './onnx-file.js'
import type { OnnxDevice } from './onnxruntime.js'

export const TARGETS = 'millrace/targets'
export const LOG_PROBABILITIES = 'millrace/log_probabilities'
/** Only where the model does not say how large its vocabulary is. */
export const LOGITS_SHAPE = 'millrace/logits_shape'

const LOGITS = 'logits'
/** GatherElements came with it. */
const OPSET_MIN = 11
/** From here on reductions take their axes as an input. */
const OPSET_AXES_AS_INPUT = 18

export interface ModelWithLoss {
  readonly bytes: Uint8Array
  /** Null when the model leaves it open: then there is an output LOGITS_SHAPE. */
  readonly vocabularySize: number | null
}

export function appendLoss(file: OnnxFile, device: OnnxDevice): ModelWithLoss {
  const logits = file.outputs.find(({ name }) => name === LOGITS)
  if (logits === undefined) {
    const names = file.outputs.map(({ name }) => JSON.stringify(name)).join(', ')
    throw new ConfigError(
      `${file.name}: expected a causal language model with an output "logits", got ${names || 'none'}`,
    )
  }
  const { elementType, shape } = logits
  const isFloat = elementType === ELEMENT.float32
  if (!isFloat && elementType !== ELEMENT.float16 && elementType !== ELEMENT.bfloat16) {
    throw new ConfigError(`${file.name}: logits: expected floating-point numbers, got element type ${elementType}`)
  }
  if (shape !== null && shape.length !== 3) {
    throw new ConfigError(
      `${file.name}: logits: expected 3 dimensions (rows, columns, vocabulary), got ${shape.length}`,
    )
  }
  if (file.opset < OPSET_MIN) {
    throw new ConfigError(`${file.name}: expected operators of version ${OPSET_MIN} or later, got ${file.opset}`)
  }
  const size = shape?.[2]
  const vocabularySize = typeof size === 'number' && size > 0 ? size : null
  const inFloat = isFloat ? LOGITS : 'millrace/logits_float'
  const nodes: GraphNode[] = isFloat ? [] : [castToFloat(LOGITS, inFloat)]
  const byParts = device === 'webgpu'
  nodes.push(...(byParts ? lossByParts(file.opset, inFloat, isFloat) : lossByLogSoftmax(inFloat)))
  const int64s: GraphChange['int64s'] = byParts && file.opset >= OPSET_AXES_AS_INPUT ? { [AXES]: [LAST_AXIS] } : {}
  const outputs: OnnxValue[] = [{ name: LOG_PROBABILITIES, elementType: ELEMENT.float32, shape: ['', '', 1] }]
  if (vocabularySize === null) {
    nodes.push({ operator: 'Shape', inputs: [LOGITS], output: LOGITS_SHAPE })
    outputs.push({ name: LOGITS_SHAPE, elementType: ELEMENT.int64, shape: [3] })
  }
  const inputs = [{ name: TARGETS, elementType: ELEMENT.int64, shape: ['', '', 1] }]
  return { bytes: writeOnnxFile(file, { nodes, inputs, outputs, int64s }), vocabularySize }
}

const AXES = 'millrace/axes'
/** Counted from the front: a LogSoftmax of version 11 or 12 knows no axis from the back, and means the same by 2 of 3. */
const LAST_AXIS = 2

function lossByLogSoftmax(logits: string): GraphNode[] {
  const all = 'millrace/log_softmax'
  return [
    { operator: 'LogSoftmax', inputs: [logits], output: all, attributes: { axis: LAST_AXIS } },
    { operator: 'GatherElements', inputs: [all, TARGETS], output: LOG_PROBABILITIES, attributes: { axis: LAST_AXIS } },
  ]
}

/** (target - max) - ln Σ exp(logit - max). The target is gathered before the cast, so that all logits are held but twice. */
function lossByParts(opset: number, logits: string, isFloat: boolean): GraphNode[] {
  const [top, shifted, sum, target, targetFloat, targetShifted] = [
    'millrace/max',
    'millrace/shifted',
    'millrace/log_sum',
    'millrace/target',
    'millrace/target_float',
    'millrace/target_shifted',
  ]
  const reduce = (operator: string, input: string, output: string): GraphNode =>
    opset < OPSET_AXES_AS_INPUT
      ? { operator, inputs: [input], output, attributes: { axes: [LAST_AXIS], keepdims: 1 } }
      : { operator, inputs: [input, AXES], output, attributes: { keepdims: 1 } }
  return [
    { operator: 'GatherElements', inputs: [LOGITS, TARGETS], output: target, attributes: { axis: LAST_AXIS } },
    ...(isFloat ? [] : [castToFloat(target, targetFloat)]),
    reduce('ReduceMax', logits, top),
    { operator: 'Sub', inputs: [logits, top], output: shifted },
    reduce('ReduceLogSumExp', shifted, sum),
    { operator: 'Sub', inputs: [isFloat ? target : targetFloat, top], output: targetShifted },
    { operator: 'Sub', inputs: [targetShifted, sum], output: LOG_PROBABILITIES },
  ]
}

function castToFloat(input: string, output: string): GraphNode {
  return { operator: 'Cast', inputs: [input], output, attributes: { to: ELEMENT.float32 } }
}
