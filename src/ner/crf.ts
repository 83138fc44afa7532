/**
 * Linear-chain conditional random field (Lafferty et al. 2001) over LABELS: the best labels of a sentence (Viterbi) and the
 * probability of each label at each token (forward-backward). Label sequences that break IOB2 have no probability.
 */
import { LABELS, mayFollow } from './labels.js'

const NEVER = -1e4
/** Exponentials of what lies below add nothing to a double near 1. */
const NEGLIGIBLE = -40

/** By [before * LABELS + label]; row LABELS stands for the beginning of a sentence. */
export type Transitions = Float32Array

const ALLOWED = Uint8Array.from({ length: (LABELS + 1) * LABELS }, (_, i) => {
  const before = Math.floor(i / LABELS)
  return mayFollow(before === LABELS ? -1 : before, i % LABELS) ? 1 : 0
})

export function isAllowed(before: number, label: number): boolean {
  return ALLOWED[before * LABELS + label] === 1
}

/** Arrays for sentences of up to a number of tokens, used again and again. */
export class Chain {
  readonly emissions: Float64Array
  /** Of each label at each token, after `forwardBackward`. */
  readonly probabilities: Float64Array
  /** Expected count of each transition, after `expectTransitions`. */
  readonly expected = new Float64Array((LABELS + 1) * LABELS)
  readonly labels: Uint8Array
  readonly #steps = new Float64Array((LABELS + 1) * LABELS)
  readonly #scores: Float64Array
  readonly #back: Float64Array
  readonly #from: Uint8Array
  readonly #terms = new Float64Array(LABELS)

  constructor(tokensMax: number) {
    const cells = tokensMax * LABELS
    this.emissions = new Float64Array(cells)
    this.probabilities = new Float64Array(cells)
    this.labels = new Uint8Array(tokensMax)
    this.#scores = new Float64Array(cells)
    this.#back = new Float64Array(cells)
    this.#from = new Uint8Array(cells)
  }

  /** Fills `labels`. Of equal paths, the one with the lower labels. Tells whether there is an entity. */
  viterbi(count: number, transitions: Transitions): boolean {
    const scores = this.#scores
    const steps = this.#prepare(transitions)
    for (let label = 0; label < LABELS; label++) {
      scores[label] = this.emissions[label] + steps[LABELS * LABELS + label]
    }
    for (let row = LABELS; row < count * LABELS; row += LABELS) {
      for (let label = 0; label < LABELS; label++) {
        let best = scores[row - LABELS] + steps[label]
        let from = 0
        for (let before = 1; before < LABELS; before++) {
          const score = scores[row - LABELS + before] + steps[before * LABELS + label]
          if (score > best) {
            best = score
            from = before
          }
        }
        scores[row + label] = best + this.emissions[row + label]
        this.#from[row + label] = from
      }
    }
    return this.#trace(count)
  }

  #trace(count: number): boolean {
    let row = (count - 1) * LABELS
    let label = 0
    for (let other = 1; other < LABELS; other++) {
      if (this.#scores[row + other] > this.#scores[row + label]) label = other
    }
    let any = 0
    for (let i = count - 1; i >= 0; i--) {
      this.labels[i] = label
      any |= label
      label = this.#from[row + label]
      row -= LABELS
    }
    return any !== 0
  }

  /** Fills `probabilities`. @returns the logarithm of the sum over all labelings */
  forwardBackward(count: number, transitions: Transitions): number {
    const steps = this.#prepare(transitions)
    const total = this.#forward(count, steps)
    this.#backward(count, steps)
    const { probabilities } = this
    for (let cell = 0; cell < count * LABELS; cell++) {
      probabilities[cell] = Math.exp(this.#scores[cell] + this.#back[cell] - total)
    }
    return total
  }

  /** Fills `expected`, after `forwardBackward` with the same. */
  expectTransitions(count: number, total: number): void {
    const { expected, emissions } = this
    expected.fill(0)
    for (let label = 0; label < LABELS; label++) expected[LABELS * LABELS + label] = this.probabilities[label]
    for (let next = LABELS; next < count * LABELS; next += LABELS) {
      for (let before = 0; before < LABELS; before++) {
        const forward = this.#scores[next - LABELS + before] - total
        for (let label = 0; label < LABELS; label++) {
          const at = before * LABELS + label
          if (ALLOWED[at] === 0) continue
          expected[at] += Math.exp(forward + this.#steps[at] + emissions[next + label] + this.#back[next + label])
        }
      }
    }
  }

  #forward(count: number, steps: Float64Array): number {
    const terms = this.#terms
    const forward = this.#scores
    for (let label = 0; label < LABELS; label++) {
      forward[label] = this.emissions[label] + steps[LABELS * LABELS + label]
    }
    for (let row = LABELS; row < count * LABELS; row += LABELS) {
      for (let label = 0; label < LABELS; label++) {
        for (let before = 0; before < LABELS; before++) {
          terms[before] = forward[row - LABELS + before] + steps[before * LABELS + label]
        }
        forward[row + label] = this.emissions[row + label] + logSum(terms)
      }
    }
    const last = (count - 1) * LABELS
    return logSum(forward.subarray(last, last + LABELS))
  }

  #backward(count: number, steps: Float64Array): void {
    const terms = this.#terms
    const last = (count - 1) * LABELS
    this.#back.fill(0, last, last + LABELS)
    for (let row = last - LABELS; row >= 0; row -= LABELS) {
      const next = row + LABELS
      for (let label = 0; label < LABELS; label++) {
        for (let behind = 0; behind < LABELS; behind++) {
          terms[behind] = steps[label * LABELS + behind] + this.emissions[next + behind] + this.#back[next + behind]
        }
        this.#back[row + label] = logSum(terms)
      }
    }
  }

  #prepare(transitions: Transitions): Float64Array {
    for (let at = 0; at < this.#steps.length; at++) this.#steps[at] = ALLOWED[at] === 1 ? transitions[at] : NEVER
    return this.#steps
  }
}

function logSum(terms: Float64Array): number {
  let most = terms[0]
  for (let i = 1; i < LABELS; i++) if (terms[i] > most) most = terms[i]
  let sum = 0
  for (let i = 0; i < LABELS; i++) {
    const below = terms[i] - most
    if (below > NEGLIGIBLE) sum += Math.exp(below)
  }
  return most + Math.log(sum)
}
