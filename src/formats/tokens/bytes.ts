/** Numbers as little-endian bytes in chunks of bounded size, and back: what flat and Megatron files are made of. */
import { ShardError } from '../../errors/errors.js'
import type { Write } from './rows.js'

/** Bytes of a chunk at most. */
const CHUNK_BYTES = 2 ** 20

/** Collects numbers of one width; `write` gets full chunks, each in memory of its own. */
export class NumberBytes {
  readonly #write: Write
  readonly #width: 2 | 4 | 8
  #chunk: DataView
  #used = 0

  constructor(width: 2 | 4 | 8, write: Write) {
    this.#width = width
    this.#write = write
    this.#chunk = new DataView(new ArrayBuffer(CHUNK_BYTES))
  }

  addAll(values: Uint32Array): void {
    for (let i = 0; i < values.length; i++) this.add(values[i])
  }

  /** An integer from 0 that fits the width; 2^53 at most. */
  add(value: number): void {
    if (this.#used === CHUNK_BYTES) this.flush()
    const at = this.#used
    if (this.#width === 2) this.#chunk.setUint16(at, value, true)
    else {
      this.#chunk.setUint32(at, value, true)
      if (this.#width === 8) this.#chunk.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
    }
    this.#used += this.#width
  }

  flush(): void {
    if (this.#used === 0) return
    this.#write(new Uint8Array(this.#chunk.buffer, 0, this.#used))
    this.#chunk = new DataView(new ArrayBuffer(CHUNK_BYTES))
    this.#used = 0
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
