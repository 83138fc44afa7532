/**
 * Layout of a model's shared tables, which is also that of our own file format, byte for byte (docs/formats.md):
 *
 *   tables[0]    header (64 u32) | unigrams by id: probability, back-off | words: gapped table of (hash, id)
 *   tables[1…]   segments of one gapped table of (key, probability, back-off) for all n-grams of two words and more
 *
 * The n-gram table is cut into segments of `segmentSlots` slots, so that models beyond 4 GiB work; each has its own pad.
 * A probability's sign bit is set where no longer n-gram ends with this one, and the value is minus its magnitude: a search
 * goes on only where it can find something. A back-off of -0 says that it is 0 and that no longer n-gram begins with this
 * one, so that it need not be kept as context. Both are KenLM's (lm/value.hh, lm/blank.hh).
 */
import { padFor } from './gapped-table.js'

export const HEADER_WORDS = 64
/** "\x89MLM\r\n\x1a\n": a transfer as text breaks it. */
export const MAGIC = [0x4d4c4d89, 0x0a1a0a0d] as const
export const VERSION = 2
export const ORDER_MIN = 2
export const ORDER_MAX = 6
/** So that table 0 stays under 2 GiB. */
export const WORDS_MAX = 2 ** 26
/** 1 GiB a segment. */
export const SEGMENT_SLOTS = 2 ** 26

export const WORD_STRIDE = 3
export const NGRAM_STRIDE = 4

export const SIGN = 0x80000000
/** Bits of -0. */
export const NO_EXTENSION = 0x80000000

/** Where each field of the header stands, in u32. Counts are pairs: low, high. */
export const FIELD = {
  magic: 0,
  version: 2,
  order: 3,
  wordCount: 4,
  wordSlots: 5,
  beginId: 6,
  endId: 7,
  ngramSlots: 8,
  segmentSlots: 10,
  /** n-grams of 1 to 6 words. */
  counts: 12,
  bodyChecksum: 62,
  headerChecksum: 63,
} as const

export interface Layout {
  readonly order: number
  /** `<unk>` among them. */
  readonly wordCount: number
  readonly wordSlots: number
  readonly beginId: number
  readonly endId: number
  readonly ngramSlots: number
  readonly segmentSlots: number
  /** counts[n - 1] n-grams of n words. */
  readonly counts: readonly number[]
}

export function readLayout(header: Uint32Array): Layout {
  const order = header[FIELD.order]
  return {
    order,
    wordCount: header[FIELD.wordCount],
    wordSlots: header[FIELD.wordSlots],
    beginId: header[FIELD.beginId],
    endId: header[FIELD.endId],
    ngramSlots: pair(header, FIELD.ngramSlots),
    segmentSlots: header[FIELD.segmentSlots],
    counts: Array.from({ length: order }, (_, n) => pair(header, FIELD.counts + 2 * n)),
  }
}

export function writeLayout(header: Uint32Array, layout: Layout): void {
  header.set(MAGIC, FIELD.magic)
  header[FIELD.version] = VERSION
  header[FIELD.order] = layout.order
  header[FIELD.wordCount] = layout.wordCount
  header[FIELD.wordSlots] = layout.wordSlots
  header[FIELD.beginId] = layout.beginId
  header[FIELD.endId] = layout.endId
  setPair(header, FIELD.ngramSlots, layout.ngramSlots)
  header[FIELD.segmentSlots] = layout.segmentSlots
  for (const [n, count] of layout.counts.entries()) setPair(header, FIELD.counts + 2 * n, count)
}

function pair(header: Uint32Array, at: number): number {
  return header[at] + header[at + 1] * 2 ** 32
}

function setPair(header: Uint32Array, at: number, value: number): void {
  header[at] = value % 2 ** 32
  header[at + 1] = Math.floor(value / 2 ** 32)
}

/** First u32 of the word table in tables[0]. */
export function wordTableStart(layout: Layout): number {
  return HEADER_WORDS + 2 * layout.wordCount
}

/** Bytes of each table. */
export function tableSizes(layout: Layout): number[] {
  const first = 4 * (wordTableStart(layout) + WORD_STRIDE * (layout.wordSlots + padFor(layout.wordSlots)))
  return [first, ...segmentSlotCounts(layout).map((slots) => 4 * NGRAM_STRIDE * (slots + padFor(slots)))]
}

/** Slots of each segment, pads left out. */
export function segmentSlotCounts({ ngramSlots, segmentSlots }: Pick<Layout, 'ngramSlots' | 'segmentSlots'>): number[] {
  const counts: number[] = []
  for (let start = 0; start < ngramSlots; start += segmentSlots) counts.push(Math.min(segmentSlots, ngramSlots - start))
  return counts
}

/** Bits of a number as a 32-bit float. */
export function floatBits(value: number): number {
  float[0] = value
  return bits[0]
}

/** The number that 32 bits hold. */
export function floatOf(value: number): number {
  bits[0] = value
  return float[0]
}

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)
