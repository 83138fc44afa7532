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

/** Sixteen for each doubling of a count; small counts have one each. */
const STEP_BITS = 4
const STEPS = (33 - STEP_BITS) << STEP_BITS

/** The least threshold that at most `hotMax` cells reach, or the greatest cell where even that one has more equals. */
export function thresholdFor(cells: Uint32Array, hotMax: number): number {
  const inStep = new Uint32Array(STEPS)
  for (let i = 0; i < cells.length; i++) inStep[stepOf(cells[i])]++
  inStep[0] = 0
  let hot = 0
  let step = STEPS
  while (step > 1 && hot + inStep[step - 1] <= hotMax) hot += inStep[--step]
  if (step === 1) return 1
  const within = cellsOfStep(cells, step - 1, inStep[step - 1])
  const least = within[within.length - (hotMax - hot)] ?? Number.POSITIVE_INFINITY
  const below = within[within.length - (hotMax - hot) - 1]
  const threshold = below < least ? below + 1 : least + 1
  return hot === 0 && threshold > within[within.length - 1] ? within[within.length - 1] : threshold
}

function stepOf(count: number): number {
  const shift = Math.max(0, 31 - STEP_BITS - Math.clz32(count))
  return (shift << STEP_BITS) + (count >>> shift)
}

/** In ascending order. */
function cellsOfStep(cells: Uint32Array, step: number, size: number): Uint32Array {
  const within = new Uint32Array(size)
  let filled = 0
  for (let i = 0; i < cells.length; i++) if (stepOf(cells[i]) === step) within[filled++] = cells[i]
  return within.sort()
}
