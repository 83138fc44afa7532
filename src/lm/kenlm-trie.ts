/**
 * The n-grams of a KenLM trie (lm/trie.cc, search_trie.hh, quantize.cc, bhiksha.cc): a reverse trie, whose root is the
 * last word. An entry of one level points to where its children, one word longer to the left, begin in the next; they end
 * where those of the entry behind begin.
 *
 *   quantized: version 2, bits of probabilities and of back-offs, u8 each, padded to 8; then for each order from 2 the
 *              values of probabilities and (but for the longest) back-offs, f32 each
 *   unigrams:  probability f32, back-off f32, pointer u64; two more than there are
 *   levels:    bit-packed (word, probability, back-off, pointer), one entry more for the last pointer; the longest (word,
 *              probability). Not quantized: 31 bits of the probability, its sign left out, and 32 of the back-off; else
 *              back-off number below probability number
 *   array-compressed: before each level but the longest, version 0 and a bit count, u8 each, padded to 8, then u64 each the
 *              index of the first entry whose pointer's chopped upper bits are at least 0, 1, 2, …
 *
 * The levels are walked side by side, each once from front to back.
 */
import { type KenlmHeader, makeBuilder } from './kenlm-header.js'
import { floatBits, NO_EXTENSION, SIGN } from './layout.js'
import { FileReader } from './model-file.js'
import { extendHigh, extendLow, wordHigh, wordLow } from './ngram-key.js'
import type { TableBuilder } from './table-builder.js'

const QUANT_BITS_MAX = 25
const POINTER_BITS_MAX = 53

/** @returns the tables without words, and the byte behind the n-grams */
export function readTrie(reader: FileReader, header: KenlmHeader): { builder: TableBuilder; end: number } {
  const { order, counts, sizeBytes } = header
  const wordCount = reader.uint64(sizeBytes, 'number of words but <unk>') + 1
  if (wordCount !== counts[0]) reader.fail(sizeBytes, `expected ${counts[0]} words, got ${wordCount}`)
  const start = sizeBytes + 8 + 8 * counts[0]
  const quantizer = header.quantized ? new Quantizer(reader, order, start) : null
  const unigrams = start + (quantizer?.sizeBytes ?? 0)
  let at = unigrams + 16 * (counts[0] + 2)
  const levels: Level[] = []
  for (let n = 2; n <= order; n++) {
    const level = new Level(reader, header, quantizer, n, at)
    levels.push(level)
    at = level.end
  }
  if (at > reader.file.sizeBytes) {
    reader.fail(reader.file.sizeBytes, `by its header the model takes ${at} bytes, the file ends here`)
  }
  const builder = makeBuilder(reader, header, wordCount)
  let next = levels[0].pointerOfUnigram(unigrams, 0)
  for (let id = 0; id < wordCount; id++) {
    const begin = next
    next = levels[0].pointerOfUnigram(unigrams, id + 1)
    const bits = reader.uint32(unigrams + 16 * id)
    builder.setUnigram(
      id,
      begin === next ? (bits | SIGN) >>> 0 : (bits & ~SIGN) >>> 0,
      reader.uint32(unigrams + 16 * id + 4),
    )
    walk(levels, 0, begin, next, 0, id, wordCount, builder)
  }
  for (const level of levels) level.checkAllRead()
  return { builder, end: at }
}

/** Adds the entries [begin, end) of a level, and all below them, under the key of the entry above. */
function walk(
  levels: readonly Level[],
  depth: number,
  begin: number,
  end: number,
  high: number,
  low: number,
  wordCount: number,
  builder: TableBuilder,
): void {
  const level = levels[depth]
  level.checkRange(begin, end)
  for (let index = begin; index < end; index++) {
    const word = level.word(index)
    if (word >= wordCount) level.fail(index, `expected a word below ${wordCount}, got ${word}`)
    const keyHigh = extendHigh(high, low, wordHigh(word))
    const keyLow = extendLow(low, wordLow(word))
    let bits = level.probabilityBits(index)
    let from = 0
    let to = 0
    if (!level.longest) {
      from = level.pointer(index)
      to = level.pointer(index + 1)
      if (from !== to) bits = (bits & ~SIGN) >>> 0
    }
    if (!builder.addKey(level.length, keyHigh >>> 0, keyLow >>> 0, bits, level.backoffBits(index))) {
      level.fail(index, 'the n-gram is there twice')
    }
    if (!level.longest) walk(levels, depth + 1, from, to, keyHigh, keyLow, wordCount, builder)
  }
}

/** The n-grams of one length. */
class Level {
  readonly longest: boolean
  readonly end: number
  readonly #reader: FileReader
  readonly #count: number
  readonly #base: number
  readonly #wordBits: number
  readonly #probabilityBits: number
  readonly #backoffBits: number
  readonly #pointerBits: number = 0
  readonly #entryBits: number
  readonly #probabilities: Float32Array | null
  readonly #backoffs: Float32Array | null
  readonly #upper: PointerUpperBits | null = null
  #read = 0

  constructor(
    reader: FileReader,
    header: KenlmHeader,
    quantizer: Quantizer | null,
    readonly length: number,
    start: number,
  ) {
    const { counts } = header
    this.longest = length === header.order
    this.#reader = new FileReader(reader.file, reader.name) // a window of its own
    this.#count = counts[length - 1]
    this.#wordBits = requiredBits(counts[0])
    this.#probabilities = quantizer?.tables[length - 2].probabilities ?? null
    this.#backoffs = quantizer?.tables[length - 2].backoffs ?? null
    this.#probabilityBits = quantizer?.probabilityBits ?? 31
    this.#backoffBits = this.longest ? 0 : (quantizer?.backoffBits ?? 32)
    let base = start
    if (!this.longest) {
      this.#pointerBits = requiredBits(counts[length])
      if (header.arrayPointers) {
        this.#upper = new PointerUpperBits(reader, start, this.#count + 1, counts[length])
        this.#pointerBits -= this.#upper.choppedBits
        base = this.#upper.end
      }
    }
    this.#base = base
    this.#entryBits = this.#wordBits + this.#probabilityBits + this.#backoffBits + this.#pointerBits
    this.end = base + Math.floor(((1 + this.#count) * this.#entryBits + 7) / 8) + 8
  }

  word(index: number): number {
    return this.#reader.bits(this.#base, index * this.#entryBits, this.#wordBits)
  }

  /** Of a probability that no longer n-gram ends with. */
  probabilityBits(index: number): number {
    const at = index * this.#entryBits + this.#wordBits
    if (this.#probabilities === null) return (this.#reader.bits(this.#base, at, 31) | SIGN) >>> 0
    const code = this.#reader.bits(this.#base, at + this.#backoffBits, this.#probabilityBits)
    return (floatBits(this.#probabilities[code]) | SIGN) >>> 0
  }

  backoffBits(index: number): number {
    if (this.longest) return NO_EXTENSION
    const at = index * this.#entryBits + this.#wordBits
    if (this.#backoffs === null) return this.#reader.bits(this.#base, at + 31, 32)
    return floatBits(this.#backoffs[this.#reader.bits(this.#base, at, this.#backoffBits)])
  }

  /** Where the children of the entry begin; of the one behind the last, where all end. */
  pointer(index: number): number {
    const at = (index + 1) * this.#entryBits - this.#pointerBits
    const low = this.#pointerBits === 0 ? 0 : this.#reader.bits(this.#base, at, this.#pointerBits)
    return this.#upper === null ? low : this.#upper.of(index) * 2 ** this.#pointerBits + low
  }

  pointerOfUnigram(unigrams: number, id: number): number {
    return this.#reader.uint64(unigrams + 16 * id + 8, 'pointer')
  }

  /** Children come in order, each once: so a walk ends, and reads each level from front to back. */
  checkRange(begin: number, end: number): void {
    if (begin !== this.#read || end < begin || end > this.#count) {
      this.fail(begin, `expected a range from ${this.#read} within ${this.#count}, got ${begin} to ${end}`)
    }
    this.#read = end
  }

  checkAllRead(): void {
    if (this.#read !== this.#count) this.fail(this.#read, `expected ${this.#count} entries, got ${this.#read}`)
  }

  fail(index: number, message: string): never {
    const offset = this.#base + Math.floor((index * this.#entryBits) / 8)
    return this.#reader.fail(offset, `${this.length}-grams, entry ${index}: ${message}`)
  }
}

/** Values of quantized probabilities and back-offs. */
class Quantizer {
  readonly probabilityBits: number
  readonly backoffBits: number
  readonly sizeBytes: number
  readonly tables: { readonly probabilities: Float32Array; readonly backoffs: Float32Array | null }[] = []

  constructor(reader: FileReader, order: number, start: number) {
    const version = reader.uint8(start)
    if (version !== 2) reader.fail(start, `quantization: expected version 2, got ${version}`)
    this.probabilityBits = reader.uint8(start + 1)
    this.backoffBits = reader.uint8(start + 2)
    for (const bits of [this.probabilityBits, this.backoffBits]) {
      if (!(bits >= 1 && bits <= QUANT_BITS_MAX)) {
        reader.fail(start + 1, `quantization: expected 1 to ${QUANT_BITS_MAX} bits, got ${bits}`)
      }
    }
    let at = start + 8
    const table = (bits: number): Float32Array => {
      const size = 2 ** bits
      if (at + 4 * size > reader.file.sizeBytes) {
        reader.fail(at, `expected ${size} quantized values, the file ends at ${reader.file.sizeBytes}`)
      }
      const values = Float32Array.from({ length: size }, (_, i) => reader.float32(at + 4 * i))
      at += 4 * size
      return values
    }
    for (let n = 2; n <= order; n++) {
      this.tables.push({
        probabilities: table(this.probabilityBits),
        backoffs: n < order ? table(this.backoffBits) : null,
      })
    }
    this.sizeBytes = at - start
  }
}

/** Upper bits of pointers, kept once for all entries that share them (Raj and Whittaker 2003; lm/bhiksha.cc). */
class PointerUpperBits {
  readonly choppedBits: number
  readonly end: number
  readonly #reader: FileReader
  readonly #array: number
  readonly #count: number
  #upper = 0

  constructor(reader: FileReader, start: number, entries: number, pointerMax: number) {
    this.#reader = new FileReader(reader.file, reader.name)
    const version = reader.uint8(start)
    if (version !== 0) reader.fail(start, `array-compressed pointers: expected version 0, got ${version}`)
    const required = requiredBits(pointerMax)
    this.choppedBits = chopBits(entries, pointerMax, Math.min(required, reader.uint8(start + 1)))
    this.#count = Math.floor(pointerMax / 2 ** (required - this.choppedBits)) + 1
    this.#array = Math.ceil(start / 8) * 8 + 8
    this.end = start + 8 * (1 + this.#count) + 7
  }

  /** Upper bits of the pointer of entry `index`; asked with indices that never fall. */
  of(index: number): number {
    while (this.#upper + 1 < this.#count && this.#first(this.#upper + 1) <= index) this.#upper++
    return this.#upper
  }

  #first(upper: number): number {
    return this.#reader.uint64(this.#array + 8 * upper, 'first entry of an upper pointer part')
  }
}

/** ChopBits of lm/bhiksha.cc: the chopping that makes the whole smallest. It depends on the counts alone, but for its limit. */
function chopBits(entries: number, pointerMax: number, limit: number): number {
  const required = requiredBits(pointerMax)
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let chop = 0; chop <= limit; chop++) {
    const change = Math.floor(pointerMax / 2 ** (required - chop)) * 64 - entries * chop
    if (change < lowest) {
      lowest = change
      best = chop
    }
  }
  return best
}

/** Bits of the largest number to be kept. */
function requiredBits(max: number): number {
  let bits = 0
  while (bits < POINTER_BITS_MAX && max >= 2 ** bits) bits++
  return bits
}
