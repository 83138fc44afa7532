/** Of spans that overlap, the longest stays; of equally long ones the one with the highest score, then the first given. */
import type { Found } from './page.js'

/** @returns spans in order of `start`, none overlapping */
export function withoutOverlaps<T extends Found>(spans: readonly T[]): T[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start)
  const kept: T[] = []
  for (let from = 0; from < sorted.length; ) {
    let end = sorted[from].end
    let to = from + 1
    while (to < sorted.length && sorted[to].start < end) end = Math.max(end, sorted[to++].end)
    if (to === from + 1) kept.push(sorted[from])
    else kept.push(...chosen(sorted.slice(from, to), sorted[from].start, end))
    from = to
  }
  return kept
}

/** Longest first, a span can only overlap a kept one where that covers one of its ends: linear in the stretch. */
function chosen<T extends Found>(cluster: readonly T[], start: number, end: number): T[] {
  const covered = new Uint8Array(end - start)
  const byRank = [...cluster].sort((a, b) => b.end - b.start - (a.end - a.start) || b.score - a.score)
  return byRank
    .filter((span) => {
      if (covered[span.start - start] === 1 || covered[span.end - 1 - start] === 1) return false
      covered.fill(1, span.start - start, span.end - start)
      return true
    })
    .sort((a, b) => a.start - b.start)
}
