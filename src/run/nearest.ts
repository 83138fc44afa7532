/** "Did you mean": the candidate nearest to a mistyped word, by optimal string alignment (insert, delete, replace, swap neighbors). */

/** Number of edits from `a` to `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1)
      current[column] = Math.min(previous[column] + 1, current[column - 1] + 1, replaced)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) current[column] = Math.min(current[column], before[column - 2] + 1)
    }
    before = previous
    previous = current
  }
  return previous[b.length]
}

/**
 * The candidate that was probably meant: it has the word as a part, or is at most a third of the word's length (at least
 * 2 edits) away. `gopher-quality` gives `filter-gopher-quality`. undefined when none is near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase().slice(0, 100)
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return (
    best ?? (wanted.length >= 3 ? candidates.find((candidate) => candidate.toLowerCase().includes(wanted)) : undefined)
  )
}

/** `; nearest: filter-gopher-quality`, or what there is when nothing is near and the list is short. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const found = nearest(word, candidates)
  if (found !== undefined) return `; nearest: ${found}`
  return candidates.length > 0 && candidates.length <= 12 ? `; there is: ${candidates.join(', ')}` : ''
}
