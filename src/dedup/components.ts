/**
 * Connected components of a graph on disk, by sort and merge alone: the alternating stars of Kiveris et al. 2014
 * (Connected Components in MapReduce and Beyond, section 4.1). Even iterations are large stars: every neighbor of a node
 * that comes later than the node is linked to the earliest of its neighborhood; odd ones are small stars: the node and its
 * earlier neighbors are linked to the earliest of them. A large and a small star in a row that change nothing leave, for
 * each component, a star around its earliest node. The number of links never grows; a reducer holds one of them.
 *
 * Records: node (8, a position) -> kind (1), another node (8), more. Of a node's records those of a kind are in the order
 * of positions, the earlier neighbors' (`BACK`) before the later ones' (`EDGE`).
 */
import type { Reducer, Repeat, RoundEmit } from '../stage/stage.js'
import { POSITION_BYTES } from './records.js'

/** Made by an iteration. */
export const LINK = 0
/** Edges as the first iteration gets them, each once from either end. */
export const BACK = 1
export const EDGE = 2

/** Paths halve at the least in two iterations: enough for more nodes than positions there are. */
export const COMPONENT_REPEAT: Repeat = { quietIterations: 2, iterationsMax: 200 }

export const LINK_BYTES = 1 + POSITION_BYTES

export function componentReducer(_options: unknown, { iteration }: { readonly iteration: number }): Reducer {
  return iteration % 2 === 0 ? largeStar() : smallStar()
}

function largeStar(): Reducer {
  const node = new Uint8Array(POSITION_BYTES)
  const other = new Uint8Array(POSITION_BYTES)
  const least = link()
  let first = true
  let centered = true
  return {
    start(key) {
      node.set(key)
      first = true
    },
    value(value, emit) {
      const isRepeated = !first && compare(value, 1, other) === 0
      other.set(value.subarray(1, LINK_BYTES))
      if (first) {
        centered = compare(other, 0, node) > 0
        least.set(centered ? node : other, 1)
        first = false
      }
      if (isRepeated || compare(other, 0, node) < 0) return
      emit.record(other, least)
      if (!centered) emit.again()
    },
    end() {},
  }
}

function smallStar(): Reducer {
  const node = new Uint8Array(POSITION_BYTES)
  const other = new Uint8Array(POSITION_BYTES)
  const least = new Uint8Array(POSITION_BYTES)
  const both = link()
  let first = true
  const linkBoth = (member: Uint8Array, emit: RoundEmit) => {
    both.set(least, 1)
    emit.record(member, both)
    both.set(member, 1)
    emit.record(least, both)
  }
  return {
    start(key) {
      node.set(key)
      first = true
    },
    value(value, emit) {
      if (!first && compare(value, 1, other) === 0) return
      other.set(value.subarray(1, LINK_BYTES))
      if (first) {
        first = false
        least.set(other)
        linkBoth(node, emit)
      } else {
        linkBoth(other, emit)
        emit.again()
      }
    },
    end() {},
  }
}

function link(): Uint8Array {
  const value = new Uint8Array(LINK_BYTES)
  value[0] = LINK
  return value
}

/** Order of the position in `bytes` at `at` and another one. */
export function compare(bytes: Uint8Array, at: number, position: Uint8Array): number {
  for (let i = 0; i < POSITION_BYTES; i++) {
    const difference = bytes[at + i] - position[i]
    if (difference !== 0) return difference
  }
  return 0
}
