/**
 * Parts of documents (lines, paragraphs, spans of sentences) that stand in the corpus more than once. Two rounds: the first
 * groups equal parts and says which of them go, the second gathers these by document. Records, all numbers big-endian:
 *   repeats  key of the part (16) -> position of its document (8), number of the part (4)
 *   gather   position (8)         -> number of the part (4)
 * and a decision is a document's list of such numbers (4 each), ascending. No round holds more than one group's first
 * `copiesMin` records, or one document's list.
 */
import { createHash } from 'node:crypto'
import type { Position } from '../document/document.js'
import type { CollectEmit, Reducer, Round } from '../stage/stage.js'
import { POSITION_BYTES, readPosition, readUint32, writePosition, writeUint32 } from './records.js'

const PART_BYTES = POSITION_BYTES + 4

/** Keys of a document's parts that are remembered: a page of one line over and over is hashed once. */
const KNOWN_MAX = 256

export interface RepeatOptions {
  /** So many copies in the whole corpus make a part repeated; at least 2. */
  readonly copiesMin: number
  /** Whether the first copy, by the order of the input, stays. */
  readonly keep: 'first' | 'none'
}

/** Half of SHA-256: of a trillion different parts, two are taken for equal with probability 10^-15. */
export function partKey(content: string): Uint8Array {
  return createHash('sha256').update(content).digest().subarray(0, 16)
}

/** Emits the parts of a document; `number` is what the decision will name. */
export function partEmitter(emit: CollectEmit, position: Position): (content: string, number: number) => void {
  const value = new Uint8Array(PART_BYTES)
  writePosition(value, 0, position)
  const known = new Map<string, Uint8Array>()
  return (content, number) => {
    writeUint32(value, POSITION_BYTES, number)
    const key = known.get(content) ?? partKey(content)
    if (known.size < KNOWN_MAX) known.set(content, key)
    emit.record(key, value)
  }
}

export const REPEAT_ROUNDS: readonly Round<RepeatOptions>[] = [
  { name: 'repeats', partitions: 'key', reducer: repeatsReducer },
  { name: 'gather', partitions: 'key', reducer: () => gatherReducer() },
]

/** Hands on by document what is repeated. Values come by position and number: the first is the first copy. */
export function repeatsReducer({ copiesMin, keep }: RepeatOptions): Reducer {
  const first: Uint8Array[] = []
  let seen = 0
  const number = (value: Uint8Array) => value.subarray(POSITION_BYTES)
  const document = (value: Uint8Array) => value.subarray(0, POSITION_BYTES)
  return {
    start() {
      first.length = 0
      seen = 0
    },
    value(value, emit) {
      seen++
      if (seen < copiesMin) first.push(value.slice())
      else emit.record(document(value), number(value))
      if (seen !== copiesMin) return
      for (const [i, earlier] of first.entries()) {
        if (i > 0 || keep === 'none') emit.record(document(earlier), number(earlier))
      }
    },
    end() {},
  }
}

export function gatherReducer(): Reducer {
  let position: Position = { shard: 0, row: 0 }
  let list = new Uint8Array(64)
  let used = 0
  return {
    start(key) {
      position = readPosition(key, 0)
      used = 0
    },
    value(value) {
      if (used + 4 > list.length) {
        const larger = new Uint8Array(list.length * 2)
        larger.set(list)
        list = larger
      }
      list.set(value, used)
      used += 4
    },
    end: (emit) => emit.decide(position, list.slice(0, used)),
  }
}

/** The numbers that a decision names, ascending. */
export function repeatedNumbers(decision: Uint8Array): number[] {
  return Array.from({ length: decision.length / 4 }, (_, i) => readUint32(decision, i * 4))
}
