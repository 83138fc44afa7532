/** A small seeded generator (mulberry32) for property tests: the same cases every time, the seed in the failure's message. */
export class Random {
  private state: number

  constructor(readonly seed: number) {
    this.state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** An integer in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  bytes(length: number, alphabet = 256): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(alphabet))
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]
  }
}
