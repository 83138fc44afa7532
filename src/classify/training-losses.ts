/**
 * What one step of training does to the output layer (`loss.cc` of fastText 0.9): each gives the loss, adds the gradient of
 * the hidden vector to `gradient`, and moves the output rows.
 */
import { softmax, tableSigmoid } from './flat-output.js'
import { labelTree } from './hierarchical-softmax.js'
import type { DenseMatrix, ModelArguments } from './model-file.js'
import type { SeededRandom } from './random.js'

/** Inside fastText's logarithms. */
const LOG_OFFSET = 1e-5

export interface TrainingLoss {
  /** @param labels those of the text, at least one */
  step(hidden: Float64Array, gradient: Float64Array, labels: readonly number[], rate: number): number
}

export function trainingLoss(
  args: ModelArguments,
  output: DenseMatrix,
  labelCounts: Float64Array,
  random: SeededRandom,
): TrainingLoss {
  switch (args.loss) {
    case 'hierarchical softmax':
      return hierarchicalSoftmax(output, labelCounts, random)
    case 'negative sampling':
      return negativeSampling(output, labelCounts, args.negatives, random)
    case 'one-vs-all':
      return oneVsAll(output)
    default:
      return fullSoftmax(output, random)
  }
}

function fullSoftmax(output: DenseMatrix, random: SeededRandom): TrainingLoss {
  const scores = new Float64Array(output.rows)
  return {
    step(hidden, gradient, labels, rate) {
      const label = labels[random.below(labels.length)]
      for (let row = 0; row < output.rows; row++) scores[row] = dot(output, row, hidden)
      softmax(scores)
      for (let row = 0; row < output.rows; row++) {
        move(output, row, hidden, gradient, rate * ((row === label ? 1 : 0) - scores[row]))
      }
      return -Math.log(scores[label] + LOG_OFFSET)
    },
  }
}

function oneVsAll(output: DenseMatrix): TrainingLoss {
  return {
    step(hidden, gradient, labels, rate) {
      let loss = 0
      for (let row = 0; row < output.rows; row++) {
        loss += binaryStep(output, row, hidden, gradient, labels.includes(row), rate)
      }
      return loss
    },
  }
}

/** Wrong labels are drawn by the square root of their counts. */
function negativeSampling(
  output: DenseMatrix,
  labelCounts: Float64Array,
  negatives: number,
  random: SeededRandom,
): TrainingLoss {
  const sums = Float64Array.from(labelCounts, Math.sqrt)
  for (let i = 1; i < sums.length; i++) sums[i] += sums[i - 1]
  const draw = () => {
    const point = random.next() * sums[sums.length - 1]
    let low = 0
    for (let high = sums.length - 1; low < high; ) {
      const middle = (low + high) >> 1
      if (sums[middle] <= point) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    step(hidden, gradient, labels, rate) {
      const label = labels[random.below(labels.length)]
      let loss = binaryStep(output, label, hidden, gradient, true, rate)
      for (let i = 0; i < negatives && output.rows > 1; i++) {
        let wrong = draw()
        while (wrong === label) wrong = draw()
        loss += binaryStep(output, wrong, hidden, gradient, false, rate)
      }
      return loss
    },
  }
}

function hierarchicalSoftmax(output: DenseMatrix, labelCounts: Float64Array, random: SeededRandom): TrainingLoss {
  const labelCount = labelCounts.length
  const { left, right } = labelTree(labelCounts)
  const parent = new Int32Array(2 * labelCount - 1).fill(-1)
  const isRight = new Uint8Array(2 * labelCount - 1)
  for (let i = 0; i < left.length; i++) {
    parent[left[i]] = i
    parent[right[i]] = i
    isRight[right[i]] = 1
  }
  return {
    step(hidden, gradient, labels, rate) {
      let loss = 0
      for (let node = labels[random.below(labels.length)]; parent[node] >= 0; node = labelCount + parent[node]) {
        loss += binaryStep(output, parent[node], hidden, gradient, isRight[node] === 1, rate)
      }
      return loss
    },
  }
}

function binaryStep(
  output: DenseMatrix,
  row: number,
  hidden: Float64Array,
  gradient: Float64Array,
  isMatch: boolean,
  rate: number,
): number {
  const score = tableSigmoid(dot(output, row, hidden))
  move(output, row, hidden, gradient, rate * ((isMatch ? 1 : 0) - score))
  return -Math.log((isMatch ? score : 1 - score) + LOG_OFFSET)
}

function dot({ values, columns }: DenseMatrix, row: number, hidden: Float64Array): number {
  const from = row * columns
  let sum = 0
  for (let i = 0; i < columns; i++) sum += hidden[i] * values[from + i]
  return sum
}

function move(
  { values, columns }: DenseMatrix,
  row: number,
  hidden: Float64Array,
  gradient: Float64Array,
  by: number,
): void {
  const from = row * columns
  for (let i = 0; i < columns; i++) {
    gradient[i] += by * values[from + i]
    values[from + i] += by * hidden[i]
  }
}
