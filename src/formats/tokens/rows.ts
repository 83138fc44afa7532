/**
 * From documents to the rows of a token shard: end-of-document tokens, and packing into sequences of one length by
 * concatenating and cutting, as GPT-2 and nearly all causal models since were trained. The same for all token formats.
 * Holds one row. Leaves out packing that never cuts a document (bin packing), which needs to look ahead.
 */
import assert from 'node:assert'

export type Write = (bytes: Uint8Array) => void

export interface TokenOptions {
  /** One above the largest id, the end-of-document token included. At most 2^31: signed 32 bits is what trainers hold. */
  readonly vocabularySize: number
  /** Appended to every document; null: nothing is. */
  readonly endOfDocument: number | null
  /** Tokens of a row, at least 1, with documents cut where a row ends; null: every document is a row of its own. */
  readonly sequenceLength: number | null
  /** What becomes of the last tokens of a shard that don't fill a row: not written, or written as a shorter row. */
  readonly rest: 'drop' | 'keep'
}

/** Part of a document in a row. */
export interface Piece {
  readonly id: string
  /** Of its first token within the document; above 0 only where the row begins inside it. */
  readonly offset: number
  /** In tokens, the end-of-document token included. */
  readonly length: number
}

export interface TokenRow {
  /** Valid until the next row: the memory is used again. */
  readonly tokens: Uint32Array
  /** In order; their lengths add up to the row's. */
  readonly pieces: readonly Piece[]
}

export interface TokenCounts {
  /** With at least one token in a row. */
  documents: number
  /** Without tokens: they leave no row, not even an end-of-document token. */
  documentsEmpty: number
  /** Of which no token is left, because they were in the rest. */
  documentsDropped: number
  rows: number
  /** In rows, end-of-document tokens included. */
  tokens: number
  /** In the rest, where that is not kept. */
  tokensDropped: number
}

/** Encodes one shard. */
export interface TokenEncoder {
  /** `ids` may be used again by the caller. An id outside of the vocabulary is a mistake of the caller: an assertion fails. */
  add(id: string, ids: Uint32Array): void
  /** Ends the shard. Nothing is written at all for a shard without rows. */
  finish(): TokenCounts
}

export const VOCABULARY_SIZE_MAX = 2 ** 31

export class TokenRows {
  readonly counts: TokenCounts = {
    documents: 0,
    documentsEmpty: 0,
    documentsDropped: 0,
    rows: 0,
    tokens: 0,
    tokensDropped: 0,
  }
  readonly #options: TokenOptions
  readonly #emit: (row: TokenRow) => void
  readonly #end: Uint32Array
  /** The row that is being filled: a document with its end, or a sequence. */
  #row: Uint32Array
  #used = 0
  #pieces: { id: string; offset: number; length: number }[] = []

  constructor(options: TokenOptions, emit: (row: TokenRow) => void) {
    const { vocabularySize, endOfDocument, sequenceLength } = options
    assert(vocabularySize >= 1 && vocabularySize <= VOCABULARY_SIZE_MAX, `vocabulary size ${vocabularySize}`)
    assert(endOfDocument === null || endOfDocument < vocabularySize, `end-of-document token ${endOfDocument}`)
    assert(sequenceLength === null || sequenceLength >= 1, `sequence length ${sequenceLength}`)
    this.#options = options
    this.#emit = emit
    this.#end = endOfDocument === null ? new Uint32Array(0) : Uint32Array.of(endOfDocument)
    this.#row = new Uint32Array(sequenceLength ?? 0)
  }

  add(id: string, ids: Uint32Array): void {
    if (ids.length === 0) {
      this.counts.documentsEmpty++
      return
    }
    const { vocabularySize, sequenceLength } = this.#options
    for (let i = 0; i < ids.length; i++) {
      const token = ids[i]
      if (token >= vocabularySize) assert.fail(`document ${id}: expected ids below ${vocabularySize}, got ${token}`)
    }
    if (sequenceLength === null) this.#emitDocument(id, ids)
    else {
      this.#pack(id, ids, 0, sequenceLength)
      this.#pack(id, this.#end, ids.length, sequenceLength)
    }
  }

  finish(): TokenCounts {
    if (this.#used > 0 && this.#options.rest === 'keep') this.#emitSequence()
    this.counts.tokensDropped += this.#used
    this.counts.documentsDropped += startedIn(this.#pieces)
    this.#used = 0
    this.#pieces = []
    return this.counts
  }

  #emitDocument(id: string, ids: Uint32Array): void {
    const length = ids.length + this.#end.length
    if (length > this.#row.length) this.#row = new Uint32Array(length * 2)
    this.#row.set(ids)
    this.#row.set(this.#end, ids.length)
    this.#count(this.#row.subarray(0, length), [{ id, offset: 0, length }])
  }

  /** Appends tokens of a document, the first of which is its token `offset`. */
  #pack(id: string, tokens: Uint32Array, offset: number, sequenceLength: number): void {
    for (let at = 0; at < tokens.length; ) {
      const count = Math.min(sequenceLength - this.#used, tokens.length - at)
      this.#row.set(tokens.subarray(at, at + count), this.#used)
      // Where a document goes on, the last piece of the row is its own, unless the row is new.
      const last = offset + at > 0 ? this.#pieces.at(-1) : undefined
      if (last) last.length += count
      else this.#pieces.push({ id, offset: offset + at, length: count })
      this.#used += count
      at += count
      if (this.#used === sequenceLength) this.#emitSequence()
    }
  }

  #emitSequence(): void {
    const tokens = this.#row.subarray(0, this.#used)
    const pieces = this.#pieces
    this.#used = 0
    this.#pieces = []
    this.#count(tokens, pieces)
  }

  #count(tokens: Uint32Array, pieces: readonly Piece[]): void {
    this.counts.rows++
    this.counts.tokens += tokens.length
    this.counts.documents += startedIn(pieces)
    this.#emit({ tokens, pieces })
  }
}

/** Documents that begin in a row. */
function startedIn(pieces: readonly Piece[]): number {
  // Only the first piece of a row may go on with a document that began before.
  return pieces.length - (pieces[0] !== undefined && pieces[0].offset > 0 ? 1 : 0)
}
