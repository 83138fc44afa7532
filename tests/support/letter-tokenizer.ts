/** A tokenizer.json of few tokens, written by hand: letters, a space, an end mark, and two merges. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
/** Ids in the order of this list; Ġ stands for a space, as in all byte-level vocabularies. */
const TOKENS = [...LETTERS, 'Ġ', '.', '<|endoftext|>', 'Ġt', 'he', 'Ġthe']
export const END_ID = 28

export function letterTokenizerJson(): string {
  return JSON.stringify({
    version: '1.0',
    added_tokens: [
      {
        id: END_ID,
        content: '<|endoftext|>',
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
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
      merges: ['Ġ t', 'h e', 'Ġt he'],
    },
  })
}

/** Its ids by hand: the three merges are these three words, wherever a word or its end matches. */
export function letterIds(text: string): number[] {
  const ids: number[] = []
  for (let at = 0; at < text.length; ) {
    const [piece, token] = [' the', ' t', 'he']
      .filter((merged) => text.startsWith(merged, at))
      .map((merged) => [merged, merged.replace(' ', 'Ġ')])[0] ?? [text[at], text[at]?.replace(' ', 'Ġ')]
    ids.push(TOKENS.indexOf(token ?? ''))
    at += piece?.length ?? 1
  }
  return ids
}
