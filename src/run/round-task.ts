/** One partition of a corpus stage's round: merges its sorted records, feeds the reducer, writes records and decisions. */

import type { Position } from '../document/document.js'
import { AttachmentReader } from '../io/attachments.js'
import { mergeSlices, type PartitionSlice, readPartitionIndex } from '../io/merged-records.js'
import { SortedRecordWriter } from '../io/sorted-records.js'
import { Store } from '../io/store.js'
import type { FileDigest, WrittenFile } from '../io/written-file.js'
import { type ArtifactWrite, EARLIER_SHARD, type Reducer, type RoundEmit, type RoundResources } from '../stage/stage.js'
import { optionsOf } from './artifacts.js'
import type { EarlierShard } from './earlier.js'
import { type FileRole, filesOf, type Marker, type MarkerFile, StepMarkers } from './marker.js'
import { partitionOfKey, positionKey } from './partition.js'
import { type Plan, partitionsOf, type RoundStep } from './plan.js'
import type { SharedTables } from './prepared-step.js'
import { stageResources } from './resources.js'
import { loadStage } from './stage-loader.js'
import { documentsStepBefore } from './survivors.js'
import type { TaskContext } from './task-context.js'

/** Attachment files held open at once. */
const READERS_MAX = 64

export interface RoundContext extends TaskContext {
  readonly shared: SharedTables
  /** Of a repeated round; null for the others. */
  readonly iteration: number | null
}

export async function runRoundTask(context: RoundContext, step: RoundStep): Promise<Marker> {
  const { store, plan, task, attempt, watch, shared, iteration } = context
  const stage = await loadStage(step.stage.stage)
  if (stage.kind !== 'corpus') throw new Error(`${step.stage.stage}: not a corpus stage`)
  const attachments = new Attachments(store, plan, context.step)
  const options = optionsOf(store, plan, context.step, step.stage)
  const resources: RoundResources = {
    ...stageResources(plan.seed, shared[step.stage.as] ?? []),
    attachment: (position) => attachments.get(position),
    runOf: ({ shard }) => attachments.earlier(shard)?.run ?? '',
    tick: () => watch.tick(),
    iteration: iteration ?? 0,
  }
  const round = stage.corpus.rounds[step.round]
  const reducer = await round.reducer(options, resources)
  const writer = (role: FileRole) =>
    new SortedRecordWriter((run) => store.create(`${attempt}/${role}-${String(run).padStart(3, '0')}`))
  const records = writer('records')
  const decisions = writer('decisions')
  const partitions = step.repeat === null ? partitionsOf(plan, step.stage.as, step.round + 1) : step.taskCount
  let again = false
  const artifacts = new Artifacts(store, attempt)
  const emit: RoundEmit = {
    record: (key, value) => {
      watch.tick()
      if (partitions === 0) throw new Error(`${step.name}: the last round has nowhere to emit records to`)
      records.add(partitionOfKey(key, partitions), key, value)
    },
    decide: (position, decision) => {
      watch.tick()
      if (step.repeat !== null) throw new Error(`${step.name}: a repeated round decides nothing`)
      if (position.shard >= EARLIER_SHARD) throw new Error(`${step.name}: a decision on a document of an earlier run`)
      decisions.add(position.shard, positionKey(position), decision)
    },
    file: (name) => artifacts.open(name, () => watch.tick()),
    again: () => {
      if (step.repeat === null) throw new Error(`${step.name}: only a repeated round can ask for another iteration`)
      again = true
    },
  }
  try {
    reduce(context, incoming(context, step, round.also), reducer, emit)
  } catch (error) {
    artifacts.abandon()
    throw error
  } finally {
    attachments.close()
  }
  const files: MarkerFile[] = artifacts.finish()
  for (const [role, from] of [['records', records] as const, ['decisions', decisions] as const]) {
    for (const file of from.finish()) files.push({ ...file, role, rows: from.recordCount })
  }
  const marker = { step: step.id, task, files, input: '', taken: 0, extent: null, ledger: null }
  return again ? { ...marker, again } : marker
}

function reduce(
  { store, attempt, watch }: RoundContext,
  slices: readonly PartitionSlice[],
  reducer: Reducer,
  emit: RoundEmit,
): void {
  let group: Uint8Array | null = null
  let seen = 0
  mergeSlices(store, slices, `${attempt}/merge`, (key, value) => {
    if (group === null || Buffer.compare(group, key) !== 0) {
      if (group !== null) reducer.end(emit)
      group = key.slice()
      reducer.start(group)
    }
    reducer.value(value, emit)
    if ((++seen & 1023) === 0) watch.tick()
  })
  if (group !== null) reducer.end(emit)
  reducer.finish?.(emit)
}

const ARTIFACT_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/

class Artifacts {
  private readonly files = new Map<string, WrittenFile>()
  private readonly finished = new Map<string, FileDigest | null>()

  constructor(
    private readonly store: Store,
    private readonly attempt: string,
  ) {}

  open(name: string, onWrite: () => void): ArtifactWrite {
    if (!ARTIFACT_NAME.test(name))
      throw new Error(`an artifact's name: expected letters, digits, . _ and -, got ${name}`)
    if (this.files.has(name)) throw new Error(`artifact ${name}: opened twice`)
    const file = this.store.create(`${this.attempt}/artifact-${name}`)
    this.files.set(name, file)
    const write = (bytes: Uint8Array) => {
      if (this.finished.has(name)) throw new Error(`artifact ${name}: written to after it was closed`)
      onWrite()
      file.write(bytes)
    }
    return Object.assign(write, { close: () => this.close(name, file) })
  }

  finish(): MarkerFile[] {
    for (const [name, file] of this.files) this.close(name, file)
    return [...this.finished].flatMap(([name, digest]) => {
      return digest === null ? [] : [{ ...digest, role: 'artifact' as const, name, rows: 0 }]
    })
  }

  private close(name: string, file: WrittenFile): void {
    if (!this.finished.has(name)) this.finished.set(name, file.finish())
  }

  abandon(): void {
    for (const file of this.files.values()) file.abandon()
  }
}

/** The slices of this partition in all record files that it takes in. */
function incoming(context: RoundContext, step: RoundStep, also: string | undefined): PartitionSlice[] {
  const { store, plan, task, iteration } = context
  if (iteration !== null && iteration > 0) {
    return slicesOf(store, new StepMarkers(store, step.id, iteration - 1), step.taskCount, task)
  }
  const slices = sentTo(context, context.step)
  if (also === undefined) return slices
  const other = plan.steps.findIndex(({ name }) => name === `${step.stage.as}.${also}`)
  return [...slices, ...sentTo(context, other)]
}

/** What was made for this partition before `step`: by the step before, and where that was a look at earlier runs, also its own. */
function sentTo({ store, plan, task }: RoundContext, step: number): PartitionSlice[] {
  const { id, kind, taskCount } = plan.steps[step - 1]
  const slices = slicesOf(store, new StepMarkers(store, id), taskCount, task)
  if (kind !== 'recall') return slices
  const pass = plan.steps[step - 2]
  return [...slices, ...slicesOf(store, new StepMarkers(store, pass.id), pass.taskCount, task)]
}

function slicesOf(store: Store, markers: StepMarkers, taskCount: number, partition: number): PartitionSlice[] {
  const slices: PartitionSlice[] = []
  for (let task = 0; task < taskCount; task++) {
    for (const file of filesOf(markers.get(task), 'records')) {
      const slice = readPartitionIndex(store, file.path).get(partition)
      if (slice) slices.push(slice)
    }
  }
  return slices
}

/** The blobs that the documents step before these rounds attached, and those of earlier runs, by position; the readers used last stay open. */
class Attachments {
  private readonly readers = new Map<number, AttachmentReader | null>()
  private readonly markers: StepMarkers
  private readonly recalled: readonly EarlierShard[]

  constructor(
    private readonly store: Store,
    plan: Plan,
    step: number,
  ) {
    const pass = documentsStepBefore(plan, step)
    this.markers = new StepMarkers(store, plan.steps[pass].id)
    const next = plan.steps[pass + 1]
    this.recalled = next?.kind === 'recall' ? next.earlier : []
  }

  /** The shard of an earlier run that has this number here. */
  earlier(shard: number): EarlierShard | undefined {
    return this.recalled[shard - EARLIER_SHARD]
  }

  get({ shard, row }: Position): Uint8Array | undefined {
    return this.reader(shard)?.get(row)
  }

  close(): void {
    for (const reader of this.readers.values()) reader?.close()
    this.readers.clear()
  }

  private reader(shard: number): AttachmentReader | null {
    const known = this.readers.get(shard)
    if (known !== undefined) {
      this.readers.delete(shard) // to the end of the map's order: used last
      this.readers.set(shard, known)
      return known
    }
    const reader = this.openReader(shard)
    this.readers.set(shard, reader)
    if (this.readers.size > READERS_MAX) {
      const [oldest, unused] = this.readers.entries().next().value ?? []
      if (oldest !== undefined) {
        unused?.close()
        this.readers.delete(oldest)
      }
    }
    return reader
  }

  private openReader(shard: number): AttachmentReader | null {
    const earlier = this.earlier(shard)
    if (earlier !== undefined) return new AttachmentReader(new Store(earlier.run), earlier.attachments)
    const [file] = filesOf(this.markers.get(shard), 'attachments')
    return file === undefined ? null : new AttachmentReader(this.store, file.path)
  }
}
