/**
 * A Zstandard decoder that goes block by block (RFC 8878), for what the WebAssembly build can't do: frames too big to hold,
 * frames cut off, of which the beginning is wanted, and bodies that inflate without end. Checks every length and offset, and
 * holds no more than the window and a block. Leaves out the checksum of the content.
 */
import type { HuffmanTable } from './zstd-entropy.js'
import { corrupt, type FseTable, fseTable, readFseTable, readHuffmanTable, singleSymbolFse } from './zstd-entropy.js'
import { blockHeader, type FrameHeader, ZSTD_BLOCK_HEADER_SIZE, ZSTD_BLOCK_SIZE_MAX } from './zstd-frame.js'

/** Larger windows than this are refused: the `zstd` program's own limit. */
export const ZSTD_WINDOW_MAX = 128 * 1024 * 1024

/** What a dictionary sets up (section 5): tables, offsets, and content that matches may reach back to. */
export interface ZstdDictionary {
  readonly id: number
  readonly huffman: HuffmanTable | null
  readonly literalLengths: FseTable | null
  readonly offsets: FseTable | null
  readonly matchLengths: FseTable | null
  readonly repeatedOffsets: readonly [number, number, number]
  readonly content: Uint8Array
}

/** Extra bits by code, and the smallest value of each (section 3.1.1.3.2.1.1). */
const LITERAL_LENGTH_BITS = [
  ...Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]
const MATCH_LENGTH_BITS = [
  ...Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]
const LITERAL_LENGTH_BASES = bases(LITERAL_LENGTH_BITS, 0)
const MATCH_LENGTH_BASES = bases(MATCH_LENGTH_BITS, 3)
const OFFSET_CODE_MAX = 31

const LITERAL_LENGTH_LOG_MAX = 9
const OFFSET_LOG_MAX = 8
const MATCH_LENGTH_LOG_MAX = 9

/** The tables of section 3.1.1.3.2.2. */
const LITERAL_LENGTHS = fseTable(
  [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
  6,
)
const MATCH_LENGTHS = fseTable(
  [
    ...[1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1],
  ],
  6,
)
const OFFSETS = fseTable(
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  5,
)

function bases(bits: readonly number[], first: number): Int32Array {
  const out = new Int32Array(bits.length)
  let value = first
  for (let code = 0; code < bits.length; code++) {
    out[code] = value
    value += 1 << (bits[code] as number) // below the length
  }
  return out
}

/** The block's bytes, with room behind for reads of four at a time. */
const input = new Uint8Array(ZSTD_BLOCK_SIZE_MAX + 8)
const literals = new Uint8Array(ZSTD_BLOCK_SIZE_MAX)

export class ZstdDecoder {
  /** True behind the last block. */
  isDone = false
  #blockSizeMax: number
  #windowSize: number
  #huffman: HuffmanTable | null
  #tables: { literalLengths: FseTable | null; offsets: FseTable | null; matchLengths: FseTable | null }
  #repeated: [number, number, number]
  /** What was decoded, the window's worth at least: the dictionary's content in front. Filled up to `#end`. */
  #history: Uint8Array
  #end: number

  /** Throws RangeError for a window beyond ZSTD_WINDOW_MAX. */
  constructor(header: FrameHeader, dictionary: ZstdDictionary | null = null) {
    if (header.windowSize > ZSTD_WINDOW_MAX)
      throw corrupt(`window: expected at most ${ZSTD_WINDOW_MAX} bytes, got ${header.windowSize}`)
    this.#windowSize = header.windowSize
    this.#blockSizeMax = header.blockSizeMax
    this.#huffman = dictionary?.huffman ?? null
    this.#tables = {
      literalLengths: dictionary?.literalLengths ?? null,
      offsets: dictionary?.offsets ?? null,
      matchLengths: dictionary?.matchLengths ?? null,
    }
    this.#repeated = [...(dictionary?.repeatedOffsets ?? ([1, 4, 8] as const))]
    const content = dictionary?.content ?? new Uint8Array(0)
    this.#end = content.length
    this.#history = content.slice()
  }

  /**
   * Decodes the block at `at`. Gives what it holds, valid until the next call, and where the next one begins; null when the
   * bytes end inside it. Throws RangeError where it is corrupt.
   */
  decodeBlock(bytes: Uint8Array, at: number): { readonly content: Uint8Array; readonly next: number } | null {
    if (at + ZSTD_BLOCK_HEADER_SIZE > bytes.length) return null
    const block = blockHeader(bytes, at, this.#blockSizeMax)
    if (block === null) throw corrupt(`block: expected at most ${this.#blockSizeMax} bytes of a known type`)
    const start = at + ZSTD_BLOCK_HEADER_SIZE
    const next = start + block.length
    if (next > bytes.length) return null
    this.#makeRoom(block.contentMax)
    const before = this.#end
    if (block.type === 'raw') {
      this.#history.set(bytes.subarray(start, next), this.#end)
      this.#end += block.length
    } else if (block.type === 'repeated') {
      this.#history.fill(bytes[start] as number, this.#end, this.#end + block.contentMax) // the byte is there, by `next`
      this.#end += block.contentMax
    } else {
      input.set(bytes.subarray(start, next))
      input.fill(0, block.length, block.length + 8)
      this.#decodeCompressed(block.length)
    }
    this.isDone = block.isLast
    return { content: this.#history.subarray(before, this.#end), next }
  }

  /** For one more block. Grows with what was decoded, not with what the header says; beyond the window, the past is let go. */
  #makeRoom(size: number): void {
    const wanted = this.#end + size
    if (wanted <= this.#history.length) return
    const most = this.#windowSize + Math.max(this.#windowSize >> 1, 1024 * 1024) + ZSTD_BLOCK_SIZE_MAX
    if (this.#history.length < most) {
      const grown = new Uint8Array(Math.max(wanted, Math.min(this.#history.length * 2, most)))
      grown.set(this.#history.subarray(0, this.#end))
      this.#history = grown
    } else {
      const kept = Math.min(this.#end, this.#windowSize)
      this.#history.copyWithin(0, this.#end - kept, this.#end)
      this.#end = kept
    }
  }

  /** Literals, then sequences (section 3.1.1.3), of the first `size` bytes of `input`. */
  #decodeCompressed(size: number): void {
    const { count: literalCount, next } = this.#readLiterals(size)
    if (next >= size) throw corrupt('block: expected sequences, got its end')
    let at = next
    let count = input[at++] as number // below the size, checked above
    if (count >= 128) {
      if (at + 2 > size) throw corrupt('sequences: cut off')
      const second = input[at++] as number
      if (count < 255) count = ((count - 128) << 8) + second
      else count = second + ((input[at++] as number) << 8) + 0x7f00
    }
    if (count === 0) {
      if (at !== size) throw corrupt('block: bytes behind its end')
      this.#append(0, literalCount)
      return
    }
    if (at >= size) throw corrupt('sequences: cut off')
    const modes = input[at++] as number
    if ((modes & 3) !== 0) throw corrupt('sequences: a reserved mode')
    const read = (mode: number, kind: 'literalLengths' | 'offsets' | 'matchLengths', preset: FseTable): FseTable => {
      const chosen = this.#chooseTable(mode, kind, preset, at, size)
      at = chosen.next
      this.#tables[kind] = chosen.table
      return chosen.table
    }
    const literalLengths = read(modes >> 6, 'literalLengths', LITERAL_LENGTHS)
    const offsets = read((modes >> 4) & 3, 'offsets', OFFSETS)
    const matchLengths = read((modes >> 2) & 3, 'matchLengths', MATCH_LENGTHS)
    this.#runSequences(count, { literalLengths, offsets, matchLengths }, at, size, literalCount)
  }

  #chooseTable(
    mode: number,
    kind: 'literalLengths' | 'offsets' | 'matchLengths',
    preset: FseTable,
    at: number,
    size: number,
  ): { readonly table: FseTable; readonly next: number } {
    const symbolMax = { literalLengths: 35, offsets: OFFSET_CODE_MAX, matchLengths: 52 }[kind]
    if (mode === 0) return { table: preset, next: at }
    if (mode === 1) {
      if (at >= size) throw corrupt('sequences: cut off')
      const symbol = input[at] as number // below the size
      if (symbol > symbolMax) throw corrupt(`sequences: expected a code of at most ${symbolMax}, got ${symbol}`)
      return { table: singleSymbolFse(symbol), next: at + 1 }
    }
    if (mode === 3) {
      const table = this.#tables[kind]
      if (table === null) throw corrupt('sequences: no table to repeat')
      return { table, next: at }
    }
    const logMax = {
      literalLengths: LITERAL_LENGTH_LOG_MAX,
      offsets: OFFSET_LOG_MAX,
      matchLengths: MATCH_LENGTH_LOG_MAX,
    }[kind]
    return readFseTable(input, at, size, logMax, symbolMax)
  }

  /** Into `literals` (section 3.1.1.3.1). */
  #readLiterals(size: number): { readonly count: number; readonly next: number } {
    if (size < 1) throw corrupt('block: expected literals, got nothing')
    const first = input[0] as number // room is always there
    const type = first & 3
    const format = (first >> 2) & 3
    const word = ((input[0] as number) | ((input[1] as number) << 8) | ((input[2] as number) << 16)) >>> 0
    if (type < 2) {
      const headerSize = format === 1 ? 2 : format === 3 ? 3 : 1
      const count = headerSize === 1 ? first >> 3 : headerSize === 2 ? (word & 0xffff) >> 4 : word >> 4
      const next = headerSize + (type === 0 ? count : 1)
      if (count > this.#blockSizeMax || next > size) throw corrupt('literals: longer than the block')
      if (type === 0) literals.set(input.subarray(headerSize, next))
      else literals.fill(input[headerSize] as number, 0, count)
      return { count, next }
    }
    const headerSize = format < 2 ? 3 : format + 2
    const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18
    const bits = word + (input[3] as number) * 2 ** 24 + (input[4] as number) * 2 ** 32
    const count = Math.floor(bits / 16) % 2 ** sizeBits
    const packedSize = Math.floor(bits / 2 ** (4 + sizeBits)) % 2 ** sizeBits
    const end = headerSize + packedSize
    if (count > this.#blockSizeMax || end > size) throw corrupt('literals: longer than the block')
    let at = headerSize
    if (type === 2) {
      const read = readHuffmanTable(input, at, end)
      this.#huffman = read.table
      at = read.next
    }
    if (this.#huffman === null) throw corrupt('literals: no table to repeat')
    if (format === 0) decodeHuffman(this.#huffman, at, end, 0, count)
    else decodeFourStreams(this.#huffman, at, end, count)
    return { count, next: end }
  }

  #append(from: number, to: number): void {
    this.#history.set(literals.subarray(from, to), this.#end)
    this.#end += to - from
  }

  /** Reads the bits from the end (section 3.1.1.3.2.1) and copies as it goes. */
  #runSequences(
    count: number,
    tables: { literalLengths: FseTable; offsets: FseTable; matchLengths: FseTable },
    start: number,
    size: number,
    literalCount: number,
  ): void {
    const { literalLengths: lengths, offsets, matchLengths: matches } = tables
    const first = start * 8
    const limit = this.#end + this.#blockSizeMax
    const history = this.#history
    let bit = endOfBits(start, size)
    const take = (width: number): number => {
      bit -= width
      if (bit < first) throw corrupt('sequences: cut off')
      const at = bit >> 3
      const word =
        (input[at] as number) |
        ((input[at + 1] as number) << 8) |
        ((input[at + 2] as number) << 16) |
        ((input[at + 3] as number) << 24) // room for four is always there
      return (word >>> (bit & 7)) & ((1 << width) - 1)
    }
    let lengthState = take(lengths.log)
    let offsetState = take(offsets.log)
    let matchState = take(matches.log)
    let [recent, second, third] = this.#repeated
    let end = this.#end
    let from = 0
    for (let i = 0; i < count; i++) {
      // States stay within their tables, symbols within what the tables were checked for.
      const offsetCode = offsets.symbols[offsetState] as number
      const matchCode = matches.symbols[matchState] as number
      const lengthCode = lengths.symbols[lengthState] as number
      const high = offsetCode > 16 ? take(offsetCode - 16) * 65_536 : 0
      const value = 2 ** offsetCode + high + take(Math.min(offsetCode, 16))
      const matchLength = (MATCH_LENGTH_BASES[matchCode] as number) + take(MATCH_LENGTH_BITS[matchCode] as number)
      const length = (LITERAL_LENGTH_BASES[lengthCode] as number) + take(LITERAL_LENGTH_BITS[lengthCode] as number)
      if (i + 1 < count) {
        lengthState = (lengths.bases[lengthState] as number) + take(lengths.bits[lengthState] as number)
        matchState = (matches.bases[matchState] as number) + take(matches.bits[matchState] as number)
        offsetState = (offsets.bases[offsetState] as number) + take(offsets.bits[offsetState] as number)
      }
      let offset: number
      if (value > 3) {
        offset = value - 3
        third = second
        second = recent
        recent = offset
      } else {
        const index = value - (length === 0 ? 0 : 1)
        offset = index === 0 ? recent : index === 1 ? second : index === 2 ? third : recent - 1
        if (index >= 2) third = second
        if (index >= 1) second = recent
        recent = offset
      }
      if (from + length > literalCount || end + length + matchLength > limit) throw corrupt('sequences: too long')
      if (length > 24) history.set(literals.subarray(from, from + length), end)
      else for (let j = 0; j < length; j++) history[end + j] = literals[from + j] as number // both within
      from += length
      end += length
      if (offset < 1 || offset > end) throw corrupt('sequences: an offset before the beginning')
      copyMatch(history, end, offset, matchLength)
      end += matchLength
    }
    if (bit !== first) throw corrupt('sequences: bits left over')
    if (end + literalCount - from > limit) throw corrupt('block: too long')
    this.#repeated = [recent, second, third]
    this.#end = end
    this.#append(from, literalCount)
  }
}

/** May overlap: an offset below the length repeats. */
function copyMatch(history: Uint8Array, end: number, offset: number, length: number): void {
  const from = end - offset
  if (offset >= length && length > 32) history.copyWithin(end, from, from + length)
  else if (offset === 1)
    history.fill(history[from] as number, end, end + length) // not before the beginning
  else for (let i = 0; i < length; i++) history[end + i] = history[from + i] as number
}

/** Position of the last bit below the marker in the last byte of `input` before `end`. */
function endOfBits(start: number, end: number): number {
  const last = end > start ? (input[end - 1] as number) : 0
  if (last === 0) throw corrupt('bits: expected one that ends them')
  return end * 8 - 8 + (31 - Math.clz32(last))
}

function decodeFourStreams(table: HuffmanTable, start: number, end: number, count: number): void {
  let at = start + 6
  if (at > end) throw corrupt('literals: cut off')
  const each = (count + 3) >> 2
  for (let stream = 0; stream < 4; stream++) {
    const jump = start + 2 * stream
    const next = stream < 3 ? at + (input[jump] as number) + ((input[jump + 1] as number) << 8) : end // within the block
    const from = Math.min(stream * each, count)
    if (next > end) throw corrupt('literals: cut off')
    decodeHuffman(table, at, next, from, stream < 3 ? Math.min(from + each, count) : count)
    at = next
  }
}

/** One stream of bits in `input`, from its end, into `literals` from `from` to `to`. */
function decodeHuffman({ log, entries }: HuffmanTable, start: number, end: number, from: number, to: number): void {
  const first = start * 8
  let bit = endOfBits(start, end)
  for (let i = from; i < to; i++) {
    // The last symbol may have fewer bits left than the table asks for: those before the start are zeros.
    const low = bit - log
    const at = low >> 3
    let word: number
    if (low >= first)
      word =
        (((input[at] as number) | ((input[at + 1] as number) << 8) | ((input[at + 2] as number) << 16)) >> (low & 7)) &
        ((1 << log) - 1)
    else word = bit <= first ? 0 : bitsOf(first, bit) << (log - (bit - first))
    const entry = entries[word] as number // below 2^log
    literals[i] = entry & 0xff
    bit -= entry >> 8
    if (bit < first) throw corrupt('literals: cut off')
  }
  if (bit !== first) throw corrupt('literals: bits left over')
}

/** Fewer than 12 bits. */
function bitsOf(from: number, to: number): number {
  const at = from >> 3
  const word = (input[at] as number) | ((input[at + 1] as number) << 8) | ((input[at + 2] as number) << 16)
  return (word >> (from & 7)) & ((1 << (to - from)) - 1)
}
