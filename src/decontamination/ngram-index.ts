/** The n-gram index as workers read it, and the search for its n-grams in documents. */
import {
  COMMON,
  filterBits,
  filterWord,
  gramLength,
  markOf,
  PASSAGE_END,
  REPEATED,
  slotOf,
  unpackTables,
  wordAt,
} from './index-tables.js'
import { ItemSearch } from './ngram-table.js'
import { type Tokens, type Window, windowHash, windowOf } from './tokens.js'

/** An n-gram, or a whole short passage, that stands in a document. */
export interface Hit {
  /** Names the n-gram. */
  readonly slot: number
  /** Its first word in the document. */
  readonly token: number
  /** Its words. */
  readonly length: number
}

export class NgramIndex {
  readonly items: ItemSearch
  private readonly tables
  private readonly window: Window
  private readonly gram: Window
  private readonly wholes: readonly Window[]
  private readonly decoder = new TextDecoder()

  constructor(buffer: SharedArrayBuffer) {
    this.tables = unpackTables(buffer)
    this.items = new ItemSearch(this.tables.passageStarts, this.tables.passages)
    this.window = windowOf(this.tables.ngramLength)
    this.gram = windowOf(gramLength(this.tables.ngramLength))
    this.wholes = Array.from(this.tables.lengths, (length) => windowOf(length, true))
  }

  get ngramLength(): number {
    return this.tables.ngramLength
  }

  get itemCount(): number {
    return this.tables.totals.length
  }

  get benchCount(): number {
    return this.tables.nameEnds.length - this.itemCount
  }

  /** Different n-grams of an item that count: 0 when nothing of it can be found. */
  total(item: number): number {
    return this.tables.totals[item]
  }

  /** The same with the punctuation within words deleted. */
  joinedTotal(item: number): number {
    return this.tables.joinedTotals[item]
  }

  idOf(item: number): string {
    return this.name(item)
  }

  benchOf(item: number): number {
    return this.tables.benchOf[item]
  }

  benchName(bench: number): string {
    return this.name(this.itemCount + bench)
  }

  /** Where an n-gram stands in the text of the index, once for each item that has it. */
  placesOf(slot: number): Uint32Array {
    const { slots, lists } = this.tables
    const place = slots[slot]
    if (place < REPEATED) return slots.subarray(slot, slot + 1)
    const at = place - REPEATED
    return lists.subarray(at + 1, at + 1 + lists[at])
  }

  /** Words of the passage that stand before this place. */
  wordsBefore(place: number): number {
    return place - this.tables.passageStarts[this.items.passageAt(place)]
  }

  /** What of the index stands in the text that `tokens` has scanned, by word, then length. */
  search(tokens: Tokens): Hit[] {
    const hits: Hit[] = []
    this.searchNgrams(tokens, hits)
    if (this.wholes.length === 0) return hits
    const ngrams = hits.length
    this.searchWholes(tokens, hits)
    return hits.length === ngrams ? hits : hits.sort((a, b) => a.token - b.token || a.length - b.length)
  }

  private searchNgrams(tokens: Tokens, hits: Hit[]): void {
    const { gram, window } = this
    const { grams } = this.tables
    const { count, prefix } = tokens
    const step = window.length - gram.length + 1
    for (let at = 0; at + gram.length <= count; at += step) {
      const hash = windowHash(prefix, at, gram)
      const bits = filterBits(hash)
      if ((grams[filterWord(hash, grams)] & bits) !== bits) continue
      const last = Math.min(at, count - window.length)
      for (let i = Math.max(0, at - step + 1); i <= last; i++) this.look(tokens, i, window, hits)
    }
  }

  private searchWholes(tokens: Tokens, hits: Hit[]): void {
    const { heads } = this.tables
    const { count, prefix } = tokens
    const [head] = this.wholes
    for (let at = 0; at + head.length <= count; at++) {
      const hash = windowHash(prefix, at, head)
      const bits = filterBits(hash)
      if ((heads[filterWord(hash, heads)] & bits) !== bits) continue
      for (const whole of this.wholes) if (at + whole.length <= count) this.look(tokens, at, whole, hits)
    }
  }

  private look(tokens: Tokens, token: number, window: Window, hits: Hit[]): void {
    const { slots, marks, lists } = this.tables
    const hash = windowHash(tokens.prefix, token, window)
    const mark = markOf(hash)
    for (let slot = slotOf(hash, slots.length); marks[slot] !== 0; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      if (marks[slot] !== mark || slots[slot] === COMMON) continue
      const place = slots[slot] < REPEATED ? slots[slot] : lists[slots[slot] - REPEATED + 1]
      if (!this.standsAt(tokens, token, window, place)) continue
      hits.push({ slot, token, length: window.length })
      return
    }
  }

  /** Letter by letter: an equal hash proves nothing. */
  private standsAt(tokens: Tokens, token: number, { length, isWhole }: Window, place: number): boolean {
    const { words, spellings, wordEnds } = this.tables
    for (let i = 0; i < length; i++) {
      const word = wordAt(words, place + i)
      if (word === PASSAGE_END || !tokens.isSpelled(token + i, spellings, wordEnds[word - 1], wordEnds[word]))
        return false
    }
    if (isWhole !== this.items.isWholeAt(place)) return false
    return !isWhole || (wordAt(words, place - 1) === PASSAGE_END && wordAt(words, place + length) === PASSAGE_END)
  }

  private name(number: number): string {
    const { names, nameEnds } = this.tables
    return this.decoder.decode(names.slice(number === 0 ? 0 : nameEnds[number - 1], nameEnds[number]))
  }
}
