/**
 * The n-gram index as it lies in one shared buffer, read by all workers, copied by none.
 *
 *   text      all passages in their spelling, words with a space between them, a line feed around each passage
 *   marks     slots of an open hash table, linear probing: 0 for an empty one, else seven bits of the n-gram's hash
 *   slots     where the n-gram of a slot stands in `text`; REPEATED | index into `lists` when it stands in several items;
 *             COMMON when that is too many
 *   lists     a count, then so many offsets into `text`, the first of each item
 *   grams     a Bloom filter with one hash, of all grams that any n-gram contains (below)
 *   heads     the same of the first words of passages that are looked for as a whole
 *
 * Grams. An n-gram at word i of a document contains the g-grams at words i … i+n-g, so exactly one whose place is a multiple of
 * n-g+1. With g = n/2 the filter, which doesn't fit a processor's cache, is asked about every seventh word instead of each.
 */

export const REPEATED = 0x80000000
export const COMMON = 0xffffffff
/** Text and lists are addressed by 31 bits. */
export const TEXT_BYTES_MAX = 0x7fffffff

/** In the low two bits of `passages`, above them the item. */
export const PASSAGE_KINDS = ['ngrams', 'whole', 'joined-ngrams', 'joined-whole'] as const

export interface IndexTables {
  readonly ngramLength: number
  /** Lengths of passages that are looked for as a whole: bit i for i words. */
  readonly text: Uint8Array
  readonly marks: Uint8Array
  readonly slots: Uint32Array
  readonly lists: Uint32Array
  readonly grams: Uint32Array
  readonly heads: Uint32Array
  /** Numbers of words that passages that are looked for as a whole have, ascending. */
  readonly lengths: Uint32Array
  /** Where each passage starts in `text`. */
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

const BYTE_TABLES = ['text', 'marks', 'names'] as const
const WORD_TABLES = [
  'slots',
  'lists',
  'grams',
  'heads',
  'lengths',
  'passageStarts',
  'passages',
  'totals',
  'joinedTotals',
  'benchOf',
  'nameEnds',
] as const
const NAMES = [...WORD_TABLES, ...BYTE_TABLES]
/** Words: the n-gram length, then the length of each table. */
const HEADER_BYTES = 4 * (1 + NAMES.length)

export function packTables(tables: IndexTables): SharedArrayBuffer {
  const sizes = NAMES.map((name) => tables[name].byteLength)
  const buffer = new SharedArrayBuffer(sizes.reduce((at, size) => at + padded(size), HEADER_BYTES))
  const header = new Uint32Array(buffer, 0, HEADER_BYTES / 4)
  header[0] = tables.ngramLength
  let at = HEADER_BYTES
  for (const [i, name] of NAMES.entries()) {
    const { byteOffset, byteLength } = tables[name]
    header[1 + i] = tables[name].length
    new Uint8Array(buffer, at, byteLength).set(new Uint8Array(tables[name].buffer, byteOffset, byteLength))
    at += padded(byteLength)
  }
  return buffer
}

export function unpackTables(buffer: SharedArrayBuffer): IndexTables {
  const header = new Uint32Array(buffer, 0, HEADER_BYTES / 4)
  let at = HEADER_BYTES
  const tables = NAMES.map((name, i) => {
    const isWords = (WORD_TABLES as readonly string[]).includes(name)
    const table = isWords ? new Uint32Array(buffer, at, header[1 + i]) : new Uint8Array(buffer, at, header[1 + i])
    at += padded(table.byteLength)
    return [name, table]
  })
  return { ngramLength: header[0], ...Object.fromEntries(tables) } as IndexTables // all of NAMES, of the type of its list
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

/** Filters have 2^k bits in words of 32. */
export function filterShift(filter: Uint32Array): number {
  return 27 - Math.log2(filter.length)
}

/** Words of a filter with at least eight bits for each of `count`. */
export function filterWords(count: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(Math.max(1, count) / 4)))
}
