/** A tokenizer as data: what the file formats read and write, and what `Tokenizer` runs. */
import type { Digits, Pattern } from '../kernels/pretokens/index.js'

export interface TokenizerModel {
  readonly vocabulary: Vocabulary
  /** Tokens found in the text before anything else; their ids may lie among the vocabulary's or beyond. */
  readonly added: readonly AddedToken[]
  readonly normalization: Normalization
  /** Steps that cut text into pieces, each cutting the pieces of the one before. None: the whole text is one piece. */
  readonly split: readonly SplitStep[]
  /** A space goes before a text that does not begin with one. */
  readonly prefixSpace: boolean
  /** Ids that the file's post-processor puts around a text: begin and end of sequence. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** Tokens numbered from 0 in ascending order of their ids. */
export interface Vocabulary {
  /** The tokens' bytes, end to end. */
  readonly bytes: Uint8Array
  /** Where each token begins in `bytes`, and at last their length: tokens + 1 values. */
  readonly offsets: Uint32Array
  readonly ids: Uint32Array
  /** Left part, right part, result of each merge as token numbers, best first. null: any neighbors whose bytes are a token. */
  readonly merges: Uint32Array | null
  /** A piece that is a token is that token, also where merges do not lead to it. */
  readonly wholePieces: boolean
  readonly alphabet: Alphabet
}

/**
 * What merging starts from. `bytes`: each byte. `characters`: each character that is a token; of others, the tokens of
 * their bytes (`fallback`, 256 token numbers) or the unknown token.
 */
export type Alphabet =
  | { readonly kind: 'bytes' }
  | {
      readonly kind: 'characters'
      readonly fallback: Uint32Array | null
      readonly unknownId: number | null
      /** Unknown characters in a row give one unknown token. */
      readonly fuseUnknown: boolean
    }

export interface AddedToken {
  readonly content: string
  readonly id: number
  /** Control tokens: in a text they are plain text unless the caller allows them. Others are always found. */
  readonly special: boolean
  /** White space before (after) it belongs to it. */
  readonly stripLeft: boolean
  readonly stripRight: boolean
  /** Only where no letter, digit or underscore stands beside it. */
  readonly singleWord: boolean
  /** Looked for in the text as normalized; the others before that. */
  readonly normalized: boolean
}

export type Normalization =
  | { readonly kind: 'none' }
  | { readonly kind: 'nfc' }
  /** SentencePiece's: spaces become `space` (U+2581), and one goes first: always, never, unless one is there, or
   * that but only at the beginning of all, not behind an added token. */
  | { readonly kind: 'spaces'; readonly space: string; readonly prepend: 'always' | 'unlessThere' | 'first' | 'never' }

export type SplitStep =
  | { readonly kind: 'scanner'; readonly pattern: Pattern; readonly digits: Digits }
  /** Matches are pieces, and so is what stands between them. */
  | { readonly kind: 'regex'; readonly source: string }
  /** Stretches of numbers (general category N), or each number, stand alone. */
  | { readonly kind: 'digits'; readonly individually: boolean }

export function plainAdded(content: string, id: number, special: boolean): AddedToken {
  return { content, id, special, stripLeft: false, stripRight: false, singleWord: false, normalized: false }
}
