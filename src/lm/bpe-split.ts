/**
 * Byte-pair encoding as SentencePiece does it (sentencepiece 0.2, `bpe_model.cc`): characters, then again and again the
 * adjacent pair that makes the piece of the best score, the leftmost of equals. Pieces marked unused may be made on the way
 * and are taken apart in the end. Work is n log n.
 */
import type { ByteTrie } from './byte-trie.js'
import type { Piece, Splitter } from './sentencepiece-file.js'
import { characterBytes } from './sentencepiece-normalizer.js'

/** Symbols of one text as a linked list; a symbol is the bytes [start, end) and is named by its index. */
interface Symbols {
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** -1 at either end of the text. */
  readonly previous: Int32Array
  readonly next: Int32Array
  /** 1 for a user's own symbol: never merged. */
  readonly frozen: Uint8Array
}

/** A merge that could be done: two neighbors, and how long both were when it was seen. */
interface Pair {
  readonly left: number
  readonly right: number
  readonly score: number
  readonly length: number
}

export class BpeSplitter implements Splitter {
  constructor(
    readonly pieces: readonly Piece[],
    readonly unknown: number,
    readonly trie: ByteTrie,
    /** Piece of each of the trie's keys. */
    readonly pieceOfKey: Int32Array,
    readonly userDefined: ByteTrie | null,
  ) {}

  split(bytes: Uint8Array, emit: (piece: number, start: number, end: number) => void): void {
    const symbols = this.#characters(bytes)
    /** Where an unused piece was joined, by piece: what was done last counts. */
    const seams = new Map<number, number>()
    this.#merge(symbols, seams)
    for (let i = 0; i !== -1 && bytes.length > 0; i = symbols.next[i] ?? -1) {
      this.#takeApart(bytes, symbols.starts[i] ?? 0, symbols.ends[i] ?? 0, seams, emit)
    }
  }

  #characters(bytes: Uint8Array): Symbols {
    const starts: number[] = []
    const frozen: number[] = []
    for (let at = 0; at < bytes.length; ) {
      const own = this.userDefined?.longestAt(bytes, at, bytes.length) ?? 0
      starts.push(at)
      frozen.push(own > 0 ? 1 : 0)
      at += own > 0 ? own : Math.min(characterBytes(bytes[at] ?? 0), bytes.length - at)
    }
    const last = starts.length - 1
    return {
      bytes,
      starts: Int32Array.from(starts),
      ends: Int32Array.from(starts, (_, i) => starts[i + 1] ?? bytes.length),
      previous: Int32Array.from(starts, (_, i) => i - 1),
      next: Int32Array.from(starts, (_, i) => (i === last ? -1 : i + 1)),
      frozen: Uint8Array.from(frozen),
    }
  }

  #merge(symbols: Symbols, seams: Map<number, number>): void {
    const { starts, ends, previous, next } = symbols
    const agenda = new Agenda()
    const lengthOf = (symbol: number): number => (ends[symbol] ?? 0) - (starts[symbol] ?? 0)
    for (let i = 1; i < starts.length; i++) this.#consider(symbols, i - 1, i, agenda, seams)
    for (let pair = agenda.take(); pair !== undefined; pair = agenda.take()) {
      const { left, right, length } = pair
      if (lengthOf(left) === 0 || lengthOf(right) === 0 || lengthOf(left) + lengthOf(right) !== length) continue
      ends[left] = ends[right] ?? 0
      starts[right] = ends[right] ?? 0
      const after = next[right] ?? -1
      next[left] = after
      if (after >= 0) previous[after] = left
      this.#consider(symbols, previous[left] ?? -1, left, agenda, seams)
      this.#consider(symbols, left, after, agenda, seams)
    }
  }

  #consider(symbols: Symbols, left: number, right: number, agenda: Agenda, seams: Map<number, number>): void {
    const { bytes, starts, ends, frozen } = symbols
    if (left < 0 || right < 0 || frozen[left] === 1 || frozen[right] === 1) return
    const start = starts[left] ?? 0
    const end = ends[right] ?? 0
    const piece = this.#find(bytes, start, end)
    if (piece < 0) return
    agenda.add({ left, right, score: this.pieces[piece]?.score ?? 0, length: end - start })
    if (this.pieces[piece]?.type === 'unused') seams.set(piece, (ends[left] ?? 0) - start)
  }

  #takeApart(
    bytes: Uint8Array,
    start: number,
    end: number,
    seams: ReadonlyMap<number, number>,
    emit: (piece: number, start: number, end: number) => void,
  ): void {
    const piece = this.#find(bytes, start, end)
    const seam = this.pieces[piece]?.type === 'unused' ? seams.get(piece) : undefined
    if (seam === undefined) {
      emit(piece < 0 ? this.unknown : piece, start, end)
    } else {
      this.#takeApart(bytes, start, start + seam, seams, emit)
      this.#takeApart(bytes, start + seam, end, seams, emit)
    }
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    const key = this.trie.find(bytes, start, end)
    return key < 0 ? -1 : (this.pieceOfKey[key] ?? -1)
  }
}

/** Pairs, the best first: a binary heap. */
class Agenda {
  readonly #pairs: Pair[] = []

  add(pair: Pair): void {
    const pairs = this.#pairs
    let at = pairs.length
    pairs.push(pair)
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = pairs[above] as Pair // within the heap
      if (!isBefore(pair, other)) break
      pairs[at] = other
      at = above
    }
    pairs[at] = pair
  }

  take(): Pair | undefined {
    const pairs = this.#pairs
    const best = pairs[0]
    const last = pairs.pop()
    if (last === undefined || pairs.length === 0) return best
    let at = 0
    for (let below = 1; below < pairs.length; below = 2 * at + 1) {
      const right = below + 1
      if (right < pairs.length && isBefore(pairs[right] as Pair, pairs[below] as Pair)) below = right // both within the heap
      const other = pairs[below] as Pair
      if (!isBefore(other, last)) break
      pairs[at] = other
      at = below
    }
    pairs[at] = last
    return best
  }
}

function isBefore(a: Pair, b: Pair): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left)
}
