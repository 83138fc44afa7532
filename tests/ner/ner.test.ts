import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { Chain } from '../../src/ner/crf.js'
import { hashTokens } from '../../src/ner/hashes.js'
import { ENTITY_TYPES, entitiesOfTags, LABELS, mayFollow } from '../../src/ner/labels.js'
import { Lexicon, lexiconOf } from '../../src/ner/lexicon.js'
import { decodeNerModel, encodeNerModel } from '../../src/ner/model.js'
import { seededRandom } from '../../src/ner/random.js'
import { readShippedNerModel } from '../../src/ner/shipped-model.js'
import { makeTagger } from '../../src/ner/tagger.js'
import { tokenize } from '../../src/ner/tokens.js'
import { type NerTrainingOptions, type TaggedSentence, trainNer } from '../../src/ner/train.js'

const OPTIONS: NerTrainingOptions = {
  epochs: 20,
  learningRate: 0.1,
  decay: 0,
  countMin: 1,
  featuresMax: 100_000,
  dropout: 0,
  lowerShare: 0,
  upperShare: 0,
  seed: 1,
  lists: [['Ada', 'Grace'], ['New York']],
}

/** `Ada/P+ met` : words with the tag behind a slash. */
function sentence(text: string): TaggedSentence {
  const words = text.split(' ').map((word) => word.split('/'))
  return { tokens: words.map(([token]) => token), tags: words.map(([, tag]) => tag ?? 'O') }
}

const SENTENCES = [
  sentence('Ada/B-PER Lovelace/I-PER met Grace/B-PER in London/B-LOC .'),
  sentence('Grace/B-PER Hopper/I-PER works for Acme/B-ORG Corp./I-ORG in New/B-LOC York/I-LOC .'),
  sentence('The meeting is over'),
  sentence('Acme/B-ORG Corp./I-ORG hired Ada/B-PER'),
  sentence('We met in Paris/B-LOC , not in London/B-LOC'),
]

describe('tokens', () => {
  const words = (text: string) => {
    const { count, starts, ends } = tokenize(text)
    return Array.from({ length: count }, (_, i) => text.slice(starts[i], ends[i]))
  }

  it.each([
    ["Ada's cat, O'Brien and Jean-Luc.", ['Ada', "'s", 'cat', ',', "O'Brien", 'and', 'Jean-Luc', '.']],
    ['Dr. J. Doe of the U.S. paid 1,000.50!', ['Dr.', 'J.', 'Doe', 'of', 'the', 'U.S.', 'paid', '1,000.50', '!']],
    [
      '@ada_b #tag jo@mail.example (https://a.example/x).',
      ['@ada_b', '#tag', 'jo@mail.example', '(', 'https://a.example/x', ')', '.'],
    ],
    [
      'a <PERSON> <<<<> <IP_abcdefghijkl> <3 << <b> <',
      ['a', '<PERSON>', '<<<<>', '<IP_abcdefghijkl>', '<', '3', '<<', '<', 'b', '>', '<'],
    ],
    ['😀Zoë😀', ['😀', 'Zoë', '😀']],
    ['Zoe\u0308 and \u05d3\u05d5\u05d3 \ud83d', ['Zoe\u0308', 'and', '\u05d3\u05d5\u05d3', '\ud83d']],
    ['', []],
    [' \n\t', []],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  it('ends sentences at line ends and behind stops before a capital', () => {
    const { begins, count } = tokenize('One two. Three! four\nfive J. Doe')
    expect([...begins.subarray(0, count)]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0])
  })

  it('never splits a pair and covers all that is no space, whatever comes', () => {
    const random = seededRandom(7)
    const pieces = [
      'a',
      'É',
      '😀',
      '\ud83d',
      '\ude00',
      '\u0301',
      "'",
      '.',
      '@',
      '#',
      '-',
      ' ',
      '\n',
      'http://',
      '\u05d0',
      '5',
      ',',
      '_',
    ]
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 20 }, () => pieces[Math.floor(random() * pieces.length)]).join('')
      const { count, starts, ends } = tokenize(text)
      let at = 0
      for (let i = 0; i < count; i++) {
        expect(text.slice(at, starts[i])).toMatch(/^\s*$/)
        expect(ends[i]).toBeGreaterThan(starts[i])
        at = ends[i]
        const isPair = /[\ud800-\udbff]/.test(text[at - 1]) && /[\udc00-\udfff]/.test(text[at] ?? '')
        expect(isPair, JSON.stringify(text)).toBe(false)
      }
      expect(text.slice(at)).toMatch(/^\s*$/)
    }
  })
})

describe('labels', () => {
  it('reads IOB1 and IOB2, and the names that data sets use', () => {
    const read = (tags: string[]) => entitiesOfTags(tags).map(({ from, to, type }) => [from, to, ENTITY_TYPES[type]])
    expect(read(['I-PER', 'I-PER', 'O', 'I-LOC', 'I-ORG'])).toEqual([
      [0, 2, 'person'],
      [3, 4, 'location'],
      [4, 5, 'organization'],
    ])
    expect(read(['B-person', 'B-person', 'I-product', 'B-corporation', 'I-group'])).toEqual([
      [0, 1, 'person'],
      [1, 2, 'person'],
      [3, 5, 'organization'],
    ])
  })
})

describe('conditional random field', () => {
  it('agrees with all labelings of a short sentence', () => {
    const random = seededRandom(3)
    const chain = new Chain(4)
    for (let round = 0; round < 20; round++) {
      const count = 1 + (round % 3)
      const transitions = Float32Array.from({ length: (LABELS + 1) * LABELS }, () => 2 * random() - 1)
      for (let cell = 0; cell < count * LABELS; cell++) chain.emissions[cell] = 4 * random() - 2
      const all = labelings(count).map((labels) => {
        let score = 0
        labels.forEach((label, i) => {
          const before = i === 0 ? LABELS : labels[i - 1]
          score += chain.emissions[i * LABELS + label] + transitions[before * LABELS + label]
        })
        return { labels, score }
      })
      const best = all.reduce((a, b) => (b.score > a.score ? b : a))
      chain.viterbi(count, transitions)
      expect([...chain.labels.subarray(0, count)]).toEqual(best.labels)
      const sum = all.reduce((total, { score }) => total + Math.exp(score), 0)
      expect(chain.forwardBackward(count, transitions)).toBeCloseTo(Math.log(sum), 9)
      chain.expectTransitions(count, Math.log(sum))
      for (let label = 0; label < LABELS; label++) {
        const mass = all
          .filter(({ labels }) => labels[0] === label)
          .reduce((total, { score }) => total + Math.exp(score), 0)
        expect(chain.probabilities[label]).toBeCloseTo(mass / sum, 9)
        expect(chain.expected[LABELS * LABELS + label]).toBeCloseTo(mass / sum, 9)
      }
    }
  })

  function labelings(count: number): number[][] {
    if (count === 0) return [[]]
    return labelings(count - 1).flatMap((labels) =>
      Array.from({ length: LABELS }, (_, label) => label)
        .filter((label) => mayFollow(labels.at(-1) ?? -1, label))
        .map((label) => [...labels, label]),
    )
  }
})

describe('lexicon', () => {
  it('marks phrases in any spelling', () => {
    const lexicon = new Lexicon(lexiconOf([['new york', 'ada'], ['York']]))
    const text = 'ÁDA lives in New York'
    const tokens = tokenize(text)
    const marks = new Uint16Array(tokens.count)
    lexicon.mark(hashTokens(text, tokens), 0, tokens.count, marks)
    expect([...marks]).toEqual([1, 0, 0, 1, 3])
  })
})

describe('training', () => {
  const model = trainNer(SENTENCES, OPTIONS)
  const tag = makeTagger(model)
  const found = (text: string) => tag(text).map(({ start, end, type }) => `${text.slice(start, end)}/${type}`)

  it('reaches what it was given', () => {
    for (const { tokens, tags } of SENTENCES) {
      const expected = entitiesOfTags(tags).map(
        ({ from, to, type }) => `${tokens.slice(from, to).join(' ')}/${ENTITY_TYPES[type]}`,
      )
      expect(found(tokens.join(' '))).toEqual(expected)
    }
  })

  it('is the same each time, and another with another seed', () => {
    expect(encodeNerModel(trainNer(SENTENCES, OPTIONS))).toEqual(encodeNerModel(model))
    expect(encodeNerModel(trainNer(SENTENCES, { ...OPTIONS, seed: 2 }))).not.toEqual(encodeNerModel(model))
  })

  it('gives offsets in UTF-16 units, and probabilities', () => {
    const text = '😀 Grace 😀😀 met Ada\u0301 Lovelace in London\u200f!'
    for (const { start, end, score } of tag(text)) {
      expect(text.slice(start, end)).toMatch(/^\p{L}/u)
      expect(text.slice(end, end + 1)).not.toMatch(/\p{M}/u)
      expect(score).toBeGreaterThan(0)
      expect(score).toBeLessThanOrEqual(1)
    }
    expect(found(text)).toContain('London/location')
  })

  it('comes back from its file', () => {
    const bytes = encodeNerModel(model)
    const again = decodeNerModel(bytes, 'm')
    expect(encodeNerModel(again)).toEqual(bytes)
    expect(again).toEqual(model)
    // A Buffer of a pool, as files are read.
    const pooled = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)
    expect(decodeNerModel(pooled, 'm')).toEqual(model)
  })

  it('does with fewer features when told to', () => {
    const small = trainNer(SENTENCES, { ...OPTIONS, featuresMax: 100 })
    expect(small.keys.filter((key) => key !== 0).length).toBeLessThanOrEqual(100)
    const sure = makeTagger(small)('Ada Lovelace met Grace in London .').map(({ type }) => type)
    expect(sure).toEqual(['person', 'person', 'location'])
  })

  it('takes no mask for an entity', () => {
    expect(tag('<PERSON> <PERSON> met <PERSON_abcdefghijkl> in <LOCATION> .')).toEqual([])
  })

  it('learns nothing from nothing but O', () => {
    expect(makeTagger(trainNer([sentence('no names here')], OPTIONS))('Ada met Grace')).toEqual([])
  })

  it('takes long, odd and empty sentences', () => {
    const long = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 'Ada/B-PER' : 'met')).join(' ')
    const odd = [
      sentence(long),
      { tokens: [], tags: [] },
      { tokens: ['', '\ud83d', ' '], tags: ['O', 'B-PER', 'I-PER'] },
    ]
    expect(() =>
      trainNer([...SENTENCES, ...odd], { ...OPTIONS, epochs: 1, lowerShare: 1, upperShare: 1 }),
    ).not.toThrow()
  })
})

describe('model files', () => {
  const bytes = encodeNerModel(trainNer(SENTENCES, { ...OPTIONS, epochs: 1 }))
  const changed = (at: number, value: number) => {
    const copy = bytes.slice()
    new DataView(copy.buffer).setUint32(at, value, true)
    return copy
  }

  it.each([
    ['nothing', new Uint8Array(0), /expected an entity model/],
    ['half a file', bytes.subarray(0, bytes.length >> 1), /expected \d+ bytes, got/],
    ['more behind', Buffer.concat([bytes, Buffer.alloc(1)]), /expected \d+ bytes, got/],
    ['another kind', changed(0, 0x12345678), /another kind of file/],
    ['another version', changed(4, 9), /expected version 1, got 9/],
    ['other features', changed(8, 3), /features/],
    ['other labels', changed(12, 3), /labels/],
    ['odd slots', changed(16, 3), /power of two/],
    ['no slots', changed(16, 0), /power of two/],
    ['slots beyond the file', changed(16, 2 ** 24), /expected \d+ bytes, got/],
    ['slots beyond anything', changed(16, 2 ** 31), /power of two/],
    ['entries beyond anything', changed(20, 2 ** 32 - 1), /lexicon entries/],
    ['no scale', changed(28, 0xfff00000), /scale/],
    ['transitions that are no numbers', changed(32, 0x7fc00000), /transitions/],
  ])('%s', (_, file, message) => {
    expect(() => decodeNerModel(file, 'm.mner')).toThrow(ConfigError)
    expect(() => decodeNerModel(file, 'm.mner')).toThrow(message)
  })

  it('is told or harmless, whatever byte is changed', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 300; round++) {
      const copy = bytes.slice()
      copy[Math.floor(random() * copy.length)] ^= 1 << Math.floor(random() * 8)
      try {
        makeTagger(decodeNerModel(copy, 'm'))('Ada met Grace in London.')
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }
  })
})

describe('the shipped model', async () => {
  const tag = makeTagger(decodeNerModel(await readShippedNerModel(), 'shipped'))

  it('finds plain cases', () => {
    const text = 'Margaret Hamilton works for IBM in Berlin.'
    expect(tag(text).map(({ start, end, type }) => [text.slice(start, end), type])).toEqual([
      ['Margaret Hamilton', 'person'],
      ['IBM', 'organization'],
      ['Berlin', 'location'],
    ])
  })

  it('finds nothing in prose without names', () => {
    expect(tag('The weather was nice, so we went for a walk and had some ice cream.')).toEqual([])
  })

  it('gives sound spans for hostile texts', () => {
    for (const unit of [
      'a',
      'A',
      '1',
      '.',
      'A.',
      "'",
      '@',
      '😀',
      '\ud800',
      '\u0301',
      'Ada ',
      'A-',
      'http://',
      '\n',
      ', ',
    ]) {
      const text = unit.repeat(unit === 'a' || unit === 'A-' ? 2 ** 20 : 2 ** 12)
      const spans = tag(text)
      const isSound = spans.every(({ start, end }, i) => start < end && start >= (spans[i - 1]?.end ?? 0))
      expect(isSound, unit).toBe(true)
      expect(spans.at(-1)?.end ?? 0).toBeLessThanOrEqual(text.length)
    }
  })
})
