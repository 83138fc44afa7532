/**
 * Files of fixed-width records of 32-bit words, and sorting them within a memory limit. For streams of many millions of
 * small records, where keys of any length (`sorted-records.ts`) would cost more than the sort: an LSD radix sort over
 * columns in memory, runs on disk beyond it, a heap to merge them.
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
const WORD_BYTES = 4

export class WordRecordWriter {
  readonly words: Uint32Array<ArrayBuffer>
  private readonly handle: number
  private filled = 0
  private written = 0

  constructor(
    readonly path: string,
    private readonly width: number,
  ) {
    this.words = new Uint32Array(BUFFER_WORDS - (BUFFER_WORDS % width))
    this.handle = attempt('create', path, () => openSync(path, 'wx'))
  }

  /** Offset in `words` for one more record. */
  slot(): number {
    if (this.filled === this.words.length) this.flush()
    const at = this.filled
    this.filled += this.width
    return at
  }

  /** Takes over all records of a stream of the same width. */
  copy(records: WordRecords): void {
    while (records.next()) {
      const to = this.slot()
      const { words, at } = records
      for (let i = 0; i < this.width; i++) this.words[to + i] = words[at + i]
    }
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
  ) {
    this.handle = openSync(path, 'r')
    const records = fstatSync(this.handle).size / (width * WORD_BYTES)
    const first = range === null ? 0 : this.lowerBound(records, range.column, range.from)
    const last = range === null ? records : this.lowerBound(records, range.column, range.to)
    this.offset = first * width * WORD_BYTES
    this.end = last * width * WORD_BYTES
    this.words = new Uint32Array(Math.min(BUFFER_WORDS - (BUFFER_WORDS % width), Math.max(1, last - first) * width))
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

/** Files that a merge reads at once: each takes an open file and a buffer. More are merged in levels. */
export const MERGE_FILES_MAX = 128

/** Sorted files, at most MERGE_FILES_MAX, as one sorted stream. */
function mergedFiles(paths: readonly string[], width: number, columns: readonly number[]): WordRecords {
  return mergeRecords(
    paths.map((path) => new WordRecordReader(path, width)),
    columns,
  )
}

/** Merges sorted files into one, `to`, and removes them. */
export function mergeFilesInto(to: string, paths: readonly string[], width: number, columns: readonly number[]): void {
  const writer = new WordRecordWriter(to, width)
  writer.copy(mergedFiles(paths, width, columns))
  writer.finish()
  for (const path of paths) rmSync(path)
}

/** Places of records, twice, and a column, while they are sorted. */
const SORT_BYTES_PER_RECORD = 12

export interface SortOrder {
  /** Words a record. */
  readonly width: number
  /** Columns that order the records wholly, the most significant first. */
  readonly columns: readonly number[]
  /** How many of these, from the first on, the records are not yet sorted by when they come: the rest costs nothing. */
  readonly unsorted: number
  /** Words of the columns are below this. */
  readonly limit: number
}

/**
 * Larger runs sort slower than smaller ones merge: the sort jumps about in memory, and this is about what stays in a core's
 * cache. Of 4 to 64 MiB a training took least time with 8.
 */
const RUN_BYTES_MAX = 8 * 2 ** 20

/** Sorts records within `memoryBytes`; what is beyond goes into files that `create` names. */
export class WordRecordSorter {
  words: Uint32Array
  private filled = 0
  private readonly wordsMax: number
  private readonly runs: string[] = []

  constructor(
    private readonly order: SortOrder,
    memoryBytes: number,
    private readonly create: () => string,
  ) {
    const recordBytes = order.width * WORD_BYTES + SORT_BYTES_PER_RECORD
    this.wordsMax = Math.max(1024, Math.floor(Math.min(memoryBytes, RUN_BYTES_MAX) / recordBytes)) * order.width
    this.words = new Uint32Array(Math.min(this.wordsMax, 1024 * order.width))
  }

  /** Offset in `words` for one more record. */
  slot(): number {
    if (this.filled === this.words.length) this.makeRoom()
    const at = this.filled
    this.filled += this.order.width
    return at
  }

  /** The records in order. Files of runs stay; the folder is the caller's. */
  finish(): WordRecords {
    const { width, columns } = this.order
    if (this.runs.length === 0) return this.sorted()
    if (this.filled > 0) this.writeRun()
    this.words = new Uint32Array(0)
    const { runs } = this
    while (runs.length > MERGE_FILES_MAX) {
      const to = this.create()
      mergeFilesInto(to, runs.splice(0, MERGE_FILES_MAX), width, columns)
      runs.push(to)
    }
    return mergedFiles(runs, width, columns)
  }

  private makeRoom(): void {
    if (this.words.length === this.wordsMax) {
      this.writeRun()
      return
    }
    const larger = new Uint32Array(Math.min(this.wordsMax, this.words.length * 2))
    larger.set(this.words)
    this.words = larger
  }

  private writeRun(): void {
    const path = this.create()
    const writer = new WordRecordWriter(path, this.order.width)
    writer.copy(this.sorted())
    writer.finish()
    this.runs.push(path)
    this.filled = 0
  }

  private sorted(): WordRecords {
    const { width, columns, unsorted, limit } = this.order
    const places = sortPlaces(this.words, this.filled / width, width, columns.slice(0, unsorted), limit)
    return new PlacedRecords(this.words, places, width)
  }
}

class PlacedRecords implements WordRecords {
  at = 0
  private following = 0

  constructor(
    readonly words: Uint32Array,
    private readonly places: Uint32Array,
    private readonly width: number,
  ) {}

  next(): boolean {
    if (this.following === this.places.length) return false
    this.at = this.places[this.following++] * this.width
    return true
  }

  close(): void {}
}

/**
 * Numbers of the records in order: one stable counting pass a column, the least significant first. A column is gathered
 * first, as a pass jumps about in it: so gathered it stays in cache.
 */
function sortPlaces(
  words: Uint32Array,
  count: number,
  width: number,
  columns: readonly number[],
  limit: number,
): Uint32Array {
  let places = new Uint32Array(count)
  for (let i = 0; i < count; i++) places[i] = i
  let sorted = new Uint32Array(count)
  const values = new Uint32Array(count)
  const ends = new Uint32Array(limit + 1)
  for (const column of columns.toReversed()) {
    ends.fill(0)
    for (let i = 0, at = column; i < count; i++, at += width) {
      const value = words[at]
      values[i] = value
      ends[value + 1]++
    }
    for (let value = 1; value <= limit; value++) ends[value] += ends[value - 1]
    for (let i = 0; i < count; i++) {
      const place = places[i]
      sorted[ends[values[place]]++] = place
    }
    const swap = places
    places = sorted
    sorted = swap
  }
  return places
}
