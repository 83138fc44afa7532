/**
 * Which pair is merged next, for `reference.ts`: a heap of the pairs that count at least 2^level, and a list for each level
 * below, taken into the heap when it is empty. Most pairs never get there.
 */

import type { Ties } from './learner.js'
import type { Pairs } from './pairs.js'
import { NONE } from './pairs.js'
import type { Tokens } from './tokens.js'

/** Counts end at 2^53. */
const LEVELS = 54
/** Children of a node of the heap. */
const FAN = 4

export class PairQueue {
  private level = LEVELS
  private readonly lists = new Uint32Array(LEVELS).fill(NONE)
  private readonly heap: number[] = []
  /** Counts by which the pairs of the heap are in their places. */
  private readonly counts: number[] = []

  constructor(
    private readonly pairs: Pairs,
    private readonly tokens: Tokens,
    private readonly ties: Ties,
  ) {}

  clear(): void {
    this.level = LEVELS
    this.lists.fill(NONE)
    this.heap.length = 0
    this.counts.length = 0
  }

  /** @param count what the pair counts now, or more; at least 1 */
  add(pair: number, count: number): void {
    const level = levelOf(count)
    if (level >= this.level) {
      this.heap.push(pair)
      this.counts.push(count)
      this.siftUp(this.heap.length - 1)
    } else {
      this.pairs.nexts[pair] = this.lists[level]
      this.lists[level] = pair
    }
  }

  hasTop(): boolean {
    while (this.heap.length === 0 && this.level > 0) {
      this.level--
      let pair = this.lists[this.level]
      this.lists[this.level] = NONE
      while (pair !== NONE) {
        const next = this.pairs.nexts[pair]
        // It may have lost since, down to nothing.
        if (this.pairs.counts[pair] > 0) this.add(pair, this.pairs.counts[pair])
        pair = next
      }
    }
    return this.heap.length > 0
  }

  top(): number {
    return this.heap[0]
  }

  topCount(): number {
    return this.counts[0]
  }

  /** The first pair counts less than it was thought to. */
  lowerTop(count: number): void {
    if (levelOf(count) >= this.level) {
      this.counts[0] = count
      this.siftDown()
    } else {
      const pair = this.heap[0]
      this.removeTop()
      this.add(pair, count)
    }
  }

  removeTop(): void {
    const [pair, count] = [this.heap.pop(), this.counts.pop()]
    if (pair === undefined || count === undefined || this.heap.length === 0) return
    this.heap[0] = pair
    this.counts[0] = count
    this.siftDown()
  }

  private siftUp(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = Math.floor((at - 1) / FAN)
      if (!this.isBefore(at, parent)) return
      this.swap(at, parent)
      at = parent
    }
  }

  private siftDown(): void {
    for (let at = 0; ; ) {
      let first = at
      const end = Math.min(this.heap.length, FAN * at + FAN + 1)
      for (let child = FAN * at + 1; child < end; child++) if (this.isBefore(child, first)) first = child
      if (first === at) return
      this.swap(at, first)
      at = first
    }
  }

  private swap(a: number, b: number): void {
    const { heap, counts } = this
    const [pair, count] = [heap[a], counts[a]]
    heap[a] = heap[b]
    counts[a] = counts[b]
    heap[b] = pair
    counts[b] = count
  }

  private isBefore(a: number, b: number): boolean {
    if (this.counts[a] !== this.counts[b]) return this.counts[a] > this.counts[b]
    const { lefts, rights } = this.pairs
    const [left, otherLeft] = [lefts[this.heap[a]], lefts[this.heap[b]]]
    const [right, otherRight] = [rights[this.heap[a]], rights[this.heap[b]]]
    if (this.ties === 'lowest-ids') return left !== otherLeft ? left < otherLeft : right < otherRight
    const order = this.tokens.compare(left, otherLeft)
    return (order !== 0 ? order : this.tokens.compare(right, otherRight)) > 0
  }
}

function levelOf(count: number): number {
  return Math.min(LEVELS - 1, Math.floor(Math.log2(count)))
}
