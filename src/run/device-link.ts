/** A worker's line to the thread that owns the device, for the length of one task. */
import type { MessagePort } from 'node:worker_threads'
import { ConfigError, ShardError } from '../errors/errors.js'
import type { DeviceRow } from '../stage/stage.js'

export interface DeviceRequest {
  readonly id: number
  readonly rows: readonly DeviceRow[]
}

/** Errors come as values: a thrown one loses its class between threads. */
export type DeviceReply =
  | { readonly id: number; readonly numbers: readonly Float32Array[] }
  | { readonly id: number; readonly kind: 'config' | 'shard'; readonly message: string }

interface Pending {
  readonly resolve: (numbers: readonly Float32Array[]) => void
  readonly reject: (error: Error) => void
}

export class DeviceLink {
  private readonly pending = new Map<number, Pending>()
  private nextId = 0
  private closed = false

  /** @param onReply called with every reply: a sign of life */
  constructor(
    private readonly port: MessagePort,
    onReply: () => void,
  ) {
    port.on('message', (reply: DeviceReply) => {
      onReply()
      this.take(reply)
    })
    port.on('close', () => {
      this.closed = true
      for (const { reject } of this.pending.values()) reject(lost())
      this.pending.clear()
    })
  }

  compute(rows: readonly DeviceRow[]): Promise<readonly Float32Array[]> {
    if (this.closed) return Promise.reject(lost())
    const request: DeviceRequest = { id: this.nextId++, rows }
    return new Promise((resolve, reject) => {
      this.pending.set(request.id, { resolve, reject })
      this.port.postMessage(request)
    })
  }

  close(): void {
    this.port.close()
  }

  private take(reply: DeviceReply): void {
    const pending = this.pending.get(reply.id)
    this.pending.delete(reply.id)
    if ('numbers' in reply) pending?.resolve(reply.numbers)
    else pending?.reject(new (reply.kind === 'config' ? ConfigError : ShardError)(reply.message))
  }
}

function lost(): ShardError {
  return new ShardError('the thread that owns the device has ended')
}
