/**
 * The first few bytes of a deflate stream (RFC 1951), decoded here: a search tries every gzip magic in a file, and zlib takes
 * some 80 microseconds to refuse one, which a file full of them would turn into minutes. Stops where a back-reference stands,
 * so it fits only for first bytes that repeat nothing.
 */

const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const CODE_BITS_MAX = 15
const END_OF_BLOCK = 256
/** Empty blocks in front, as flushing writers leave them. */
const BLOCKS_MAX = 8

/** Up to `count` first bytes; fewer where the stream ends, breaks, or refers back. */
export function firstBytes(deflated: Uint8Array, count: number): number[] {
  const out: number[] = []
  const bits = new BitReader(deflated)
  for (let block = 0; block < BLOCKS_MAX; block++) {
    const isLast = bits.take(1) === 1
    const type = bits.take(2)
    const isDone = type === 0 ? copyStored(bits, count, out) : decodeLiterals(bits, codeOf(type, bits), count, out)
    if (isDone || isLast) break
  }
  return out
}

/** Bits from the low end of each byte; zeros behind the end. */
class BitReader {
  #position = 0
  constructor(readonly bytes: Uint8Array) {}

  take(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#position++)
      value |= (((this.bytes[this.#position >> 3] ?? 0) >> (this.#position & 7)) & 1) << i
    return value
  }

  toByte(): void {
    this.#position = (this.#position + 7) & ~7
  }

  get isBehindEnd(): boolean {
    return this.#position > this.bytes.length * 8
  }
}

/** Both return true when there is no going on to the next block. */
function copyStored(bits: BitReader, count: number, out: number[]): boolean {
  bits.toByte()
  const length = bits.take(16)
  if ((length ^ bits.take(16)) !== 0xffff) return true
  for (let i = 0; i < length && out.length < count && !bits.isBehindEnd; i++) out.push(bits.take(8))
  return out.length >= count || bits.isBehindEnd
}

function decodeLiterals(bits: BitReader, code: HuffmanCode | null, count: number, out: number[]): boolean {
  if (code === null) return true
  while (out.length < count) {
    const symbol = decode(bits, code)
    if (bits.isBehindEnd || symbol === -1 || symbol > END_OF_BLOCK) return true
    if (symbol === END_OF_BLOCK) return false
    out.push(symbol)
  }
  return true
}

/** Canonical: how many codes have each length, and the symbols in order of their codes. */
interface HuffmanCode {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

/** Null when the lengths ask for more codes than there are. */
function huffmanCode(lengths: Uint8Array): HuffmanCode | null {
  const counts = new Uint16Array(CODE_BITS_MAX + 1)
  for (const length of lengths) counts[length] = (counts[length] as number) + 1 // lengths are at most 15
  counts[0] = 0
  const offsets = new Uint16Array(CODE_BITS_MAX + 2)
  let free = 1
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    const used = counts[length] as number // within the table
    free = free * 2 - used
    if (free < 0) return null
    offsets[length + 1] = (offsets[length] as number) + used // within the table
  }
  const symbols = new Uint16Array(lengths.length)
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue
    const at = offsets[length] as number // within the table
    symbols[at] = symbol
    offsets[length] = at + 1
  }
  return { counts, symbols }
}

function decode(bits: BitReader, { counts, symbols }: HuffmanCode): number {
  let code = 0
  let first = 0
  let index = 0
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    code |= bits.take(1)
    const used = counts[length] as number // within the table
    if (code - first < used) return symbols[index + code - first] as number // a code of this length
    index += used
    first = (first + used) << 1
    code <<= 1
  }
  return -1
}

const FIXED = huffmanCode(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)))

/** The block's code for literals and lengths. */
function codeOf(type: number, bits: BitReader): HuffmanCode | null {
  if (type === 1) return FIXED
  if (type !== 2) return null
  const literalCount = bits.take(5) + 257
  const distanceCount = bits.take(5) + 1
  const lengthCount = bits.take(4) + 4
  if (literalCount > 286 || distanceCount > 30) return null
  const lengthLengths = new Uint8Array(CODE_LENGTH_ORDER.length)
  for (const symbol of CODE_LENGTH_ORDER.slice(0, lengthCount)) lengthLengths[symbol] = bits.take(3)
  const lengthCode = huffmanCode(lengthLengths)
  const lengths = lengthCode && readLengths(bits, lengthCode, literalCount + distanceCount)
  return lengths && huffmanCode(lengths.subarray(0, literalCount))
}

/** Code lengths of literals and distances, run-length coded (RFC 1951 section 3.2.7). */
function readLengths(bits: BitReader, code: HuffmanCode, count: number): Uint8Array | null {
  const lengths = new Uint8Array(count)
  for (let i = 0; i < count; ) {
    const symbol = decode(bits, code)
    if (symbol === -1 || bits.isBehindEnd) return null
    if (symbol < 16) {
      lengths[i++] = symbol
      continue
    }
    if (symbol === 16 && i === 0) return null
    const value = symbol === 16 ? (lengths[i - 1] as number) : 0 // i is above 0
    const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)
    lengths.fill(value, i, i + times)
    i += times
  }
  return lengths[END_OF_BLOCK] === 0 ? null : lengths
}
