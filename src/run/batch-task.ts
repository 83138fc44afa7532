/** One shard of a batch step: the survivors of the pass before, scored on the device, to a file of scores by position. */

import type { Document } from '../document/document.js'
import { RecordError, ShardError } from '../errors/errors.js'
import type { Survivor } from '../formats/arrow/documents.js'
import { SortedRecordWriter } from '../io/sorted-records.js'
import { loadZstd } from '../io/zstd.js'
import { scoreInBatches } from '../stage/batch-scoring.js'
import type { BatchScorer } from '../stage/stage.js'
import { optionsOf } from './artifacts.js'
import type { DeviceLink } from './device-link.js'
import type { Marker, MarkerFile } from './marker.js'
import { positionKey } from './partition.js'
import { type BatchStep, shardRange } from './plan.js'
import { appliesTo, languagesOf, type SharedTables } from './prepared-step.js'
import { recordFailure, recordScore } from './recorded-score.js'
import { stageResources } from './resources.js'
import { skipsOfTask } from './skips.js'
import { loadStage } from './stage-loader.js'
import { survivorsOf } from './survivors.js'
import type { TaskContext } from './task-context.js'
import type { Watch } from './watch.js'

export interface BatchContext extends TaskContext {
  readonly shared: SharedTables
  readonly device: DeviceLink
}

export async function runBatchTask(context: BatchContext, step: BatchStep): Promise<Marker> {
  const { store, plan, task, attempt, watch, device, shared } = context
  const { as, stage: name } = step.stage
  const stage = await loadStage(name)
  if (stage.kind !== 'eachBatch') throw new Error(`${name}: not a batch stage`)
  const options = optionsOf(store, plan, context.step, step.stage)
  const scorer = await stage.batch.prepare(options, stageResources(plan.seed, shared[as] ?? []))
  const watched = watchedScorer(scorer, watch, skipsOfTask(store, step.id, task))
  const scores = new SortedRecordWriter((run) => store.create(`${attempt}/scores-${String(run).padStart(3, '0')}`))
  const { input, range } = shardRange(plan, task)
  let taken = 0
  const record = (document: Document, bytes: Uint8Array) => {
    scores.add(task, positionKey(document.position), bytes)
    watch.setBytes(document.offset + document.length - range.start)
    watch.end(true)
  }
  const survivors = survivorsOf(store, plan, context.step, task, await loadZstd())
  const documents = meant(survivors, languagesOf(step.stage), () => {
    taken++
    watch.tick()
  })
  await scoreInBatches(documents, watched, stage.batch.budget(options), (rows) => device.compute(rows), {
    score: (document, score) => record(document, recordScore(score)),
    failed: (document, error) => {
      // What befell the device is no document's fault.
      if (error instanceof ShardError) throw error
      record(document, recordFailure(error, `error-${as}`))
    },
  })
  const files: MarkerFile[] = scores
    .finish()
    .map((file) => ({ ...file, role: 'decisions' as const, rows: scores.recordCount }))
  return { step: step.id, task, files, input: input.name, taken, extent: null, ledger: null }
}

/** So that a document that no worker survives is known, and set aside. */
function watchedScorer(scorer: BatchScorer, watch: Watch, skips: ReadonlyMap<string, string>): BatchScorer {
  const within = <T>({ offset, sub }: Document, work: () => T): T => {
    watch.begin(offset, sub)
    const skip = skips.get(`${offset}/${sub}`)
    try {
      if (skip !== undefined) throw new RecordError(skip, 'set aside after three workers were lost on this document')
      return work()
    } finally {
      watch.leave()
    }
  }
  return {
    rows: (document) => within(document, () => scorer.rows(document)),
    score: (document, rows, numbers) => within(document, () => scorer.score(document, rows, numbers)),
  }
}

function* meant(
  survivors: Iterable<Survivor>,
  languages: ReadonlySet<string> | null,
  onTaken: () => void,
): Generator<Document, void, void> {
  for (const { document } of survivors) {
    onTaken()
    if (appliesTo(languages, document)) yield document
  }
}
