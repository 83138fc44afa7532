/** Discounts of modified Kneser-Ney smoothing: Chen & Goodman 1998, equation 26, with lmplz's fallback. */
import { ConfigError } from '../errors/errors.js'
import type { OrderStatistics } from './train-adjust.js'

/** Taken off counts of 1, 2, and 3 or more, at [1], [2], [3]; [0] is 0. */
export type Discounts = readonly [number, number, number, number]

/** lmplz's values for `--discount_fallback`. */
export const DISCOUNT_FALLBACK: Discounts = [0, 0.5, 1, 1.5]

/**
 * The discounts of one order. Where the counts of counts can't give any (a small text, or one whose repetitions were taken
 * out), `fallback`, or ConfigError without one.
 */
export function estimateDiscounts(
  order: number,
  { countsOfCounts }: OrderStatistics,
  fallback: Discounts | null,
): { readonly discounts: Discounts; readonly isFallback: boolean } {
  const [, one, two, three, four] = countsOfCounts
  const y = one / (one + 2 * two)
  const discounts: Discounts = [0, 1 - (2 * y * two) / one, 2 - (3 * y * three) / two, 3 - (4 * y * four) / three]
  // A missing count of counts gives NaN or Infinity, which are out of range too.
  const isSound = discounts.every((discount, count) => discount >= 0 && discount <= count)
  if (isSound) return { discounts, isFallback: false }
  if (fallback !== null) return { discounts: fallback, isFallback: true }
  throw new ConfigError(
    `no discounts for ${order}-grams: expected some with adjusted counts 1, 2, 3 and 4, got ${one}, ${two}, ${three}, ${four}; ` +
      'the text is small or its repetitions were removed: take more text, or a fallback (--discount-fallback)',
  )
}

/** What is left of an adjusted count. */
export function discounted(count: number, discounts: Discounts): number {
  return count - discounts[Math.min(count, 3)]
}
