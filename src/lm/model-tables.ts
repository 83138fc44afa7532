/**
 * Where a model's tables lie: in shared memories that kernels can read. All of them together in one when they fit into the
 * 4 GiB that such a memory can have; larger models have a memory for each table.
 */
import { makeSharedMemory } from '../kernels/load.js'
import { SPACE_BYTES } from '../kernels/ngram-score/index.js'
import type { SharedMemory } from '../stage/stage.js'
import { HEADER_WORDS, readLayout, tableSizes } from './layout.js'

/** A model as threads hand it to each other. */
export type SharedModel = readonly SharedMemory[]

export interface ModelTables {
  readonly shared: SharedModel
  readonly tables: readonly Uint32Array[]
}

/** As a cache line has, so that none of the slots lies across two. */
const ALIGN_BYTES = 64
/** Threads that can open the model, and some for those that are started anew. */
const SCORERS_MAX = 1024
const MEMORY_BYTES_MAX = 2 ** 32 - SCORERS_MAX * SPACE_BYTES

/** Tables of these sizes in bytes, of zeros. */
export function makeTables(sizes: readonly number[]): ModelTables {
  const end = tableOffsets(sizes)[sizes.length]
  const memorySizes = end <= MEMORY_BYTES_MAX ? [end] : sizes
  const shared = memorySizes.map((sizeBytes) => makeSharedMemory(sizeBytes))
  return { shared, tables: placeTables(shared, sizes) }
}

/** The tables that another thread, or this one, has made and filled. */
export function viewTables(shared: SharedModel): readonly Uint32Array[] {
  return placeTables(shared, tableSizes(readLayout(new Uint32Array(shared[0].buffer, 0, HEADER_WORDS))))
}

function placeTables(shared: SharedModel, sizes: readonly number[]): readonly Uint32Array[] {
  if (shared.length > 1) return sizes.map((size, i) => new Uint32Array(shared[i].buffer, 0, size / 4))
  const offsets = tableOffsets(sizes)
  return sizes.map((size, i) => new Uint32Array(shared[0].buffer, offsets[i], size / 4))
}

/** Of each table in the one memory, and of what is behind. */
export function tableOffsets(sizes: readonly number[]): number[] {
  const offsets = [0]
  for (const [i, size] of sizes.entries()) offsets.push(Math.ceil((offsets[i] + size) / ALIGN_BYTES) * ALIGN_BYTES)
  return offsets
}
