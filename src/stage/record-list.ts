/** Records of a round in memory: one growing array of bytes, about 30 bytes a record on top of its own. */

export interface CorpusRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export class RecordList implements Iterable<CorpusRecord> {
  private bytes = new Uint8Array(4096)
  private used = 0
  /** Record i: key from starts[i] to middles[i], value from there to starts[i + 1]. */
  private readonly starts: number[] = [0]
  private readonly middles: number[] = []
  private order: Uint32Array | null = null

  get length(): number {
    return this.middles.length
  }

  /** Copies both. */
  add(key: Uint8Array, value: Uint8Array): void {
    const end = this.used + key.length + value.length
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2))
      larger.set(this.bytes.subarray(0, this.used))
      this.bytes = larger
    }
    this.bytes.set(key, this.used)
    this.bytes.set(value, this.used + key.length)
    this.middles.push(this.used + key.length)
    this.starts.push(end)
    this.used = end
  }

  /** Puts the records in ascending order of key bytes, then value bytes. */
  sort(): void {
    const { starts, middles } = this
    const heads = new Float64Array(this.length)
    const order = new Uint32Array(this.length)
    for (let i = 0; i < order.length; i++) {
      heads[i] = this.head(i)
      order[i] = i
    }
    this.order = order.sort(
      (a, b) =>
        heads[a] - heads[b] ||
        this.compare(starts[a], middles[a], starts[b], middles[b]) ||
        this.compare(middles[a], starts[a + 1], middles[b], starts[b + 1]),
    )
  }

  /** In the order of `sort`, else as added; the records are views, good until the next `add`. */
  *[Symbol.iterator](): Generator<CorpusRecord> {
    for (let n = 0; n < this.length; n++) {
      const i = this.order === null ? n : this.order[n]
      const middle = this.middles[i]
      yield { key: this.bytes.subarray(this.starts[i], middle), value: this.bytes.subarray(middle, this.starts[i + 1]) }
    }
  }

  /** The key's first bytes as a number that orders as they do: most comparisons end there. */
  private head(i: number): number {
    let head = 0
    for (let at = 0; at < 6; at++)
      head = head * 256 + (at < this.middles[i] - this.starts[i] ? this.bytes[this.starts[i] + at] : 0)
    return head
  }

  private compare(a: number, aEnd: number, b: number, bEnd: number): number {
    const length = Math.min(aEnd - a, bEnd - b)
    for (let i = 0; i < length; i++) {
      const difference = this.bytes[a + i] - this.bytes[b + i]
      if (difference !== 0) return difference
    }
    return aEnd - a - (bEnd - b)
  }
}
