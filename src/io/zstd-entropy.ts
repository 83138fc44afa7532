/**
 * The two entropy codes of Zstandard: FSE (RFC 8878 section 4.1) and Huffman (section 4.2). Tables are checked as they are
 * read, so that decoding with them can't leave them. Errors are RangeErrors.
 */

/** By state: the symbol, how many bits to read, and what to add to them for the next state. */
export interface FseTable {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/** By the next `log` bits: symbol in the low byte, number of its bits above. */
export interface HuffmanTable {
  readonly log: number
  readonly entries: Uint16Array
}

const HUFFMAN_LOG_MAX = 11
const WEIGHT_LOG_MAX = 6

export function corrupt(what: string): RangeError {
  return new RangeError(`zstd: ${what}`)
}

/** One symbol that takes no bits. */
export function singleSymbolFse(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: Uint8Array.of(0), bases: Uint16Array.of(0) }
}

/** @param counts by symbol, -1 for "less than one"; their sum is 2^log (section 4.1.1) */
export function fseTable(counts: ArrayLike<number>, log: number): FseTable {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const next = new Uint16Array(counts.length)
  let high = size - 1
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] as number // below the length
    next[symbol] = Math.abs(count)
    if (count === -1) symbols[high--] = symbol
  }
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  for (let symbol = 0; symbol < counts.length; symbol++) {
    for (let i = counts[symbol] as number; i > 0; i--) {
      symbols[at] = symbol
      do at = (at + step) & (size - 1)
      while (at > high)
    }
  }
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number // within the table, as those below
    const value = next[symbol] as number
    next[symbol] = value + 1
    const width = log - (31 - Math.clz32(value))
    bits[state] = width
    bases[state] = (value << width) - size
  }
  return { log, symbols, bits, bases }
}

/** A table description at `at`: bits from the low end of each byte. */
export function readFseTable(
  bytes: Uint8Array,
  at: number,
  end: number,
  logMax: number,
  symbolMax: number,
): { readonly table: FseTable; readonly next: number } {
  let bit = at * 8
  const take = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++, bit++) value |= (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) << i
    if (bit > end * 8) throw corrupt('table description: cut off')
    return value
  }
  const log = 5 + take(4)
  if (log > logMax) throw corrupt(`table description: expected at most ${logMax} bits of accuracy, got ${log}`)
  const counts: number[] = []
  for (let remaining = 1 << log; remaining > 0; ) {
    if (counts.length > symbolMax) throw corrupt('table description: too many symbols')
    const count = takeCount(take, remaining + 1)
    counts.push(count)
    remaining -= Math.abs(count)
    if (count !== 0) continue
    for (let repeat = 3; repeat === 3; ) {
      repeat = take(2)
      for (let i = 0; i < repeat; i++) counts.push(0)
    }
  }
  if (counts.length > symbolMax + 1) throw corrupt('table description: too many symbols')
  return { table: fseTable(counts, log), next: (bit + 7) >> 3 }
}

/** Small values take a bit less (section 4.1.1). @param most the largest value that may stand here */
function takeCount(take: (count: number) => number, most: number): number {
  const width = 32 - Math.clz32(most)
  const short = (1 << width) - 1 - most
  const low = take(width - 1)
  if (low < short) return low - 1
  const value = low | (take(1) << (width - 1))
  return (value >= 1 << (width - 1) ? value - short : value) - 1
}

/** The description of a Huffman table at `at`: weights, packed or as they are (section 4.2.1). */
export function readHuffmanTable(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly table: HuffmanTable; readonly next: number } {
  if (at >= end) throw corrupt('Huffman table: cut off')
  const header = bytes[at] as number // below the end
  const start = at + 1
  if (header >= 128) {
    const count = header - 127
    const next = start + ((count + 1) >> 1)
    if (next > end) throw corrupt('Huffman table: cut off')
    const weights = Array.from({ length: count }, (_, i) => {
      const byte = bytes[start + (i >> 1)] as number // below `next`
      return i % 2 === 0 ? byte >> 4 : byte & 15
    })
    return { table: huffmanTable(weights), next }
  }
  const next = start + header
  if (next > end) throw corrupt('Huffman table: cut off')
  const { table, next: streamStart } = readFseTable(bytes, start, next, WEIGHT_LOG_MAX, HUFFMAN_LOG_MAX + 1)
  return { table: huffmanTable(readWeights(bytes.subarray(streamStart, next), table)), next }
}

/** Two states take turns until the bits are used up. */
function readWeights(stream: Uint8Array, table: FseTable): number[] {
  const last = stream.at(-1) ?? 0
  if (last === 0) throw corrupt('Huffman weights: expected a bit that ends them')
  let bit = stream.length * 8 - 8 + (31 - Math.clz32(last))
  const take = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) {
      bit--
      value = (value << 1) | (bit < 0 ? 0 : ((stream[bit >> 3] as number) >> (bit & 7)) & 1) // not below the start
    }
    return value
  }
  const states = [take(table.log), take(table.log)]
  if (bit < 0) throw corrupt('Huffman weights: cut off')
  const weights: number[] = []
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    const state = states[turn] as number // 0 or 1
    weights.push(table.symbols[state] as number) // states stay within the table
    const width = table.bits[state] as number
    if (bit < width) {
      weights.push(table.symbols[states[turn ^ 1] as number] as number)
      break
    }
    states[turn] = (table.bases[state] as number) + take(width)
  }
  return weights
}

/** The last symbol's weight is what makes the sum a power of two. */
function huffmanTable(weights: readonly number[]): HuffmanTable {
  let sum = 0
  for (const weight of weights) {
    if (weight > HUFFMAN_LOG_MAX) throw corrupt(`Huffman weights: expected at most ${HUFFMAN_LOG_MAX}, got ${weight}`)
    if (weight > 0) sum += 1 << (weight - 1)
  }
  if (sum === 0 || weights.length > 255) throw corrupt('Huffman weights: expected 1 to 255 symbols')
  const log = 32 - Math.clz32(sum)
  const rest = (1 << log) - sum
  if (log > HUFFMAN_LOG_MAX || (rest & (rest - 1)) !== 0) throw corrupt('Huffman weights: their sum is none')
  const all = [...weights, 32 - Math.clz32(rest)]
  const entries = new Uint16Array(1 << log)
  let at = 0
  // Codes go up with the weight, symbols in order within one.
  for (let weight = 1; weight <= log; weight++) {
    for (let symbol = 0; symbol < all.length; symbol++) {
      if (all[symbol] !== weight) continue
      const count = 1 << (weight - 1)
      entries.fill(symbol | ((log + 1 - weight) << 8), at, at + count)
      at += count
    }
  }
  return { log, entries }
}
