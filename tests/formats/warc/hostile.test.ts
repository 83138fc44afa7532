/** Files made so that a record seems to start everywhere and is found unsound late: the work stays in proportion to their bytes. */
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { readRecords } from '../../../src/formats/warc/reader.js'
import { Random } from '../../support/random.js'
import { drain, memoryFile, perRecordGzip, readInRanges, warcRecord } from '../../support/warc.js'
import { coverageFault, fingerprints } from '../../support/warc-events.js'
import { countingSearches, resetWork, work } from '../../support/warc-work.js'
import { frameOf, skippable } from '../../support/zstd.js'

vi.mock('node:zlib', async (importOriginal) => {
  const { countedZlib } = await import('../../support/warc-work.js')
  return countedZlib(await importOriginal())
})

const KiB = 1024
const MiB = 1024 * KiB
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
const LURE = 'WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n'

function stored(length: number, isLast = false): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = isLast ? 1 : 0
  bytes.writeUInt16LE(length, 1)
  bytes.writeUInt16LE(0xffff ^ length, 3)
  return bytes
}

/** A member without an end, whose stored blocks hold heads of members that go on into its next blocks. */
function chains(size: number, lure: string, gap: number, block = 60_000): Buffer {
  const bytes = Buffer.alloc(size, 'x')
  for (let start = 0; start + 5 + block < size; start += 5 + block) {
    stored(block).copy(bytes, start)
    const end = start + 5 + block
    for (let at = start + 5; at + gap < end - 100; at += gap) {
      HEAD.copy(bytes, at)
      stored(end - at - 15).copy(bytes, at + 10)
      bytes.write(lure, at + 15)
    }
  }
  return Buffer.concat([HEAD, bytes])
}

function repeated(size: number, unit: Buffer | string, before = ''): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.alloc(size, unit)])
}

/** Heads whose data goes on into a stream that inflates a thousandfold and breaks. */
function bombs(size: number): Buffer {
  const bomb = deflateRawSync(Buffer.alloc(size * 512), { level: 9 })
  bomb.fill(0xff, bomb.length - 20)
  const lures = Buffer.alloc(20_000, 'x')
  for (let at = 0; at + 60 < lures.length; at += 60) {
    HEAD.copy(lures, at)
    stored(lures.length - at - 15).copy(lures, at + 10)
    lures.write(LURE, at + 15)
  }
  return Buffer.concat([lures, bomb])
}

/** A code table of its own in each head, cut short by the next. */
function tables(size: number): Buffer {
  const packed = deflateRawSync(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31) % 256)), { level: 9 })
  return repeated(size, Buffer.concat([HEAD, packed.subarray(0, 60)]))
}

/** A record in a member that ends where it says, with the hostile bytes for a block. */
function insideMember(block: Buffer): Buffer {
  const record = warcRecord({ block })
  const pieces: Buffer[] = [HEAD]
  for (let at = 0; at < record.length; at += 60_000) {
    const piece = record.subarray(at, at + 60_000)
    pieces.push(stored(piece.length, at + 60_000 >= record.length), piece)
  }
  return Buffer.concat([...pieces, trailer(record)])
}

function trailer(bytes: Buffer): Buffer {
  const out = Buffer.alloc(8)
  out.writeUInt32LE(crc32(bytes), 0)
  out.writeUInt32LE(bytes.length, 4)
  return out
}

/** Many records in one sound member; in each begins another that shares the rest of its blocks, so that all go to the end. */
function membersToTheEnd(size: number, filler: number): Buffer {
  const lure = Buffer.concat([Buffer.from(LURE), warcRecord({ block: Buffer.alloc(filler, 'y') })])
  const record = warcRecord({ block: Buffer.concat([HEAD, stored(lure.length + 4), lure]) })
  const count = Math.floor(size / (record.length + 5))
  const pieces = Array.from({ length: count }, (_, i) => [stored(record.length, i === count - 1), record])
  return Buffer.concat([HEAD, ...pieces.flat(), trailer(Buffer.concat(Array(count).fill(record)))])
}

const good = warcRecord({ block: 'sound' })
const LINE = 'WARC/1.0\nWARC-A: b\n'
const FILES: Record<string, (size: number) => Buffer> = {
  'stored blocks that chain on, first lines wrong': (size) => chains(size, 'WARC/1.0xx', 30),
  'stored blocks that chain on, lengths lie': (size) => chains(size, 'WARC/1.0\nContent-Length: 9999999\n\n', 60),
  'stored blocks that chain on, a sound record first': (size) => chains(size, LURE, 60),
  'stored blocks that chain on, several sound records first': (size) => chains(size, LURE.repeat(3), 150),
  'short stored blocks that chain on': (size) => chains(size, 'WARC/1.0xx', 30, 300),
  'members that break at once': (size) =>
    repeated(size / 8, Buffer.concat([HEAD, stored(10), Buffer.from('WARC/1.0\r\n\xff', 'latin1')])),
  'heads before a stream that inflates a thousandfold': bombs,
  'gzip magics everywhere': (size) => repeated(size, Buffer.from([0x1f, 0x8b, 8])),
  'gzip magics with names that do not end': (size) => repeated(size, Buffer.from([0x1f, 0x8b, 8, 8])),
  'gzip magics with names that do not end, behind records': (size) =>
    repeated(
      size,
      Buffer.concat([
        Buffer.from('WARC/1.0\nContent-Length: 0\n\n\n\n'),
        Buffer.from([0x1f, 0x8b, 8, 24, 1, 1, 1, 1, 1, 3]),
      ]),
      'x',
    ),
  'gzip heads with code tables': tables,
  'first lines without an end of the header': (size) => repeated(size, LINE),
  'first lines without an end of the header, lower case': (size) => repeated(size, LINE.toLowerCase()),
  'first lines of either kind': (size) => repeated(size, LINE.toLowerCase(), 'x'),
  'lengths that lie': (size) => repeated(size, 'WARC/1.0\nContent-Length: 60000\n\n'),
  'large lengths that lie': (size) => repeated(size, 'WARC/1.0\nContent-Length: 900000\n\n'),
  'lengths beyond the limit that lie': (size) => repeated(size, 'WARC/1.0\nContent-Length: 99999999\n\n'),
  'lengths that lie behind a long header': (size) => repeated(size, `${LINE.repeat(2000)}Content-Length: 60000\n\n`),
  'zstd magics everywhere': (size) => repeated(size, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x40])),
  'zstd headers with blocks that go on to the end': (size) =>
    repeated(size / 8, Buffer.concat([ZSTD_HEAD, Buffer.from([0x84, 0x3e, 0])])),
  'zstd frames that chain on': (size) => zstdChains(size / 4),
  'zstd frames that break at once': (size) => repeated(size / 8, Buffer.concat([ZSTD_HEAD, Buffer.from([5, 0, 0, 7])])),
  'zstd frames that give a thousand times their size': zstdBombs,
  'skippable frames whose lengths lie': (size) => repeated(size, skippable(3, Buffer.alloc(0)).fill(0x7f, 4, 7)),
  'ARC lines whose lengths lie': (size) => repeated(size, ARC_LINE, '\n'),
  'ARC lines without an end': (size) => repeated(size, '\nhttp://a.example/ 1.1.1.1 '),
  'inside a sound member': (size) => insideMember(chains(size, LURE, 60)),
  'inside a sound record': (size) => Buffer.concat([good, warcRecord({ block: repeated(size, LINE) }), good]),
  'inside a sound record of either kind': (size) =>
    Buffer.concat([Buffer.from('x'), good, warcRecord({ block: chains(size, LURE, 60) }), good]),
}

const ARC_LINE = 'http://a.example/ 1.2.3.4 20010101000000 text/html 60000\n'
/** Magic, no flags, a window of 128 MiB. */
const ZSTD_HEAD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3])

/** Frames whose stored block is as long as can be, with heads of frames in it that go on into the next block. */
function zstdChains(size: number): Buffer {
  const block = Buffer.alloc(50_000, 'x')
  for (let at = 0; at + 200 < block.length; at += 60) {
    const head = Buffer.alloc(3)
    head.writeUIntLE((block.length - at - 9) << 3, 0, 3)
    Buffer.concat([ZSTD_HEAD, head, Buffer.from(LURE)]).copy(block, at)
  }
  const head = Buffer.alloc(3)
  head.writeUIntLE(block.length << 3, 0, 3)
  return Buffer.concat([ZSTD_HEAD, Buffer.alloc(size, Buffer.concat([head, block]))])
}

/** Frames of one stored block and many repeated bytes, each a sound record but for its size. */
function zstdBombs(size: number): Buffer {
  const head = Buffer.from('WARC/1.0\r\nContent-Length: 9999999\r\n\r\n')
  const runs = Array.from({ length: 100 }, () => ({
    type: 'repeated' as const,
    content: Buffer.from('x'),
    count: 131_000,
  }))
  return repeated(size, frameOf([{ type: 'raw', content: head }, ...runs]))
}

/** Bytes of work for a byte of the file. */
interface Cost {
  readonly inflated: number
  readonly output: number
  readonly searched: number
  readonly read: number
}

async function costOf(bytes: Buffer, rangeSize: number | null, recordSizeMax: number) {
  const file = memoryFile(bytes)
  resetWork()
  const { events } = await countingSearches(() =>
    readInRanges((input, range) => readRecords(input, range, { recordSizeMax }), file, rangeSize),
  )
  const per = (count: number) => Math.ceil((count * 10) / bytes.length) / 10
  const cost: Cost = {
    inflated: per(work.inflated),
    output: per(work.output),
    searched: per(work.searched),
    read: per(file.bytesAsked),
  }
  return { events, cost }
}

/** For any file. Deflate shrinks a thousandfold at most, so a sound file can make output of that kind as well. */
const COST_MAX: Cost = { inflated: 80, output: 2048, searched: 350, read: 20 }

/** What was unpacked is searched as well, for a first line in upper and in lower case. */
function expectWithin(cost: Cost, most: Cost): void {
  const limits = { ...most, searched: most.searched + 2 * cost.output }
  for (const [kind, count] of Object.entries(cost))
    expect(count, `${kind}, bytes a byte of the file`).toBeLessThan(limits[kind as keyof Cost]) // its own keys
}

describe('work on hostile files', () => {
  for (const [name, make] of Object.entries(FILES)) {
    it(`is in proportion to their bytes: ${name}`, async () => {
      for (const size of [64 * KiB, 256 * KiB]) {
        const bytes = make(size)
        const whole = await costOf(bytes, null, MiB)
        expect(coverageFault(whole.events, bytes.length)).toBeNull()
        expectWithin(whole.cost, COST_MAX)
        const ranges = await costOf(bytes, 64 * KiB, MiB)
        expect(fingerprints(ranges.events)).toEqual(fingerprints(whole.events))
        expectWithin(ranges.cost, COST_MAX)
      }
    })
  }

  it('is in proportion, and the same in ranges, for mixtures from seeds', async () => {
    const makes = Object.values(FILES)
    for (let seed = 0; seed < 16; seed++) {
      const random = new Random(seed)
      const pieces = Array.from({ length: 8 }, () => {
        const piece = random.pick(makes)(2 * KiB + random.below(70 * KiB))
        const cut = piece.subarray(random.below(100), piece.length - random.below(piece.length / 2))
        return Buffer.concat([cut, random.pick([good, perRecordGzip([good, good]), random.bytes(random.below(900))])])
      })
      const bytes = Buffer.concat([random.pick([good, perRecordGzip([good]), Buffer.from('x')]), ...pieces])
      const whole = await costOf(bytes, null, 30 * KiB)
      expect(coverageFault(whole.events, bytes.length), `seed ${seed}`).toBeNull()
      expectWithin(whole.cost, COST_MAX)
      const ranges = await costOf(bytes, random.pick([9, 30, 70]) * KiB, 30 * KiB)
      expect(fingerprints(ranges.events), `seed ${seed}`).toEqual(fingerprints(whole.events))
    }
  })

  it('takes no record from what follows', async () => {
    const five = perRecordGzip(Array.from({ length: 5 }, () => good))
    for (const name of ['stored blocks that chain on, first lines wrong', 'short stored blocks that chain on']) {
      const { events } = await costOf(Buffer.concat([FILES[name](256 * KiB), five]), null, MiB)
      expect(events.slice(-5).map((event) => event.kind)).toEqual(Array(5).fill('record'))
    }
  })
})

describe('ranges that begin with a guess', () => {
  const bytes = Buffer.concat([perRecordGzip([good]), membersToTheEnd(4 * MiB, 50_000)])

  it('are given up when the guess takes too much, and read again', async () => {
    const range = { start: MiB, end: MiB + 128 * KiB, exact: false }
    const { extent } = await drain(readRecords(memoryFile(bytes), range, { recordSizeMax: 100_000 }))
    expect(extent).toEqual({ first: -1, stopped: range.end })
    const whole = await costOf(bytes, null, 100_000)
    const ranges = await costOf(bytes, 128 * KiB, 100_000)
    expect(fingerprints(ranges.events)).toEqual(fingerprints(whole.events))
    expectWithin(ranges.cost, { inflated: 10, output: 10, searched: 1, read: 12 })
  })

  it('are kept where it takes no more than a record may', async () => {
    const range = { start: MiB, end: MiB + 128 * KiB, exact: false }
    const { extent } = await drain(readRecords(memoryFile(bytes), range, { recordSizeMax: 4 * MiB }))
    expect(extent.first).toBeGreaterThan(MiB)
    expect(extent.stopped).toBe(bytes.length)
  })
})
