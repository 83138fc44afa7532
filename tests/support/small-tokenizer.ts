/** A small byte-level tokenizer for tests, as a tokenizer.json: all bytes, and what a few merges make. */
import { CHARACTER_OF_BYTE, tokenText } from '../../src/tokenizer/byte-alphabet.js'
import { readModel } from '../../src/tokenizer/open-tokenizer.js'
import { Tokenizer } from '../../src/tokenizer/tokenizer.js'

export type Json = Record<string, unknown>

/** Merges as texts, in order. Byte b has id b, merge i makes id 256 + i. */
export const MERGES: readonly (readonly [string, string])[] = [
  ['t', 'h'],
  ['th', 'e'],
  [' ', 'the'],
  ['i', 'n'],
  [' ', ' '],
  ['a', 'a'],
  ['aa', 'aa'],
  ['\u00c3', '\u00a9'], // the bytes of é, as Latin-1
  ['\u00f0', '\u009f'],
  ['\n', '\n'],
  ['r', 'e'],
  [' the', 're'],
  ['e', 'r'],
]

const encoded = (latin1: string): string => tokenText(Buffer.from(latin1, 'latin1'))

export function smallVocabulary(): { vocab: Record<string, number>; merges: [string, string][] } {
  const vocab = Object.fromEntries(CHARACTER_OF_BYTE.map((character, byte) => [character, byte]))
  const merges: [string, string][] = []
  for (const [i, [left, right]] of MERGES.entries()) {
    vocab[encoded(left + right)] = 256 + i
    merges.push([encoded(left), encoded(right)])
  }
  return { vocab, merges }
}

/** A tokenizer.json; `change` may change anything of it. Added tokens are in the vocabulary too, so that they keep their ids. */
export function smallJson(change: (file: Json & { model: Json }) => void = () => {}): string {
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: 300,
        content: '<|end|>',
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      byte_fallback: false,
      ignore_merges: false,
      ...smallVocabulary(),
    },
  }
  change(file)
  const { vocab } = file.model
  for (const { content, id } of file.added_tokens) {
    if (vocab !== undefined && !Object.values(vocab).includes(id) && !Object.hasOwn(vocab, content)) vocab[content] = id
  }
  return JSON.stringify(file)
}

export function openSmall(change?: (file: Json & { model: Json }) => void): Tokenizer {
  return new Tokenizer(readModel(Buffer.from(smallJson(change)), 'small.json'), 'small.json')
}
