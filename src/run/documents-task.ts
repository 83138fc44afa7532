/** One shard of a documents step: reads a range of the input, or the survivors of the step before, to the shard's marker. */
import type { Document } from '../document/document.js'
import { openInput } from '../io/input-files.js'
import { mergeSlices, readPartitionIndex } from '../io/merged-records.js'
import { loadZstd, type Zstd } from '../io/zstd.js'
import type { ReadExtent } from '../stage/stage.js'
import { type Carried, DocumentFlow, NOTHING_CARRIED } from './document-flow.js'
import { count, emptyFileLedger, type FileLedger } from './ledger.js'
import { filesOf, type Marker, StepMarkers } from './marker.js'
import { rowOfPositionKey } from './partition.js'
import { type DocumentsStep, shardRange } from './plan.js'
import { forgetStep, type PreparedStep, prepareReader, prepareStep, type SharedTables } from './prepared-step.js'
import { ShardSinks } from './shard-sinks.js'
import { type Skip, skipsOfTask } from './skips.js'
import { documentsStepBefore, survivorsOf } from './survivors.js'
import type { TaskContext } from './task-context.js'
import { makeWithdrawal, readWithdrawn } from './withdrawn.js'

export interface DocumentsContext extends TaskContext {
  readonly start: number | null
  /** Tables that all workers share, by stage. */
  readonly shared: SharedTables
}

export async function runDocumentsTask(context: DocumentsContext, step: DocumentsStep): Promise<Marker> {
  const { plan, task } = context
  const prepared = await prepareStep(context.store, plan, step, context.shared)
  const shard = new ShardTask(context, step, prepared, await loadZstd())
  try {
    const extent = context.step === 0 ? await shard.readRange() : shard.readSurvivors()
    if (prepared.collect !== null) shard.sinks.flush(prepared.collect)
    const input = shardRange(plan, task).input.name
    const files = shard.sinks.finish()
    return { step: step.id, task, files, input, taken: shard.taken, extent, ledger: shard.ledger }
  } catch (error) {
    shard.sinks.abandon()
    forgetStep(step)
    throw error
  }
}

class ShardTask {
  readonly ledger: FileLedger = emptyFileLedger()
  readonly sinks: ShardSinks
  taken = 0
  private readonly skips: ReadonlyMap<string, Skip['code']>

  constructor(
    private readonly context: DocumentsContext,
    step: DocumentsStep,
    private readonly prepared: PreparedStep,
    private readonly zstd: Zstd,
  ) {
    const { store, plan, attempt, task } = context
    this.sinks = new ShardSinks(store, plan, step.signalColumns, prepared, attempt, zstd)
    this.skips = skipsOfTask(store, step.id, task)
  }

  async readRange(): Promise<ReadExtent> {
    const { store, plan, task, watch, start } = this.context
    const isWithdrawn = makeWithdrawal(readWithdrawn(store))
    const { input, range } = shardRange(plan, task)
    const exact = start === null ? range : { start, end: range.end, exact: true }
    if (exact.start >= exact.end) return { first: exact.start, stopped: exact.start }
    const read = await prepareReader(plan)
    const file = await openInput(input.path, input.name, input.modified)
    try {
      const events = read(file, exact)
      let row = 0
      for (;;) {
        const { done, value } = await events.next()
        watch.tick()
        if (done) return value
        this.ledger.records++
        if (value.kind === 'skipped') count(this.ledger.skipped, value.reason)
        else if (value.kind === 'quarantine') {
          count(this.ledger.damaged, value.code)
          this.sinks.quarantine({ ...value, file: input.name, sub: 0 })
        } else if (isWithdrawn(value.document.url)) count(this.ledger.skipped, 'withdrawn')
        else {
          this.ledger.documents++
          const document = { ...value.document, position: { shard: task, row: row++ } }
          watch.setBytes(document.offset + document.length - exact.start)
          this.take(document, NOTHING_CARRIED, undefined)
        }
      }
    } finally {
      await file.close()
    }
  }

  readSurvivors(): null {
    const { store, plan, task, step, watch } = this.context
    const decisions = this.decisions(documentsStepBefore(plan, step) + 1, step)
    const { start } = shardRange(plan, task).range
    for (const { document, ...carried } of survivorsOf(store, plan, step, task, this.zstd)) {
      watch.setBytes(document.offset + document.length - start)
      this.take(document, carried, decisions.get(document.position.row))
    }
    return null
  }

  private take(document: Document, carried: Carried, decision: Uint8Array | undefined): void {
    const { watch, plan } = this.context
    this.taken++
    watch.begin(document.offset, document.sub)
    const skip = this.skips.get(`${document.offset}/${document.sub}`)
    const all = plan.execution.measure === 'all'
    const flow = new DocumentFlow(this.prepared, all, this.ledger, this.sinks, document, carried)
    if (skip === undefined) watch.end(flow.run(decision))
    else {
      flow.skip(skip)
      watch.end(false)
    }
  }

  /** Decisions on this shard's documents by row, from all rounds in steps [from, to). Of two, the bytewise smaller counts. */
  private decisions(from: number, to: number): Map<number, Uint8Array> {
    const { store, plan, task, watch, attempt } = this.context
    const slices = []
    for (const step of plan.steps.slice(from, to)) {
      if (step.kind === 'recall' || (step.kind === 'round' && step.repeat !== null)) continue // these decide nothing
      const markers = new StepMarkers(store, step.id)
      // Rounds decide on any shard's documents; a batch step's task has scored those of its own shard alone.
      const first = step.kind === 'batch' ? task : 0
      for (let partition = first; partition < (step.kind === 'batch' ? task + 1 : step.taskCount); partition++) {
        for (const file of filesOf(markers.get(partition), 'decisions')) {
          const slice = readPartitionIndex(store, file.path).get(task)
          if (slice) slices.push(slice)
        }
      }
    }
    const decisions = new Map<number, Uint8Array>()
    mergeSlices(store, slices, `${attempt}/merge`, (key, value) => {
      watch.tick()
      const row = rowOfPositionKey(key)
      if (!decisions.has(row)) decisions.set(row, value.slice())
    })
    return decisions
  }
}
