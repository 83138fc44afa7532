import { describe, expect, it } from 'vitest'
import { countsOf, sumTokenStatistics, TokenStatistics } from '../../src/tokenizer/token-statistics.js'
import { summarizeTokens, type TokenVocabulary, tokenText, trainingSizes } from '../../src/tokenizer/token-summary.js'
import { Random } from '../support/random.js'

/** A token a byte, then some of two and three, and a special one. */
const LONGER = ['th', 'the', ' t', '日']
const vocabulary: TokenVocabulary = {
  size: 256 + LONGER.length + 1,
  bytesOf: (id) => (id < 256 ? Uint8Array.of(id) : id < 260 ? Buffer.from(LONGER[id - 256]) : null),
}

function statisticsOf(
  documents: readonly { text: string; language: string; source: string; ids: number[] }[],
  every = 1,
) {
  const statistics = new TokenStatistics(vocabulary.size, every)
  for (const { ids, ...document } of documents) statistics.add(document, Uint32Array.from(ids))
  return statistics.part()
}

const ENGLISH = { text: 'the tea', language: 'en', source: 'web', ids: [257, 258, 101, 97] }
const JAPANESE = { text: '日本', language: 'ja', source: 'web', ids: [259, 0xe6, 0x9c, 0xac] }
const UNKNOWN = { text: 'the', language: '', source: 'books', ids: [257] }

describe('token statistics', () => {
  it('count documents, bytes, tokens and words by language and source', () => {
    expect(statisticsOf([ENGLISH, JAPANESE, UNKNOWN])).toEqual({
      vocabularySize: 261,
      all: { documents: 3, bytes: 7 + 6 + 3, tokens: 9, words: 2 + 2 + 1, wordsTokens: 9 },
      languages: [
        ['en', { documents: 1, bytes: 7, tokens: 4, words: 2, wordsTokens: 4 }],
        ['ja', { documents: 1, bytes: 6, tokens: 4, words: 2, wordsTokens: 4 }],
        ['unknown', { documents: 1, bytes: 3, tokens: 1, words: 1, wordsTokens: 1 }],
      ],
      sources: [
        ['books', { documents: 1, bytes: 3, tokens: 1, words: 1, wordsTokens: 1 }],
        ['web', { documents: 2, bytes: 13, tokens: 8, words: 4, wordsTokens: 8 }],
      ],
      counts: [97, 1, 101, 1, 0x9c, 1, 0xac, 1, 0xe6, 1, 257, 2, 258, 1, 259, 1],
    })
  })

  it('count words in the first of so many documents of each language', () => {
    const { all, languages } = statisticsOf([ENGLISH, ENGLISH, JAPANESE, ENGLISH, ENGLISH], 3)
    expect(all).toMatchObject({ documents: 5, tokens: 20, words: 2 + 2 + 2, wordsTokens: 12 })
    expect(languages.map(([name, { words }]) => [name, words])).toEqual([
      ['en', 4],
      ['ja', 2],
    ])
  })

  it('add up to the same, however the documents were cut into parts', () => {
    const random = new Random(5)
    const documents = Array.from({ length: 200 }, () => random.pick([ENGLISH, JAPANESE, UNKNOWN]))
    const whole = statisticsOf(documents)
    const parts = []
    for (let at = 0; at < documents.length; ) {
      const count = 1 + random.below(30)
      // A part travels as JSON.
      parts.push(JSON.parse(JSON.stringify(statisticsOf(documents.slice(at, at + count)))))
      at += count
    }
    expect(sumTokenStatistics(parts)).toEqual(whole)
    expect(sumTokenStatistics(parts.reverse())).toEqual(whole)
    expect(sumTokenStatistics([sumTokenStatistics(parts.slice(0, 3)), ...parts.slice(3)])).toEqual(whole)
  })

  it('are empty without documents', () => {
    const empty = statisticsOf([])
    expect(empty.counts).toEqual([])
    expect(sumTokenStatistics([empty, statisticsOf([ENGLISH]), empty])).toEqual(statisticsOf([ENGLISH]))
    const { all, unused } = summarizeTokens(empty, vocabulary)
    expect(all.bytesPerToken).toBeNaN()
    expect(unused.count).toBe(260)
  })

  it('refuse what belongs to another vocabulary', () => {
    const statistics = new TokenStatistics(10)
    expect(() => statistics.add(ENGLISH, Uint32Array.of(10))).toThrow('expected ids below 10, got 10')
    const [ten, eleven] = [new TokenStatistics(10).part(), new TokenStatistics(11).part()]
    expect(() => sumTokenStatistics([ten, eleven])).toThrow('expected a vocabulary of 10 tokens, got 11')
    expect(() => countsOf({ ...ten, counts: [10, 1] })).toThrow('expected tokens below 10, got 10')
  })

  it('tell a bounded number of sources apart', () => {
    const documents = Array.from({ length: 1_500 }, (_, i) => ({ ...UNKNOWN, source: `https://${i}.example` }))
    const { sources, all } = statisticsOf(documents)
    expect(sources.length).toBe(1_001)
    expect(sources.find(([name]) => name === 'others')?.[1].documents).toBe(500)
    expect(all.documents).toBe(1_500)
  })
})

describe('a summary of token statistics', () => {
  const summary = summarizeTokens(
    sumTokenStatistics([statisticsOf([ENGLISH, JAPANESE, UNKNOWN]), statisticsOf(Array(9).fill(ENGLISH))]),
    vocabulary,
  )

  it('has the ratios, the largest group first', () => {
    const row = ({ name, tokens, bytesPerToken, tokensPerWord }: (typeof summary.languages)[number]) => [
      name,
      tokens,
      bytesPerToken,
      tokensPerWord,
    ]
    expect(summary.languages.map(row)).toEqual([
      ['en', 40, 70 / 40, 2],
      ['ja', 4, 6 / 4, 2],
      ['unknown', 1, 3, 1],
    ])
    expect(row(summary.all)).toEqual(['all', 45, 79 / 45, 45 / 23])
  })

  it('names tokens that are not used, that are rare, and the longest', () => {
    // 256 bytes less five that occur, and "th"; the special token counts nowhere.
    expect(summary.vocabularyUsable).toBe(260)
    expect(summary.unused.count).toBe(252)
    expect(summary.unused.examples.slice(0, 3).map(({ text }) => text)).toEqual(['th', '\0', '\u0001'])
    // Ten times: "e" and "a" and " t"; eleven times "the".
    expect(summary.rare).toEqual([
      { below: 10, count: 4 },
      { below: 100, count: 8 },
      { below: 1_000, count: 8 },
    ])
    expect(summary.longest.slice(0, 3)).toEqual([
      { id: 257, text: 'the', bytes: 3, count: 11 },
      { id: 259, text: '日', bytes: 3, count: 1 },
      { id: 258, text: ' t', bytes: 2, count: 10 },
    ])
  })

  it('shows bytes that are no characters as bytes', () => {
    expect(tokenText(Uint8Array.of(0xe6, 0x97))).toBe('<e6 97>')
    expect(tokenText(Buffer.from('\ufeffa'))).toBe('\ufeffa')
  })

  it('says how large a model the tokens are enough for', () => {
    // Chinchilla: 70 billion parameters on 1.4 trillion tokens. Llama 3 8B: 15 trillion.
    expect(trainingSizes(1.4e12)[0]).toMatchObject({
      tokensPerParameter: 20,
      parameters: 70e9,
      parametersRepeated: 280e9,
    })
    expect(trainingSizes(15e12)[2]?.parameters).toBe(8e9)
  })
})
