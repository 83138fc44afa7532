/** Typed arrays that grow as values are pushed. */

type Values = Uint8Array | Uint16Array | Uint32Array

const FIRST_LENGTH = 1024

class Growing<T extends Values> {
  length = 0

  constructor(
    private values: T,
    private readonly make: (length: number) => T,
  ) {}

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = this.make(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }

  at(index: number): number {
    return this.values[index]
  }

  /** With room for more behind the values. Valid until the next push. */
  all(): T {
    return this.values
  }

  /** Valid until the next push. */
  whole(): T {
    return this.values.subarray(0, this.length) as T // a part of its kind
  }
}

export class GrowingBytes extends Growing<Uint8Array> {
  constructor() {
    super(new Uint8Array(FIRST_LENGTH), (length) => new Uint8Array(length))
  }
}

export class GrowingUnits extends Growing<Uint16Array> {
  constructor() {
    super(new Uint16Array(FIRST_LENGTH), (length) => new Uint16Array(length))
  }
}

export class GrowingWords extends Growing<Uint32Array> {
  constructor() {
    super(new Uint32Array(FIRST_LENGTH), (length) => new Uint32Array(length))
  }
}
