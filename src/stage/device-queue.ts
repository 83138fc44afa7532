/** Holds a device to its concurrency: batches beyond it wait their turn, first come, first served. */
import type { Device, DeviceRow } from './stage.js'

export class DeviceQueue {
  private readonly waiting: (() => void)[] = []
  private working = 0

  constructor(
    private readonly device: Device,
    /** Told how many batches the device works on, whenever that changes. */
    private readonly onWorking: (batches: number) => void = () => {},
  ) {}

  /** @param isWanted asked when the turn has come: who asked may have gone since */
  async compute(rows: readonly DeviceRow[], isWanted = () => true): Promise<readonly Float32Array[]> {
    if (this.working >= this.device.concurrency) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.change(1)
    try {
      if (!isWanted()) return []
      return await this.device.compute(rows)
    } finally {
      const next = this.waiting.shift()
      // The place is handed on: nobody who comes in between can take it.
      if (next !== undefined) next()
      else this.change(-1)
    }
  }

  private change(by: number): void {
    this.working += by
    this.onWorking(this.working)
  }
}
