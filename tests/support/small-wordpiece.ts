/** A small WordPiece tokenizer for tests, as a tokenizer.json like BERT's. */
export type Json = Record<string, unknown>

/** Ids are places in this list. */
export const PIECES = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  ..."abcdefghijklmnopqrstuvwxyz0123456789.,!?'-()",
  ...Array.from('abcdefghijklmnopqrstuvwxyz0123456789', (letter) => `##${letter}`),
  'the',
  'un',
  '##aff',
  '##able',
  'mill',
  '##race',
  'cafe',
  '東',
  '##é',
  'anna',
  'berg',
  'paris',
  'met',
  'in',
]

export const idOf = (piece: string): number => PIECES.indexOf(piece)

const added = (content: string) => ({
  id: idOf(content),
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

export function wordPieceJson(change: (file: Json & { model: Json; normalizer: Json }) => void = () => {}): string {
  const special = (name: string) => ({ id: name, ids: [idOf(name)], tokens: [name] })
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: PIECES.slice(0, 5).map(added),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    } as Json,
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(PIECES.map((piece, id) => [piece, id])),
    } as Json,
  }
  change(file)
  return JSON.stringify(file)
}
