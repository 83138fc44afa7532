/** The hash table of the n-gram index while it is filled. */
import { GrowingWords } from './growing.js'
import { COMMON, markOf, PASSAGE_END, REPEATED, slotOf, wordAt } from './index-tables.js'

/** Slots for each n-gram. */
const SLOTS_PER_NGRAM = 4 / 3

export class NgramTable {
  readonly slots: Uint32Array
  readonly marks: Uint8Array
  /** N-grams that stand in the table already, in another item: slot and place. */
  private readonly repeatSlots = new GrowingWords()
  private readonly repeatPlaces = new GrowingWords()
  private readonly items: ItemSearch

  /** @param count of n-grams that will be added at most */
  constructor(
    readonly words: Uint8Array,
    readonly passageStarts: Uint32Array,
    readonly passages: Uint32Array,
    count: number,
  ) {
    const slotCount = Math.floor(count * SLOTS_PER_NGRAM) + 1
    this.slots = new Uint32Array(slotCount)
    this.marks = new Uint8Array(slotCount)
    this.items = new ItemSearch(passageStarts, passages)
  }

  /** The n-gram, or whole passage, of `length` words at a place. Items come in order. */
  add(hash: number, place: number, length: number, isWhole: boolean): void {
    const { slots, marks } = this
    const mark = markOf(hash)
    let slot = slotOf(hash, slots.length)
    for (; marks[slot] !== 0; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      if (marks[slot] !== mark || !this.isSame(slots[slot], place, length, isWhole)) continue
      if (this.items.itemAt(slots[slot]) !== this.items.itemAt(place)) {
        this.repeatSlots.push(slot)
        this.repeatPlaces.push(place)
      }
      return
    }
    marks[slot] = mark
    slots[slot] = place
  }

  /**
   * Marks what is common, and lists the places of what is repeated.
   * @param itemsMax of one benchmark
   */
  finish(itemsMax: number, benchOf: Uint32Array): { lists: Uint32Array; totals: Uint32Array } {
    const { slots, marks, items } = this
    const lists = new GrowingWords()
    for (const [slot, places] of this.repeatsBySlot()) {
      const distinct = this.distinctPlaces(slots[slot], places, itemsMax, benchOf)
      if (distinct === null) {
        slots[slot] = COMMON
        continue
      }
      slots[slot] = (REPEATED | lists.length) >>> 0
      lists.push(distinct.length)
      for (const place of distinct) lists.push(place)
    }
    const totals = new Uint32Array(benchOf.length)
    const count = (place: number) => {
      if (items.isPlainAt(place)) totals[items.itemAt(place)]++
    }
    for (let slot = 0; slot < slots.length; slot++) {
      if (marks[slot] !== 0 && slots[slot] < REPEATED) count(slots[slot])
    }
    for (let at = 0; at < lists.length; ) {
      const end = at + 1 + lists.at(at)
      for (at++; at < end; at++) count(lists.at(at))
    }
    return { lists: lists.whole(), totals }
  }

  /** The first place in each item; null when too many items of a benchmark have one. */
  private distinctPlaces(
    first: number,
    others: Uint32Array,
    itemsMax: number,
    benchOf: Uint32Array,
  ): readonly number[] | null {
    const counts = new Map([[benchOf[this.items.itemAt(first)], 1]])
    const distinct = [first]
    for (const place of others) {
      const item = this.items.itemAt(place)
      if (item === this.items.itemAt(distinct[distinct.length - 1])) continue
      const count = (counts.get(benchOf[item]) ?? 0) + 1
      if (count > itemsMax) return null
      counts.set(benchOf[item], count)
      distinct.push(place)
    }
    return distinct
  }

  private isSame(known: number, place: number, length: number, isWhole: boolean): boolean {
    const { words } = this
    for (let at = 3 * place, of = 3 * known, end = at + 3 * length; at < end; at++, of++)
      if (words[at] !== words[of]) return false
    if (isWhole !== this.items.isWholeAt(known)) return false
    if (!isWhole) return true
    return wordAt(words, known - 1) === PASSAGE_END && wordAt(words, known + length) === PASSAGE_END
  }

  /** Places of each slot in the order in which they were added (counting sort). */
  private *repeatsBySlot(): Generator<[number, Uint32Array]> {
    const count = this.repeatSlots.length
    if (count === 0) return
    const ends = new Uint32Array(this.slots.length + 1)
    for (let i = 0; i < count; i++) ends[this.repeatSlots.at(i) + 1]++
    for (let slot = 0; slot < this.slots.length; slot++) ends[slot + 1] += ends[slot]
    const sorted = new Uint32Array(count)
    for (let i = 0; i < count; i++) sorted[ends[this.repeatSlots.at(i)]++] = this.repeatPlaces.at(i)
    // ends[slot] has moved from where the slot's places start to where they end.
    for (let slot = 0; slot < this.slots.length; slot++) {
      const start = slot === 0 ? 0 : ends[slot - 1]
      if (ends[slot] > start) yield [slot, sorted.subarray(start, ends[slot])]
    }
  }
}

/** Which item a place in the text belongs to. */
export class ItemSearch {
  constructor(
    private readonly passageStarts: Uint32Array,
    private readonly passages: Uint32Array,
  ) {}

  passageAt(place: number): number {
    let low = 0
    let high = this.passageStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.passageStarts[middle] <= place) low = middle
      else high = middle - 1
    }
    return low
  }

  itemAt(place: number): number {
    return this.passages[this.passageAt(place)] >>> 2
  }

  /** False where punctuation within words is deleted. */
  isPlainAt(place: number): boolean {
    return (this.passages[this.passageAt(place)] & 3) < 2
  }

  /** Whether its passage is looked for as a whole. */
  isWholeAt(place: number): boolean {
    return (this.passages[this.passageAt(place)] & 1) === 1
  }

  /** How many passages of the same item stand before this one. */
  numberInItem(passage: number): number {
    let first = passage
    while (first > 0 && this.passages[first - 1] >>> 2 === this.passages[passage] >>> 2) first--
    return passage - first
  }
}
