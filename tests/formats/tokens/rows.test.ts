import { describe, expect, it } from 'vitest'
import { type TokenOptions, type TokenRow, TokenRows } from '../../../src/formats/tokens/rows.js'
import { Random } from '../../support/random.js'
import { randomTokens, type TokenDocument } from '../../support/token-shards.js'

const PLAIN: TokenOptions = { vocabularySize: 100, endOfDocument: null, sequenceLength: null, rest: 'drop' }

function rowsOf(documents: readonly TokenDocument[], options: TokenOptions) {
  const rows: TokenRow[] = []
  const maker = new TokenRows(options, ({ tokens, pieces }) => rows.push({ tokens: tokens.slice(), pieces }))
  for (const { id, ids } of documents) maker.add(id, ids)
  return { counts: maker.finish(), rows }
}

const documents = (...lists: number[][]): TokenDocument[] =>
  lists.map((ids, i) => ({ id: 'abcdefgh'.charAt(i), ids: Uint32Array.from(ids) }))

const shown = (rows: readonly TokenRow[]) =>
  rows.map(
    ({ tokens, pieces }) => `${tokens.join(' ')} | ${pieces.map((p) => `${p.id}@${p.offset}+${p.length}`).join(' ')}`,
  )

describe('rows of a token shard', () => {
  it('are the documents, those without tokens left out', () => {
    const { rows, counts } = rowsOf(documents([1, 2], [], [3]), PLAIN)
    expect(shown(rows)).toEqual(['1 2 | a@0+2', '3 | c@0+1'])
    expect(counts).toEqual({
      documents: 2,
      documentsEmpty: 1,
      documentsDropped: 0,
      rows: 2,
      tokens: 3,
      tokensDropped: 0,
    })
  })

  it('end in the end-of-document token, which no empty document gets', () => {
    const { rows, counts } = rowsOf(documents([1, 2], [], [3]), { ...PLAIN, endOfDocument: 99 })
    expect(shown(rows)).toEqual(['1 2 99 | a@0+3', '3 99 | c@0+2'])
    expect(counts.tokens).toBe(5)
  })

  it('of one length cut documents where a row ends', () => {
    const input = documents([1, 2, 3, 4, 5, 6, 7], [8], [9, 10], [11, 12])
    const { rows, counts } = rowsOf(input, { ...PLAIN, sequenceLength: 3 })
    expect(shown(rows)).toEqual([
      '1 2 3 | a@0+3',
      '4 5 6 | a@3+3',
      '7 8 9 | a@6+1 b@0+1 c@0+1',
      '10 11 12 | c@1+1 d@0+2',
    ])
    expect(counts).toEqual({
      documents: 4,
      documentsEmpty: 0,
      documentsDropped: 0,
      rows: 4,
      tokens: 12,
      tokensDropped: 0,
    })
  })

  it('drop or keep the rest', () => {
    const input = documents([1, 2, 3, 4], [5], [6])
    const options = { ...PLAIN, sequenceLength: 3, endOfDocument: 0 }
    const dropped = rowsOf(input, options)
    expect(shown(dropped.rows)).toEqual(['1 2 3 | a@0+3', '4 0 5 | a@3+2 b@0+1', '0 6 0 | b@1+1 c@0+2'])
    expect(dropped.counts.tokensDropped).toBe(0)
    const shorter = rowsOf(input, { ...options, sequenceLength: 7 })
    expect(shown(shorter.rows)).toEqual(['1 2 3 4 0 5 0 | a@0+5 b@0+2'])
    expect(shorter.counts).toEqual({
      documents: 2,
      documentsEmpty: 0,
      documentsDropped: 1,
      rows: 1,
      tokens: 7,
      tokensDropped: 2,
    })
    const kept = rowsOf(input, { ...options, sequenceLength: 7, rest: 'keep' })
    expect(shown(kept.rows)).toEqual(['1 2 3 4 0 5 0 | a@0+5 b@0+2', '6 0 | c@0+2'])
    expect(kept.counts).toMatchObject({ documents: 3, documentsDropped: 0, tokens: 9, tokensDropped: 0 })
  })

  it('tell documents of the same id apart', () => {
    const same = [Uint32Array.of(1), Uint32Array.of(2), Uint32Array.of(3)].map((ids) => ({ id: 'same', ids }))
    const { rows, counts } = rowsOf(same, { ...PLAIN, sequenceLength: 3 })
    expect(shown(rows)).toEqual(['1 2 3 | same@0+1 same@0+1 same@0+1'])
    expect(counts.documents).toBe(3)
  })

  it.each([
    [{ vocabularySize: 0 }, 'vocabulary size 0'],
    [{ vocabularySize: 2 ** 31 + 1 }, 'vocabulary size 2147483649'],
    [{ endOfDocument: 100 }, 'end-of-document token 100'],
    [{ sequenceLength: 0 }, 'sequence length 0'],
  ])('refuse options that make no sense: %j', (over, message) => {
    expect(() => new TokenRows({ ...PLAIN, ...over }, () => {})).toThrow(message)
  })

  it('refuse an id outside of the vocabulary', () => {
    expect(() => rowsOf(documents([1, 100]), PLAIN)).toThrow('document a: expected ids below 100, got 100')
  })

  it.each(Array.from({ length: 40 }, (_, seed) => seed))('lose and invent nothing (seed %i)', (seed) => {
    const random = new Random(seed)
    const input = randomTokens(random, random.below(60), 100)
    const options: TokenOptions = {
      vocabularySize: 100,
      endOfDocument: random.pick([null, 7]),
      sequenceLength: random.pick([null, 1, 2, 13, 500]),
      rest: random.pick(['drop', 'keep']),
    }
    const { rows, counts } = rowsOf(input, options)
    const end = options.endOfDocument === null ? [] : [options.endOfDocument]
    const nonEmpty = input.filter(({ ids }) => ids.length > 0)
    const stream = nonEmpty.flatMap(({ ids }) => [...ids, ...end])
    const { sequenceLength, rest } = options
    const kept =
      sequenceLength === null || rest === 'keep' ? stream.length : stream.length - (stream.length % sequenceLength)
    expect(rows.flatMap(({ tokens }) => [...tokens])).toEqual(stream.slice(0, kept))
    expect(counts).toMatchObject({ rows: rows.length, tokens: kept, tokensDropped: stream.length - kept })
    expect(counts.documents + counts.documentsEmpty + counts.documentsDropped).toBe(input.length)
    // Each piece is where it says: the documents are put together again from the rows.
    const back: { id: string; ids: number[] }[] = []
    const misplaced: string[] = []
    for (const { tokens, pieces } of rows) {
      let at = 0
      for (const { id, offset, length } of pieces) {
        if (offset === 0) back.push({ id, ids: [] })
        const document = back[back.length - 1]
        if (document.ids.length !== offset || document.id !== id) misplaced.push(`${id} at ${offset}`)
        document.ids.push(...tokens.subarray(at, at + length))
        at += length
      }
      if (at !== tokens.length) misplaced.push(`${at} of ${tokens.length} tokens`)
    }
    expect(misplaced).toEqual([])
    expect(back.length).toBe(counts.documents)
    const whole = nonEmpty.map(({ id, ids }) => ({ id, ids: [...ids, ...end] })).slice(0, back.length)
    expect(back.slice(0, -1)).toEqual(whole.slice(0, -1))
    expect(whole.at(-1)?.ids.slice(0, back.at(-1)?.ids.length)).toEqual(back.at(-1)?.ids)
  })
})
