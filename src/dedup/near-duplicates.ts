/**
 * The rounds of near-duplicate removal: candidates (a group is a bucket of documents that share a band), verify (a group
 * is a pair), components (a group is a document with its neighbors; repeated), label (the same, with the pairs), cluster (a
 * group is a component). No round holds more than one group. Records by round, all numbers big-endian:
 *   candidates  band key (8)            -> member (12)
 *   verify      position a, b (16)      -> rank a, rank b (8)                               one for each band shared
 *   components  position a (8)          -> EDGE (1), position b (8), rank a, rank b (8), similarity (8, float); and from
 *               position b (8)          -> BACK (1), position a (8); then links (`components.ts`)
 *   label       what components made, and what it was sent
 *   cluster     earliest position (8)   -> better member (12), worse member (12), similarity (8, float)
 */
import type { Position } from '../document/document.js'
import type { PairRecord, Reducer, RoundEmit, RoundResources } from '../stage/stage.js'
import { Component, type Member, PAIR_BYTES } from './clusters.js'
import { BACK, compare, EDGE, LINK, LINK_BYTES } from './components.js'
import {
  comparePositions,
  isEarlier,
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

// ---- attachments: the document's id, its signature and, for verification, its shingle set ----

export interface Attachment {
  readonly id: string
  readonly signature: Uint32Array
  readonly shingles: Uint32Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Values of the signature and shingles (two counts of 4 bytes), then these (4 each, little endian), then the id in UTF-8. */
export function encodeAttachment({ id, signature, shingles }: Attachment): Uint8Array {
  const name = encoder.encode(id)
  const blob = new Uint8Array(8 + signature.byteLength + shingles.byteLength + name.length)
  writeUint32(blob, 0, signature.length)
  writeUint32(blob, 4, shingles.length)
  blob.set(bytesOf(signature), 8)
  blob.set(bytesOf(shingles), 8 + signature.byteLength)
  blob.set(name, 8 + signature.byteLength + shingles.byteLength)
  return blob
}

export function decodeAttachment(blob: Uint8Array): Attachment {
  const middle = 8 + readUint32(blob, 0) * 4
  const end = middle + readUint32(blob, 4) * 4
  return {
    signature: new Uint32Array(blob.slice(8, middle).buffer),
    shingles: new Uint32Array(blob.slice(middle, end).buffer),
    id: decoder.decode(blob.subarray(end)),
  }
}

/** Of a machine that stores the low byte first, as all do that Node runs on. */
function bytesOf(values: Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
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

/** Two documents of earlier runs were compared there. */
function emitPair(one: Uint8Array, other: Uint8Array, emit: RoundEmit): void {
  const [first, second] = [readPosition(one, 4), readPosition(other, 4)]
  if (isEarlier(first) && isEarlier(second)) return
  const ordered = comparePositions(first, second) < 0
  const [a, b] = ordered ? [one, other] : [other, one]
  pairKey.set(a.subarray(4), 0)
  pairKey.set(b.subarray(4), POSITION_BYTES)
  pairRanks.set(a.subarray(0, 4), 0)
  pairRanks.set(b.subarray(0, 4), 4)
  emit.record(pairKey, pairRanks)
}

// ---- verify ----

/** Kind, position b, rank a, rank b, similarity. */
const EDGE_BYTES = LINK_BYTES + 16

export interface VerifyOptions {
  /** false: every candidate pair counts, with a similarity estimated from the bands it shares. */
  readonly verify: boolean
  readonly measure: Measure
  readonly similarityMin: number
  readonly bands: number
  readonly rows: number
}

export function verifyReducer(options: VerifyOptions, resources: RoundResources): Reducer {
  let a: Position = { shard: 0, row: 0 }
  let b: Position = a
  let shared = 0
  const edge = new Uint8Array(EDGE_BYTES)
  edge[0] = EDGE
  const back = new Uint8Array(LINK_BYTES)
  back[0] = BACK
  const left = attachmentReader(resources) // groups come by position a: its set is read once for all its pairs
  return {
    start(key) {
      a = readPosition(key, 0)
      b = readPosition(key, POSITION_BYTES)
      shared = 0
      edge.set(key.subarray(POSITION_BYTES), 1)
      back.set(key.subarray(0, POSITION_BYTES), 1)
    },
    value(ranks) {
      shared++
      edge.set(ranks, LINK_BYTES)
    },
    end(emit) {
      const found = options.verify
        ? similarity(left(a).shingles, attachmentOf(resources, b).shingles, options.measure)
        : similarityFromBands(Math.min(shared, options.bands), options.bands, options.rows)
      if (options.verify && found < options.similarityMin) return
      writeFloat64(edge, EDGE_BYTES - 8, found)
      emit.record(back.subarray(1), edge)
      emit.record(edge.subarray(1, LINK_BYTES), back)
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

// ---- label: each pair gets the name of its component ----

/** Groups hold the link to the component's earliest document, if it is another one, and the pairs with later documents. */
export function labelReducer(): Reducer {
  const node = new Uint8Array(POSITION_BYTES)
  const component = new Uint8Array(POSITION_BYTES)
  const pair = new Uint8Array(PAIR_BYTES)
  return {
    start(key) {
      node.set(key)
      component.set(key)
    },
    value(value, emit) {
      if (value[0] === LINK && compare(value, 1, node) < 0) component.set(value.subarray(1, LINK_BYTES))
      if (value[0] !== EDGE) return
      const ordered = readUint32(value, LINK_BYTES) <= readUint32(value, LINK_BYTES + 4)
      const [own, other] = ordered ? [0, MEMBER_BYTES] : [MEMBER_BYTES, 0]
      pair.set(value.subarray(LINK_BYTES, LINK_BYTES + 4), own)
      pair.set(node, own + 4)
      pair.set(value.subarray(LINK_BYTES + 4, LINK_BYTES + 8), other)
      pair.set(value.subarray(1, LINK_BYTES), other + 4)
      pair.set(value.subarray(LINK_BYTES + 8), 2 * MEMBER_BYTES)
      emit.record(component, pair)
    },
    end() {},
  }
}

export function decodePair(_key: Uint8Array, value: Uint8Array): PairRecord {
  const [one, other] = [readPosition(value, 4), readPosition(value, MEMBER_BYTES + 4)]
  const [a, b] = comparePositions(one, other) < 0 ? [one, other] : [other, one]
  return { a, b, similarity: readFloat64(value, 2 * MEMBER_BYTES) }
}

// ---- cluster ----

export interface ClusterOptions {
  readonly verify: boolean
  readonly measure: Measure
  readonly clusterSizeMax: number
}

/**
 * A group is a component. The similarity told is that of the document and its survivor; where they were never compared
 * (they are joined through others) it is computed here.
 */
export function clusterReducer(options: ClusterOptions, resources: RoundResources): Reducer {
  const component = new Component(options.clusterSizeMax)
  const resolveInto = (emit: RoundEmit) => (survivor: Position, members: readonly Member[]) => {
    const clusterSize = members.length + 1
    const kept = attachmentOf(resources, survivor)
    const duplicateRun = resources.runOf(survivor)
    for (const { position, similarity: known } of members) {
      if (isEarlier(position)) continue
      const compared = Number.isNaN(known) && options.verify
      const found = compared
        ? similarity(kept.shingles, attachmentOf(resources, position).shingles, options.measure)
        : known
      emit.decide(position, encodeDecision({ duplicateOf: kept.id, duplicateRun, similarity: found, clusterSize }))
    }
    if (!isEarlier(survivor)) emit.decide(survivor, encodeDecision({ clusterSize }))
  }
  return {
    start() {},
    value: (pair, emit) => component.add(pair, resolveInto(emit)),
    end: (emit) => component.end(resolveInto(emit)),
  }
}

/** On a cluster's survivor only `clusterSize` is set. `similarity` is NaN where it is not known (without verification). */
export interface Decision {
  readonly clusterSize: number
  readonly similarity?: number
  readonly duplicateOf?: string
  /** Folder of the earlier run that the survivor lies in; '' for this one. */
  readonly duplicateRun?: string
}

/**
 * Cluster size (4 bytes); for a dropped document also similarity (8), length of the id (4), the survivor's id, the folder of its
 * run.
 */
function encodeDecision(decision: Decision): Uint8Array {
  const { clusterSize, similarity = Number.NaN, duplicateOf, duplicateRun = '' } = decision
  const name = duplicateOf === undefined ? null : encoder.encode(duplicateOf)
  const run = encoder.encode(duplicateRun)
  const bytes = new Uint8Array(name === null ? 4 : 16 + name.length + run.length)
  writeUint32(bytes, 0, clusterSize)
  if (name === null) return bytes
  writeFloat64(bytes, 4, similarity)
  writeUint32(bytes, 12, name.length)
  bytes.set(name, 16)
  bytes.set(run, 16 + name.length)
  return bytes
}

export function decodeDecision(bytes: Uint8Array): Decision {
  const clusterSize = readUint32(bytes, 0)
  if (bytes.length === 4) return { clusterSize }
  const end = 16 + readUint32(bytes, 12)
  const [duplicateOf, duplicateRun] = [decoder.decode(bytes.subarray(16, end)), decoder.decode(bytes.subarray(end))]
  return { clusterSize, similarity: readFloat64(bytes, 4), duplicateOf, duplicateRun }
}
