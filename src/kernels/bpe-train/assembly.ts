/**
 * Learning BPE merges, the fast form of `reference.ts`: the same structures, which are described there, laid out by hand.
 * Two things are only here, and change nothing of what is learned. Words are laid out sorted by their last two bytes: what
 * a merge touches lies closer together. And new pairs that count less than a floor, a cautious guess of what the last merge
 * will count, are not noted; should the best pair count less, everything is counted again without a floor.
 *
 * Pointers are byte offsets; a pair's positions are byte offsets of cells. Memory, from low to high:
 *   tables by symbol | tables by byte | stacks | forbidden strings | cells | arena, which grows to the end
 * The arena first takes in the words' records. Then it holds the table of a count, which becomes the heap, and records of
 * pairs (count u64, left u32, right u32, positions u32, next of its level u32), each followed by its positions.
 *
 * Functions that go through all words do so in stretches, and are exported so that they stay functions: the engine runs a
 * function's optimized code from its next call on.
 */

const WORD_END: u32 = 0
const SYMBOL_BITS: u32 = 21
const SYMBOL_MASK: u32 = (1 << 21) - 1
const LARGE: u32 = 2047
const COUNT_FOLLOWS: u32 = 1 << 21
const FIRST_MERGE: u32 = 257
const LOWEST_IDS: u32 = 0

const RECORD: usize = 24
const ENTRY: usize = 24
const NEW_PAIR: usize = 16
/** By the last two bytes of words. */
const BUCKETS: usize = 65536
/** Of records, or cells, that are gone through in one call. */
const STRETCH: usize = 65536

let limit: u64 = 0
let mergesMax: u32 = 0
let longest: u32 = 0
let countMin: u64 = 1
let ties: u32 = LOWEST_IDS

let widths: usize = 0
let byteLengths: usize = 0
let lefts: usize = 0
let rights: usize = 0
let mergeCounts: usize = 0
let prefixes: usize = 0
let newLefts: usize = 0
let newRights: usize = 0
let touchedLefts: usize = 0
let touchedRights: usize = 0
let byteSymbols: usize = 0
let stackA: usize = 0
let stackB: usize = 0
let forbidden: usize = 0
let forbiddenEnd: usize = 0
let cells: usize = 0
let cellsEnd: usize = 0
let arena: usize = 0
let arenaTop: usize = 0
let levels: usize = 0

let merges: u32 = 0
let floor: u64 = 1
/** For good: the floor was too high once. */
let isFloorLow: bool = false
let isLaidOut: bool = false
let isFresh: bool = false
let log: usize = 0
let byteRecords: usize = 0
let heap: usize = 0
let heapSize: u32 = 0
let heapMax: u32 = 0
let level: i32 = 0

function align(at: usize): usize {
  return (at + 15) & ~15
}

/** Makes the memory reach to `end`, if it may. */
function reserve(end: u64): bool {
  const have = <u64>memory.size() << 16
  if (end <= have) return true
  if (end > limit) return false
  const missing = (end - have + 65535) >> 16
  // In large steps: the engine collects garbage at each of them.
  const step = min(max(missing, have >> 18), (limit - have) >> 16)
  return memory.grow(<i32>max(step, missing)) >= 0
}

/**
 * Lays out the memory, for words of at most `cellsMost` cells. `recordBytes` is for all records.
 * Returns 0 when the memory can't be had.
 */
export function begin(
  mergesMost: u32,
  longestToken: u32,
  countLeast: f64,
  tieRule: u32,
  forbiddenBytes: u32,
  recordBytes: u32,
  cellsMost: u32,
  limitBytes: u32,
): u32 {
  limit = <u64>limitBytes & ~65535
  mergesMax = mergesMost
  longest = longestToken
  countMin = <u64>countLeast
  ties = tieRule
  const symbols: usize = <usize>mergesMost + 257
  let at = align(__heap_base)
  widths = at
  at = align(at + symbols * 4)
  byteLengths = at
  at = align(at + symbols * 4)
  lefts = at
  at = align(at + symbols * 4)
  rights = at
  at = align(at + symbols * 4)
  mergeCounts = at
  at = align(at + symbols * 8)
  prefixes = at
  at = align(at + symbols * 8)
  newLefts = at
  at = align(at + symbols * NEW_PAIR)
  newRights = at
  at = align(at + symbols * NEW_PAIR)
  touchedLefts = at
  at = align(at + symbols * 4)
  touchedRights = at
  at = align(at + symbols * 4)
  byteSymbols = at
  at += 1024
  byteRecords = at
  at += 262144
  levels = at
  at += 64 * 4
  stackA = at
  at = align(at + symbols * 4 + 16)
  stackB = at
  at = align(at + symbols * 4 + 16)
  forbidden = at
  forbiddenEnd = at
  at = align(at + forbiddenBytes)
  cells = at
  cellsEnd = at + 4
  const cellsTop: u64 = <u64>at + (<u64>cellsMost << 2) + 16
  if (!reserve(cellsTop + recordBytes)) return 0
  arena = align(<usize>cellsTop - 16)
  arenaTop = arena
  memory.fill(widths, 0, cells - widths)
  merges = 0
  floor = countMin
  isFloorLow = false
  isLaidOut = false
  recordsEnd = arena
  return 1
}

export function byteSymbolsAt(): usize {
  return byteSymbols
}
/** The byte strings that no merge makes lie there: length u32 and bytes, one after the other. */
export function forbiddenAt(): usize {
  return forbidden
}
export function setForbidden(bytes: u32): void {
  forbiddenEnd = forbidden + bytes
}
export function leftsAt(): usize {
  return lefts + 257 * 4
}
export function rightsAt(): usize {
  return rights + 257 * 4
}
export function mergeCountsAt(): usize {
  return mergeCounts + 257 * 8
}
/** After the caller has filled in the symbol (1 to 256) of each byte. */
export function setBytes(): void {
  for (let byte: usize = 0; byte < 256; byte++) {
    const symbol: usize = load<u32>(byteSymbols + (byte << 2))
    store<u32>(widths + (symbol << 2), 1)
    store<u32>(byteLengths + (symbol << 2), 1)
    store<u32>(lefts + (symbol << 2), <u32>byte)
    store<u64>(prefixes + (symbol << 3), (<u64>byte) << 56)
  }
}

/** A merge learned before the words were written as symbols. */
export function addMerge(left: u32, right: u32, count: f64): void {
  const token: u32 = FIRST_MERGE + merges
  name(token, left, right, <u64>count)
  store<u32>(widths + (<usize>token << 2), 1)
  merges++
}

// ---- words ----

let recordsEnd: usize = 0
let areBytes: bool = false
let buckets: usize = 0
let readAt: usize = 0
let wordAt: usize = 0
let wordEnd: usize = 0
let wordCount: u64 = 0

/** Takes note of so many bytes of whole records, which the caller has put at `recordsAt`. */
export function addRecords(size: u32, bytes: u32): void {
  recordsEnd += size
  areBytes = bytes != 0
}

/** Where the caller puts the next records. */
export function recordsAt(): usize {
  return recordsEnd
}

function readNumber(): u64 {
  let byte: u64 = load<u8>(readAt++)
  let value = byte & 0x7f
  for (let shift: u64 = 7; byte > 0x7f; shift += 7) {
    byte = load<u8>(readAt++)
    value |= (byte & 0x7f) << shift
  }
  return value
}

/** Reads a record; false when its word has no pair or doesn't count. A word of one byte or symbol may look longer. */
function readRecord(): bool {
  const length = <usize>readNumber()
  wordAt = readAt
  wordEnd = readAt + length
  readAt = wordEnd
  wordCount = readNumber()
  return length > 1 && wordCount > 0
}

function symbolsOfWord(): u32 {
  if (areBytes) return <u32>(wordEnd - wordAt)
  let symbols: u32 = 0
  for (let at = wordAt; at < wordEnd; at++) if (load<u8>(at) < 0x80) symbols++
  return symbols
}

/** Where the number of cells of the words with the same end is kept, later the place of the next of them. */
function bucketOfWord(): usize {
  return buckets + (<usize>load<u16>(wordEnd - 2) << 2)
}

export function measureWords(from: usize, stop: usize): usize {
  readAt = from
  while (readAt < stop) {
    if (!readRecord()) continue
    const bucket = bucketOfWord()
    store<u32>(bucket, load<u32>(bucket) + (wordCount >= <u64>LARGE ? 16 : 4) + (symbolsOfWord() << 2))
  }
  return readAt
}

/** A word's cells begin with the end of the word before. */
export function layOutWords(from: usize, stop: usize): usize {
  readAt = from
  while (readAt < stop) {
    if (!readRecord()) continue
    const next = readAt
    const bucket = bucketOfWord()
    let to: usize = load<u32>(bucket)
    if (wordCount >= <u64>LARGE) {
      store<u32>(to, COUNT_FOLLOWS)
      store<u64>(to, wordCount, 4)
      to += 12
    }
    store<u32>(to, WORD_END)
    to += 4
    const code = <u32>min(wordCount, <u64>LARGE) << SYMBOL_BITS
    readAt = wordAt
    if (areBytes) {
      for (; readAt < wordEnd; to += 4) store<u32>(to, load<u32>(byteSymbols + (<usize>load<u8>(readAt++) << 2)) | code)
    } else {
      for (; readAt < wordEnd; to += 4) store<u32>(to, <u32>readNumber() | code)
    }
    store<u32>(bucket, <u32>to)
    readAt = next
  }
  return readAt
}
/** Lays all words out, in the order of the buckets. */
function layOutAll(): bool {
  buckets = align(recordsEnd)
  if (!reserve(<u64>buckets + BUCKETS * 4)) return false
  memory.fill(buckets, 0, BUCKETS * 4)
  for (let at = arena; at < recordsEnd; ) at = measureWords(at, min(at + STRETCH, recordsEnd))
  let to = cells
  for (let bucket = buckets; bucket < buckets + BUCKETS * 4; bucket += 4) {
    const bytes = load<u32>(bucket)
    store<u32>(bucket, <u32>to)
    to += bytes
  }
  for (let at = arena; at < recordsEnd; ) at = layOutWords(at, min(at + STRETCH, recordsEnd))
  store<u32>(to, WORD_END)
  cellsEnd = to + 4
  return true
}

/** The count of a word that has a cell for it: it stands before the word, two cells and a word end away. */
function largeCount(lastCell: usize): u64 {
  let at = lastCell
  let symbol: usize = load<u32>(at) & SYMBOL_MASK
  while (symbol != WORD_END) {
    at -= <usize>load<u32>(widths + (symbol << 2)) << 2
    symbol = load<u32>(at) & SYMBOL_MASK
  }
  return load<u64>(at - 8)
}

// ---- recount: all pairs of the corpus as it stands ----

let table: usize = 0
let tableSlots: u32 = 0
let tableUsed: u32 = 0

function hashPair(left: u32, right: u32): u32 {
  const mixed: u64 = (((<u64>left) << 32) | right) * 0x9e3779b97f4a7c15
  return <u32>(mixed >> 32)
}

/** Entry of a pair (24 bytes): left u32, right u32, count u64, positions u32, slice u32. Left 0 is a free one. */
function entryOf(left: u32, right: u32): usize {
  const mask = tableSlots - 1
  let slot = hashPair(left, right) & mask
  let entry = table + <usize>slot * ENTRY
  let found = load<u32>(entry)
  while (found != 0 && (found != left || load<u32>(entry, 4) != right)) {
    slot = (slot + 1) & mask
    entry = table + <usize>slot * ENTRY
    found = load<u32>(entry)
  }
  return entry
}

function growTable(): bool {
  const old = table
  const oldSlots = tableSlots
  const oldBytes = <usize>oldSlots * ENTRY
  tableSlots = oldSlots << 1
  // made behind the old one, then moved down over it
  table = old + oldBytes
  const bytes = <usize>tableSlots * ENTRY
  if (!reserve(<u64>table + bytes)) return false
  memory.fill(table, 0, bytes)
  for (let from = old; from < old + oldBytes; from += ENTRY) {
    if (load<u32>(from) != 0) copyEntry(entryOf(load<u32>(from), load<u32>(from, 4)), from)
  }
  memory.copy(old, table, bytes)
  table = old
  return true
}

/** Gives each token one cell, and takes out words that have become one token. */
function compact(): void {
  const end = cellsEnd - 4
  let from = cells
  let to = cells
  while (from < end) {
    // From the end before a word.
    const begin = to
    if (load<u32>(from) == COUNT_FOLLOWS) {
      store<u32>(to, COUNT_FOLLOWS)
      store<u64>(to, load<u64>(from, 4), 4)
      from += 12
      to += 12
    }
    store<u32>(to, WORD_END)
    from += 4
    to += 4
    const first = to
    let cell = load<u32>(from)
    while ((cell & SYMBOL_MASK) != WORD_END) {
      store<u32>(to, cell)
      to += 4
      from += <usize>load<u32>(widths + (<usize>(cell & SYMBOL_MASK) << 2)) << 2
      cell = load<u32>(from)
    }
    if (to == first + 4) to = begin
  }
  store<u32>(to, WORD_END)
  cellsEnd = to + 4
  for (let symbol: u32 = 1; symbol < FIRST_MERGE + merges; symbol++) store<u32>(widths + (<usize>symbol << 2), 1)
}

/** The pair's entry in the table, which bytes have by their symbols, as long as there is nothing else. */
function entryFor(left: u32, right: u32): usize {
  if (merges == 0) return table + <usize>(((left - 1) << 8) | (right - 1)) * ENTRY
  return entryOf(left, right)
}

/** Counts the pairs of the words from the end before one up to `stop` at least; 0 when the memory can't be had. */
export function countPairs(from: usize, stop: usize): usize {
  let at = from
  while (at < stop) {
    if (load<u32>(at) == COUNT_FOLLOWS) at += 12
    at += 4
    const code = load<u32>(at) >>> SYMBOL_BITS
    const count: u64 = code != LARGE ? <u64>code : load<u64>(at - 12)
    let left = load<u32>(at) & SYMBOL_MASK
    at += 4
    let right = load<u32>(at) & SYMBOL_MASK
    while (right != WORD_END) {
      let entry = entryFor(left, right)
      const positions = load<u32>(entry, 16)
      if (positions == 0) {
        store<u32>(entry, left)
        store<u32>(entry, right, 4)
        if (++tableUsed > tableSlots >> 1 && merges != 0) {
          if (!growTable()) return 0
          entry = entryOf(left, right)
        }
      }
      store<u64>(entry, load<u64>(entry, 8) + count, 8)
      store<u32>(entry, positions + 1, 16)
      left = right
      at += 4
      right = load<u32>(at) & SYMBOL_MASK
    }
  }
  return at
}

/** Puts the positions of all pairs in their slices. */
export function fillPositions(from: usize, stop: usize): usize {
  let at = from
  while (at < stop) {
    if (load<u32>(at) == COUNT_FOLLOWS) at += 12
    let left = load<u32>(at + 4) & SYMBOL_MASK
    at += 8
    let right = load<u32>(at) & SYMBOL_MASK
    while (right != WORD_END) {
      const entry = entryFor(left, right)
      const slice: usize = load<u32>(entry, 20)
      if (slice != 0) {
        store<u32>(slice, <u32>at)
        store<u32>(entry, <u32>(slice + 4), 20)
      }
      left = right
      at += 4
      right = load<u32>(at) & SYMBOL_MASK
    }
  }
  return at
}

function decrease(left: u32, right: u32, loss: u64): void {
  if (left > 256 || right > 256 || left == 0 || right == 0) return
  const record: usize = load<u32>(byteRecords + (((left - 1) << 10) | (right - 1) << 2))
  if (record == 0) return
  const count = load<u64>(record)
  store<u64>(record, count > loss ? count - loss : 0)
}

/** Drops all records and makes them anew from the cells. False when the memory can't be had. */
function recount(): bool {
  isFresh = true
  table = arena
  tableSlots = 65536
  tableUsed = 0
  if (!reserve(<u64>table + <u64>tableSlots * ENTRY)) return false
  memory.fill(table, 0, <usize>tableSlots * ENTRY)
  const end = cellsEnd - 4
  for (let at = cells; at < end; ) {
    at = countPairs(at, min(at + STRETCH, end))
    if (at == 0) return false
  }
  memory.fill(levels, 0, 64 * 4)
  memory.fill(byteRecords, 0, 65536 * 4)
  level = 64
  heap = table
  heapSize = 0
  heapMax = tableSlots
  const tableEnd = table + <usize>tableSlots * ENTRY
  arenaTop = align(tableEnd)
  for (let entry = table; entry < tableEnd; entry += ENTRY) {
    const positions = load<u32>(entry, 16)
    if (positions == 0) continue
    const left = load<u32>(entry)
    const right = load<u32>(entry, 4)
    const count = load<u64>(entry, 8)
    if (count < floor || byteLength(left) + byteLength(right) > longest) continue
    if (!reserve(<u64>arenaTop + RECORD + (<u64>positions << 2) + 16)) return false
    const record = newRecord(left, right, count, positions)
    store<u32>(entry, <u32>(record + RECORD), 20)
    intoLevel(record, count)
    if (left < FIRST_MERGE && right < FIRST_MERGE) {
      store<u32>(byteRecords + (((left - 1) << 10) | ((right - 1) << 2)), <u32>record)
    }
  }
  for (let at = cells; at < end; ) at = fillPositions(at, min(at + STRETCH, end))
  return true
}

function byteLength(symbol: u32): u32 {
  return load<u32>(byteLengths + (<usize>symbol << 2))
}

function newRecord(left: u32, right: u32, count: u64, positions: u32): usize {
  const record = arenaTop
  store<u64>(record, count)
  store<u32>(record, left, 8)
  store<u32>(record, right, 12)
  store<u32>(record, positions, 16)
  arenaTop = (record + RECORD + <usize>positions * 4 + 7) & ~7
  return record
}

// ---- the queue: a heap of the pairs of the current level (count >= 2^level), a list for each level below ----

/** Into the heap when the count is of the current level or above, else into the list of its level. */
function enqueue(record: usize, count: u64): bool {
  if (63 - <i32>clz(count) >= level) return push(record, count)
  intoLevel(record, count)
  return true
}

function intoLevel(record: usize, count: u64): void {
  const list = levels + ((63 - <usize>clz(count)) << 2)
  store<u32>(record, load<u32>(list), 20)
  store<u32>(list, <u32>record)
}

/** Heap entry (24 bytes): count u64, left and right u64, record u32. */
function push(record: usize, count: u64): bool {
  if (heapSize == heapMax && !growHeap(1)) return false
  heapSize++
  siftUp(heapSize - 1, count, ((<u64>load<u32>(record, 8)) << 32) | load<u32>(record, 12), <u32>record)
  return true
}

function growHeap(more: u32): bool {
  const larger = align(arenaTop)
  const most = max(heapMax << 1, heapSize + more)
  if (!reserve(<u64>larger + <u64>most * ENTRY)) return false
  memory.copy(larger, heap, <usize>heapSize * ENTRY)
  heap = larger
  heapMax = most
  arenaTop = larger + <usize>most * ENTRY
  return true
}

/** Does pair (count, ids) come before the pair of a heap entry? */
function before(count: u64, ids: u64, entry: usize): bool {
  const other = load<u64>(entry)
  if (count != other) return count > other
  const otherIds = load<u64>(entry, 8)
  if (ties == LOWEST_IDS) return ids < otherIds
  const order = compareTokens(<u32>(ids >> 32), <u32>(otherIds >> 32))
  return (order != 0 ? order : compareTokens(<u32>ids, <u32>otherIds)) > 0
}

function siftUp(from: u32, count: u64, ids: u64, record: u32): void {
  let at = from
  while (at > 0) {
    const parent = (at - 1) >> 2
    const entry = heap + <usize>parent * ENTRY
    if (!before(count, ids, entry)) break
    copyEntry(heap + <usize>at * ENTRY, entry)
    at = parent
  }
  place(at, count, ids, record)
}

function siftDown(count: u64, ids: u64, record: u32): void {
  let at: u32 = 0
  for (;;) {
    const first = (at << 2) + 1
    if (first >= heapSize) break
    const end = min(first + 4, heapSize)
    let best = first
    let entry = heap + <usize>first * ENTRY
    for (let child = first + 1; child < end; child++) {
      const candidate = heap + <usize>child * ENTRY
      if (before(load<u64>(candidate), load<u64>(candidate, 8), entry)) {
        best = child
        entry = candidate
      }
    }
    if (before(count, ids, entry)) break
    copyEntry(heap + <usize>at * ENTRY, entry)
    at = best
  }
  place(at, count, ids, record)
}

/** `memory.copy` leaves the WASM code for so few bytes. */
function copyEntry(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to, load<u64>(from, 8), 8)
  store<u64>(to, load<u64>(from, 16), 16)
}

function place(at: u32, count: u64, ids: u64, record: u32): void {
  const entry = heap + <usize>at * ENTRY
  store<u64>(entry, count)
  store<u64>(entry, ids, 8)
  store<u32>(entry, record, 16)
}

function lowerTop(count: u64): void {
  const ids = load<u64>(heap, 8)
  const record = load<u32>(heap, 16)
  if (63 - <i32>clz(count) >= level) {
    siftDown(count, ids, record)
  } else {
    removeTop()
    intoLevel(record, count)
  }
}

function removeTop(): void {
  heapSize--
  if (heapSize == 0) return
  const last = heap + <usize>heapSize * ENTRY
  siftDown(load<u64>(last), load<u64>(last, 8), load<u32>(last, 16))
}

/** Fills the heap from the next level that has pairs; false when there is none. */
function nextLevel(): i32 {
  while (heapSize == 0) {
    level--
    if (level < 0) return 0
    const list = levels + (<usize>level << 2)
    let record: usize = load<u32>(list)
    store<u32>(list, 0)
    while (record != 0) {
      const next = load<u32>(record, 20)
      const count = load<u64>(record)
      if (count >= <u64>1 << level) {
        if (!push(record, count)) return -1
      } else if (count >= countMin) {
        intoLevel(record, count)
      }
      record = next
    }
  }
  return 1
}

// ---- byte strings of tokens ----

/** Order of two tokens' byte strings: negative, 0 (the same token) or positive. */
function compareTokens(a: u32, b: u32): i32 {
  if (a == b) return 0
  const first = load<u64>(prefixes + (<usize>a << 3))
  const second = load<u64>(prefixes + (<usize>b << 3))
  if (first != second) return first < second ? -1 : 1
  clearStack(stackA)
  pushToken(stackA, a)
  clearStack(stackB)
  pushToken(stackB, b)
  while (holdsMore(stackA) && holdsMore(stackB)) {
    const order = nextByte(stackA) - nextByte(stackB)
    if (order != 0) return order
  }
  return holdsMore(stackA) ? 1 : holdsMore(stackB) ? -1 : 0
}

/** Is the pair's byte string a forbidden one? Those lie as length u32 and bytes, one after the other. */
function isForbidden(left: u32, right: u32): bool {
  const length = byteLength(left) + byteLength(right)
  for (let at = forbidden; at < forbiddenEnd; at += 4 + load<u32>(at)) {
    if (load<u32>(at) != length) continue
    clearStack(stackA)
    pushToken(stackA, right)
    pushToken(stackA, left)
    let byte = at + 4
    while (holdsMore(stackA) && nextByte(stackA) == load<u8>(byte)) byte++
    if (byte == at + 4 + length) return true
  }
  return false
}

// A stack of tokens whose bytes are still to come: where its end is, then the tokens. As deep as merges go, and one more.

function clearStack(stack: usize): void {
  store<u32>(stack, <u32>(stack + 4))
}

function pushToken(stack: usize, token: u32): void {
  const end: usize = load<u32>(stack)
  store<u32>(end, token)
  store<u32>(stack, <u32>(end + 4))
}

function holdsMore(stack: usize): bool {
  return load<u32>(stack) > <u32>(stack + 4)
}

function nextByte(stack: usize): i32 {
  let at: usize = load<u32>(stack) - 4
  let symbol: usize = load<u32>(at)
  while (symbol >= FIRST_MERGE) {
    store<u32>(at, load<u32>(rights + (symbol << 2)))
    at += 4
    symbol = load<u32>(lefts + (symbol << 2))
  }
  store<u32>(stack, <u32>at)
  return load<u32>(lefts + (symbol << 2))
}

// ---- learning ----

/** Learns until there are `until` merges. Returns how many there are (fewer: no pair is left), or -1: out of memory. */
export function learn(until: u32): i32 {
  if (!isLaidOut) {
    isLaidOut = true
    if (!layOutAll() || !recount()) return -1
  }
  while (merges < until) {
    const more = heapSize > 0 ? 1 : nextLevel()
    if (more < 0) return -1
    if (more == 0 || load<u64>(heap) < floor) {
      if (floor == countMin) break
      floor = countMin
      isFloorLow = true
      if (!countAnew()) return -1
      continue
    }
    const bound = load<u64>(heap)
    const record: usize = load<u32>(heap, 16)
    if (load<u64>(record) == bound) countAgain(record)
    const count = load<u64>(record)
    const left = load<u32>(record, 8)
    const right = load<u32>(record, 12)
    if (count < countMin || isForbidden(left, right)) {
      removeTop()
    } else if (count < bound) {
      lowerTop(count)
    } else if (makeRoom(load<u32>(record, 16))) {
      removeTop()
      const token = FIRST_MERGE + merges
      name(token, left, right, count)
      merges++
      merge(record, left, right, token)
      isFresh = false
      if (!isFloorLow && merges >= 256) raiseFloor(count)
    } else if (isFresh || !countAnew()) {
      return -1
    }
  }
  return merges
}

function countAnew(): bool {
  compact()
  return recount()
}

/** By Zipf's law, the pair at twice the rank counts half as much; here, it is taken to count about a third. */
function raiseFloor(count: u64): void {
  const done = <f64>merges / <f64>mergesMax
  floor = max(floor, <u64>(<f64>count * done * sqrt(done) * 0.5))
}

function name(token: u32, left: u32, right: u32, count: u64): void {
  const at = <usize>token << 2
  store<u32>(lefts + at, left)
  store<u32>(rights + at, right)
  store<f64>(mergeCounts + (<usize>token << 3), <f64>count)
  store<u32>(widths + at, load<u32>(widths + (<usize>left << 2)) + load<u32>(widths + (<usize>right << 2)))
  const length = byteLength(left)
  store<u32>(byteLengths + at, length + byteLength(right))
  let prefix = load<u64>(prefixes + (<usize>left << 3))
  if (length < 8) prefix |= load<u64>(prefixes + (<usize>right << 3)) >> (<u64>length << 3)
  store<u64>(prefixes + (<usize>token << 3), prefix)
}

/** Keeps the positions at which the pair still stands; returns, and notes, the sum of their words' counts. */
function countAgain(record: usize): u64 {
  const left = load<u32>(record, 8)
  const right = load<u32>(record, 12)
  let to = record + RECORD
  const positions = load<u32>(record, 16)
  const end = to + (<usize>positions << 2)
  let sum: u64 = 0
  for (let from = to; from < end; from += 4) {
    const position = load<u32>(from)
    const cell = load<u32>(position)
    if (((cell ^ right) | (load<u32>(position - 4) ^ left)) & SYMBOL_MASK) continue
    store<u32>(to, position)
    to += 4
    const code = cell >>> SYMBOL_BITS
    sum += code != LARGE ? <u64>code : largeCount(position - 4)
  }
  store<u32>(record, <u32>((to - record - RECORD) >> 2), 16)
  store<u64>(record, sum)
  return sum
}

/** Room for a merge at so many positions: records and slices, and behind them the neighbors of each new token. */
function makeRoom(positions: u32): bool {
  const newPairsMax = 2 * min(positions, FIRST_MERGE + merges)
  if (<u64>heapSize + newPairsMax > heapMax && !growHeap(newPairsMax)) return false
  const end: u64 = <u64>arenaTop + (<u64>positions << 3) + <u64>newPairsMax * (RECORD + 8) + 16
  if (!reserve(end + (<u64>positions << 3))) return false
  log = align(<usize>end)
  return true
}

/** Writes `token` wherever the pair stands, and makes records of the pairs that this brings about. */
function merge(record: usize, left: u32, right: u32, token: u32): void {
  const first = record + RECORD
  const end = first + (<usize>load<u32>(record, 16) << 2)
  const leftWidth: usize = <usize>load<u32>(widths + (<usize>left << 2)) << 2
  const rightWidth: usize = <usize>load<u32>(widths + (<usize>right << 2)) << 2
  const lefts = newLefts
  const rights = newRights
  let neighbors = log
  let leftsEnd = touchedLefts
  let rightsEnd = touchedRights
  let to = first
  for (let from = first; from < end; from += 4) {
    const position: usize = load<u32>(from)
    const cell = load<u32>(position)
    // in a run (aaa) the merge before this one may have taken the left token
    if (((cell ^ right) | (load<u32>(position - 4) ^ left)) & SYMBOL_MASK) continue
    const code = cell >>> SYMBOL_BITS
    const count = code != LARGE ? <u64>code : largeCount(position - 4)
    const start = position - leftWidth
    const behind = position + rightWidth
    const before: usize = load<u32>(start - 4) & SYMBOL_MASK
    const after: usize = load<u32>(behind) & SYMBOL_MASK
    const merged = token | (code << SYMBOL_BITS)
    store<u32>(start, merged)
    store<u32>(behind - 4, merged)
    store<u32>(to, <u32>position)
    to += 4
    store<u32>(neighbors, <u32>before)
    store<u32>(neighbors, <u32>after, 4)
    neighbors += 8
    const newLeft = lefts + (before << 4)
    const leftPositions = load<u32>(newLeft, 8)
    store<u32>(leftsEnd, <u32>before)
    leftsEnd += leftPositions == 0 ? 4 : 0
    store<u32>(newLeft, leftPositions + 1, 8)
    store<u64>(newLeft, load<u64>(newLeft) + count)
    const newRight = rights + (after << 4)
    const rightPositions = load<u32>(newRight, 8)
    store<u32>(rightsEnd, <u32>after)
    rightsEnd += rightPositions == 0 ? 4 : 0
    store<u32>(newRight, rightPositions + 1, 8)
    store<u64>(newRight, load<u64>(newRight) + count)
  }
  makeSlices(leftsEnd, rightsEnd, left, right, token)
  fillSlices(first, to, leftWidth, rightWidth)
}

/** Records of the new pairs with enough counts. Where they were counted now stands the place of their positions, or 0. */
function makeSlices(leftsEnd: usize, rightsEnd: usize, left: u32, right: u32, token: u32): void {
  const longestOther = longest - byteLength(token)
  for (let at = touchedLefts; at < leftsEnd; at += 4) {
    const other = load<u32>(at)
    const pair = newLefts + (<usize>other << 4)
    decrease(other, left, load<u64>(pair))
    store<u32>(pair, sliceFor(pair, other, other, token, longestOther), 12)
  }
  for (let at = touchedRights; at < rightsEnd; at += 4) {
    const other = load<u32>(at)
    const pair = newRights + (<usize>other << 4)
    decrease(right, other, load<u64>(pair))
    store<u32>(pair, sliceFor(pair, other, token, other, longestOther), 12)
  }
}

function sliceFor(pair: usize, other: u32, left: u32, right: u32, longestOther: u32): u32 {
  const count = load<u64>(pair)
  const positions = load<u32>(pair, 8)
  store<u64>(pair, 0)
  store<u32>(pair, 0, 8)
  if (other == WORD_END || count < floor || byteLength(other) > longestOther) return 0
  const record = newRecord(left, right, count, positions)
  enqueue(record, count)
  return <u32>(record + RECORD)
}

function fillSlices(first: usize, end: usize, leftWidth: usize, rightWidth: usize): void {
  const lefts = newLefts
  const rights = newRights
  let neighbors = log
  for (let from = first; from < end; from += 4) {
    const position: usize = load<u32>(from)
    const newLeft = lefts + (<usize>load<u32>(neighbors) << 4)
    const newRight = rights + (<usize>load<u32>(neighbors, 4) << 4)
    neighbors += 8
    const leftSlice: usize = load<u32>(newLeft, 12)
    if (leftSlice != 0) {
      store<u32>(leftSlice, <u32>(position - leftWidth))
      store<u32>(newLeft, <u32>(leftSlice + 4), 12)
    }
    const rightSlice: usize = load<u32>(newRight, 12)
    if (rightSlice != 0) {
      store<u32>(rightSlice, <u32>(position + rightWidth))
      store<u32>(newRight, <u32>(rightSlice + 4), 12)
    }
  }
}
