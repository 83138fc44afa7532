/** Piscina entry: one task of a run. Failures come back as values, since a thrown error loses its class between threads. */
import { messageOf, ShardError } from '../src/errors/errors.js'
import { runTask, type TaskReply, type TaskRequest } from '../src/run/task.js'

export default async function shard(request: TaskRequest): Promise<TaskReply> {
  try {
    await runTask(request)
    return { ok: true }
  } catch (error) {
    const detail = error instanceof Error && !(error instanceof ShardError) ? (error.stack ?? '') : messageOf(error)
    return { ok: false, message: detail }
  }
}
