/** Files of records of words, and merging them, against Array.sort. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ChainedRecords,
  type ColumnRange,
  mergeFilesInto,
  mergeRecords,
  RecordFiles,
  WordRecordReader,
  type WordRecords,
  WordRecordWriter,
} from '../../src/io/word-records.js'
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

  it('give blocks of whole records', () => {
    const parts = [[], randomRecords(40_000, 3, 9), [], randomRecords(5, 3, 9), []]
    const blocks = new RecordFiles(
      parts.map((part) => written(part, 3)),
      3,
    )
    const words: number[] = []
    for (let filled = blocks.nextBlock(); filled > 0; filled = blocks.nextBlock()) {
      expect(filled % 3).toBe(0)
      for (let i = 0; i < filled; i++) words.push(blocks.words[i])
    }
    expect(words).toEqual(parts.flat(2))
    expect(new RecordFiles([], 3).nextBlock()).toBe(0)
  })

  it('merge into one, and go', () => {
    const parts = [40, 0, 300].map((count) => randomRecords(count, 2, 20).toSorted(byColumns([0, 1])))
    const paths = parts.map((part) => written(part, 2))
    const to = create()
    expect(mergeFilesInto(to, paths, 2, [0, 1])).toBe(340)
    expect(all(new WordRecordReader(to, 2), 2)).toEqual(parts.flat().toSorted(byColumns([0, 1])))
    for (const path of paths) expect(existsSync(path)).toBe(false)
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
