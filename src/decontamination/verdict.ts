/** What the matches of a document mean for it; recorded as its decision. */
import type { Signals, Span } from '../document/document.js'
import type { ItemMatch, TextSpan } from './item-matches.js'
import type { NgramIndex } from './ngram-index.js'
import { unionOf } from './removal.js'

export interface ContaminationVerdict {
  readonly signals: Signals
  /** Of the items that contaminate it, by benchmark; units of the document's text. */
  readonly spans: readonly Span[]
}

/** @param matches at least one */
export function verdictOn(matches: readonly ItemMatch[], index: NgramIndex): ContaminationVerdict {
  const contaminating = matches.filter((match) => match.contaminates)
  const most = (contaminating.length > 0 ? contaminating : matches).reduce((a, b) => (b.overlap > a.overlap ? b : a))
  const signals = {
    overlap: most.overlap,
    longestRun: matches.reduce((longest, match) => Math.max(longest, match.longestRun), 0),
    itemCount: contaminating.length,
    benchmark: index.benchName(index.benchOf(most.item)),
    item: index.idOf(most.item),
  }
  return { signals, spans: spansOf(contaminating, index) }
}

/** The spans of a benchmark's items as one where they overlap, with the greatest overlap of its items as score. */
function spansOf(matches: readonly ItemMatch[], index: NgramIndex): Span[] {
  const benches = new Map<number, { score: number; spans: TextSpan[] }>()
  for (const { item, overlap, spans } of matches) {
    const bench = benches.get(index.benchOf(item)) ?? { score: 0, spans: [] }
    benches.set(index.benchOf(item), bench)
    bench.score = Math.max(bench.score, overlap)
    for (const span of spans) bench.spans.push(span)
  }
  return Array.from(benches)
    .flatMap(([bench, { score, spans }]) =>
      unionOf(spans).map((span): Span => ({ ...span, type: index.benchName(bench), score })),
    )
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.type < b.type ? -1 : 1))
}

export function encodeVerdict(verdict: ContaminationVerdict): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(verdict))
}

export function decodeVerdict(bytes: Uint8Array): ContaminationVerdict {
  return JSON.parse(new TextDecoder().decode(bytes)) // made by `encodeVerdict`
}
