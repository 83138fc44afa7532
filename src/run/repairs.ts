/**
 * Ranges are read in parallel from arbitrary cuts; each reports where its first record began and where it stopped. A
 * range must begin where the one before it stopped: one that did not (its cut fell on bytes that only looked like a
 * record) is read again from there.
 */
import type { Store } from '../io/store.js'
import { markerPath, readMarker } from './marker.js'
import { type Plan, shardRange } from './plan.js'

export interface Repair {
  readonly task: number
  readonly start: number
}

/** The first range that has to be read again, given the repairs made so far; null when all ranges meet. */
export function nextRepair(store: Store, plan: Plan, repairs: Readonly<Record<string, number>>): Repair | null {
  const { id } = plan.steps[0]
  for (const input of plan.inputs) {
    let expected = 0
    for (let task = input.firstShard; task < input.firstShard + input.shardCount; task++) {
      const marker = readMarker(store, markerPath(id, task, repairs[task] ?? null))
      if (marker === null || marker.extent === null) return null // stopped before this range was read
      const { first, stopped } = marker.extent
      const { end } = shardRange(plan, task).range
      const ownsNothing = first === stopped
      const meets = expected >= end ? ownsNothing : first === expected
      if (!meets) return { task, start: expected }
      expected = expected >= end ? expected : stopped
    }
  }
  return null
}
