/**
 * A little-endian cursor over a model file. Model files are hostile: every read, and every count before anything is
 * allocated for it, is checked against what is left of the file. Faults are ConfigErrors that say file, byte, expected, got.
 */
import { ConfigError } from '../errors/errors.js'

export class ByteReader {
  offset = 0
  readonly #view: DataView

  constructor(
    readonly bytes: Uint8Array,
    readonly name: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  int8(what: string): number {
    return this.#view.getInt8(this.#advance(1, what))
  }

  int32(what: string): number {
    return this.#view.getInt32(this.#advance(4, what), true)
  }

  float64(what: string): number {
    return this.#view.getFloat64(this.#advance(8, what), true)
  }

  /** A 64-bit integer that must be an exact JavaScript number. */
  int64(what: string): number {
    const value = Number(this.#view.getBigInt64(this.#advance(8, what), true))
    if (!Number.isSafeInteger(value)) this.fail(`${what} is ${value}, beyond 2^53`)
    return value
  }

  boolean(what: string): boolean {
    const value = this.int8(what)
    if (value !== 0 && value !== 1) this.fail(`${what}: expected 0 or 1, got ${value}`)
    return value === 1
  }

  /** An int32 count of things that take at least `unitBytes` each in the rest of the file. */
  count32(what: string, unitBytes: number): number {
    return this.#checkCount(this.int32(what), what, unitBytes)
  }

  /** An int64 count of things that take at least `unitBytes` each in the rest of the file. */
  count64(what: string, unitBytes: number): number {
    return this.#checkCount(this.int64(what), what, unitBytes)
  }

  /** The next `length` bytes, without copying. */
  take(length: number, what: string): Uint8Array {
    const start = this.#advance(length, what)
    return this.bytes.subarray(start, start + length)
  }

  /** `length` finite 32-bit floats: a view of the file where they are aligned in memory, else copied. */
  floats(length: number, what: string): Float32Array {
    const start = this.#advance(length * 4, what)
    const { buffer, byteOffset } = this.bytes
    const isAligned = (byteOffset + start) % 4 === 0
    const values = isAligned ? new Float32Array(buffer, byteOffset + start, length) : this.#copyFloats(start, length)
    for (let i = 0; i < length; i++) {
      if (!Number.isFinite(values[i])) this.fail(`${what}: value ${i} is ${values[i]}`)
    }
    return values
  }

  /** Bytes up to a NUL, which is skipped. Gives [start, end) in the file. */
  untilNul(what: string): [number, number] {
    const start = this.offset
    const end = this.bytes.indexOf(0, start)
    if (end < 0) this.fail(`${what}: no NUL before the end of the file`)
    this.offset = end + 1
    return [start, end]
  }

  fail(message: string): never {
    throw new ConfigError(`${this.name}: byte ${this.offset}: ${message}`)
  }

  #copyFloats(start: number, length: number): Float32Array {
    const values = new Float32Array(length)
    new Uint8Array(values.buffer).set(this.bytes.subarray(start, start + length * 4))
    return values
  }

  #advance(length: number, what: string): number {
    if (length > this.left) this.fail(`${what} needs ${length} bytes, the file has ${this.left} left`)
    const start = this.offset
    this.offset += length
    return start
  }

  #checkCount(count: number, what: string, unitBytes: number): number {
    if (count < 0 || count * unitBytes > this.left) {
      this.fail(`${what}: expected 0 to ${Math.floor(this.left / unitBytes)} (what fits in the file), got ${count}`)
    }
    return count
  }
}
