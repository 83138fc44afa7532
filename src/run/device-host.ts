/** The main thread's side of a device: starts the thread that owns it, hands out lines to it, ends it. */
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import type { DeviceCounts, DeviceEvent, DeviceOrder, DeviceStart } from './device-thread.js'

export class DeviceHost {
  private hasEnded = false

  private constructor(
    private readonly worker: Worker,
    private readonly ended: Promise<DeviceCounts | null>,
  ) {
    this.ended.then(() => {
      this.hasEnded = true
    })
  }

  /** @throws ConfigError or ShardError when the device can't be opened */
  static async open(start: DeviceStart): Promise<DeviceHost> {
    const worker = new Worker(fileURLToPath(new URL('../../workers/device.js', import.meta.url)), { workerData: start })
    let opened: () => void = () => {}
    let failed: (error: Error) => void = () => {}
    let counts: DeviceCounts | null = null
    const opening = new Promise<void>((resolve, reject) => {
      opened = resolve
      failed = reject
    })
    worker.on('message', (message: DeviceEvent) => {
      if (message.event === 'open') opened()
      else if (message.event === 'closed') {
        counts = message.counts
        // Lines to workers that wait for a task would keep the thread alive: they see no close until they wake.
        worker.terminate()
      } else failed(new (message.kind === 'config' ? ConfigError : ShardError)(message.message))
    })
    const ended = new Promise<DeviceCounts | null>((resolve) => {
      worker.on('exit', () => resolve(counts))
      worker.on('error', (error) => failed(new ShardError(`the thread that owns the device: ${messageOf(error)}`)))
    })
    ended.then(() => failed(new ShardError('the thread that owns the device has ended')))
    await opening
    return new DeviceHost(worker, ended)
  }

  /** A line for one task. It closes when either end does. */
  line(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const order: DeviceOrder = { port: port2 }
    if (this.hasEnded) port2.close()
    else this.worker.postMessage(order, [port2])
    return port1
  }

  /**
   * What the device did; null when its thread has died. Waits for the batch that it is at: a thread that is ended within a
   * native library takes the process with it.
   */
  async close(): Promise<DeviceCounts | null> {
    const order: DeviceOrder = { close: true }
    this.worker.postMessage(order)
    return this.ended
  }
}
