/** Piscina entry: one task of a run. Failures come back as values, since a thrown error loses its class between threads. */
import { workerData } from 'piscina'
import { ConfigError, DeviceError, messageOf, ShardError, StoreError } from '../src/errors/errors.js'
import { runTask, type TaskReply, type TaskRequest } from '../src/run/task.js'

export default async function shard(request: TaskRequest): Promise<TaskReply> {
  try {
    await runTask(request, workerData.shared)
    return { ok: true }
  } catch (error) {
    const isLast = error instanceof StoreError || error instanceof DeviceError
    const kind = error instanceof ConfigError ? 'config' : isLast ? 'last' : 'shard'
    const foreseen = error instanceof ConfigError || error instanceof ShardError
    const detail = !foreseen && error instanceof Error ? (error.stack ?? '') : ''
    return { ok: false, kind, message: messageOf(error), detail }
  }
}
