/** Runs tasks: in this thread when there is one worker, else in threads (piscina), one task each. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { ConfigError, messageOf, ShardError, StoreError } from '../errors/errors.js'

/** What a thread answers: a thrown error would lose its class on the way. */
export type TaskAnswer<Reply> =
  | { readonly reply: Reply }
  | { readonly kind: 'config' | 'store' | 'shard'; readonly message: string }

const ERRORS = { config: ConfigError, store: StoreError, shard: ShardError }

/** In the thread: the reply, or what went wrong. */
export async function answer<Reply>(work: () => Reply | Promise<Reply>): Promise<TaskAnswer<Reply>> {
  try {
    return { reply: await work() }
  } catch (error) {
    const kind = error instanceof ConfigError ? 'config' : error instanceof StoreError ? 'store' : 'shard'
    return { kind, message: messageOf(error) }
  }
}

export interface TaskKind<Task, Reply> {
  /** File name in workers/. Its function takes a task and gives the `answer` of `run`. */
  readonly entry: string
  run(task: Task): Reply | Promise<Reply>
  /** Buffers of a task that are moved to its thread. */
  transfer?(task: Task): ArrayBuffer[]
}

export class TaskLanes<Task, Reply> {
  private readonly pool: Piscina | null
  private readonly running = new Set<Promise<unknown>>()
  private failure: unknown = null

  constructor(
    private readonly kind: TaskKind<Task, Reply>,
    private readonly workers: number,
  ) {
    this.pool =
      workers === 1
        ? null
        : new Piscina({
            filename: fileURLToPath(new URL(`../../workers/${kind.entry}.js`, import.meta.url)),
            minThreads: workers,
            maxThreads: workers,
            concurrentTasksPerWorker: 1,
          })
  }

  /** Waits until a worker is free and hands it the task. */
  async give(task: Task): Promise<void> {
    while (this.running.size >= this.workers) await Promise.race(this.running)
    if (this.failure !== null) throw this.failure
    const work = this.run(task).catch((error) => {
      this.failure ??= error
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
  async runAll(tasks: readonly Task[], onDone: (done: number, total: number) => void): Promise<readonly Reply[]> {
    const replies: Reply[] = []
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

  private async run(task: Task): Promise<Reply> {
    if (this.pool === null) return this.kind.run(task)
    const answer: TaskAnswer<Reply> = await this.pool.run(task, { transferList: this.kind.transfer?.(task) ?? [] })
    if ('reply' in answer) return answer.reply
    throw new ERRORS[answer.kind](answer.message)
  }
}
