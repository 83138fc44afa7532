/**
 * WordPiece beside Hugging Face tokenizers, which trains the vocabularies on the spot: ids, offsets and decoded texts, and every
 * code point by its normal form and the words that it cuts. Needs MILLRACE_PEERS_PYTHON.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import { dataFolder, dataPath } from '../support/data.js'
import { Random } from '../support/random.js'
import { wordPieceJson } from '../support/small-wordpiece.js'

const python = process.env.MILLRACE_PEERS_PYTHON
const hasPeer = python !== undefined && spawnSync(python, ['-c', 'import tokenizers']).status === 0

function run<T>(script: string, input: unknown): T {
  const env = { ...process.env, PYTHONUTF8: '1', TOKENIZERS_PARALLELISM: 'false' }
  const options = { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 2 ** 28, env } as const
  const { status, stdout, stderr } = spawnSync(python ?? '', ['-c', script], options)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

const SCRIPT = `
import json, sys
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
given = json.load(sys.stdin)
clean, han, strip, lower = given['rules']
tokenizer = Tokenizer(models.WordPiece(unk_token='[UNK]'))
tokenizer.normalizer = normalizers.BertNormalizer(clean, han, strip, lower)
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.decoder = decoders.WordPiece()
special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
tokenizer.train_from_iterator(given['training'], trainers.WordPieceTrainer(vocab_size=3000, special_tokens=special, limit_alphabet=800, show_progress=False))
tokenizer.post_processor = processors.BertProcessing(('[SEP]', 3), ('[CLS]', 2))
encoded = [tokenizer.encode(text, add_special_tokens=False) for text in given['texts']]
print(json.dumps({
  'file': tokenizer.to_str(),
  'ids': [one.ids for one in encoded],
  'offsets': [[place for pair in one.offsets for place in pair] for one in encoded],
  'decoded': [tokenizer.decode(one.ids, skip_special_tokens=False) for one in encoded],
  'whole': tokenizer.encode(given['texts'][0]).ids,
}))`

interface Answer {
  readonly file: string
  readonly ids: number[][]
  readonly offsets: number[][]
  readonly decoded: string[]
  readonly whole: number[]
}

/** Lines of real text in many languages, where they are there; prose of our own otherwise. */
function realTexts(): string[] {
  if (!dataFolder) return ['The miller of Dee, he worked and sang.', 'Größe, naïve cafés — «Ça va?» 東京へ行く。']
  const lines = (file: string, every: number) =>
    gunzipSync(readFileSync(dataPath(file)))
      .toString()
      .split('\n')
      .filter((line, i) => line !== '' && i % every === 0)
      .map((line): string => JSON.parse(line).text.slice(0, 1500))
  return [...lines('text/corpus.jsonl.gz', 20), ...lines('langid/langid.jsonl.gz', 60)]
}

const ALPHABETS = [
  'abcXYZ dhe',
  'ßİıſKéÉñÅ\u212b',
  '\u0301\u0308\u0323\u20dd\u0903',
  '  \t\n\r\v\f\u0085\u00a0\u2003\u3000\u2028',
  '.,;:!?\u037e\u0387\u1fef-_@#',
  '東京漢字\u3400\uf900\u{20000}ひらカ한국ไทع',
  '😀👩\u200d🔬🇫🇷',
  '\0\u0001\u007f\ufffd\ufeff\u200b\u00ad\ue000',
  '0123٣९Ⅻ½ǅǈΣσςĳﬁ',
].map((alphabet) => [...alphabet])

function nastyTexts(count: number): string[] {
  const random = new Random(61)
  return Array.from({ length: count }, () =>
    Array.from({ length: random.below(40) }, () =>
      random.pick(random.pick([...ALPHABETS, [' ', '[SEP]', 'the']])),
    ).join(''),
  )
}

describe.skipIf(!hasPeer)(
  'WordPiece beside Hugging Face tokenizers (needs MILLRACE_PEERS_PYTHON with tokenizers)',
  () => {
    it.each<[string, readonly [boolean, boolean, boolean | null, boolean]]>([
      ['uncased', [true, true, null, true]],
      ['cased', [true, true, null, false]],
      ['lower case, accents stay', [true, false, false, true]],
      ['nothing normalized', [false, false, false, false]],
    ])('%s: the same ids, offsets and texts', (_, rules) => {
      const real = realTexts()
      const texts = [...real, ...nastyTexts(1500), 'a'.repeat(101), 'é'.repeat(100)]
      const { file, ids, offsets, decoded, whole } = run<Answer>(SCRIPT, { rules, training: real, texts })
      const tokenizer = openTokenizer(Buffer.from(file), 'trained.json')
      texts.forEach((text, i) => {
        const { ids: ours, units } = tokenizer.encodeWithOffsets(text, { special: 'all' })
        const places = [0]
        for (const character of text) places.push((places.at(-1) ?? 0) + character.length)
        expect([...ours], JSON.stringify(text)).toEqual(ids[i])
        expect([...units], JSON.stringify(text)).toEqual(offsets[i].map((place) => places[place]))
        expect(tokenizer.decode(ours)).toBe(decoded[i])
      })
      expect([...tokenizer.before, ...tokenizer.encode(texts[0]), ...tokenizer.after]).toEqual(whole)
    })

    it('every code point alike', () => {
      // Each between letters of a vocabulary that holds every character: a word apart, gone, or what it has become.
      const characters = run<Record<string, [number, string][]>>(
        `
import json, sys
from tokenizers import Tokenizer, normalizers, pre_tokenizers
given = json.load(sys.stdin)
out = {}
for name, rules in given.items():
    normalizer = normalizers.BertNormalizer(*rules)
    words = pre_tokenizers.BertPreTokenizer()
    out[name] = []
    for code in range(0x110000):
        if 0xd800 <= code < 0xe000: continue
        cut = '|'.join(word for word, _ in words.pre_tokenize_str(normalizer.normalize_str('a' + chr(code) + 'b')))
        if cut != 'a' + chr(code) + 'b': out[name].append([code, cut])
print(json.dumps(out))`,
        { uncased: [true, true, null, true], plain: [false, false, false, false] },
      )
      for (const [name, changes] of Object.entries(characters)) {
        const vocab = new Map<string, number>([['[UNK]', 0]])
        const learn = (piece: string) => void (vocab.has(piece) || vocab.set(piece, vocab.size))
        const theirs = new Map(changes)
        const cuts: [number, string][] = []
        for (let code = 0; code < 0x110000; code++) {
          if (code === 0xd800) code = 0xe000
          // All that changes, and some of the rest.
          if (theirs.has(code) || code % 61 === 0)
            cuts.push([code, theirs.get(code) ?? `a${String.fromCodePoint(code)}b`])
        }
        const wordsOf = ([code, cut]: [number, string]) => (code === 0x7c ? ['a', '|', 'b'] : cut.split('|'))
        for (const one of cuts) {
          for (const word of wordsOf(one)) {
            for (const [i, character] of [...word].entries()) learn(i === 0 ? character : `##${character}`)
          }
        }
        const tokenizer = openTokenizer(
          Buffer.from(
            wordPieceJson((file) => {
              if (name === 'plain') Object.assign(file, { normalizer: null })
              Object.assign(file, { added_tokens: [], post_processor: null })
              Object.assign(file.model, { vocab: Object.fromEntries(vocab) })
            }),
          ),
          'characters.json',
        )
        const idsOf = (one: [number, string]) =>
          wordsOf(one).flatMap((word) => [...word].map((letter, i) => vocab.get(i === 0 ? letter : `##${letter}`)))
        const ours = (code: number) => [...tokenizer.encode(`a${String.fromCodePoint(code)}b`)].join()
        const wrong = cuts.filter((one) => ours(one[0]) !== idsOf(one).join())
        expect(
          wrong.map(([code]) => code.toString(16)),
          name,
        ).toEqual([])
      }
    })
  },
)
