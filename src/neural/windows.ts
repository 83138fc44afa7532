/**
 * What perplexity under a causal language model means here, for documents of any length.
 *
 * A document's ids, with the BOS id before them when the model has one, make a sequence of N ids. A model reads at most
 * `contextTokens` (C) at once, so the sequence is cut into windows that start `strideTokens` (S) apart: window k holds the
 * ids [kS, min(kS + C, N)), and the last one is the first to reach N. For C = 5, S = 2, N = 9 (upper case is scored):
 *
 *     sequence   0 1 2 3 4 5 6 7 8
 *     window 0   a B C D E
 *     window 1       c d e F G
 *     window 2           e f g H I
 *
 * - The first id of the sequence has nothing before it and is never scored: with BOS all of the document's ids are, without
 *   it all but one. Every other id is scored exactly once, in the first window that holds it, and there sees every id
 *   before it if it stands in the first C ids of the sequence, and at least C - S of them behind that.
 * - BOS stands before the document only, not before every window.
 * - `nll`, the negative log-likelihood in nats, is the sum of -ln p(id | ids before it in its window) over the scored ids.
 * - perplexity = exp(nll / ids scored); bits per byte = nll / ln 2 / bytes of the whole document's UTF-8, which makes models
 *   with different tokenizers comparable. Both are null where nothing was scored: a text without ids, or of one without BOS.
 *
 * The windows are those of "Perplexity of fixed-length models" in the documentation of Hugging Face transformers.
 */
import { RecordError } from '../errors/errors.js'

export interface WindowOptions {
  /** Ids that the model sees at once, BOS among them; at least 2. */
  readonly contextTokens: number
  /** From 1 to contextTokens - 1, so that every window begins with an id that has been scored. */
  readonly strideTokens: number
  /** Put before the document; null for none. */
  readonly bos: number | null
}

export interface NeuralScore {
  /** Ids scored. */
  readonly tokenCount: number
  /** Negative log-likelihood in nats, at least 0. */
  readonly nll: number
  readonly perplexity: number | null
  readonly bitsPerByte: number | null
}

/** The rows for the model: none when there is nothing to score, else windows of 2 to contextTokens ids. */
export function cutWindows(ids: Int32Array, { contextTokens, strideTokens, bos }: WindowOptions): Int32Array[] {
  const sequence = bos === null ? ids : withBos(ids, bos)
  if (sequence.length < 2) return []
  const windows: Int32Array[] = []
  for (let start = 0; ; start += strideTokens) {
    const end = Math.min(start + contextTokens, sequence.length)
    windows.push(sequence.subarray(start, end))
    if (end === sequence.length) return windows
  }
}

/**
 * The log-probabilities of the scored ids, in order, from those of all windows. A window of n ids has n - 1 numbers: the
 * first id has none. What was scored in the window before is left out.
 */
export function joinWindows(
  numbers: readonly Float32Array[],
  { contextTokens, strideTokens }: WindowOptions,
): Float32Array {
  const known = contextTokens - strideTokens - 1
  const fresh = numbers.map((window, k) => (k === 0 ? window : window.subarray(known)))
  const joined = new Float32Array(fresh.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of fresh) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/**
 * @param logProbabilities natural logarithms, at most 0, in the document's order
 * @param textBytes length of the document's UTF-8
 * @throws RecordError when the model gave something that is no logarithm of a probability
 */
export function scoreOf(logProbabilities: Float32Array, textBytes: number): NeuralScore {
  let nll = 0
  for (const [i, value] of logProbabilities.entries()) {
    // Rounding may lift a probability of 1 a little above it.
    if (!(value > Number.NEGATIVE_INFINITY && value < ROUNDING_MAX)) {
      throw new RecordError(
        'log-probability',
        `scored token ${i}: expected a log-probability of at most 0, got ${value}`,
      )
    }
    nll -= Math.min(value, 0)
  }
  return neuralScore(nll, logProbabilities.length, textBytes)
}

/** @param nll in nats, of all scored tokens together */
export function neuralScore(nll: number, tokenCount: number, textBytes: number): NeuralScore {
  if (tokenCount === 0) return { tokenCount, nll: 0, perplexity: null, bitsPerByte: null }
  return {
    tokenCount,
    nll,
    perplexity: Math.exp(Math.min(nll / tokenCount, LOG_MAX)),
    bitsPerByte: nll / Math.LN2 / Math.max(textBytes, 1),
  }
}

const ROUNDING_MAX = 1e-2
/** So that no perplexity is infinite. */
const LOG_MAX = Math.log(Number.MAX_VALUE)

function withBos(ids: Int32Array, bos: number): Int32Array {
  const sequence = new Int32Array(ids.length + 1)
  sequence[0] = bos
  sequence.set(ids, 1)
  return sequence
}
