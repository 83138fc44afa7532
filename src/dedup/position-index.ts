/**
 * Numbers positions 0, 1, 2, … in order of first appearance. Open addressing over typed arrays: a JavaScript Map ends at
 * 16.7 million entries.
 */
import type { Position } from '../document/document.js'
import { mix32 } from '../text/hash.js'

export class PositionIndex {
  private count = 0
  private shards = new Uint32Array(1024)
  private rows = new Uint32Array(1024)
  /** Number + 1 of the position in this slot, 0 for an empty one. Twice as many slots as positions, or more. */
  private slots = new Uint32Array(2048)

  get size(): number {
    return this.count
  }

  /** The position's number, given now if it is new. */
  add({ shard, row }: Position): number {
    let slot = this.slotOf(shard, row)
    const found = this.slots[slot]
    if (found !== 0) return found - 1
    if (this.count === this.shards.length) {
      this.grow()
      slot = this.slotOf(shard, row)
    }
    const number = this.count++
    this.shards[number] = shard
    this.rows[number] = row
    this.slots[slot] = number + 1
    return number
  }

  has({ shard, row }: Position): boolean {
    return this.slots[this.slotOf(shard, row)] !== 0
  }

  position(number: number): Position {
    return { shard: this.shards[number], row: this.rows[number] }
  }

  /** Negative when position `a` comes first in the run. */
  compare(a: number, b: number): number {
    return this.shards[a] - this.shards[b] || this.rows[a] - this.rows[b]
  }

  /** The slot that holds the position, or the empty one where it belongs. */
  private slotOf(shard: number, row: number): number {
    const mask = this.slots.length - 1
    let slot = mix32(Math.imul(shard, 0x9e3779b1) ^ row) & mask
    for (;;) {
      const number = this.slots[slot]
      if (number === 0 || (this.rows[number - 1] === row && this.shards[number - 1] === shard)) return slot
      slot = (slot + 1) & mask
    }
  }

  private grow(): void {
    const { shards, rows } = this
    this.shards = new Uint32Array(shards.length * 2)
    this.rows = new Uint32Array(rows.length * 2)
    this.shards.set(shards)
    this.rows.set(rows)
    this.slots = new Uint32Array(this.slots.length * 2)
    for (let number = 0; number < this.count; number++) {
      this.slots[this.slotOf(this.shards[number], this.rows[number])] = number + 1
    }
  }
}
