/**
 * Writes a trained model as ARPA text: n-grams in suffix order, unigrams by first appearance, as lmplz does. Numbers have
 * seven decimals, more than float32 holds, made by whole-number arithmetic: the same bytes everywhere, and fast.
 */
import { bitsFloat, type RecordCursor } from './train-estimate.js'
import type { WordTable } from './train-vocabulary.js'

const encoder = new TextEncoder()

/** What is written of a model. */
export interface ArpaSource {
  readonly words: WordTable
  /** N-grams by order - 1. */
  readonly counts: readonly number[]
  /** Those of an order: n words, log10 probability and back-off, as `interpolate` gives them. */
  ngrams(order: number): RecordCursor
}

/** The file, in pieces, each valid until the next is asked for. */
export function* arpaText({ words, counts, ngrams }: ArpaSource): Generator<Uint8Array, void, void> {
  yield encoder.encode(`\\data\\\n${counts.map((count, i) => `ngram ${i + 1}=${count}\n`).join('')}`)
  for (const [i] of counts.entries()) {
    const order = i + 1
    yield encoder.encode(`\n\\${order}-grams:\n`)
    yield* arpaLines(order, order < counts.length, ngrams(order), words)
  }
  yield encoder.encode('\n\\end\\\n')
}

const TAB = 9
const LF = 10
const SPACE = 32
const MINUS = 45
const POINT = 46
const ZERO = 48
const PIECE_BYTES = 2 ** 16
const DECIMALS = 7
const SCALE = 10 ** DECIMALS
/** Room for both numbers of a line with what stands between. */
const NUMBERS_BYTES = 40

function* arpaLines(
  order: number,
  hasBackoffs: boolean,
  ngrams: RecordCursor,
  { bytes, starts: places }: WordTable,
): Generator<Uint8Array, void, void> {
  const starts = bytes.length < 2 ** 32 ? Uint32Array.from(places) : places
  let piece = new Uint8Array(PIECE_BYTES)
  let filled = 0
  while (ngrams.next()) {
    const { words, at } = ngrams
    let size = NUMBERS_BYTES
    for (let i = 0; i < order; i++) size += starts[words[at + i] + 1] - starts[words[at + i]] + 1
    if (filled + size > piece.length) {
      if (filled > 0) yield piece.subarray(0, filled)
      if (size > piece.length) piece = new Uint8Array(size)
      filled = 0
    }
    filled = writeLine(piece, filled, words, at, order, hasBackoffs, bytes, starts)
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

/** Writes a record of n words, log10 probability and back-off as a line; where it ends. */
function writeLine(
  to: Uint8Array,
  start: number,
  words: Uint32Array,
  at: number,
  order: number,
  hasBackoff: boolean,
  bytes: Uint8Array,
  starts: Uint32Array | Float64Array,
): number {
  let end = writeNumber(to, start, bitsFloat(words[at + order]))
  for (let i = 0; i < order; i++) {
    to[end++] = i === 0 ? TAB : SPACE
    const word = words[at + i]
    const wordEnd = starts[word + 1]
    for (let from = starts[word]; from < wordEnd; from++) to[end++] = bytes[from]
  }
  if (hasBackoff) {
    to[end++] = TAB
    end = writeNumber(to, end, bitsFloat(words[at + order + 1]))
  }
  to[end++] = LF
  return end
}

/** Writes a number of size below 214, without zeros at its end; where it ends. */
function writeNumber(to: Uint8Array, start: number, value: number): number {
  let at = start
  const scaled = Math.round(Math.abs(value) * SCALE) | 0
  const whole = (scaled / SCALE) | 0
  let rest = (scaled - whole * SCALE) | 0
  if (value < 0 && scaled > 0) to[at++] = MINUS
  if (whole >= 100) to[at++] = ZERO + ((whole / 100) | 0)
  if (whole >= 10) to[at++] = ZERO + (((whole / 10) | 0) % 10)
  to[at++] = ZERO + (whole % 10)
  if (rest === 0) return at
  to[at] = POINT
  let end = at + DECIMALS
  for (let i = end; i > at; i--) {
    const tenth = (rest / 10) | 0
    const digit = rest - tenth * 10
    to[i] = ZERO + digit
    if (digit === 0 && i === end) end--
    rest = tenth
  }
  return end + 1
}
