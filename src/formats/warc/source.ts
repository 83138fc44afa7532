/** Bytes by position, for one record reader over three kinds of place: a file, an inflated member, a member too big to hold. */
import type { InputFile } from '../../stage/stage.js'

/** Bytes read at a time from a file. */
const WINDOW_SIZE = 4 * 1024 * 1024

export interface ByteSource {
  /**
   * Bytes from `position` on: at least `length` of them, fewer only where the source ends. Positions never go back on a
   * source that streams. The view stays valid.
   */
  view(position: number, length: number): Promise<Buffer>
  /** A look ahead that costs no more than its length, where the source can. */
  peek?(position: number, length: number): Promise<Buffer>
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A file through one moving window. */
export class FileSource implements ByteSource {
  #window: Buffer = Buffer.alloc(0)
  #start = 0
  /** @param until where reading is expected to stop: windows are not read far beyond it */
  constructor(
    readonly file: InputFile,
    readonly until: number = file.sizeBytes,
  ) {}

  get sizeBytes(): number {
    return this.file.sizeBytes
  }

  async view(position: number, length: number): Promise<Buffer> {
    if (!this.#holds(position, length)) {
      const ahead = Math.min(WINDOW_SIZE, Math.max(this.until - position, 0) + WINDOW_SIZE / 16)
      this.#window = await this.#read(position, Math.max(length, ahead))
      this.#start = position
    }
    return this.#window.subarray(position - this.#start)
  }

  async peek(position: number, length: number): Promise<Buffer> {
    if (this.#holds(position, length)) return this.#window.subarray(position - this.#start)
    return this.#read(position, length)
  }

  #holds(position: number, length: number): boolean {
    const end = Math.min(position + length, this.file.sizeBytes)
    return position >= this.#start && end <= this.#start + this.#window.length
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.file.sizeBytes - position)
    if (wanted <= 0) return Buffer.alloc(0)
    return asBuffer(await this.file.read(position, wanted))
  }
}

/** Bytes at hand. */
export class MemorySource implements ByteSource {
  readonly error = null
  readonly start = 0
  constructor(readonly bytes: Buffer) {}

  async view(position: number): Promise<Buffer> {
    return this.bytes.subarray(position)
  }
}
