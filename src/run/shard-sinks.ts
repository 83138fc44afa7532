/** The files that one shard's task writes, each opened when its first row comes, under attempt names in `work/`. */
import { createHash } from 'node:crypto'
import type { Document, Signals } from '../document/document.js'
import {
  type DroppedWriter,
  droppedWriter,
  type StageSpan,
  type SurvivorWriter,
  survivorWriter,
} from '../formats/arrow/documents.js'
import { type ScoreWriter, scoreWriter } from '../formats/arrow/scores.js'
import { type SignalColumn, type Verdict, type VerdictWriter, verdictWriter } from '../formats/arrow/verdicts.js'
import { AttachmentWriter } from '../io/attachments.js'
import { SortedRecordWriter } from '../io/sorted-records.js'
import type { Store } from '../io/store.js'
import type { WrittenFile } from '../io/written-file.js'
import type { Zstd } from '../io/zstd.js'
import type { ShardEncoder } from '../stage/stage.js'
import type { FileRole, MarkerFile } from './marker.js'
import type { Plan } from './plan.js'
import type { PreparedCollect, PreparedStep } from './prepared-step.js'

export interface QuarantineEntry {
  readonly file: string
  readonly offset: number
  readonly length: number
  readonly sub: number
  readonly code: string
  readonly message: string
  readonly bytes: Uint8Array
}

/** Bytes of a bad record that are kept. */
const QUARANTINE_BYTES_MAX = 2 ** 16

export interface CollectedRecords {
  readonly records: readonly { readonly partition: number; readonly key: Uint8Array; readonly value: Uint8Array }[]
  readonly attachment: Uint8Array | null
}

const KEPT = { stage: '', reason: '' }

interface Sink<Writer> {
  readonly file: WrittenFile
  readonly writer: Writer
  rows: number
}

export class ShardSinks {
  private documents: Sink<ShardEncoder> | null = null
  private survivors: Sink<SurvivorWriter> | null = null
  private dropped: Sink<DroppedWriter> | null = null
  private verdicts: Sink<VerdictWriter> | null = null
  private scores: Sink<ScoreWriter> | null = null
  private quarantined: Sink<null> | null = null
  private readonly records: SortedRecordWriter
  private attached: Sink<AttachmentWriter> | null = null
  private readonly open: WrittenFile[] = []

  constructor(
    private readonly store: Store,
    private readonly plan: Plan,
    private readonly signalColumns: readonly SignalColumn[],
    private readonly step: PreparedStep,
    private readonly attempt: string,
    private readonly zstd: Zstd,
  ) {
    this.records = new SortedRecordWriter((run) => this.create(`records-${String(run).padStart(3, '0')}`))
  }

  /** A document that is still kept: to the output in the last step, else to the next step, with the corpus stage's records. */
  keep(document: Document, signals: Signals, spans: readonly StageSpan[], collected: CollectedRecords | null): void {
    const { output } = this.step
    if (output !== null) {
      this.documents ??= this.sink(`documents.${output.extension}`, (write) => output.encoder(write))
      this.documents.writer.add(document)
      this.documents.rows++
      this.verdict(document, signals, spans, 'kept', KEPT)
      return
    }
    this.survivors ??= this.sink('survivors.arrow', (write) => survivorWriter(write, this.zstd))
    this.survivors.writer.add({ document, signals, spans })
    this.survivors.rows++
    if (collected === null) return
    for (const { partition, key, value } of collected.records) this.records.add(partition, key, value)
    if (collected.attachment !== null) this.addAttachment(document.position.row, collected.attachment)
  }

  /** What a corpus stage emits for a document, held back until all of it is there: a stage that throws leaves nothing. */
  collect(document: Document, { run, partition }: PreparedCollect): CollectedRecords {
    const records: CollectedRecords['records'][number][] = []
    let attachment: Uint8Array | null = null
    const returned: unknown = run(document, {
      record: (key, value) => {
        checkBytes('record key', key)
        checkBytes('record value', value)
        records.push({ partition: partition(key), key: key.slice(), value: value.slice() })
      },
      attach: (blob) => {
        checkBytes('attachment', blob)
        if (attachment !== null) throw new Error('attach is called at most once a document')
        attachment = blob.slice()
      },
    })
    if (returned !== undefined) throw new TypeError('collect: expected nothing back (it must not be async)')
    return { records, attachment }
  }

  /** A row of the table of scores; only in a step that settles a batch stage. */
  score(id: string, signals: Signals, series: Float32Array | null): void {
    const table = this.step.settle?.scores
    if (!table) throw new Error('no batch stage is settled in this step')
    this.scores ??= this.sink('scores.arrow', (write) => scoreWriter(table, write, this.zstd))
    this.scores.writer.add(id, signals, series)
    this.scores.rows++
  }

  /** What a corpus stage has summed over the shard's documents. */
  flush({ run, partition }: PreparedCollect): void {
    run.flush?.({ record: (key, value) => this.records.add(partition(key), key, value) })
  }

  drop(document: Document, signals: Signals, spans: readonly StageSpan[], by: { stage: string; reason: string }): void {
    this.verdict(document, signals, spans, 'dropped', by)
    if (!this.isStored(document.id)) return
    this.dropped ??= this.sink('dropped.arrow', (write) => droppedWriter(write, this.zstd))
    this.dropped.writer.add({ document: { ...document, raw: null }, signals, spans, ...by })
    this.dropped.rows++
  }

  quarantine({ bytes, ...entry }: QuarantineEntry): void {
    this.quarantined ??= { file: this.create('quarantine.jsonl'), writer: null, rows: 0 }
    const head = Buffer.from(bytes.subarray(0, QUARANTINE_BYTES_MAX)).toString('base64')
    const { file, offset, length, sub, code, message } = entry
    const line = JSON.stringify({ file, offset, length, sub, code, message, bytes: head })
    this.quarantined.file.write(new TextEncoder().encode(`${line}\n`))
    this.quarantined.rows++
  }

  /** Finishes all files; what the marker names. */
  finish(): MarkerFile[] {
    const files: MarkerFile[] = []
    const add = (role: FileRole, sink: Sink<{ finish(): unknown } | null> | null) => {
      if (sink === null) return
      if (!(sink.writer instanceof AttachmentWriter)) sink.writer?.finish()
      const digest = sink.writer instanceof AttachmentWriter ? sink.writer.finish() : sink.file.finish()
      if (digest !== null) files.push({ ...digest, role, rows: sink.rows })
    }
    add('documents', this.documents)
    add('survivors', this.survivors)
    add('verdicts', this.verdicts)
    add('dropped', this.dropped)
    add('scores', this.scores)
    add('quarantine', this.quarantined)
    add('attachments', this.attached)
    for (const run of this.records.finish()) files.push({ ...run, role: 'records', rows: this.records.recordCount })
    return files
  }

  abandon(): void {
    for (const file of this.open) file.abandon()
  }

  verdict(
    document: Document,
    signals: Signals,
    spans: readonly StageSpan[],
    verdict: Verdict['verdict'],
    by: { stage: string; reason: string },
  ): void {
    this.verdicts ??= this.sink('verdicts.arrow', (write) => verdictWriter(this.signalColumns, write, this.zstd))
    const { id, url, file, offset, sub, language, text } = document
    this.verdicts.writer.add({
      ...{ id, url, file, offset, sub, language, textLength: text.length },
      ...{ verdict, stage: by.stage, reason: by.reason, spans, signals },
    })
    this.verdicts.rows++
  }

  private addAttachment(row: number, blob: Uint8Array): void {
    if (this.attached === null) {
      const file = this.create('attachments')
      this.attached = { file, writer: new AttachmentWriter(file), rows: 0 }
    }
    this.attached.writer.add(row, blob)
    this.attached.rows++
  }

  /** Under `sample`, a hash of seed and id decides: the same documents whatever the sharding. */
  private isStored(id: string): boolean {
    const { dropped, droppedShare } = this.plan.execution
    if (dropped !== 'sample') return dropped === 'all'
    const hash = createHash('sha256').update(`${this.plan.seed}\n${id}`).digest()
    return hash.readUInt32BE(0) / 2 ** 32 < droppedShare
  }

  private sink<Writer>(name: string, make: (write: (bytes: Uint8Array) => void) => Writer): Sink<Writer> {
    const file = this.create(name)
    return { file, writer: make(file.write), rows: 0 }
  }

  private create(name: string): WrittenFile {
    const file = this.store.create(`${this.attempt}/${name}`)
    this.open.push(file)
    return file
  }
}

function checkBytes(what: string, bytes: unknown): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what}: expected a Uint8Array, got ${typeof bytes}`)
}
