/** Mixing of 32-bit integers for hash tables: MurmurHash3's finalizer (Appleby, public domain). Not for identity. */

/** Every input bit reaches every output bit. Signed 32-bit result. */
export function mix32(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** `factor` to the power of `exponent`, modulo 2^32: what a rolling hash takes the value that leaves it by. */
export function power32(factor: number, exponent: number): number {
  let product = 1
  for (let i = 0; i < exponent; i++) product = Math.imul(product, factor)
  return product
}
