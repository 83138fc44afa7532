/** The fragment kernel beside plain code: merges applied by rank, pairs counted, words cut. */
import { describe, expect, it } from 'vitest'
import { eachRecord, encodeRecord } from '../../src/kernels/word-count/index.js'
import { type NewMerges, type TokenTables, WordFragments } from '../../src/kernels/word-fragments/index.js'
import { Random } from '../support/random.js'

const CELL_BITS = 16

function tables(symbols: number, longestToken = 1000, lengthOf = (_symbol: number) => 1): TokenTables {
  return {
    symbolOfByte: Uint32Array.from({ length: 256 }, (_, byte) => 256 - byte),
    lengths: Uint32Array.from({ length: symbols }, (_, symbol) => lengthOf(symbol)),
    longestToken,
  }
}

/** Merges of random earlier symbols: pairs of symbols below `symbols`, no pair twice. */
function randomMerges(random: Random, alphabet: readonly number[], count: number): NewMerges {
  const made = [...alphabet]
  const seen = new Set<string>()
  const [lefts, rights]: [number[], number[]] = [[], []]
  while (lefts.length < count) {
    const [left, right] = [random.pick(made), random.pick(made)]
    if (seen.has(`${left} ${right}`)) continue
    seen.add(`${left} ${right}`)
    lefts.push(left)
    rights.push(right)
    made.push(256 + lefts.length)
  }
  return { firstSymbol: 257, lefts: Uint32Array.from(lefts), rights: Uint32Array.from(rights) }
}

function mergedByRank(word: readonly number[], { firstSymbol, lefts, rights }: NewMerges): number[] {
  let tokens = [...word]
  for (let i = 0; i < lefts.length; i++) {
    const next: number[] = []
    for (let at = 0; at < tokens.length; at++) {
      if (tokens[at] === lefts[i] && tokens[at + 1] === rights[i]) {
        next.push(firstSymbol + i)
        at++
      } else next.push(tokens[at])
    }
    tokens = next
  }
  return tokens
}

function leb128(values: readonly number[]): Buffer {
  const bytes: number[] = []
  for (const value of values) {
    let left = value
    for (; left > 0x7f; left >>= 7) bytes.push((left & 0x7f) | 0x80)
    bytes.push(left)
  }
  return Buffer.from(bytes)
}

function symbolsOf(bytes: Uint8Array): number[] {
  const symbols: number[] = []
  for (let at = 0; at < bytes.length; ) {
    let value = 0
    let bits = 0
    for (; bytes[at] > 0x7f; bits += 7) value |= (bytes[at++] & 0x7f) << bits
    symbols.push(value | (bytes[at++] << bits))
  }
  return symbols
}

function wordsOf(records: Uint8Array): [number[], number][] {
  const words: [number[], number][] = []
  eachRecord(records, (start, end, count) => words.push([symbolsOf(records.slice(start, end)), count]))
  return words
}

const BYTES = [...Buffer.from('abc')]
const ALPHABET = BYTES.map((byte) => 256 - byte)

describe('applying merges', () => {
  it.each([3, 60, 500])('as one merge after the other, words of up to %i bytes', (lengthMax) => {
    const random = new Random(lengthMax)
    const merges = randomMerges(random, ALPHABET, 40)
    const kernel = new WordFragments(tables(300), 40, CELL_BITS, 0)
    kernel.setMerges(merges)
    const words = Array.from({ length: 200 }, () => {
      const bytes = Array.from({ length: 1 + random.below(lengthMax) }, () => random.pick(BYTES))
      return { bytes, count: 1 + random.below(5) }
    })
    const records = Buffer.concat(words.map(({ bytes, count }) => encodeRecord(Uint8Array.from(bytes), count)))
    const out: Uint8Array[] = []
    expect(kernel.apply(records, 'bytes', false, (part) => out.push(part.slice()))).toBe(records.length)
    const expected = words.map(({ bytes, count }) => {
      const symbols = bytes.map((byte) => 256 - byte)
      return [mergedByRank(symbols, merges), count] as [number[], number]
    })
    expect(wordsOf(Buffer.concat(out))).toEqual(expected.filter(([tokens]) => tokens.length > 1))

    const used = new Float64Array(300)
    const pairs = new Map<string, number>()
    for (const [tokens, count] of expected) {
      if (tokens.length === 1) used[tokens[0]] += count
      for (let i = 1; i < tokens.length; i++) {
        const pair = `${tokens[i - 1]} ${tokens[i]}`
        pairs.set(pair, (pairs.get(pair) ?? 0) + count)
      }
    }
    expect(kernel.used()).toEqual(used)
    const sum = [...pairs.values()].reduce((a, b) => a + b, 0)
    expect(kernel.cells().reduce((a, b) => a + b)).toBe(sum)
    // From symbols, in the same way: nothing is left to merge, and the last time every token is used.
    const again: Uint8Array[] = []
    kernel.apply(Buffer.concat(out), 'symbols', false, (part) => again.push(part.slice()))
    expect(Buffer.concat(again).equals(Buffer.concat(out))).toBe(true)
    kernel.apply(Buffer.concat(out), 'symbols', true, () => expect.unreachable())
    for (const [tokens, count] of expected) if (tokens.length > 1) for (const token of tokens) used[token] += count
    expect(kernel.used()).toEqual(used)
  })

  it('takes a word of a million bytes', () => {
    const merges = { firstSymbol: 257, lefts: Uint32Array.of(159, 257, 258), rights: Uint32Array.of(159, 257, 158) }
    const kernel = new WordFragments(tables(300), 3, CELL_BITS, 0)
    kernel.setMerges(merges)
    const out: Uint8Array[] = []
    kernel.apply(encodeRecord(Buffer.from(`${'a'.repeat(1_000_000)}b`), 1), 'bytes', false, (part) =>
      out.push(part.slice()),
    )
    const [[tokens]] = wordsOf(Buffer.concat(out))
    expect(tokens.length).toBe(250_000)
    expect(tokens.slice(-2)).toEqual([258, 259])
  })
})

describe('cutting', () => {
  const random = new Random(6)
  const symbols = [1, 2, 3, 200, 20_000]
  const words = Array.from({ length: 20_000 }, () => {
    const tokens = Array.from({ length: 2 + random.below(12) }, () => symbols[Math.floor(5 * random.next() ** 3)])
    return [tokens, 1 + random.below(3)] as [number[], number]
  })
  const records = Buffer.concat(words.map(([tokens, count]) => encodeRecord(leb128(tokens), count)))
  const lengthOf = (symbol: number) => (symbol === 20_000 ? 9 : 1)

  /** Fragments by their tokens, and the threshold at last. */
  function cut(threshold: number, tableBytes: number, longestToken: number, raise: (threshold: number) => number) {
    const none = { firstSymbol: 257, lefts: new Uint32Array(0), rights: new Uint32Array(0) }
    const counting = new WordFragments(tables(20_001, longestToken, lengthOf), 1, CELL_BITS, 0)
    counting.setMerges(none)
    counting.apply(records, 'symbols', false, () => {})
    const cells = counting.cells()
    const kernel = new WordFragments(tables(20_001, longestToken, lengthOf), 1, CELL_BITS, tableBytes)
    kernel.setMerges(none)
    kernel.setHot(cells, threshold)
    let least = threshold
    const early: Uint8Array[] = []
    const events = {
      onFull: () => {
        kernel.takeOut((_, part) => early.push(part.slice()))
        least = raise(least)
        kernel.setHot(cells, least)
      },
      onLong: () => expect.unreachable(),
    }
    expect(kernel.cut(records, events)).toBe(records.length)
    while (early.length > 0) kernel.cut(early.shift() as Uint8Array, events)
    const found = new Map<string, number>()
    kernel.takeOut((_, part) => {
      for (const [tokens, count] of wordsOf(part.slice())) found.set(tokens.join(' '), count)
    })
    return { found, least }
  }

  function expected(threshold: number, longestToken: number): Map<string, number> {
    const pairs = new Map<string, number>()
    const canMerge = (a: number, b: number) => lengthOf(a) + lengthOf(b) <= longestToken
    for (const [tokens, count] of words) {
      for (let i = 1; i < tokens.length; i++) {
        const pair = `${tokens[i - 1]} ${tokens[i]}`
        pairs.set(pair, (pairs.get(pair) ?? 0) + count)
      }
    }
    const found = new Map<string, number>()
    for (const [tokens, count] of words) {
      let start = 0
      for (let i = 1; i <= tokens.length; i++) {
        const [left, right] = [tokens[i - 1], tokens[i]]
        const stays = i < tokens.length && canMerge(left, right) && (pairs.get(`${left} ${right}`) ?? 0) >= threshold
        if (stays) continue
        const fragment = tokens.slice(start, i).join(' ')
        if (i - start > 1) found.set(fragment, (found.get(fragment) ?? 0) + count)
        start = i
      }
    }
    return found
  }

  it.each([1, 100, 1000, 100_000])('at pairs below %i', (threshold) => {
    expect(cut(threshold, 2 ** 22, 1000, (t) => t).found).toEqual(expected(threshold, 1000))
  })

  it('at pairs that would be too long', () => {
    expect(cut(100, 2 ** 22, 9, (t) => t).found).toEqual(expected(100, 9))
    expect(expected(100, 9)).not.toEqual(expected(100, 1000))
  })

  it('goes on with a higher threshold when the table is full', () => {
    const { found, least } = cut(1, 2 ** 16, 1000, (t) => t * 3)
    expect(least).toBeGreaterThan(1)
    expect(found).toEqual(expected(least, 1000))
  })
})
