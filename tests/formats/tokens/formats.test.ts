import { describe, expect, it } from 'vitest'
import { ShardError } from '../../../src/errors/errors.js'
import { readArrowTokens } from '../../../src/formats/tokens/arrow.js'
import { type FlatFiles, flatType, readFlatTokens } from '../../../src/formats/tokens/flat.js'
import { type MegatronFiles, readMegatronTokens } from '../../../src/formats/tokens/megatron.js'
import { type TokenOptions, type TokenRow, TokenRows } from '../../../src/formats/tokens/rows.js'
import { loadZstd } from '../../../src/io/zstd.js'
import { Random } from '../../support/random.js'
import {
  arrowShard,
  flatShard,
  megatronShard,
  randomTokens,
  TOKENIZER,
  type TokenDocument,
} from '../../support/token-shards.js'

const zstd = await loadZstd()

const PLAIN: TokenOptions = { vocabularySize: 300, endOfDocument: null, sequenceLength: null, rest: 'drop' }
const TWO: TokenDocument[] = [
  { id: 'a', ids: Uint32Array.of(1, 256) },
  { id: 'b', ids: Uint32Array.of(2) },
]

function expectedRows(documents: readonly TokenDocument[], options: TokenOptions): TokenRow[] {
  const rows: TokenRow[] = []
  const maker = new TokenRows(options, ({ tokens, pieces }) => rows.push({ tokens: tokens.slice(), pieces }))
  for (const { id, ids } of documents) maker.add(id, ids)
  maker.finish()
  return rows
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('flat token shards', () => {
  it('are the ids, little-endian, with the ends of documents and a description beside them', () => {
    const { files } = flatShard(TWO, { ...PLAIN, endOfDocument: 299 })
    expect(hex(files.bin)).toBe('01000001' + '2b01' + '0200' + '2b01')
    expect(hex(files.index)).toBe('0300000000000000' + '0500000000000000')
    expect(JSON.parse(Buffer.from(files.json).toString())).toEqual({
      format: 'flat-tokens',
      version: 1,
      dtype: 'uint16',
      byteOrder: 'little',
      tokens: 5,
      documents: 2,
      vocabularySize: 300,
      endOfDocument: 299,
      sequenceLength: null,
      rest: 'drop',
      tokenizer: TOKENIZER,
    })
  })

  it('are uint16 as long as all ids fit', () => {
    expect([1, 65_535, 65_536, 65_537].map(flatType)).toEqual(['uint16', 'uint16', 'uint16', 'uint32'])
    const largest = [{ id: 'a', ids: Uint32Array.of(65_535) }]
    expect(hex(flatShard(largest, { ...PLAIN, vocabularySize: 65_536 }).files.bin)).toBe('ffff')
    expect(hex(flatShard(largest, { ...PLAIN, vocabularySize: 65_537 }).files.bin)).toBe('ffff0000')
  })

  it('end the index where a cut document ends', () => {
    const { files } = flatShard(TWO, { ...PLAIN, sequenceLength: 2, rest: 'drop' })
    const { tokens, ends } = readFlatTokens(files)
    expect([...tokens]).toEqual([1, 256])
    expect([...ends]).toEqual([2])
  })
})

describe('Megatron token shards', () => {
  it('have the index that Megatron reads', () => {
    const { files } = megatronShard(TWO, PLAIN)
    expect(hex(files.bin)).toBe('01000001' + '0200')
    expect(hex(files.idx)).toBe(
      [
        '4d4d494449445800' + '00',
        '0100000000000000', // version
        '08', // uint16
        '0200000000000000', // sequences
        '0300000000000000', // document indices
        '02000000' + '01000000', // tokens of each
        '0000000000000000' + '0400000000000000', // byte offsets
        '0000000000000000' + '0100000000000000' + '0200000000000000',
      ].join(''),
    )
  })

  it('are uint16 below 65,500 ids and int32 from there on, as Megatron chooses', () => {
    const width = (vocabularySize: number) =>
      megatronShard([{ id: 'a', ids: Uint32Array.of(1) }], { ...PLAIN, vocabularySize }).files.bin.length
    expect([65_499, 65_500].map(width)).toEqual([2, 4])
  })
})

describe('Arrow token shards', () => {
  it('have a row a document', () => {
    const { bytes } = arrowShard(TWO, PLAIN, null)
    expect([...readArrowTokens(bytes, zstd)]).toEqual(expectedRows(TWO, PLAIN))
  })
})

describe.each(Array.from({ length: 24 }, (_, seed) => seed))('token shards (seed %i)', (seed) => {
  const random = new Random(seed)
  const options: TokenOptions = {
    vocabularySize: random.pick([300, 65_536, 200_000]),
    endOfDocument: random.pick([null, 0, 299]),
    sequenceLength: random.pick([null, null, 1, 7, 512]),
    rest: random.pick(['drop', 'keep']),
  }
  const documents = randomTokens(random, random.pick([1, 40, 400]), options.vocabularySize)
  const rows = expectedRows(documents, options)

  it('come back from Arrow', () => {
    const { bytes, counts } = arrowShard(documents, options, seed % 2 === 0 ? zstd : null)
    const back = rows.length === 0 ? [] : [...readArrowTokens(bytes, zstd)]
    expect(back.map(({ pieces }) => pieces)).toEqual(rows.map(({ pieces }) => pieces))
    expect(back.map(({ tokens }) => hex(new Uint8Array(tokens.buffer)))).toEqual(
      rows.map(({ tokens }) => hex(new Uint8Array(tokens.buffer))),
    )
    expect(counts.rows).toBe(rows.length)
  })

  it('come back from flat files', () => {
    const { files, counts } = flatShard(documents, options)
    if (rows.length === 0) return expect([files.bin, files.index, files.json].map((f) => f.length)).toEqual([0, 0, 0])
    const { tokens, ends, description } = readFlatTokens(files)
    expect(
      Buffer.compare(Buffer.from(tokens.buffer), Buffer.concat(rows.map((row) => new Uint8Array(row.tokens.buffer)))),
    ).toBe(0)
    const wanted: number[] = []
    let end = 0
    for (const piece of rows.flatMap(({ pieces }) => pieces)) {
      if (piece.offset === 0) wanted.push(0)
      end += piece.length
      wanted[wanted.length - 1] = end
    }
    expect([...ends]).toEqual(wanted)
    expect(description).toMatchObject({ tokens: counts.tokens, documents: counts.documents })
    expect(description.dtype).toBe(options.vocabularySize <= 65_536 ? 'uint16' : 'uint32')
  })

  it('come back from Megatron files', () => {
    const { files } = megatronShard(documents, options)
    if (rows.length === 0) return expect([files.bin.length, files.idx.length]).toEqual([0, 0])
    const { sequences, documents: firsts } = readMegatronTokens(files)
    expect(sequences.map((ids) => hex(new Uint8Array(ids.buffer)))).toEqual(
      rows.map(({ tokens }) => hex(new Uint8Array(tokens.buffer))),
    )
    expect([...firsts]).toEqual(Array.from({ length: rows.length + 1 }, (_, i) => i))
  })
})

it('token shards leave in chunks, whatever is added at once', () => {
  const huge = [{ id: 'huge', ids: new Uint32Array(2_000_000).fill(299) }]
  const { files } = flatShard([...huge, ...TWO, ...huge], PLAIN)
  const { tokens, ends } = readFlatTokens(files)
  expect(tokens.length).toBe(4_000_003)
  expect([...ends]).toEqual([2_000_000, 2_000_002, 2_000_003, 4_000_003])
  expect([...tokens.subarray(1_999_999, 2_000_004)]).toEqual([299, 1, 256, 2, 299])
})

describe('damaged token shards', () => {
  const documents = randomTokens(new Random(1), 30, 300)
  const flat = flatShard(documents, PLAIN).files
  const megatron = megatronShard(documents, PLAIN).files
  const packed = arrowShard(documents, { ...PLAIN, sequenceLength: 16 }, zstd).bytes

  it('are refused with ShardError at every cut', () => {
    for (const name of ['bin', 'index', 'json'] as const)
      for (let length = 0; length < flat[name].length; length++) {
        if (name === 'json' && length === flat.json.length - 1) continue // only the last line feed is cut
        const cut = { ...flat, [name]: flat[name].subarray(0, length) }
        expect(() => readFlatTokens(cut), `${name} cut at ${length}`).toThrow(ShardError)
      }
    for (const name of ['bin', 'idx'] as const)
      for (let length = 0; length < megatron[name].length; length++) {
        const cut = { ...megatron, [name]: megatron[name].subarray(0, length) }
        expect(() => readMegatronTokens(cut), `${name} cut at ${length}`).toThrow(ShardError)
      }
    for (let length = 0; length < packed.length; length++)
      expect(() => [...readArrowTokens(packed.subarray(0, length), zstd)], `Arrow cut at ${length}`).toThrow(ShardError)
  })

  it('never do worse than ShardError when bytes are changed', () => {
    const random = new Random(2)
    const broken = (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes)
      copy[random.below(copy.length)] = random.below(256)
      return copy
    }
    const attempts: (() => unknown)[] = [
      () =>
        readFlatTokens({
          ...flat,
          [random.pick(['index', 'json'])]: broken(random.pick([flat.index, flat.json])),
        } as FlatFiles),
      () => readFlatTokens({ ...flat, bin: broken(flat.bin) }),
      () => readMegatronTokens({ ...megatron, idx: broken(megatron.idx) } as MegatronFiles),
      () => [...readArrowTokens(broken(packed), zstd)],
    ]
    for (let round = 0; round < 2_000; round++) {
      try {
        attempts[round % attempts.length]?.()
      } catch (error) {
        expect(error, `round ${round}`).toBeInstanceOf(ShardError)
      }
    }
  })

  it('say what does not belong together', () => {
    const other = flatShard(documents.slice(1), PLAIN).files
    expect(() => readFlatTokens({ ...flat, bin: other.bin })).toThrow(/^flat tokens: expected tokens \d+, got \d+$/)
    expect(() => readFlatTokens({ ...flat, index: other.index })).toThrow(/^flat /)
    expect(() => readMegatronTokens({ ...megatron, bin: other.bin })).toThrow(/^Megatron /)
    expect(() => [...readArrowTokens(arrowShard([], PLAIN, null).bytes, zstd)]).toThrow(ShardError)
  })

  it('refuse Arrow files that hold no tokens', async () => {
    const { ArrowWriter } = await import('../../../src/formats/arrow/writer.js')
    const parts: Uint8Array[] = []
    const writer = new ArrowWriter([{ name: 'id', type: 'utf8' }], (bytes) => parts.push(bytes), null)
    writer.add({ id: 'a' })
    writer.finish()
    expect(() => [...readArrowTokens(Buffer.concat(parts), zstd)]).toThrow(
      'tokens: expected column input_ids of type list<int32>, got none',
    )
  })
})
