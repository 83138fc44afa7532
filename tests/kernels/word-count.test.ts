/** The word table beside a Map: counts, growing, taking out when full, records in and out. */
import { describe, expect, it } from 'vitest'
import { createPretokenizer, scannerCodes } from '../../src/kernels/pretokens/index.js'
import { eachRecord, encodeRecord, PARTITIONS, WordTable } from '../../src/kernels/word-count/index.js'
import { Random } from '../support/random.js'

const CODES = scannerCodes('gpt2')
const SMALL_BYTES = 2 ** 18

/** Sums of all records that came out, by word. */
class Collected {
  readonly counts = new Map<string, number>()
  records = 0

  readonly take = (_partition: number, records: Uint8Array): void => {
    const bytes = Buffer.from(records)
    eachRecord(bytes, (start, end, count) => {
      const word = bytes.toString('latin1', start, end)
      this.counts.set(word, (this.counts.get(word) ?? 0) + count)
      this.records++
    })
  }
}

function tableInto(collected: Collected, memoryBytes: number, isPartition = false): WordTable {
  const table: WordTable = new WordTable(memoryBytes, isPartition, {
    onFull: () => table.takeOut(collected.take),
    onLong: (record) => collected.take(0, record),
  })
  return table
}

function countedByMap(texts: readonly string[], weight = 1): Map<string, number> {
  const pretokenize = createPretokenizer(CODES)
  const counts = new Map<string, number>()
  for (const text of texts) {
    const bytes = Buffer.from(text)
    let start = 0
    for (const end of pretokenize(text)) {
      const word = bytes.toString('latin1', start, end)
      counts.set(word, (counts.get(word) ?? 0) + weight)
      start = end
    }
  }
  return counts
}

function randomText(random: Random, words: number): string {
  const letters = 'abcdefghij é漢字€🙂0123,.'
  const word = () => Array.from({ length: 1 + random.below(14) }, () => [...letters][random.below(24)]).join('')
  return Array.from({ length: words }, word).join(random.below(2) ? ' ' : '  \n')
}

describe('word table', () => {
  it('counts as a Map does, with room for all words and with room for few', () => {
    const random = new Random(11)
    const texts = Array.from({ length: 60 }, () => randomText(random, 1 + random.below(600)))
    const expected = countedByMap(texts)
    for (const memoryBytes of [SMALL_BYTES, 2 ** 26]) {
      const collected = new Collected()
      const table = tableInto(collected, memoryBytes)
      for (const text of texts) table.addText(text, CODES, 1)
      const isWhole = collected.records === 0
      expect(isWhole).toBe(memoryBytes > SMALL_BYTES)
      if (isWhole) expect(table.size).toBe(expected.size)
      table.takeOut(collected.take)
      expect(collected.counts).toEqual(expected)
      expect(table.size).toBe(0)
      expect(table.countSum).toBe([...expected.values()].reduce((a, b) => a + b))
    }
  })

  it('takes each word out of the same partition, whatever the size of the table', () => {
    const text = randomText(new Random(3), 30_000)
    const partitionOf = new Map<string, number>()
    for (const memoryBytes of [SMALL_BYTES, 2 ** 22, 2 ** 25]) {
      const take = (partition: number, records: Uint8Array) => {
        const bytes = Buffer.from(records)
        eachRecord(bytes, (start, end) => {
          const word = bytes.toString('latin1', start, end)
          expect(partitionOf.get(word) ?? partition).toBe(partition)
          partitionOf.set(word, partition)
        })
      }
      const table: WordTable = new WordTable(memoryBytes, false, {
        onFull: () => table.takeOut(take),
        onLong: () => expect.unreachable(),
      })
      table.addText(text, CODES, 1)
      table.takeOut(take)
    }
    expect(partitionOf.size).toBe(countedByMap([text]).size)
    expect(new Set(partitionOf.values()).size).toBe(PARTITIONS)
  })

  it('adds records, a part at a time, in a table of one partition', () => {
    const texts = [randomText(new Random(4), 4000), randomText(new Random(5), 4000)]
    const spilled = Array.from({ length: PARTITIONS }, (): Uint8Array[] => [])
    const table: WordTable = new WordTable(2 ** 22, false, {
      onFull: () => expect.unreachable(),
      onLong: () => expect.unreachable(),
    })
    for (const text of texts) {
      table.addText(text, CODES, 3)
      table.takeOut((partition, records) => spilled[partition].push(records.slice()))
    }
    const collected = new Collected()
    const merged = tableInto(collected, SMALL_BYTES, true)
    for (const pieces of spilled) {
      const bytes = Buffer.concat(pieces)
      for (let part = 0; part < 3; part++) {
        // Cut anywhere: only whole records are taken.
        const half = merged.addRecords(bytes.subarray(0, bytes.length >> 1), part, 3)
        expect(merged.addRecords(bytes.subarray(half), part, 3)).toBe(bytes.length - half)
        merged.takeOut(collected.take)
      }
    }
    const expected = countedByMap(texts, 3)
    expect(collected.counts).toEqual(expected)
    expect(collected.records).toBe(expected.size)
  })

  it('keeps counts beyond 2^32, up to 2^53', () => {
    const collected = new Collected()
    const table = tableInto(collected, SMALL_BYTES, true)
    const word = Buffer.from('word')
    table.addRecords(encodeRecord(word, 2 ** 53 - 3), 0, 1)
    table.addRecords(encodeRecord(word, 2), 0, 1)
    table.takeOut(collected.take)
    expect([...collected.counts]).toEqual([['word', 2 ** 53 - 1]])
  })

  it('hands on words that are too long for a table, from text and from records', () => {
    const long = 'x'.repeat(70_000)
    const collected = new Collected()
    const table = tableInto(collected, SMALL_BYTES)
    table.addText(`a ${long}y b${long}`, CODES, 2)
    table.addRecords(Buffer.concat([encodeRecord(Buffer.from(long), 5), encodeRecord(Buffer.from('a'), 1)]), 0, 1)
    table.takeOut(collected.take)
    const expected = { a: 3, [` ${long}y`]: 2, [` b${long}`]: 2, [long]: 5 }
    expect(collected.counts).toEqual(new Map(Object.entries(expected)))
  })

  it('takes each line as a text, with its line end', () => {
    const collected = new Collected()
    const table = tableInto(collected, SMALL_BYTES)
    table.addLines(Buffer.from('a  \n b\n\n\nc'), CODES, 1)
    table.takeOut(collected.take)
    expect(collected.counts).toEqual(countedByMap(['a  \n', ' b\n', '\n', '\n', 'c']))
  })

  it('counts pieces that somebody else has cut', () => {
    const collected = new Collected()
    const table = tableInto(collected, SMALL_BYTES)
    table.addPieces('éabcé', Uint32Array.of(2, 3, 5, 7), 1)
    const text = randomText(new Random(8), 9000)
    table.addPieces(text, createPretokenizer(CODES)(text).slice(), 1)
    table.takeOut(collected.take)
    const expected = countedByMap([text])
    for (const word of ['é', 'a', 'bc', 'é']) {
      const key = Buffer.from(word).toString('latin1')
      expected.set(key, (expected.get(key) ?? 0) + 1)
    }
    expect(collected.counts).toEqual(expected)
  })
})
