/** Sorts fixed-width records of words: an LSD radix sort over columns in memory, runs on disk beyond it. */
import {
  MERGE_FILES_MAX,
  mergedFiles,
  mergeFilesInto,
  WORD_BYTES,
  type WordRecords,
  WordRecordWriter,
} from './word-records.js'

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
