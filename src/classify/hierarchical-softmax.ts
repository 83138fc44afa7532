/**
 * The output layer of a hierarchical-softmax model: a Huffman tree over the labels' training counts, one row of the output
 * matrix an inner node (`loss.cc` of fastText 0.9; Joulin et al. 2016, "Bag of Tricks", section 2.1). A label's probability
 * is the product of the branches on its way; the search leaves a branch once it can't beat the k-th best label found.
 */

import { ConfigError } from '../errors/errors.js'
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
  /** The best labels of the last search, best first, and how many there are. */
  readonly bestLabel: Int32Array
  readonly bestScore: Float64Array
  bestCount = 0

  constructor(output: DenseMatrix, labelCounts: Float64Array, name: string) {
    const total = labelCounts.reduce((sum, count) => sum + Math.abs(count), 0)
    if (labelCounts.some((count) => count < 0) || total >= UNBUILT) {
      throw new ConfigError(`${name}: label counts must be 0 or more and sum to less than ${UNBUILT}, got ${total}`)
    }
    this.#labelCount = labelCounts.length
    this.#output = output
    this.#left = new Int32Array(this.#labelCount)
    this.#right = new Int32Array(this.#labelCount)
    this.#stackNode = new Int32Array(this.#labelCount + 1)
    this.#stackScore = new Float64Array(this.#labelCount + 1)
    this.bestLabel = new Int32Array(this.#labelCount)
    this.bestScore = new Float64Array(this.#labelCount)
    this.#buildTree(labelCounts)
  }

  /** Fills bestLabel, bestScore and bestCount with the `k` likeliest labels for this hidden vector. */
  search(hidden: Float64Array, k: number): void {
    this.bestCount = 0
    const labelCount = this.#labelCount
    let depth = 0
    this.#stackNode[0] = 2 * labelCount - 2
    this.#stackScore[0] = 1
    while (depth >= 0) {
      const node = this.#stackNode[depth]
      const score = this.#stackScore[depth--]
      if (this.bestCount === k && score < this.bestScore[k - 1]) continue
      if (node < labelCount) {
        this.#insert(node, score, k)
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

  /** Keeps the best `k`, sorted. Equal scores stay in the order of their labels, whatever order the search found them in. */
  #insert(label: number, score: number, k: number): void {
    const labels = this.bestLabel
    const scores = this.bestScore
    if (this.bestCount < k) this.bestCount++
    else if (score === scores[k - 1] && label > labels[k - 1]) return
    let at = this.bestCount - 1
    while (at > 0 && (scores[at - 1] < score || (scores[at - 1] === score && labels[at - 1] > label))) {
      scores[at] = scores[at - 1]
      labels[at] = labels[at - 1]
      at--
    }
    scores[at] = score
    labels[at] = label
  }

  /** Two queues, both ascending: the labels from the last (rarest) on, and the inner nodes as they are made. */
  #buildTree(labelCounts: Float64Array): void {
    const labelCount = this.#labelCount
    const counts = new Float64Array(2 * labelCount - 1).fill(UNBUILT)
    counts.set(labelCounts)
    let leaf = labelCount - 1
    let node = labelCount
    const rarest = () => (leaf >= 0 && counts[leaf] < counts[node] ? leaf-- : node++)
    for (let made = labelCount; made < counts.length; made++) {
      const left = rarest()
      const right = rarest()
      this.#left[made - labelCount] = left
      this.#right[made - labelCount] = right
      counts[made] = counts[left] + counts[right]
    }
  }
}
