/** A documents step made ready in a worker: stage functions prepared once, kept for all shards that the worker gets. */

import type { Document } from '../document/document.js'
import type { SignalColumn } from '../formats/arrow/verdicts.js'
import type { Store } from '../io/store.js'
import type { Outcome } from '../stage/outcome.js'
import type { BatchWork, Collect, ReadWork, Resources, Settle, ShardEncoder, SharedTable } from '../stage/stage.js'
import { optionsOf } from './artifacts.js'
import { partitionOfKey } from './partition.js'
import { type DocumentsStep, type Plan, partitionsOf } from './plan.js'
import { stageResources } from './resources.js'
import type { StageUse } from './settings.js'
import { loadStage } from './stage-loader.js'

export interface PreparedStage {
  readonly as: string
  /** Null when all documents are meant. */
  readonly languages: ReadonlySet<string> | null
  readonly run: (document: Document) => Outcome
}

export interface PreparedCollect {
  readonly as: string
  readonly languages: ReadonlySet<string> | null
  readonly run: Collect
  readonly partition: (key: Uint8Array) => number
}

export interface ScoreTable {
  /** The stage's own signals: the table's columns behind the id. */
  readonly signalColumns: readonly SignalColumn[]
  readonly series: NonNullable<BatchWork<never>['series']> | null
}

export interface PreparedStep {
  /** What the stages so far have declared, by column name. */
  readonly signalTypes: ReadonlyMap<string, string>
  readonly settle: {
    readonly as: string
    readonly languages: ReadonlySet<string> | null
    readonly run: Settle
    /** Set for a batch stage, whose scores become a table of their own. */
    readonly scores: ScoreTable | null
  } | null
  readonly each: readonly PreparedStage[]
  readonly collect: PreparedCollect | null
  /** The last step's writer. */
  readonly output: {
    readonly extension: string
    readonly encoder: (write: (bytes: Uint8Array) => void) => ShardEncoder
  } | null
}

export type SharedTables = Readonly<Record<string, readonly SharedTable[]>>

interface Given {
  resources(use: StageUse): Resources
  options(use: StageUse): never
}

const prepared = new Map<string, Promise<PreparedStep>>()

/** @param shared tables that all workers share, by stage */
export function prepareStep(
  store: Store,
  plan: Plan,
  step: DocumentsStep,
  shared: SharedTables,
): Promise<PreparedStep> {
  const known = prepared.get(step.id)
  if (known) return known
  const at = plan.steps.findIndex(({ id }) => id === step.id)
  const making = make(plan, step, {
    resources: (use) => stageResources(plan.seed, shared[use.as] ?? []),
    options: (use) => optionsOf(store, plan, at, use),
  })
  prepared.set(step.id, making)
  return making
}

/** After a shard that failed: what its stages have summed so far must not come out with the next one. */
export function forgetStep(step: DocumentsStep): void {
  prepared.delete(step.id)
}

async function make(plan: Plan, step: DocumentsStep, given: Given): Promise<PreparedStep> {
  const each: PreparedStage[] = []
  for (const use of step.each) {
    const stage = await loadStage(use.stage)
    if (stage.kind !== 'each') throw new Error(`${use.stage}: not a per-document stage`)
    each.push({
      as: use.as,
      languages: languagesOf(use),
      run: await stage.prepare(given.options(use), given.resources(use)),
    })
  }
  return {
    signalTypes: new Map(step.signalColumns.map(({ name, type }) => [name, type])),
    each,
    settle: step.settles === null ? null : await makeSettle(step.settles, given),
    collect: step.collects === null ? null : await makeCollect(plan, step.collects, given),
    output: step.writesOutput ? await makeOutput(plan) : null,
  }
}

async function makeSettle(use: StageUse, given: Given): Promise<PreparedStep['settle']> {
  const stage = await loadStage(use.stage)
  const named = { as: use.as, languages: languagesOf(use) }
  const options = given.options(use)
  if (stage.kind === 'corpus') return { ...named, run: stage.corpus.settle(options), scores: null }
  if (stage.kind !== 'eachBatch') throw new Error(`${use.stage}: decides nothing between passes`)
  const { batch, signals = {} } = stage
  const scores = {
    signalColumns: Object.entries(signals).map(([name, { type }]) => ({ name, type })),
    series: batch.series ?? null,
  }
  return { ...named, run: await batch.settle(options, given.resources(use)), scores }
}

async function makeCollect(plan: Plan, use: StageUse, given: Given): Promise<PreparedStep['collect']> {
  const stage = await loadStage(use.stage)
  if (stage.kind !== 'corpus') throw new Error(`${use.stage}: not a corpus stage`)
  const partitions = partitionsOf(plan, use.as, 0)
  const run = await stage.corpus.collect(given.options(use), given.resources(use))
  return { as: use.as, languages: languagesOf(use), run, partition: (key) => partitionOfKey(key, partitions) }
}

/** The languages that a stage is meant for; null for all. */
export function languagesOf({ when }: StageUse): ReadonlySet<string> | null {
  return when === null ? null : new Set(when.language)
}

async function makeOutput(plan: Plan): Promise<PreparedStep['output']> {
  const stage = await loadStage(plan.output.stage)
  if (stage.kind !== 'write') throw new Error(`${plan.output.stage}: not a writer`)
  const options = plan.output.options as never // as checked against this writer's declaration
  return { extension: stage.write.extension(options), encoder: await stage.write.prepare(options) }
}

export function appliesTo(languages: ReadonlySet<string> | null, document: Document): boolean {
  return languages === null || languages.has(document.language)
}

/** The reader of the input, with its options bound. */
export async function prepareReader(
  plan: Plan,
): Promise<(...from: Tail<Parameters<ReadWork<never>['read']>>) => ReturnType<ReadWork<never>['read']>> {
  const stage = await loadStage(plan.input.stage)
  if (stage.kind !== 'read') throw new Error(`${plan.input.stage}: not a reader`)
  // The options were checked against this reader's declaration.
  return (file, range) => stage.read.read(plan.input.options as never, file, range)
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never
