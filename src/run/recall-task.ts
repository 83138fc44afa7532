/** One shard of an earlier run: what a corpus stage attached to the documents kept there becomes records of its first round. */
import { ShardError } from '../errors/errors.js'
import { readVerdicts } from '../formats/arrow/verdicts.js'
import { AttachmentReader } from '../io/attachments.js'
import { SortedRecordWriter } from '../io/sorted-records.js'
import { Store } from '../io/store.js'
import { loadZstd } from '../io/zstd.js'
import { EARLIER_SHARD } from '../stage/stage.js'
import { optionsOf } from './artifacts.js'
import type { EarlierShard } from './earlier.js'
import type { Marker } from './marker.js'
import { partitionOfKey } from './partition.js'
import { partitionsOf, type RecallStep } from './plan.js'
import { loadStage } from './stage-loader.js'
import type { TaskContext } from './task-context.js'

export async function runRecallTask(context: TaskContext, step: RecallStep): Promise<Marker> {
  const { store, plan, task, attempt, watch } = context
  const stage = await loadStage(step.stage.stage)
  const recall = stage.kind === 'corpus' ? stage.corpus.recall : undefined
  if (recall === undefined) throw new Error(`${step.stage.stage}: recalls nothing`)
  const shard = step.earlier[task]
  const kept = await keptIds(shard)
  const partitions = partitionsOf(plan, step.stage.as, 0)
  const records = new SortedRecordWriter((run) => store.create(`${attempt}/records-${String(run).padStart(3, '0')}`))
  const emit = (key: Uint8Array, value: Uint8Array) => records.add(partitionOfKey(key, partitions), key, value)
  const take = recall.records(optionsOf(store, plan, context.step, step.stage))
  const reader = new AttachmentReader(new Store(shard.run), shard.attachments)
  try {
    for (const [row, blob] of reader.all()) {
      watch.tick()
      if (kept.has(recall.idOf(blob))) take(blob, { shard: EARLIER_SHARD + task, row }, emit)
    }
  } finally {
    reader.close()
  }
  const files = records.finish().map((file) => ({ ...file, role: 'records' as const, rows: records.recordCount }))
  return { step: step.id, task, files, input: '', taken: 0, extent: null, ledger: null }
}

async function keptIds({ run, verdicts }: EarlierShard): Promise<Set<string>> {
  const store = new Store(run)
  const zstd = await loadZstd()
  const ids = new Set<string>()
  for (const path of verdicts) {
    const bytes = store.read(path)
    if (bytes === null) throw new ShardError(`${store.pathOf(path)}: gone`)
    for (const { id, verdict } of readVerdicts(bytes, zstd, [])) if (verdict === 'kept') ids.add(id)
  }
  return ids
}
