/**
 * A hash table that is a sorted array with gaps. Slots are `stride` u32 each: high and low half of a 64-bit key, then
 * values. A key's ideal slot is high * slots / 2^32, so keys in order have ideal slots in order; a taken slot pushes what
 * is behind it to the right. All keys together are ascending, and a search that began at the ideal slot ends at the first
 * key that is not smaller: for keys that are absent, which are most, as soon as for present ones. Where a key lies
 * depends on the set of keys alone, not on the order they came in (Amble and Knuth 1974, "Ordered hash tables").
 *
 *   slot          0        1        2        3       …  slots + pad - 1
 *   key          0x02…    0x05…    (empty)  0x31…       (empty)
 *
 * Empty slots hold the largest key, which ends every search; the last slot is always empty. It stands in for all
 * 2^64 - 1 others and is refused as a key.
 */
import { ConfigError } from '../errors/errors.js'

export const EMPTY = 0xffffffff

/** Slots behind the last ideal one, for what is pushed there. With sound hashes a tenth of it is never needed. */
const PAD_SLOTS = 1024

/** A reader looks at four slots at once, from the ideal one. */
const PAD_SLOTS_MIN = 4

/** Pushed slots for each insertion, on average, before the keys are no hashes but made to be slow. About 8 with sound ones. */
const PUSHES_MAX = 64

/** Slots for `count` keys: three in four are used. */
export function slotsFor(count: number): number {
  return Math.ceil((count * 4) / 3) + 1
}

export function padFor(slots: number): number {
  return Math.max(Math.min(slots, PAD_SLOTS) + 1, PAD_SLOTS_MIN)
}

/** floor(high * slots / 2^32), exactly, for less than 2^37 slots. */
export function idealSlot(high: number, slots: number): number {
  return Math.floor(((high >>> 16) * slots + Math.floor(((high & 0xffff) * slots) / 65536)) / 65536)
}

export class GappedTable {
  #count = 0
  #pushes = 0

  /** `words` holds slots + padFor(slots) slots, all of zeros, as fresh memory is. */
  constructor(
    public words: Uint32Array,
    readonly stride: number,
    readonly slots: number,
    readonly name: string,
  ) {
    for (let i = 0; i < words.length; i += stride) {
      words[i] = EMPTY
      words[i + 1] = EMPTY
    }
  }

  /** Moves the table to `words`, of the same length. */
  moveTo(words: Uint32Array): void {
    words.set(this.words)
    this.words = words
  }

  /** Index in `words` of the key, or -1. `ideal` is its ideal slot. */
  find(high: number, low: number, ideal: number): number {
    const at = this.#lowerBound(high, low, ideal)
    return this.words[at] === high && this.words[at + 1] === low ? at : -1
  }

  /** Index in `words` of the new slot, whose values the caller sets, or -1 when the key is there already. */
  insert(high: number, low: number, ideal: number): number {
    const { words, stride } = this
    const at = this.#lowerBound(high, low, ideal)
    if (words[at] === high && words[at + 1] === low) return -1
    let gap = at
    while (words[gap] !== EMPTY || words[gap + 1] !== EMPTY) gap += stride
    this.#pushes += (gap - ideal * stride) / stride
    if (gap >= words.length - stride || this.#pushes > (this.#count + 4096) * PUSHES_MAX) {
      throw new ConfigError(`${this.name}: the hashes of its n-grams crowd together, as no sound model's do`)
    }
    // A few slots mostly: a call of copyWithin would take longer.
    for (let from = gap - 1; from >= at; from--) words[from + stride] = words[from]
    words[at] = high
    words[at + 1] = low
    this.#count++
    return at
  }

  #lowerBound(high: number, low: number, ideal: number): number {
    const { words, stride } = this
    let at = ideal * stride
    while (words[at] < high || (words[at] === high && words[at + 1] < low)) at += stride
    return at
  }
}
