/**
 * A gzip member or zstd frame as a stream: for those too big to hold (a whole file packed as one) and damaged ones, of which
 * the records before the damage are wanted. Memory stays at one record, whatever the member's size.
 */
import { RecordError } from '../../errors/errors.js'
import type { ByteSource, FileSource } from './source.js'

/** Pages seldom shrink further. */
const COMMON_RATIO_MAX = 128

/** What was taken for a member costs more to read than a guess is worth. */
export class GuessError extends Error {
  override readonly name = 'GuessError'
}

/** Positions are those of the unpacked bytes and only go up. Where the stream breaks, the bytes end and `error` is set. */
export abstract class MemberSource implements ByteSource {
  #held: Buffer[] = []
  /** Position of the first byte held, and number of bytes held. */
  #start = 0
  #size = 0
  #error: RecordError | null = null
  #memberEnd: number | null = null
  protected unpackedSize = 0
  /** No more bytes will come. */
  protected isEnded = false
  /** Up to where the file was read for it. */
  protected inputPosition: number

  /**
   * @param offset of the member in the file
   * @param costMax what reading it may cost; beyond, it throws GuessError
   */
  constructor(
    protected readonly file: FileSource,
    readonly offset: number,
    readonly costMax: number,
  ) {
    this.inputPosition = offset
  }

  /** Unpacks some more: `take`s what comes out, and sets `memberEnd` or fails at the end. */
  protected abstract advance(): Promise<void>
  abstract close(): void

  /** Position of the first byte that can still be viewed. */
  get start(): number {
    return this.#start
  }

  get error(): RecordError | null {
    return this.#error
  }

  /** Offset in the file behind the member, once its reading has come there. */
  get memberEnd(): number | null {
    return this.#memberEnd
  }

  /** Bytes taken from the file so far; those given out count where they are many more. */
  get cost(): number {
    return Math.max(this.inputPosition - this.offset, Math.floor(this.unpackedSize / COMMON_RATIO_MAX))
  }

  async view(position: number, length: number): Promise<Buffer> {
    this.#forget(position)
    while (this.#start + this.#size < position + length && !this.isEnded) {
      await this.#readOn()
      this.#forget(position)
    }
    if (this.#held.length !== 1) this.#held = [Buffer.concat(this.#held)]
    const held = this.#held[0] as Buffer // one piece, by the line above
    return held.subarray(Math.max(position - this.#start, 0))
  }

  /** Unpacks on, giving nothing out, up to the end, damage, or `sizeMax` bytes taken or given. */
  async pass(sizeMax: number): Promise<void> {
    while (!this.isEnded && this.inputPosition - this.offset < sizeMax && this.unpackedSize < sizeMax) {
      this.#forget(Number.POSITIVE_INFINITY)
      await this.#readOn()
    }
  }

  protected take(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#size += bytes.length
    this.unpackedSize += bytes.length
  }

  protected fail(code: string, message: string): void {
    this.#error ??= new RecordError(code, message)
    this.isEnded = true
  }

  /** The packed bytes end at `position`; `error` is what they fail a check with. */
  protected finish(position: number, error: RecordError | null): void {
    this.isEnded = true
    this.#memberEnd = position
    this.#error = error
  }

  async #readOn(): Promise<void> {
    if (this.cost > this.costMax) throw new GuessError()
    await this.advance()
  }

  /** Lets go of what lies before `position`. */
  #forget(position: number): void {
    let count = 0
    for (const piece of this.#held) {
      const dropped = Math.min(piece.length, position - this.#start)
      this.#start += dropped
      this.#size -= dropped
      if (dropped < piece.length) {
        this.#held[count] = piece.subarray(dropped)
        break
      }
      count++
    }
    if (count > 0) this.#held.splice(0, count)
  }
}
