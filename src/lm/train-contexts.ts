/**
 * Sums over contexts: what an n-gram's own share of the probability and its context's back-off are made of (Chen & Goodman
 * 1998, section 3.3). lmplz sorts n-grams by context, and back (Heafield et al. 2013, section 3.3); here contexts lie in a
 * hash table, and streams keep their suffix order.
 *
 * With pruning as lmplz does it: counts of pruned n-grams stay in the denominator, and their whole mass goes to the back-off.
 * A context that is pruned itself is in no model, and no n-gram that begins with it is: neither is held here.
 */
import type { RecordSink } from './train-counts.js'
import { type Discounts, discounted } from './train-discounts.js'
import { floatBits } from './train-estimate.js'

/** Records in blocks: the loops below are too short for a call a record. */
export interface RecordBlocks {
  readonly words: Uint32Array
  /** Reads on; how many words of whole records are in `words` now, 0 at the end. */
  nextBlock(): number
}

// An entry: the words of the context, then these.
const TOTAL = 0
const PRUNED_TOTAL = 1
/** Number of n-grams of count 1, of 2, and of 3 or more. */
const KINDS = 2
const COUNTERS = 5
/** In place of the first kind, when all are counted. */
const BACKOFF = KINDS
const WORD_BYTES = 4
/** For each hash added: an eighth to a quarter of the others then passes too. */
const FILTER_BITS = 4

/** In place of the back-off of a context without n-grams: no number's bits. */
export const NO_NGRAMS = 0xffffffff

/** @param order of the n-grams */
export function contextTableBytes(order: number, contexts: number): number {
  return WORD_BYTES * ((order - 1 + COUNTERS) * contexts + slotCount(contexts))
}

/** At most half of them are taken. */
function slotCount(contexts: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, contexts) * 2))
}

/** Of words[at] … words[at + count - 1], unsigned. */
export function hashWords(words: Uint32Array, at: number, count: number): number {
  let hash = 0
  for (let i = at; i < at + count; i++) {
    hash = Math.imul(hash ^ words[i], 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** Tells most hashes that are not among those added: what pruned n-grams need not be looked up, as their contexts are gone. */
export class HashFilter {
  private readonly bits: Uint32Array
  private readonly mask: number

  constructor(count: number) {
    const size = Math.min(2 ** 31, 2 ** Math.ceil(Math.log2(Math.max(32, count * FILTER_BITS))))
    this.bits = new Uint32Array(size / 32)
    this.mask = size - 1
  }

  add(hash: number): void {
    const bit = hash & this.mask
    this.bits[bit >>> 5] |= 1 << (bit & 31)
  }

  mayHave(hash: number): boolean {
    const bit = hash & this.mask
    return (this.bits[bit >>> 5] & (1 << (bit & 31))) !== 0
  }
}

/** The contexts of n-grams of one order, all of them or a part. */
export class ContextTable {
  private readonly width: number
  private readonly stride: number
  private readonly entries: Uint32Array
  private readonly slots: Uint32Array
  private count = 0

  /** @param contexts how many there are */
  constructor(
    private readonly order: number,
    private readonly discounts: Discounts,
    contexts: number,
  ) {
    this.width = order - 1
    this.stride = this.width + COUNTERS
    this.entries = new Uint32Array(contexts * this.stride)
    this.slots = new Uint32Array(slotCount(contexts))
  }

  /** Each context once. Records: words, count. */
  addContexts(contexts: RecordBlocks): void {
    const { width, stride, entries, slots } = this
    const mask = slots.length - 1
    for (let filled = contexts.nextBlock(); filled > 0; filled = contexts.nextBlock()) {
      const { words } = contexts
      for (let at = 0; at < filled; at += width + 1) {
        let slot = hashWords(words, at, width) & mask
        while (slots[slot] !== 0) slot = (slot + 1) & mask
        const entry = this.count++ * stride
        for (let i = 0; i < width; i++) entries[entry + i] = words[at + i]
        slots[slot] = this.count
      }
    }
  }

  /**
   * Counts n-grams, those that are kept or those pruned. Records: words, count. Throws RangeError for a sum of 2^32 or more.
   */
  countNgrams(ngrams: RecordBlocks, arePruned: boolean): void {
    const { order, width, entries } = this
    for (let filled = ngrams.nextBlock(); filled > 0; filled = ngrams.nextBlock()) {
      const { words } = ngrams
      for (let at = 0; at < filled; at += order + 1) {
        const entry = this.find(words, at)
        if (entry < 0) continue
        const counters = entry + width
        const count = words[at + order]
        const total = entries[counters + TOTAL] + count
        if (total >= 2 ** 32) throw new RangeError(`n-grams of one context occur ${total} times, expected below 2^32`)
        entries[counters + TOTAL] = total
        if (arePruned) entries[counters + PRUNED_TOTAL] += count
        else entries[counters + KINDS + (count < 3 ? count - 1 : 2)]++
      }
    }
  }

  /**
   * Gives the bits of the back-off as float32 for each context, in the order in which they were added: `NO_NGRAMS` for one
   * without n-grams. Nothing can be counted after it.
   */
  giveBackoffs(sink: RecordSink): void {
    const { width, stride, entries, discounts } = this
    const end = this.count * stride
    for (let counters = width; counters < end; counters += stride) {
      const total = entries[counters + TOTAL]
      const [one, two, three] = [
        entries[counters + KINDS],
        entries[counters + KINDS + 1],
        entries[counters + KINDS + 2],
      ]
      const left = discounts[1] * one + discounts[2] * two + discounts[3] * three + entries[counters + PRUNED_TOTAL]
      const backoff = total === 0 ? NO_NGRAMS : floatBits(left / total)
      entries[counters + BACKOFF] = backoff
      const to = sink.slot()
      sink.words[to] = backoff
    }
  }

  /** Gives, for each n-gram that is kept, its own share of the probability and its context's back-off, as bits of float32. */
  giveShares(ngrams: RecordBlocks, sink: RecordSink): void {
    const { order, width, entries, discounts } = this
    for (let filled = ngrams.nextBlock(); filled > 0; filled = ngrams.nextBlock()) {
      const { words } = ngrams
      for (let at = 0; at < filled; at += order + 1) {
        const counters = this.find(words, at) + width
        if (counters < width) throw new Error(`a ${order}-gram is kept, but its context is not`)
        const to = sink.slot()
        sink.words[to] = floatBits(discounted(words[at + order], discounts) / entries[counters + TOTAL])
        sink.words[to + 1] = entries[counters + BACKOFF]
      }
    }
  }

  /** Where the entry of the context at words[at] begins; -1 when it isn't here. */
  private find(words: Uint32Array, at: number): number {
    const { width, stride, entries, slots } = this
    const mask = slots.length - 1
    for (let slot = hashWords(words, at, width) & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] - 1) * stride
      if (entry < 0) return -1
      let i = 0
      while (i < width && entries[entry + i] === words[at + i]) i++
      if (i === width) return entry
    }
  }
}
