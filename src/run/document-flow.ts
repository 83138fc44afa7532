/**
 * The way of one document through a step: decision, stages in order, verdict, and what is written of it. Counts everything
 * in the shard's ledger.
 */
import type { Document, SignalValue, Span } from '../document/document.js'
import { messageOf, RecordError } from '../errors/errors.js'
import type { StageSpan, Survivor } from '../formats/arrow/documents.js'
import type { Outcome } from '../stage/outcome.js'
import { count, countDrop, type FileLedger } from './ledger.js'
import type { PreparedStep } from './prepared-step.js'
import type { ShardSinks } from './shard-sinks.js'

/** What a document brings from the step before. */
export type Carried = Omit<Survivor, 'document'>

export const NOTHING_CARRIED: Carried = { signals: {}, spans: [] }

export class DocumentFlow {
  private document: Document
  private signals: Record<string, SignalValue> = {}
  private spans: StageSpan[] = []
  private dropped: { stage: string; reason: string } | null = null

  constructor(
    private readonly step: PreparedStep,
    private readonly measureAll: boolean,
    private readonly ledger: FileLedger,
    private readonly sinks: ShardSinks,
    document: Document,
    carried: Carried,
  ) {
    this.document = document
    this.signals = { ...carried.signals }
    this.spans = [...carried.spans]
  }

  /** Runs the step's stages; true when the document is still kept. */
  run(decision: Uint8Array | undefined): boolean {
    let current = ''
    try {
      const { settle, each } = this.step
      if (settle !== null) {
        current = settle.as
        this.apply(current, settle.run(this.document, decision))
      }
      for (const stage of each) {
        if (this.dropped !== null && !this.measureAll) break
        if (stage.languages !== null && !stage.languages.has(this.document.language)) continue
        current = stage.as
        this.apply(current, stage.run(this.document))
      }
    } catch (error) {
      this.setAside(current, error)
      return false
    }
    if (this.dropped !== null) this.sinks.drop(this.document, this.signals, this.spans, this.dropped)
    else {
      this.sinks.keep(this.document, this.signals, this.spans)
      if (this.step.output !== null) this.ledger.kept++
    }
    return this.dropped === null
  }

  private apply(stage: string, outcome: Outcome): void {
    for (const [name, value] of Object.entries(outcome.signals)) this.signals[`${stage}.${name}`] = value
    if (outcome.edit !== null) {
      const { metadata, ...fields } = outcome.edit
      // Spans refer to the text as it is: those of an earlier text are of no use once it has changed.
      if (fields.text !== undefined && fields.text !== this.document.text) this.spans = []
      const merged = metadata === undefined ? this.document.metadata : { ...this.document.metadata, ...metadata }
      this.document = { ...this.document, ...fields, metadata: merged }
    }
    for (const span of outcome.spans) this.spans.push(labelled(stage, span))
    if (this.dropped !== null) return // measured on after the drop that decided
    this.ledger.stages[stage] ??= { in: 0, kept: 0, dropped: 0 }
    const counts = this.ledger.stages[stage]
    counts.in++
    if (outcome.verdict === 'drop') {
      counts.dropped++
      countDrop(this.ledger, stage, outcome.reason)
      this.dropped = { stage, reason: outcome.reason }
    } else counts.kept++
  }

  /** A stage that throws costs this document only: it is counted, named and kept in quarantine. */
  private setAside(stage: string, error: unknown): void {
    const code = error instanceof RecordError ? error.code : `error-${stage}`
    if (this.dropped !== null) {
      // Already counted as dropped; the failure came from measuring on.
      this.sinks.drop(this.document, this.signals, this.spans, this.dropped)
      return
    }
    count(this.ledger.quarantined, code)
    const { file, offset, length, sub, raw, text } = this.document
    const body = raw === null ? text : raw.body
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    this.sinks.quarantine({ file, offset, length, sub, code, message: `${stage}: ${messageOf(error)}`, bytes })
  }
}

function labelled(stage: string, { start, end, type, score }: Span): StageSpan {
  return { stage, start, end, type, score }
}
