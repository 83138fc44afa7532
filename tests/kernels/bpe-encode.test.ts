/** The encoder against byte-pair encoding as it is defined: merge the best pair, the leftmost first, until none is left. */
import { describe, expect, it } from 'vitest'
import { BpeEncoder, BpeFaultError, type BpeVocabulary, NONE } from '../../src/kernels/bpe-encode/index.js'
import { type ScannerCodes, scannerCodes } from '../../src/kernels/pretokens/index.js'
import { Random } from '../support/random.js'

const WHOLE: ScannerCodes = scannerCodes('none')

/** Tokens by their bytes as Latin-1, the 256 bytes first, and merges as triples of tokens. */
interface Small {
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [number, number, number])[]
}

const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

/** Merges drawn at random from what there is already. */
function randomMerges(random: Random, count: number, letters: string): Small {
  const tokens = [...BYTES]
  const merges: [number, number, number][] = []
  const usable = [...letters].map((letter) => letter.charCodeAt(0))
  while (merges.length < count) {
    const [left, right] = [random.pick(usable), random.pick(usable)]
    const made = tokens[left] + tokens[right]
    if (made.length > 12 || tokens.includes(made)) continue
    usable.push(tokens.length)
    merges.push([left, right, tokens.length])
    tokens.push(made)
  }
  return { tokens, merges }
}

function vocabularyOf(tokens: readonly string[], merges: Small['merges'] | null, wholePieces = false): BpeVocabulary {
  const offsets = new Uint32Array(tokens.length + 1)
  for (const [i, token] of tokens.entries()) offsets[i + 1] = offsets[i] + token.length
  return {
    bytes: Uint8Array.from(Buffer.from(tokens.join(''), 'latin1')),
    offsets,
    ids: Uint32Array.from(tokens, (_, i) => i * 3 + 7), // ids are not token numbers
    alphabet: Uint32Array.from(BYTES.keys()),
    characters: null,
    merges: merges && Uint32Array.from(merges.flat()),
    wholePieces,
  }
}

/** Token numbers of a text, by the definition. `rank` gives what two merge to, and how good that is. */
function plainEncode(
  text: string,
  rank: (left: number, right: number) => readonly [number, number] | undefined,
): number[] {
  const parts = [...text].map((letter) => letter.charCodeAt(0))
  for (;;) {
    let best: readonly [number, number] | undefined
    let at = -1
    for (let i = 0; i + 1 < parts.length; i++) {
      const merge = rank(parts[i], parts[i + 1])
      if (merge !== undefined && (best === undefined || merge[1] < best[1])) {
        best = merge
        at = i
      }
    }
    if (best === undefined) return parts
    parts.splice(at, 2, best[0])
  }
}

function byMerges({ merges }: Small): (left: number, right: number) => readonly [number, number] | undefined {
  const table = new Map(merges.map(([left, right, made], i) => [`${left} ${right}`, [made, i] as const]))
  return (left, right) => table.get(`${left} ${right}`)
}

function encoded(encoder: BpeEncoder, text: string): number[] {
  return [...encoder.encode(WHOLE, encoder.write(text))].map((id) => (id - 7) / 3)
}

function randomWord(random: Random, letters: string, lengthMax: number): string {
  let text = ''
  for (let left = random.below(lengthMax + 1); left > 0; left--) text += random.pick([...letters])
  return text
}

describe('merges in order', () => {
  it.each(['a', 'ab', 'abc', 'abcdefgh'])('random vocabularies over %s', (letters) => {
    const random = new Random(31 + letters.length)
    for (let round = 0; round < 60; round++) {
      const small = randomMerges(random, Math.min(2 + random.below(40), letters === 'a' ? 8 : 40), letters)
      const encoder = new BpeEncoder(vocabularyOf(small.tokens, small.merges))
      const rank = byMerges(small)
      for (let i = 0; i < 60; i++) {
        const text = randomWord(random, letters, 40)
        expect(encoded(encoder, text), JSON.stringify([small.tokens.slice(256), text])).toEqual(plainEncode(text, rank))
      }
    }
  })

  it('a merge that never happens makes no token', () => {
    // bc comes first, so ab and then abc (of ab and c) are never made; a·bc is no merge.
    const tokens = [...BYTES, 'bc', 'ab', 'abc']
    const merges = [
      [98, 99, 256],
      [97, 98, 257],
      [257, 99, 258],
    ] as const
    const encoder = new BpeEncoder(vocabularyOf(tokens, merges))
    expect(encoder.reachedCount).toBe(258)
    expect(encoded(encoder, 'abc')).toEqual([97, 256])
    expect(encoded(new BpeEncoder(vocabularyOf(tokens, merges, true)), 'abc')).toEqual([258])
  })

  it('of two merges that give the same, the one whose parts meet', () => {
    const tokens = [...BYTES, 'bc', 'ab', 'abc']
    const merges = [
      [98, 99, 256],
      [97, 98, 257],
      [257, 99, 258],
      [97, 256, 258],
    ] as const
    const encoder = new BpeEncoder(vocabularyOf(tokens, merges))
    expect(encoder.reachedCount).toBe(259)
    expect(encoded(encoder, 'abcab')).toEqual([258, 257])
  })
})

describe('ranks without merges', () => {
  /** As training makes them: each token is what its bytes become when it is the last. */
  function trainedTokens(random: Random, count: number): string[] {
    const tokens = [...BYTES]
    while (tokens.length < 256 + count) {
      const made = random.pick([97, 98, 99, ...tokens.slice(256).map((_, i) => 256 + i)].map((i) => tokens[i]))
      const text = made + random.pick(['a', 'b', 'c', ...tokens.slice(256)])
      if (!tokens.includes(text) && plainEncode(text, byRank(tokens)).length === 2) tokens.push(text)
    }
    return tokens
  }

  function byRank(tokens: readonly string[]): (left: number, right: number) => readonly [number, number] | undefined {
    const number = new Map(tokens.map((token, i) => [token, i]))
    return (left, right) => {
      const made = number.get(tokens[left] + tokens[right])
      return made === undefined ? undefined : [made, made]
    }
  }

  it('neighbors merge when their bytes are a token, the lowest rank first', () => {
    const random = new Random(77)
    for (let round = 0; round < 60; round++) {
      const tokens = trainedTokens(random, 2 + random.below(30))
      const encoder = new BpeEncoder(vocabularyOf(tokens, null, true))
      expect(encoder.reachedCount).toBe(tokens.length)
      for (let i = 0; i < 50; i++) {
        const text = randomWord(random, 'abc', 30)
        const expected = plainEncode(text, byRank(tokens))
        expect(encoded(encoder, text), JSON.stringify([tokens.slice(256), text])).toEqual(expected)
      }
    }
  })

  it('a token that nothing merges to is only a whole piece', () => {
    const tokens = [...BYTES, 'ab', 'cab', 'abab', 'xyz']
    const encoder = new BpeEncoder(vocabularyOf(tokens, null, true))
    expect(encoder.reachedCount).toBe(259)
    expect(encoded(encoder, 'xyz')).toEqual([259])
    expect(encoded(encoder, 'xyzab')).toEqual([120, 121, 122, 256])
  })
})

describe('characters', () => {
  it('of those without a token, the tokens of their bytes, or the unknown one; nothing merges across', () => {
    const texts = ['a', 'b', 'é', 'ab', 'éa', '<41>', '<e2>', '<82>', '<ac>', '?']
    const parts = texts.map((text) => Buffer.from(text))
    const offsets = new Uint32Array(parts.length + 1)
    for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length
    const fallbackIds = new Uint32Array(256).fill(NONE)
    for (const [byte, id] of [
      [0xe2, 6],
      [0x82, 7],
      [0xac, 8],
    ])
      fallbackIds[byte] = id
    const encoder = (fallback: Uint32Array | null, fuseUnknown: boolean): ((text: string) => number[]) => {
      const made = new BpeEncoder({
        bytes: Buffer.concat(parts),
        offsets,
        ids: Uint32Array.from(texts.keys()),
        alphabet: Uint32Array.of(0, 1, 2),
        characters: { fallbackIds: fallback, unknownId: 9, fuseUnknown },
        merges: Uint32Array.of(0, 1, 3, 2, 0, 4),
        wholePieces: false,
      })
      return (text) => [...made.encode(WHOLE, made.write(text))]
    }
    expect(encoder(fallbackIds, false)('abéa€ab')).toEqual([3, 4, 6, 7, 8, 3])
    expect(encoder(fallbackIds, false)('a€b$$')).toEqual([0, 6, 7, 8, 1, 9, 9])
    expect(encoder(fallbackIds, true)('$$a$€$')).toEqual([9, 0, 9, 6, 7, 8, 9])
    expect(encoder(null, true)('€€éa')).toEqual([9, 4])
  })
})

describe('faults', () => {
  const fault = (vocabulary: BpeVocabulary): unknown => {
    try {
      new BpeEncoder(vocabulary)
    } catch (error) {
      return error instanceof BpeFaultError ? error.about : error
    }
    return null
  }
  it('tokens with the same bytes', () => {
    expect(fault(vocabularyOf([...BYTES, 'ab', 'cd', 'ab'], []))).toEqual({
      fault: 'same-bytes',
      token: 258,
      other: 256,
    })
  })
  it('a merge whose parts are only made later', () => {
    // abc is made of ab and c, and ab only by the second merge: then the first would come after it.
    const merges = [
      [257, 99, 256],
      [97, 98, 257],
    ] as const
    expect(fault(vocabularyOf([...BYTES, 'abc', 'ab'], merges))).toEqual({ fault: 'late-parts', index: 0 })
    expect(fault(vocabularyOf([...BYTES, 'abcd', 'ab', 'cd'], null))).toEqual({ fault: 'late-parts', index: 256 })
  })
})

describe('pieces and parts of a text', () => {
  const small = randomMerges(new Random(5), 60, 'abc ')
  const encoder = new BpeEncoder(vocabularyOf(small.tokens, small.merges))
  const gpt2 = scannerCodes('gpt2')

  it('pieces given by their ends are those of the scanner', () => {
    const text = 'abc abcab  cab bbb ca'
    const ends = Uint32Array.of(3, 9, 10, 14, 18, 21)
    const expected = [...encoder.encode(gpt2, encoder.write(text))]
    encoder.write(text)
    expect([...encoder.encodePieces(ends)]).toEqual(expected)
  })

  it('what is settled, and the rest later, is the whole', () => {
    const random = new Random(6)
    for (let round = 0; round < 200; round++) {
      const text = randomWord(random, 'abc ', 60)
      const whole = [...encoder.encode(gpt2, encoder.write(text))]
      const cut = random.below(text.length + 1)
      const length = encoder.write(text.slice(0, cut))
      const { ids, settledBytes } = encoder.encodeSettled(gpt2, length)
      const parts = [...ids]
      encoder.drop(settledBytes, length)
      parts.push(...encoder.encode(gpt2, encoder.write(text.slice(cut), length - settledBytes)))
      expect(parts, JSON.stringify([text, cut])).toEqual(whole)
    }
  })

  it('pieces that differ in length or in their last zeros only', () => {
    const random = new Random(9)
    for (let round = 0; round < 300; round++) {
      const text = randomWord(random, 'ab\0', 18)
      const expected = plainEncode(text, byMerges(small))
      const ids = (): number[] => [...encoder.encode(WHOLE, encoder.write(text))].map((id) => (id - 7) / 3)
      expect(ids(), JSON.stringify(text)).toEqual(expected)
      expect(ids(), JSON.stringify(text)).toEqual(expected) // as it was kept
    }
  })

  it('a text larger than any before it, and a small one behind it', () => {
    const random = new Random(8)
    const large = randomWord(random, 'abc ', 0) + 'abc '.repeat(100_000)
    const [first] = encoder.encode(gpt2, encoder.write('abc'))
    expect(encoder.encode(gpt2, encoder.write(large))[0]).toBe(first)
    expect([...encoder.encode(gpt2, encoder.write('abc'))]).toContain(first)
  })
})
