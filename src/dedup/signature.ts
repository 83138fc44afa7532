/**
 * MinHash signatures and their bands (Broder 1997; banding: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets,
 * section 3.4): two documents of Jaccard similarity s share at least one of b bands of r rows with probability
 * 1 - (1 - s^r)^b.
 */
import { createMinhash as createWasmMinhash } from '../kernels/minhash/index.js'
import { createMinhash as createReferenceMinhash, type Minhash } from '../kernels/minhash/reference.js'
import { mix32 } from '../text/hash.js'
import { writeUint32 } from './records.js'

export type { Minhash }
export type Kernel = 'wasm' | 'reference'

export const BAND_KEY_BYTES = 8

/** Two draws a permutation from SplitMix32 (a Weyl sequence through `mix32`): an odd factor, then an addend. */
export function createSigner(permutations: number, seed: number, kernel: Kernel): Minhash {
  const factors = new Uint32Array(permutations)
  const addends = new Uint32Array(permutations)
  let state = mix32(seed)
  const draw = (): number => {
    state = (state + 0x9e3779b9) | 0
    return mix32(state)
  }
  for (let p = 0; p < permutations; p++) {
    factors[p] = draw() | 1
    addends[p] = draw()
  }
  return kernel === 'wasm' ? createWasmMinhash(factors, addends) : createReferenceMinhash(factors, addends)
}

/**
 * Writes the key of one band: a 64-bit hash of the band's number and its rows. Two unequal bands get one key with
 * probability 2^-64: about five such pairs among the 14 bands of a billion documents.
 */
export function writeBandKey(key: Uint8Array, signature: Uint32Array, band: number, rows: number): void {
  let high = mix32(band + 1)
  let low = mix32(~band)
  for (let i = band * rows; i < (band + 1) * rows; i++) {
    const value = signature[i]
    high = mix32(Math.imul(high, 0x9e3779b1) ^ value)
    low = Math.imul(((low << 13) | (low >>> 19)) ^ value, 0x85ebca77)
  }
  writeUint32(key, 0, high)
  writeUint32(key, 4, mix32(low))
}

/** The similarity at which `shared` of all bands are expected to agree: an estimate where the sets are not compared. */
export function similarityFromBands(shared: number, bands: number, rows: number): number {
  return (shared / bands) ** (1 / rows)
}
