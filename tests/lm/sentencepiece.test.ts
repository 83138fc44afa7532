import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { writeMessage as message, varint } from '../../src/io/protobuf-writer.js'
import type { PieceEncoder } from '../../src/lm/profiles.js'
import { loadSentencePiece } from '../../src/lm/sentencepiece.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'
import { charsmap, piece, type SmallPieces, sentencePieceModel } from '../support/sentencepiece-file.js'

function encoderOf(model: SmallPieces): PieceEncoder {
  return loadSentencePiece(sentencePieceModel(model), 'test.model')
}

describe('unigram', () => {
  // Sums: ab|c -3, a|bc -3.5, abc -4, a|b|c -6.
  const abc: SmallPieces = {
    pieces: [
      ['a', -2],
      ['b', -2],
      ['c', -2],
      ['ab', -1],
      ['bc', -1.5],
      ['abc', -4],
      ['▁', -1],
    ],
  }

  it('takes the cut of the greatest sum', () => {
    const { encode } = bound(encoderOf(abc))
    expect(encode('abc')).toEqual(['▁', 'ab', 'c'])
    expect(encode('bc abab')).toEqual(['▁', 'bc', '▁', 'ab', 'ab'])
    expect(encode('')).toEqual([])
    expect(encode('   ')).toEqual([])
  })

  it('gives a run of unknown characters as one piece, as it stands', () => {
    const { encode } = bound(encoderOf(abc))
    expect(encode('xyb東京😀')).toEqual(['▁', 'xy', 'b', '東京😀'])
    expect(encode('<unk><s>')).toEqual(['▁', '<unk><s>'])
    expect(encode('\ud800b')).toEqual(['▁', '\ufffd', 'b'])
  })

  it('an unknown character costs 10 more than the rarest piece', () => {
    // "ax" as a piece (-14.5) against a (-2) and an unknown x (-3 - 10).
    const pieces: SmallPieces['pieces'] = [
      ['a', -2],
      ['▁', -1],
    ]
    expect(encoderOf({ pieces: [...pieces, ['ax', -3]] }).encode('ax')).toEqual(['▁', 'ax'])
    expect(encoderOf({ pieces: [...pieces, ['ax', -14.5]] }).encode('ax')).toEqual(['▁', 'ax'])
    expect(encoderOf({ pieces: [...pieces, ['b', -3], ['ax', -14.5, 'unused']] }).encode('ax')).toEqual(['▁', 'a', 'x'])
  })

  it('favors a user’s own symbols, and rules leave them alone', () => {
    const model: SmallPieces = {
      pieces: [...abc.pieces, ['bca', 0, 'user'], ['É', 0, 'user']],
      charsmap: charsmap({ É: 'a', é: 'a' }),
    }
    expect(encoderOf(model).encode('abca')).toEqual(['▁', 'a', 'bca'])
    expect(encoderOf(model).encode('éÉé')).toEqual(['▁', 'a', 'É', 'a'])
  })

  it('does not use pieces marked unused', () => {
    const pieces: SmallPieces['pieces'] = [...abc.pieces.filter(([text]) => text !== 'ab'), ['ab', -1, 'unused']]
    expect(encoderOf({ pieces }).encode('abc')).toEqual(['▁', 'a', 'bc'])
  })

  it('takes the first of equals, in sums of 32-bit floats', () => {
    const pieces: SmallPieces['pieces'] = [
      ['a', -1],
      ['aa', -1],
      ['▁', -1],
    ]
    expect(encoderOf({ pieces }).encode('aaa')).toEqual(['▁', 'a', 'aa'])
  })

  it('starts sums anew before they are too coarse to tell pieces apart', () => {
    const pieces: SmallPieces['pieces'] = [
      ['x', -10_001],
      ['a', -1],
      ['b', -0.999],
      ['ab', -2],
      ['▁', -1],
    ]
    const { encode } = bound(encoderOf({ pieces }))
    // Steps of 1/128 at -90,000: both ways cost 2, and the first counts.
    expect(encode(`${'x'.repeat(9)}ab`).slice(-2)).toEqual(['x', 'ab'])
    expect(encode(`${'x'.repeat(10)}ab`).slice(-2)).toEqual(['a', 'b'])
  })

  it('spells unknown characters in bytes where the model can', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => {
      return [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, 'byte'] as const
    })
    const { encode } = bound(encoderOf({ pieces: [...bytes, ...abc.pieces], byteFallback: true }))
    expect(encode('aé\tb')).toEqual(['▁', 'a', '<0xC3>', '<0xA9>', '<0x09>', 'b'])
    expect(encode('<0x41>')).toEqual(['▁', '<0x3C>', '<0x30>', '<0x78>', '<0x34>', '<0x31>', '<0x3E>'])
  })

  it('takes a megabyte in one piece', () => {
    const { encode } = bound(encoderOf(abc))
    expect(encode('ab'.repeat(500_000))).toHaveLength(500_001)
    expect(encode('x'.repeat(1_000_000))).toEqual(['▁', 'x'.repeat(1_000_000)])
  })
})

describe('BPE', () => {
  // Scores are ranks: the greatest first.
  const pieces: SmallPieces['pieces'] = [
    ['bc', -1],
    ['ab', -2],
    ['abc', -3],
    ['cab', -4],
    ['a', -5],
    ['b', -6],
    ['c', -7],
    ['▁', -8],
    ['cc', -9],
  ]
  const { encode } = bound(encoderOf({ algorithm: 2n, pieces }))

  it('joins the best pair first, then the leftmost', () => {
    expect(encode('abcc')).toEqual(['▁', 'abc', 'c']) // bc, then a with it
    expect(encode('ccc')).toEqual(['▁', 'cc', 'c'])
    expect(encode('cabab')).toEqual(['▁', 'cab', 'ab'])
    expect(encode('')).toEqual([])
    expect(encode('aüa')).toEqual(['▁', 'a', 'ü', 'a'])
  })

  it('takes unused pieces apart again, and never joins a user’s own', () => {
    const unused = pieces.map(([text, score]) => [text, score, text === 'ab' ? 'unused' : 'normal'] as const)
    expect(encoderOf({ algorithm: 2n, pieces: unused }).encode('cabab')).toEqual(['▁', 'cab', 'a', 'b'])
    const own: SmallPieces['pieces'] = [...pieces, ['bb', 0, 'user']]
    expect(encoderOf({ algorithm: 2n, pieces: own }).encode('abbc')).toEqual(['▁', 'a', 'bb', 'c'])
  })

  it('takes a hundred thousand characters in one piece', () => {
    expect(encode('ab'.repeat(50_000))).toHaveLength(50_001)
  })
})

describe('normalization', () => {
  const pieces: SmallPieces['pieces'] = [['▁', -1]]
  const normalized = (text: string, model: Partial<SmallPieces> = {}): string =>
    encoderOf({ pieces, ...model })
      .encode(text)
      .join('')

  it('makes white space single and visible', () => {
    expect(normalized('  a  b ')).toBe('▁a▁b')
    expect(normalized('  a  b ', { removeExtraWhiteSpace: false })).toBe('▁▁▁a▁▁b▁')
    expect(normalized('  a  b ', { addDummyPrefix: false })).toBe('a▁b')
    expect(normalized('  a  b ', { whiteSpaceIsSuffix: true })).toBe('a▁b▁')
    expect(normalized(' a  b', { escapeWhiteSpace: false })).toBe(' a b')
  })

  it('applies the longest rule', () => {
    const rules = charsmap({ ﬁ: 'fi', a: 'X', abc: 'Y', abcde: 'Z', '\u3000': ' ', '\u200b': '', é: 'e  ' })
    const model = { charsmap: rules }
    expect(normalized('ﬁab abcd abcde', model)).toBe('▁fiXb▁Yd▁Z')
    expect(normalized('\u3000q\u3000\u3000q\u200b', model)).toBe('▁q▁q')
    expect(normalized('qéq', model)).toBe('▁qe▁▁q') // only what stands before a rule's text is looked at for space
    expect(normalized('\u200b', model)).toBe('')
  })
})

describe('a model that is not sound', () => {
  const sound: SmallPieces = { pieces: [['a', -1]], charsmap: charsmap({ é: 'e' }) }
  const load = (bytes: Uint8Array) => loadSentencePiece(bytes, 'bad.model')

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /one piece of type unknown among 0 pieces, got none/],
    ['text', Buffer.from('not a model at all'), /bad\.model: byte/],
    [
      'a length beyond the file',
      Uint8Array.from([10, ...varint(1n << 40n)]),
      /needs 1099511627776 bytes, .* has 0 left/,
    ],
    ['a number without an end', new Uint8Array(20).fill(0xff), /a number of more than 10 bytes/],
    ['a group', Uint8Array.of(3 * 8 + 3), /expected wire type 0, 1, 2 or 5, got 3/],
    ['field 0', Uint8Array.of(2, 0), /expected a field number/],
    ['a piece that is a number', message([1, 7n]), /piece: expected bytes, got a varint/],
    ['an empty piece', message([1, piece('', 0, 1n)]), /piece 0: expected 1 to 1024 bytes, got 0/],
    ['an endless piece', message([1, piece('x'.repeat(1025), 0, 1n)]), /got 1025/],
    ['a NUL', message([1, piece('a\0', 0, 1n)]), /holds a NUL/],
    ['a score that is none', message([1, piece('a', Number.NaN, 1n)]), /score: expected a finite number, got NaN/],
    ['a type of its own', message([1, piece('a', 0, 9n)]), /expected type 1 to 6, got 9/],
    ['two unknowns', message([1, piece('a', 0, 2n)], [1, piece('b', 0, 2n)]), /got more/],
    ['a piece twice', sentencePieceModel({ pieces: [...sound.pieces, ['a', -2]] }), /piece "a" stands twice/],
    ['words', sentencePieceModel({ ...sound, algorithm: 3n }), /expected a model of type unigram or bpe, got word/],
    ['no such algorithm', sentencePieceModel({ ...sound, algorithm: -1n }), /got number/],
    ['missing bytes', sentencePieceModel({ ...sound, byteFallback: true }), /expected 256 byte pieces, got 0/],
    [
      'stray bytes',
      sentencePieceModel({ pieces: [['<0x00>', 0, 'byte']] }),
      /no byte piece without byte_fallback, got 1/,
    ],
    ['no byte', sentencePieceModel({ pieces: [['<0xzz>', 0, 'byte']] }), /expected a byte as <0x0A>, got "<0xzz>"/],
    ['a tiny charsmap', sentencePieceModel({ ...sound, charsmap: Uint8Array.of(1) }), /size of a double array/],
    [
      'a charsmap beyond itself',
      sentencePieceModel({ ...sound, charsmap: new Uint8Array(9).fill(200) }),
      /size of a double/,
    ],
    ['an open end', sentencePieceModel({ ...sound, charsmap: sound.charsmap?.subarray(0, -1) }), /not closed by a NUL/],
    [
      'no replacements',
      sentencePieceModel({ ...sound, charsmap: sound.charsmap?.subarray(0, -2) }),
      /leads to byte 0 of 0/,
    ],
    ['a long one', sentencePieceModel({ ...sound, charsmap: charsmap({ a: 'x'.repeat(1025) }) }), /got one of 1025/],
  ])('%s', (_, bytes, expected) => {
    expect(() => load(bytes)).toThrow(expected)
    expect(() => load(bytes)).toThrow(ConfigError)
  })

  it('cut or spoiled anywhere: a ConfigError, or a model that still encodes', () => {
    const bytes = sentencePieceModel({ ...sound, charsmap: charsmap({ é: 'e', ab: ' ' }) })
    const random = new Random(5)
    for (let i = 0; i < 3000; i++) {
      const broken = i % 3 === 0 ? bytes.slice(0, random.below(bytes.length)) : bytes.slice()
      if (i % 3 !== 0) broken[random.below(i % 2 ? bytes.length : 80)] = random.below(256)
      let encoder: PieceEncoder
      try {
        encoder = load(broken)
      } catch (error) {
        expect(error, `case ${i}`).toBeInstanceOf(ConfigError)
        continue
      }
      encoder.encode(`é ab ${randomText(random, 20)}`)
    }
  })
})

const python = process.env.MILLRACE_PEERS_PYTHON
const script = resolve(import.meta.dirname, '../../bench/sentencepiece.py')
const hasPeer = python !== undefined && spawnSync(python, ['-c', 'import sentencepiece']).status === 0

describe.skipIf(!hasPeer)('beside sentencepiece (needs MILLRACE_PEERS_PYTHON, a Python with sentencepiece)', () => {
  const folder = hasPeer ? temporaryFolder() : ''
  const texts = peerTexts()
  let models: Record<string, string[][]> = {}

  beforeAll(() => {
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts))
    const run = spawnSync(python ?? '', [script, folder], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    expect(run.status, run.stderr).toBe(0)
    models = JSON.parse(readFileSync(join(folder, 'pieces.json'), 'utf8'))
  }, 300_000)

  it('splits each text the same, with each model', () => {
    expect(Object.keys(models).length).toBeGreaterThan(5)
    for (const [name, expected] of Object.entries(models)) {
      const encoder = loadSentencePiece(readFileSync(join(folder, `${name}.model`)), name)
      const differ = texts.filter((text, i) => encoder.encode(text).join(' ') !== expected[i].join(' '))
      expect(differ, name).toEqual([])
    }
  })
})

/** What a tokenizer finds hard, and random text. The first 3,000 train the models. */
function peerTexts(): string[] {
  const words =
    'the harbor of a small town was frozen when ships from the north came in and nobody had seen it before'.split(' ')
  const random = new Random(11)
  const prose = Array.from({ length: 3000 }, () =>
    Array.from(
      { length: 3 + random.below(30) },
      () => random.pick(words) + random.pick(['', '', ',', 's', 'ing', ' 1998']),
    ).join(' '),
  )
  const hard = [
    '',
    '  ',
    '  A  b ',
    '<s> hi </s> <unk>',
    '<sep>x<sep>',
    'Ｆｕｌｌ　①②½ ﷺ ﬁ',
    'e\u0301 \u2028 \u200b\u00a0x',
  ]
  const own = [
    '\0\u0001a\tb\nc',
    '👩‍🔬🇫🇷',
    'ing ing of the of the',
    '▁▁ already',
    '\u0e01\u0e33 한국어 각',
    'x'.repeat(5000),
  ]
  const long = ['', ' ', 'ab', 'ed '].map((between) => prose.slice(0, 1500).join(between))
  return [...prose, ...long, ...hard, ...own, ...Array.from({ length: 2000 }, () => randomText(random, 40))]
}

function bound(encoder: PieceEncoder): PieceEncoder {
  return { encode: (text) => encoder.encode(text) }
}
