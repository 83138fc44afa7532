/**
 * Output layers that score every label apart (`loss.cc` of fastText 0.9): softmax, where the scores of a text sum to 1, and
 * the sigmoids of one-vs-all and of negative sampling, which are looked up in a table of 512 steps as fastText does.
 */
import { BestLabels } from './best-labels.js'
import type { DenseMatrix } from './model-file.js'

/** fastText adds this inside the logarithm of every score; scores here have it likewise. */
const LOG_OFFSET = 1e-5
const SIGMOID_STEPS = 512
const SIGMOID_MAX = 8

/** sigmoid(x) at x = -8 … 8 in steps of 1/32. */
const SIGMOIDS = Float32Array.from(
  { length: SIGMOID_STEPS + 1 },
  (_, i) => 1 / (1 + Math.exp(-((i * 2 * SIGMOID_MAX) / SIGMOID_STEPS - SIGMOID_MAX))),
)

export function tableSigmoid(x: number): number {
  if (x < -SIGMOID_MAX) return 0
  if (x > SIGMOID_MAX) return 1
  return SIGMOIDS[Math.trunc(((x + SIGMOID_MAX) * SIGMOID_STEPS) / SIGMOID_MAX / 2)]
}

export class FlatOutput {
  readonly best: BestLabels
  readonly #output: DenseMatrix
  readonly #isSoftmax: boolean
  readonly #scores: Float64Array

  constructor(output: DenseMatrix, isSoftmax: boolean) {
    this.#output = output
    this.#isSoftmax = isSoftmax
    this.#scores = new Float64Array(output.rows)
    this.best = new BestLabels(output.rows)
  }

  /** Fills `best` with the `k` likeliest labels for this hidden vector. */
  search(hidden: Float64Array, k: number): void {
    const scores = this.#scores
    const { values, columns } = this.#output
    for (let label = 0, from = 0; label < scores.length; label++, from += columns) {
      let sum = 0
      for (let i = 0; i < columns; i++) sum += hidden[i] * values[from + i]
      scores[label] = this.#isSoftmax ? sum : tableSigmoid(sum)
    }
    if (this.#isSoftmax) softmax(scores)
    this.best.begin(k)
    for (let label = 0; label < scores.length; label++) this.best.insert(label, scores[label] + LOG_OFFSET)
  }
}

/** In place; the greatest is taken off first, so that nothing overflows. */
export function softmax(values: Float64Array): void {
  let max = values[0]
  for (let i = 1; i < values.length; i++) if (values[i] > max) max = values[i]
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i] - max)
  for (let i = 0; i < values.length; i++) values[i] /= sum
}
