/**
 * Attachment files: one blob a document, written in row order while a shard is collected, read back by row in later rounds.
 *
 * File: blobs; then the index, 16 bytes an entry in row order: `u32 row, u32 length in bytes, f64 offset`; then
 * `u32 entries, u32 magic` (little endian).
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { ShardError } from '../errors/errors.js'
import type { Store } from './store.js'
import type { FileDigest, WrittenFile } from './written-file.js'

const ENTRY_BYTES = 16
const FOOTER_BYTES = 8
const MAGIC = 0x3154414d // "MAT1"

export class AttachmentWriter {
  private readonly index: [row: number, length: number, offset: number][] = []
  private offset = 0

  constructor(private readonly file: WrittenFile) {}

  add(row: number, blob: Uint8Array): void {
    this.file.write(blob.slice())
    this.index.push([row, blob.length, this.offset])
    this.offset += blob.length
  }

  finish(): FileDigest | null {
    if (this.index.length === 0) return null
    const bytes = new DataView(new ArrayBuffer(this.index.length * ENTRY_BYTES + FOOTER_BYTES))
    let at = 0
    for (const [row, length, offset] of this.index) {
      bytes.setUint32(at, row, true)
      bytes.setUint32(at + 4, length, true)
      bytes.setFloat64(at + 8, offset, true)
      at += ENTRY_BYTES
    }
    bytes.setUint32(at, this.index.length, true)
    bytes.setUint32(at + 4, MAGIC, true)
    this.file.write(new Uint8Array(bytes.buffer))
    return this.file.finish()
  }
}

/** Reads blobs by row: the index is held, the blobs are read when asked for. */
export class AttachmentReader {
  private readonly handle: number
  private readonly rows: Uint32Array
  private readonly lengths: Uint32Array
  private readonly offsets: Float64Array

  constructor(store: Store, path: string) {
    const size = store.sizeBytes(path)
    const footer = Buffer.from(store.readRange(path, Math.max(0, size - FOOTER_BYTES), FOOTER_BYTES))
    const entries = footer.length === FOOTER_BYTES ? footer.readUInt32LE(0) : 0
    const start = size - FOOTER_BYTES - entries * ENTRY_BYTES
    if (footer.length !== FOOTER_BYTES || footer.readUInt32LE(4) !== MAGIC || start < 0) {
      throw new ShardError(`${store.pathOf(path)}: expected an attachment file, got ${size} bytes without its footer`)
    }
    const index = Buffer.from(store.readRange(path, start, entries * ENTRY_BYTES))
    this.rows = new Uint32Array(entries)
    this.lengths = new Uint32Array(entries)
    this.offsets = new Float64Array(entries)
    for (let i = 0; i < entries; i++) {
      this.rows[i] = index.readUInt32LE(i * ENTRY_BYTES)
      this.lengths[i] = index.readUInt32LE(i * ENTRY_BYTES + 4)
      this.offsets[i] = index.readDoubleLE(i * ENTRY_BYTES + 8)
    }
    this.handle = openSync(store.pathOf(path), 'r')
  }

  get(row: number): Uint8Array | undefined {
    const i = this.find(row)
    return i < 0 ? undefined : this.blob(i)
  }

  /** In row order. */
  *all(): Generator<[row: number, blob: Uint8Array], void, void> {
    for (const [i, row] of this.rows.entries()) yield [row, this.blob(i)]
  }

  close(): void {
    closeSync(this.handle)
  }

  private blob(i: number): Uint8Array {
    const blob = new Uint8Array(this.lengths[i])
    for (let filled = 0; filled < blob.length; ) {
      const got = readSync(this.handle, blob, filled, blob.length - filled, this.offsets[i] + filled)
      if (got === 0)
        throw new ShardError(`attachment of row ${this.rows[i]}: expected ${blob.length} bytes, got ${filled}`)
      filled += got
    }
    return blob
  }

  private find(row: number): number {
    let low = 0
    let high = this.rows.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      if (this.rows[middle] === row) return middle
      if (this.rows[middle] < row) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}
