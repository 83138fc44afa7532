/**
 * A fast 32-bit hash of a string: MurmurHash3 x86_32 (Appleby, public domain) over UTF-16 units, two units a block.
 * For hash tables, sampling and buckets; not for identity across documents (see `document/identity.ts`).
 */

/** Unsigned 32-bit hash of the UTF-16 units of `text`. The same on every platform. */
export function hashString32(text: string, seed = 0): number {
  const length = text.length
  let hash = seed | 0
  let i = 0
  for (; i + 1 < length; i += 2) {
    let block = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)
    block = Math.imul(block, 0xcc9e2d51)
    block = Math.imul((block << 15) | (block >>> 17), 0x1b873593)
    hash ^= block
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  if (i < length) {
    const tail = Math.imul(text.charCodeAt(i), 0xcc9e2d51)
    hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593)
  }
  return mix32(hash ^ (length * 2)) >>> 0
}

/** MurmurHash3's finalizer: every input bit reaches every output bit. Signed 32-bit result. */
export function mix32(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
