/** The k best labels of one search, best first; equal scores stand in the order of their labels, whatever order they came in. */
export class BestLabels {
  readonly label: Int32Array
  readonly score: Float64Array
  count = 0
  #most = 0

  constructor(labelCount: number) {
    this.label = new Int32Array(labelCount)
    this.score = new Float64Array(labelCount)
  }

  /** Begins a search for the best `most`. */
  begin(most: number): void {
    this.count = 0
    this.#most = most
  }

  /** True when no label of this score, or a lower one, has a place any more. */
  excludes(score: number): boolean {
    return this.count === this.#most && score < this.score[this.#most - 1]
  }

  insert(label: number, score: number): void {
    const labels = this.label
    const scores = this.score
    const last = this.#most - 1
    if (this.count < this.#most) this.count++
    else if (score < scores[last] || (score === scores[last] && label > labels[last])) return
    let at = this.count - 1
    while (at > 0 && (scores[at - 1] < score || (scores[at - 1] === score && labels[at - 1] > label))) {
      scores[at] = scores[at - 1]
      labels[at] = labels[at - 1]
      at--
    }
    scores[at] = score
    labels[at] = label
  }
}
