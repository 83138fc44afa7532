/** Typed arrays that grow as values are pushed. */

const FIRST_LENGTH = 1024

export class GrowingBytes {
  length = 0
  private values = new Uint8Array(FIRST_LENGTH)

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint8Array(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }

  /** Valid until the next push. */
  whole(): Uint8Array {
    return this.values.subarray(0, this.length)
  }
}

export class GrowingWords {
  length = 0
  private values = new Uint32Array(FIRST_LENGTH)

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }

  at(index: number): number {
    return this.values[index]
  }

  /** Valid until the next push. */
  whole(): Uint32Array {
    return this.values.subarray(0, this.length)
  }
}
