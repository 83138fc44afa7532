/**
 * The kernel of assembly.ts: words as token sequences, whose pairs are counted in cells, and which are cut into fragments.
 * Words come and go as records of the word table (`../word-count`).
 *
 * Memory of one instance: tables by byte and symbol, merges, cells (to count in, or their bits to cut by), slots and arena of the fragments, a buffer for what
 * comes out of them, then records in, records out, and the symbols of one word, which grow with the longest word.
 */
import { ensureMemory, instantiateKernel } from '../load.js'
import {
  encodeRecord,
  FIRST_SLOTS,
  layOutTable,
  OUT_BYTES,
  SLACK_BYTES,
  sweepTable,
  TABLE_BYTES_MIN,
  type TableExports,
  type TakeRecords,
  WORD_BYTES_MAX,
} from '../word-count/index.js'

interface Exports extends TableExports {
  layOut(
    bytesAt: number,
    lengthsAt: number,
    longest: number,
    usedAt: number,
    cellsAt: number,
    hotAt: number,
    cellBits: number,
    filterAt: number,
    pairsAt: number,
    pairSlots: number,
    scratchAt: number,
  ): void
  addMerge(left: number, right: number, symbol: number): void
  apply(at: number, end: number, to: number, toEnd: number, fromBytes: number, all: number): number
  writtenBytes(): number
  cut(at: number, end: number): number
  stoppedFragment(): number
  stoppedOccurrences(): number
  resume(at: number): void
}

/** Symbols are numbered from 1: the bytes, then what merges make. */
export interface TokenTables {
  /** Symbol of each byte, 1 to 256. */
  readonly symbolOfByte: Uint32Array
  /** Bytes of each symbol's token, by symbol; [0] is not used. */
  readonly lengths: Uint32Array
  /** No merge makes a longer token. */
  readonly longestToken: number
}

/** Consecutive merges; the first one makes `firstSymbol`. */
export interface NewMerges {
  readonly firstSymbol: number
  readonly lefts: Uint32Array
  readonly rights: Uint32Array
}

export interface FragmentEvents {
  /** The table is full: it has to be emptied by `takeOut`. */
  onFull(): void
  /** The record of a fragment that is too long for the table. Valid during the call. */
  onLong(record: Uint8Array): void
}

const START = 1024
const BYTES_TABLE = 1024
const SEEN_TABLE = 256
const MERGE_BYTES = 16
/** As assembly.ts has it. */
const FILTER_BYTES = 2 ** 18 / 8
/** A symbol may take three bytes where the two that it is made of took one each; see assembly.ts. */
const GROWTH = 3
const SCRATCH_PER_BYTE = 40
const SCRATCH_BYTES = 1024

/** Memory of WebAssembly never shrinks, and when it is collected is anybody's guess: so it is used again. */
const released: Exports[] = []

export class WordFragments {
  private readonly kernel = released.pop() ?? instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  private readonly usedAt: number
  private readonly filterAt: number
  private readonly pairsAt: number
  private readonly pairSlots: number
  private readonly cellsAt: number
  private readonly hotAt: number
  private readonly outAt: number
  private readonly inAt: number
  private readonly layOutScratch: (at: number) => void

  /**
   * For `apply`, or for `cut`: cells or fragments take the most memory.
   * @param mergesMax of one call of `setMerges`
   * @param tableBytes slots and arena of the fragments; 0: for `apply`
   */
  constructor(
    private readonly tokens: TokenTables,
    mergesMax: number,
    private readonly cellBits: number,
    tableBytes: number,
  ) {
    const symbols = tokens.lengths.length
    const lengthsAt = START + BYTES_TABLE + SEEN_TABLE
    this.usedAt = align(lengthsAt + symbols * 4)
    this.filterAt = align(this.usedAt + symbols * 8)
    this.pairsAt = this.filterAt + FILTER_BYTES
    this.pairSlots = 2 ** Math.ceil(Math.log2(Math.max(16, mergesMax * 2)))
    this.cellsAt = this.pairsAt + this.pairSlots * MERGE_BYTES
    this.hotAt = this.cellsAt + (tableBytes === 0 ? 2 ** cellBits * 4 : 0)
    const tableAt = align(this.hotAt + (tableBytes === 0 ? 0 : 2 ** cellBits / 8))
    const room = tableBytes === 0 ? 0 : align(Math.max(TABLE_BYTES_MIN, tableBytes))
    this.outAt = tableAt + room + SLACK_BYTES
    this.inAt = this.outAt + OUT_BYTES
    ensureMemory(this.kernel.memory, this.inAt)
    const { buffer } = this.kernel.memory
    new Uint8Array(buffer, START, BYTES_TABLE + SEEN_TABLE).fill(0)
    new Uint8Array(buffer, this.usedAt, tableAt - this.usedAt).fill(0)
    new Uint32Array(buffer, START, 256).set(tokens.symbolOfByte)
    new Uint32Array(buffer, lengthsAt, symbols).set(tokens.lengths)
    this.layOutScratch = (at) =>
      this.kernel.layOut(
        START,
        lengthsAt,
        tokens.longestToken,
        this.usedAt,
        this.cellsAt,
        this.hotAt,
        cellBits,
        this.filterAt,
        this.pairsAt,
        this.pairSlots,
        at,
      )
    if (room > 0) layOutTable(this.kernel, tableAt, room, true)
  }

  setMerges({ firstSymbol, lefts, rights }: NewMerges): void {
    new Uint8Array(this.kernel.memory.buffer, this.filterAt, FILTER_BYTES + this.pairSlots * MERGE_BYTES).fill(0)
    this.layOutScratch(0)
    for (let i = 0; i < lefts.length; i++) this.kernel.addMerge(lefts[i], rights[i], firstSymbol + i)
  }

  /** By hash of the pair, for `apply`: at least the sum of its counts, 2^32 - 1 from there on. Valid until the next call. */
  cells(): Uint32Array {
    return new Uint32Array(this.kernel.memory.buffer, this.cellsAt, 2 ** this.cellBits)
  }

  /** For `cut`: where words are not cut, by the cells that `apply` has counted. */
  setHot(cells: Uint32Array, threshold: number): void {
    const bits = new Uint8Array(this.kernel.memory.buffer, this.hotAt, 2 ** this.cellBits / 8)
    for (let i = 0; i < bits.length; i++) {
      let byte = 0
      for (let bit = 0; bit < 8; bit++) byte |= Number(cells[i * 8 + bit] >= threshold) << bit
      bits[i] = byte
    }
  }

  /** By byte, not 0 for those that `apply` has met. */
  seen(): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer, START + BYTES_TABLE, SEEN_TABLE).slice()
  }

  /** By symbol, how often it stands in words that `apply` is done with. */
  used(): Float64Array {
    return new Float64Array(this.kernel.memory.buffer, this.usedAt, this.tokens.lengths.length).slice()
  }

  /**
   * Applies the merges to the whole records at the start of `bytes`, hands on what is not done with, and counts its pairs.
   * Gives how many bytes the records have.
   */
  apply(bytes: Uint8Array, from: 'bytes' | 'symbols', isLast: boolean, take: (records: Uint8Array) => void): number {
    const end = this.put(bytes)
    const outAt = align(end + SLACK_BYTES)
    const outEnd = outAt + bytes.length * GROWTH + SLACK_BYTES * 2
    this.kernel.apply(this.inAt, end, outAt, outEnd, Number(from === 'bytes'), Number(isLast))
    const written = this.kernel.writtenBytes()
    if (written > 0) take(new Uint8Array(this.kernel.memory.buffer, outAt, written))
    return end - this.inAt
  }

  /** Cuts the words of the whole records at the start of `bytes` at each pair that is not hot, and counts fragments. */
  cut(bytes: Uint8Array, events: FragmentEvents): number {
    const { kernel } = this
    const end = this.put(bytes)
    for (let at = this.inAt; ; ) {
      at = kernel.cut(at, end)
      if (at === end) return end - this.inAt
      const start = kernel.stoppedFragment()
      const stop = kernel.stoppedPieceEnd()
      if (stop - start > WORD_BYTES_MAX) {
        events.onLong(
          encodeRecord(new Uint8Array(kernel.memory.buffer, start, stop - start), kernel.stoppedOccurrences()),
        )
        kernel.resume(stop)
      } else {
        events.onFull()
        kernel.resume(start)
      }
    }
  }

  takeOut(take: TakeRecords): void {
    sweepTable(this.kernel, this.outAt, true, take)
    this.kernel.clear(FIRST_SLOTS)
  }

  /** Lets the next instance of this thread have the memory. This one must not be used again. */
  release(): void {
    released.push(this.kernel)
  }

  /** Puts the bytes where records come in; gives where the last whole one ends. */
  private put(bytes: Uint8Array): number {
    const scratchAt = align(this.inAt + bytes.length * (1 + GROWTH) + SLACK_BYTES * 6)
    ensureMemory(this.kernel.memory, scratchAt + bytes.length * SCRATCH_PER_BYTE + SCRATCH_BYTES)
    this.layOutScratch(scratchAt)
    new Uint8Array(this.kernel.memory.buffer).set(bytes, this.inAt)
    return this.kernel.wholeRecords(this.inAt, this.inAt + bytes.length)
  }
}

function align(at: number): number {
  return (at + 15) & ~15
}
