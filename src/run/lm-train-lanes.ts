/** Runs the tasks of a training: in this thread when there is one worker, else in threads (piscina), one task each. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ConfigError, ShardError, StoreError } from '../errors/errors.js'
import { runTrainTask, type TrainReply, type TrainTask } from './lm-train-task.js'

/** What a thread answers: a thrown error would lose its class on the way. */
export type TrainAnswer =
  | { readonly reply: TrainReply }
  | { readonly kind: 'config' | 'store' | 'shard'; readonly message: string }

const ERRORS = { config: ConfigError, store: StoreError, shard: ShardError }

export class TrainLanes {
  private readonly pool: Piscina | null
  private readonly running = new Set<Promise<TrainReply>>()
  private failure: unknown = null

  constructor(private readonly workers: number) {
    this.pool =
      workers === 1
        ? null
        : new Piscina({
            filename: fileURLToPath(new URL('../../workers/lm-train.js', import.meta.url)),
            minThreads: workers,
            maxThreads: workers,
            concurrentTasksPerWorker: 1,
          })
  }

  /** Waits until a worker is free and hands it the task. */
  async give(task: TrainTask): Promise<void> {
    while (this.running.size >= this.workers) await Promise.race(this.running)
    if (this.failure !== null) throw this.failure
    const work = this.run(task).catch((error) => {
      this.failure ??= error
      return NOTHING
    })
    this.running.add(work)
    void work.then(() => this.running.delete(work))
  }

  /** Waits for all tasks that were given. */
  async settle(): Promise<void> {
    await Promise.all(this.running)
    if (this.failure !== null) throw this.failure
  }

  /** The replies in the order of the tasks. */
  async runAll(
    tasks: readonly TrainTask[],
    onDone: (done: number, total: number) => void,
  ): Promise<readonly TrainReply[]> {
    const replies: TrainReply[] = []
    let next = 0
    let done = 0
    const lane = async () => {
      while (next < tasks.length) {
        const i = next++
        replies[i] = await this.run(tasks[i])
        onDone(++done, tasks.length)
      }
    }
    onDone(0, tasks.length)
    await Promise.all(Array.from({ length: this.workers }, lane))
    return replies
  }

  async close(): Promise<void> {
    await this.pool?.destroy()
  }

  private async run(task: TrainTask): Promise<TrainReply> {
    if (this.pool === null) return runTrainTask(task)
    const transferList = task.kind === 'count' ? [task.chunk.ids.buffer as ArrayBuffer] : [] // made by ChunkBuilder
    const answer: TrainAnswer = await this.pool.run(task, { transferList })
    if ('reply' in answer) return answer.reply
    throw new ERRORS[answer.kind](answer.message)
  }
}

const NOTHING: TrainReply = { records: [], statistics: [] }
