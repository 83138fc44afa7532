/** Decompresses LZ4 frames (LZ4 Frame Format 1.6.4; blocks by LZ4 Block Format). Leaves out dictionaries, legacy frames and checksums. */

const MAGIC = 0x184d2204
/** A byte of a length stands for no more than this. */
const RATIO_MAX = 255

/** One frame. Throws RangeError where it is damaged, or holds more than `sizeMax`. */
export function decompressLz4Frame(bytes: Uint8Array, sizeMax: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw corrupt('expected its magic number')
  const flags = view.getUint8(4)
  const hasSize = (flags & 0x08) !== 0
  if (flags >> 6 !== 1 || (flags & 0x01) !== 0) throw corrupt('expected version 1 without a dictionary')
  const blockSizeMax = 2 ** (8 + 2 * ((view.getUint8(5) >> 4) & 7))
  const stated = hasSize ? Number(view.getBigUint64(6, true)) : 0
  const output = new Output(Math.min(stated, sizeMax, bytes.length * RATIO_MAX), sizeMax)
  for (let at = hasSize ? 15 : 7; ; ) {
    const word = view.getUint32(at, true)
    at += 4
    if (word === 0) return output.bytes()
    const size = word & 0x7fffffff
    if (size > blockSizeMax || at + size > bytes.length) throw corrupt('a block is longer than it may be')
    const block = bytes.subarray(at, at + size)
    if (word >>> 31 === 1) output.append(block, 0, size)
    else decodeBlock(block, output)
    at += size + ((flags & 0x10) === 0 ? 0 : 4)
  }
}

/** A block alone, which holds exactly `size` bytes. Throws RangeError where it is damaged. */
export function decompressLz4Block(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Output(Math.min(size, bytes.length * RATIO_MAX), size)
  decodeBlock(bytes, output)
  const content = output.bytes()
  if (content.length !== size) throw corrupt(`expected ${size} bytes, got ${content.length}`)
  return content
}

/** Matches may reach back into the blocks before. */
function decodeBlock(block: Uint8Array, output: Output): void {
  for (let at = 0; at < block.length; ) {
    const token = block[at++] as number // below the length
    const length = (first: number): number => {
      let sum = first
      for (let byte = 255; first === 15 && byte === 255; sum += byte) {
        if (at >= block.length) throw corrupt('a length is cut off')
        byte = block[at++] as number // checked above
      }
      return sum
    }
    const literals = length(token >> 4)
    if (at + literals > block.length) throw corrupt('literals are cut off')
    output.append(block, at, at + literals)
    at += literals
    if (at === block.length) return // the last sequence has no match
    if (at + 2 > block.length) throw corrupt('an offset is cut off')
    const offset = (block[at] as number) | ((block[at + 1] as number) << 8) // checked above
    at += 2
    output.repeat(offset, length(token & 15) + 4)
  }
}

class Output {
  #bytes: Uint8Array
  #used = 0

  constructor(
    size: number,
    private readonly sizeMax: number,
  ) {
    this.#bytes = new Uint8Array(Math.max(size, 64 * 1024))
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from)
    this.#bytes.set(bytes.subarray(from, to), this.#used)
    this.#used += to - from
  }

  /** May overlap: an offset below the length repeats. */
  repeat(offset: number, length: number): void {
    if (offset === 0 || offset > this.#used) throw corrupt('an offset before the beginning')
    this.#reserve(length)
    const out = this.#bytes
    if (offset >= length) out.copyWithin(this.#used, this.#used - offset, this.#used - offset + length)
    else for (let i = 0; i < length; i++) out[this.#used + i] = out[this.#used + i - offset] as number // written before
    this.#used += length
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  #reserve(length: number): void {
    const needed = this.#used + length
    if (needed > this.sizeMax) throw corrupt(`expected at most ${this.sizeMax} bytes`)
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.bytes())
    this.#bytes = grown
  }
}

function corrupt(what: string): RangeError {
  return new RangeError(`lz4: ${what}`)
}
