/**
 * The rounds of near-duplicate removal: candidates (a group is a bucket of documents that share a band), verify (a group
 * is a pair), cluster (all pairs in one place). Records by round, all numbers big-endian:
 *   candidates  band key (8)            -> member (12)
 *   verify      position a, b (16)      -> rank a, rank b (8)                               one for each band shared
 *   cluster     one key for all (1)     -> position a, b (16), rank a, rank b (8), similarity (8, float)
 */
import type { Position } from '../document/document.js'
import type { PairRecord, Reducer, RoundEmit, RoundResources } from '../stage/stage.js'
import { SimilarityGraph } from './clusters.js'
import {
  comparePositions,
  MEMBER_BYTES,
  POSITION_BYTES,
  readFloat64,
  readPosition,
  readUint32,
  writeFloat64,
  writeUint32,
} from './records.js'
import { similarityFromBands } from './signature.js'
import { type Measure, similarity } from './similarity.js'

/** In a bucket, this many documents are compared pair by pair; see `candidateReducer`. */
export const BUCKET_PAIRS_MAX = 8

// ---- attachments: the document's id and, for verification, its shingle set ----

export interface Attachment {
  readonly id: string
  readonly shingles: Uint32Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Count (4 bytes), shingles (4 each, in the machine's order), id in UTF-8. */
export function encodeAttachment({ id, shingles }: Attachment): Uint8Array {
  const name = encoder.encode(id)
  const blob = new Uint8Array(4 + shingles.byteLength + name.length)
  writeUint32(blob, 0, shingles.length)
  blob.set(new Uint8Array(shingles.buffer, shingles.byteOffset, shingles.byteLength), 4)
  blob.set(name, 4 + shingles.byteLength)
  return blob
}

export function decodeAttachment(blob: Uint8Array): Attachment {
  const bytes = readUint32(blob, 0) * 4
  return { shingles: new Uint32Array(blob.slice(4, 4 + bytes).buffer), id: decoder.decode(blob.subarray(4 + bytes)) }
}

function attachmentOf(resources: RoundResources, position: Position): Attachment {
  const blob = resources.attachment(position)
  if (blob === undefined) throw new Error(`no attachment for document ${position.shard}/${position.row}`)
  return decodeAttachment(blob)
}

// ---- candidates ----

/**
 * Pairs of documents that share a bucket. The first BUCKET_PAIRS_MAX members, best first, are all paired with each other;
 * each later one with the best of the bucket and with its predecessor. So a bucket of n documents makes at most 2n + 12
 * pairs, a bucket of a million equal documents still ends as one cluster around the best, and similar lengths (with keep:
 * longest) or neighbors in the run (with keep: first) are still compared when the best is like neither.
 */
export function candidateReducer(): Reducer {
  const members: Uint8Array[] = []
  let previous = new Uint8Array(MEMBER_BYTES)
  return {
    start() {
      members.length = 0
    },
    value(value, emit) {
      if (members.length < BUCKET_PAIRS_MAX) {
        for (const member of members) emitPair(member, value, emit)
        previous = value.slice()
        members.push(previous)
        return
      }
      const [best = previous] = members
      emitPair(best, value, emit)
      if (previous !== best) emitPair(previous, value, emit)
      previous = value.slice()
    },
    end() {},
  }
}

const pairKey = new Uint8Array(2 * POSITION_BYTES)
const pairRanks = new Uint8Array(8)

function emitPair(one: Uint8Array, other: Uint8Array, emit: RoundEmit): void {
  const ordered = comparePositions(readPosition(one, 4), readPosition(other, 4)) < 0
  const [a, b] = ordered ? [one, other] : [other, one]
  pairKey.set(a.subarray(4), 0)
  pairKey.set(b.subarray(4), POSITION_BYTES)
  pairRanks.set(a.subarray(0, 4), 0)
  pairRanks.set(b.subarray(0, 4), 4)
  emit.record(pairKey, pairRanks)
}

// ---- verify ----

export interface VerifyOptions {
  /** false: every candidate pair counts, with a similarity estimated from the bands it shares. */
  readonly verify: boolean
  readonly measure: Measure
  readonly similarityMin: number
  readonly bands: number
  readonly rows: number
}

/** All edges form one group, so that the clusters can be made when it ends. */
const EDGE_KEY = new Uint8Array(1)

export function verifyReducer(options: VerifyOptions, resources: RoundResources): Reducer {
  let a: Position = { shard: 0, row: 0 }
  let b: Position = a
  let shared = 0
  const edge = new Uint8Array(32)
  const left = attachmentReader(resources) // groups come by position a: its set is read once for all its pairs
  return {
    start(key) {
      a = readPosition(key, 0)
      b = readPosition(key, POSITION_BYTES)
      shared = 0
      edge.set(key, 0)
    },
    value(ranks) {
      shared++
      edge.set(ranks, 2 * POSITION_BYTES)
    },
    end(emit) {
      const found = options.verify
        ? similarity(left(a).shingles, attachmentOf(resources, b).shingles, options.measure)
        : similarityFromBands(Math.min(shared, options.bands), options.bands, options.rows)
      if (options.verify && found < options.similarityMin) return
      writeFloat64(edge, 24, found)
      emit.record(EDGE_KEY, edge)
    },
  }
}

/** Reads attachments, keeping the last one. */
function attachmentReader(resources: RoundResources): (position: Position) => Attachment {
  let last: { position: Position; attachment: Attachment } | null = null
  return (position) => {
    if (last === null || comparePositions(last.position, position) !== 0) {
      last = { position, attachment: attachmentOf(resources, position) }
    }
    return last.attachment
  }
}

export function decodePair(_key: Uint8Array, value: Uint8Array): PairRecord {
  return { a: readPosition(value, 0), b: readPosition(value, POSITION_BYTES), similarity: readFloat64(value, 24) }
}

// ---- cluster ----

export interface ClusterOptions {
  readonly verify: boolean
  readonly measure: Measure
  readonly clusterSizeMax: number
}

/**
 * Gathers all pairs, which form a single group, then decides on every document of a cluster. The similarity told is that
 * of the document and its survivor; where they were never compared (they are joined through others) it is computed here.
 */
export function clusterReducer(options: ClusterOptions, resources: RoundResources): Reducer {
  const graph = new SimilarityGraph()
  return {
    start() {},
    value(value) {
      const { a, b, similarity } = decodePair(EDGE_KEY, value)
      graph.addEdge(a, readUint32(value, 16), b, readUint32(value, 20), similarity)
    },
    end(emit) {
      const { survivor, size, similarity: direct, dropped } = graph.resolve(options.clusterSizeMax)
      const read = attachmentReader(resources) // dropped documents come by survivor: it is read once for all of them
      for (const node of dropped) {
        const best = survivor[node]
        const kept = read(graph.position(best))
        let found = direct[node]
        if (Number.isNaN(found) && options.verify) {
          found = similarity(kept.shingles, attachmentOf(resources, graph.position(node)).shingles, options.measure)
        }
        const decision = { duplicateOf: kept.id, similarity: found, clusterSize: size[best] }
        emit.decide(graph.position(node), encodeDecision(decision))
      }
      for (const [node, clusterSize] of size.entries()) {
        if (clusterSize > 1) emit.decide(graph.position(node), encodeDecision({ clusterSize }))
      }
    },
  }
}

/** On a cluster's survivor only `clusterSize` is set. `similarity` is NaN where it is not known (without verification). */
export interface Decision {
  readonly clusterSize: number
  readonly similarity?: number
  readonly duplicateOf?: string
}

/** Cluster size (4 bytes); for a dropped document also similarity (8), id of the survivor in UTF-8. */
function encodeDecision({ clusterSize, similarity = Number.NaN, duplicateOf }: Decision): Uint8Array {
  const name = duplicateOf === undefined ? null : encoder.encode(duplicateOf)
  const bytes = new Uint8Array(name === null ? 4 : 12 + name.length)
  writeUint32(bytes, 0, clusterSize)
  if (name === null) return bytes
  writeFloat64(bytes, 4, similarity)
  bytes.set(name, 12)
  return bytes
}

export function decodeDecision(bytes: Uint8Array): Decision {
  const clusterSize = readUint32(bytes, 0)
  if (bytes.length === 4) return { clusterSize }
  return { clusterSize, similarity: readFloat64(bytes, 4), duplicateOf: decoder.decode(bytes.subarray(12)) }
}
