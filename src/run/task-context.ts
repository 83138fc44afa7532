/** What every task is given, whatever its step. */
import type { Store } from '../io/store.js'
import type { Plan } from './plan.js'
import type { Watch } from './watch.js'

export interface TaskContext {
  readonly store: Store
  readonly plan: Plan
  /** Index into the plan's steps. */
  readonly step: number
  readonly task: number
  /** Folder for this attempt's files, relative to the run folder. */
  readonly attempt: string
  readonly watch: Watch
}
