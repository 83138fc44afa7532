/** A worker's line to the thread that owns the device, for the length of one task. */
import type { MessagePort } from 'node:worker_threads'
import { ConfigError, DeviceError } from '../errors/errors.js'
import type { DeviceRow } from '../stage/stage.js'

export interface DeviceRequest {
  readonly id: number
  readonly rows: readonly DeviceRow[]
}

/** Errors come as values: a thrown one loses its class between threads. */
export type DeviceReply =
  | { readonly id: number; readonly numbers: readonly Float32Array[] }
  | { readonly id: number; readonly kind: 'config' | 'shard'; readonly message: string }
  /** A sign of life, while others are served or a server is waited for. */
  | { readonly alive: true }

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
      if (!('alive' in reply)) this.take(reply)
    })
    port.on('close', () => {
      this.closed = true
      for (const { reject } of this.pending.values()) reject(lost())
      this.pending.clear()
    })
  }

  compute(rows: readonly DeviceRow[]): Promise<readonly Float32Array[]> {
    if (this.closed) return Promise.reject(lost())
    // A view takes all of its memory along between threads: windows of one long document share theirs.
    const own = rows.map((row) => (typeof row === 'string' ? row : row.slice()))
    const request: DeviceRequest = { id: this.nextId++, rows: own }
    return new Promise((resolve, reject) => {
      this.pending.set(request.id, { resolve, reject })
      this.port.postMessage(request)
    })
  }

  close(): void {
    this.port.close()
  }

  private take(reply: Exclude<DeviceReply, { readonly alive: true }>): void {
    const pending = this.pending.get(reply.id)
    this.pending.delete(reply.id)
    if ('numbers' in reply) pending?.resolve(reply.numbers)
    else pending?.reject(new (reply.kind === 'config' ? ConfigError : DeviceError)(reply.message))
  }
}

function lost(): DeviceError {
  return new DeviceError('the thread that owns the device has ended')
}
