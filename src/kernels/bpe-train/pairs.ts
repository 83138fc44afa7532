/** Pairs of neighboring tokens and where they stand, for `reference.ts`. */

/** No slice: the pair is left out. */
export const NONE = 0xffffffff

const BYTES_END = 257

/** Columns by pair. The positions of a pair are [start, start + size) of `positions`. */
export class Pairs {
  lefts = new Uint32Array(1024)
  rights = new Uint32Array(1024)
  counts = new Float64Array(1024)
  starts = new Float64Array(1024)
  sizes = new Uint32Array(1024)
  /** For the queue: the next pair in the list that this one is in. */
  nexts = new Uint32Array(1024)
  positions = new Uint32Array(0)
  private pairs = 0
  private placed = 0
  /** Pair by its two bytes' symbols. */
  private readonly ofBytes = new Uint32Array(BYTES_END * BYTES_END)

  /** Empties all, with room for so many positions. */
  clear(positions: number): void {
    this.pairs = 0
    this.placed = 0
    this.ofBytes.fill(NONE)
    if (this.positions.length < positions) this.positions = new Uint32Array(positions)
  }

  hasRoom(positions: number): boolean {
    return this.placed + positions <= this.positions.length
  }

  add(left: number, right: number, count: number, size: number): number {
    if (this.pairs === this.lefts.length) this.grow()
    const pair = this.pairs++
    this.lefts[pair] = left
    this.rights[pair] = right
    this.counts[pair] = count
    this.starts[pair] = this.placed
    this.sizes[pair] = size
    this.placed += size
    if (left < BYTES_END && right < BYTES_END) this.ofBytes[left * BYTES_END + right] = pair
    return pair
  }

  /** Two bytes have stood side by side so often less. Other pairs' counts are left as bounds. */
  lose(left: number, right: number, count: number): void {
    if (left >= BYTES_END || right >= BYTES_END) return
    const pair = this.ofBytes[left * BYTES_END + right]
    if (pair !== NONE) this.counts[pair] = Math.max(0, this.counts[pair] - count)
  }

  private grow(): void {
    const length = this.pairs * 2
    this.lefts = longer(this.lefts, new Uint32Array(length))
    this.rights = longer(this.rights, new Uint32Array(length))
    this.counts = longer(this.counts, new Float64Array(length))
    this.starts = longer(this.starts, new Float64Array(length))
    this.sizes = longer(this.sizes, new Uint32Array(length))
    this.nexts = longer(this.nexts, new Uint32Array(length))
  }
}

function longer<Column extends Uint32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from)
  return to
}

/** Pairs of one merge's token and another one, by the other: counted, then given slices, then filled. */
export class NewPairs {
  private readonly counts: Float64Array
  private readonly sizes: Uint32Array
  private readonly slices: Float64Array
  private readonly touched: number[] = []

  constructor(symbols: number) {
    this.counts = new Float64Array(symbols)
    this.sizes = new Uint32Array(symbols)
    this.slices = new Float64Array(symbols)
  }

  add(other: number, count: number): void {
    if (this.sizes[other]++ === 0) this.touched.push(other)
    this.counts[other] += count
  }

  /** Takes out what was counted. `sliceOf` gives where the pair's positions go. */
  place(sliceOf: (other: number, count: number, size: number) => number): void {
    for (const other of this.touched) {
      this.slices[other] = sliceOf(other, this.counts[other], this.sizes[other])
      this.counts[other] = 0
      this.sizes[other] = 0
    }
    this.touched.length = 0
  }

  put(other: number, positions: Uint32Array, position: number): void {
    if (this.slices[other] !== NONE) positions[this.slices[other]++] = position
  }
}

/** The same for all pairs of the words: a table with open addressing, of at most half its slots. */
export class PairTable {
  private keys = new Float64Array(2 ** 12)
  private counts = new Float64Array(2 ** 12)
  private sizes = new Uint32Array(2 ** 12)
  private slices = new Float64Array(2 ** 12)
  private used = 0
  /** Of all pairs. */
  positions = 0

  add(left: number, right: number, count: number): void {
    this.positions++
    const slot = this.slotOf(left * 2 ** 21 + right)
    if (this.sizes[slot]++ === 0) {
      this.keys[slot] = left * 2 ** 21 + right
      this.used++
    }
    this.counts[slot] += count
    if (this.used * 2 > this.keys.length) this.grow()
  }

  place(sliceOf: (left: number, right: number, count: number, size: number) => number): void {
    for (let slot = 0; slot < this.keys.length; slot++) {
      if (this.sizes[slot] === 0) continue
      const right = this.keys[slot] % 2 ** 21
      this.slices[slot] = sliceOf((this.keys[slot] - right) / 2 ** 21, right, this.counts[slot], this.sizes[slot])
    }
  }

  put(left: number, right: number, positions: Uint32Array, position: number): void {
    const slot = this.slotOf(left * 2 ** 21 + right)
    if (this.slices[slot] !== NONE) positions[this.slices[slot]++] = position
  }

  private slotOf(key: number): number {
    const mask = this.keys.length - 1
    let slot = (Math.imul(key, 0x9e3779b1) ^ Math.imul(key / 2 ** 21, 0x85ebca6b)) & mask
    while (this.sizes[slot] > 0 && this.keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  private grow(): void {
    const { keys, counts, sizes } = this
    const length = keys.length * 2
    this.keys = new Float64Array(length)
    this.counts = new Float64Array(length)
    this.sizes = new Uint32Array(length)
    this.slices = new Float64Array(length)
    for (let from = 0; from < keys.length; from++) {
      if (sizes[from] === 0) continue
      const to = this.slotOf(keys[from])
      this.keys[to] = keys[from]
      this.counts[to] = counts[from]
      this.sizes[to] = sizes[from]
    }
  }
}
