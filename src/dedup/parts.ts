/** How parts of a text are compared, and a text without some of its parts. */
import type { Ranges } from '../text/lines.js'

/**
 * As CCNet compares paragraphs (Wenzek et al. 2020; cc_net's `normalize_for_dedup`): white space at the ends gone, lower case,
 * digits as 0, punctuation and control characters gone. The list of punctuation is Unicode's (categories P and C), not the 40
 * marks of cc_net; symbols stay.
 */
export function normalizePart(part: string): string {
  return part
    .trim()
    .toLowerCase()
    .replace(/\p{Nd}/gu, '0')
    .replace(/[\p{P}\p{C}]/gu, '')
}

/**
 * The text without the parts of these numbers (ascending), each going with the white space behind it; what is left ends where
 * its last part ends.
 */
export function withoutParts(text: string, parts: Ranges, removed: readonly number[]): string {
  let out = ''
  let from = 0
  let lastEnd = 0
  for (const number of removed) {
    const start = parts[number * 2]
    const next = number * 2 + 2 < parts.length ? parts[number * 2 + 2] : text.length
    if (number > 0 && start > from) {
      out += text.slice(from, start)
      lastEnd = out.length - (start - parts[number * 2 - 1])
    }
    from = next
  }
  if (from >= text.length) return out.slice(0, lastEnd)
  return out + text.slice(from)
}
