/**
 * MinHash by datatrove's family over the WASM kernel; same function as `reference.ts`. Memory of one instance, in bytes from 0:
 * factors, addends, signature, a chunk of shingles; it never grows after it is made.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import type { Minhash64 } from './reference.js'

const CHUNK_SHINGLES = 8192

interface Exports {
  readonly memory: KernelMemory
  fold(shingles: number, count: number, factors: number, addends: number, signature: number, permutations: number): void
}

export function createMinhash64(factors: BigUint64Array, addends: BigUint64Array): Minhash64 {
  const { memory, fold } = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  const bytes = factors.byteLength
  const [factorsAt, addendsAt, signatureAt, shinglesAt] = [0, bytes, 2 * bytes, 3 * bytes]
  ensureMemory(memory, shinglesAt + CHUNK_SHINGLES * 8)
  new BigUint64Array(memory.buffer, factorsAt, factors.length).set(factors)
  new BigUint64Array(memory.buffer, addendsAt, factors.length).set(addends)
  const values = new BigUint64Array(memory.buffer, signatureAt, factors.length)
  const chunk = new BigUint64Array(memory.buffer, shinglesAt, CHUNK_SHINGLES)
  return (shingles, signature) => {
    values.fill(2n ** 64n - 1n)
    for (let start = 0; start < shingles.length; start += CHUNK_SHINGLES) {
      const part = shingles.subarray(start, start + CHUNK_SHINGLES)
      chunk.set(part)
      fold(shinglesAt, part.length, factorsAt, addendsAt, signatureAt, factors.length)
    }
    signature.set(values)
  }
}
