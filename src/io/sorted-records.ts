/**
 * Sorted record files: the shuffle of corpus stages. A writer takes (partition, key, value) in any order, sorts in bounded
 * memory and writes runs; each run file is sorted by (partition, key, value), bytewise, and ends with an index of its
 * partitions. The order is total, so the merged stream is the same however the runs were cut.
 *
 * File: records `u16 key length, u32 value length, key, value` (little endian), partition after partition; then the index,
 * 24 bytes an entry: `u32 partition, u32 records, f64 offset, f64 length in bytes`; then `u32 entries, u32 magic`.
 */
import type { FileDigest, WrittenFile } from './written-file.js'

export const RECORD_HEADER_BYTES = 6
export const INDEX_ENTRY_BYTES = 24
export const FOOTER_BYTES = 8
export const MAGIC = 0x3153524d // "MRS1"

/** Memory for records before a run is written. Fixed, so that runs do not depend on the machine. */
const RUN_BYTES_MAX = 48 * 2 ** 20
const RUN_RECORDS_MAX = 2 ** 20

/** Its length is written in 16 bits. */
const KEY_BYTES_MAX = 0xffff

export class SortedRecordWriter {
  private arena = new Uint8Array(2 ** 16)
  private used = 0
  private count = 0
  private starts = new Uint32Array(1024)
  private partitions = new Uint32Array(1024)
  private keyLengths = new Uint16Array(1024)
  /** The first eight bytes of each key as two numbers: they decide most comparisons. */
  private high = new Uint32Array(1024)
  private low = new Uint32Array(1024)
  private ends = new Uint32Array(1024)
  private readonly runs: FileDigest[] = []
  recordCount = 0

  /** @param createRun makes the file of run number n. */
  constructor(
    private readonly createRun: (run: number) => WrittenFile,
    private readonly runBytesMax = RUN_BYTES_MAX,
  ) {}

  add(partition: number, key: Uint8Array, value: Uint8Array): void {
    if (key.length > KEY_BYTES_MAX)
      throw new RangeError(`a record's key: expected at most ${KEY_BYTES_MAX} bytes, got ${key.length}`)
    const length = key.length + value.length
    if (this.count > 0 && (this.used + length > this.runBytesMax || this.count === RUN_RECORDS_MAX)) this.writeRun()
    this.reserve(length)
    const i = this.count++
    this.starts[i] = this.used
    this.arena.set(key, this.used)
    this.arena.set(value, this.used + key.length)
    this.used += length
    this.ends[i] = this.used
    this.partitions[i] = partition
    this.keyLengths[i] = key.length
    this.high[i] = prefix(key, 0)
    this.low[i] = prefix(key, 4)
    this.recordCount++
  }

  /** Writes what is left; the digests of all runs, in order. */
  finish(): FileDigest[] {
    if (this.count > 0) this.writeRun()
    return this.runs
  }

  private reserve(length: number): void {
    if (this.used + length > this.arena.length) {
      const grown = new Uint8Array(Math.max(this.used + length, this.arena.length * 2))
      grown.set(this.arena.subarray(0, this.used))
      this.arena = grown
    }
    if (this.count < this.starts.length) return
    const size = this.starts.length * 2
    this.starts = grow(this.starts, size)
    this.ends = grow(this.ends, size)
    this.partitions = grow(this.partitions, size)
    this.high = grow(this.high, size)
    this.low = grow(this.low, size)
    const keyLengths = new Uint16Array(size)
    keyLengths.set(this.keyLengths)
    this.keyLengths = keyLengths
  }

  private writeRun(): void {
    const order = new Uint32Array(this.count)
    for (let i = 0; i < order.length; i++) order[i] = i
    order.sort((a, b) => this.compare(a, b))
    const file = this.createRun(this.runs.length)
    const output = new RecordOutput(file)
    const index: number[][] = []
    for (const i of order) {
      const last = index[index.length - 1]
      if (last === undefined || last[0] !== this.partitions[i]) index.push([this.partitions[i], 1, output.offset, 0])
      else last[1]++
      output.record(this.arena, this.starts[i], this.keyLengths[i], this.ends[i])
      index[index.length - 1][3] = output.offset - index[index.length - 1][2]
    }
    output.index(index)
    const digest = file.finish()
    if (digest) this.runs.push(digest)
    this.count = 0
    this.used = 0
  }

  private compare(a: number, b: number): number {
    const decided = this.partitions[a] - this.partitions[b] || this.high[a] - this.high[b] || this.low[a] - this.low[b]
    if (decided !== 0) return decided
    const keyA = this.starts[a] + this.keyLengths[a]
    const keyB = this.starts[b] + this.keyLengths[b]
    return (
      compareBytes(this.arena, this.starts[a], keyA, this.arena, this.starts[b], keyB) ||
      compareBytes(this.arena, keyA, this.ends[a], this.arena, keyB, this.ends[b])
    )
  }
}

/** Bytewise order of two stretches, a shorter one first when it is the start of the other. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i] - b[bStart + i]
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** Four key bytes as a big-endian number; missing ones count as 0, and the full comparison settles what that leaves open. */
function prefix(key: Uint8Array, at: number): number {
  return (((key[at] ?? 0) << 24) | ((key[at + 1] ?? 0) << 16) | ((key[at + 2] ?? 0) << 8) | (key[at + 3] ?? 0)) >>> 0
}

function grow(array: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(size)
  grown.set(array)
  return grown
}

/** Writes records, in the order that it is given them, and an index behind them; gathers small pieces into writes of 64 KiB. */
export class RecordOutput {
  private readonly buffer = new Uint8Array(2 ** 16)
  private readonly view = new DataView(this.buffer.buffer)
  private filled = 0
  offset = 0

  constructor(private readonly file: WrittenFile) {}

  /** The record's key and value are adjacent: [start, start + keyLength), then up to `end`. */
  record(arena: Uint8Array, start: number, keyLength: number, end: number): void {
    const length = end - start
    this.room(RECORD_HEADER_BYTES)
    this.view.setUint16(this.filled, keyLength, true)
    this.view.setUint32(this.filled + 2, length - keyLength, true)
    this.filled += RECORD_HEADER_BYTES
    if (length > this.buffer.length - this.filled) this.flush()
    if (length > this.buffer.length) this.file.write(arena.slice(start, end))
    else {
      this.buffer.set(arena.subarray(start, end), this.filled)
      this.filled += length
    }
    this.offset += RECORD_HEADER_BYTES + length
  }

  index(entries: readonly (readonly number[])[]): void {
    for (const [partition, records, offset, length] of entries) {
      this.room(INDEX_ENTRY_BYTES)
      this.view.setUint32(this.filled, partition, true)
      this.view.setUint32(this.filled + 4, records, true)
      this.view.setFloat64(this.filled + 8, offset, true)
      this.view.setFloat64(this.filled + 16, length, true)
      this.filled += INDEX_ENTRY_BYTES
    }
    this.room(FOOTER_BYTES)
    this.view.setUint32(this.filled, entries.length, true)
    this.view.setUint32(this.filled + 4, MAGIC, true)
    this.filled += FOOTER_BYTES
    this.flush()
  }

  private room(bytes: number): void {
    if (bytes > this.buffer.length - this.filled) this.flush()
  }

  flush(): void {
    this.file.write(this.buffer.slice(0, this.filled))
    this.filled = 0
  }
}
