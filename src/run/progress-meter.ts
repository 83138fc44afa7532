/** How far a step is: finished tasks from their markers, tasks in flight from their slots. */
import type { InFlight, PendingTask } from './local-executor.js'
import { type Plan, shardRange } from './plan.js'

export interface Progress {
  /** Number of the step, from 1. */
  readonly pass: number
  readonly passCount: number
  readonly passName: string
  readonly tasksDone: number
  readonly tasksTotal: number
  /** Documents treated in this step by this process. */
  readonly documents: number
  readonly documentsKept: number
  /** Input bytes that the treated shards stand for; 0 of 0 in rounds and over earlier runs. */
  readonly bytesDone: number
  readonly bytesTotal: number
  /** Bytes done before this process began: not part of its speed. */
  readonly bytesResumed: number
  readonly secondsElapsed: number
}

export class ProgressMeter {
  private readonly began = performance.now()
  private readonly bytesTotal: number
  private readonly bytesResumed: number
  private readonly tasksTotal: number
  private tasksDone: number
  private bytesDone: number

  constructor(
    private readonly plan: Plan,
    private readonly step: number,
    pending: readonly PendingTask[],
  ) {
    const { taskCount } = plan.steps[step]
    this.tasksTotal = taskCount
    this.tasksDone = taskCount - pending.length
    this.bytesTotal = this.isOverInput() ? plan.inputs.reduce((n, input) => n + input.sizeBytes, 0) : 0
    const left = pending.reduce((n, { task }) => n + this.bytesOf(task), 0)
    this.bytesResumed = this.bytesTotal - left
    this.bytesDone = this.bytesResumed
  }

  private documents = 0
  private kept = 0

  /** Takes note of a finished task and what its slot had counted. */
  finish(task: number, counted: InFlight | null = null): void {
    this.tasksDone++
    this.bytesDone += this.bytesOf(task)
    this.documents += counted?.documents ?? 0
    this.kept += counted?.kept ?? 0
  }

  progress(inFlight: InFlight | null): Progress {
    return {
      pass: this.step + 1,
      passCount: this.plan.steps.length,
      passName: this.plan.steps[this.step].name,
      tasksDone: this.tasksDone,
      tasksTotal: this.tasksTotal,
      documents: this.documents + (inFlight?.documents ?? 0),
      documentsKept: this.kept + (inFlight?.kept ?? 0),
      bytesDone: Math.min(this.bytesTotal, this.bytesDone + (inFlight?.bytes ?? 0)),
      bytesTotal: this.bytesTotal,
      bytesResumed: this.bytesResumed,
      secondsElapsed: (performance.now() - this.began) / 1000,
    }
  }

  private isOverInput(): boolean {
    const { kind } = this.plan.steps[this.step]
    return kind === 'documents' || kind === 'batch'
  }

  private bytesOf(task: number): number {
    if (!this.isOverInput()) return 0
    const { range } = shardRange(this.plan, task)
    return range.end - range.start
  }
}
