/**
 * Search for n-grams whose table is cut into segments with a memory each, as one WASM memory ends at 4 GiB. The main kernel
 * has set keys, segments and places in its records; here they are handed to the kernels that see the segments, and what
 * these find is handed back.
 */
import type { SharedMemory } from '../../stage/stage.js'
import type { Exports } from './index.js'

/** The kernel of one segment's memory. */
export interface SegmentSearch {
  readonly kernel: Exports
  readonly memory: SharedMemory
  /** Where `search` puts what it finds. */
  readonly resultsAt: number
}

/** Open words of a block. */
const COUNT_MAX = 256
/** Fields of a record, in u32: as in assembly.ts. */
const KEY = 0
const PLACE = 26
const SEGMENT = 27
const SLOT_VALUE = 26
const SLOT_BACKOFF = 27
const HIT = 28

interface Part {
  readonly search: (count: number) => void
  /** Pairs: lower half, upper half. */
  readonly keys: Uint32Array
  readonly places: Uint32Array
  /** Triples: hit, value, back-off. */
  readonly results: Uint32Array
  /** Where the records of the words searched for are, in u32. */
  readonly records: Uint32Array
  count: number
}

export class ApartSearch {
  readonly #words: Uint32Array
  readonly #open: Uint32Array
  readonly #parts: readonly Part[]

  constructor(main: Exports, memory: SharedMemory, segments: readonly SegmentSearch[]) {
    this.#words = new Uint32Array(memory.buffer)
    this.#open = new Uint32Array(memory.buffer, main.openAt() >>> 0, COUNT_MAX)
    this.#parts = segments.map(({ kernel, memory: { buffer }, resultsAt }) => ({
      search: kernel.search,
      keys: new Uint32Array(buffer, kernel.keysAt() >>> 0, 2 * COUNT_MAX),
      places: new Uint32Array(buffer, kernel.openAt() >>> 0, COUNT_MAX),
      results: new Uint32Array(buffer, resultsAt, 3 * COUNT_MAX),
      records: new Uint32Array(COUNT_MAX),
      count: 0,
    }))
  }

  /** For the first `count` open words. */
  search(count: number): void {
    const words = this.#words
    const open = this.#open
    const parts = this.#parts
    for (let i = 0; i < count; i++) {
      const record = open[i] >>> 2
      const part = parts[words[record + SEGMENT]]
      const k = part.count++
      part.keys[2 * k] = words[record + KEY]
      part.keys[2 * k + 1] = words[record + KEY + 1]
      part.places[k] = words[record + PLACE]
      part.records[k] = record
    }
    for (const part of parts) if (part.count > 0) this.#take(part)
  }

  #take(part: Part): void {
    const words = this.#words
    const { results, records, count } = part
    part.search(count)
    for (let k = 0; k < count; k++) {
      const record = records[k]
      words[record + HIT] = results[3 * k]
      words[record + SLOT_VALUE] = results[3 * k + 1]
      words[record + SLOT_BACKOFF] = results[3 * k + 2]
    }
    part.count = 0
  }
}
