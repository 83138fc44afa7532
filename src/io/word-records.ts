/**
 * Files of fixed-width records of 32-bit words, and merging sorted ones with a heap. For streams of many millions of small
 * records, where keys of any length (`sorted-records.ts`) would cost more than the work.
 *
 * File: records one after the other, nothing else, words in the machine's byte order; files of a working folder only.
 */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { ShardError } from '../errors/errors.js'
import { storeError } from './store-error.js'

/** A stream of records; stands before the first one. */
export interface WordRecords {
  readonly words: Uint32Array
  /** Where the current record begins in `words`. */
  readonly at: number
  /** Steps on; false at the end, after which the stream is closed. */
  next(): boolean
  close(): void
}

const BUFFER_WORDS = 2 ** 15
export const WORD_BYTES = 4

export class WordRecordWriter {
  readonly words: Uint32Array<ArrayBuffer>
  private readonly handle: number
  private filled = 0
  private written = 0

  constructor(
    readonly path: string,
    private readonly width: number,
    bufferWords = BUFFER_WORDS,
  ) {
    this.words = new Uint32Array(bufferWords - (bufferWords % width))
    this.handle = attempt('create', path, () => openSync(path, 'wx'))
  }

  /** Offset in `words` for one more record. */
  slot(): number {
    if (this.filled === this.words.length) this.flush()
    const at = this.filled
    this.filled += this.width
    return at
  }

  /** Takes the record at words[at]. */
  add(words: ArrayLike<number>, at: number): void {
    const to = this.slot()
    for (let i = 0; i < this.width; i++) this.words[to + i] = words[at + i]
  }

  /** Takes over all records of a stream of the same width. */
  copy(records: WordRecords): void {
    while (records.next()) this.add(records.words, records.at)
  }

  /** Number of records in the file. */
  finish(): number {
    this.flush()
    closeSync(this.handle)
    return this.written / this.width
  }

  private flush(): void {
    const bytes = new Uint8Array(this.words.buffer, 0, this.filled * WORD_BYTES)
    for (let at = 0; at < bytes.length; ) {
      at += attempt('write', this.path, () => writeSync(this.handle, bytes, at))
    }
    this.written += this.filled
    this.filled = 0
  }
}

function attempt<T>(what: 'create' | 'write', path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeError(what === 'create' ? 'write' : what, path, error)
  }
}

/** Records whose word in `column` is at least `from` and below `to`, in a file sorted by that column first. */
export interface ColumnRange {
  readonly column: number
  readonly from: number
  readonly to: number
}

export class WordRecordReader implements WordRecords {
  readonly words: Uint32Array<ArrayBuffer>
  at: number
  private readonly handle: number
  private readonly bytes: Uint8Array
  private filled = 0
  private offset: number
  private readonly end: number
  private isOpen = true

  constructor(
    private readonly path: string,
    private readonly width: number,
    range: ColumnRange | null = null,
    bufferWords = BUFFER_WORDS,
  ) {
    this.handle = openSync(path, 'r')
    const records = fstatSync(this.handle).size / (width * WORD_BYTES)
    const first = range === null ? 0 : this.lowerBound(records, range.column, range.from)
    const last = range === null ? records : this.lowerBound(records, range.column, range.to)
    this.offset = first * width * WORD_BYTES
    this.end = last * width * WORD_BYTES
    this.words = new Uint32Array(Math.min(bufferWords - (bufferWords % width), Math.max(1, last - first) * width))
    this.bytes = new Uint8Array(this.words.buffer)
    this.at = -width
  }

  next(): boolean {
    this.at += this.width
    if (this.at < this.filled) return true
    if (this.offset >= this.end) {
      this.close()
      return false
    }
    const want = Math.min(this.bytes.length, this.end - this.offset)
    for (let got = 0; got < want; ) got += this.read(this.bytes, got, want - got, this.offset + got)
    this.offset += want
    this.filled = want / WORD_BYTES
    this.at = 0
    return true
  }

  /** Reads on by blocks, instead of `next`: how many words of whole records are in `words` now, 0 at the end. */
  nextBlock(): number {
    this.at = this.filled - this.width
    return this.next() ? this.filled : 0
  }

  close(): void {
    if (this.isOpen) closeSync(this.handle)
    this.isOpen = false
  }

  /** Number of the first record whose word in `column` is at least `value`. */
  private lowerBound(records: number, column: number, value: number): number {
    const word = new Uint32Array(1)
    const bytes = new Uint8Array(word.buffer)
    let [low, high] = [0, records]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      this.read(bytes, 0, WORD_BYTES, (middle * this.width + column) * WORD_BYTES)
      if (word[0] < value) low = middle + 1
      else high = middle
    }
    return low
  }

  private read(bytes: Uint8Array, at: number, length: number, offset: number): number {
    const got = readSync(this.handle, bytes, at, length, offset)
    if (got === 0) throw new ShardError(`${this.path}: expected ${this.end} bytes, got ${offset}`)
    return got
  }
}

/** Several files one after the other, by blocks. */
export class RecordFiles {
  words: Uint32Array = new Uint32Array(0)
  private reader: WordRecordReader | null = null
  private opened = 0

  constructor(
    private readonly paths: readonly string[],
    private readonly width: number,
  ) {}

  /** As that of a reader. */
  nextBlock(): number {
    for (;;) {
      const filled = this.reader?.nextBlock() ?? 0
      if (filled > 0 || this.opened === this.paths.length) return filled
      this.reader = new WordRecordReader(this.paths[this.opened++], this.width)
      this.words = this.reader.words
    }
  }
}

/** Several files as one stream, one after the other. */
export class ChainedRecords implements WordRecords {
  private current = 0

  /** At least one. */
  constructor(private readonly parts: readonly WordRecords[]) {}

  get words(): Uint32Array {
    return this.parts[this.current].words
  }

  get at(): number {
    return this.parts[this.current].at
  }

  next(): boolean {
    while (!this.parts[this.current].next()) {
      if (this.current === this.parts.length - 1) return false
      this.current++
    }
    return true
  }

  close(): void {
    for (const part of this.parts) part.close()
  }
}

/** Sorted streams as one. `columns` are those that order the records, the most significant first. */
export function mergeRecords(streams: readonly WordRecords[], columns: readonly number[]): WordRecords {
  return streams.length === 1 ? streams[0] : new MergedRecords(streams, Uint32Array.from(columns))
}

class MergedRecords implements WordRecords {
  words: Uint32Array = new Uint32Array(0)
  at = 0
  private readonly heap: WordRecords[]
  private hasBegun = false

  constructor(
    streams: readonly WordRecords[],
    private readonly columns: Uint32Array,
  ) {
    this.heap = streams.filter((stream) => stream.next())
    for (let i = (this.heap.length >> 1) - 1; i >= 0; i--) this.siftDown(i)
  }

  next(): boolean {
    const { heap } = this
    if (this.hasBegun && !heap[0].next()) {
      const last = heap.pop()
      if (heap.length > 0 && last !== undefined) heap[0] = last
    }
    if (heap.length === 0) return false
    if (this.hasBegun) this.siftDown(0)
    this.hasBegun = true
    this.words = heap[0].words
    this.at = heap[0].at
    return true
  }

  close(): void {
    for (const stream of this.heap) stream.close()
  }

  private siftDown(from: number): void {
    const { heap } = this
    const moved = heap[from]
    let i = from
    for (;;) {
      let least = 2 * i + 1
      if (least >= heap.length) break
      if (least + 1 < heap.length && this.isBefore(heap[least + 1], heap[least])) least++
      if (!this.isBefore(heap[least], moved)) break
      heap[i] = heap[least]
      i = least
    }
    heap[i] = moved
  }

  private isBefore(a: WordRecords, b: WordRecords): boolean {
    const { columns } = this
    const [aWords, aAt, bWords, bAt] = [a.words, a.at, b.words, b.at]
    for (let i = 0; i < columns.length; i++) {
      const difference = aWords[aAt + columns[i]] - bWords[bAt + columns[i]]
      if (difference !== 0) return difference < 0
    }
    return false
  }
}

/** Files that a merge reads at once: each takes an open file and a buffer. */
export const MERGE_FILES_MAX = 128

/** Merges sorted files, at most MERGE_FILES_MAX, into one, `to`, and removes them. Number of records. */
export function mergeFilesInto(
  to: string,
  paths: readonly string[],
  width: number,
  columns: readonly number[],
): number {
  const writer = new WordRecordWriter(to, width)
  const readers = paths.map((path) => new WordRecordReader(path, width))
  writer.copy(mergeRecords(readers, columns))
  for (const path of paths) rmSync(path)
  return writer.finish()
}
