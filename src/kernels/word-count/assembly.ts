/**
 * Counts words in a table of bounded size. What fills memory is the host's: it lays out the table's slots, the arena and a
 * buffer, and takes the words out when the table is full.
 *
 * A slot is 24 bytes: the word's first eight bytes (u64, zeros behind a shorter one), its count (u64), its length (u32, 0
 * for an empty slot) and where its other bytes begin in the arena (u32). Most words are at most eight bytes long: one load
 * and one comparison find them. Collisions go to the next slot (linear probing). A hash leads to its slot by its upper
 * bits; so the words of one partition, which is the first eight bits, stand together, and the table is written out partition
 * by partition in one sweep, without sorting. A table that takes in what others have written out must not have their order,
 * or words would crowd in its first slots while it grows: its hashes are multiplied by a salt, a new one each time.
 *
 * The bytes [0, 0x110000) of the memory are the pre-tokenizer's. Behind text and records 8 bytes can be read.
 */
import { pieceEnd } from '../pretokens/assembly'

const SLOT: usize = 24
/** Words of up to 3/4 of the slots. */
const LOAD_NUMERATOR: u64 = 3
const LOAD_DENOMINATOR: u64 = 4
const PLACED: u32 = 1 << 31

let table: usize = 0
let slots: u32 = 0
let slotsMax: u32 = 0
let words: u32 = 0
let wordsMax: u32 = 0
let isSalted: bool = false
let salt: u64 = 1
let salts: u64 = 0
let arena: usize = 0
let arenaAt: usize = 0
let arenaEnd: usize = 0

/** Empties the table. It begins with `first` slots and grows up to `last`, in place. `arenaTo` leaves 8 bytes behind it. */
export function reset(at: usize, first: u32, last: u32, salted: bool, arenaFrom: usize, arenaTo: usize): void {
  table = at
  slotsMax = last
  isSalted = salted
  arena = arenaFrom
  arenaEnd = arenaTo
  clear(first)
}

/** Empties the table again, as it was laid out. */
export function clear(first: u32): void {
  slots = first
  wordsMax = loadOf(first)
  words = 0
  salt = isSalted ? (++salts * 0x9e3779b97f4a7c15) | 1 : 1
  arenaAt = arena
  memory.fill(table, 0, <usize>first * SLOT)
}

export function wordCount(): u32 {
  return words
}

export function slotCount(): u32 {
  return slots
}

// @ts-ignore: decorator
@inline
function loadOf(count: u32): u32 {
  return <u32>((<u64>count * LOAD_NUMERATOR) / LOAD_DENOMINATOR)
}

// @ts-ignore: decorator
@inline
function slotAt(index: u32): usize {
  return table + <usize>index * SLOT
}

// @ts-ignore: decorator
@inline
function firstSlot(hash: u64): u32 {
  return <u32>((((hash * salt) >> 32) * <u64>slots) >> 32)
}

// @ts-ignore: decorator
@inline
function firstBytes(at: usize, length: u32): u64 {
  const bytes = load<u64>(at)
  return length >= 8 ? bytes : bytes & (((<u64>1) << (length << 3)) - 1)
}

/** `rest` is where the bytes from the ninth on stand. */
// @ts-ignore: decorator
@inline
function hashOf(first: u64, rest: usize, length: u32): u64 {
  let hash = (first ^ (<u64>length * 0x9e3779b97f4a7c15)) * 0xbf58476d1ce4e5b9
  hash ^= hash >> 32
  if (length > 8) {
    let left = length - 8
    for (; left > 8; left -= 8, rest += 8) {
      hash = (hash ^ load<u64>(rest)) * 0x94d049bb133111eb
      hash ^= hash >> 29
    }
    hash = (hash ^ firstBytes(rest, left)) * 0x94d049bb133111eb
    hash ^= hash >> 29
  }
  return hash * 0xd6e8feb86659fd93
}

// @ts-ignore: decorator
@inline
function areSame(a: usize, b: usize, length: u32): bool {
  let left = length
  for (; left > 8; left -= 8, a += 8, b += 8) if (load<u64>(a) !== load<u64>(b)) return false
  return firstBytes(a, left) === firstBytes(b, left)
}

/** Adds `count` to the word at `at`, behind which 8 bytes can be read. False when there is no room for a new word. */
export function add(at: usize, length: u32, count: u64): bool {
  const first = firstBytes(at, length)
  return addHashed(at, length, count, first, hashOf(first, at + 8, length))
}

function addHashed(at: usize, length: u32, count: u64, first: u64, hash: u64): bool {
  let index = firstSlot(hash)
  let slot = slotAt(index)
  for (let found = load<u32>(slot, 16); found !== 0; found = load<u32>(slot, 16)) {
    if (load<u64>(slot) === first && found === length) {
      if (length <= 8 || areSame(at + 8, arena + load<u32>(slot, 20), length - 8)) {
        store<u64>(slot, load<u64>(slot, 8) + count, 8)
        return true
      }
    }
    index = index + 1 === slots ? 0 : index + 1
    slot = slotAt(index)
  }
  if (words === wordsMax) {
    if (slots === slotsMax) return false
    grow()
    return addHashed(at, length, count, first, hash)
  }
  if (length > 8) {
    const rest = <usize>(length - 8)
    if (arenaAt + rest > arenaEnd) return false
    memory.copy(arenaAt, at + 8, rest)
    store<u32>(slot, <u32>(arenaAt - arena), 20)
    arenaAt += rest
  }
  store<u64>(slot, first)
  store<u64>(slot, count, 8)
  store<u32>(slot, length, 16)
  words++
  return true
}

/**
 * Four times the slots, without a second table: each word not yet placed goes to the first slot from its own that holds no
 * placed one, and what stood there goes on. Placed words stay, so the way to each of them stays unbroken.
 */
function grow(): void {
  const before = slots
  slots = before > slotsMax / 4 ? slotsMax : before * 4
  wordsMax = loadOf(slots)
  memory.fill(slotAt(before), 0, <usize>(slots - before) * SLOT)
  for (let i: u32 = 0; i < before; i++) {
    const from = slotAt(i)
    for (let length = load<u32>(from, 16); length !== 0 && (length & PLACED) === 0; length = load<u32>(from, 16)) {
      const first = load<u64>(from)
      const count = load<u64>(from, 8)
      const rest = load<u32>(from, 20)
      let index = firstSlot(hashOf(first, arena + rest, length))
      while ((load<u32>(slotAt(index), 16) & PLACED) !== 0) index = index + 1 === slots ? 0 : index + 1
      const to = slotAt(index)
      memory.copy(from, to, SLOT)
      store<u64>(to, first)
      store<u64>(to, count, 8)
      store<u32>(to, length | PLACED, 16)
      store<u32>(to, rest, 20)
    }
  }
  for (let i: u32 = 0; i < slots; i++) {
    const slot = slotAt(i)
    store<u32>(slot, load<u32>(slot, 16) & ~PLACED, 16)
  }
}

// ---- text ----

/** Longer words are the host's, or one of them would take the whole arena. */
const WORD_BYTES_MAX: usize = 1 << 16

let stoppedEnd: usize = 0
let counted: f64 = 0

/**
 * Adds `count` for each piece of the text [at, end). Where it stopped: at `end`, or before a piece that ends at
 * `stoppedPieceEnd` and that is too long, or for which the table has no room. A text can be gone on with from there.
 */
export function countText(pattern: i32, digits: i32, at: usize, end: usize, count: u32): usize {
  while (at < end) {
    const to = pieceEnd(pattern, digits, at, end)
    const length = to - at
    if (length > WORD_BYTES_MAX || !add(at, <u32>length, <u64>count)) {
      stoppedEnd = to
      return at
    }
    at = to
    counted += <f64>count
  }
  return end
}

/** As `countText`, for a stretch of which every line, its LF included, is a text. */
export function countLines(pattern: i32, digits: i32, at: usize, end: usize, count: u32): usize {
  while (at < end) {
    const to = lineEnd(at, end)
    const stopped = countText(pattern, digits, at, to, count)
    if (stopped !== to) return stopped
    at = to
  }
  return end
}

function lineEnd(at: usize, end: usize): usize {
  while (at < end) if (load<u8>(at++) === 0x0a) return at
  return end
}

/** As `countText`, for pieces whose ends, counted from `at`, are u32 at [ends, endsTo). */
export function countPieces(at: usize, ends: usize, endsTo: usize, count: u32): usize {
  const start = at
  for (; ends < endsTo; ends += 4) {
    const to = start + load<u32>(ends)
    const length = to - at
    if (length > WORD_BYTES_MAX || !add(at, <u32>length, <u64>count)) {
      stoppedEnd = to
      return at
    }
    at = to
    counted += <f64>count
  }
  return at
}

export function stoppedPieceEnd(): usize {
  return stoppedEnd
}

export function setStopped(end: usize): void {
  stoppedEnd = end
}

// @ts-ignore: decorator
@inline
export function longestWord(): usize {
  return WORD_BYTES_MAX
}

/** Of all pieces that went into tables so far. */
export function countSum(): f64 {
  return counted
}

// ---- records: length (LEB128), the word's bytes, count (LEB128) ----

let readAt: usize = 0

// @ts-ignore: decorator
@inline
export function readFrom(at: usize): void {
  readAt = at
}

// @ts-ignore: decorator
@inline
export function readPosition(): usize {
  return readAt
}

/** The number at `readPosition`, which moves behind it. */
// @ts-ignore: decorator
@inline
export function readNumber(): u64 {
  let byte = load<u8>(readAt++)
  let value: u64 = byte & 0x7f
  for (let bits: u64 = 7; (byte & 0x80) !== 0; bits += 7) {
    byte = load<u8>(readAt++)
    value |= <u64>(byte & 0x7f) << bits
  }
  return value
}

/**
 * Adds the whole records of [at, end) whose hash falls into part `part` of `parts`. Where it stopped: at `end`, or before
 * a record that ends at `stoppedPieceEnd`, and whose word is too long, or for which the table has no room.
 */
export function addRecords(at: usize, end: usize, part: u32, parts: u32): usize {
  readAt = at
  while (readAt < end) {
    const record = readAt
    const length = <u32>readNumber()
    const word = readAt
    readAt = word + length
    const count = readNumber()
    const first = firstBytes(word, length)
    const hash = hashOf(first, word + 8, length)
    if (parts > 1 && <u32>(hash & 0xffff) % parts !== part) continue
    if (<usize>length > WORD_BYTES_MAX || !addHashed(word, length, count, first, hash)) {
      stoppedEnd = readAt
      return record
    }
  }
  return end
}

/** Behind the last whole record of [at, end). */
export function wholeRecords(at: usize, end: usize): usize {
  let whole = at
  readAt = at
  while (hasNumber(end)) {
    const length = <usize>readNumber()
    readAt += length
    if (readAt >= end || !hasNumber(end)) break
    readNumber()
    whole = readAt
  }
  return whole
}

// @ts-ignore: decorator
@inline
function hasNumber(end: usize): bool {
  for (let at = readAt; at < end; at++) if ((load<u8>(at) & 0x80) === 0) return true
  return false
}

// @ts-ignore: decorator
@inline
export function writeNumber(at: usize, value: u64): usize {
  for (; value > 0x7f; value >>= 7) store<u8>(at++, <u8>(value & 0x7f) | 0x80)
  store<u8>(at++, <u8>value)
  return at
}

/** More than a record takes beside its word. */
const RECORD_EXTRA: usize = 32

let sweepAt: u32 = 0
let sweepLeft: u32 = 0
let sweepPartition: u64 = 0
let sweepOwn: u32 = 0

let sweptWords: f64 = 0
let sweptBytes: f64 = 0
let sweptTextBytes: f64 = 0

/** Of all words taken out so far: 0 how many, 1 their bytes, 2 their bytes times their counts. */
export function swept(what: i32): f64 {
  return what === 0 ? sweptWords : what === 1 ? sweptBytes : sweptTextBytes
}

/** Begins to take out the words of one of `partitions` (a power of two up to 256), or all of them with `partitions` 1. */
export function beginSweep(partition: u32, partitions: u32): void {
  sweepPartition = partition
  sweepAt = <u32>((<u64>slots * partition) / partitions)
  // Words of a partition stand in its own slots, or behind them up to the first empty one.
  sweepOwn = <u32>((<u64>slots * (partition + 1) + partitions - 1) / partitions) - sweepAt
  sweepLeft = slots
}

/** Writes records of the partition's words to [to, end); the bytes written, 0 when there are no more. */
export function sweep(to: usize, end: usize, partitionBits: u64): usize {
  const from = to
  while (sweepLeft > 0) {
    const slot = slotAt(sweepAt)
    const length = load<u32>(slot, 16)
    if (length === 0) {
      if (sweepOwn === 0) {
        sweepLeft = 0
        break
      }
    } else {
      const first = load<u64>(slot)
      const rest = arena + load<u32>(slot, 20)
      const isOwn = partitionBits === 0 || hashOf(first, rest, length) >> (64 - partitionBits) === sweepPartition
      if (isOwn) {
        if (to + length + RECORD_EXTRA > end) break
        to = writeNumber(to, length)
        store<u64>(to, first)
        if (length > 8) memory.copy(to + 8, rest, <usize>(length - 8))
        const count = load<u64>(slot, 8)
        to = writeNumber(to + length, count)
        sweptWords += 1
        sweptBytes += <f64>length
        sweptTextBytes += <f64>length * <f64>count
      }
    }
    sweepLeft--
    if (sweepOwn > 0) sweepOwn--
    sweepAt = sweepAt + 1 === slots ? 0 : sweepAt + 1
  }
  return to - from
}
