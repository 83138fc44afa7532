/**
 * MinHash over 64-bit shingle hashes as datatrove 0.10.1 computes it (pipeline/dedup/minhash.py): value p of the signature is
 *   ((h * a[p] + b[p]) mod 2^64) mod (2^61 - 1), the least over all shingles h.
 * The wrap modulo 2^64 is numpy's, and part of the definition. This file is the definition; `index.ts` is the same over the kernel.
 */

/** Writes the signature of a set of shingles. No shingles: every value is 2^64 - 1. */
export type Minhash64 = (shingles: BigUint64Array, signature: BigUint64Array) => void

const PRIME = 2n ** 61n - 1n

export function createMinhash64(factors: BigUint64Array, addends: BigUint64Array): Minhash64 {
  return (shingles, signature) => {
    for (const [p, factor] of factors.entries()) {
      let least = 2n ** 64n - 1n
      for (const shingle of shingles) {
        const value = BigInt.asUintN(64, shingle * factor + addends[p]) % PRIME
        if (value < least) least = value
      }
      signature[p] = least
    }
  }
}
