/**
 * A run: makes or resumes a run folder, does what its plan still lacks, step after step, then publishes the shards and the
 * ledger. A step begins only when the one before is whole, so a run that was killed goes on where it stopped.
 */

import { canonicalJson } from '../document/json.js'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import type { Repeat, SharedTable } from '../stage/stage.js'
import { ARTIFACTS, hasReference } from './artifacts.js'
import { sha256 } from './digest.js'
import { SIGNATURES } from './earlier.js'
import type { Ledger } from './ledger.js'
import { type FailedTask, type InFlight, LocalExecutor, type PendingTask } from './local-executor.js'
import { filesOf, iterationsPath, markerPath, repairsPath, StepMarkers } from './marker.js'
import { makePlan, type Plan, type RoundStep, stagesOf } from './plan.js'
import { type Progress, ProgressMeter } from './progress-meter.js'
import { FOLDERS, publishRun, sumLedger } from './publish.js'
import { nextRepair, type Repair } from './repairs.js'
import { shareTables } from './resources.js'
import { emptyRunFolder, openRunFolder } from './run-folder.js'
import { lockRunFolder } from './run-lock.js'
import type { Execution, RunConfig } from './settings.js'
import { loadStage } from './stage-loader.js'
import { planPath } from './task.js'
import { codeVersion } from './versions.js'
import { clearWithdrawn } from './withdrawn.js'

export { makePlan as plan, type Plan } from './plan.js'
export type { Progress } from './progress-meter.js'

export interface RunHooks {
  onProgress?(progress: Progress): void
  onMessage?(level: 'info' | 'warning' | 'error', text: string): void
  /** Aborting ends the run after the markers written so far; it can be resumed. */
  readonly signal?: AbortSignal
  /** Starts over: removes what an earlier run left in the folder. */
  readonly fresh?: boolean
}

export interface RunSummary {
  readonly runFolder: string
  readonly ledger: Ledger
  /** Stages that have made files, which lie in `artifacts/STAGE/`. */
  readonly artifacts: readonly string[]
  readonly failedTasks: readonly FailedTask[]
  /** True when markers of an earlier run were used. */
  readonly resumed: boolean
  readonly interrupted: boolean
  readonly inputBytes: number
  readonly seconds: number
}

const PROGRESS_MILLISECONDS = 200

export async function run(config: RunConfig, hooks: RunHooks = {}): Promise<RunSummary> {
  const began = performance.now()
  const plan = await makePlan(config)
  const store = openRunFolder(config.runFolder)
  const release = takeFolder(store)
  try {
    if (hooks.fresh) emptyRunFolder(store)
    return await runIn(store, plan, config, hooks, began)
  } finally {
    release()
  }
}

/**
 * Does a whole run's plan again as far as its markers lack, with what its manifest says; null when other code or packages made
 * it, since then its config has to be planned anew.
 */
export async function runAgain(folder: string, execution: Execution, hooks: RunHooks = {}): Promise<RunSummary | null> {
  const began = performance.now()
  const store = openRunFolder(folder)
  const plan = store.readJson<Plan>('manifest.json')
  if (plan === null || canonicalJson(plan.versions) !== canonicalJson(codeVersion())) return null
  const release = takeFolder(store)
  try {
    const { name, seed, input, output } = plan
    const inputPatterns = plan.inputs.map(({ path }) => path)
    const ends = { input, inputPatterns, pathLists: null, output, baseFolder: folder, runFolder: folder }
    const config = { name, seed, stages: stagesOf(plan), ...ends, execution: { ...execution, ...plan.execution } }
    return await runIn(store, plan, config, hooks, began)
  } finally {
    release()
  }
}

/** A place that can't be written in is a wrong call, not a failed shard. */
function takeFolder(store: Store): () => void {
  try {
    return lockRunFolder(store)
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(`output: ${messageOf(error)}`)
  }
}

async function runIn(store: Store, plan: Plan, config: RunConfig, hooks: RunHooks, began: number): Promise<RunSummary> {
  const engine = new Engine(config, plan, store, hooks)
  const failedTasks = await engine.run()
  const interrupted = hooks.signal?.aborted ?? false
  const whole = failedTasks.length === 0 && !interrupted
  const ledger = whole ? publishRun(store, plan, planPath(engine.planKey)) : sumLedger(store, plan)
  const seconds = (performance.now() - began) / 1000
  engine.log('end', { interrupted, failedTasks, seconds })
  const inputBytes = plan.inputs.reduce((n, input) => n + input.sizeBytes, 0)
  const { runFolder } = config
  const artifacts = store.list(ARTIFACTS)
  return { runFolder, ledger, artifacts, failedTasks, resumed: engine.resumed, interrupted, inputBytes, seconds }
}

class Engine {
  resumed = false
  readonly planKey: string
  private executor: LocalExecutor | null = null

  constructor(
    private readonly config: RunConfig,
    private readonly plan: Plan,
    private readonly store: Store,
    private readonly hooks: RunHooks,
  ) {
    const planText = canonicalJson(plan)
    this.planKey = sha256(planText)
    const manifest = `${JSON.stringify(plan, null, 2)}\n`
    if (Buffer.from(store.read('manifest.json') ?? []).toString() !== manifest) {
      // The ledger says that a run is whole, and the shards are its: not this one's, if the last run had another plan.
      for (const name of ['ledger.json', ARTIFACTS, SIGNATURES, ...Object.values(FOLDERS)]) store.remove(name)
      store.put('manifest.json', manifest)
    }
    clearWithdrawn(store, plan)
    store.put(planPath(this.planKey), planText)
    this.log('start', { workers: config.execution.workers, node: process.version, planKey: this.planKey })
  }

  /** Does all steps; the tasks that failed. */
  async run(): Promise<FailedTask[]> {
    const stop = () => this.executor?.stop()
    this.hooks.signal?.addEventListener('abort', stop)
    try {
      for (let step = 0; step < this.plan.steps.length && !this.hooks.signal?.aborted; step++) {
        const failed = await this.runStep(step)
        if (failed.length > 0) return failed
      }
      return []
    } finally {
      this.hooks.signal?.removeEventListener('abort', stop)
      await this.executor?.close()
    }
  }

  log(event: string, fields: object): void {
    this.store.appendLine('log/run.jsonl', { time: new Date().toISOString(), event, ...fields })
  }

  private async runStep(step: number): Promise<FailedTask[]> {
    const planned = this.plan.steps[step]
    if (planned.kind === 'round' && planned.repeat !== null) return this.runRepeated(step, planned, planned.repeat)
    return this.runTurn(step, null)
  }

  /** Iterations until enough of them in a row have changed nothing; what an iteration was made of is let go behind it. */
  private async runRepeated(step: number, { id, name, taskCount }: RoundStep, repeat: Repeat): Promise<FailedTask[]> {
    const { store } = this
    if (store.has(iterationsPath(id))) return []
    let quiet = 0
    for (let iteration = 0; iteration < repeat.iterationsMax; iteration++) {
      const failed = await this.runTurn(step, iteration)
      if (failed.length > 0 || this.hooks.signal?.aborted) return failed
      if (iteration > 0) removeRecords(store, id, taskCount, iteration - 1)
      quiet = asksAgain(store, id, taskCount, iteration) ? 0 : quiet + 1
      if (quiet === repeat.quietIterations) {
        store.putIfAbsent(iterationsPath(id), canonicalJson({ last: iteration }))
        return []
      }
    }
    throw new ShardError(`${name}: not settled after ${repeat.iterationsMax} iterations`)
  }

  /** All tasks of a step once. */
  private async runTurn(step: number, turn: number | null): Promise<FailedTask[]> {
    const began = performance.now()
    const { id, name, taskCount } = this.plan.steps[step]
    const pending = pendingTasks(this.store, id, taskCount, turn)
    if (pending.length < taskCount) this.resumed = true
    const meter = new ProgressMeter(this.plan, step, pending)
    const report = () => this.hooks.onProgress?.(meter.progress(this.executor?.inFlight() ?? null))
    const timer = setInterval(report, PROGRESS_MILLISECONDS)
    try {
      const failed = await this.runTasks(step, pending, (task, counted) => meter.finish(task, counted))
      if (failed.length > 0 || this.hooks.signal?.aborted) return failed
      const unrepaired = step === 0 ? await this.repairRanges() : []
      report()
      this.log('step', {
        id,
        name,
        ...(turn === null ? {} : { iteration: turn }),
        tasks: pending.length,
        seconds: (performance.now() - began) / 1000,
      })
      return unrepaired
    } finally {
      clearInterval(timer)
    }
  }

  private async runTasks(
    step: number,
    tasks: PendingTask[],
    onDone: (task: number, counted: InFlight) => void,
  ): Promise<FailedTask[]> {
    if (tasks.length === 0) return []
    this.executor ??= await this.startExecutor()
    return this.executor.run(step, tasks, ({ task }, counted) => onDone(task, counted))
  }

  private async startExecutor(): Promise<LocalExecutor> {
    const shared: Record<string, readonly SharedTable[]> = {}
    for (const use of this.config.stages) {
      const stage = await loadStage(use.stage)
      if (hasReference(use)) continue // its file is not there yet, so such a stage has no shared tables
      shared[use.as] = await shareTables(stage, use.options, this.plan.seed)
    }
    const { store, plan, planKey, config } = this
    return new LocalExecutor(store, plan, planKey, config.execution, shared, (event, fields) => {
      this.log(event, fields)
      if ('text' in fields) this.hooks.onMessage?.('warning', String(fields.text))
    })
  }

  /** Reads again each range that did not begin where its neighbor stopped, in file order; then writes down which. */
  private async repairRanges(): Promise<FailedTask[]> {
    const { store, plan } = this
    const { id } = plan.steps[0]
    if (store.has(repairsPath(id))) return []
    const repairs: Record<string, number> = {}
    for (let repair: Repair | null = nextRepair(store, plan, repairs); repair !== null; ) {
      const { task, start } = repair
      const failed = await this.runTasks(0, [{ task, turn: start }], () => {})
      if (failed.length > 0 || this.hooks.signal?.aborted) return failed
      repairs[repair.task] = repair.start
      repair = nextRepair(store, plan, repairs)
    }
    store.putIfAbsent(repairsPath(id), canonicalJson(repairs))
    return []
  }
}

function pendingTasks(store: Store, stepId: string, taskCount: number, turn: number | null): PendingTask[] {
  const present = new Set(store.list(`done/${stepId}`))
  const pending: PendingTask[] = []
  for (let task = 0; task < taskCount; task++) {
    const name = markerPath(stepId, task, turn).slice(`done/${stepId}/`.length)
    if (!present.has(name)) pending.push({ task, turn })
  }
  return pending
}

function asksAgain(store: Store, stepId: string, taskCount: number, iteration: number): boolean {
  const markers = new StepMarkers(store, stepId, iteration)
  for (let task = 0; task < taskCount; task++) if (markers.get(task).again) return true
  return false
}

/** The records of an iteration that another one has taken in; their markers stay. */
function removeRecords(store: Store, stepId: string, taskCount: number, iteration: number): void {
  const markers = new StepMarkers(store, stepId, iteration)
  for (let task = 0; task < taskCount; task++) {
    for (const file of filesOf(markers.get(task), 'records')) store.remove(file.path)
  }
}
