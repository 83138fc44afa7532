/**
 * The n-gram index as it lies in one shared buffer, read by all workers, copied by none.
 *
 *   words      all passages as numbers of words, three bytes each, a 0 around each passage; places are counted in words
 *   spellings  the words by number, UTF-16 units, and wordEnds, where each ends
 *   marks      slots of an open hash table, linear probing: 0 for an empty one, else seven bits of the n-gram's hash
 *   slots      the place of a slot's n-gram; REPEATED | index into `lists` when it stands in several items; COMMON when
 *              those are too many
 *   lists      a count, then so many places, the first of each item
 *   grams      a Bloom filter of all grams that any n-gram contains (below)
 *   heads      the same of the first words of passages that are looked for as a whole
 *
 * Grams. An n-gram at word i of a document contains the g-grams at words i … i+n-g, so exactly one whose place is a multiple of
 * n-g+1. With g = n/2 the filter, which doesn't fit a processor's cache, is asked about every seventh word instead of each.
 */

export const REPEATED = 0x80000000
export const COMMON = 0xffffffff
/** Places have 31 bits, and three bytes each. */
export const PLACES_MAX = 0x2fffffff
export const WORD_NUMBER_MAX = 0xffffff
/** In `words`, where a passage ends. */
export const PASSAGE_END = 0

/** In the low two bits of `passages` (the first for whole, the second for joined), above them the item. */
export const PASSAGE_KINDS = ['ngrams', 'whole', 'joined-ngrams', 'joined-whole'] as const

export interface IndexTables {
  readonly ngramLength: number
  readonly words: Uint8Array
  readonly spellings: Uint16Array
  readonly wordEnds: Uint32Array
  readonly marks: Uint8Array
  readonly slots: Uint32Array
  readonly lists: Uint32Array
  readonly grams: Uint32Array
  readonly heads: Uint32Array
  /** Numbers of words that passages that are looked for as a whole have, ascending. */
  readonly lengths: Uint32Array
  /** Place of the first word of each passage. */
  readonly passageStarts: Uint32Array
  readonly passages: Uint32Array
  /** By item: its different n-grams that count. */
  readonly totals: Uint32Array
  /** By item: the same with punctuation within words deleted, 0 where that makes no difference. */
  readonly joinedTotals: Uint32Array
  /** By item: its benchmark. */
  readonly benchOf: Uint32Array
  /** Ends of ids, then of names of benchmarks, in `names`. */
  readonly nameEnds: Uint32Array
  readonly names: Uint8Array
}

const TYPES = {
  words: Uint8Array,
  spellings: Uint16Array,
  wordEnds: Uint32Array,
  marks: Uint8Array,
  slots: Uint32Array,
  lists: Uint32Array,
  grams: Uint32Array,
  heads: Uint32Array,
  lengths: Uint32Array,
  passageStarts: Uint32Array,
  passages: Uint32Array,
  totals: Uint32Array,
  joinedTotals: Uint32Array,
  benchOf: Uint32Array,
  nameEnds: Uint32Array,
  names: Uint8Array,
} satisfies Record<Exclude<keyof IndexTables, 'ngramLength'>, unknown>

const NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[] // its own keys
/** Words: the n-gram length, then the length of each table. */
const HEADER_BYTES = padded(4 * (1 + NAMES.length))

export function packTables(tables: IndexTables): SharedArrayBuffer {
  const sizeBytes = NAMES.reduce((size, name) => size + padded(tables[name].byteLength), HEADER_BYTES)
  const buffer = new SharedArrayBuffer(sizeBytes)
  const header = new Uint32Array(buffer, 0, HEADER_BYTES / 4)
  header[0] = tables.ngramLength
  let at = HEADER_BYTES
  for (const [i, name] of NAMES.entries()) {
    header[1 + i] = tables[name].length
    tableAt(name, buffer, at, tables[name].length).set(tables[name])
    at += padded(tables[name].byteLength)
  }
  return buffer
}

export function unpackTables(buffer: SharedArrayBuffer): IndexTables {
  const header = new Uint32Array(buffer, 0, HEADER_BYTES / 4)
  let at = HEADER_BYTES
  const tables = NAMES.map((name, i) => {
    const table = tableAt(name, buffer, at, header[1 + i])
    at += padded(table.byteLength)
    return [name, table]
  })
  return { ngramLength: header[0], ...Object.fromEntries(tables) } as IndexTables // each of NAMES, of its type
}

function tableAt(name: keyof typeof TYPES, buffer: SharedArrayBuffer, at: number, length: number) {
  if (TYPES[name] === Uint32Array) return new Uint32Array(buffer, at, length)
  return TYPES[name] === Uint16Array ? new Uint16Array(buffer, at, length) : new Uint8Array(buffer, at, length)
}

/** The number of the word at a place. */
export function wordAt(words: Uint8Array, place: number): number {
  const at = 3 * place
  return words[at] | (words[at + 1] << 8) | (words[at + 2] << 16)
}

function padded(bytes: number): number {
  return (bytes + 7) & ~7
}

// ---- hashes ----

/** Words of a gram. */
export function gramLength(ngramLength: number): number {
  return Math.ceil(ngramLength / 2)
}

/** The slot at which the search for a hash begins. */
export function slotOf(hash: number, slotCount: number): number {
  return Math.floor(((hash >>> 0) * slotCount) / 2 ** 32)
}

export function markOf(hash: number): number {
  return (hash & 0x7f) | 0x80
}

/**
 * A filter of twelve bits for each of `count`. All bits of an entry are in one word, so that asking costs one miss of the
 * cache; three of them, of which about one in forty of other entries has all.
 */
export function makeFilter(count: number): Uint32Array {
  return new Uint32Array(Math.ceil((count * 12) / 32) + 1)
}

export function filterWord(hash: number, filter: Uint32Array): number {
  return Math.floor((hash >>> 0) * (filter.length / 2 ** 32))
}

export function filterBits(hash: number): number {
  const bits = Math.imul(hash, 0x9e3779b1) >>> 17
  return (1 << (bits & 31)) | (1 << ((bits >>> 5) & 31)) | (1 << (bits >>> 10))
}
