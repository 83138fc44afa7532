/** Which partition a key belongs to, and positions as keys. */
import type { Position } from '../document/document.js'

/** FNV-1a over the key's bytes: spreads keys the same way on every machine. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  let hash = 0x811c9dc5
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0) % partitions
}

/** Eight bytes, big-endian: byte order is document order. */
export function positionKey({ shard, row }: Position): Uint8Array {
  const key = new Uint8Array(8)
  const view = new DataView(key.buffer)
  view.setUint32(0, shard)
  view.setUint32(4, row)
  return key
}

export function rowOfPositionKey(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(4)
}
