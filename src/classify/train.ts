/**
 * Trains a supervised fastText model (Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification"; `fasttext.cc` of
 * fastText 0.9): stochastic gradient descent over the texts, the learning rate falling to 0 with the words seen. One thread,
 * so that the same texts and options give the same bytes. The texts are shuffled anew for each epoch, unless told not to:
 * fastText takes them as they come. Not here: pretrained vectors and the search for options.
 */
import { ConfigError } from '../errors/errors.js'
import type { LabeledTexts } from './labeled-texts.js'
import type { DenseMatrix, ModelArguments, ModelFile } from './model-file.js'
import { SeededRandom } from './random.js'
import { TextFeatures } from './text-features.js'
import { trainingLoss } from './training-losses.js'

export interface TrainingOptions extends ModelArguments {
  readonly learningRate: number
  readonly minCountLabel: number
  readonly seed: number
  readonly shuffle: boolean
}

export interface TrainingProgress {
  /** In [0, 1]. */
  readonly done: number
  /** Mean of the loss over all texts seen so far. */
  readonly loss: number
}

export interface Descent {
  readonly learningRate: number
  readonly seed: number
  readonly shuffle: boolean
}

const PROGRESS_TOKENS = 100_000
const MATRIX_FLOATS_MAX = 2 ** 32 - 1

/** @throws ConfigError when there is nothing to learn, or too little memory for it */
export function trainClassifier(
  texts: LabeledTexts,
  options: TrainingOptions,
  show: (progress: TrainingProgress) => void,
): ModelFile {
  const { entries, rowOfWord, rowOfLabel } = texts.dictionary(options.minCount, options.minCountLabel)
  if (entries.labels.length === 0) throw new ConfigError('expected texts with labels, got none')
  if (entries.wordCount === 0) throw new ConfigError(`minCount: expected words seen so often, got none`)
  const { dimension } = options
  const hasBuckets = options.maxn > 0 || options.wordNgrams > 1
  const args = { ...options, bucket: hasBuckets ? options.bucket : 0 }
  const rows = entries.wordCount + args.bucket
  if (rows * dimension > MATRIX_FLOATS_MAX) {
    throw new ConfigError(
      `expected words and buckets times dimension up to ${MATRIX_FLOATS_MAX}, got ${rows * dimension}`,
    )
  }
  const random = new SeededRandom(options.seed)
  const input = denseMatrix(rows, dimension)
  for (let i = 0; i < input.values.length; i++) input.values[i] = (2 * random.next() - 1) / dimension
  const output = denseMatrix(entries.labels.length, dimension)
  const model = { args, entries, input, output }
  descend(model, new TextFeatures(texts, entries, args, rowOfWord), labelRows(texts, rowOfLabel), options, show)
  return model
}

/** Labels of each text as rows of the output matrix; those too rare to have one are left out. */
export function labelRows(texts: LabeledTexts, rowOfLabel: Int32Array): number[][] {
  return texts.labelsOf.map((labels) => labels.map((label) => rowOfLabel[label]).filter((row) => row >= 0))
}

/** Moves both matrices of the model. */
export function descend(
  { args, entries, input, output }: ModelFile & { readonly input: DenseMatrix; readonly output: DenseMatrix },
  features: TextFeatures,
  labels: readonly (readonly number[])[],
  { learningRate, seed, shuffle }: Descent,
  show: (progress: TrainingProgress) => void,
): void {
  const random = new SeededRandom(seed ^ 0x5eed)
  const loss = trainingLoss(args, output, entries.labelCounts, random)
  const { values, columns } = input
  const hidden = new Float64Array(columns)
  const gradient = new Float64Array(columns)
  const order = Int32Array.from(labels.keys())
  const tokensTotal = args.epochs * entries.tokenCount
  const tokensPerText = entries.tokenCount / order.length
  let rate = learningRate
  let tokens = 0
  let [tokensAtRate, tokensAtShow, lossSum, steps] = [0, 0, 0, 0]
  for (let epoch = 0; epoch < args.epochs; epoch++) {
    if (shuffle) random.shuffle(order)
    for (let i = 0; i < order.length; i++) {
      tokens = (epoch * order.length + i) * tokensPerText
      if (tokens - tokensAtRate > args.updateRate) {
        tokensAtRate = tokens
        rate = learningRate * (1 - tokens / tokensTotal)
      }
      if (tokens - tokensAtShow > PROGRESS_TOKENS) {
        tokensAtShow = tokens
        show({ done: tokens / tokensTotal, loss: lossSum / Math.max(1, steps) })
      }
      const textLabels = labels[order[i]]
      const { rows, count } = features.of(order[i])
      if (count === 0 || textLabels.length === 0) continue
      hidden.fill(0)
      gradient.fill(0)
      for (let j = 0; j < count; j++) {
        for (let k = 0, from = rows[j] * columns; k < columns; k++) hidden[k] += values[from + k]
      }
      for (let k = 0; k < columns; k++) hidden[k] /= count
      lossSum += loss.step(hidden, gradient, textLabels, rate)
      steps++
      for (let k = 0; k < columns; k++) gradient[k] /= count
      for (let j = 0; j < count; j++) {
        for (let k = 0, from = rows[j] * columns; k < columns; k++) values[from + k] += gradient[k]
      }
    }
  }
  show({ done: 1, loss: lossSum / Math.max(1, steps) })
}

function denseMatrix(rows: number, columns: number): DenseMatrix {
  return { kind: 'dense', rows, columns, values: new Float32Array(rows * columns) }
}
