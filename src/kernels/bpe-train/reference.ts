/**
 * Learning BPE merges from distinct words with counts (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with
 * Subword Units", section 3.2): again and again the pair of neighboring tokens that counts most becomes a token. This file
 * is the definition, and the form for words that outgrow WASM's 4 GiB; `index.ts` is the same over the kernel.
 *
 * Symbols: bytes are 1 to 256, merge number i makes 257 + i, 0 is a word's end. A pair counts as often as it stands in the
 * words, overlaps included (twice in `aaa`); merging goes from left to right.
 *
 * Cells: all words end to end, one u32 for each token that a word had when it was laid out: the symbol (21 bits) and the
 * word's count (11 bits). A merged token has its symbol in its first and its last cell, so that its neighbors are found by
 * one look each way; cells between say nothing. A count from 2047 on stands before the word, in two cells and an end:
 *
 *   [end, 1 as count]  [count, low half]  [count, high half]  [end]  [t, 2047]  [h, 2047]  [e, 2047]  [end]
 *
 * A position of a pair is the first cell of its right token; its left token ends in the cell before. Each pair has its
 * positions in a slice that is written once, when the pair comes about. Nothing is taken out of it, and nothing subtracted
 * from the count, when neighbors are merged away: a position is stale when its two cells say something else, and a count is
 * a bound from above until the pair comes to the top of the queue and its positions are looked at again. Only counts of
 * pairs of bytes, which lose most, are kept up. Pairs with the new token are counted by their other token, so that no table
 * of pairs is needed. When slices outgrow their room, the words are laid out anew and everything is counted again.
 */
import {
  cellsFor,
  FIRST_MERGE,
  type Learner,
  type LearnerOptions,
  type Merges,
  SYMBOL_BITS,
  WORD_END,
} from './learner.js'
import { PairQueue } from './pair-queue.js'
import { NewPairs, NONE, Pairs, PairTable } from './pairs.js'
import { Tokens } from './tokens.js'

const SYMBOL_MASK = 2 ** SYMBOL_BITS - 1
/** Of a word end: the next word's count has cells. */
const COUNT_FOLLOWS = 2 ** SYMBOL_BITS
/** Counts from here on have. */
const LARGE = 2047

export function createLearner(options: LearnerOptions): Learner {
  return new PlainLearner(options)
}

class PlainLearner implements Learner {
  private readonly cells: Uint32Array
  private cellsEnd = 1
  private readonly tokens: Tokens
  /** Cells of each symbol's tokens. */
  private readonly widths: Uint32Array
  private readonly pairs: Pairs
  private readonly queue: PairQueue
  private readonly newLefts: NewPairs
  private readonly newRights: NewPairs
  /** Neighbors, left and right, of each token that a merge has made. */
  private neighbors = new Uint32Array(2048)
  private isCounted = false

  constructor(private readonly options: LearnerOptions) {
    const symbols = FIRST_MERGE + options.mergesMax
    this.cells = new Uint32Array(cellsFor(options.recordBytes))
    this.tokens = new Tokens(options)
    this.widths = new Uint32Array(symbols).fill(1)
    this.pairs = new Pairs()
    this.queue = new PairQueue(this.pairs, this.tokens, options.ties)
    this.newLefts = new NewPairs(symbols)
    this.newRights = new NewPairs(symbols)
  }

  add(records: Uint8Array, from: 'bytes' | 'symbols'): void {
    const { symbolOfByte } = this.options
    const word: number[] = []
    let at = 0
    const number = (): number => {
      let value = 0
      let factor = 1
      for (; records[at] > 0x7f; factor *= 128) value += (records[at++] & 0x7f) * factor
      return value + records[at++] * factor
    }
    while (at < records.length) {
      word.length = 0
      for (let length = number(), end = at + length; at < end; ) {
        word.push(from === 'bytes' ? symbolOfByte[records[at++]] : number())
      }
      const count = number()
      if (word.length > 1 && count > 0) this.layOut(word, count)
    }
  }

  private layOut(word: readonly number[], count: number): void {
    const { cells } = this
    let to = this.cellsEnd
    if (count >= LARGE) {
      cells[to - 1] = COUNT_FOLLOWS
      cells[to] = count % 2 ** 32
      cells[to + 1] = Math.floor(count / 2 ** 32)
      cells[to + 2] = WORD_END
      to += 3
    }
    const code = Math.min(count, LARGE) * 2 ** SYMBOL_BITS
    for (let i = 0; i < word.length; i++) cells[to++] = word[i] + code
    cells[to++] = WORD_END
    this.cellsEnd = to
  }

  learn(until: number): number {
    const { tokens, pairs, queue, options } = this
    if (!this.isCounted) this.countAll()
    while (tokens.merges < until && queue.hasTop()) {
      const pair = queue.top()
      const bound = queue.topCount()
      if (pairs.counts[pair] === bound) this.countAgain(pair)
      const count = pairs.counts[pair]
      if (count < options.countMin || tokens.isForbidden(pairs.lefts[pair], pairs.rights[pair])) queue.removeTop()
      else if (count < bound) queue.lowerTop(count)
      else if (pairs.hasRoom(2 * pairs.sizes[pair])) {
        queue.removeTop()
        this.merge(pair)
      } else this.countAll()
    }
    return tokens.merges
  }

  merges(): Merges {
    return this.tokens.learned()
  }

  release(): void {}

  // ---- one merge ----

  private stands(position: number, left: number, right: number): boolean {
    const { cells } = this
    return (((cells[position] ^ right) | (cells[position - 1] ^ left)) & SYMBOL_MASK) === 0
  }

  /** Keeps the positions where the pair still stands, and counts it by them. */
  private countAgain(pair: number): void {
    const { pairs } = this
    const { positions } = pairs
    const [left, right] = [pairs.lefts[pair], pairs.rights[pair]]
    let to = pairs.starts[pair]
    const end = to + pairs.sizes[pair]
    let count = 0
    for (let from = to; from < end; from++) {
      const position = positions[from]
      if (!this.stands(position, left, right)) continue
      positions[to++] = position
      count += this.countAt(position)
    }
    pairs.sizes[pair] = to - pairs.starts[pair]
    pairs.counts[pair] = count
  }

  /** Count of the word whose token begins at `position`. */
  private countAt(position: number): number {
    const { cells, widths } = this
    const code = cells[position] >>> SYMBOL_BITS
    if (code < LARGE) return code
    let at = position - 1
    for (let symbol = cells[at] & SYMBOL_MASK; symbol !== WORD_END; symbol = cells[at] & SYMBOL_MASK)
      at -= widths[symbol]
    return cells[at - 2] + cells[at - 1] * 2 ** 32
  }

  /** Writes the new token wherever the pair stands, and makes the pairs that this brings about. */
  private merge(pair: number): void {
    const { cells, pairs, tokens, widths, newLefts, newRights } = this
    const { positions } = pairs
    const [left, right, first] = [pairs.lefts[pair], pairs.rights[pair], pairs.starts[pair]]
    const [leftWidth, rightWidth] = [widths[left], widths[right]]
    const end = first + pairs.sizes[pair]
    const token = tokens.add(left, right, pairs.counts[pair])
    widths[token] = leftWidth + rightWidth
    if (this.neighbors.length < 2 * pairs.sizes[pair]) this.neighbors = new Uint32Array(4 * pairs.sizes[pair])
    const { neighbors } = this
    let merged = 0
    for (let from = first; from < end; from++) {
      const position = positions[from]
      // In a run (aaa) the merge before may have taken the left token.
      if (!this.stands(position, left, right)) continue
      const count = this.countAt(position)
      const [start, behind] = [position - leftWidth, position + rightWidth]
      cells[behind - 1] = cells[start] = token + (cells[position] & ~SYMBOL_MASK)
      positions[first + merged] = position
      neighbors[2 * merged] = cells[start - 1] & SYMBOL_MASK
      neighbors[2 * merged + 1] = cells[behind] & SYMBOL_MASK
      newLefts.add(neighbors[2 * merged], count)
      newRights.add(neighbors[2 * merged + 1], count)
      merged++
    }
    newLefts.place((other, count, size) => this.newPair(other, token, count, size, other, left))
    newRights.place((other, count, size) => this.newPair(token, other, count, size, right, other))
    for (let i = 0; i < merged; i++) {
      newLefts.put(neighbors[2 * i], positions, positions[first + i] - leftWidth)
      newRights.put(neighbors[2 * i + 1], positions, positions[first + i] + rightWidth)
    }
  }

  /**
   * Makes a pair; gives where its positions go, NONE when it can't be merged or ends a word. Where it stands, (lostLeft,
   * lostRight) has stood.
   */
  private newPair(
    left: number,
    right: number,
    count: number,
    size: number,
    lostLeft: number,
    lostRight: number,
  ): number {
    const { pairs, queue, options, tokens } = this
    if (left === WORD_END || right === WORD_END) return NONE
    pairs.lose(lostLeft, lostRight, count)
    if (count < options.countMin || tokens.lengths[left] + tokens.lengths[right] > options.longestToken) return NONE
    const pair = pairs.add(left, right, count, size)
    queue.add(pair, count)
    return pairs.starts[pair]
  }

  // ---- all pairs, counted from the words as they stand ----

  private countAll(): void {
    this.isCounted = true
    this.compact()
    const table = new PairTable()
    this.eachNeighbors((position, left, right) => table.add(left, right, this.countAt(position)))
    // A merge needs room for two new positions where it has one.
    this.pairs.clear(3 * table.positions)
    this.queue.clear()
    table.place((left, right, count, size) => this.newPair(left, right, count, size, WORD_END, WORD_END))
    const { positions } = this.pairs
    this.eachNeighbors((position, left, right) => table.put(left, right, positions, position))
  }

  /** Gives each token one cell, and takes out words that have become one token. */
  private compact(): void {
    const { cells, widths, cellsEnd } = this
    let to = 1
    let hasCount = cells[0] === COUNT_FOLLOWS
    for (let from = 1; from < cellsEnd; ) {
      const begin = to
      if (hasCount) {
        cells.copyWithin(to, from, from + 3)
        to += 3
        from += 3
      }
      const first = to
      let symbol = cells[from] & SYMBOL_MASK
      for (; symbol !== WORD_END; symbol = cells[from] & SYMBOL_MASK) {
        cells[to++] = cells[from]
        from += widths[symbol]
      }
      const nextHasCount = cells[from++] === COUNT_FOLLOWS
      if (to - first === 1) to = begin
      else {
        cells[begin - 1] = hasCount ? COUNT_FOLLOWS : WORD_END
        cells[to++] = WORD_END
      }
      hasCount = nextHasCount
    }
    cells[to - 1] = WORD_END
    this.cellsEnd = to
    widths.fill(1)
  }

  /** All neighbors, while each token has one cell. */
  private eachNeighbors(visit: (position: number, left: number, right: number) => void): void {
    const { cells, cellsEnd } = this
    // From the end before a word to the one behind it.
    for (let at = 0; at < cellsEnd - 1; ) {
      if (cells[at] === COUNT_FOLLOWS) at += 3
      let left = cells[++at] & SYMBOL_MASK
      for (;;) {
        const right = cells[++at] & SYMBOL_MASK
        if (right === WORD_END) break
        visit(at, left, right)
        left = right
      }
    }
  }
}
