/**
 * Where a model's tables lie. All of them together in one shared memory, for the kernel, when they fit into the 4 GiB that
 * it can reach; those of larger models in a buffer each.
 */
import { makeSharedMemory } from '../kernels/load.js'
import { SPACE_BYTES } from '../kernels/ngram-score/index.js'
import type { SharedTable } from '../stage/stage.js'
import { HEADER_WORDS, readLayout, tableSizes } from './layout.js'

/** A model as threads hand it to each other. */
export type SharedModel = readonly SharedTable[]

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
  const offsets = tableOffsets(sizes)
  const end = offsets[sizes.length]
  if (end > MEMORY_BYTES_MAX) {
    const buffers = sizes.map((size) => new SharedArrayBuffer(size))
    return { shared: buffers, tables: buffers.map((buffer) => new Uint32Array(buffer)) }
  }
  const memory = makeSharedMemory(end)
  return { shared: [memory], tables: sizes.map((size, i) => new Uint32Array(memory.buffer, offsets[i], size / 4)) }
}

/** The tables that another thread, or this one, has made and filled. */
export function viewTables(shared: SharedModel): readonly Uint32Array[] {
  const [first] = shared
  if (first instanceof SharedArrayBuffer) {
    return shared.map((buffer) => new Uint32Array(buffer as SharedArrayBuffer)) // all of them are, as makeTables says
  }
  const sizes = tableSizes(readLayout(new Uint32Array(first.buffer, 0, HEADER_WORDS)))
  const offsets = tableOffsets(sizes)
  return sizes.map((size, i) => new Uint32Array(first.buffer, offsets[i], size / 4))
}

/** Of each table in the one memory, and of what is behind. */
export function tableOffsets(sizes: readonly number[]): number[] {
  const offsets = [0]
  for (const [i, size] of sizes.entries()) offsets.push(Math.ceil((offsets[i] + size) / ALIGN_BYTES) * ALIGN_BYTES)
  return offsets
}
