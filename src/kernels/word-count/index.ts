/**
 * The word table of assembly.ts within a budget of memory: words go in from text or as records, and come out as records,
 * which are a length (LEB128), the word's bytes, and a count (LEB128).
 *
 * Memory of one instance: the class table of the pre-tokenizer, slots, arena, a buffer for what comes out, and one for text
 * and records, which grows with the longest text. Pages that a small text never reaches are never taken from the system.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import { CLASS_TABLE_BYTES, classTable, type ScannerCodes } from '../pretokens/index.js'

/** Words are spread over so many partitions by their hash. */
export const PARTITIONS = 256
const PARTITION_BITS = 8

const SLOT_BYTES = 24
export const FIRST_SLOTS = 2 ** 12
/** Of the budget; the rest is for bytes of words from the ninth on. */
const SLOTS_SHARE = 0.7
/** Of the buffer through which words come out: several of the longest. */
export const OUT_BYTES = 2 ** 18
const IN_BYTES = 2 ** 18
/** The kernel loads eight bytes at a time. */
export const SLACK_BYTES = 16
/** As assembly.ts: longer ones are handed on one by one. */
export const WORD_BYTES_MAX = 2 ** 16
export const TABLE_BYTES_MIN = 2 ** 18
/** WASM has 4 GiB, and half of them can be told from JavaScript without minding signs. */
const TABLE_BYTES_MAX = 1.5 * 2 ** 30

/** What a kernel with a word table exports of it. */
export interface TableExports {
  readonly memory: KernelMemory
  reset(at: number, first: number, last: number, isSalted: number, arenaFrom: number, arenaTo: number): void
  clear(first: number): void
  wordCount(): number
  slotCount(): number
  stoppedPieceEnd(): number
  wholeRecords(at: number, end: number): number
  beginSweep(partition: number, partitions: number): void
  sweep(to: number, end: number, partitionBits: bigint): number
  swept(what: number): number
}

interface Exports extends TableExports {
  countSum(): number
  countText(pattern: number, digits: number, at: number, end: number, count: number): number
  countLines(pattern: number, digits: number, at: number, end: number, count: number): number
  countPieces(at: number, ends: number, endsTo: number, count: number): number
  addRecords(at: number, end: number, part: number, parts: number): number
}

/**
 * Lays out slots and arena in `roomBytes` from `at` on; gives how many slots there are at most.
 * @param isSalted it takes in records that tables have written, and is not taken out by partitions
 */
export function layOutTable(kernel: TableExports, at: number, roomBytes: number, isSalted: boolean): number {
  const slots = Math.floor((roomBytes * SLOTS_SHARE) / SLOT_BYTES)
  kernel.reset(at, Math.min(FIRST_SLOTS, slots), slots, Number(isSalted), at + slots * SLOT_BYTES, at + roomBytes)
  return slots
}

/** Takes all words out by way of the OUT_BYTES at `outAt`, partition by partition, or all at once as number 0. */
export function sweepTable(kernel: TableExports, outAt: number, isPartition: boolean, take: TakeRecords): WordSums {
  const [partitions, bits] = isPartition ? [1, 0n] : [PARTITIONS, BigInt(PARTITION_BITS)]
  const [words, bytes, textBytes] = [0, 1, 2].map((what) => kernel.swept(what))
  for (let partition = 0; partition < partitions; partition++) {
    kernel.beginSweep(partition, partitions)
    for (;;) {
      const length = kernel.sweep(outAt, outAt + OUT_BYTES, bits)
      if (length === 0) break
      take(partition, new Uint8Array(kernel.memory.buffer, outAt, length))
    }
  }
  return { words: kernel.swept(0) - words, bytes: kernel.swept(1) - bytes, textBytes: kernel.swept(2) - textBytes }
}

/** Gets the records of words that are taken out, partition by partition. Bytes are valid during the call. */
export type TakeRecords = (partition: number, records: Uint8Array) => void

export interface WordSums {
  readonly words: number
  readonly bytes: number
  /** Bytes times counts. */
  readonly textBytes: number
}

export interface WordTableEvents {
  /** The table is full: it has to be emptied by `takeOut`. */
  onFull(): void
  /** The record of a word that is too long for any table. Valid during the call. */
  onLong(record: Uint8Array): void
}

/** Memory of WebAssembly never shrinks, and when it is collected is anybody's guess: so it is used again. */
let released: Exports[] = []

/** Gives the memory of tables that are not in use back, as soon as garbage is collected. */
export function forgetTables(): void {
  released = []
}

export class WordTable {
  private readonly kernel: Exports
  private readonly slots: number
  private readonly countSumBefore: number
  private readonly outAt: number
  private readonly inAt: number

  /**
   * @param memoryBytes of slots and arena
   * @param isPartition all words that come are of one partition: they come as records, and are taken out all at once
   */
  constructor(
    memoryBytes: number,
    private readonly isPartition: boolean,
    private readonly events: WordTableEvents,
  ) {
    this.kernel = released.pop() ?? instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
    const room = Math.floor(Math.min(TABLE_BYTES_MAX, Math.max(TABLE_BYTES_MIN, memoryBytes)) / 8) * 8
    this.outAt = CLASS_TABLE_BYTES + room + SLACK_BYTES
    this.inAt = this.outAt + OUT_BYTES
    this.reserve(IN_BYTES)
    new Uint8Array(this.kernel.memory.buffer).set(classTable())
    this.countSumBefore = this.kernel.countSum()
    this.slots = layOutTable(this.kernel, CLASS_TABLE_BYTES, room, isPartition)
  }

  /** Distinct words in the table. */
  get size(): number {
    return this.kernel.wordCount()
  }

  /** Of all pieces that came in as text. */
  get countSum(): number {
    return this.kernel.countSum() - this.countSumBefore
  }

  /** Counts the pieces of a text; lone surrogates count as U+FFFD. */
  addText(text: string, codes: ScannerCodes, count: number): void {
    const end = this.encode(text)
    this.run(end, count, (at) => this.kernel.countText(codes.pattern, codes.digits, at, end, count))
  }

  /** Counts the pieces of UTF-8 text of which every line, its LF included, is a text of its own. */
  addLines(lines: Uint8Array, codes: ScannerCodes, count: number): void {
    const end = this.put(lines)
    this.run(end, count, (at) => this.kernel.countLines(codes.pattern, codes.digits, at, end, count))
  }

  /** Counts pieces of a text of which it is known where they end, in bytes of its UTF-8. */
  addPieces(text: string, ends: Uint32Array, count: number): void {
    const end = this.encode(text)
    const endsAt = (end + SLACK_BYTES) & ~3
    this.reserve(endsAt - this.inAt + ends.byteLength)
    const relative = new Uint32Array(this.kernel.memory.buffer, endsAt, ends.length)
    relative.set(ends)
    let piece = 0
    this.run(end, count, (at) => {
      while (piece < ends.length && this.inAt + ends[piece] <= at) piece++
      for (let i = piece; i < ends.length; i++) relative[i] = this.inAt + ends[i] - at
      return this.kernel.countPieces(at, endsAt + piece * 4, endsAt + ends.byteLength, count)
    })
  }

  /**
   * Adds the whole records at the start of `bytes` whose hash falls into part `part` of `parts`; gives how many bytes
   * these records have.
   */
  addRecords(bytes: Uint8Array, part: number, parts: number): number {
    const end = this.kernel.wholeRecords(this.inAt, this.put(bytes))
    let at = this.inAt
    while (at < end) {
      at = this.kernel.addRecords(at, end, part, parts)
      if (at === end) break
      const stop = this.kernel.stoppedPieceEnd()
      if (stop - at > WORD_BYTES_MAX) {
        this.events.onLong(new Uint8Array(this.kernel.memory.buffer, at, stop - at))
        at = stop
      } else this.events.onFull()
    }
    return end - this.inAt
  }

  /** Empties the table, partition by partition; a table of one partition all at once, as number 0. Gives what it held. */
  takeOut(take: TakeRecords): WordSums {
    const sums = sweepTable(this.kernel, this.outAt, this.isPartition, take)
    this.clear()
    return sums
  }

  /** Forgets the words. */
  clear(): void {
    // A table of all words fills up again; of one that is kept for partitions, the next may be small.
    this.kernel.clear(this.isPartition ? Math.min(FIRST_SLOTS, this.slots) : this.kernel.slotCount())
  }

  /** Lets the next table of this thread have the memory. The table must not be used again. */
  release(): void {
    released.push(this.kernel)
  }

  private run(end: number, count: number, step: (at: number) => number): void {
    for (let at = this.inAt; at < end; ) {
      at = step(at)
      if (at === end) return
      const stop = this.kernel.stoppedPieceEnd()
      if (stop - at > WORD_BYTES_MAX) {
        this.events.onLong(encodeRecord(new Uint8Array(this.kernel.memory.buffer, at, stop - at), count))
        at = stop
      } else this.events.onFull()
    }
  }

  private encode(text: string): number {
    const room = text.length * 3
    this.reserve(room)
    const to = new Uint8Array(this.kernel.memory.buffer, this.inAt, room)
    return this.inAt + encoder.encodeInto(text, to).written
  }

  private put(bytes: Uint8Array): number {
    this.reserve(bytes.length)
    new Uint8Array(this.kernel.memory.buffer).set(bytes, this.inAt)
    return this.inAt + bytes.length
  }

  private reserve(bytes: number): void {
    ensureMemory(this.kernel.memory, this.inAt + bytes + SLACK_BYTES)
  }
}

const encoder = new TextEncoder()

// ---- records ----

export function encodeRecord(word: Uint8Array, count: number): Uint8Array {
  return Buffer.concat([Buffer.from(leb128(word.length)), word, Buffer.from(leb128(count))])
}

function leb128(value: number): number[] {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  bytes.push(left)
  return bytes
}

/** Calls `visit` for each record; `bytes` holds whole ones only. The word is [start, end) of `bytes`. */
export function eachRecord(bytes: Uint8Array, visit: (start: number, end: number, count: number) => void): void {
  for (let at = 0; at < bytes.length; ) {
    let factor = 1
    let length = 0
    for (; bytes[at] > 0x7f; factor *= 128) length += (bytes[at++] & 0x7f) * factor
    length += bytes[at++] * factor
    const start = at
    at += length
    factor = 1
    let count = 0
    for (; bytes[at] > 0x7f; factor *= 128) count += (bytes[at++] & 0x7f) * factor
    count += bytes[at++] * factor
    visit(start, start + length, count)
  }
}

/** Bytes of the whole records at the start of `bytes`. */
export function wholeRecords(bytes: Uint8Array): number {
  let whole = 0
  for (;;) {
    let at = whole
    let factor = 1
    let length = 0
    for (; at < bytes.length && bytes[at] > 0x7f; factor *= 128) length += (bytes[at++] & 0x7f) * factor
    if (at >= bytes.length) return whole
    at += 1 + length + bytes[at] * factor
    while (at < bytes.length && bytes[at] > 0x7f) at++
    if (at >= bytes.length) return whole
    whole = at + 1
  }
}
