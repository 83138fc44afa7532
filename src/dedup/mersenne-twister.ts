/**
 * MT19937 (Matsumoto and Nishimura 1998), seeded by one number as numpy's legacy `RandomState` is, with its bounded 64-bit
 * integers: two draws, the first the high word, masked to the bits of the bound and drawn again while they exceed it.
 */
const SIZE = 624
const SHIFT = 397

export class MersenneTwister {
  private readonly state = new Uint32Array(SIZE)
  private at = SIZE

  constructor(seed: number) {
    this.state[0] = seed
    for (let i = 1; i < SIZE; i++) {
      const before = this.state[i - 1] ^ (this.state[i - 1] >>> 30)
      this.state[i] = Math.imul(before, 1812433253) + i
    }
  }

  next32(): number {
    if (this.at === SIZE) this.refill()
    let value = this.state[this.at++]
    value ^= value >>> 11
    value ^= (value << 7) & 0x9d2c5680
    value ^= (value << 15) & 0xefc60000
    return (value ^ (value >>> 18)) >>> 0
  }

  /** In [0, max]. */
  below64(max: bigint): bigint {
    const mask = (1n << BigInt(max.toString(2).length)) - 1n
    for (;;) {
      const high = BigInt(this.next32())
      const value = ((high << 32n) | BigInt(this.next32())) & mask
      if (value <= max) return value
    }
  }

  private refill(): void {
    const { state } = this
    for (let i = 0; i < SIZE; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff)
      state[i] = state[(i + SHIFT) % SIZE] ^ (joined >>> 1) ^ ((joined & 1) === 1 ? 0x9908b0df : 0)
    }
    this.at = 0
  }
}
