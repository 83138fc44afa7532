/** dedup-paragraphs, dedup-sentences and dedup-lines beside plain programs that compare everything with everything. */
import { describe, expect, test } from 'vitest'
import { normalizePart, withoutParts } from '../../src/dedup/parts.js'
import type { Document } from '../../src/document/document.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { splitAtLineFeeds } from '../../src/text/lines.js'
import dedupNgrams from '../../stages/dedup-ngrams.js'
import dedupParagraphs from '../../stages/dedup-paragraphs.js'
import dedupSentences from '../../stages/dedup-sentences.js'
import dedupSubstrings from '../../stages/dedup-substrings.js'
import { documentOf, optionsOf, RESOURCES } from '../support/dedup.js'
import { Random } from '../support/random.js'

function documents(texts: readonly string[]): Document[] {
  return texts.map((text, i) => documentOf({ id: `d${i}`, text }))
}

async function paragraphs(texts: readonly string[], over: Record<string, unknown> = {}) {
  const options = optionsOf(dedupParagraphs, over)
  const { outcomes } = await runCorpusInMemory(dedupParagraphs.corpus, options, RESOURCES, documents(texts))
  return outcomes
}

async function sentences(texts: readonly string[], over: Record<string, unknown> = {}) {
  const options = optionsOf(dedupSentences, { wordCountMin: 0, sentenceCountMin: 0, ...over })
  const { outcomes } = await runCorpusInMemory(dedupSentences.corpus, options, RESOURCES, documents(texts))
  return outcomes
}

const texts = (outcomes: Awaited<ReturnType<typeof paragraphs>>, input: readonly string[]) =>
  outcomes.map(({ verdict, edit }, i) => (verdict === 'drop' ? null : (edit?.text ?? input[i])))

describe('dedup-paragraphs', () => {
  const pages = ['Read more!\nOne story.', 'READ MORE\nAnother, of 2025.\n\nLast', 'another of 2024\nread more', 'last']

  test('takes out all copies but the first, without case, punctuation and the value of digits', async () => {
    const outcomes = await paragraphs(pages)
    expect(texts(outcomes, pages)).toEqual(['Read more!\nOne story.', 'Another, of 2025.\n\nLast', null, null])
    expect(outcomes[1].signals).toEqual({ repeatedParts: 1, repeatedShare: 9 / 33 })
    expect([outcomes[0].signals, outcomes[2].reason]).toEqual([{}, 'repeatedParts'])
  })

  test('its options', async () => {
    expect(texts(await paragraphs(pages, { compare: 'exact' }), pages)).toEqual(pages)
    expect(texts(await paragraphs(pages, { copiesMin: 3 }), pages)).toEqual([
      pages[0],
      'Another, of 2025.\n\nLast',
      'another of 2024',
      'last',
    ])
    expect(texts(await paragraphs(pages, { keep: 'none' }), pages)).toEqual(['One story.', null, null, null])
    expect(texts(await paragraphs(pages, { lengthMin: 6 }), pages)[3]).toBe('last')
    const byParagraph = [pages[0], pages[1], pages[2], null]
    expect(texts(await paragraphs(pages, { unit: 'paragraph' }), pages)).toEqual(byParagraph)
    expect(texts(await paragraphs(pages, { action: 'annotate' }), pages)).toEqual(pages)
    expect(texts(await paragraphs(pages, { textLengthMin: 23 }), pages)[1]).not.toBeNull()
    expect(texts(await paragraphs(pages, { textLengthMin: 24 }), pages)[1]).toBeNull()
  })

  test('what is nothing but marks or white space is no part; a document without parts passes', async () => {
    const odd = ['---\n \n\u0000', '---\n \n\u0000', '', '\n\n\n']
    expect(texts(await paragraphs(odd), odd)).toEqual(odd)
  })

  test.each([
    [1, 'first', 2],
    [2, 'none', 2],
    [3, 'first', 4],
  ] as const)(
    '2,000 documents as a plain program has it (seed %i, keep %s, from %i copies)',
    async (seed, keep, copiesMin) => {
      const random = new Random(seed)
      const line = () =>
        `Line ${random.below(3000).toString(36)} ${'x'.repeat(random.below(4))}${random.pick(['.', '', '!'])}`
      const input = Array.from({ length: 2000 }, () => Array.from({ length: random.below(7) }, line).join('\n'))
      const places = new Map<string, [document: number, line: number][]>()
      for (const [document, text] of input.entries()) {
        for (const [number, content] of text.split('\n').entries()) {
          const key = normalizePart(content)
          if (key === '') continue
          if (!places.has(key)) places.set(key, [])
          places.get(key)?.push([document, number])
        }
      }
      const gone = input.map(() => new Set<number>())
      for (const copies of places.values()) {
        if (copies.length < copiesMin) continue
        for (const [document, number] of copies.slice(keep === 'first' ? 1 : 0)) gone[document].add(number)
      }
      const expected = input.map((text, i) => {
        if (gone[i].size === 0) return text
        const rest = text.split('\n').filter((_, number) => !gone[i].has(number))
        return rest.length === 0 ? null : rest.join('\n')
      })
      expect(texts(await paragraphs(input, { keep, copiesMin }), input)).toEqual(expected)
    },
  )

  test('a template in very many documents costs each of them its lines, no more', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, i) => `The same footer on all pages.\nStory ${i.toString(2).replaceAll('0', 'n').replaceAll('1', 'i')}.`,
    )
    const outcomes = await paragraphs(many)
    expect(outcomes.filter(({ edit }) => edit !== null).length).toBeGreaterThan(2990)
  })
})

describe('dedup-sentences', () => {
  const story = 'A comes first. B follows it. C is third. D is the last.'

  test('takes out spans of three that stood elsewhere', async () => {
    const input = [story, 'Z begins. b follows it! C is third? D is the last. And an end.', 'B follows it. C is third.']
    const outcomes = await sentences(input)
    expect(texts(outcomes, input)).toEqual([story, 'Z begins. And an end.', input[2]])
    expect(outcomes[1].signals).toEqual({ repeatedSentences: 3, repeatedShare: 0.6 })
    expect(texts(await sentences(input, { spanSentences: 2 }), input)[2]).toBe('')
  })

  test('within a document too, and overlapping spans join', async () => {
    expect(texts(await sentences([`${story} ${story}`]), [''])).toEqual([story])
  })

  test('what is left must be long enough; what had nothing taken out may be short', async () => {
    const input = [story, `${story} E.`, 'Short.']
    const reasons = async (over: Record<string, unknown>) => (await sentences(input, over)).map(({ reason }) => reason)
    expect(await reasons({ sentenceCountMin: 2 })).toEqual(['', 'tooFewSentences', ''])
    expect(await reasons({ wordCountMin: 4 })).toEqual(['', 'tooFewWords', ''])
    expect(await reasons({})).toEqual(['', '', ''])
  })
})

describe('dedup-ngrams', () => {
  async function ngrams(texts: readonly string[], over: Record<string, unknown> = {}) {
    const options = optionsOf(dedupNgrams, over)
    return (await runCorpusInMemory(dedupNgrams.corpus, options, RESOURCES, documents(texts))).outcomes
  }

  test('a paragraph goes when most of its n-grams stand earlier', async () => {
    const input = ['one two three four five six', 'ONE, two. three (four) five six seven', 'one two three zero\nnine']
    const outcomes = await ngrams(input, { ngramWords: 3 })
    expect(texts(outcomes, input)).toEqual([input[0], null, input[2]]) // 4 of 5; 1 of 2
    expect(outcomes[1].signals).toEqual({ repeatedParagraphs: 1, seenShare: 0.8 })
    expect(outcomes[2].signals).toEqual({ repeatedParagraphs: 0, seenShare: 0.5 })
    expect(texts(await ngrams(input, { ngramWords: 3, overlapMin: 0.5 }), input)[2]).toBe('nine')
    expect(texts(await ngrams(input, { ngramWords: 3, overlapMin: 0.81 }), input)).toEqual(input)
  })

  test('short paragraphs, and scripts without spaces', async () => {
    const input = ['too short\nalso', 'Too short!\nother', '今天天气很好', '今天天气很坏']
    expect(texts(await ngrams(input, { ngramWords: 3 }), input)).toEqual(input) // 3 of 4 n-grams: below 0.8
    expect(texts(await ngrams(input, { ngramWords: 3, short: 'whole', overlapMin: 0.75 }), input)).toEqual([
      input[0],
      'other',
      input[2],
      null,
    ])
  })

  test.each([1, 2, 3])('600 documents as a plain program has it (seed %i)', async (seed) => {
    const random = new Random(seed)
    const words = (count: number) => Array.from({ length: count }, () => `w${random.below(40)}`)
    const pool = Array.from({ length: 30 }, () => words(4 + random.below(12)))
    const paragraph = () => {
      const copy = random.below(2) === 0 ? [...random.pick(pool)] : words(1 + random.below(8))
      if (copy.length > 0 && random.below(2) === 0) copy[random.below(copy.length)] = `w${random.below(40)}`
      return copy.join(' ')
    }
    const input = Array.from({ length: 600 }, () => Array.from({ length: 1 + random.below(4) }, paragraph).join('\n'))
    const seen = new Set<string>()
    const expected = input.map((text) => {
      const left = text.split('\n').filter((line) => {
        const list = line.split(' ').filter((word) => word !== '')
        const own = list.slice(0, Math.max(0, list.length - 3)).map((_, i) => list.slice(i, i + 4).join(' '))
        let known = 0
        for (const ngram of own) {
          if (seen.has(ngram)) known++
          seen.add(ngram)
        }
        return own.length === 0 || known === 0 || known < 0.8 * own.length
      })
      return left.length === 0 ? null : left.join('\n')
    })
    const got = texts(await ngrams(input, { ngramWords: 4 }), input)
    expect(got).toEqual(expected)
    expect(got.filter((text) => text === null).length).toBeGreaterThan(20)
  })
})

describe('dedup-substrings', () => {
  async function substrings(texts: readonly string[], over: Record<string, unknown> = {}) {
    const options = optionsOf(dedupSubstrings, over)
    return (await runCorpusInMemory(dedupSubstrings.corpus, options, RESOURCES, documents(texts))).outcomes
  }

  test('takes out what stands earlier, over line breaks, and nothing shorter', async () => {
    const input = ['It was a dark and stormy night.', 'They say it was:\nIt was a\ndark and silent.', 'was a dark']
    expect(texts(await substrings(input, { tokensMin: 5 }), input)).toEqual([
      input[0],
      'They say it was:\nsilent.',
      input[2],
    ])
    const outcomes = await substrings(input, { tokensMin: 3 })
    expect(texts(outcomes, input)).toEqual([input[0], 'They say it was:\nsilent.', null])
    expect(outcomes[1].signals).toEqual({ repeatedTokens: 5, repeatedShare: 0.5 })
    expect(texts(await substrings(input, { tokensMin: 3, action: 'annotate' }), input)).toEqual(input)
  })

  test('a repeat within itself keeps its first copy', async () => {
    expect(texts(await substrings(['na na na na na hey'], { tokensMin: 2 }), [''])).toEqual(['na hey'])
  })

  test('cuts between letters where there are no spaces, never between a letter and its marks or the halves of a pair', async () => {
    const input = ['这里写着同样的话。', '那里也写着同样的话吗？', 'ที่นี่ดีมาก', 'มีที่นี่ดีมาก', '𠀀𠀁𠀂𠀃', 'x 𠀀𠀁𠀂𠀃']
    const rest = [input[0], '那里也吗？', input[2], 'มี', input[4], 'x']
    expect(texts(await substrings(input, { tokensMin: 4 }), input)).toEqual(rest)
  })

  test.each([
    [1, 2],
    [2, 5],
    [3, 6],
    [4, 9],
  ])('2,000 documents as a plain program has it (seed %i, %i tokens)', async (seed, tokensMin) => {
    const random = new Random(seed)
    const word = () => `${random.pick(['', 'A', '(a'])}${random.below(60)}${random.pick(['', '', ','])}`
    const pool = Array.from({ length: 40 }, () => Array.from({ length: 5 + random.below(30) }, word))
    const input = Array.from({ length: 2000 }, () => {
      const parts = Array.from({ length: random.below(4) }, () => {
        const source = random.pick(pool)
        const from = random.below(source.length)
        return [word(), ...source.slice(from, from + 3 + random.below(15))].join(' ')
      })
      return parts.join('\n')
    })
    const seen = new Set<string>()
    const expected = input.map((text) => {
      const words = [...text.matchAll(/\S+/g)]
      const gone = words.map(() => false)
      for (let i = 0; i + tokensMin <= words.length; i++) {
        const window = words.slice(i, i + tokensMin).join(' ')
        if (seen.has(window)) gone.fill(true, i, i + tokensMin)
        seen.add(window)
      }
      if (!gone.includes(true)) return text
      if (!gone.includes(false)) return null
      let rest = ''
      let gap = ''
      for (const [i, match] of words.entries()) {
        if (!gone[i]) rest += gap + match[0]
        const end = match.index + match[0].length
        if (!gone[i] || rest === '') gap = rest === '' ? '' : text.slice(end, words[i + 1]?.index ?? end)
      }
      return rest
    })
    expect(texts(await substrings(input, { tokensMin }), input)).toEqual(expected)
  })
})

test('a text without parts: random ones, beside joining what is left', () => {
  const random = new Random(4)
  for (let round = 0; round < 500; round++) {
    const lines = Array.from({ length: 1 + random.below(6) }, () => random.pick(['a', 'bb', 'c c', 'd']))
    const text = lines.join('\n')
    const removed = lines.map((_, i) => i).filter(() => random.below(2) === 0)
    expect(withoutParts(text, splitAtLineFeeds(text, 1), removed)).toBe(
      lines.filter((_, i) => !removed.includes(i)).join('\n'),
    )
  }
})
