/** A document's score as bytes: three doubles, little-endian, then the log-probabilities of the scored tokens if asked for. */
import { type NeuralScore, neuralScore, scoreOf } from './windows.js'

const NLL = 0
const TOKEN_COUNT = 8
const TEXT_BYTES = 16
const HEAD_BYTES = 24

/**
 * @param textBytes length of the document's UTF-8
 * @throws RecordError when the model gave something that is no logarithm of a probability
 */
export function writeNeuralScore(logProbabilities: Float32Array, textBytes: number, perToken: boolean): Uint8Array {
  const { nll, tokenCount } = scoreOf(logProbabilities, textBytes)
  const bytes = new Uint8Array(HEAD_BYTES + (perToken ? logProbabilities.length * 4 : 0))
  const view = viewOf(bytes)
  view.setFloat64(NLL, nll, true)
  view.setFloat64(TOKEN_COUNT, tokenCount, true)
  view.setFloat64(TEXT_BYTES, textBytes, true)
  if (perToken) for (const [i, value] of logProbabilities.entries()) view.setFloat32(HEAD_BYTES + i * 4, value, true)
  return bytes
}

export function readNeuralScore(bytes: Uint8Array): NeuralScore {
  const view = viewOf(bytes)
  return neuralScore(view.getFloat64(NLL, true), view.getFloat64(TOKEN_COUNT, true), view.getFloat64(TEXT_BYTES, true))
}

/** Of the scored tokens in order, natural logarithms; null when they were not recorded. */
export function readLogProbabilities(bytes: Uint8Array): Float32Array | null {
  if (bytes.length === HEAD_BYTES) return null
  const view = viewOf(bytes)
  return Float32Array.from({ length: (bytes.length - HEAD_BYTES) / 4 }, (_, i) =>
    view.getFloat32(HEAD_BYTES + i * 4, true),
  )
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
