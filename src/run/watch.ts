/**
 * A task's slot in shared memory: what it counts as it goes, and which document it is at. When a worker hangs or dies, the
 * slot still says where. Layout: 8 doubles (see fields), then one int32 that ticks with every document or batch of records.
 */
const DOCUMENTS = 0
const KEPT = 1
const BYTES = 2
const OFFSET = 3
const SUB = 4
const BUSY = 5
const DOUBLES = 8

export class Watch {
  private readonly numbers: Float64Array
  private readonly ticks: Int32Array

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(DOUBLES * 8 + 8)) {
    this.numbers = new Float64Array(memory, 0, DOUBLES)
    this.ticks = new Int32Array(memory, DOUBLES * 8, 1)
  }

  /** For another attempt. */
  reset(): void {
    this.numbers.fill(0)
  }

  /** The worker begins a document: `offset` and `sub` name it within its file. */
  begin(offset: number, sub: number): void {
    this.numbers[OFFSET] = offset
    this.numbers[SUB] = sub
    this.numbers[BUSY] = 1
    this.tick()
  }

  /** The worker leaves a document that is not done yet. */
  leave(): void {
    this.numbers[BUSY] = 0
    this.tick()
  }

  end(kept: boolean): void {
    this.numbers[BUSY] = 0
    this.numbers[DOCUMENTS]++
    if (kept) this.numbers[KEPT]++
    this.tick()
  }

  setBytes(bytes: number): void {
    this.numbers[BYTES] = bytes
  }

  tick(): void {
    Atomics.add(this.ticks, 0, 1)
  }

  // what the main thread reads

  get tickCount(): number {
    return Atomics.load(this.ticks, 0)
  }

  get documents(): number {
    return this.numbers[DOCUMENTS]
  }

  get kept(): number {
    return this.numbers[KEPT]
  }

  get bytes(): number {
    return this.numbers[BYTES]
  }

  /** The document in progress, null between documents. */
  get current(): { offset: number; sub: number } | null {
    return this.numbers[BUSY] === 1 ? { offset: this.numbers[OFFSET], sub: this.numbers[SUB] } : null
  }
}
