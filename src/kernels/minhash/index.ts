/**
 * MinHash over the WASM kernel; same function as `reference.ts`, bit for bit.
 * Memory of one instance, in bytes from 0 (the module has no data of its own): factors, addends, signature, a chunk of
 * shingles. Longer documents are folded chunk by chunk, so it never grows after it is made.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import type { Minhash } from './reference.js'

const CHUNK_SHINGLES = 16384

interface Exports {
  readonly memory: KernelMemory
  fold(shingles: number, count: number, factors: number, addends: number, signature: number, permutations: number): void
}

export function createMinhash(factors: Uint32Array, addends: Uint32Array): Minhash {
  const { memory, fold } = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  const padded = (factors.length + 3) & ~3
  const bytes = padded * 4
  const [factorsAt, addendsAt, signatureAt, shinglesAt] = [0, bytes, 2 * bytes, 3 * bytes]
  ensureMemory(memory, shinglesAt + CHUNK_SHINGLES * 4)
  new Uint32Array(memory.buffer, factorsAt, padded).set(factors)
  new Uint32Array(memory.buffer, addendsAt, padded).set(addends)
  const values = new Uint32Array(memory.buffer, signatureAt, padded)
  const result = values.subarray(0, factors.length)
  const chunk = new Uint32Array(memory.buffer, shinglesAt, CHUNK_SHINGLES)
  return (shingles, signature) => {
    values.fill(0xffffffff)
    for (let start = 0; start < shingles.length; start += CHUNK_SHINGLES) {
      const part = shingles.subarray(start, start + CHUNK_SHINGLES)
      chunk.set(part)
      fold(shinglesAt, part.length, factorsAt, addendsAt, signatureAt, padded)
    }
    signature.set(result)
  }
}
