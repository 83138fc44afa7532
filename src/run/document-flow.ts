/**
 * The way of one document through a step: decision, stages in order, verdict, and what is written of it. Counts everything
 * in the shard's ledger. A stage that throws, or gives what it did not declare, costs its document only.
 */
import type { Document, Signals, SignalValue, Span } from '../document/document.js'
import { messageOf, RecordError } from '../errors/errors.js'
import type { StageSpan, Survivor } from '../formats/arrow/documents.js'
import { checkOutcome } from '../stage/check-outcome.js'
import type { Edit, Outcome } from '../stage/outcome.js'
import type { Settle } from '../stage/stage.js'
import { count, countDrop, type FileLedger } from './ledger.js'
import { appliesTo, type PreparedStep, type ScoreTable } from './prepared-step.js'
import { readScore } from './recorded-score.js'
import type { CollectedRecords, ShardSinks } from './shard-sinks.js'

/** What a document brings from the step before. */
export type Carried = Omit<Survivor, 'document'>

export const NOTHING_CARRIED: Carried = { signals: {}, spans: [] }

interface Drop {
  readonly stage: string
  readonly reason: string
  /** As they were when it was dropped: what is measured after that changes neither. */
  readonly document: Document
  readonly spans: readonly StageSpan[]
}

export class DocumentFlow {
  private document: Document
  private signals: Record<string, SignalValue>
  private spans: StageSpan[]
  private dropped: Drop | null = null
  private current = ''
  /** The document's row in the table of scores: written when all is decided, so that no failing file looks like its fault. */
  private scored: { readonly signals: Signals; readonly series: Float32Array | null } | null = null

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

  /** Runs the step's stages and writes what came of the document; true when it is still kept. */
  run(decision: Uint8Array | undefined): boolean {
    const isKept = this.runStages(decision)
    if (this.scored !== null) this.sinks.score(this.document.id, this.scored.signals, this.scored.series)
    return isKept
  }

  private runStages(decision: Uint8Array | undefined): boolean {
    let collected: CollectedRecords | null = null
    try {
      this.applyStages(decision)
      if (this.dropped === null) collected = this.collect()
    } catch (error) {
      if (this.dropped === null) {
        this.setAside(error)
        return false
      }
      // Dropped and counted before: the failure came from measuring on.
    }
    if (this.dropped !== null) {
      const { document, spans, stage, reason } = this.dropped
      this.sinks.drop(document, this.signals, spans, { stage, reason })
      return false
    }
    if (this.step.output !== null) this.ledger.kept++
    this.sinks.keep(this.document, this.signals, this.spans, collected)
    return true
  }

  /** Sets the document aside without running anything: no worker has survived it. */
  skip(code: string): void {
    this.setAside(new RecordError(code, 'set aside after three workers were lost on this document'))
  }

  private applyStages(decision: Uint8Array | undefined): void {
    const { settle, each } = this.step
    if (settle !== null && appliesTo(settle.languages, this.document)) {
      this.current = settle.as
      if (settle.scores === null) this.apply(settle.run(this.document, decision))
      else this.settleScore(settle.run, settle.scores, decision)
    }
    for (const stage of each) {
      if (this.dropped !== null && !this.measureAll) return
      if (!appliesTo(stage.languages, this.document)) continue
      this.current = stage.as
      this.apply(stage.run(this.document))
    }
  }

  private settleScore(settle: Settle, table: ScoreTable, record: Uint8Array | undefined): void {
    const score = record === undefined ? undefined : readScore(record)
    const outcome = settle(this.document, score)
    this.apply(outcome)
    if (score === undefined) return
    this.scored = { signals: outcome.signals, series: table.series?.read(score) ?? null }
  }

  private collect(): CollectedRecords | null {
    const { collect } = this.step
    if (collect === null || !appliesTo(collect.languages, this.document)) return null
    this.current = collect.as
    return this.sinks.collect(this.document, collect)
  }

  private apply(outcome: Outcome): void {
    const stage = this.current
    checkOutcome(outcome, this.document.text.length)
    this.takeSignals(outcome.signals)
    if (outcome.edit !== null) this.edit(outcome.edit)
    for (const span of outcome.spans) this.spans.push(labelled(stage, span))
    if (this.dropped !== null) return
    this.ledger.stages[stage] ??= { in: 0, kept: 0, dropped: 0 }
    const counts = this.ledger.stages[stage]
    counts.in++
    if (outcome.verdict === 'drop') {
      counts.dropped++
      countDrop(this.ledger, stage, outcome.reason)
      this.dropped = { stage, reason: outcome.reason, document: this.document, spans: [...this.spans] }
    } else counts.kept++
  }

  private takeSignals(signals: Outcome['signals']): void {
    for (const [name, value] of Object.entries(signals)) {
      const column = `${this.current}.${name}`
      const type = this.step.signalTypes.get(column)
      if (typeof value !== type || (typeof value === 'number' && !Number.isFinite(value))) {
        const expected = type === 'number' ? 'a finite number' : (type ?? 'a declaration of it')
        throw new TypeError(`signal ${name}: expected ${expected}, got ${typeof value} ${String(value).slice(0, 40)}`)
      }
      this.signals[column] = value
    }
  }

  private edit({ metadata, raw, ...fields }: Edit): void {
    // Spans refer to the text as it is: those of an earlier text are of no use once it has changed.
    if (fields.text !== undefined && fields.text !== this.document.text) this.spans = []
    const merged = metadata === undefined ? this.document.metadata : { ...this.document.metadata, ...metadata }
    const page = raw === undefined ? this.document.raw : raw
    this.document = { ...this.document, ...fields, metadata: merged, raw: page }
  }

  private setAside(error: unknown): void {
    const code = error instanceof RecordError ? error.code : `error-${this.current}`
    count(this.ledger.quarantined, code)
    const { file, offset, length, sub, raw, text } = this.document
    const body = raw === null ? text : raw.body
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    const message = this.current === '' ? messageOf(error) : `${this.current}: ${messageOf(error)}`
    this.sinks.quarantine({ file, offset, length, sub, code, message, bytes })
    this.sinks.verdict(this.document, this.signals, [], 'quarantined', { stage: this.current, reason: code })
  }
}

function labelled(stage: string, { start, end, type, score }: Span): StageSpan {
  return { stage, start, end, type, score }
}
