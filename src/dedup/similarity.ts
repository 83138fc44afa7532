/** Similarity of two shingle sets as `shingleSet` gives them: ascending and distinct. */
import { SHINGLES_MAX } from './shingles.js'

/** `jaccard`: common / all. `containment`: common / the smaller set, high when one document holds the other. */
export type Measure = 'jaccard' | 'containment'

/**
 * Exact while both sets have fewer than SHINGLES_MAX shingles. A set of that size is a sample of all hashes up to its
 * largest; then both sets are compared up to that hash only, where both are complete.
 * Two empty sets have similarity 0: nothing says that they are alike.
 */
export function similarity(a: Uint32Array, b: Uint32Array, measure: Measure): number {
  const limit = Math.min(largestKnown(a), largestKnown(b))
  const aLength = countUpTo(a, limit)
  const bLength = countUpTo(b, limit)
  let [i, j, common] = [0, 0, 0]
  while (i < aLength && j < bLength) {
    const x = a[i]
    const y = b[j]
    if (x === y) common++
    if (x <= y) i++
    if (y <= x) j++
  }
  const base = measure === 'jaccard' ? aLength + bLength - common : Math.min(aLength, bLength)
  return base === 0 ? 0 : common / base
}

/** The largest hash up to which the set is complete. */
function largestKnown(set: Uint32Array): number {
  return set.length < SHINGLES_MAX ? 0xffffffff : set[set.length - 1]
}

function countUpTo(set: Uint32Array, limit: number): number {
  let count = set.length
  while (count > 0 && set[count - 1] > limit) count--
  return count
}
