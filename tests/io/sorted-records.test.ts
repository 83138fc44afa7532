import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AttachmentReader, AttachmentWriter } from '../../src/io/attachments.js'
import { mergeSlices, type PartitionSlice, readPartitionIndex } from '../../src/io/merged-records.js'
import { SortedRecordWriter } from '../../src/io/sorted-records.js'
import { Store } from '../../src/io/store.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()

interface Item {
  partition: number
  key: Uint8Array
  value: Uint8Array
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = ({ key, value }: { key: Uint8Array; value: Uint8Array }) => `${hex(key)}:${hex(value)}`

function byKeyThenValue(a: Item, b: Item): number {
  return Buffer.compare(a.key, b.key) || Buffer.compare(a.value, b.value)
}

function writeFiles(store: Store, name: string, files: Item[][], runBytesMax?: number): string[] {
  return files.flatMap((items, i) => {
    const writer = new SortedRecordWriter((run) => store.create(`${name}/${i}-${run}`), runBytesMax)
    for (const { partition, key, value } of items) writer.add(partition, key, value)
    return writer.finish().map((run) => run.path)
  })
}

function readPartition(store: Store, paths: string[], partition: number, fanIn?: number): string[] {
  const slices = paths
    .map((path) => readPartitionIndex(store, path).get(partition))
    .filter((slice): slice is PartitionSlice => slice !== undefined)
  const seen: string[] = []
  mergeSlices(store, slices, 'merge', (key, value) => seen.push(text({ key, value })), fanIn)
  return seen
}

describe('sorted record files', () => {
  it.each([1, 2, 3, 4, 5, 6])('give each partition back in key and value order (seed %i)', (seed) => {
    const random = new Random(seed)
    const store = new Store(join(folder, `s${seed}`))
    const alphabet = seed % 2 === 0 ? 3 : 256 // small alphabets make equal keys and keys that begin alike
    const items: Item[] = Array.from({ length: 3000 }, () => ({
      partition: random.below(5) * 7,
      key: random.bytes(random.below(14), alphabet),
      value: random.bytes(random.below(9), alphabet),
    }))
    const files: Item[][] = [[], [], [], []]
    for (const item of items) files[random.below(4)].push(item)
    const paths = writeFiles(store, 'r', files)
    for (const partition of [0, 7, 14, 21, 28, 3]) {
      const expected = items.filter((item) => item.partition === partition).sort(byKeyThenValue)
      expect(readPartition(store, paths, partition)).toEqual(expected.map(text))
    }
  })

  it('hold values larger than every buffer, between small ones', () => {
    const store = new Store(join(folder, 'large'))
    const random = new Random(7)
    const values = [random.bytes(3), random.bytes(700_000), random.bytes(0), random.bytes(200_000), random.bytes(5)]
    const items = values.map((value, i) => ({ partition: 1, key: Uint8Array.of(i), value }))
    const paths = writeFiles(store, 'r', [items])
    expect(readPartition(store, paths, 1)).toEqual(items.map(text))
  })

  it('are written in runs when they outgrow the memory for one, with the same merged order', () => {
    const store = new Store(join(folder, 'runs'))
    const random = new Random(8)
    const items: Item[] = Array.from({ length: 600 }, () => ({
      partition: random.below(2),
      key: random.bytes(2, 4),
      value: random.bytes(20),
    }))
    const paths = writeFiles(store, 'r', [items], 1000)
    expect(paths.length).toBe(Math.ceil(600 / 45)) // 45 records of 22 bytes fit into 1,000
    const expected = items.filter((item) => item.partition === 1).sort(byKeyThenValue)
    expect(readPartition(store, paths, 1)).toEqual(expected.map(text))
  })

  it.each([2, 3, 5, 128])('are merged the same, and nothing is left, with %i files open at once', (fanIn) => {
    const store = new Store(join(folder, `fan${fanIn}`))
    const random = new Random(9)
    const files = Array.from({ length: 23 }, () =>
      Array.from({ length: random.below(60) }, () => ({
        partition: 3,
        key: random.bytes(3, 5),
        value: random.bytes(4),
      })),
    )
    const paths = writeFiles(store, 'r', files)
    const expected = files.flat().sort(byKeyThenValue)
    expect(readPartition(store, paths, 3, fanIn)).toEqual(expected.map(text))
    expect(store.list('')).toEqual(['r'])
  })

  it('leave no file when there is nothing to write', () => {
    const store = new Store(join(folder, 'empty'))
    expect(writeFiles(store, 'r', [[]])).toEqual([])
    expect(store.list('r')).toEqual([])
  })

  it('are refused when the footer is gone', () => {
    const store = new Store(join(folder, 'cut'))
    const [path] = writeFiles(store, 'r', [[{ partition: 0, key: Uint8Array.of(1), value: Uint8Array.of(2) }]])
    const bytes = store.read(path)
    store.put('cut', (bytes ?? new Uint8Array()).subarray(0, 20))
    expect(() => readPartitionIndex(store, 'cut')).toThrow(/expected a sorted record file, got 20 bytes/)
  })
})

describe('attachments', () => {
  it('come back by row, undefined for rows without one', () => {
    const store = new Store(join(folder, 'attachments'))
    const writer = new AttachmentWriter(store.create('a'))
    const random = new Random(9)
    const blobs = new Map([0, 3, 4, 900, 70_000].map((row) => [row, random.bytes(random.below(5000))]))
    for (const [row, blob] of blobs) writer.add(row, blob)
    writer.finish()
    const reader = new AttachmentReader(store, 'a')
    for (const [row, blob] of blobs) expect(hex(reader.get(row) ?? new Uint8Array())).toBe(hex(blob))
    for (const row of [1, 5, 899, 901, 70_001]) expect(reader.get(row)).toBeUndefined()
    reader.close()
  })
})
