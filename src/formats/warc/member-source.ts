/**
 * A gzip member as a stream: for members too big to hold (a whole file compressed as one) and damaged ones, of which the
 * records before the damage are wanted. Memory stays at one record whatever the member's size.
 */
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib'
import { messageOf, RecordError } from '../../errors/errors.js'
import { badHeader, checkTrailer, GZIP_HEADER_SIZE_MAX, GZIP_TRAILER_SIZE, gzipHeaderLength } from './gzip.js'
import type { ByteSource, FileSource } from './source.js'

/** Bytes fed at a time: few at first, so that a member that breaks soon costs little, then twice as many each time. */
const INPUT_SIZE_MIN = 1024
const INPUT_SIZE_MAX = 64 * 1024
const OUTPUT_SIZE = 64 * 1024

/** Pages seldom shrink further. Deflate's limit is 1032. */
const COMMON_RATIO_MAX = 128

/** What was taken for a member costs more to read than a guess is worth. */
export class GuessError extends Error {
  override readonly name = 'GuessError'
}

/** Positions are those of the inflated bytes and only go up. Where the stream breaks, the bytes end and `error` is set. */
export class MemberSource implements ByteSource {
  #file: FileSource
  #inflate: InflateRaw
  #held: Buffer[] = []
  /** Position of the first byte held, and number of bytes held. */
  #start = 0
  #size = 0
  #bodyStart = 0
  #inputPosition: number
  #inputSize = INPUT_SIZE_MIN
  #crc = 0
  #inflatedSize = 0
  /** No more bytes will come; the deflate stream is at its end. */
  #ended = false
  #finished = false
  #wake: () => void = () => {}
  #error: RecordError | null = null
  #memberEnd: number | null = null

  /**
   * @param offset of the member in the file
   * @param costMax what reading it may cost; beyond, it throws GuessError
   */
  constructor(
    file: FileSource,
    readonly offset: number,
    readonly costMax: number,
  ) {
    this.#file = file
    this.#inputPosition = offset
    this.#inflate = createInflateRaw({ chunkSize: OUTPUT_SIZE })
    this.#inflate.on('data', (bytes: Buffer) => this.#take(bytes))
    this.#inflate.on('end', () => {
      this.#finished = true
      this.#wake()
    })
    this.#inflate.on('error', (error) => {
      this.#fail('gzip-damaged', `deflate: ${messageOf(error)}`)
      this.#wake()
    })
  }

  get error(): RecordError | null {
    return this.#error
  }

  /** Offset in the file behind the member, once its trailer has been read. */
  get memberEnd(): number | null {
    return this.#memberEnd
  }

  /** Bytes taken from the file so far; those given out count where they are many more. */
  get cost(): number {
    return Math.max(this.#inputPosition - this.offset, Math.floor(this.#inflatedSize / COMMON_RATIO_MAX))
  }

  async view(position: number, length: number): Promise<Buffer> {
    this.#forget(position)
    while (this.#start + this.#size < position + length && !this.#ended) {
      await this.#readOn()
      this.#forget(position)
    }
    if (this.#held.length !== 1) this.#held = [Buffer.concat(this.#held)]
    const held = this.#held[0] as Buffer // one piece, by the line above
    return held.subarray(Math.max(position - this.#start, 0))
  }

  /** Inflates on, giving nothing out, up to the end, damage, or `sizeMax` bytes taken or given. */
  async pass(sizeMax: number): Promise<void> {
    while (!this.#ended && this.#inputPosition - this.offset < sizeMax && this.#inflatedSize < sizeMax) {
      this.#forget(Number.POSITIVE_INFINITY)
      await this.#readOn()
    }
  }

  close(): void {
    this.#inflate.destroy()
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

  #take(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#size += bytes.length
    this.#inflatedSize += bytes.length
    this.#crc = crc32(bytes, this.#crc)
  }

  #fail(code: string, message: string): void {
    this.#error ??= new RecordError(code, message)
    this.#ended = true
  }

  async #readOn(): Promise<void> {
    if (this.cost > this.costMax) throw new GuessError()
    if (this.#bodyStart === 0) {
      const head = await this.#file.view(this.offset, GZIP_HEADER_SIZE_MAX + 16)
      const length = gzipHeaderLength(head, 0)
      if (length === null) return this.#fail('gzip-header', badHeader(head).message)
      if (length === 'short') return this.#fail('gzip-truncated', 'gzip header: expected more, got the end of the file')
      this.#bodyStart = this.offset + length
      this.#inputPosition = this.#bodyStart
    }
    const input = (await this.#file.view(this.#inputPosition, this.#inputSize)).subarray(0, this.#inputSize)
    this.#inputSize = Math.min(this.#inputSize * 2, INPUT_SIZE_MAX)
    if (input.length === 0)
      return this.#fail('gzip-truncated', 'deflate stream: expected its end, got the end of the file')
    this.#inputPosition += input.length
    await this.#feed(input)
    const consumed = this.#inflate.bytesWritten
    // Input left over means that the stream has ended: zlib says so a tick later.
    if (!this.#ended && !this.#finished && this.#bodyStart + consumed < this.#inputPosition) await this.#woken()
    if (this.#finished) await this.#readTrailer(this.#bodyStart + consumed)
  }

  /** Comes back when all output of this input has been given out, so that damage further on takes none of it away. */
  #feed(input: Buffer): Promise<void> {
    const woken = this.#woken() // an error calls no write callback
    this.#inflate.write(input, () => this.#wake())
    return woken
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #readTrailer(position: number): Promise<void> {
    this.#ended = true
    const trailer = (await this.#file.peek(position, GZIP_TRAILER_SIZE)).subarray(0, GZIP_TRAILER_SIZE)
    if (trailer.length < GZIP_TRAILER_SIZE)
      return this.#fail('gzip-truncated', `gzip trailer: expected ${GZIP_TRAILER_SIZE} bytes, got ${trailer.length}`)
    this.#memberEnd = position + GZIP_TRAILER_SIZE
    this.#error = checkTrailer(trailer, this.#crc, this.#inflatedSize)
  }
}
