/**
 * The first steps of extraction over bytes: a page in UTF-8 becomes rows of a flat tree, with measures of its texts and the
 * class names of its elements. assembly.ts says how the tree comes about, and what differs from the HTML standard.
 *
 * One instance holds one page at a time; its memory is that of the largest page so far.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'

/** Rows of the tree; scanning stops there and says so. A multiple of 16. */
export const NODES_MAX = 1_000_000
/** As in assembly-names.ts. */
const ENTRIES_MAX = 98_304
const PAGE_SLACK = 64

/** In the order of their codes. `href` only of links to creativecommons.org. */
export const ATTRIBUTES = ['class', 'id', 'role', 'itemprop', 'style', 'hidden', 'aria-hidden', 'rel', 'href'] as const
/** An attribute whose values are remembered. */
export type NamedAttribute = (typeof ATTRIBUTES)[number]

interface Exports {
  readonly memory: KernelMemory
  heapBase(): number
  namesBytes(): number
  rowBytes(): number
  addTag(at: number, length: number, id: number, flags: number): void
  placeNames(at: number): void
  scan(from: number, to: number, rowsAt: number, rowsMax: number, pairsAt: number, pairsMax: number): void
  found(what: number): number
  entry(number: number): number
}

/** Rows of the last scanned page, as views into the kernel's memory: good until the next page. */
export interface Rows {
  readonly count: number
  /** Greatest depth that the markup asked for. */
  readonly depth: number
  readonly truncated: boolean
  readonly tag: Uint8Array
  readonly parent: Int32Array
  readonly end: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
  /**
   * Four words a row, of texts only: size; stops and, in the upper half, commas; words (24 bits) and white space before
   * (1 << 24) and behind (1 << 25); digits and, in the upper half, words that begin with a capital letter.
   */
  readonly measures: Int32Array
  /** Pairs of a row and an entry, in order of rows. */
  readonly names: Int32Array
  /** Zeros, for whoever works on the rows. */
  readonly spare: readonly [Uint16Array, Uint16Array, Int32Array]
}

export class HtmlKernel {
  private readonly exports = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  private readonly pageAt: number
  private generation = 0
  /** All of the memory. */
  private bytes: Buffer = Buffer.alloc(0)
  private words: Uint32Array = new Uint32Array(0)
  /** What `flagsOfEntry` has been told, by entry; -1 where it has not. */
  private readonly known = new Int32Array(ENTRIES_MAX).fill(-1)

  /** @param tags name and flags of each tag by id; those of texts and of other elements have no name to be found by */
  constructor(tags: readonly { readonly name: string; readonly flags: number }[]) {
    const namesAt = aligned(this.exports.heapBase())
    this.pageAt = aligned(namesAt + this.exports.namesBytes())
    ensureMemory(this.exports.memory, this.pageAt + PAGE_SLACK + 64)
    this.exports.placeNames(namesAt)
    for (const [id, { name, flags }] of tags.entries()) {
      const length = this.write(name)
      this.exports.addTag(this.pageAt, length, id, flags)
    }
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength
  }

  /** Steps that the last page took: bytes looked at and open elements passed by. */
  get work(): number {
    return this.exports.found(6)
  }

  private write(text: string): number {
    const { written } = encoder.encodeInto(text, new Uint8Array(this.exports.memory.buffer, this.pageAt, 64))
    return written
  }

  /** Takes a page in; gives its bytes, which stay good until the next page. Lone surrogates of a string become U+FFFD. */
  load(page: Uint8Array | string): Buffer {
    const length = typeof page === 'string' ? Buffer.byteLength(page) : page.length
    const { pageAt } = this
    const { memory } = this.exports
    ensureMemory(memory, pageAt + roomOf(length, this.exports.rowBytes()))
    if (this.bytes.buffer !== memory.buffer) {
      this.bytes = Buffer.from(memory.buffer)
      this.words = new Uint32Array(memory.buffer)
    }
    if (typeof page === 'string') this.bytes.write(page, pageAt, length, 'utf8')
    else this.bytes.set(page, pageAt)
    this.bytes.fill(0, pageAt + length, pageAt + length + PAGE_SLACK)
    return this.bytes.subarray(pageAt, pageAt + length)
  }

  /** Scans the page that has been loaded, of so many bytes. */
  scan(length: number): Rows {
    const { exports, pageAt } = this
    const most = rowsMaxOf(length)
    const rowsAt = aligned(pageAt + length + PAGE_SLACK)
    const pairsAt = aligned(rowsAt + most * exports.rowBytes())
    exports.scan(pageAt, pageAt + length, rowsAt, most, pairsAt, most)
    const generation = exports.found(5)
    if (generation !== this.generation) this.known.fill(-1)
    this.generation = generation
    const count = exports.found(0)
    const { buffer } = exports.memory
    const parentAt = rowsAt + most * 16
    const spareAt = parentAt + most * 17
    this.bytes.fill(0, spareAt, spareAt + count * 8 + 16)
    return {
      count,
      depth: exports.found(1),
      truncated: exports.found(2) === 1,
      measures: new Int32Array(buffer, rowsAt, count * 4),
      parent: new Int32Array(buffer, parentAt, count),
      end: new Int32Array(buffer, parentAt + most * 4, count),
      from: new Int32Array(buffer, parentAt + most * 8, count),
      to: new Int32Array(buffer, parentAt + most * 12, count),
      tag: new Uint8Array(buffer, parentAt + most * 16, count),
      names: new Int32Array(buffer, pairsAt, exports.found(3) * 2),
      spare: [
        new Uint16Array(buffer, spareAt, count),
        new Uint16Array(buffer, spareAt + count * 2, count),
        new Int32Array(buffer, aligned(spareAt + count * 4), count),
      ],
    }
  }

  /** What `flagsOf` says of an attribute's value, as written but cut to 256 bytes; it is asked once for each. */
  flagsOfEntry(entry: number, flagsOf: (attribute: NamedAttribute, value: string) => number): number {
    const known = this.known[entry] ?? -1
    if (known >= 0) return known
    const at = this.exports.entry(entry)
    const both = this.words[(at >>> 2) + 2] ?? 0
    const value = this.bytes.toString('latin1', at + 12, at + 12 + (both & 0xffff))
    const flags = flagsOf(ATTRIBUTES[both >>> 16] ?? 'class', value)
    this.known[entry] = flags
    return flags
  }
}

const encoder = new TextEncoder()

function aligned(at: number): number {
  return (at + 15) & ~15
}

/** Two bytes of markup make a row at most, as in 'a<b>'. */
function rowsMaxOf(length: number): number {
  return Math.min(NODES_MAX, aligned((length >>> 1) + 16))
}

/** Of a page with its rows and pairs. */
function roomOf(length: number, rowBytes: number): number {
  return length + PAGE_SLACK + rowsMaxOf(length) * (rowBytes + 8) + 96
}
