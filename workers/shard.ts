/** Piscina entry: one task of a run. Failures come back as values, since a thrown error loses its class between threads. */
import { ConfigError, messageOf, ShardError } from '../src/errors/errors.js'
import { runTask, type TaskReply, type TaskRequest } from '../src/run/task.js'

export default async function shard(request: TaskRequest): Promise<TaskReply> {
  try {
    await runTask(request)
    return { ok: true }
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, kind: 'config', message: error.message }
    const expected = error instanceof ShardError
    const message = !expected && error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
    return { ok: false, kind: 'shard', message }
  }
}
