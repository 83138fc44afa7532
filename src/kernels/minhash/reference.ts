/**
 * MinHash over 32-bit shingle hashes (Broder 1997): value p of the signature is the minimum over all shingles h of
 *   (h * a[p] + b[p]) mod 2^32, with every a[p] odd.
 * An odd factor makes each function a permutation of the 32-bit words, and a multiply and a minimum are all that a lane
 * needs. The family only acts as random permutations do when the shingle hashes are well mixed already: their job, not
 * done again here. The 61-bit Mersenne family of datasketch and datatrove is a different one; signatures are not
 * interchangeable.
 * This file is the definition; `index.ts` is the same function over the WASM kernel.
 */

/** Writes the signature of a set of shingles; repeats don't matter. No shingles: every value is 2^32 - 1. */
export type Minhash = (shingles: Uint32Array, signature: Uint32Array) => void

/** `factors` and `addends` hold one value a permutation; the signature has as many. */
export function createMinhash(factors: Uint32Array, addends: Uint32Array): Minhash {
  return (shingles, signature) => {
    for (let p = 0; p < factors.length; p++) {
      const factor = factors[p]
      const addend = addends[p]
      let min = 0xffffffff
      for (let s = 0; s < shingles.length; s++) {
        const value = (Math.imul(shingles[s], factor) + addend) >>> 0
        if (value < min) min = value
      }
      signature[p] = min
    }
  }
}
