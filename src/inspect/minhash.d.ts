/** The parts of the `minhash` package that are used here; it ships no types. */
declare module 'minhash' {
  export class Minhash {
    constructor(config?: { numPerm?: number; seed?: number })
    update(shingle: string): void
    /** Estimated Jaccard similarity, 0 to 1. */
    jaccard(other: Minhash): number
  }
}
