/**
 * A trained tagger: weights of features by label in an open-addressing table of hashed features (with 16 bits of each hash to
 * tell them apart), transitions, and a lexicon. File: magic `MNER`, version, counts, then the tables, little-endian.
 */
import { ConfigError } from '../errors/errors.js'
import { FEATURES } from './features.js'
import { LABELS } from './labels.js'
import { type LexiconTable, LISTS_MAX } from './lexicon.js'

export interface NerModel {
  /** 16 bits of the hash of each slot's feature; 0 for an empty slot. The number of slots is a power of two. */
  readonly keys: Uint16Array
  /** LABELS weights a slot, to be multiplied by `scale`. */
  readonly weights: Int8Array
  readonly scale: number
  readonly transitions: Float32Array
  readonly lexicon: LexiconTable
}

const MAGIC = 0x52454e4d
const VERSION = 1
const HEADER_BYTES = 32
const SLOTS_MAX = 2 ** 24
const LEXICON_MAX = 2 ** 24

/** 16 bits of a feature's hash, never 0. */
export function keyOf(hash: number): number {
  return hash >>> 16 || 1
}

/** Slot of a feature; -1 when it isn't in the table. */
export function slotOf(keys: Uint16Array, hash: number): number {
  const mask = keys.length - 1
  const key = keyOf(hash)
  for (let slot = hash & mask; keys[slot] !== 0; slot = (slot + 1) & mask) if (keys[slot] === key) return slot
  return -1
}

export function encodeNerModel({ keys, weights, scale, transitions, lexicon }: NerModel): Uint8Array {
  const sizeBytes = sizeOf(keys.length, lexicon.hashes.length)
  const bytes = new Uint8Array(sizeBytes)
  const view = new DataView(bytes.buffer)
  ;[MAGIC, VERSION, FEATURES, LABELS, keys.length, lexicon.hashes.length].forEach((value, i) => {
    view.setUint32(4 * i, value, true)
  })
  view.setFloat64(24, scale, true)
  let at = HEADER_BYTES
  for (const value of transitions) at = put(at, 4, (place) => view.setFloat32(place, value, true))
  for (const value of lexicon.hashes) at = put(at, 4, (place) => view.setUint32(place, value, true))
  for (const value of lexicon.bits) at = put(at, 2, (place) => view.setUint16(place, value, true))
  for (const value of keys) at = put(at, 2, (place) => view.setUint16(place, value, true))
  bytes.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.length), at)
  return bytes
}

function put(at: number, sizeBytes: number, write: (at: number) => void): number {
  write(at)
  return at + sizeBytes
}

/** @throws ConfigError when the bytes are no whole model of this version */
export function decodeNerModel(bytes: Uint8Array, name: string): NerModel {
  const fail = (what: string): never => {
    throw new ConfigError(`${name}: ${what}`)
  }
  if (bytes.length < HEADER_BYTES) fail(`expected an entity model, got ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [magic, version, features, labels, slots, entries] = Array.from({ length: 6 }, (_, i) =>
    view.getUint32(4 * i, true),
  )
  if (magic !== MAGIC) fail('expected an entity model (MNER), got another kind of file')
  if (version !== VERSION) fail(`expected version ${VERSION}, got ${version}`)
  if (features !== FEATURES || labels !== LABELS) {
    fail(`expected ${FEATURES} features and ${LABELS} labels, got ${features} and ${labels}`)
  }
  if (slots < 2 || slots > SLOTS_MAX || (slots & (slots - 1)) !== 0)
    fail(`expected a power of two of slots, got ${slots}`)
  if (entries > LEXICON_MAX) fail(`expected at most ${LEXICON_MAX} lexicon entries, got ${entries}`)
  if (bytes.length !== sizeOf(slots, entries)) fail(`expected ${sizeOf(slots, entries)} bytes, got ${bytes.length}`)
  const scale = view.getFloat64(24, true)
  if (!(scale > 0 && scale < 1e6)) fail(`expected a scale above 0, got ${scale}`)
  let at = HEADER_BYTES
  const numbers = (count: number, sizeBytes: number, read: (at: number) => number) => {
    const from = at
    at += count * sizeBytes
    return Array.from({ length: count }, (_, i) => read(from + i * sizeBytes))
  }
  const transitions = Float32Array.from(numbers((LABELS + 1) * LABELS, 4, (place) => view.getFloat32(place, true)))
  const hashes = Uint32Array.from(numbers(entries, 4, (place) => view.getUint32(place, true)))
  const bits = Uint16Array.from(numbers(entries, 2, (place) => view.getUint16(place, true)))
  const keys = Uint16Array.from(numbers(slots, 2, (place) => view.getUint16(place, true)))
  if (!transitions.every(Number.isFinite)) fail('expected finite transitions')
  if (!hashes.every((hash, i) => i === 0 || hash > hashes[i - 1])) fail('expected lexicon entries in order')
  if (!bits.every((bit) => bit > 0 && bit < 2 ** LISTS_MAX)) fail('expected lexicon entries with a list')
  if (keys.every((key) => key !== 0)) fail('expected an empty slot, got none')
  return { keys, weights: Int8Array.from(bytes.subarray(at)), scale, transitions, lexicon: { hashes, bits } }
}

function sizeOf(slots: number, entries: number): number {
  return HEADER_BYTES + 4 * (LABELS + 1) * LABELS + 6 * entries + slots * (2 + LABELS)
}
