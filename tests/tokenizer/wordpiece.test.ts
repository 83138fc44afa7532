/** WordPiece by hand; beside Hugging Face tokenizers in tests/interop. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../../src/tokenizer/text-tokenizer.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'
import { idOf, type Json, PIECES, wordPieceJson } from '../support/small-wordpiece.js'

type Change = (file: Json & { model: Json; normalizer: Json }) => void

const open = (change?: Change): TextTokenizer => openTokenizer(Buffer.from(wordPieceJson(change)), 'bert.json')
const rules =
  (over: Json): Change =>
  (file) =>
    void Object.assign(file.normalizer, over)

const bert = open()
const pieces = (text: string, tokenizer = bert): string[] => [...tokenizer.encode(text)].map((id) => PIECES[id])
/** Each token with the text that its offsets mark. */
const marked = (text: string, tokenizer = bert): [string, string][] => {
  const { ids, units } = tokenizer.encodeWithOffsets(text)
  return [...ids].map((id, i) => [PIECES[id], text.slice(units[2 * i], units[2 * i + 1])])
}

describe('a word is cut into the longest tokens from the left', () => {
  it.each<[string, string[]]>([
    ['unaffable', ['un', '##aff', '##able']],
    ['The mill-race!', ['the', 'mill', '-', 'r', '##a', '##c', '##e', '!']],
    ['millrace', ['mill', '##race']],
    ['mill ü☃', ['mill', '[UNK]']],
    ['it’s', ['i', '##t', '[UNK]', 's']],
    ['in東in', ['in', '東', 'in']],
    [' \t\n', []],
    ['', []],
    ['a\u0000b\u200dc\ufffd', ['a', '##b', '##c']],
    ['\ud800a\udc00', ['a']],
    ['[CLS] a', ['[UNK]', 'c', '##l', '##s', '[UNK]', 'a']],
  ])('%j', (text, expected) => {
    expect(pieces(text)).toEqual(expected)
    expect(bert.count(text)).toBe(expected.length)
  })

  it('or is unknown, with more characters than it may have or a part that is no token', () => {
    expect(pieces('a'.repeat(100))).toHaveLength(100)
    expect(pieces('a'.repeat(101))).toEqual(['[UNK]'])
    expect(marked(`x ${'a'.repeat(3000)} y`)[1]).toEqual(['[UNK]', 'a'.repeat(3000)])
    const short = open((file) => void Object.assign(file.model, { max_input_chars_per_word: 3 }))
    expect(pieces('abc abcd', short)).toEqual(['a', '##b', '##c', '[UNK]'])
    expect(pieces('the\u00a0millx')).toEqual(['the', 'mill', '##x'])
    expect(pieces('mill☃x')).toEqual(['[UNK]'])
  })
})

it('offsets are those of the text, in UTF-16 and in UTF-8', () => {
  expect(marked('CAFÉ, İn 😀 Cafe\u0301s')).toEqual([
    ['cafe', 'CAFÉ'],
    [',', ','],
    ['in', 'İn'],
    ['[UNK]', '😀'],
    ['cafe', 'Cafe'],
    ['##s', 's'],
  ])
  const { bytes, units } = bert.encodeWithOffsets('é😀 東 a')
  expect([...units]).toEqual([0, 3, 4, 5, 6, 7])
  expect([...bytes]).toEqual([0, 6, 7, 10, 11, 12])
})

describe('the normalizer does as the file says', () => {
  it.each<[Json, string, string[]]>([
    [{ lowercase: false }, 'The the é', ['[UNK]', 'the', '[UNK]']],
    [{ lowercase: false, strip_accents: true }, 'thé cafe\u0301', ['the', 'cafe']],
    [{ strip_accents: false }, 'caFé', ['c', '##a', '##f', '##é']],
    [{ handle_chinese_chars: false }, '東東 東', ['[UNK]', '東']],
    [{ clean_text: false }, 'a\u200db a\tb', ['[UNK]', 'a', 'b']],
  ])('%j', (over, text, expected) => {
    expect(pieces(text, open(rules(over)))).toEqual(expected)
  })

  it('or there is none', () => {
    const plain = open((file) => void Object.assign(file, { normalizer: null }))
    expect(pieces('The the', plain)).toEqual(['[UNK]', 'the'])
  })
})

it('special tokens are found where they are allowed, and put around', () => {
  const text = 'the [MASK]mill'
  expect(pieces(text)).not.toContain('[MASK]')
  const { ids, units } = bert.encodeWithOffsets(text, { special: 'all' })
  expect([...ids]).toEqual(['the', '[MASK]', 'mill'].map(idOf))
  expect([...units]).toEqual([0, 3, 4, 10, 10, 14])
  expect(() => bert.encode('', { special: ['[NONE]'] })).toThrow(/\[NONE\]/)
  expect([bert.before, bert.after, bert.beginId, bert.endId]).toEqual([[2], [3], 2, 3])
  expect([bert.isSpecial(2), bert.isSpecial(idOf('the')), bert.addedId('[PAD]')]).toEqual([true, false, 0])
})

it('decodes', () => {
  const ids = bert.encode("the millrace, isn't unaffable!")
  expect(bert.decode(ids)).toBe("the millrace, isn't unaffable!".replace("isn't", "isn ' t"))
  expect(bert.decode([idOf('##race'), idOf('the')])).toBe('##race the')
  const plain = open((file) => void Object.assign(file, { decoder: null }))
  expect(plain.decode(ids.slice(0, 3))).toBe('the mill ##race')
  expect(Buffer.from(bert.bytesOf(idOf('##race'))).toString()).toBe('race')
  expect([bert.continuesWord(idOf('##race')), bert.continuesWord(idOf('mill'))]).toEqual([true, false])
  expect(() => bert.decode([9999])).toThrow(`bert.json: expected an id of one of ${PIECES.length} tokens, got 9999`)
  expect([bert.size, bert.idEnd, bert.has(0), bert.has(PIECES.length)]).toEqual([
    PIECES.length,
    PIECES.length,
    true,
    false,
  ])
})

const splitsPair = (text: string, at: number): boolean =>
  /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(at - 1, 0), at + 1)) && at > 0

it('takes any text: tokens in order, offsets in the text, no pair split', () => {
  const random = new Random(5)
  for (let i = 0; i < 400; i++) {
    const text = randomText(random, 60)
    const { ids, units } = bert.encodeWithOffsets(text)
    expect([...bert.encode(text)]).toEqual([...ids])
    let before = 0
    for (let k = 0; k < units.length; k += 2) {
      expect(units[k], JSON.stringify(text)).toBeGreaterThanOrEqual(before)
      expect(units[k + 1]).toBeGreaterThan(units[k])
      expect(splitsPair(text, units[k]) || splitsPair(text, units[k + 1])).toBe(false)
      before = units[k]
    }
  }
})

it('a hostile text costs no more a character', () => {
  for (const text of [
    'a'.repeat(10 ** 6),
    '東'.repeat(10 ** 5),
    '\u0301'.repeat(3 * 10 ** 5),
    `${'ab'.repeat(49)} `.repeat(10 ** 3),
  ]) {
    expect(bert.encodeWithOffsets(text).ids.length).toBeLessThanOrEqual(text.length)
  }
})

describe('what a file says wrong is named', () => {
  it.each<[string, Change, string]>([
    [
      'no unknown token',
      (file) => void Object.assign(file.model, { unk_token: '<unk>' }),
      'model.unk_token: "<unk>" is not in the vocabulary',
    ],
    ['no vocabulary', (file) => void delete file.model.vocab, 'model.vocab: expected an object'],
    [
      'an id that is none',
      (file) => void Object.assign(file.model.vocab as Json, { the: -1 }),
      'token "the": expected an id',
    ],
    ['one id for two tokens', (file) => void Object.assign(file.model.vocab as Json, { the: 5 }), 'both have id 5'],
    [
      'an empty prefix',
      (file) => void Object.assign(file.model, { continuing_subword_prefix: '' }),
      'continuing_subword_prefix: expected a text',
    ],
    [
      'endless words',
      (file) => void Object.assign(file.model, { max_input_chars_per_word: 1e9 }),
      'max_input_chars_per_word: expected 1 to 1000, got 1000000000',
    ],
    [
      'another normalizer',
      (file) => void Object.assign(file, { normalizer: { type: 'NFKC' } }),
      'normalizer: expected BertNormalizer beside WordPiece, got "NFKC"',
    ],
    [
      'another pre-tokenizer',
      (file) => void Object.assign(file, { pre_tokenizer: { type: 'Whitespace' } }),
      'pre_tokenizer: expected BertPreTokenizer beside WordPiece, got "Whitespace"',
    ],
    [
      'another decoder',
      (file) => void Object.assign(file, { decoder: { type: 'BPEDecoder' } }),
      'decoder: expected WordPiece, got "BPEDecoder"',
    ],
    [
      'a token that is added twice',
      (file) => void (file.added_tokens as Json[]).push({ id: 9, content: '[PAD]' }),
      'stands there before',
    ],
    [
      'an added token with the id of another',
      (file) => void (file.added_tokens as Json[]).push({ id: 9, content: 'zz' }),
      'both have id 9',
    ],
    [
      'an added token to be normalized',
      (file) => void (file.added_tokens as Json[]).push({ id: PIECES.length, content: 'Zz', normalized: true }),
      '"Zz": normalized is not supported',
    ],
    [
      'a template that names nothing',
      (file) =>
        void Object.assign(file, {
          post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'x' } }], special_tokens: {} },
        }),
      'names no token of special_tokens',
    ],
  ])('%s', (_, change, message) => {
    expect(() => open(change)).toThrow(ConfigError)
    expect(() => open(change)).toThrow(message)
  })

  it('and what says how batches are cut is left to who makes them', () => {
    const cut = open(
      (file) => void Object.assign(file, { truncation: { max_length: 2 }, padding: { strategy: 'BatchLongest' } }),
    )
    expect(pieces('a b c d', cut)).toHaveLength(4)
  })
})
