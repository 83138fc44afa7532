/** Inside the thread that owns a batch stage's device: opens it, serves the workers' lines, counts what it did. */
import type { MessagePort } from 'node:worker_threads'
import { ConfigError, messageOf } from '../errors/errors.js'
import { DeviceQueue } from '../stage/device-queue.js'
import type { DeviceRow, SharedTable } from '../stage/stage.js'
import type { DeviceReply, DeviceRequest } from './device-link.js'
import { stageResources } from './resources.js'
import type { StageUse } from './settings.js'
import { loadStage } from './stage-loader.js'

export interface DeviceStart {
  readonly use: StageUse
  readonly seed: number
  readonly shared: readonly SharedTable[]
}

/** A worker that waits for its turn must not be taken for one that hangs. */
const ALIVE_MS = 2000

/** What a device did since it was opened. */
export interface DeviceCounts {
  readonly batches: number
  readonly rows: number
  /** Token ids in rows; 0 for rows of text. */
  readonly tokens: number
  /** Cells beside them, up to the longest row of each batch. */
  readonly paddingTokens: number
  /** Seconds with at least one batch on the device. */
  readonly busySeconds: number
}

export type DeviceEvent =
  | { readonly event: 'open' }
  | { readonly event: 'failed'; readonly kind: 'config' | 'shard'; readonly message: string }
  | { readonly event: 'closed'; readonly counts: DeviceCounts }

/** From the main thread: a worker's line to be served, or the end. */
export type DeviceOrder = { readonly port: MessagePort } | { readonly close: true }

export async function serveDevice({ use, seed, shared }: DeviceStart, parent: MessagePort): Promise<void> {
  const tell = (event: DeviceEvent) => parent.postMessage(event)
  try {
    const stage = await loadStage(use.stage)
    if (stage.kind !== 'eachBatch') throw new Error(`${use.stage}: not a batch stage`)
    const options = use.options as never // checked against this stage's declaration when the config was loaded
    const device = await stage.batch.open(options, stageResources(seed, shared))
    const meter = new DeviceMeter()
    const lines = new Set<MessagePort>()
    setInterval(() => {
      const alive: DeviceReply = { alive: true }
      for (const line of lines) line.postMessage(alive)
    }, ALIVE_MS)
    const queue = new DeviceQueue(device, (batches) => meter.working(batches))
    parent.on('message', async (order: DeviceOrder) => {
      if ('port' in order) return serve(order.port, lines, queue, meter)
      await device.close()
      tell({ event: 'closed', counts: meter.counts }) // the main thread ends this one then
    })
    tell({ event: 'open' })
  } catch (error) {
    tell({ event: 'failed', ...failure(error) })
    parent.close()
  }
}

function serve(port: MessagePort, lines: Set<MessagePort>, queue: DeviceQueue, meter: DeviceMeter): void {
  lines.add(port)
  port.on('close', () => lines.delete(port))
  port.on('message', async ({ id, rows }: DeviceRequest) => {
    let reply: DeviceReply
    try {
      reply = { id, numbers: await queue.compute(rows, () => lines.has(port)) }
      meter.count(rows)
    } catch (error) {
      reply = { id, ...failure(error) }
    }
    port.postMessage(reply)
  })
}

function failure(error: unknown): { kind: 'config' | 'shard'; message: string } {
  return { kind: error instanceof ConfigError ? 'config' : 'shard', message: messageOf(error) }
}

class DeviceMeter {
  private batches = 0
  private rows = 0
  private tokens = 0
  private paddingTokens = 0
  private busyMilliseconds = 0
  private busySince: number | null = null

  get counts(): DeviceCounts {
    const { batches, rows, tokens, paddingTokens } = this
    return { batches, rows, tokens, paddingTokens, busySeconds: this.busyMilliseconds / 1000 }
  }

  working(batches: number): void {
    if (batches > 0) this.busySince ??= performance.now()
    else if (this.busySince !== null) {
      this.busyMilliseconds += performance.now() - this.busySince
      this.busySince = null
    }
  }

  count(rows: readonly DeviceRow[]): void {
    this.batches++
    this.rows += rows.length
    const lengths = rows.map((row) => (typeof row === 'string' ? 0 : row.length))
    const tokens = lengths.reduce((sum, length) => sum + length, 0)
    this.tokens += tokens
    this.paddingTokens += Math.max(0, ...lengths) * rows.length - tokens
  }
}
