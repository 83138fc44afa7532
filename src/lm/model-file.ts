/**
 * A model file read by position, and a little-endian reader over it. Model files are hostile: every read, and every count
 * before anything is allocated for it, is checked against the file's size. Faults are ConfigErrors that say file, byte,
 * expected, got.
 */
import { ConfigError } from '../errors/errors.js'

/** Read synchronously, so that building a model needs no promise a line, and files beyond 2 GiB work. */
export interface ModelFile {
  readonly sizeBytes: number
  /** Exactly `lengthBytes` from `offset`, or fewer at the end of the file. Valid until the next read. */
  read(offset: number, lengthBytes: number): Uint8Array
}

/** A file that is in memory already. */
export function memoryModelFile(bytes: Uint8Array): ModelFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

const WINDOW_BYTES = 2 ** 18

/** Numbers at any offset, through a window that moves along: cheap for reads that mostly go forward. */
export class FileReader {
  #window: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#window.buffer)
  #start = 0

  constructor(
    readonly file: ModelFile,
    readonly name: string,
  ) {}

  // The window moves in #at, so that comes before anything is read from it.

  uint8(offset: number): number {
    const at = this.#at(offset, 1)
    return this.#view.getUint8(at)
  }

  uint32(offset: number): number {
    const at = this.#at(offset, 4)
    return this.#view.getUint32(at, true)
  }

  float32(offset: number): number {
    const at = this.#at(offset, 4)
    return this.#view.getFloat32(at, true)
  }

  /** An unsigned 64-bit integer that must be an exact JavaScript number. */
  uint64(offset: number, what: string): number {
    const at = this.#at(offset, 8)
    const value = this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32
    if (!Number.isSafeInteger(value)) this.fail(offset, `${what}: expected less than 2^53, got ${value}`)
    return value
  }

  /** `bits` (1 to 53) bits from bit `bitOffset` behind byte `base`, lowest first. */
  bits(base: number, bitOffset: number, bits: number): number {
    if (bits > 32) return this.bits(base, bitOffset, 32) + this.bits(base, bitOffset + 32, bits - 32) * 2 ** 32
    const byte = Math.floor(bitOffset / 8)
    const shift = bitOffset - byte * 8
    const at = this.#at(base + byte, 8)
    let value = this.#view.getUint32(at, true) >>> shift
    if (shift > 0) value |= this.#view.getUint32(at + 4, true) << (32 - shift)
    return bits === 32 ? value >>> 0 : (value & ((1 << bits) - 1)) >>> 0
  }

  /** The bytes from `offset`: as many as are near, at least `lengthBytes`, which is at most 2^18. Valid until the next read. */
  bytes(offset: number, lengthBytes: number): Uint8Array {
    const at = this.#at(offset, lengthBytes)
    return this.#window.subarray(at)
  }

  fail(offset: number, message: string): never {
    throw new ConfigError(`${this.name}: byte ${offset}: ${message}`)
  }

  #at(offset: number, lengthBytes: number): number {
    if (offset >= this.#start && offset + lengthBytes <= this.#start + this.#window.length) return offset - this.#start
    if (offset + lengthBytes > this.file.sizeBytes) {
      this.fail(offset, `expected ${lengthBytes} bytes, the file ends at ${this.file.sizeBytes}`)
    }
    this.#start = offset
    this.#window = this.file.read(offset, Math.max(WINDOW_BYTES, lengthBytes))
    this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.byteLength)
    if (this.#window.length < lengthBytes) {
      this.fail(offset, `expected ${lengthBytes} bytes, could read ${this.#window.length}`)
    }
    return 0
  }
}
