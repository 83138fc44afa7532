/**
 * Columns for the work on one page: zeroed typed arrays out of one buffer, which each page uses anew. An array of its own is
 * ten times as dear as a view, and a page takes about fifty.
 */
export class Columns {
  private buffer = new ArrayBuffer(BUFFER_BYTES)
  private used = 0

  uint8(length: number): Uint8Array {
    const at = this.take(length)
    return new Uint8Array(this.buffer, at, length).fill(0)
  }

  int16(length: number): Int16Array {
    const at = this.take(length * 2)
    return new Int16Array(this.buffer, at, length).fill(0)
  }

  int32(length: number): Int32Array {
    const at = this.take(length * 4)
    return new Int32Array(this.buffer, at, length).fill(0)
  }

  float64(length: number): Float64Array {
    const at = this.take(length * 8)
    return new Float64Array(this.buffer, at, length).fill(0)
  }

  /** Gives all of them back: nobody may read them any more. */
  reset(): void {
    this.used = 0
    if (this.buffer.byteLength > KEPT_BYTES_MAX) this.buffer = new ArrayBuffer(BUFFER_BYTES)
  }

  /** Columns of a buffer that is full stay good; they only share no memory with those to come. */
  private take(bytes: number): number {
    if (this.used + bytes > this.buffer.byteLength) {
      this.buffer = new ArrayBuffer(Math.max(2 * this.buffer.byteLength, (bytes + 7) & ~7))
      this.used = 0
    }
    const at = this.used
    this.used = (at + bytes + 7) & ~7
    return at
  }
}

const BUFFER_BYTES = 1 << 18
const KEPT_BYTES_MAX = 1 << 24
