/**
 * Words as sequences of tokens, for learning merges within bounded memory (`src/tokenizer/train-phases.ts` says how): merges
 * are applied to them, their pairs are counted in cells, and they are cut into fragments, which are counted in a word table.
 *
 * A word is a record as the word table has them, with its tokens' symbols (LEB128, from 1 on) for bytes. So a fragment of a
 * word is a stretch of its bytes. Cells are u32, shared by the pairs with one hash, and full at 2^32 - 1: a pair's cell is
 * never below its count. Cutting needs of each cell only whether it reaches the threshold: a bit, so that all of them stay
 * in a core's cache.
 */
import { add, longestWord, readFrom, readNumber, readPosition, setStopped, writeNumber } from '../word-count/assembly'

export {
  reset,
  clear,
  wordCount,
  slotCount,
  addRecords,
  wholeRecords,
  stoppedPieceEnd,
  beginSweep,
  sweep,
  swept,
} from '../word-count/assembly'

const NO_MERGE: u32 = 0xffffffff
const SHORT: u32 = 48

let symbolsOfBytes: usize = 0
let lengths: usize = 0
let longest: u32 = 0
let used: usize = 0
let cells: usize = 0
let hot: usize = 0
let cellShift: u64 = 0
let filter: usize = 0
let pairs: usize = 0
let pairMask: u32 = 0
let scratch: usize = 0

/**
 * @param bytesAt u32 by byte: its symbol; then u8 by byte: whether it has been met. @param lengthsAt u32 by symbol: bytes of the token. @param usedAt f64 by symbol:
 * how often it is in words that need no more work. @param cellsAt u32 by cell, for `apply`. @param hotAt a bit by cell, for
 * `cut`. @param filterAt FILTER_BITS bits, cleared. @param pairsAt a table of `pairSlots` (a power of two) times 16 bytes,
 * cleared. @param scratchAt 40 bytes for each symbol of a word
 */
export function layOut(
  bytesAt: usize,
  lengthsAt: usize,
  longestToken: u32,
  usedAt: usize,
  cellsAt: usize,
  hotAt: usize,
  cellBits: u32,
  filterAt: usize,
  pairsAt: usize,
  pairSlots: u32,
  scratchAt: usize,
): void {
  symbolsOfBytes = bytesAt
  lengths = lengthsAt
  longest = longestToken
  used = usedAt
  cells = cellsAt
  hot = hotAt
  filter = filterAt
  cellShift = 64 - cellBits
  pairs = pairsAt
  pairMask = pairSlots - 1
  scratch = scratchAt
}

// @ts-ignore: decorator
@inline
function hashPair(left: u32, right: u32): u64 {
  const mixed = ((<u64>left << 32) | right) * 0x9e3779b97f4a7c15
  return (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93
}

// ---- merges: left u32, right u32, symbol u32, 4 free ----

/** Most pairs are no merge of this phase: a bit that a core's first cache holds says so. */
const FILTER_BITS: u64 = 18

// @ts-ignore: decorator
@inline
function filterBit(hash: u64): u64 {
  return (hash >> 32) & ((1 << FILTER_BITS) - 1)
}

export function addMerge(left: u32, right: u32, symbol: u32): void {
  const bit = filterBit(hashPair(left, right))
  const byte = filter + <usize>(bit >> 3)
  store<u8>(byte, load<u8>(byte) | (1 << <u8>(bit & 7)))
  const entry = mergeEntry(left, right)
  store<u32>(entry, left)
  store<u32>(entry, right, 4)
  store<u32>(entry, symbol, 8)
}

function mergeEntry(left: u32, right: u32): usize {
  let slot = <u32>hashPair(left, right) & pairMask
  let entry = pairs + (<usize>slot << 4)
  for (let found = load<u32>(entry); found !== 0; found = load<u32>(entry)) {
    if (found === left && load<u32>(entry, 4) === right) break
    slot = (slot + 1) & pairMask
    entry = pairs + (<usize>slot << 4)
  }
  return entry
}

/** The symbol that the pair becomes, which is its rank too; NO_MERGE when it stays. */
// @ts-ignore: decorator
@inline
function mergedSymbol(left: u32, right: u32): u32 {
  const bit = filterBit(hashPair(left, right))
  if (((load<u8>(filter + <usize>(bit >> 3)) >> <u8>(bit & 7)) & 1) === 0) return NO_MERGE
  const entry = mergeEntry(left, right)
  return load<u32>(entry) === 0 ? NO_MERGE : load<u32>(entry, 8)
}

/** Merges the `count` symbols (u32) at `scratch`; gives how many are left. */
function mergeWord(count: u32): u32 {
  return count <= SHORT ? mergeShort(count) : mergeLong(count)
}

/** By looking for the lowest rank each time. */
function mergeShort(count: u32): u32 {
  const ranks = scratch + (<usize>SHORT << 2)
  let least = NO_MERGE
  for (let i: u32 = 0; i + 1 < count; i++) {
    const rank = mergedSymbol(symbolAt(i), symbolAt(i + 1))
    store<u32>(ranks + (<usize>i << 2), rank)
    least = min(least, rank)
  }
  while (least !== NO_MERGE) {
    const rank = least
    least = NO_MERGE
    // Left to right: in a run, the merge on the left comes first.
    for (let i: u32 = 0; i + 1 < count; i++) {
      if (load<u32>(ranks + (<usize>i << 2)) === rank) {
        const to = scratch + (<usize>i << 2)
        store<u32>(to, rank)
        memory.copy(to + 4, to + 8, (<usize>(count - i - 2)) << 2)
        memory.copy(ranks + (<usize>i << 2), ranks + (<usize>(i + 1) << 2), (<usize>(count - i - 2)) << 2)
        count--
        if (i > 0) store<u32>(ranks + (<usize>(i - 1) << 2), mergedSymbol(symbolAt(i - 1), rank))
        if (i + 1 < count) store<u32>(ranks + (<usize>i << 2), mergedSymbol(rank, symbolAt(i + 1)))
      }
    }
    for (let i: u32 = 0; i + 1 < count; i++) least = min(least, load<u32>(ranks + (<usize>i << 2)))
  }
  return count
}

// @ts-ignore: decorator
@inline
function symbolAt(i: u32): u32 {
  return load<u32>(scratch + (<usize>i << 2))
}

/** By a heap of (rank, position), over a list of symbols in which merged ones are left out. */
function mergeLong(count: u32): u32 {
  const nexts = scratch + (<usize>count << 2)
  const befores = nexts + (<usize>count << 2)
  const heap = (befores + (<usize>count << 2) + 7) & ~7
  let size: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(nexts + (<usize>i << 2), i + 1)
    store<u32>(befores + (<usize>i << 2), i - 1)
    if (i + 1 < count) size = pushPair(heap, size, i, symbolAt(i), symbolAt(i + 1))
  }
  while (size > 0) {
    const top = load<u64>(heap)
    size = removeTop(heap, size)
    const rank = <u32>(top >> 32)
    const i = <u32>top
    const left = symbolAt(i)
    const next = load<u32>(nexts + (<usize>i << 2))
    if (left === 0 || next >= count || mergedSymbol(left, symbolAt(next)) !== rank) continue
    const behind = load<u32>(nexts + (<usize>next << 2))
    const before = load<u32>(befores + (<usize>i << 2))
    store<u32>(scratch + (<usize>i << 2), rank)
    store<u32>(scratch + (<usize>next << 2), 0)
    store<u32>(nexts + (<usize>i << 2), behind)
    if (behind < count) {
      store<u32>(befores + (<usize>behind << 2), i)
      size = pushPair(heap, size, i, rank, symbolAt(behind))
    }
    if (i > 0) size = pushPair(heap, size, before, symbolAt(before), rank)
  }
  let left: u32 = 0
  for (let i: u32 = 0; i < count; i = load<u32>(nexts + (<usize>i << 2))) {
    store<u32>(scratch + (<usize>left << 2), symbolAt(i))
    left++
  }
  return left
}

function pushPair(heap: usize, size: u32, position: u32, left: u32, right: u32): u32 {
  const rank = mergedSymbol(left, right)
  if (rank === NO_MERGE) return size
  const value = (<u64>rank << 32) | position
  let at = size
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = load<u64>(heap + (<usize>parent << 3))
    if (above <= value) break
    store<u64>(heap + (<usize>at << 3), above)
    at = parent
  }
  store<u64>(heap + (<usize>at << 3), value)
  return size + 1
}

function removeTop(heap: usize, size: u32): u32 {
  const last = size - 1
  const value = load<u64>(heap + (<usize>last << 3))
  let at: u32 = 0
  for (;;) {
    let child: u32 = 2 * at + 1
    if (child >= last) break
    if (child + 1 < last && load<u64>(heap + (<usize>(child + 1) << 3)) < load<u64>(heap + (<usize>child << 3))) child++
    const below = load<u64>(heap + (<usize>child << 3))
    if (value <= below) break
    store<u64>(heap + (<usize>at << 3), below)
    at = child
  }
  store<u64>(heap + (<usize>at << 3), value)
  return last
}

// ---- applying merges ----

/** Bytes of the records that the last call has written. */
let written: usize = 0

export function writtenBytes(): usize {
  return written
}

/**
 * Applies the merges to the whole records of [at, end), writes what comes out to [to, toEnd), and adds its pairs to their
 * cells. Words of one token are done with: they are added to what is used, and not written; `all` does so with every word.
 * `fromBytes`: the words are bytes still. Where it stopped: at `end`, or before a record that might not fit.
 */
export function apply(at: usize, end: usize, to: usize, toEnd: usize, fromBytes: bool, all: bool): usize {
  const start = to
  readFrom(at)
  while (readPosition() < end) {
    const record = readPosition()
    const length = <usize>readNumber()
    // A symbol takes three bytes at most where two took one each.
    if (to + length * 3 + 32 > toEnd) {
      written = to - start
      return record
    }
    const stop = readPosition() + length
    let count: u32 = 0
    while (readPosition() < stop) {
      let symbol: u32
      if (fromBytes) {
        const byte = <usize>load<u8>(readPosition())
        symbol = load<u32>(symbolsOfBytes + (byte << 2))
        store<u8>(symbolsOfBytes + byte, 1, 1024)
        readFrom(readPosition() + 1)
      } else symbol = <u32>readNumber()
      store<u32>(scratch + (<usize>count << 2), symbol)
      count++
    }
    const occurrences = readNumber()
    count = mergeWord(count)
    if (all || count === 1) {
      for (let i: u32 = 0; i < count; i++) {
        const place = used + (<usize>symbolAt(i) << 3)
        store<f64>(place, load<f64>(place) + <f64>occurrences)
      }
      continue
    }
    to = writeWord(to, count, occurrences)
  }
  written = to - start
  return end
}

function writeWord(to: usize, count: u32, occurrences: u64): usize {
  let size: usize = 0
  for (let i: u32 = 0; i < count; i++) size += numberBytes(symbolAt(i))
  to = writeNumber(to, <u64>size)
  let before: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const symbol = symbolAt(i)
    to = writeNumber(to, <u64>symbol)
    if (i > 0 && canMerge(before, symbol)) addToCell(before, symbol, occurrences)
    before = symbol
  }
  return writeNumber(to, occurrences)
}

// @ts-ignore: decorator
@inline
function numberBytes(symbol: u32): usize {
  return symbol < 0x80 ? 1 : symbol < 0x4000 ? 2 : symbol < 0x200000 ? 3 : 4
}

// @ts-ignore: decorator
@inline
function canMerge(left: u32, right: u32): bool {
  return load<u32>(lengths + (<usize>left << 2)) + load<u32>(lengths + (<usize>right << 2)) <= longest
}

// @ts-ignore: decorator
@inline
function cellOf(left: u32, right: u32): usize {
  return <usize>(hashPair(left, right) >> cellShift)
}

// @ts-ignore: decorator
@inline
function addToCell(left: u32, right: u32, occurrences: u64): void {
  const cell = cells + (cellOf(left, right) << 2)
  const sum = <u64>load<u32>(cell) + occurrences
  store<u32>(cell, sum > 0xffffffff || sum < occurrences ? 0xffffffff : <u32>sum)
}

// @ts-ignore: decorator
@inline
function isHot(left: u32, right: u32): bool {
  const cell = cellOf(left, right)
  return ((load<u8>(hot + (cell >> 3)) >> <u8>(cell & 7)) & 1) !== 0
}

// ---- cutting into fragments ----

/**
 * Cuts the words of the whole records of [at, end) at each pair that is not hot, and adds every fragment of at
 * least two tokens to the table. Where it stopped: at `end`, or before a record of which the fragment from
 * `stoppedFragment` to `stoppedPieceEnd` found no room or is too long, those before it being in the table.
 */
export function cut(at: usize, end: usize): usize {
  readFrom(at)
  while (readPosition() < end) {
    const record = readPosition()
    const length = <usize>readNumber()
    const word = readPosition()
    const stop = word + length
    readFrom(stop)
    const occurrences = readNumber()
    const behind = readPosition()
    const from = resumeAt !== 0 ? resumeAt : word
    resumeAt = 0
    if (from < stop && !cutWord(from, stop, occurrences)) return record
    readFrom(behind)
  }
  return end
}

function cutWord(from: usize, stop: usize, occurrences: u64): bool {
  let start = from
  readFrom(from)
  let before = <u32>readNumber()
  let isPair = false
  let isEnd = false
  while (!isEnd) {
    const here = readPosition()
    isEnd = here === stop
    let symbol: u32 = 0
    let isCut = isEnd
    if (!isEnd) {
      symbol = <u32>readNumber()
      isCut = !isHot(before, symbol) || !canMerge(before, symbol)
    }
    if (isCut) {
      const size = here - start
      if (isPair && (size > longestWord() || !add(start, <u32>size, occurrences))) {
        setStopped(here)
        stoppedStart = start
        stoppedCount = occurrences
        return false
      }
      start = here
    }
    isPair = !isCut
    before = symbol
  }
  return true
}

let resumeAt: usize = 0
let stoppedStart: usize = 0
let stoppedCount: u64 = 0

export function stoppedFragment(): usize {
  return stoppedStart
}

export function stoppedOccurrences(): f64 {
  return <f64>stoppedCount
}

/** The next `cut` begins at `at` in the word of its first record; at its end, behind it. */
export function resume(at: usize): void {
  resumeAt = at
}
