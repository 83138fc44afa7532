/**
 * Reads a SentencePiece model (`.model`): the message ModelProto of sentencepiece's `sentencepiece_model.proto` 0.2, those
 * fields that encoding needs. Left out: what only training or decoding use, and self-test samples.
 */
import { type Field, Message } from '../io/protobuf.js'

export interface Piece {
  /** UTF-8. */
  readonly bytes: Uint8Array
  readonly score: number
  readonly type: PieceType
}

export type PieceType = 'normal' | 'unknown' | 'control' | 'user' | 'unused' | 'byte'

export interface NormalizerSpec {
  /** Compiled rewriting rules (sentencepiece-normalizer.ts); empty for none. */
  charsmap: Uint8Array
  addDummyPrefix: boolean
  removeExtraWhiteSpace: boolean
  escapeWhiteSpace: boolean
}

export interface SentencePieceFile {
  readonly algorithm: 'unigram' | 'bpe'
  readonly pieces: readonly Piece[]
  /** Index of the piece of type unknown. */
  readonly unknown: number
  /** What the model lacks is spelled in byte pieces: bytePieces[byte] is an index. Null without fallback. */
  readonly bytePieces: Int32Array | null
  readonly normalizer: Readonly<NormalizerSpec>
  /** The dummy white space goes behind the text, not before it. */
  readonly whiteSpaceIsSuffix: boolean
}

/** Cuts normalized UTF-8 into pieces, in order: `piece` is an index, `start` and `end` are bytes. */
export interface Splitter {
  split(bytes: Uint8Array, emit: (piece: number, start: number, end: number) => void): void
}

/** It bounds the work a character of text can make. Trainers make pieces of at most 16 characters unless told otherwise. */
const PIECE_BYTES_MAX = 1024
const PIECE_TYPES: readonly PieceType[] = ['normal', 'unknown', 'control', 'user', 'unused', 'byte']
const ALGORITHMS = ['unigram', 'bpe', 'word', 'char'] as const

/** Throws ConfigError when the bytes are no sound model, or one that is neither unigram nor BPE. `name` is for messages. */
export function readSentencePieceFile(bytes: Uint8Array, name: string): SentencePieceFile {
  const message = new Message(bytes, name)
  const pieces: Piece[] = []
  const trainer = { algorithm: 1, byteFallback: false, whiteSpaceIsSuffix: false }
  const normalizer: NormalizerSpec = {
    charsmap: new Uint8Array(0),
    addDummyPrefix: true,
    removeExtraWhiteSpace: true,
    escapeWhiteSpace: true,
  }
  for (const field of message.fields()) {
    if (field.number === 1) pieces.push(readPiece(message.innerOf(field, 'piece'), pieces.length))
    else if (field.number === 2) readTrainer(message.innerOf(field, 'trainer_spec'), trainer)
    else if (field.number === 3) readNormalizer(message.innerOf(field, 'normalizer_spec'), normalizer)
  }
  const algorithm = ALGORITHMS[trainer.algorithm - 1]
  if (algorithm !== 'unigram' && algorithm !== 'bpe') {
    return message.fail(`expected a model of type unigram or bpe, got ${algorithm ?? `number ${trainer.algorithm}`}`)
  }
  checkDistinct(pieces, message)
  const unknown = pieces.findIndex(({ type }) => type === 'unknown')
  if (unknown < 0 || pieces.findLastIndex(({ type }) => type === 'unknown') !== unknown) {
    message.fail(
      `expected one piece of type unknown among ${pieces.length} pieces, got ${unknown < 0 ? 'none' : 'more'}`,
    )
  }
  const bytePieces = findBytePieces(pieces, trainer.byteFallback, message)
  return { algorithm, pieces, unknown, bytePieces, normalizer, whiteSpaceIsSuffix: trainer.whiteSpaceIsSuffix }
}

/** The text of byte piece 10 is <0x0A>. */
function findBytePieces(pieces: readonly Piece[], expected: boolean, message: Message): Int32Array | null {
  const bytePieces = new Int32Array(256).fill(-1)
  let found = 0
  for (const [index, { type, bytes }] of pieces.entries()) {
    if (type !== 'byte') continue
    const match = /^<0x([0-9A-F]{2})>$/.exec(Buffer.from(bytes).toString('latin1'))
    if (match === null) return message.fail(`piece ${index}: expected a byte as <0x0A>, got ${showPiece(bytes)}`)
    bytePieces[Number.parseInt(match[1] ?? '', 16)] = index
    found++
  }
  if (found !== (expected ? 256 : 0)) {
    message.fail(`expected ${expected ? '256 byte pieces' : 'no byte piece without byte_fallback'}, got ${found}`)
  }
  return expected ? bytePieces : null
}

function checkDistinct(pieces: readonly Piece[], message: Message): void {
  const seen = new Set<string>()
  for (const { bytes } of pieces) {
    const text = Buffer.from(bytes).toString('latin1')
    if (seen.has(text)) message.fail(`piece ${showPiece(bytes)} stands twice`)
    seen.add(text)
  }
}

function readPiece(message: Message, index: number): Piece {
  let bytes: Uint8Array = new Uint8Array(0)
  let score = 0
  let type = 1
  for (const field of message.fields()) {
    if (field.number === 1) bytes = message.bytesOf(field, 'piece')
    else if (field.number === 2) score = floatOf(message, field, 'score')
    else if (field.number === 3) type = message.integerOf(field, 'type')
  }
  if (bytes.length === 0 || bytes.length > PIECE_BYTES_MAX) {
    message.fail(`piece ${index}: expected 1 to ${PIECE_BYTES_MAX} bytes, got ${bytes.length}`)
  }
  if (bytes.includes(0)) message.fail(`piece ${index} holds a NUL`)
  const known = PIECE_TYPES[type - 1]
  if (known === undefined) return message.fail(`piece ${index}: expected type 1 to ${PIECE_TYPES.length}, got ${type}`)
  return { bytes, score, type: known }
}

function readTrainer(
  message: Message,
  into: { algorithm: number; byteFallback: boolean; whiteSpaceIsSuffix: boolean },
): void {
  for (const field of message.fields()) {
    if (field.number === 3) into.algorithm = message.integerOf(field, 'model_type')
    else if (field.number === 24) into.whiteSpaceIsSuffix = flagOf(message, field, 'treat_whitespace_as_suffix')
    else if (field.number === 35) into.byteFallback = flagOf(message, field, 'byte_fallback')
  }
}

function readNormalizer(message: Message, into: NormalizerSpec): void {
  for (const field of message.fields()) {
    if (field.number === 2) into.charsmap = message.bytesOf(field, 'precompiled_charsmap')
    else if (field.number === 3) into.addDummyPrefix = flagOf(message, field, 'add_dummy_prefix')
    else if (field.number === 4) into.removeExtraWhiteSpace = flagOf(message, field, 'remove_extra_whitespaces')
    else if (field.number === 5) into.escapeWhiteSpace = flagOf(message, field, 'escape_whitespaces')
  }
}

// ---- fields of the kind that the schema says ----

function flagOf(message: Message, field: Field, what: string): boolean {
  return message.integerOf(field, what) !== 0
}

function floatOf(message: Message, field: Field, what: string): number {
  if (field.kind !== 'fixed32') return message.fail(`${what}: expected a 32-bit float, got ${field.kind}`)
  const { buffer, byteOffset } = field.bytes
  const value = new DataView(buffer, byteOffset, 4).getFloat32(0, true)
  return Number.isFinite(value) ? value : message.fail(`${what}: expected a finite number, got ${value}`)
}

function showPiece(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, 40)).toString())
}
