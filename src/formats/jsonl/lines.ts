/** Cuts a stream of bytes into lines at LF, holding no more of a line than a limit. */

export interface Line {
  /** Of its first byte in the stream. */
  readonly offset: number
  /** Bytes without the LF. */
  readonly length: number
  /** The line; of one longer than the limit, its first 64 KiB. Valid until the next call. */
  readonly bytes: Uint8Array
}

const LF = 10
/** What is kept of a line that is too long. */
export const HEAD_BYTES = 64 * 1024

export class LineSplitter {
  readonly #sizeMax: number
  #lineStart: number
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** Bytes of the line so far, those beyond the limit that are not kept included. */
  #length = 0

  /** `offset` is that of the first byte pushed, which begins a line. */
  constructor(offset: number, sizeMax: number) {
    this.#lineStart = offset
    this.#sizeMax = sizeMax
  }

  /** Where the line begins whose end has not been seen yet. */
  get lineStart(): number {
    return this.#lineStart
  }

  /** Yields the lines that end in `chunk`. Take all before the next call. */
  *push(chunk: Uint8Array): Generator<Line, void, void> {
    let start = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = this.#finish(chunk.subarray(start, end))
      this.#lineStart += line.length + 1
      start = end + 1
      yield line
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** The last line, where the stream ends without LF; null when there is none. */
  end(): Line | null {
    return this.#length === 0 ? null : this.#finish(new Uint8Array(0))
  }

  #finish(rest: Uint8Array): Line {
    let bytes = rest
    if (this.#length > 0) {
      this.#keep(rest)
      bytes = Buffer.concat(this.#pending, this.#pendingBytes)
    }
    const length = this.#length > 0 ? this.#length : rest.length
    this.#pending = []
    this.#pendingBytes = 0
    this.#length = 0
    return { offset: this.#lineStart, length, bytes: length > this.#sizeMax ? bytes.subarray(0, HEAD_BYTES) : bytes }
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length <= this.#sizeMax) {
      this.#pending.push(part)
      this.#pendingBytes += part.length
    } else if (this.#pendingBytes < HEAD_BYTES) {
      const head = part.subarray(0, HEAD_BYTES - this.#pendingBytes)
      this.#pending.push(head)
      this.#pendingBytes += head.length
    } else if (this.#pendingBytes > HEAD_BYTES) {
      // The line has just turned out too long: let go of all but its head.
      this.#pending = [Buffer.concat(this.#pending, HEAD_BYTES)]
      this.#pendingBytes = HEAD_BYTES
    }
  }
}

/** The line's bytes without the byte order mark that may stand at the start of a file. */
export function withoutMark({ offset, bytes }: Line): Uint8Array {
  const marked = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return marked ? bytes.subarray(3) : bytes
}

/** Nothing but what JSON calls white space. */
export function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
