/**
 * The place of a document in a shuffled corpus: 128 bits of SHA-256 over the seed and where the record came from. Sorted by
 * these keys, documents stand in an order drawn uniformly by the seed, which depends on nothing else: neither on how inputs
 * are cut into shards, nor on workers, nor on which other documents there are.
 */
import { createHash } from 'node:crypto'
import type { Document } from './document.js'

export const SHUFFLE_KEY_BYTES = 16

/** Compared bytewise. Not by `id`: an input's own ids may repeat, and equal keys would leave those documents in their order. */
export function shuffleKey(seed: number, { file, offset, sub }: Pick<Document, 'file' | 'offset' | 'sub'>): Uint8Array {
  // Named, so that the keys have nothing to do with ids, which hash the same three.
  const hash = createHash('sha256').update(`shuffle\n${seed}\n${file}\n${offset}\n${sub}`).digest()
  return new Uint8Array(hash.subarray(0, SHUFFLE_KEY_BYTES))
}
