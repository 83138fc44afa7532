/**
 * One component of the graph of near-duplicates, as the stream of its pairs, made into clusters with one survivor each.
 * The pairs come with their better document first (by rank, then position), in the order of that document, so the first
 * pair names the component's best. A component is one cluster, unless it has more than `clusterSizeMax` documents: a chain of
 * pairs can join what is not alike (templated pages, books). Then it is cut into stars: the best document survives with all
 * its direct neighbors, then the best of the rest, and so on; each dropped document is then a neighbor of its survivor.
 * Memory: a component's pairs while it may still be one cluster; of a larger one the documents that are taken, about 24
 * bytes each, never its pairs.
 */
import type { Position } from '../document/document.js'
import { PositionIndex } from './position-index.js'
import { MEMBER_BYTES, readFloat64, readPosition } from './records.js'

/** Better member (12), worse member (12), similarity (8): as `cluster` records hold a pair. */
export const PAIR_BYTES = 2 * MEMBER_BYTES + 8

/** What becomes of a cluster. `similarity` is NaN where survivor and member form no pair. */
export type Resolve = (survivor: Position, members: readonly Member[]) => void

export interface Member {
  readonly position: Position
  readonly similarity: number
}

export class Component {
  private pairs: Uint8Array[] = []
  private nodes = new PositionIndex()
  private stars: Stars | null = null

  constructor(private readonly clusterSizeMax: number) {}

  add(pair: Uint8Array, resolve: Resolve): void {
    if (this.stars !== null) {
      this.stars.add(pair, resolve)
      return
    }
    this.pairs.push(pair.slice())
    this.nodes.add(better(pair))
    this.nodes.add(worse(pair))
    if (this.nodes.size <= this.clusterSizeMax) return
    this.stars = new Stars()
    for (const earlier of this.pairs) this.stars.add(earlier, resolve)
    this.pairs = []
  }

  /** Behind the last pair; then the next component may follow. */
  end(resolve: Resolve): void {
    if (this.stars !== null) this.stars.end(resolve)
    else if (this.pairs.length > 0) this.resolveWhole(resolve)
    this.pairs = []
    this.nodes = new PositionIndex()
    this.stars = null
  }

  private resolveWhole(resolve: Resolve): void {
    const similarities = new Float64Array(this.nodes.size).fill(Number.NaN)
    for (const pair of this.pairs) {
      if (this.nodes.add(better(pair)) === 0) similarities[this.nodes.add(worse(pair))] = readFloat64(pair, 24)
    }
    const members = Array.from(similarities, (similarity, node) => ({
      position: this.nodes.position(node),
      similarity,
    }))
    resolve(members[0].position, members.slice(1))
  }
}

class Stars {
  /** Documents that have a survivor. */
  private readonly taken = new PositionIndex()
  private center: Position | null = null
  private isTaken = false
  private members: Member[] = []

  add(pair: Uint8Array, resolve: Resolve): void {
    const position = better(pair)
    if (this.center?.row !== position.row || this.center.shard !== position.shard) {
      this.end(resolve)
      this.center = position
      this.isTaken = this.taken.has(position)
    }
    if (this.isTaken) return
    const member = worse(pair)
    if (this.taken.has(member)) return
    this.taken.add(member)
    this.members.push({ position: member, similarity: readFloat64(pair, 24) })
  }

  end(resolve: Resolve): void {
    if (this.center !== null && this.members.length > 0) resolve(this.center, this.members)
    this.members = []
  }
}

function better(pair: Uint8Array): Position {
  return readPosition(pair, 4)
}

function worse(pair: Uint8Array): Position {
  return readPosition(pair, MEMBER_BYTES + 4)
}
