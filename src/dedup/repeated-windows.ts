/**
 * Which stretches of at least N tokens stand earlier in the corpus, letter for letter: what a suffix array over all texts tells
 * (Lee et al. 2022, Deduplicating Training Data Makes Language Models Better), found by hashing in bounded memory. A stretch is
 * repeated when each of its windows of N tokens is, so windows are what is compared; "earlier" is the order of the input, then of the
 * text. Most windows are ruled out cheaply: each has a minimizer (Schleimer et al. 2003, Winnowing), the smallest hash of the half
 * windows in it, equal windows have equal ones, and only windows whose minimizer stands elsewhere too are looked at.
 * Records, all numbers big-endian; n is the number of the first token:
 *   minimizers  hash of a half window (8)  -> position (8), n (4)
 *   windows     position (8)               -> n of a minimizer that stands elsewhere too (4)
 *   seen        hash of a window (12)      -> position (8), n (4)
 *   gather      position (8)               -> n of a window that stands earlier (4)
 * What is attached to a document are the hashes of its tokens, two numbers each. Two windows are taken for equal by chance with
 * probability 2^-96 a pair.
 */
import type { Position } from '../document/document.js'
import type { CollectEmit, Reducer, Round, RoundEmit, RoundResources } from '../stage/stage.js'
import { mix32, power32 } from '../text/hash.js'
import { POSITION_BYTES, readPosition, readUint32, writePosition, writeUint32 } from './records.js'
import { gatherReducer, repeatsReducer } from './repeated-parts.js'
import type { Tokens } from './tokens.js'

export interface WindowOptions {
  /** Tokens of a window: the shortest stretch that is looked for; at least 2. */
  readonly tokensMin: number
}

const FACTORS = [0x2c1b3c6d, 0x9e3779b5, 0x5bd1e995] as const
const WINDOW_KEY_BYTES = 12

/** Emits a document's minimizers, and attaches its tokens' hashes. */
export function collectWindows(
  { tokensMin }: WindowOptions,
  tokens: Tokens,
  position: Position,
  emit: CollectEmit,
): void {
  if (tokens.count < tokensMin) return
  const halves = halfWindows(tokens, tokensMin)
  const key = new Uint8Array(8)
  const value = new Uint8Array(POSITION_BYTES + 4)
  writePosition(value, 0, position)
  let last = -1
  eachMinimizer(halves.high, tokensMin, (_window, at) => {
    if (at === last) return
    last = at
    writeUint32(key, 0, halves.high[at])
    writeUint32(key, 4, halves.low[at])
    writeUint32(value, POSITION_BYTES, at)
    emit.record(key, value)
  })
  emit.attach(tokens.encode())
}

export const WINDOW_ROUNDS: readonly Round<WindowOptions>[] = [
  { name: 'minimizers', partitions: 'key', reducer: () => repeatsReducer({ copiesMin: 2, keep: 'none' }) },
  { name: 'windows', partitions: 'key', reducer: windowReducer },
  { name: 'seen', partitions: 'key', reducer: () => repeatsReducer({ copiesMin: 2, keep: 'first' }) },
  { name: 'gather', partitions: 'key', reducer: () => gatherReducer() },
]

/** A group is a document: its windows over the minimizers that it shares. */
function windowReducer({ tokensMin }: WindowOptions, resources: RoundResources): Reducer {
  let position: Position = { shard: 0, row: 0 }
  let shared = new Set<number>()
  return {
    start(key) {
      position = readPosition(key, 0)
      shared = new Set()
    },
    value(value) {
      shared.add(readUint32(value, 0))
    },
    end(emit) {
      const blob = resources.attachment(position)
      if (blob === undefined) throw new Error(`no attachment for document ${position.shard}/${position.row}`)
      emitWindows(decodeTokens(blob), tokensMin, shared, position, emit)
    },
  }
}

interface Hashes {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** As `Tokens.encode` wrote them. */
function decodeTokens(blob: Uint8Array): Hashes & { readonly count: number } {
  const all = new Uint32Array(blob.slice().buffer)
  const count = all.length / 2
  return { count, high: all.subarray(0, count), low: all.subarray(count) }
}

function emitWindows(
  tokens: Hashes & { readonly count: number },
  tokensMin: number,
  shared: ReadonlySet<number>,
  position: Position,
  emit: RoundEmit,
): void {
  const halves = halfWindows(tokens, tokensMin)
  const key = new Uint8Array(WINDOW_KEY_BYTES)
  const value = new Uint8Array(POSITION_BYTES + 4)
  writePosition(value, 0, position)
  const roll = new WindowHash(tokens, tokensMin)
  eachMinimizer(halves.high, tokensMin, (window, at) => {
    roll.moveTo(window)
    if (!shared.has(at)) return
    roll.write(key)
    writeUint32(value, POSITION_BYTES, window)
    emit.record(key, value)
  })
}

/** Hash of the window that begins at a token, three numbers, rolled along. */
class WindowHash {
  private readonly sums = new Int32Array(3)
  private readonly out: Int32Array
  private next = 0

  constructor(
    private readonly tokens: Hashes,
    private readonly length: number,
  ) {
    this.out = Int32Array.from(FACTORS, (factor) => power32(factor, length))
  }

  /** Windows are asked for in order. */
  moveTo(window: number): void {
    for (; this.next < window + this.length; this.next++) this.step(this.next)
  }

  write(key: Uint8Array): void {
    for (let i = 0; i < 3; i++) writeUint32(key, i * 4, mix32(this.sums[i]))
  }

  private step(at: number): void {
    const { sums, out, length, tokens } = this
    const gone = at - length
    for (let i = 0; i < 3; i++) {
      const leaving = gone < 0 ? 0 : Math.imul(part(tokens, gone, i), out[i])
      sums[i] = (Math.imul(sums[i], FACTORS[i]) + part(tokens, at, i) - leaving) | 0
    }
  }
}

/** Three numbers of a token: its two hashes, and what mixes both. */
function part({ high, low }: Hashes, at: number, i: number): number {
  return i === 0 ? high[at] : i === 1 ? low[at] : mix32(high[at] ^ Math.imul(low[at], FACTORS[2]))
}

/** Hashes of all half windows, by first token. */
function halfWindows(tokens: Hashes & { readonly count: number }, tokensMin: number): Hashes {
  const length = halfOf(tokensMin)
  const count = tokens.count - length + 1
  const high = new Uint32Array(count)
  const low = new Uint32Array(count)
  const [outHigh, outLow] = [power32(FACTORS[0], length), power32(FACTORS[1], length)]
  let [a, b] = [0, 0]
  for (let at = 0; at < tokens.count; at++) {
    const first = at - length + 1
    a = (Math.imul(a, FACTORS[0]) + tokens.high[at]) | 0
    b = (Math.imul(b, FACTORS[1]) + tokens.low[at]) | 0
    if (first > 0) {
      a = (a - Math.imul(tokens.high[first - 1], outHigh)) | 0
      b = (b - Math.imul(tokens.low[first - 1], outLow)) | 0
    }
    if (first < 0) continue
    high[first] = mix32(a)
    low[first] = mix32(b)
  }
  return { high, low }
}

function halfOf(tokensMin: number): number {
  return Math.max(1, tokensMin >> 1)
}

/** Calls `visit` for each window with its minimizer: the leftmost of its smallest half windows. Amortized constant a window. */
function eachMinimizer(
  hashes: Uint32Array,
  tokensMin: number,
  visit: (window: number, minimizer: number) => void,
): void {
  const span = tokensMin - halfOf(tokensMin) + 1
  const queue = new Int32Array(span + 1)
  let [head, size] = [0, 0]
  for (let at = 0; at < hashes.length; at++) {
    const window = at - span + 1
    if (size > 0 && queue[head] < window) {
      head = head + 1 === queue.length ? 0 : head + 1
      size--
    }
    while (size > 0) {
      const tail = (head + size - 1) % queue.length
      if (hashes[queue[tail]] <= hashes[at]) break
      size--
    }
    queue[(head + size) % queue.length] = at
    size++
    if (window >= 0) visit(window, queue[head])
  }
}

/** Numbers of the tokens that lie in a window that stands earlier, ascending. `starts` are the windows' first tokens, ascending. */
export function coveredTokens(starts: readonly number[], tokensMin: number): number[] {
  const covered: number[] = []
  let next = 0
  for (const start of starts) {
    for (next = Math.max(next, start); next < start + tokensMin; next++) covered.push(next)
  }
  return covered
}
