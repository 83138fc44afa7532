/** Sorting and merging records of words, against Array.sort. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ChainedRecords,
  type ColumnRange,
  MERGE_FILES_MAX,
  mergeRecords,
  WordRecordReader,
  type WordRecords,
  WordRecordWriter,
} from '../../src/io/word-records.js'
import { WordRecordSorter } from '../../src/io/word-sort.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
let files = 0
const create = () => join(folder, `file-${files++}`)

function randomRecords(count: number, width: number, limit: number): number[][] {
  const random = new Random(count)
  return Array.from({ length: count }, () => Array.from({ length: width }, () => random.below(limit)))
}

function fill(sink: { words: Uint32Array; slot(): number }, records: readonly number[][]): void {
  for (const record of records) {
    const at = sink.slot()
    sink.words.set(record, at)
  }
}

function written(records: readonly number[][], width: number): string {
  const writer = new WordRecordWriter(create(), width)
  fill(writer, records)
  expect(writer.finish()).toBe(records.length)
  return writer.path
}

function all(stream: WordRecords, width: number): number[][] {
  const records: number[][] = []
  while (stream.next()) records.push([...stream.words.subarray(stream.at, stream.at + width)])
  return records
}

function byColumns(columns: readonly number[]): (a: number[], b: number[]) => number {
  return (a, b) => columns.map((column) => a[column] - b[column]).find((difference) => difference !== 0) ?? 0
}

describe('sorting', () => {
  const columns = [1, 0, 2]
  const order = { width: 4, columns, unsorted: 3, limit: 50 }

  it.each([0, 1, 1000, 1024, 1025, 5000, 1024 * (MERGE_FILES_MAX + 2)])('%i records', (count) => {
    const records = randomRecords(count, 4, 50)
    const sorter = new WordRecordSorter(order, 1, create)
    fill(sorter, records)
    // Stable within a run only, so that the fourth column may come in any order across runs: compare the sorting ones.
    const sorted = all(sorter.finish(), 4)
    const expected = records.toSorted(byColumns(columns))
    expect(sorted.map((record) => record.slice(0, 3))).toEqual(expected.map((record) => record.slice(0, 3)))
    expect(sorted.toSorted(byColumns([1, 0, 2, 3]))).toEqual(records.toSorted(byColumns([1, 0, 2, 3])))
  })

  it('spares the columns that records come sorted by', () => {
    const records = randomRecords(3000, 4, 50).toSorted(byColumns([0, 2]))
    const sorter = new WordRecordSorter({ ...order, unsorted: 1 }, 1, create)
    fill(sorter, records)
    expect(all(sorter.finish(), 3)).toEqual(records.map((record) => record.slice(0, 3)).toSorted(byColumns(columns)))
  })

  it('needs no file within the memory', () => {
    const before = readdirSync(folder).length
    const records = randomRecords(5000, 4, 50)
    const sorter = new WordRecordSorter(order, 2 ** 20, create)
    fill(sorter, records)
    expect(all(sorter.finish(), 3)).toHaveLength(5000)
    expect(readdirSync(folder)).toHaveLength(before)
  })
})

describe('files', () => {
  it('give back what was written, across buffers', () => {
    const records = randomRecords(20_000, 3, 2 ** 32)
    expect(all(new WordRecordReader(written(records, 3), 3), 3)).toEqual(records)
  })

  it('give the records of a range', () => {
    const records = randomRecords(2000, 2, 30).toSorted(byColumns([1, 0]))
    const path = written(records, 2)
    for (const [from, to] of [
      [0, 30],
      [7, 8],
      [12, 25],
      [30, 40],
      [5, 5],
    ]) {
      const range: ColumnRange = { column: 1, from, to }
      expect(all(new WordRecordReader(path, 2, range), 2)).toEqual(
        records.filter((record) => record[1] >= from && record[1] < to),
      )
    }
  })

  it('stand one behind the other, empty ones too', () => {
    const parts = [[], randomRecords(3, 2, 9), [], randomRecords(5, 2, 9), []]
    const chain = new ChainedRecords(parts.map((part) => new WordRecordReader(written(part, 2), 2)))
    expect(all(chain, 2)).toEqual(parts.flat())
  })

  it('merge, empty ones too', () => {
    const parts = [40, 0, 7, 1, 300].map((count) => randomRecords(count, 2, 20).toSorted(byColumns([0, 1])))
    const merged = mergeRecords(
      parts.map((part) => new WordRecordReader(written(part, 2), 2)),
      [0, 1],
    )
    expect(all(merged, 2)).toEqual(parts.flat().toSorted(byColumns([0, 1])))
    expect(
      all(mergeRecords([new WordRecordReader(written([], 2), 2), new WordRecordReader(written([], 2), 2)], [0]), 2),
    ).toEqual([])
  })
})
