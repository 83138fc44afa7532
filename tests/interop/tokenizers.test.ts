/**
 * Beside the tokenizers that others use: Hugging Face tokenizers opens our tokenizer.json and gives the same ids, and cuts as
 * our scanners do, by the same classes of characters; tiktoken too, where it is there. Needs MILLRACE_PEERS_PYTHON.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  classTable,
  createPretokenizer,
  DIGITS,
  PATTERNS,
  patternSource,
  scannerCodes,
} from '../../src/kernels/pretokens/index.js'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import { writeTiktoken } from '../../src/tokenizer/tiktoken-file.js'
import { writeTokenizerJson } from '../../src/tokenizer/tokenizer-json-write.js'
import { Random } from '../support/random.js'
import { type Json, openSmall } from '../support/small-tokenizer.js'

const python = process.env.MILLRACE_PEERS_PYTHON
const has = (module: string): boolean =>
  python !== undefined && spawnSync(python, ['-c', `import ${module}`]).status === 0

/** Runs a script with JSON on stdin; gives back the JSON that it prints. */
function run(script: string, input: unknown): unknown {
  const env = { ...process.env, PYTHONUTF8: '1', TOKENIZERS_PARALLELISM: 'false' }
  const options = { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 2 ** 28, env } as const
  const { status, stdout, stderr } = spawnSync(python ?? '', ['-c', script], options)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

const ALPHABETS = [
  'abcxyz stmd',
  "'’s't'll've're'm'd'S'T'LL'Ve'rE\u017f\u212a",
  '0123456789²½Ⅻ٣९𝟙',
  ' \u00a0\u0085\u200b\ufeff\u3000\u2028\u001c\v\t\r\n',
  '.,;:!?/-_#$%^&*()[]{}/\\',
  'äÖéǅǈʰˀªº東京ひカ한ไทعρΔж𐐀\u0301\u0308\u20dd\u0903',
  '😀🏴\u{10ffff}\0\u0001\u007f\ufffd\u{10d50}\u{a7cb}\u{105c0}\u{16d40}\u{323b0}',
].map((alphabet) => [...alphabet])

function nastyTexts(count: number): string[] {
  const random = new Random(61)
  return Array.from({ length: count }, () => {
    const some = [
      random.pick(ALPHABETS),
      random.pick(ALPHABETS),
      [' the', ' there', 'in', '  ', 'é', 'aaaa', 'xx', '.. ', 'e\u0301'],
    ]
    return Array.from({ length: random.below(30) }, () => random.pick(random.pick(some))).join('')
  })
}

const texts = nastyTexts(1_500)

describe.skipIf(!has('tokenizers'))(
  'beside Hugging Face tokenizers (needs MILLRACE_PEERS_PYTHON with tokenizers)',
  () => {
    it('cuts alike, every pattern', () => {
      const forms = PATTERNS.filter((pattern) => pattern !== 'none').flatMap((pattern) =>
        DIGITS.map((digits) => ({ pattern, digits, source: patternSource(pattern, digits) })),
      )
      const theirs = run(
        `
import json, sys
from tokenizers import Regex, pre_tokenizers
given = json.load(sys.stdin)
out = []
for source in given['sources']:
    split = pre_tokenizers.Split(Regex(source), 'isolated')
    out.append([[len(text[:end].encode()) for _, (_, end) in split.pre_tokenize_str(text)] for text in given['texts']])
print(json.dumps(out))`,
        { sources: forms.map(({ source }) => source), texts },
      ) as number[][][]
      for (const [i, { pattern, digits }] of forms.entries()) {
        const ends = createPretokenizer(scannerCodes(pattern, digits))
        for (const [j, text] of texts.entries()) {
          expect([...ends(text)], JSON.stringify([pattern, digits, text])).toEqual(theirs[i][j])
        }
      }
    })

    it('has the same classes of code points', () => {
      const classes = [
        [1, '\\s'],
        [4, '\\p{N}'],
        [8, '[\\p{Lu}\\p{Lt}]'],
        [16, '\\p{Ll}'],
        [32, '[\\p{Lm}\\p{Lo}]'],
        [64, '\\p{M}'],
      ] as const
      // Where classes change, and some of what lies between.
      const table = classTable()
      const codes: number[] = []
      for (let code = 0x80; code < 0x110000; code++) {
        if (code === 0xd800) code = 0xe000
        const isEdge = table[code] !== table[code - 1] || table[code] !== table[code + 1]
        if (isEdge || code % 97 === 0) codes.push(code)
      }
      const theirs = run(
        `
import json, sys
from tokenizers import Regex, pre_tokenizers
given = json.load(sys.stdin)
text = ''.join(map(chr, given['codes']))
out = []
for source in given['sources']:
    split = pre_tokenizers.Split(Regex(source), 'removed')
    rest = set(place for _, (start, end) in split.pre_tokenize_str(text) for place in range(start, end))
    out.append([code for place, code in enumerate(given['codes']) if place not in rest])
print(json.dumps(out))`,
        { codes, sources: classes.map(([, source]) => source) },
      ) as number[][]
      for (const [i, [bit, source]] of classes.entries()) {
        const ours = codes.filter((code) => (table[code] & bit) !== 0)
        expect(ours, source).toEqual(theirs[i])
      }
    })

    const kinds: readonly (readonly [string, (file: Json & { model: Json }) => void])[] = [
      ['gpt2', () => {}],
      [
        'NFC, a space first, added tokens',
        (file) => {
          file.normalizer = { type: 'NFC' }
          file.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }
          file.added_tokens = [
            {
              id: 300,
              content: 'xx',
              single_word: true,
              lstrip: false,
              rstrip: false,
              normalized: true,
              special: false,
            },
            {
              id: 301,
              content: '..',
              single_word: false,
              lstrip: true,
              rstrip: true,
              normalized: false,
              special: false,
            },
          ]
        },
      ],
      [
        'steps',
        (file) => {
          const split = {
            type: 'Split',
            pattern: { Regex: '\\p{Lu}?\\p{Ll}+|\\s(?=\\S)' },
            behavior: 'Isolated',
            invert: false,
          }
          const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
          const digits = { type: 'Digits', individual_digits: true }
          file.pre_tokenizer = { type: 'Sequence', pretokenizers: [digits, split, byteLevel] }
        },
      ],
    ]
    it.each(kinds)('opens what we write, and gives the same ids and texts: %s', (_, change) => {
      const json = writeTokenizerJson(openSmall(change).model)
      const tokenizer = openTokenizer(Buffer.from(json), 'written.json')
      const theirs = run(
        `
import json, sys
from tokenizers import Tokenizer
given = json.load(sys.stdin)
tokenizer = Tokenizer.from_str(given['json'])
ids = [tokenizer.encode(text).ids for text in given['texts']]
print(json.dumps({'ids': ids, 'texts': [tokenizer.decode(one) for one in ids]}))`,
        { json, texts },
      ) as { ids: number[][]; texts: string[] }
      for (const [i, text] of texts.entries()) {
        expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(theirs.ids[i])
        expect(tokenizer.decode(theirs.ids[i])).toBe(theirs.texts[i])
      }
    })
  },
)

describe.skipIf(!has('tiktoken'))('beside tiktoken (needs MILLRACE_PEERS_PYTHON with tiktoken)', () => {
  it.each(['r50k_base', 'cl100k_base', 'o200k_base'])('%s', (name) => {
    const ranks = writeTiktoken(openSmall().model)
    const tokenizer = openTokenizer(Buffer.from(ranks), `${name}.tiktoken`)
    // tiktoken's own patterns: the encoding is made as it makes it, with our ranks in place of those that it downloads.
    const theirs = run(
      `
import base64, json, sys, tiktoken
from tiktoken_ext import openai_public
given = json.load(sys.stdin)
ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in given['ranks'].splitlines())}
openai_public.load_tiktoken_bpe = lambda *args, **kwargs: ranks
encoding = tiktoken.Encoding(**{**getattr(openai_public, given['name'])(), 'explicit_n_vocab': None})
print(json.dumps([encoding.encode(text, disallowed_special=()) for text in given['texts']]))`,
      { ranks, name, texts },
    ) as number[][]
    for (const [i, text] of texts.entries()) {
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(theirs[i])
    }
  })
})
