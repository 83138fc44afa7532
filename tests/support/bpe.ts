/** Plain byte-pair learning, to hold the fast forms to: all pairs counted anew for every merge. */
import type { Merges } from '../../src/kernels/bpe-train/learner.js'

export interface SymbolWord {
  readonly symbols: readonly number[]
  readonly count: number
}

export interface PlainLimits {
  readonly mergesMax: number
  readonly countMin: number
  readonly longestToken: number
}

/** Goes on behind the merges `before`, of which the words' symbols may be made. Ties go to the lowest symbols. */
export function learnPlainly(words: readonly SymbolWord[], limits: PlainLimits, before: Merges): Merges {
  const [lefts, rights, counts] = [[...before.lefts], [...before.rights], [...before.counts]]
  const lengths = new Array<number>(257).fill(1)
  for (const [i, left] of lefts.entries()) lengths.push(lengths[left] + lengths[rights[i]])
  const sequences = words.map(({ symbols }) => [...symbols])
  while (lefts.length < limits.mergesMax) {
    const pairs = new Map<number, number>()
    for (const [w, sequence] of sequences.entries()) {
      for (let i = 1; i < sequence.length; i++) {
        const [left, right] = [sequence[i - 1], sequence[i]]
        if (lengths[left] + lengths[right] > limits.longestToken) continue
        const key = left * 2 ** 21 + right
        pairs.set(key, (pairs.get(key) ?? 0) + words[w].count)
      }
    }
    let [best, count] = [-1, 0]
    for (const [key, sum] of pairs) if (sum > count || (sum === count && key < best)) [best, count] = [key, sum]
    if (count < Math.max(1, limits.countMin)) break
    const [left, right] = [Math.floor(best / 2 ** 21), best % 2 ** 21]
    const symbol = 257 + lefts.length
    lefts.push(left)
    rights.push(right)
    counts.push(count)
    lengths.push(lengths[left] + lengths[right])
    for (const sequence of sequences) mergePair(sequence, left, right, symbol)
  }
  return { lefts: Uint32Array.from(lefts), rights: Uint32Array.from(rights), counts: Float64Array.from(counts) }
}

/** In place, from left to right. */
function mergePair(sequence: number[], left: number, right: number, symbol: number): void {
  let to = 0
  for (let from = 0; from < sequence.length; from++) {
    const isPair = sequence[from] === left && sequence[from + 1] === right
    sequence[to++] = isPair ? symbol : sequence[from]
    if (isPair) from++
  }
  sequence.length = to
}
