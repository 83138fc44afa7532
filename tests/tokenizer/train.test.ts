/** What a trained vocabulary is made of, its ids, and the options that are refused. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { encodeRecord } from '../../src/kernels/word-count/index.js'
import { type BpeTraining, type CountedWords, type TrainedBpe, trainBpe } from '../../src/tokenizer/train.js'

const MEMORY_MAX = 2 ** 26

const DEFAULTS: BpeTraining = {
  vocabularySize: 259,
  specialTokens: [],
  alphabet: 'all',
  minimumFrequency: 0,
  longestToken: 100,
  ties: 'lowest-ids',
  byteOrder: 'printable',
}

function wordsOf(counts: Readonly<Record<string, number>>): CountedWords {
  const records = Object.entries(counts).map(([word, count]) => encodeRecord(Buffer.from(word), count))
  return { records, recordBytes: records.reduce((sum, { length }) => sum + length, 0) }
}

function train(counts: Readonly<Record<string, number>>, options: Partial<BpeTraining> = {}): TrainedBpe {
  return trainBpe(wordsOf(counts), { ...DEFAULTS, ...options }, MEMORY_MAX, () => {})
}

const tokensOf = ({ vocabulary }: TrainedBpe): string[] =>
  Array.from(vocabulary.ids, (_, token) =>
    Buffer.from(vocabulary.bytes.subarray(vocabulary.offsets[token], vocabulary.offsets[token + 1])).toString('latin1'),
  )
const mergesOf = (trained: TrainedBpe): string[] => {
  const tokens = tokensOf(trained)
  const { merges } = trained.vocabulary
  if (merges === null) throw new Error('expected merges')
  return Array.from({ length: merges.length / 3 }, (_, i) => {
    const [left, right, made] = merges.subarray(i * 3, i * 3 + 3)
    expect(tokens[made]).toBe(tokens[left] + tokens[right])
    return `${tokens[left]} ${tokens[right]}`
  })
}

// "hugs", the example of the Hugging Face course (chapter 6, BPE): its first three merges are given there.
const HUGS = { hug: 10, pug: 5, pun: 12, bun: 4, hugs: 5 }

describe('trained vocabulary', () => {
  it('learns the merges of the published example', () => {
    const trained = train(HUGS)
    expect(mergesOf(trained)).toEqual(['u g', 'u n', 'h ug'])
    expect([...trained.counts]).toEqual([20, 16, 15])
    expect(trained.mergesWanted).toBe(3)
  })

  it('numbers special tokens, bytes by the characters that stand for them, merges', () => {
    const trained = train(HUGS, { vocabularySize: 260, specialTokens: ['<|end|>', '<pad>'] })
    expect(trained.added.map(({ content, id, special }) => [content, id, special])).toEqual([
      ['<|end|>', 0, true],
      ['<pad>', 1, true],
    ])
    const tokens = tokensOf(trained)
    expect([...trained.vocabulary.ids]).toEqual(Array.from({ length: 260 }, (_, id) => id))
    // '!' is U+0021; of the bytes that have no printable character, 0 comes first and 0xAD last (ByteLevel of tokenizers).
    expect([0, 1, 2, 3, 95, 96, 189, 190, 191, 222, 257].map((id) => tokens[id])).toEqual([
      '<|end|>',
      '<pad>',
      '!',
      '"',
      '~',
      '\xa1',
      '\xff',
      '\x00',
      '\x01',
      ' ',
      '\xad',
    ])
    expect(tokens.slice(258)).toEqual(['ug', 'un'])
  })

  it('can leave bytes out that are not in the text', () => {
    const trained = train({ ...HUGS, a: 1 }, { alphabet: 'seen', vocabularySize: 10, specialTokens: ['<s>'] })
    expect(tokensOf(trained)).toEqual(['<s>', 'a', 'b', 'g', 'h', 'n', 'p', 's', 'u', 'ug'])
  })

  it('keeps special tokens that no vocabulary file can write out of the vocabulary', () => {
    const trained = train(HUGS, { specialTokens: ['<｜end｜>', 'two words'] })
    expect(trained.added.map(({ id }) => id)).toEqual([0, 1])
    expect(trained.vocabulary.ids[0]).toBe(2)
    expect(mergesOf(trained)).toEqual(['u g'])
  })

  it('never spells a special token', () => {
    expect(mergesOf(train({ '<s>': 9 }, { vocabularySize: 400 }))).toEqual(['< s', '<s >'])
    expect(mergesOf(train({ '<s>': 9 }, { vocabularySize: 400, specialTokens: ['<s>'] }))).toEqual(['< s'])
    // Written with the characters of the byte-level alphabet, the byte 0 and x are this token.
    expect(mergesOf(train({ '\0x': 9, ab: 1 }, { vocabularySize: 400, specialTokens: ['Āx'] }))).toEqual(['a b'])
    expect(mergesOf(train({ Āx: 9 }, { vocabularySize: 400, specialTokens: ['Āx'] }))).toEqual(['\xc4 \x80'])
  })

  it('says when there were fewer merges than wanted', () => {
    const trained = train({ ab: 5, cd: 1 }, { vocabularySize: 1000, minimumFrequency: 2 })
    expect(mergesOf(trained)).toEqual(['a b'])
    expect(trained.mergesWanted).toBe(744)
    expect(trained.vocabulary.ids).toHaveLength(257)
  })

  it('breaks ties by either rule, and numbers bytes by value on request', () => {
    const ties = { '\0a': 1, '!a': 1, zz: 1 }
    expect(mergesOf(train(ties))).toEqual(['! a', 'z z', '\0 a'])
    expect(mergesOf(train(ties, { byteOrder: 'value' }))).toEqual(['\0 a', '! a', 'z z'])
    expect(mergesOf(train(ties, { ties: 'greatest-bytes' }))).toEqual(['z z', '! a', '\0 a'])
  })

  it('tells how many merges there are', () => {
    const calls: [number, number][] = []
    const word = Array.from({ length: 400 }, (_, i) => String.fromCharCode(33 + (i % 90), 40 + (i % 77))).join('')
    trainBpe(wordsOf({ [word]: 2 }), { ...DEFAULTS, vocabularySize: 556 }, MEMORY_MAX, (merges, wanted) =>
      calls.push([merges, wanted]),
    )
    expect(calls.at(-1)).toEqual([300, 300])
    expect(calls.length).toBeGreaterThan(1)
    expect(calls.map(([merges]) => merges)).toEqual(calls.map(([merges]) => merges).sort((a, b) => a - b))
  })
})

it.each<[string, Partial<BpeTraining>, string]>([
  ['a vocabulary smaller than the alphabet', { vocabularySize: 255 }, 'expected at least 256 bytes, got 255'],
  ['or than it and the special tokens', { vocabularySize: 257, specialTokens: ['<a>', '<b>'] }, 'and 2 special tokens'],
  ['or than the bytes seen', { vocabularySize: 4, alphabet: 'seen' }, 'expected at least 7 bytes, got 4'],
  ['a vocabulary that no table holds', { vocabularySize: 2 ** 22 }, 'expected at most'],
  ['an empty special token', { specialTokens: [''] }, 'is empty'],
  ['a special token given twice', { specialTokens: ['<a>', '<b>', '<a>'] }, '"<a>" is given twice'],
  ['a special token that is a byte', { specialTokens: ['a'] }, '"a" stands for a byte'],
  ['a special token with half a character', { specialTokens: ['\ud800'] }, 'not well-formed'],
  ['a longest token of nothing', { longestToken: 0 }, 'longestToken'],
])('refuses %s', (_, options, message) => {
  const call = (): TrainedBpe => train(HUGS, options)
  expect(call).toThrow(ConfigError)
  expect(call).toThrow(message)
})

it('refuses a text without words', () => {
  expect(() => train({})).toThrow(new ConfigError('there are no words to train on'))
})
