/**
 * Files cut into ranges, read apart, and put together again. A range owns the records (and damage) that start in it; where
 * they start is known only at the file's start, so a reader finds the first plausible place in its range and says where it
 * began and stopped. A range that did not begin where the one before it stopped is read again from there: so the ranges of a
 * file give what one reading of the whole gives, whatever the cuts.
 */
import type { Range, ReadExtent } from '../stage/stage.js'

/** Cuts at multiples of `rangeSize`, or not at all for null. At least one range, so that an empty file is accounted for. */
export function cutRanges(sizeBytes: number, rangeSize: number | null): Range[] {
  const step = rangeSize ?? Math.max(sizeBytes, 1)
  const ranges: Range[] = [{ start: 0, end: Math.min(step, sizeBytes), exact: true }]
  for (let start = step; start < sizeBytes; start += step)
    ranges.push({ start, end: Math.min(start + step, sizeBytes), exact: false })
  return ranges
}

/**
 * The range to read instead, or null when what was read is right. Called in file order, with `stopped` of the range before,
 * itself repaired. A range that lies wholly inside its predecessor's last record comes back empty: reading it gives no
 * events and `stopped` unchanged.
 *
 * Cuts at 100 and 200, records at 0, 70, 250 (the one at 70 holds something like a record at 120): range 100..200 says
 * {first: 120, stopped: 220}, but the one before stopped at 250, so it becomes {start: 250, end: 250}, and owns nothing.
 */
export function repairedRange(stoppedBefore: number, range: Range, extent: ReadExtent): Range | null {
  if (extent.first === stoppedBefore) return null
  return { start: stoppedBefore, end: Math.max(range.end, stoppedBefore), exact: true }
}
