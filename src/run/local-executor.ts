/**
 * Runs tasks in worker threads of this process (piscina). Keeps at most one task a worker in flight, so that nothing
 * queues; watches each task's slot; replaces a worker that hangs or dies and, after three losses on one document, lists
 * the document in `skips.json` and goes on.
 */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { optionsOf } from './artifacts.js'
import { DeviceHost } from './device-host.js'
import type { Plan } from './plan.js'
import type { SharedTables } from './prepared-step.js'
import type { Execution } from './settings.js'
import { addSkip } from './skips.js'
import type { TaskReply, TaskRequest } from './task.js'
import { Watch } from './watch.js'

export interface PendingTask {
  readonly task: number
  /** Read the range again from here, or the iteration of a repeated round; null where it is done once. */
  readonly turn: number | null
}

export interface FailedTask {
  /** Name of the step. */
  readonly pass: string
  readonly task: number
  readonly message: string
  /** A stack where the failure was not foreseen: for the log. */
  readonly detail: string
}

export interface InFlight {
  readonly documents: number
  readonly kept: number
  readonly bytes: number
}

const ATTEMPTS_MAX = 3
const CHECK_MILLISECONDS = 500
/** Silence outside of documents (loading a model, a slow network, a large group in a round) is given longer. */
const SILENCE_SECONDS_MAX = 600
const MEBIBYTE = 2 ** 20
/** A page's objects die young: room for a few pages at a time, twice Node's own, saves copying them. */
const YOUNG_MEBIBYTES = 96

export class LocalExecutor {
  private readonly pool: Piscina
  private readonly running = new Set<Running>()
  private readonly losses = new Map<string, number>()
  private stopped = false

  constructor(
    private readonly store: Store,
    private readonly plan: Plan,
    private readonly planKey: string,
    private readonly execution: Execution,
    /** Tables that all workers share, by stage. */
    private readonly shared: SharedTables,
    private readonly log: (event: 'warning' | 'device', fields: object) => void,
  ) {
    const heapMebibytes = Math.floor(execution.memoryMaxBytes / (execution.workers + 1) / MEBIBYTE)
    this.pool = new Piscina({
      filename: fileURLToPath(new URL('../../workers/shard.js', import.meta.url)),
      minThreads: execution.workers,
      maxThreads: execution.workers,
      concurrentTasksPerWorker: 1,
      workerData: { shared },
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(256, heapMebibytes),
        maxYoungGenerationSizeMb: YOUNG_MEBIBYTES,
      },
    })
    // A worker that fails between two tasks is replaced by the pool.
    this.pool.on('error', (error) => this.warn(`a worker failed between tasks: ${messageOf(error)}`))
  }

  /** Runs the tasks of one step; `onDone` after each. Gives back those that failed; stops giving out tasks when stopped. */
  async run(
    step: number,
    tasks: readonly PendingTask[],
    onDone: (task: PendingTask, counted: InFlight) => void,
  ): Promise<FailedTask[]> {
    const failed: FailedTask[] = []
    const device = await this.openDevice(step)
    const began = performance.now()
    let next = 0
    const lane = async () => {
      while (next < tasks.length && !this.stopped) {
        const task = tasks[next++]
        const watch = new Watch()
        const failure = await this.attempt(step, task, watch, device)
        if (failure === null) onDone(task, watch)
        else if (!this.stopped) failed.push({ pass: this.plan.steps[step].name, task: task.task, ...failure })
        if (failure?.isLast) this.stop()
      }
    }
    const watchdog = setInterval(() => this.watchTasks(), CHECK_MILLISECONDS)
    try {
      await Promise.all(Array.from({ length: this.execution.workers }, lane))
    } finally {
      clearInterval(watchdog)
      if (device !== null) await this.closeDevice(step, device, began)
    }
    return failed
  }

  /** What the tasks in flight have counted so far. */
  inFlight(): InFlight {
    let documents = 0
    let kept = 0
    let bytes = 0
    for (const { watch } of this.running) {
      documents += watch.documents
      kept += watch.kept
      bytes += watch.bytes
    }
    return { documents, kept, bytes }
  }

  /** Gives out no more tasks and ends those in flight. */
  stop(): void {
    this.stopped = true
    for (const { abort } of this.running) abort.abort()
  }

  async close(): Promise<void> {
    await this.pool.destroy()
  }

  /** Runs a task until its marker is there; its failure, or null. */
  private async attempt(
    step: number,
    { task, turn }: PendingTask,
    watch: Watch,
    device: DeviceHost | null,
  ): Promise<Failure | null> {
    for (let wrong: string | null = null; ; ) {
      watch.reset()
      const running: Running = { watch, abort: new AbortController(), ticks: -1, silentSince: Date.now(), hung: false }
      const line = device?.line() ?? null
      const request: TaskRequest = {
        runFolder: this.store.folder,
        planKey: this.planKey,
        step,
        task,
        turn,
        watch: watch.memory,
        device: line,
      }
      this.running.add(running)
      try {
        const transferList = line === null ? [] : [line]
        const reply: TaskReply = await this.pool.run(request, { signal: running.abort.signal, transferList })
        if (reply.ok) return null
        const { kind, message, detail } = reply
        if (kind !== 'config') return { message, detail, isLast: kind === 'last' }
        wrong = message
      } catch (error) {
        if (this.stopped) return { message: 'stopped', detail: '', isLast: true }
        const message = this.lose(step, task, running, messageOf(error))
        if (message !== null) return { message, detail: '', isLast: false }
      } finally {
        this.running.delete(running)
      }
      if (wrong !== null) {
        this.stop()
        const { kind, name } = this.plan.steps[step]
        throw new ConfigError(kind === 'round' || kind === 'recall' ? `${name}: ${wrong}` : wrong)
      }
    }
  }

  /** Takes note of a lost worker. Null: try the task again. */
  private lose(step: number, task: number, { watch, hung }: Running, why: string): string | null {
    const { id, name } = this.plan.steps[step]
    const at = watch.current
    const key = `${id} ${task} ${at === null ? '' : `${at.offset}/${at.sub}`}`
    const losses = (this.losses.get(key) ?? 0) + 1
    this.losses.set(key, losses)
    const what = hung ? 'no progress, its worker was ended' : `its worker died (${why})`
    const where = at === null ? 'between documents' : `at the document at offset ${at.offset}`
    this.warn(`${name} task ${task}: ${what} ${where}, attempt ${losses} of ${ATTEMPTS_MAX}`)
    if (losses < ATTEMPTS_MAX) return null
    if (at === null) return `${what} ${ATTEMPTS_MAX} times ${where}`
    addSkip(this.store, { step: id, shard: task, ...at, code: hung ? 'worker-hung' : 'worker-died' })
    this.warn(`${name} task ${task}: the document at offset ${at.offset} is set aside`)
    return null
  }

  /** A batch step's device is opened before its tasks start, so that what is wrong with it is told once. */
  private async openDevice(step: number): Promise<DeviceHost | null> {
    const { plan, shared } = this
    const planned = plan.steps[step]
    if (planned.kind !== 'batch') return null
    const use = { ...planned.stage, options: optionsOf(this.store, plan, step, planned.stage) }
    return DeviceHost.open({ use, seed: plan.seed, shared: shared[use.as] ?? [] })
  }

  private async closeDevice(step: number, device: DeviceHost, began: number): Promise<void> {
    const seconds = (performance.now() - began) / 1000
    const counts = await device.close()
    if (counts !== null)
      this.log('device', { step: this.plan.steps[step].id, stage: this.plan.steps[step].name, seconds, ...counts })
  }

  private warn(text: string): void {
    this.log('warning', { text })
  }

  private watchTasks(): void {
    const now = Date.now()
    for (const running of this.running) {
      const ticks = running.watch.tickCount
      if (ticks !== running.ticks) {
        running.ticks = ticks
        running.silentSince = now
        continue
      }
      const { documentSecondsMax } = this.execution
      const inDocument = running.watch.current !== null
      const limit = inDocument ? documentSecondsMax : Math.max(documentSecondsMax, SILENCE_SECONDS_MAX)
      if (now - running.silentSince < limit * 1000) continue
      running.hung = true
      running.abort.abort()
    }
  }
}

interface Failure {
  readonly message: string
  readonly detail: string
  /** No other task can succeed. */
  readonly isLast: boolean
}

interface Running {
  readonly watch: Watch
  readonly abort: AbortController
  ticks: number
  silentSince: number
  hung: boolean
}
