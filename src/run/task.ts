/** What a task is: one shard of a documents step or one partition of a round, run to its marker by any worker. */
import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { Store } from '../io/store.js'
import { runBatchTask } from './batch-task.js'
import { DeviceLink } from './device-link.js'
import { runDocumentsTask } from './documents-task.js'
import { commitMarker, type Marker, markerPath, readMarker } from './marker.js'
import type { Plan, Step } from './plan.js'
import type { SharedTables } from './prepared-step.js'
import { runRecallTask } from './recall-task.js'
import { runRoundTask } from './round-task.js'
import type { TaskContext } from './task-context.js'
import { Watch } from './watch.js'

export interface TaskRequest {
  readonly runFolder: string
  /** SHA-256 of the plan that the task belongs to: a worker never works on another plan than it was asked to. */
  readonly planKey: string
  /** Index into the plan's steps. */
  readonly step: number
  readonly task: number
  /** Read the range again from this record's start, or the iteration of a repeated round; null where it is done once. */
  readonly turn: number | null
  readonly watch: SharedArrayBuffer
  /** The line to the device in a batch step. */
  readonly device: MessagePort | null
}

/**
 * What the worker's entry answers. `config`: a stage found its options wrong, so no task of the run can succeed. `last`: the
 * run folder takes no more bytes, or the device is lost, so no other task can succeed either. `detail` is a stack where the failure was not foreseen.
 */
export type TaskReply =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly kind: 'config' | 'last' | 'shard'
      readonly message: string
      readonly detail: string
    }

export function planPath(planKey: string): string {
  return `work/plan-${planKey.slice(0, 16)}.json`
}

const plans = new Map<string, Plan>()

function loadPlan(store: Store, planKey: string): Plan {
  const known = plans.get(planKey)
  if (known) return known
  const plan = store.readJson<Plan>(planPath(planKey))
  if (plan === null) throw new Error(`${store.pathOf(planPath(planKey))}: the plan is gone`)
  plans.set(planKey, plan)
  return plan
}

/** Runs a task unless its marker is there. The marker is the last thing written. */
export async function runTask(request: TaskRequest, shared: SharedTables): Promise<void> {
  const store = new Store(request.runFolder)
  const plan = loadPlan(store, request.planKey)
  const step = plan.steps[request.step]
  const marker = markerPath(step.id, request.task, request.turn)
  if (readMarker(store, marker) !== null) return
  const attempt = `work/${step.id}/${String(request.task).padStart(6, '0')}-${randomBytes(6).toString('hex')}`
  const context = { store, plan, step: request.step, task: request.task, attempt, watch: new Watch(request.watch) }
  const device = request.device === null ? null : new DeviceLink(request.device, () => context.watch.tick())
  let won = false
  try {
    won = commitMarker(store, marker, await work(context, step, request, shared, device))
  } finally {
    device?.close()
    if (!won) store.remove(attempt)
  }
}

function work(
  context: TaskContext,
  step: Step,
  { turn }: TaskRequest,
  shared: SharedTables,
  device: DeviceLink | null,
): Promise<Marker> {
  if (step.kind === 'documents') return runDocumentsTask({ ...context, start: turn, shared }, step)
  if (step.kind === 'round') return runRoundTask({ ...context, iteration: turn, shared }, step)
  if (step.kind === 'recall') return runRecallTask(context, step)
  if (device === null) throw new Error(`${step.name}: a batch step without a device`)
  return runBatchTask({ ...context, shared, device }, step)
}
