/**
 * Splits text into the pieces of a SentencePiece model (Kudo and Richardson 2018, arXiv 1808.06226) as sentencepiece 0.2's
 * `encode_as_pieces` does: normalization, then unigram or BPE; what the model lacks comes as it stands in the text, a run of
 * it as one piece, or as byte pieces where the model has them. Not here: models of whole words or characters, sampling,
 * decoding.
 */
import { BpeSplitter } from './bpe-split.js'
import { ByteTrie } from './byte-trie.js'
import type { PieceEncoder } from './profiles.js'
import { type Piece, readSentencePieceFile, type SentencePieceFile, type Splitter } from './sentencepiece-file.js'
import { Normalizer } from './sentencepiece-normalizer.js'
import { UnigramSplitter } from './unigram-split.js'

/** Throws ConfigError when the bytes are no sound model, or one that is neither unigram nor BPE. `name` is for messages. */
export function loadSentencePiece(bytes: Uint8Array, name: string): PieceEncoder {
  return new SentencePieceEncoder(readSentencePieceFile(bytes, name), name)
}

class SentencePieceEncoder implements PieceEncoder {
  readonly #normalizer: Normalizer
  readonly #splitter: Splitter
  readonly #strings: readonly string[]
  readonly #unknown: number
  readonly #bytePieces: Int32Array | null

  constructor(file: SentencePieceFile, name: string) {
    const { pieces, unknown } = file
    const inText = indicesOf(pieces, ({ type }) => type === 'normal' || type === 'user' || type === 'unused')
    const trie = new ByteTrie(Array.from(inText, (index) => (pieces[index] as Piece).bytes)) // indices of pieces
    const own = pieces.filter(({ type }) => type === 'user').map(({ bytes }) => bytes)
    const userDefined = own.length === 0 ? null : new ByteTrie(own)
    this.#normalizer = new Normalizer(file.normalizer, file.whiteSpaceIsSuffix, userDefined, name)
    this.#splitter =
      file.algorithm === 'bpe'
        ? new BpeSplitter(pieces, unknown, trie, inText, userDefined)
        : new UnigramSplitter(pieces, unknown, trie, inText)
    const decoder = new TextDecoder()
    this.#strings = pieces.map(({ bytes }) => decoder.decode(bytes))
    this.#unknown = unknown
    this.#bytePieces = file.bytePieces
  }

  encode(text: string): string[] {
    const bytes = this.#normalizer.normalize(text)
    const out: string[] = []
    let unknownFrom = -1
    let unknownTo = 0
    const closeUnknown = (): void => {
      if (unknownFrom >= 0)
        out.push(Buffer.from(bytes.buffer, bytes.byteOffset + unknownFrom, unknownTo - unknownFrom).toString())
      unknownFrom = -1
    }
    this.#splitter.split(bytes, (piece, start, end) => {
      if (piece !== this.#unknown) {
        closeUnknown()
        out.push(this.#strings[piece] ?? '')
      } else if (this.#bytePieces !== null) {
        for (let at = start; at < end; at++) out.push(this.#strings[this.#bytePieces[bytes[at] ?? 0] ?? 0] ?? '')
      } else {
        if (unknownFrom < 0) unknownFrom = start
        unknownTo = end
      }
    })
    closeUnknown()
    return out
  }
}

function indicesOf(pieces: readonly Piece[], wanted: (piece: Piece) => boolean): Int32Array {
  return Int32Array.from(pieces.flatMap((piece, index) => (wanted(piece) ? [index] : [])))
}
