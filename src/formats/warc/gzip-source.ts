/** A gzip member as a stream (`member-source.ts`), through zlib. */
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib'
import { messageOf } from '../../errors/errors.js'
import { badHeader, checkTrailer, GZIP_HEADER_SIZE_MAX, GZIP_TRAILER_SIZE, gzipHeaderLength } from './gzip.js'
import { MemberSource } from './member-source.js'
import type { FileSource } from './source.js'

/** Bytes fed at a time: few at first, so that a member that breaks soon costs little, then twice as many each time. */
const INPUT_SIZE_MIN = 1024
const INPUT_SIZE_MAX = 64 * 1024
const OUTPUT_SIZE = 64 * 1024

export class GzipSource extends MemberSource {
  #inflate: InflateRaw
  #bodyStart = 0
  #inputSize = INPUT_SIZE_MIN
  #crc = 0
  #finished = false
  #wake: () => void = () => {}

  constructor(file: FileSource, offset: number, costMax: number) {
    super(file, offset, costMax)
    this.#inflate = createInflateRaw({ chunkSize: OUTPUT_SIZE })
    this.#inflate.on('data', (bytes: Buffer) => {
      this.take(bytes)
      this.#crc = crc32(bytes, this.#crc)
    })
    this.#inflate.on('end', () => {
      this.#finished = true
      this.#wake()
    })
    this.#inflate.on('error', (error) => {
      this.fail('gzip-damaged', `deflate: ${messageOf(error)}`)
      this.#wake()
    })
  }

  close(): void {
    this.#inflate.destroy()
  }

  protected async advance(): Promise<void> {
    if (this.#bodyStart === 0) {
      const head = await this.file.view(this.offset, GZIP_HEADER_SIZE_MAX + 16)
      const length = gzipHeaderLength(head, 0)
      if (length === null) return this.fail('gzip-header', badHeader(head).message)
      if (length === 'short') return this.fail('gzip-truncated', 'gzip header: expected more, got the end of the file')
      this.#bodyStart = this.offset + length
      this.inputPosition = this.#bodyStart
    }
    const input = (await this.file.view(this.inputPosition, this.#inputSize)).subarray(0, this.#inputSize)
    this.#inputSize = Math.min(this.#inputSize * 2, INPUT_SIZE_MAX)
    if (input.length === 0)
      return this.fail('gzip-truncated', 'deflate stream: expected its end, got the end of the file')
    this.inputPosition += input.length
    await this.#feed(input)
    const consumed = this.#inflate.bytesWritten
    // Input left over means that the stream has ended: zlib says so a tick later.
    if (!this.isEnded && !this.#finished && this.#bodyStart + consumed < this.inputPosition) await this.#woken()
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
    const trailer = (await this.file.peek(position, GZIP_TRAILER_SIZE)).subarray(0, GZIP_TRAILER_SIZE)
    if (trailer.length < GZIP_TRAILER_SIZE)
      return this.fail('gzip-truncated', `gzip trailer: expected ${GZIP_TRAILER_SIZE} bytes, got ${trailer.length}`)
    this.finish(position + GZIP_TRAILER_SIZE, checkTrailer(trailer, this.#crc, this.unpackedSize))
  }
}
