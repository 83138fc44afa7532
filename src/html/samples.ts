/**
 * A look at the two ends of each block: how it begins, how it ends, what its first 64 bytes are made of. Cheap, as its cost
 * does not grow with the text; the counts are in bytes of UTF-8, the same for a page that was decoded and one that was not.
 */
import type { Cut } from './blocks.js'
import type { FlatTree } from './scan.js'
import { Tag, TEXT } from './tags.js'

const SAMPLE_BYTES = 64
/** Bytes that a heading shares with the title of its page at least. */
const ALIKE_BYTES = 24

export const FIRST_OTHER = 0
export const FIRST_UPPER = 1
export const FIRST_LOWER = 2
export const FIRST_DIGIT = 3
export const FIRST_BEYOND_ASCII = 4

export const LAST_OTHER = 0
export const LAST_COMMA = 1
export const LAST_COLON = 2
export const LAST_ELLIPSIS = 3
export const LAST_STOP = 4

/** Columns by block. */
export interface Samples {
  readonly first: Uint8Array
  readonly last: Uint8Array
  readonly digits: Uint8Array
  readonly uppers: Uint8Array
  /** Marks that part labels from each other: | / : > and the like. */
  readonly marks: Uint8Array
  /** Bytes beyond ASCII. */
  readonly beyond: Uint8Array
  readonly copyright: Uint8Array
  /** How many blocks before and behind it are the same, as far as the sample and the size tell; short ones do not count. */
  readonly before: Uint8Array
  readonly behind: Uint8Array
  /** The first heading that begins as the title of the page does, the first h1 without one, -1 without either. */
  readonly heading: number
}

const SYMBOLS = new Uint8Array(128)
for (const symbol of '|/:>#@$%&+=*_~^') SYMBOLS[symbol.charCodeAt(0)] = 1

export function takeSamples(tree: FlatTree, cut: Cut): Samples {
  const { blocks } = cut
  const { count } = blocks
  const { columns } = tree
  const samples = {
    first: columns.uint8(count),
    last: columns.uint8(count),
    digits: columns.uint8(count),
    uppers: columns.uint8(count),
    marks: columns.uint8(count),
    beyond: columns.uint8(count),
    copyright: columns.uint8(count),
    before: columns.uint8(count),
    behind: columns.uint8(count),
  }
  const title = titleHash(tree)
  let heading = -1
  let headingRank = 0
  const seen = new Map<number, number>()
  const hashes = columns.int32(count)
  for (let block = 0; block < count; block++) {
    const first = blocks.first[block] ?? 0
    look(tree, first, blocks.last[block] ?? 0)
    samples.first[block] = looked.first
    samples.digits[block] = looked.digits
    samples.uppers[block] = looked.uppers
    samples.marks[block] = looked.marks
    samples.beyond[block] = looked.beyond
    samples.copyright[block] = looked.copyright
    samples.last[block] = lastOf(tree, blocks.last[block] ?? 0)
    const size = blocks.size[block] ?? 0
    if (size >= DOUBLE_SIZE_MIN) {
      const hash = Math.imul(looked.hash, 31) + size
      hashes[block] = hash
      const times = seen.get(hash) ?? 0
      samples.before[block] = Math.min(times, 255)
      seen.set(hash, times + 1)
    }
    const kind = tree.tag[blocks.container[block] ?? 0] ?? 0
    if (kind >= Tag.h1 && kind <= Tag.h3) {
      const rank = title !== 0 && looked.start === title ? 2 : kind === Tag.h1 ? 1 : 0
      if (rank > headingRank) {
        heading = block
        headingRank = rank
      }
    }
  }
  for (let block = 0; block < count; block++) {
    const hash = hashes[block] ?? 0
    if (hash !== 0) samples.behind[block] = Math.min((seen.get(hash) ?? 1) - 1 - (samples.before[block] ?? 0), 255)
  }
  return { ...samples, heading }
}

/** Shorter blocks repeat for good reasons. */
const DOUBLE_SIZE_MIN = 50

/** What the last call of `look` saw. */
const looked = { first: 0, digits: 0, uppers: 0, marks: 0, beyond: 0, copyright: 0, hash: 0, start: 0 }

function look(tree: FlatTree, firstNode: number, lastNode: number): void {
  const { bytes, tag, from, to, end } = tree
  let size = 0
  let first = -1
  let digits = 0
  let uppers = 0
  let marks = 0
  let beyond = 0
  let copyright = 0
  let hash = 0x811c9dc5 | 0
  let start = 0
  for (let node = firstNode; node <= lastNode && size < SAMPLE_BYTES; ) {
    if (tag[node] !== TEXT) {
      // What is never read holds raw text nodes only: a look inside would do no harm but take scripts for text.
      node = SKIPS[tag[node] ?? 0] ? (end[node] ?? node + 1) : node + 1
      continue
    }
    const stop = to[node] ?? 0
    for (let i = from[node] ?? 0; i < stop && size < SAMPLE_BYTES; i++) {
      const code = bytes[i] ?? 0
      if (code <= 0x20) continue
      hash = Math.imul(hash ^ code, 0x01000193)
      size++
      if (code >= 0x80) {
        if (first < 0) first = FIRST_BEYOND_ASCII
        beyond++
        if (code === 0xa9 && bytes[i - 1] === 0xc2) copyright = 1
      } else if (code >= 0x61 && code <= 0x7a) {
        if (first < 0) first = FIRST_LOWER
      } else if (code >= 0x41 && code <= 0x5a) {
        if (first < 0) first = FIRST_UPPER
        uppers++
      } else if (code >= 0x30 && code <= 0x39) {
        if (first < 0) first = FIRST_DIGIT
        digits++
      } else {
        if (first < 0) first = FIRST_OTHER
        marks += SYMBOLS[code] ?? 0
      }
      if (start === 0 && size >= ALIKE_BYTES) start = hash
    }
    node++
  }
  looked.first = first < 0 ? FIRST_OTHER : first
  looked.digits = digits
  looked.uppers = uppers
  looked.marks = marks
  looked.beyond = Math.min(beyond, 255)
  looked.copyright = copyright
  looked.hash = hash
  looked.start = start === 0 ? hash : start
}

const SKIPS = new Uint8Array(256)
for (const name of [
  'script',
  'style',
  'noscript',
  'template',
  'iframe',
  'svg',
  'select',
  'button',
  'textarea',
  'video',
] as const) {
  SKIPS[Tag[name]] = 1
}

/** The hash of the title's first bytes, 0 without a title that is long enough to tell. */
function titleHash(tree: FlatTree): number {
  for (let node = 1; node < tree.count; node++) {
    const kind = tree.tag[node] ?? 0
    if (kind === Tag.body) break
    if (kind !== Tag.title || (tree.end[node] ?? 0) <= node + 1) continue
    look(tree, node + 1, node + 1)
    return looked.start
  }
  return 0
}

/** The kind of the last character, closing quotes and brackets passed over. */
function lastOf({ bytes, from, to }: FlatTree, node: number): number {
  const start = from[node] ?? 0
  let i = (to[node] ?? 0) - 1
  const least = Math.max(start, i - 32)
  while (i >= least) {
    let code = bytes[i] ?? 0
    if (code >= 0x80) {
      let lead = i
      while (lead > start && ((bytes[lead] ?? 0) & 0xc0) === 0x80) lead--
      code = decodeAt(bytes, lead)
      i = lead
    }
    if (code <= 0x20 || CLOSING.has(code)) {
      i--
      continue
    }
    if (code === 0x2026 || (code === 0x2e && bytes[i - 1] === 0x2e)) return LAST_ELLIPSIS
    if (STOPS.has(code)) return LAST_STOP
    if (COLONS.has(code)) return LAST_COLON
    return COMMAS.has(code) ? LAST_COMMA : LAST_OTHER
  }
  return LAST_OTHER
}

function decodeAt(bytes: Uint8Array, lead: number): number {
  const code = bytes[lead] ?? 0
  const second = (bytes[lead + 1] ?? 0) & 0x3f
  if (code < 0xe0) return ((code & 0x1f) << 6) | second
  const third = (bytes[lead + 2] ?? 0) & 0x3f
  return code < 0xf0 ? ((code & 0x0f) << 12) | (second << 6) | third : 0x10000
}

/** Ends of sentences as in `blocks.ts`, of more scripts: Khmer, Burmese, Tibetan, fullwidth. */
const STOPS: ReadonlySet<number> = new Set([
  ...[0x2e, 0x21, 0x3f, 0x61f, 0x6d4, 0x589, 0x964, 0x965, 0x1362, 0x17d4, 0x104b, 0xf0d, 0x3002, 0xff01, 0xff0e],
  0xff1f,
])
const COLONS: ReadonlySet<number> = new Set([0x3a, 0x3b, 0xff1a, 0xff1b, 0x61b])
const COMMAS: ReadonlySet<number> = new Set([0x2c, 0x60c, 0x3001, 0xff0c])
/** ' " ) ] and their typographic and fullwidth forms, the no-break space. */
const CLOSING: ReadonlySet<number> = new Set([
  ...[0x22, 0x27, 0x29, 0x5d, 0xa0, 0xbb, 0x2019, 0x201c, 0x201d, 0x203a, 0x300d, 0x300f, 0x3011, 0xff09],
])
