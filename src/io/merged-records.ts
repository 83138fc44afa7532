/**
 * Reads one partition out of many sorted record files as one sorted stream: a k-way merge with a binary heap over the
 * files' current records. At most FAN_IN files are open at once, with a buffer each, whatever the partition's size: of more
 * files the smallest are merged into larger ones first.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { ShardError } from '../errors/errors.js'
import {
  compareBytes,
  FOOTER_BYTES,
  INDEX_ENTRY_BYTES,
  MAGIC,
  RECORD_HEADER_BYTES,
  RecordOutput,
} from './sorted-records.js'
import type { Store } from './store.js'

export interface PartitionSlice {
  readonly path: string
  readonly offset: number
  readonly lengthBytes: number
  readonly records: number
}

/** The partitions that a sorted record file holds, by number. */
export function readPartitionIndex(store: Store, path: string): Map<number, PartitionSlice> {
  const size = store.sizeBytes(path)
  const footer = viewOf(store.readRange(path, Math.max(0, size - FOOTER_BYTES), FOOTER_BYTES))
  const entries = footer.byteLength === FOOTER_BYTES ? footer.getUint32(0, true) : 0
  const indexStart = size - FOOTER_BYTES - entries * INDEX_ENTRY_BYTES
  if (footer.byteLength !== FOOTER_BYTES || footer.getUint32(4, true) !== MAGIC || indexStart < 0) {
    throw new ShardError(`${store.pathOf(path)}: expected a sorted record file, got ${size} bytes without its footer`)
  }
  const index = viewOf(store.readRange(path, indexStart, entries * INDEX_ENTRY_BYTES))
  const slices = new Map<number, PartitionSlice>()
  for (let at = 0; at < index.byteLength; at += INDEX_ENTRY_BYTES) {
    slices.set(index.getUint32(at, true), {
      path,
      records: index.getUint32(at + 4, true),
      offset: index.getFloat64(at + 8, true),
      lengthBytes: index.getFloat64(at + 16, true),
    })
  }
  return slices
}

/** Files that are merged at once: 16 MiB of buffers. */
export const FAN_IN = 128

/**
 * Calls `visit` for every record of the slices in ascending (key, value) order. The views are valid during the call only.
 * @param scratch path in the store under which files may lie while this runs
 */
export function mergeSlices(
  store: Store,
  slices: readonly PartitionSlice[],
  scratch: string,
  visit: (key: Uint8Array, value: Uint8Array) => void,
  fanIn = FAN_IN,
): void {
  const merged: string[] = []
  try {
    const queue = slices.toSorted((a, b) => a.lengthBytes - b.lengthBytes)
    while (queue.length > fanIn) {
      const path = `${scratch}-${merged.length}`
      merged.push(path)
      queue.push(mergeToFile(store, queue.splice(0, Math.min(fanIn, queue.length - fanIn + 1)), path))
      for (const done of merged) if (!queue.some((slice) => slice.path === done)) store.remove(done)
    }
    eachMerged(store, queue, (cursor) => visit(cursor.key(), cursor.value()))
  } finally {
    for (const path of merged) store.remove(path)
  }
}

function mergeToFile(store: Store, slices: readonly PartitionSlice[], path: string): PartitionSlice {
  const file = store.create(path)
  const output = new RecordOutput(file)
  eachMerged(store, slices, (cursor) => cursor.writeTo(output))
  output.flush()
  file.finish()
  return { path, offset: 0, lengthBytes: output.offset, records: slices.reduce((n, { records }) => n + records, 0) }
}

function eachMerged(store: Store, slices: readonly PartitionSlice[], visit: (cursor: Cursor) => void): void {
  const cursors: Cursor[] = []
  try {
    for (const slice of slices) {
      const cursor = new Cursor(store.pathOf(slice.path), slice)
      cursors.push(cursor)
    }
    const heap = cursors.filter((cursor) => cursor.next())
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i)
    while (heap.length > 0) {
      const top = heap[0]
      visit(top)
      if (!top.next()) {
        const last = heap.pop()
        if (heap.length === 0 || last === undefined) break
        heap[0] = last
      }
      siftDown(heap, 0)
    }
  } finally {
    for (const cursor of cursors) cursor.close()
  }
}

function siftDown(heap: Cursor[], from: number): void {
  let i = from
  for (;;) {
    const left = 2 * i + 1
    if (left >= heap.length) return
    const right = left + 1
    const least = right < heap.length && heap[right].isBefore(heap[left]) ? right : left
    if (!heap[least].isBefore(heap[i])) return
    const swap = heap[i]
    heap[i] = heap[least]
    heap[least] = swap
    i = least
  }
}

const BUFFER_BYTES = 2 ** 17

class Cursor {
  private readonly handle: number
  private buffer: Uint8Array
  private view: DataView
  /** The record that the cursor stands on. */
  private start = 0
  private keyLength = 0
  private valueLength = 0
  /** Bytes in the buffer, and where the next record begins in it. */
  private filled = 0
  private following = 0
  private fileOffset: number
  private readonly fileEnd: number

  constructor(
    private readonly path: string,
    slice: PartitionSlice,
  ) {
    this.handle = openSync(path, 'r')
    this.buffer = new Uint8Array(Math.min(BUFFER_BYTES, slice.lengthBytes))
    this.view = viewOf(this.buffer)
    this.fileOffset = slice.offset
    this.fileEnd = slice.offset + slice.lengthBytes
  }

  /** Steps to the next record; false at the end. */
  next(): boolean {
    this.start = this.following
    if (this.available() < RECORD_HEADER_BYTES && !this.fill(RECORD_HEADER_BYTES)) {
      if (this.filled > 0) throw new ShardError(`${this.path}: ${this.filled} bytes behind the last record`)
      return false
    }
    this.keyLength = this.view.getUint16(this.start, true)
    this.valueLength = this.view.getUint32(this.start + 2, true)
    const length = RECORD_HEADER_BYTES + this.keyLength + this.valueLength
    if (this.available() < length && !this.fill(length)) throw new ShardError(`${this.path}: a record ends too early`)
    this.following = this.start + length
    return true
  }

  key(): Uint8Array {
    const at = this.start + RECORD_HEADER_BYTES
    return this.buffer.subarray(at, at + this.keyLength)
  }

  value(): Uint8Array {
    const at = this.start + RECORD_HEADER_BYTES + this.keyLength
    return this.buffer.subarray(at, at + this.valueLength)
  }

  writeTo(output: RecordOutput): void {
    const at = this.start + RECORD_HEADER_BYTES
    output.record(this.buffer, at, this.keyLength, at + this.keyLength + this.valueLength)
  }

  isBefore(other: Cursor): boolean {
    const key = this.start + RECORD_HEADER_BYTES
    const otherKey = other.start + RECORD_HEADER_BYTES
    const value = key + this.keyLength
    const otherValue = otherKey + other.keyLength
    const order =
      compareBytes(this.buffer, key, value, other.buffer, otherKey, otherValue) ||
      compareBytes(
        this.buffer,
        value,
        value + this.valueLength,
        other.buffer,
        otherValue,
        otherValue + other.valueLength,
      )
    return order < 0
  }

  close(): void {
    closeSync(this.handle)
  }

  private available(): number {
    return this.filled - this.start
  }

  /** Moves the current record to the buffer's start and reads on until `bytes` of it are there. */
  private fill(bytes: number): boolean {
    const rest = this.available()
    if (bytes > this.buffer.length) {
      const grown = new Uint8Array(bytes * 2)
      grown.set(this.buffer.subarray(this.start, this.filled))
      this.buffer = grown
      this.view = viewOf(grown)
    } else this.buffer.copyWithin(0, this.start, this.filled)
    this.start = 0
    this.filled = rest
    while (this.filled < this.buffer.length && this.fileOffset < this.fileEnd) {
      const want = Math.min(this.buffer.length - this.filled, this.fileEnd - this.fileOffset)
      const got = readSync(this.handle, this.buffer, this.filled, want, this.fileOffset)
      if (got === 0) throw new ShardError(`${this.path}: expected ${this.fileEnd} bytes, got ${this.fileOffset}`)
      this.filled += got
      this.fileOffset += got
    }
    return this.filled >= bytes
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
