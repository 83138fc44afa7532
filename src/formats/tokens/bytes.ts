/** Numbers as little-endian bytes in chunks of bounded size, and back: what flat and Megatron files are made of. */
import { ShardError } from '../../errors/errors.js'
import type { Write } from './rows.js'

/** Bytes of a chunk at most. */
const CHUNK_BYTES = 2 ** 20

const ARRAYS = { 2: Uint16Array, 4: Uint32Array } as const

/** Collects token ids of one width; `write` gets full chunks, each in memory of its own. */
export class IdBytes {
  readonly #write: Write
  readonly #width: 2 | 4
  #chunk: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>
  /** Ids in the chunk. */
  #used = 0

  constructor(width: 2 | 4, write: Write) {
    this.#width = width
    this.#write = write
    this.#chunk = new ARRAYS[width](CHUNK_BYTES / width)
  }

  /** Ids that fit the width. */
  add(ids: Uint32Array): void {
    for (let at = 0; at < ids.length; ) {
      if (this.#used === this.#chunk.length) this.flush()
      const count = Math.min(this.#chunk.length - this.#used, ids.length - at)
      // The engine's own conversion, faster than one by one; all platforms of Node are little-endian.
      this.#chunk.set(ids.subarray(at, at + count), this.#used)
      this.#used += count
      at += count
    }
  }

  flush(): void {
    if (this.#used === 0) return
    this.#write(new Uint8Array(this.#chunk.buffer, 0, this.#used * this.#width))
    this.#chunk = new ARRAYS[this.#width](CHUNK_BYTES / this.#width)
    this.#used = 0
  }
}

/** Collects 64-bit integers likewise. */
export class Int64Bytes {
  readonly #write: Write
  #chunk = new DataView(new ArrayBuffer(CHUNK_BYTES))
  #usedBytes = 0

  constructor(write: Write) {
    this.#write = write
  }

  /** An integer from 0 to 2^53. */
  add(value: number): void {
    if (this.#usedBytes === CHUNK_BYTES) this.flush()
    this.#chunk.setUint32(this.#usedBytes, value, true)
    this.#chunk.setUint32(this.#usedBytes + 4, Math.floor(value / 2 ** 32), true)
    this.#usedBytes += 8
  }

  flush(): void {
    if (this.#usedBytes === 0) return
    this.#write(new Uint8Array(this.#chunk.buffer, 0, this.#usedBytes))
    this.#chunk = new DataView(new ArrayBuffer(CHUNK_BYTES))
    this.#usedBytes = 0
  }
}

/** Token ids of a file, widened. Throws ShardError where `bytes` are no whole number of ids. */
export function readIds(bytes: Uint8Array, width: 2 | 4, where: string): Uint32Array {
  if (bytes.length % width !== 0)
    throw new ShardError(`${where}: expected a multiple of ${width} bytes, got ${bytes.length}`)
  const copy = new Uint8Array(bytes).buffer // aligned, whatever `bytes` is a part of
  return width === 2 ? Uint32Array.from(new Uint16Array(copy)) : new Uint32Array(copy)
}

/** 64-bit integers from 0 to 2^53. Throws ShardError for others. */
export function readInt64(view: DataView, at: number, where: string): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
  if (value > Number.MAX_SAFE_INTEGER) throw new ShardError(`${where}: expected a number below 2^53 at byte ${at}`)
  return value
}
