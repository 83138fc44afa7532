/**
 * Distributions of a signal in two readings: the first finds range and mean, the second fills 20 bins. Signals with a long
 * tail (largest value over 20 times the mean, none negative) are binned by log(1 + x), so that the bulk doesn't fall in one bin.
 */
import type { SignalValue } from '../document/document.js'

export interface Histogram {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly scale: 'linear' | 'log'
  /** One more than `counts`, ascending. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

const BINS = 20
const TAIL_RATIO = 20

export class SignalRange {
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  private sum = 0

  constructor(readonly name: string) {}

  /** Takes finite numbers; whatever else a signal holds doesn't count. */
  add(value: SignalValue | undefined): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return
    this.count++
    this.sum += value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count
  }
}

export class HistogramMaker {
  readonly name: string
  private readonly log: boolean
  private readonly counts = new Array<number>(BINS).fill(0)
  private readonly low: number
  private readonly high: number

  constructor(private readonly range: SignalRange) {
    this.name = range.name
    this.log = range.min >= 0 && range.max > TAIL_RATIO * range.mean
    this.low = this.scaled(range.min)
    this.high = this.scaled(range.max)
  }

  add(value: SignalValue | undefined): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return
    const share = this.high === this.low ? 0 : (this.scaled(value) - this.low) / (this.high - this.low)
    this.counts[Math.min(BINS - 1, Math.floor(share * BINS))]++
  }

  histogram(): Histogram {
    const { count, min, max, mean } = this.range
    const edges = Array.from({ length: BINS + 1 }, (_, at) =>
      this.unscaled(this.low + ((this.high - this.low) * at) / BINS),
    )
    return { count, min, max, mean, scale: this.log ? 'log' : 'linear', edges, counts: [...this.counts] }
  }

  private scaled(value: number): number {
    return this.log ? Math.log1p(value) : value
  }

  private unscaled(value: number): number {
    return this.log ? Math.expm1(value) : value
  }
}
