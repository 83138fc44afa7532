import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { readGpt2Files } from '../../src/tokenizer/gpt2-files.js'
import { Tokenizer } from '../../src/tokenizer/tokenizer.js'
import { dataFolder, dataPath } from '../support/data.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'
import { type Json, openSmall } from '../support/small-tokenizer.js'

type Change = (file: Json & { model: Json }) => void

const split = (regex: string): Change => {
  return (file) => {
    file.pre_tokenizer = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    }
  }
}

const added = (content: string, id: number, more: Json = {}): Json => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
  ...more,
})

/** A tokenizer of every kind of way through: scanner, matcher, digits first, normalization, added tokens. */
const KINDS: readonly (readonly [string, Change])[] = [
  ['gpt2', () => {}],
  ['a regular expression of its own', split('\\p{L}+|\\s+')],
  [
    'digits first',
    (file) => {
      file.pre_tokenizer = {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Digits', individual_digits: true },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
        ],
      }
    },
  ],
  [
    'no pieces',
    (file) => {
      file.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, use_regex: false }
    },
  ],
  [
    'added tokens that are always found',
    (file) => {
      file.added_tokens = [
        added('  ', 301),
        added('ab', 302),
        added('abc', 303),
        added('東', 304, { normalized: true }),
      ]
    },
  ],
]

describe('encode', () => {
  const tokenizer = openSmall()

  it('by hand', () => {
    // " the" is 258, "in" 259; "there" begins a text: th, the, then re.
    expect([...tokenizer.encode('in the')]).toEqual([259, 258])
    expect([...tokenizer.encode('there')]).toEqual([257, 266])
    expect([...tokenizer.encode('x there')]).toEqual([120, 267])
    expect([...tokenizer.encode('aaaaa')]).toEqual([262, 97])
    expect([...tokenizer.encode('é')]).toEqual([263])
    expect([...tokenizer.encode('')]).toEqual([])
  })

  it('a lone surrogate is U+FFFD, a pair is not', () => {
    expect([...tokenizer.encode('a\ud83d')]).toEqual([97, 0xef, 0xbf, 0xbd])
    expect([...tokenizer.encode('\ude00a')]).toEqual([0xef, 0xbf, 0xbd, 97])
    expect([...tokenizer.encode('\ud83d\ude00')]).toEqual([264, 0x98, 0x80])
  })

  it('counts what it encodes', () => {
    const random = new Random(3)
    for (let i = 0; i < 200; i++) {
      const text = randomText(random, 60)
      expect(tokenizer.count(text)).toBe(tokenizer.encode(text).length)
    }
  })

  it.each(['x', '^', ' ', 'a', '\n', 'é', 'the ', '\ud83d'])('a text of a million %j', (unit) => {
    const text = unit.repeat(1_000_000 / unit.length)
    const ids = tokenizer.encode(text)
    expect(tokenizer.decode(ids)).toBe(Buffer.from(text).toString())
  })
})

describe.each(KINDS)('with %s', (_, change) => {
  const tokenizer = openSmall(change)
  const other = openSmall(change)

  it('decode(encode(x)) = x for every well-formed string', () => {
    const random = new Random(11)
    for (let i = 0; i < 500; i++) {
      const text = randomText(random, 80)
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }
  })

  it('a stream gives the same ids, however it is cut', () => {
    const random = new Random(12)
    for (let i = 0; i < 200; i++) {
      const text = `${randomText(random, 40)}abc  ab${randomText(random, 10)}`
      const stream = other.stream()
      const ids: number[] = []
      for (let at = 0; at < text.length; ) {
        const to = at + 1 + random.below(9)
        ids.push(...stream.push(text.slice(at, to)))
        at = to
      }
      ids.push(...stream.end())
      expect(ids, JSON.stringify(text)).toEqual([...tokenizer.encode(text)])
    }
  })

  it('a long text gives the ids of its parts, in a stream too', () => {
    const random = new Random(13)
    const parts = Array.from({ length: 1_500 }, () => `${randomText(random, 200)}. The`)
    const text = parts.join('')
    const whole = tokenizer.encode(text)
    expect(tokenizer.decode(whole)).toBe(text)
    const stream = other.stream()
    const ids = parts.flatMap((part) => [...stream.push(part)])
    expect(Uint32Array.from([...ids, ...stream.end()])).toEqual(whole)
  })

  it('offsets cover the text without gaps, in bytes and in units', () => {
    const random = new Random(14)
    for (let i = 0; i < 100; i++) {
      const text = randomText(random, 60)
      const { ids, bytes, units } = tokenizer.encodeWithOffsets(text)
      expect(ids).toEqual(tokenizer.encode(text))
      const utf8 = Buffer.from(text)
      let end = 0
      for (const [token, id] of ids.entries()) {
        const [from, to] = bytes.subarray(2 * token, 2 * token + 2)
        expect(from).toBe(end)
        expect(utf8.subarray(from, to)).toEqual(Buffer.from(tokenizer.bytesOf(id)))
        end = to
        const [first, last] = units.subarray(2 * token, 2 * token + 2)
        const before = Buffer.byteLength(text.slice(0, first))
        const behind = Buffer.byteLength(text.slice(0, last))
        expect(before <= from && behind >= to && before > from - 4 && behind < to + 4).toBe(true)
        expect(text.slice(first, last)).not.toMatch(/\p{Surrogate}/u)
      }
      expect(end).toBe(utf8.length)
    }
  })
})

describe('special tokens', () => {
  const tokenizer = openSmall((file) => {
    file.added_tokens = [
      added('<|end|>', 300, { special: true }),
      added('<|end|>x', 301, { special: true }),
      added('<pad>', 302, { special: true, lstrip: true, rstrip: true }),
      added('word', 303, { single_word: true }),
    ]
  })
  const text = 'a<|end|>b'

  it('are plain text unless allowed, and then only those', () => {
    expect(tokenizer.encode(text)).not.toContain(300)
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    expect([...tokenizer.encode(text, { special: 'all' })]).toEqual([97, 300, 98])
    expect([...tokenizer.encode(text, { special: ['<|end|>'] })]).toEqual([97, 300, 98])
    expect(tokenizer.encode(text, { special: ['<pad>'] })).not.toContain(300)
    expect(() => tokenizer.encode(text, { special: ['<nope>'] })).toThrow(/"<nope>" is no token/)
  })

  it('the longest at a place, and white space where they strip it', () => {
    expect([...tokenizer.encode('<|end|>x<|end|>', { special: 'all' })]).toEqual([301, 300])
    expect([...tokenizer.encode('a \n <pad>  b', { special: 'all' })]).toEqual([97, 302, 98])
    const { units } = tokenizer.encodeWithOffsets('a <pad> b', { special: 'all' })
    expect([...units]).toEqual([0, 1, 1, 8, 8, 9])
  })

  it('single words only', () => {
    expect([...tokenizer.encode('word')]).toEqual([303])
    expect([...tokenizer.encode('(word)')]).toEqual([40, 303, 41])
    expect(tokenizer.encode('swords')).not.toContain(303)
    expect(tokenizer.encode('wordé')).not.toContain(303)
  })

  it('in a stream cut anywhere', () => {
    for (const whole of ['a<|end|>b<|end|>xc', 'x \n <pad>   y', 'word sword words', '<|end|', ' <pad> <pad> word']) {
      const expected = [...tokenizer.encode(whole, { special: 'all' })]
      for (let cut = 0; cut <= whole.length; cut++) {
        for (let again = cut; again <= whole.length; again++) {
          const stream = tokenizer.stream({ special: 'all' })
          const parts = [whole.slice(0, cut), whole.slice(cut, again), whole.slice(again)]
          const ids = parts.flatMap((part) => [...stream.push(part)])
          expect([...ids, ...stream.end()], JSON.stringify(parts)).toEqual(expected)
        }
      }
    }
  })

  it('know the ends of a text', () => {
    expect(openSmall().endId).toBe(null)
    const named = openSmall((file) => {
      file.added_tokens = [added('<|endoftext|>', 300, { special: true }), added('<s>', 301, { special: true })]
    })
    expect([named.beginId, named.endId]).toEqual([301, 300])
    expect([named.addedId('<s>'), named.addedId('nothing')]).toEqual([301, null])
    expect([named.isSpecial(301), named.isSpecial(5)]).toEqual([true, false])
    expect([named.idEnd, named.size, named.has(299), named.has(301)]).toEqual([302, 271, false, true])
  })
})

describe('mistakes', () => {
  const tokenizer = openSmall()
  it.each([-1, 269, 301, 1.5, Number.NaN, 2 ** 40])('id %d is none', (id) => {
    expect(() => tokenizer.decode([id])).toThrow(/small.json: expected an id of one of 270 tokens, got/)
  })
  it('a second text while a stream is open', () => {
    const busy = openSmall()
    const stream = busy.stream()
    stream.push('abc')
    expect(() => busy.encode('x')).toThrow(/stream is open/)
    expect(() => busy.stream()).toThrow(/stream is open/)
    stream.end()
    expect([...busy.encode('x')]).toEqual([120])
  })
  it('a byte that is no token', () => {
    const without = openSmall((file) => {
      const vocab = file.model.vocab as Record<string, number>
      delete vocab.Z
    })
    expect([...without.encode('the')]).toEqual([257])
    expect(() => without.encode('Zoo')).toThrow(/no token/)
  })
})

describe.skipIf(!dataFolder)('the vocabulary of GPT-2 (needs MILLRACE_DATA)', () => {
  let tokenizer: Tokenizer
  let rows: { text: string; gpt2_ids: number[] }[]
  beforeAll(() => {
    const read = (name: string): string => gunzipSync(readFileSync(dataPath(`tokenizer/${name}.gz`))).toString()
    const model = readGpt2Files(read('gpt2_vocab.json'), read('gpt2_merges.txt'), 'vocab.json')
    tokenizer = new Tokenizer(model, 'vocab.json')
    rows = read('gpt2_encodings.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  })

  it('gives the ids of Hugging Face tokenizers on all 800 rows, and their texts back', () => {
    expect(rows.length).toBe(800)
    for (const { text, gpt2_ids: ids } of rows) {
      expect([...tokenizer.encode(text)], JSON.stringify(text.slice(0, 80))).toEqual(ids)
      expect(tokenizer.decode(ids)).toBe(text)
    }
  })

  it('the ids of a stream are those of the whole', () => {
    for (const { text, gpt2_ids: ids } of rows) {
      const stream = tokenizer.stream()
      const found: number[] = []
      for (let at = 0; at < text.length; at += 11) found.push(...stream.push(text.slice(at, at + 11)))
      expect([...found, ...stream.end()]).toEqual(ids)
    }
  })
})
