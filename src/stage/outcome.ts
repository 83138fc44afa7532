/** What a per-document stage says of a document: keep it, keep it changed, or drop it for a named reason. */
import type { Signals, Span } from '../document/document.js'

/** The fields that a stage may change. `metadata` is merged into the document's own. `raw: null` lets the page go. */
export interface Edit {
  readonly text?: string
  readonly language?: string
  readonly url?: string
  readonly date?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly raw?: null
}

export interface Outcome {
  readonly verdict: 'keep' | 'drop'
  /** A short stable word for the ledger, '' for kept documents. */
  readonly reason: string
  readonly edit: Edit | null
  readonly signals: Signals
  readonly spans: readonly Span[]
}

const NO_SIGNALS: Signals = {}
const NO_SPANS: readonly Span[] = []

export function keep(signals: Signals = NO_SIGNALS, spans: readonly Span[] = NO_SPANS): Outcome {
  return { verdict: 'keep', reason: '', edit: null, signals, spans }
}

/** Keeps the document with changes. Spans refer to the text after the edit. */
export function edit(change: Edit, signals: Signals = NO_SIGNALS, spans: readonly Span[] = NO_SPANS): Outcome {
  return { verdict: 'keep', reason: '', edit: change, signals, spans }
}

/** `change` is for what has been learned of the document all the same (its language): it is stored with the dropped one. */
export function drop(
  reason: string,
  signals: Signals = NO_SIGNALS,
  spans: readonly Span[] = NO_SPANS,
  change: Edit | null = null,
): Outcome {
  return { verdict: 'drop', reason, edit: change, signals, spans }
}
