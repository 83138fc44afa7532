/**
 * Learning merges from more words than fit in memory, without any difference in what is learned.
 *
 * While merges are taken whose pairs count at least a threshold T, a pair of neighbors that counts less can't merge, nor can
 * what grows on either side of it: the tokens (x, ab) stand side by side only where (x, a) did, so they count no more. Words
 * can therefore be cut at such pairs; most of them fall apart into short fragments, few of which are distinct, and the
 * merges learned from the fragments' counts are those of the whole words as long as the best pair counts T or more. Then the
 * merges are applied to the words, T is lowered, and the words are cut anew: one phase after the other. T of 0 means that
 * all words are in memory at once; a high T means many phases. Nothing else depends on it.
 *
 * That pairs count less than T must be certain, not exact: counts are summed up in cells shared by the pairs with the same
 * hash. (Prior work learns from samples or cuts rare words off; both change the merges.)
 */

/** Counts in cells end here: such a cell is above every threshold. */
export const CELL_MAX = 0xffffffff

/** Adds counts cell by cell. */
export function addToCells(sums: Uint32Array, cells: Uint32Array): void {
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] > 0) sums[i] = Math.min(CELL_MAX, sums[i] + cells[i])
  }
}

/** Cells that count at least `threshold`. */
export function hotCells(cells: Uint32Array, threshold: number): number {
  let hot = 0
  for (let i = 0; i < cells.length; i++) if (cells[i] >= threshold) hot++
  return hot
}

/** Steps of counts by which a threshold is found: sixteen for each doubling. */
const STEPS = 16

/** The least threshold, among a few hundred that are spread evenly over all sizes, that at most `hotMax` cells reach. */
export function thresholdFor(cells: Uint32Array, hotMax: number): number {
  const reaching = new Uint32Array(33 * STEPS)
  for (let i = 0; i < cells.length; i++) if (cells[i] > 0) reaching[Math.floor(Math.log2(cells[i]) * STEPS)]++
  let hot = 0
  let step = reaching.length
  while (step > 0 && hot + reaching[step - 1] <= hotMax) hot += reaching[--step]
  // Rounding of logarithms decides which step a count is in, not whether a threshold is sound.
  return Math.max(1, Math.min(CELL_MAX, Math.ceil(2 ** (step / STEPS))))
}
