/** The file formats: what they say is what is done, written files say the same, and faults are named. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { readGpt2Files, writeGpt2Files } from '../../src/tokenizer/gpt2-files.js'
import type { TokenizerModel } from '../../src/tokenizer/model.js'
import { openTokenizer, readModel } from '../../src/tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../../src/tokenizer/text-tokenizer.js'
import { readTiktoken, writeTiktoken } from '../../src/tokenizer/tiktoken-file.js'
import { Tokenizer } from '../../src/tokenizer/tokenizer.js'
import { writeTokenizerJson } from '../../src/tokenizer/tokenizer-json-write.js'
import { dataFolder, dataPath } from '../support/data.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'
import { type Json, openSmall, smallJson, smallVocabulary } from '../support/small-tokenizer.js'

type Change = (file: Json & { model: Json }) => void

const set = (key: string, value: unknown): Change => {
  return (file) => {
    file[key] = value
  }
}
const setModel = (key: string, value: unknown): Change => {
  return (file) => {
    file.model[key] = value
  }
}
const setToken = (text: string, id: number): Change => {
  return (file) => {
    const vocab = file.model.vocab as Json
    vocab[text] = id
  }
}

const parsed = (json: string): Json => JSON.parse(json)
const modelOf = (change?: Change): TokenizerModel => readModel(Buffer.from(smallJson(change)), 'small.json')

/** A file over characters, as Llama 2's: ▁ for spaces, bytes for characters that are no tokens. */
function characterJson(change: Change = () => {}): string {
  const letters = ['▁', 'a', 'b', 'é', '東']
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const texts = ['<unk>', '<s>', '</s>', ...bytes, ...letters, 'ab', '▁ab', '▁▁']
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
      merges: ['a b', '▁ ab', '▁ ▁'],
    } as Json,
  }
  change(file)
  return JSON.stringify(file)
}

describe('tokenizer.json', () => {
  const kinds: readonly (readonly [string, Change])[] = [
    ['as it is', () => {}],
    [
      'merges as lines',
      setModel(
        'merges',
        smallVocabulary().merges.map((pair) => pair.join(' ')),
      ),
    ],
    ['NFC', set('normalizer', { type: 'NFC' })],
    ['a sequence of one normalizer', set('normalizer', { type: 'Sequence', normalizers: [{ type: 'NFC' }] })],
    ['a space first', set('pre_tokenizer', { type: 'ByteLevel', add_prefix_space: true, use_regex: true })],
    [
      'steps',
      set('pre_tokenizer', {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { String: 'e+' }, behavior: 'Isolated', invert: false },
          { type: 'Digits', individual_digits: false },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
        ],
      }),
    ],
  ]
  it.each(kinds)('%s: written and read, the same ids', (_, change) => {
    const model = modelOf(change)
    const json = writeTokenizerJson(model)
    const [first, second] = [new Tokenizer(model, 'a'), new Tokenizer(readModel(Buffer.from(json), 'b'), 'b')]
    const random = new Random(51)
    for (let i = 0; i < 300; i++) {
      const text = `${randomText(random, 40)} the e+re 12e\u0301`
      expect(second.encode(text, { special: 'all' })).toEqual(first.encode(text, { special: 'all' }))
    }
    expect(writeTokenizerJson(second.model)).toBe(json)
  })

  it('normalizes', () => {
    const tokenizer = openSmall(set('normalizer', { type: 'NFC' }))
    expect([...tokenizer.encode('e\u0301')]).toEqual([263])
    expect(() => tokenizer.encodeWithOffsets('e\u0301')).toThrow(/offsets are not supported/)
    expect([...tokenizer.encodeWithOffsets('\u00e9').units]).toEqual([0, 1])
    expect([...openSmall(set('pre_tokenizer', { type: 'ByteLevel', add_prefix_space: true })).encode('the')]).toEqual([
      258,
    ])
  })

  it('offsets do not count a space that the text does not have', () => {
    const tokenizer = openSmall(set('pre_tokenizer', { type: 'ByteLevel', add_prefix_space: true }))
    const { ids, bytes, units } = tokenizer.encodeWithOffsets('the in')
    expect([...ids]).toEqual([258, 32, 259])
    expect([...bytes]).toEqual([0, 3, 3, 4, 4, 6])
    expect([...units]).toEqual([0, 3, 3, 4, 4, 6])
  })

  it('puts around a text what the file does', () => {
    const special = { '<|end|>': { id: '<|end|>', ids: [300], tokens: ['<|end|>'] } }
    const piece = { SpecialToken: { id: '<|end|>', type_id: 0 } }
    const sequence = { Sequence: { id: 'A', type_id: 0 } }
    const template = { type: 'TemplateProcessing', single: [sequence, piece], pair: [], special_tokens: special }
    const after = openSmall(set('post_processor', template))
    expect([after.before, after.after, after.beginId, after.endId]).toEqual([[], [300], null, 300])
    const both = openSmall(set('post_processor', { type: 'RobertaProcessing', cls: ['a', 97], sep: ['b', 98] }))
    expect([both.before, both.after]).toEqual([[97], [98]])
    const written = parsed(writeTokenizerJson(after.model))
    expect((written.post_processor as Json).single).toEqual([sequence, piece])
  })

  it('over characters, with bytes for the others', () => {
    const tokenizer = new Tokenizer(readModel(Buffer.from(characterJson()), 'llama.json'), 'llama.json')
    // 259 ▁, 260 a, 261 b, 262 é, 263 東, 264 ab, 265 ▁ab, 266 ▁▁; byte b is 3 + b.
    expect([...tokenizer.encode('ab ab')]).toEqual([265, 265])
    expect([...tokenizer.encode(' ab')]).toEqual([259, 265])
    expect([...tokenizer.encode('東é')]).toEqual([259, 263, 262])
    expect([...tokenizer.encode('aZ\n')]).toEqual([259, 260, 3 + 0x5a, 3 + 0x0a])
    expect(tokenizer.decode(tokenizer.encode('ab Z東 \nñ'))).toBe('ab Z東 \nñ')
    expect(tokenizer.beginId).toBe(1)
    expect([...openTokenizer(Buffer.from(writeTokenizerJson(tokenizer.model)), 'again').encode('ab ñ')]).toEqual([
      ...tokenizer.encode('ab ñ'),
    ])
    const unknown = openTokenizer(Buffer.from(characterJson(setModel('byte_fallback', false))), 'x')
    expect([...unknown.encode('aZZb')]).toEqual([259, 260, 0, 261])
  })

  it('Metaspace', () => {
    const metaspace = (more: Json): TextTokenizer =>
      openTokenizer(
        Buffer.from(
          characterJson((file) => {
            file.normalizer = null
            file.pre_tokenizer = { type: 'Metaspace', replacement: '▁', ...more }
          }),
        ),
        'metaspace.json',
      )
    expect([...metaspace({ prepend_scheme: 'always', split: true }).encode('ab  ab')]).toEqual([265, 259, 265])
    expect([...metaspace({ prepend_scheme: 'always', split: false }).encode(' ab  ab')]).toEqual([265, 259, 265])
    expect([...metaspace({ prepend_scheme: 'never', split: false }).encode('ab')]).toEqual([264])
    const first = metaspace({ prepend_scheme: 'first', split: true })
    expect([...first.encode('ab</s>ab', { special: 'all' })]).toEqual([265, 2, 264])
    expect([...first.encode('ab')]).toEqual([265])
  })

  const faults: readonly (readonly [string, Change, string])[] = [
    ['another model', setModel('type', 'Unigram'), 'model.type: expected BPE or WordPiece, got "Unigram"'],
    ['dropout', setModel('dropout', 0.1), 'model.dropout: 0.1 is not supported'],
    ['subword prefixes', setModel('continuing_subword_prefix', '##'), 'continuing_subword_prefix'],
    ['a normalizer', set('normalizer', { type: 'Lowercase' }), 'normalizer: {"type":"Lowercase"}'],
    ['a pre-tokenizer', set('pre_tokenizer', { type: 'BertPreTokenizer' }), '"BertPreTokenizer" is not supported'],
    [
      'a way to split',
      set('pre_tokenizer', { type: 'Split', pattern: { String: ' ' }, behavior: 'Removed', invert: false }),
      'behavior "Removed", invert false is not supported',
    ],
    [
      'a regular expression',
      set('pre_tokenizer', {
        type: 'Sequence',
        pretokenizers: [{ type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated' }, { type: 'ByteLevel' }],
      }),
      '(?< is not supported',
    ],
    [
      'what comes behind ByteLevel',
      set('pre_tokenizer', { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }, { type: 'Digits' }] }),
      'behind ByteLevel is not supported',
    ],
    ['a post-processor', set('post_processor', { type: 'Strange' }), '"Strange" is not supported'],
    ['no vocabulary', (file) => void delete file.model.vocab, 'model.vocab: expected an object'],
    ['an empty vocabulary', setModel('vocab', {}), 'expected tokens, got none'],
    ['no merges', (file) => void delete file.model.merges, 'model.merges: expected a list'],
    ['an id that is none', setToken('a', -1), 'token "a": expected an id of 0 to 16777215, got -1'],
    ['a huge id', setToken('a', 2 ** 31), 'expected an id of 0 to 16777215'],
    ['one id for two tokens', setToken('a', 98), 'tokens "a" and "b" both have id 98'],
    ['a token that is no bytes', setToken('漢', 400), 'a character that stands for no byte'],
    ['an empty token', setToken('', 400), 'the token with id 400 is empty'],
    [
      'a merge of a token that is not there',
      (file) => void (file.model.merges as unknown[]).push(['the', 'nope']),
      'merges 13, ["the","nope"]: names "nope", which is not in the vocabulary',
    ],
    [
      'a merge to a token that is not there',
      (file) => void (file.model.merges as unknown[]).push(['in', 'in']),
      'makes "inin", which is not in the vocabulary',
    ],
    [
      'a merge that is none',
      (file) => void (file.model.merges as unknown[]).push('abc'),
      'merges 13: expected two tokens, got "abc"',
    ],
    [
      'merges in an order that training never gives',
      (file) => void (file.model.merges as unknown[]).reverse(),
      'is made of tokens that are only merged after it',
    ],
    [
      'an added token with the id of another',
      (file) => void (file.added_tokens as Json[]).push({ id: 97, content: 'new' }),
      'added token "new" and token "a" both have id 97',
    ],
    [
      'an added token with another id than its own',
      (file) => void (file.added_tokens as Json[]).push({ id: 400, content: 'in' }),
      'added token "in" has id 400, the vocabulary gives it 259',
    ],
    [
      'an added token twice',
      (file) => void (file.added_tokens as Json[]).push({ id: 301, content: '<|end|>' }),
      'stands there before',
    ],
  ]
  it.each(faults)('%s: refused', (_, change, message) => {
    expect(() => openSmall(change)).toThrow(ConfigError)
    expect(() => openSmall(change)).toThrow(message)
    expect(() => openSmall(change)).toThrow('small.json')
  })

  it('broken files are refused, wherever they end', () => {
    const json = smallJson()
    const random = new Random(52)
    for (let i = 0; i < 200; i++) {
      const cut = Buffer.from(json.slice(0, random.below(json.length - 1)))
      expect(() => openTokenizer(cut, 'cut.json'), `${cut.length}`).toThrow(ConfigError)
    }
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"model": null}',
      '{"model": {}}',
      '\0\0',
      'version https://git-lfs',
    ]) {
      expect(() => openTokenizer(Buffer.from(text), 'odd.json'), text).toThrow(ConfigError)
    }
  })
})

describe('vocab.json and merges.txt', () => {
  const { vocab, merges } = smallVocabulary()
  const lines = `#version: 0.2\n${merges.map((pair) => pair.join(' ')).join('\n')}\n`

  it('are read, and written the same', () => {
    const model = readGpt2Files(JSON.stringify({ ...vocab, '<|end|>': 300 }), lines, 'vocab.json')
    const tokenizer = new Tokenizer(model, 'vocab.json')
    expect([...tokenizer.encode('x there<|end|>', { special: 'all' })]).toEqual([120, 267, 300])
    const written = writeGpt2Files(model)
    expect(written.mergesText).toBe(lines)
    expect(JSON.parse(written.vocabJson)).toEqual({ ...vocab, '<|end|>': 300 })
  })

  it('faults', () => {
    expect(() => readGpt2Files('{', lines, 'vocab.json')).toThrow('vocab.json: expected JSON')
    expect(() => readGpt2Files(JSON.stringify(vocab), `${lines}a\n`, 'vocab.json')).toThrow(
      'merges of vocab.json, line 13: expected two tokens, got "a"',
    )
    expect(() => writeGpt2Files(modelOf(set('normalizer', { type: 'NFC' })))).toThrow(ConfigError)
  })
})

describe('.tiktoken', () => {
  const about = { split: [{ kind: 'scanner', pattern: 'gpt2', digits: 'own' }] as const, special: { '<|end|>': 300 } }

  it('is written and read: same ids', () => {
    const model = modelOf()
    const text = writeTiktoken(model)
    expect(text.split('\n')[258]).toBe(`${Buffer.from(' the').toString('base64')} 258`)
    const [first, second] = [new Tokenizer(model, 'a'), new Tokenizer(readTiktoken(text, 'b', about), 'b')]
    const random = new Random(53)
    for (let i = 0; i < 300; i++) {
      const sample = `${randomText(random, 40)} the there <|end|>`
      expect(second.encode(sample, { special: 'all' })).toEqual(first.encode(sample, { special: 'all' }))
    }
    // What ranks say, as merges: a tokenizer.json gives the same ids.
    const json = openTokenizer(Buffer.from(writeTokenizerJson(second.model)), 'c')
    expect(json.encode('x there aaaa in')).toEqual(first.encode('x there aaaa in'))
  })

  it('knows the pattern by the name, or is told it', () => {
    const text = writeTiktoken(modelOf())
    expect(readTiktoken(text, 'some/o200k_base.tiktoken', null).split).toEqual([
      { kind: 'scanner', pattern: 'o200k', digits: 'own' },
    ])
    expect(readTiktoken(text, 'cl100k_base.tiktoken', null).added.map(({ id }) => id)).toContain(100257)
    expect(() => openTokenizer(Buffer.from(text), 'x.tiktoken')).toThrow('does not say its pattern')
  })

  it('faults', () => {
    const text = writeTiktoken(modelOf())
    const broken = (change: (lines: string[]) => unknown): (() => void) => {
      const lines = text.split('\n')
      change(lines)
      return () => readTiktoken(lines.join('\n'), 'x', about)
    }
    expect(broken((lines) => lines.splice(3, 1, 'AA=='))).toThrow('x, line 4: expected a token in base64 and a rank')
    expect(broken((lines) => lines.splice(3, 1, 'AA== 1 2'))).toThrow('line 4')
    expect(broken((lines) => lines.splice(3, 1, 'AA== 99999999'))).toThrow('line 4: expected an id')
    expect(broken((lines) => void lines.splice(3, 1))).toThrow('expected a token for every byte, got none for byte 3')
    expect(broken((lines) => void lines.push('YWI= 5'))).toThrow('two tokens have rank 5')
    expect(() => readTiktoken(text, 'x', { ...about, special: { s: 5 } })).toThrow('special token s has id 5')
    const twice = `${text}${Buffer.from('the').toString('base64')} 400\n`
    expect(() => new Tokenizer(readTiktoken(twice, 'x', about), 'x')).toThrow(
      'tokens with ids 257 and 400 are the same, "the"',
    )
    expect(() => readTiktoken('', 'x', about)).toThrow(ConfigError)
  })

  it('does not hold merges in another order than that of ids', () => {
    const model = modelOf((file) => {
      const { th, in: other, ...rest } = file.model.vocab as Record<string, number>
      file.model.vocab = { ...rest, th: other, in: th }
    })
    expect([...new Tokenizer(model, 'x').encode('th')]).toEqual([259])
    expect(() => writeTiktoken(model)).toThrow('whose merges follow from the order of their ids')
  })
})

describe.skipIf(!dataFolder)("GPT-2's own files (needs MILLRACE_DATA)", () => {
  it('through every format and back', () => {
    const read = (name: string): string => gunzipSync(readFileSync(dataPath(`tokenizer/${name}.gz`))).toString()
    const [vocab, merges] = [read('gpt2_vocab.json'), read('gpt2_merges.txt')]
    const model = readGpt2Files(vocab, merges, 'vocab.json')
    const json = readModel(Buffer.from(writeTokenizerJson(model)), 'tokenizer.json')
    const ranks = readTiktoken(writeTiktoken(json), 'r50k_base.tiktoken', null)
    const written = writeGpt2Files(ranks)
    expect(JSON.parse(written.vocabJson)).toEqual(JSON.parse(vocab))
    expect(written.mergesText.trimEnd().split('\n').slice(1)).toEqual(
      merges.split('\n').filter((line) => line !== '' && !line.startsWith('#version')),
    )
  })
})
