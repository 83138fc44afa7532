import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { ShardError } from '../../../src/errors/errors.js'
import { type Column, LIST_LENGTH_MAX, type Row } from '../../../src/formats/arrow/columns.js'
import { openArrow, readArrow } from '../../../src/formats/arrow/reader.js'
import { ArrowWriter } from '../../../src/formats/arrow/writer.js'
import { loadZstd } from '../../../src/io/zstd.js'
import { Random } from '../../support/random.js'
import { randomText } from '../../support/random-text.js'

const zstd = await loadZstd()

const COLUMNS: readonly Column[] = [
  { name: 'text', type: 'utf8' },
  { name: 'maybe', type: 'utf8', nullable: true },
  { name: 'bytes', type: 'binary', nullable: true },
  { name: 'flag', type: 'bool', nullable: true },
  { name: 'count', type: 'int64', nullable: true },
  { name: 'small', type: 'uint32', nullable: true },
  { name: 'score', type: 'float64', nullable: true },
]

const LIST_COLUMNS: readonly Column[] = [
  { name: 'ids', type: 'list<int32>' },
  { name: 'maybe', type: 'list<uint32>', nullable: true },
  { name: 'scores', type: 'list<float32>', nullable: true },
  { name: 'after', type: 'utf8' },
]

function bytesOf(cell: unknown): Buffer {
  expect(ArrayBuffer.isView(cell)).toBe(true)
  const { buffer, byteOffset, byteLength } = cell as Uint8Array // a view, as just checked
  return Buffer.from(buffer, byteOffset, byteLength)
}

function write(rows: Iterable<Row>, compressed: boolean, columns = COLUMNS): Uint8Array {
  const parts: Uint8Array[] = []
  const writer = new ArrowWriter(columns, (bytes) => parts.push(bytes), compressed ? zstd : null)
  for (const row of rows) writer.add(row)
  writer.finish()
  return Buffer.concat(parts)
}

// All columns, null where nothing is given, as they are read.
const row = (over: Row): Row => ({
  text: '',
  maybe: null,
  bytes: null,
  flag: null,
  count: null,
  small: null,
  score: null,
  ...over,
})

const ODD = [
  row({}),
  row({ text: 'a\0b', maybe: '', bytes: new Uint8Array(0), flag: false, count: 0, small: 0, score: 0 }),
  row({ text: '😀 naïve 東京 \u{10ffff}', flag: true, count: 2 ** 53 - 1, small: 2 ** 32 - 1, score: -0 }),
  row({ bytes: Uint8Array.of(0, 255, 10), count: -(2 ** 53 - 1), score: Number.NaN, maybe: 'x' }),
  row({ count: -1, score: Number.NEGATIVE_INFINITY, flag: true }),
  row({ count: 2 ** 32, score: Number.MIN_VALUE }),
]

describe.each([true, false])('Arrow files, compressed: %s', (compressed) => {
  it('give back every cell as it was', () => {
    expect([...readArrow(write(ODD, compressed), zstd)]).toEqual(ODD)
  })

  it.each([1, 2, 4095, 4096, 4097, 10_000])('hold %i rows', (rowCount) => {
    const rows = Array.from({ length: rowCount }, (_, i) =>
      row({ text: `row ${i}`, small: i, flag: i % 3 === 0 ? null : i % 2 === 0 }),
    )
    const file = openArrow(write(rows, compressed), zstd)
    expect(file.rowCount).toBe(rowCount)
    expect([...file.rows()]).toEqual(rows)
  })

  it('close a batch at 4 MiB and keep a row whole', () => {
    const texts = [
      'é'.repeat(15_000_000),
      'x'.repeat(5 * 2 ** 20),
      'y',
      'z'.repeat(3 * 2 ** 20),
      'w'.repeat(2 ** 20),
      'last',
    ]
    const parts: Uint8Array[] = []
    const writer = new ArrowWriter(COLUMNS, (bytes) => parts.push(bytes), compressed ? zstd : null)
    const flushedAfter = texts.map((text) => {
      writer.add(row({ text }))
      return parts.length
    })
    // Magic and schema are two writes, then one a batch.
    expect(flushedAfter).toEqual([3, 4, 4, 4, 5, 5])
    writer.finish()
    const back = [...readArrow(Buffer.concat(parts), zstd, ['text'])].map((r) => r.text)
    expect(back.map((text) => String(text).length)).toEqual(texts.map((text) => text.length))
    expect(back).toEqual(texts)
  })
})

describe('Arrow files', () => {
  it('hold nothing at all without rows', () => {
    expect(write([], true)).toHaveLength(0)
  })

  it('are the same bytes each time, whatever was written before', () => {
    const again = () => write(ODD, true)
    const first = again()
    write(
      Array.from({ length: 5000 }, (_, i) => row({ text: 'noise '.repeat(i % 50), score: i, flag: true })),
      true,
    )
    expect(Buffer.compare(first, again())).toBe(0)
  })

  it('are read by apache-arrow when not compressed', () => {
    const table = tableFromIPC(write(ODD, false))
    expect(table.schema.fields.map((field) => `${field.name}: ${field.type}${field.nullable ? '?' : ''}`)).toEqual([
      'text: Utf8',
      'maybe: Utf8?',
      'bytes: Binary?',
      'flag: Bool?',
      'count: Int64?',
      'small: Uint32?',
      'score: Float64?',
    ])
    expect([...(table.getChild('text') ?? [])]).toEqual(ODD.map((r) => r.text))
    expect([...(table.getChild('count') ?? [])]).toEqual(
      ODD.map((r) => (r.count === null ? null : BigInt(Number(r.count)))),
    )
    expect([...(table.getChild('flag') ?? [])]).toEqual(ODD.map((r) => r.flag))
  })

  it('hold lists of numbers', () => {
    const rows: Row[] = [
      { ids: Int32Array.of(5, -1, 2 ** 31 - 1), maybe: null, scores: Float32Array.of(-0, 0.5, Number.NaN), after: 'a' },
      { ids: new Int32Array(0), maybe: new Uint32Array(0), scores: null, after: 'b' },
      { ids: Int32Array.of(0), maybe: Uint32Array.of(2 ** 32 - 1, 0), scores: new Float32Array(0), after: 'c' },
    ]
    for (const compressed of [true, false]) {
      const bytes = write(rows, compressed, LIST_COLUMNS)
      expect([...readArrow(bytes, zstd)]).toEqual(rows)
      expect([...readArrow(bytes, zstd, ['after', 'maybe'])]).toEqual(
        rows.map(({ after, maybe }) => ({ after, maybe })),
      )
      // The same wherever the file lies in memory: its buffers are then not aligned to four bytes.
      const moved = new Uint8Array(bytes.length + 1)
      moved.set(bytes, 1)
      expect([...readArrow(moved.subarray(1), zstd)]).toEqual(rows)
    }
    const table = tableFromIPC(write(rows, false, LIST_COLUMNS))
    expect(table.schema.fields.map((field) => `${field.name}: ${field.type}${field.nullable ? '?' : ''}`)).toEqual([
      'ids: List<Int32>',
      'maybe: List<Uint32>?',
      'scores: List<Float32>?',
      'after: Utf8',
    ])
    expect([...(table.getChild('ids') ?? [])].map((list) => [...list])).toEqual([[5, -1, 2 ** 31 - 1], [], [0]])
  })

  it.each([1, 2, 3])('give back random lists over many batches (seed %i)', (seed) => {
    const random = new Random(seed)
    const maybe = <T>(make: () => T) => (random.below(5) === 0 ? null : make())
    const list = () =>
      Int32Array.from({ length: random.below(random.below(50) === 0 ? 20_000 : 60) }, () => random.below(2 ** 31))
    const rows = Array.from({ length: 5_000 }, (_, i) => ({
      ids: list(),
      maybe: maybe(() => Uint32Array.from(list())),
      scores: maybe(() => Float32Array.from(list())),
      after: `row ${i}`,
    }))
    const back = [...readArrow(write(rows, seed % 2 === 0, LIST_COLUMNS), zstd)]
    expect(back.length).toBe(rows.length)
    // One by one: the matcher is slow on long typed arrays.
    for (const [i, row] of rows.entries()) {
      for (const name of ['ids', 'maybe', 'scores'] as const) {
        const [got, wanted] = [back[i]?.[name], row[name]]
        if (wanted === null) expect(got).toBeNull()
        else expect(Buffer.compare(bytesOf(got), bytesOf(wanted)), `row ${i}, ${name}`).toBe(0)
      }
    }
  })

  it('close a batch at 4 MiB of lists, and keep a list whole', () => {
    const lengths = [10, 3_000_000, 1, 700_000, 700_000, 5]
    const parts: Uint8Array[] = []
    const columns: Column[] = [{ name: 'ids', type: 'list<uint32>' }]
    const writer = new ArrowWriter(columns, (bytes) => parts.push(bytes), null)
    const flushedAfter = lengths.map((length) => {
      writer.add({ ids: new Uint32Array(length).fill(length) })
      return parts.length
    })
    expect(flushedAfter).toEqual([0, 3, 3, 3, 4, 4])
    writer.finish()
    const back = [...readArrow(Buffer.concat(parts), zstd)].map(({ ids }) => ids as Uint32Array) // a list column has lists
    expect(back.map((ids) => ids.length)).toEqual(lengths)
    expect(back.map((ids) => ids.at(-1))).toEqual(lengths)
  })

  it('turn lone surrogates into U+FFFD', () => {
    const bytes = write([row({ text: 'a\ud800b\udc00', maybe: '\ud83d' })], true)
    expect([...readArrow(bytes, zstd, ['text', 'maybe'])]).toEqual([{ text: 'a\ufffdb\ufffd', maybe: '\ufffd' }])
  })

  it.each([1, 2, 3, 4, 5])('give back random tables (seed %i)', (seed) => {
    const random = new Random(seed)
    const next = () => random.next()
    const maybe = <T>(make: () => T) => (next() < 0.2 ? null : make())
    const rows = Array.from({ length: Math.floor(next() * 6000) + 1 }, () =>
      row({
        text: randomText(random, 40),
        maybe: maybe(() => randomText(random, 5)),
        bytes: maybe(() => Uint8Array.from({ length: Math.floor(next() * 9) }, () => Math.floor(next() * 256))),
        flag: maybe(() => next() < 0.5),
        count: maybe(() => Math.round((next() - 0.5) * 2 ** (next() * 53)) + 0),
        small: maybe(() => Math.floor(next() * 2 ** 32)),
        score: maybe(() => (next() - 0.5) * 10 ** (next() * 600 - 300)),
      }),
    )
    expect([...readArrow(write(rows, seed % 2 === 0), zstd)]).toEqual(rows)
  })

  it.each([
    [{ text: null }, 'column text: expected utf8, got null'],
    [{ text: 5 }, 'column text: expected utf8, got number 5'],
    [row({ count: 0.5 }), 'column count: expected int64, got number 0.5'],
    [row({ count: 2 ** 53 }), 'column count: expected int64'],
    [row({ small: -1 }), 'column small: expected uint32, got number -1'],
    [row({ flag: 'yes' }), 'column flag: expected bool, got string yes'],
  ])('refuse a cell of another type: %j', (bad, message) => {
    expect(() => write([bad], false)).toThrow(message)
  })

  it.each([
    [{ ids: [1] }, 'column ids: expected list<int32>, got object 1'],
    [{ ids: new Uint32Array(1) }, 'column ids: expected list<int32>, got object 0'],
    [{ ids: null }, 'column ids: expected list<int32>, got null'],
  ])('refuse a list of another type: %j', (bad, message) => {
    expect(() => write([bad as Row], false, [{ name: 'ids', type: 'list<int32>' }])).toThrow(message)
  })

  it('refuse a list so long that offsets could outgrow 32 bits', () => {
    // Only its length is looked at; so much memory need not be there.
    const huge = Object.defineProperty(new Int32Array(0), 'length', { value: LIST_LENGTH_MAX + 1 })
    expect(() => write([{ ids: huge }], false, [{ name: 'ids', type: 'list<int32>' }])).toThrow(
      `column ids: expected at most ${LIST_LENGTH_MAX} values in a list, got ${LIST_LENGTH_MAX + 1}`,
    )
  })

  it('say what is missing when a column is asked for that is not there', () => {
    expect(() => [...readArrow(write(ODD, true), zstd, ['nothing'])]).toThrow(
      /column nothing: expected one of text, maybe/,
    )
  })

  const LISTS = Array.from({ length: 20 }, (_, i) => ({
    ids: new Int32Array(i).fill(i),
    maybe: i % 3 === 0 ? null : new Uint32Array(i),
    scores: Float32Array.of(i),
    after: `${i}`,
  }))

  it.each([
    ['of every type', () => write(ODD, true)],
    ['of lists', () => write(LISTS, true, LIST_COLUMNS)],
  ])('are refused with ShardError at every cut: columns %s', (_, make) => {
    const bytes = make()
    for (let length = 0; length < bytes.length; length++) {
      expect(() => [...readArrow(bytes.subarray(0, length), zstd)], `cut at ${length}`).toThrow(ShardError)
    }
  })

  it.each([
    ['of every type', () => write(ODD, true)],
    ['of lists', () => write(LISTS, true, LIST_COLUMNS)],
    ['of lists, not compressed', () => write(LISTS, false, LIST_COLUMNS)],
  ])('never do worse than ShardError when bytes are changed: columns %s', (_, make) => {
    const bytes = make()
    const random = new Random(7)
    const next = () => random.next()
    for (let round = 0; round < 500; round++) {
      const broken = Uint8Array.from(bytes)
      broken[Math.floor(next() * bytes.length)] = Math.floor(next() * 256)
      try {
        expect([...readArrow(broken, zstd)].length).toBeLessThanOrEqual(100_000)
      } catch (error) {
        expect(error, `round ${round}`).toBeInstanceOf(ShardError)
      }
    }
  })
})
