/** Words counted in a table that is emptied often, and summed up section by section in one that is too small for a section. */
import { expect, it } from 'vitest'
import { eachRecord, encodeRecord } from '../../src/kernels/word-count/index.js'
import { textCutter } from '../../src/tokenizer/pieces.js'
import { SECTIONS, WordCounter, WordMerger } from '../../src/tokenizer/word-counts.js'
import { Random } from '../support/random.js'

const SMALL_BYTES = 2 ** 18

function randomWords(seed: number, count: number): string[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(12) }, () => 'abcdefgh'[random.below(8)]).join(''),
  )
}

function sumsOf(records: readonly Uint8Array[]): { sums: Map<string, number>; count: number } {
  const sums = new Map<string, number>()
  let count = 0
  for (const bytes of records) {
    eachRecord(bytes, (start, end, times) => {
      const word = Buffer.from(bytes.subarray(start, end)).toString()
      sums.set(word, (sums.get(word) ?? 0) + times)
      count++
    })
  }
  return { sums, count }
}

it('a counter and a merger give each word once, with its count', () => {
  const long = 'x'.repeat(100_000)
  const words = [...randomWords(1, 60_000), long, 'after']
  const spills: Uint8Array[][][] = []
  const counter = new WordCounter(textCutter([{ kind: 'scanner', pattern: 'gpt2', digits: 'own' }]), SMALL_BYTES, {
    begin: () => spills.push(Array.from({ length: SECTIONS }, () => [])),
    take: (section, records) => spills.at(-1)?.[section].push(records.slice()),
    end: () => {},
  })
  counter.text(words.join(' '), 1)
  counter.lines(Buffer.from(' abc\n abc\n'), 2)
  expect(counter.finish()).toBe(words.length + 8)
  expect(spills.length).toBeGreaterThan(3)

  const expected = new Map<string, number>([
    ['\n', 4],
    [' abc', 4],
  ])
  for (const [i, word] of words.entries()) {
    const key = i === 0 ? word : ` ${word}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  const merged: Uint8Array[] = []
  const merger = new WordMerger(SMALL_BYTES, (_, records) => merged.push(records.slice()))
  let distinct = 0
  let textBytes = 0
  for (let section = 0; section < SECTIONS; section++) {
    const sums = merger.merge(section, (take) => {
      for (const spill of spills) {
        const bytes = Buffer.concat(spill[section])
        if (bytes.length > 0) expect(take(bytes)).toBe(bytes.length)
      }
    })
    distinct += sums.words
    textBytes += sums.textBytes
  }
  merger.finish()
  const { sums, count } = sumsOf(merged)
  expect(sums).toEqual(expected)
  expect([count, distinct]).toEqual([expected.size, expected.size])
  expect(textBytes).toBe([...expected].reduce((sum, [word, times]) => sum + Buffer.byteLength(word) * times, 0))
})

it('a section with more words than a table holds is summed up in parts', () => {
  const words = randomWords(2, 40_000)
  const records = words.map((word, i) => encodeRecord(Buffer.from(word), 1 + (i % 3)))
  const merged: Uint8Array[] = []
  const merger = new WordMerger(SMALL_BYTES, (_, bytes) => merged.push(bytes.slice()))
  let reads = 0
  const { words: distinct } = merger.merge(7, (take) => {
    reads++
    for (let i = 0; i < records.length; i += 1000) take(Buffer.concat(records.slice(i, i + 1000)))
  })
  merger.finish()
  const { sums, count } = sumsOf(merged)
  expect(sums).toEqual(sumsOf(records).sums)
  expect([count, distinct]).toEqual([sums.size, sums.size])
  expect(reads).toBeGreaterThan(4)
})
