/**
 * The output layer of a hierarchical-softmax model: a Huffman tree over the labels' training counts, one row of the output
 * matrix an inner node (`loss.cc` of fastText 0.9; Joulin et al. 2016, "Bag of Tricks", section 2.1). A label's probability
 * is the product of the branches on its way; the search leaves a branch once it can't beat the k-th best label found.
 */
import { ConfigError } from '../errors/errors.js'
import { BestLabels } from './best-labels.js'
import type { DenseMatrix } from './model-file.js'

/** fastText adds this inside each logarithm of a branch's probability; products here add it likewise. */
const LOG_OFFSET = 1e-5
/** fastText's count of a node not yet built: no real count may reach it. */
const UNBUILT = 1e15

export class HierarchicalSoftmax {
  readonly #labelCount: number
  readonly #output: DenseMatrix
  /** Children of inner node `labelCount + i`. */
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #stackNode: Int32Array
  readonly #stackScore: Float64Array
  readonly best: BestLabels

  constructor(output: DenseMatrix, labelCounts: Float64Array, name: string) {
    const total = labelCounts.reduce((sum, count) => sum + Math.abs(count), 0)
    if (labelCounts.some((count) => count < 0) || total >= UNBUILT) {
      throw new ConfigError(`${name}: label counts must be 0 or more and sum to less than ${UNBUILT}, got ${total}`)
    }
    this.#labelCount = labelCounts.length
    this.#output = output
    this.#stackNode = new Int32Array(this.#labelCount + 1)
    this.#stackScore = new Float64Array(this.#labelCount + 1)
    this.best = new BestLabels(this.#labelCount)
    const { left, right } = labelTree(labelCounts)
    this.#left = left
    this.#right = right
  }

  /** Fills `best` with the `k` likeliest labels for this hidden vector. */
  search(hidden: Float64Array, k: number): void {
    this.best.begin(k)
    const labelCount = this.#labelCount
    let depth = 0
    this.#stackNode[0] = 2 * labelCount - 2
    this.#stackScore[0] = 1
    while (depth >= 0) {
      const node = this.#stackNode[depth]
      const score = this.#stackScore[depth--]
      if (this.best.excludes(score)) continue
      if (node < labelCount) {
        this.best.insert(node, score)
        continue
      }
      const inner = node - labelCount
      const right = 1 / (1 + Math.exp(-this.#dot(hidden, inner)))
      const rightScore = score * (right + LOG_OFFSET)
      const leftScore = score * (1 - right + LOG_OFFSET)
      // The likelier branch goes on top, to be looked at first: the sooner a good label is found, the more is left out.
      const rightFirst = rightScore > leftScore
      this.#stackNode[++depth] = rightFirst ? this.#left[inner] : this.#right[inner]
      this.#stackScore[depth] = rightFirst ? leftScore : rightScore
      this.#stackNode[++depth] = rightFirst ? this.#right[inner] : this.#left[inner]
      this.#stackScore[depth] = rightFirst ? rightScore : leftScore
    }
  }

  #dot(hidden: Float64Array, row: number): number {
    const { values, columns } = this.#output
    const from = row * columns
    let sum = 0
    for (let i = 0; i < columns; i++) sum += hidden[i] * values[from + i]
    return sum
  }
}

/**
 * Children of inner node `labelCount + i`, the root last. Two queues, both ascending: the labels from the last (rarest) on,
 * and the inner nodes as they are made.
 */
export function labelTree(labelCounts: Float64Array): { left: Int32Array; right: Int32Array } {
  const labelCount = labelCounts.length
  const left = new Int32Array(labelCount - 1)
  const right = new Int32Array(labelCount - 1)
  const counts = new Float64Array(2 * labelCount - 1).fill(UNBUILT)
  counts.set(labelCounts)
  let leaf = labelCount - 1
  let node = labelCount
  const rarest = () => (leaf >= 0 && counts[leaf] < counts[node] ? leaf-- : node++)
  for (let made = labelCount; made < counts.length; made++) {
    const [a, b] = [rarest(), rarest()]
    left[made - labelCount] = a
    right[made - labelCount] = b
    counts[made] = counts[a] + counts[b]
  }
  return { left, right }
}
