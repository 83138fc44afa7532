/** What stages that take parts out of documents have in common: their options, and how a document ends. */
import type { Signals } from '../document/document.js'
import { integer, oneOf } from '../stage/options.js'
import { drop, edit, keep, type Outcome } from '../stage/outcome.js'
import type { Ranges } from '../text/lines.js'
import { withoutParts } from './parts.js'

/** `what`: the parts, in the plural. */
export function removalAction(what: string) {
  return oneOf(['remove', 'annotate'], {
    default: 'remove',
    meaning: `take the ${what} out, or keep everything and only record`,
  })
}

export const remainingLengthMin = integer({
  default: 1,
  min: 0,
  unit: 'characters',
  meaning: 'a document that keeps less, after something was removed, is dropped',
})

export interface RemovalOptions {
  readonly action: 'remove' | 'annotate'
  readonly textLengthMin: number
}

/** The outcome for a text without the parts of these numbers (ascending). `reason`: for one that keeps too little. */
export function removal(
  text: string,
  parts: Ranges,
  removed: readonly number[],
  { action, textLengthMin }: RemovalOptions,
  reason: string,
  signals: Signals,
): Outcome {
  if (action === 'annotate' || removed.length === 0) return keep(signals)
  const rest = withoutParts(text, parts, removed)
  return rest.length < textLengthMin ? drop(reason, signals) : edit({ text: rest }, signals)
}
