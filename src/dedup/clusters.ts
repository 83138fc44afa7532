/**
 * Clusters of near-duplicates: connected components of the graph whose edges are pairs, each with one survivor.
 * Made for one pass over a stream of edges; about 40 bytes a document and 16 an edge, in typed arrays.
 */
import type { Position } from '../document/document.js'
import { PositionIndex } from './position-index.js'

export interface Clustering {
  /** By node: the survivor of its cluster (itself, where it survives). */
  readonly survivor: Uint32Array
  /** By survivor: documents in its cluster, itself included. 0 for the others. */
  readonly size: Uint32Array
  /** By node: similarity of the edge to its survivor; NaN where there is no such edge. */
  readonly similarity: Float64Array
  /** The nodes that don't survive, those of one survivor together. */
  readonly dropped: Uint32Array
}

export class SimilarityGraph {
  private readonly index = new PositionIndex()
  private ranks = new Uint32Array(1024)
  private ends = new Uint32Array(2048)
  private weights = new Float64Array(1024)
  private edges = 0

  /** Ranks say which document to keep: smaller first, then the earlier position. */
  addEdge(a: Position, rankA: number, b: Position, rankB: number, similarity: number): void {
    if (this.edges === this.weights.length) {
      this.weights = doubled(this.weights, new Float64Array(this.edges * 2))
      this.ends = doubled(this.ends, new Uint32Array(this.edges * 4))
    }
    this.ends[this.edges * 2] = this.node(a, rankA)
    this.ends[this.edges * 2 + 1] = this.node(b, rankB)
    this.weights[this.edges++] = similarity
  }

  position(node: number): Position {
    return this.index.position(node)
  }

  /**
   * A component of more than `clusterSizeMax` documents is not taken as one cluster, since a chain of pairs can join what
   * is not alike (templated pages, books): it is cut into stars. The best document by rank survives with all its direct
   * neighbors, then the best of the rest, and so on; each dropped document is then a neighbor of its survivor.
   */
  resolve(clusterSizeMax: number): Clustering {
    const root = this.components()
    const survivor = this.best(root)
    const size = new Uint32Array(this.index.size)
    for (const best of survivor) size[best]++
    this.cutIntoStars(survivor, size, clusterSizeMax)
    return { survivor, size, similarity: this.directSimilarity(survivor), dropped: droppedBySurvivor(survivor, size) }
  }

  private node(position: Position, rank: number): number {
    const node = this.index.add(position)
    if (node >= this.ranks.length) this.ranks = doubled(this.ranks, new Uint32Array(this.ranks.length * 2))
    this.ranks[node] = rank
    return node
  }

  /** Negative when `a` is to be kept before `b`. */
  private compare(a: number, b: number): number {
    return this.ranks[a] - this.ranks[b] || this.index.compare(a, b)
  }

  /** Union-find with path halving; the root of a component is its smallest node number. */
  private components(): Uint32Array {
    const parent = Uint32Array.from({ length: this.index.size }, (_, node) => node)
    const find = (start: number): number => {
      let node = start
      for (;;) {
        const up = parent[node]
        if (up === node) return node
        const over = parent[up]
        parent[node] = over
        node = over
      }
    }
    for (let edge = 0; edge < this.edges; edge++) {
      const a = find(this.ends[edge * 2])
      const b = find(this.ends[edge * 2 + 1])
      if (a < b) parent[b] = a
      else parent[a] = b
    }
    for (let node = 0; node < parent.length; node++) parent[node] = find(node)
    return parent
  }

  private best(root: Uint32Array): Uint32Array {
    const bestOfRoot = root.slice()
    for (const [node, top] of root.entries()) {
      if (this.compare(node, bestOfRoot[top]) < 0) bestOfRoot[top] = node
    }
    return root.map((top) => bestOfRoot[top])
  }

  private cutIntoStars(survivor: Uint32Array, size: Uint32Array, clusterSizeMax: number): void {
    const nodes: number[] = []
    for (const [node, best] of survivor.entries()) if (size[best] > clusterSizeMax) nodes.push(node)
    if (nodes.length === 0) return
    const oversized = new Uint8Array(survivor.length)
    for (const node of nodes) oversized[node] = 1
    const { start, neighbors } = this.adjacency(oversized)
    nodes.sort((a, b) => this.compare(a, b))
    for (const node of nodes) size[node] = 0
    for (const center of nodes) {
      if (oversized[center] === 0) continue
      let members = 1
      survivor[center] = center
      oversized[center] = 0
      for (let i = start[center]; i < start[center + 1]; i++) {
        const neighbor = neighbors[i]
        if (oversized[neighbor] === 0) continue
        oversized[neighbor] = 0
        survivor[neighbor] = center
        members++
      }
      size[center] = members
    }
  }

  /** Neighbors of the marked nodes: those of node n lie from start[n] to start[n + 1]. */
  private adjacency(marked: Uint8Array): { start: Uint32Array; neighbors: Uint32Array } {
    const start = new Uint32Array(marked.length + 1)
    for (let i = 0; i < this.edges * 2; i++) {
      const node = this.ends[i]
      if (marked[node] === 1) start[node + 1]++
    }
    for (let node = 0; node < marked.length; node++) start[node + 1] += start[node]
    const next = start.slice()
    const neighbors = new Uint32Array(start[marked.length])
    for (let i = 0; i < this.edges * 2; i++) {
      const node = this.ends[i]
      if (marked[node] === 0) continue
      neighbors[next[node]++] = this.ends[i ^ 1]
    }
    return { start, neighbors }
  }

  private directSimilarity(survivor: Uint32Array): Float64Array {
    const similarity = new Float64Array(survivor.length).fill(Number.NaN)
    for (let edge = 0; edge < this.edges; edge++) {
      const a = this.ends[edge * 2]
      const b = this.ends[edge * 2 + 1]
      if (survivor[a] === b) similarity[a] = this.weights[edge]
      if (survivor[b] === a) similarity[b] = this.weights[edge]
    }
    return similarity
  }
}

/** Counting sort of the dropped nodes by survivor. */
function droppedBySurvivor(survivor: Uint32Array, size: Uint32Array): Uint32Array {
  const next = new Uint32Array(size.length)
  let count = 0
  for (const [node, members] of size.entries()) {
    next[node] = count
    if (members > 0) count += members - 1
  }
  const dropped = new Uint32Array(count)
  for (const [node, best] of survivor.entries()) {
    if (node === best) continue
    dropped[next[best]++] = node
  }
  return dropped
}

function doubled<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
