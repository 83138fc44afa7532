/**
 * Values of class, id and the like, remembered across pages: what they say is asked once for each. A value is an entry, a
 * small number; an element has the entries of its attributes, noted in order of elements.
 *
 * An entry lies in the arena: the last page that it stood on (u32), its number (u32), the count of its bytes (u16), the kind
 * of attribute (u16), and its bytes. Slots of the hash table are 8 bytes: upper half of the hash (u32), address of the entry
 * (u32).
 * What one page can add is bounded, and room for that is made before it: no answer depends on the pages before.
 */
import { addWork } from './assembly-tokens'

const HEAD_BYTES: usize = 12
/** As in index.ts. */
const ENTRIES_MAX: i32 = 98_304
const SLOTS: u32 = 131_072
/** What one page can have of values, and of their bytes. */
const PAGE_ENTRIES_MAX: i32 = 8192
const PAGE_BYTES_MAX: usize = 262_144
const ARENA_BYTES: usize = 6_291_456
/** Longer values are cut: names that tell stand first. */
const NAME_BYTES_MAX: usize = 256

const K: u64 = 0x9e3779b97f4a7c15

/** Bytes that `placeNames` wants. */
export const NAMES_BYTES: usize = <usize>SLOTS * 8 + <usize>ENTRIES_MAX * 4 + ARENA_BYTES

let slots: usize = 0
/** Addresses of entries by number. */
let entries: usize = 0
let arena: usize = 0
let arenaAt: usize = 0
export let entryCount: i32 = 0
let pageNumber: u32 = 0
let pageEntries: i32 = 0
let pageBytes: usize = 0
/** How often everything has been forgotten: numbers of entries are good until then. */
export let generation: i32 = 0

/** Pairs of node and entry. */
let pairs: usize = 0
export let pairCount: i32 = 0
let pairsMax: i32 = 0

export function placeNames(at: usize): void {
  slots = at
  entries = slots + <usize>SLOTS * 8
  arena = arenaAt = entries + <usize>ENTRIES_MAX * 4
}

export function beginNames(pairsAt: usize, most: i32): void {
  pairs = pairsAt
  pairsMax = most
  pairCount = 0
  pageEntries = 0
  pageBytes = 0
  pageNumber++
  const bytesMax = PAGE_BYTES_MAX + <usize>PAGE_ENTRIES_MAX * (HEAD_BYTES + 4)
  if (entryCount + PAGE_ENTRIES_MAX <= ENTRIES_MAX && arenaAt + bytesMax <= arena + ARENA_BYTES) return
  memory.fill(slots, 0, <usize>SLOTS * 8)
  entryCount = 0
  arenaAt = arena
  generation++
}

export function entryAt(entry: i32): usize {
  return load<u32>(entries + ((<usize>entry) << 2))
}

/** Notes the value [from, to) of an attribute of `node`. */
export function noteName(node: i32, kind: i32, from: usize, to: usize): void {
  if (pairCount >= pairsMax) return
  const length = min(to - from, NAME_BYTES_MAX)
  const entry = entryOf(kind, from, length)
  if (entry == 0 || !touch(entry, length)) return
  const pair = pairs + ((<usize>pairCount) << 3)
  pairCount++
  store<i32>(pair, node)
  store<i32>(pair, load<i32>(entry, 4), 4)
}

/** False when the page has had all that a page can have. */
// @ts-ignore: decorator
@inline
function touch(entry: usize, length: usize): bool {
  if (load<u32>(entry) == pageNumber) return true
  if (pageEntries >= PAGE_ENTRIES_MAX || pageBytes + length > PAGE_BYTES_MAX) return false
  pageEntries++
  pageBytes += length
  store<u32>(entry, pageNumber)
  return true
}

/** The entry of a value, which is made where there is none yet; 0 when the page has had all that a page can have. */
function entryOf(kind: i32, from: usize, length: usize): usize {
  const hash = hashOf(kind, from, length)
  const upper = <u32>(hash >> 32)
  const both = <u32>length | (<u32>kind << 16)
  let slot = <u32>hash & (SLOTS - 1)
  while (true) {
    const at = slots + ((<usize>slot) << 3)
    const entry = <usize>load<u32>(at, 4)
    if (entry == 0) return add(at, upper, both, from, length)
    if (load<u32>(at) == upper && load<u32>(entry, 8) == both && isSame(entry + HEAD_BYTES, from, length)) return entry
    slot = (slot + 1) & (SLOTS - 1)
  }
}

function isSame(one: usize, other: usize, length: usize): bool {
  let i: usize = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(one + i) != load<u64>(other + i)) return false
  for (; i < length; i++) if (load<u8>(one + i) != load<u8>(other + i)) return false
  return true
}

function add(slot: usize, upper: u32, both: u32, from: usize, length: usize): usize {
  if (pageEntries >= PAGE_ENTRIES_MAX || pageBytes + length > PAGE_BYTES_MAX) return 0
  const entry = arenaAt
  arenaAt = (entry + HEAD_BYTES + length + 3) & ~(<usize>3)
  store<u32>(entry, 0)
  store<i32>(entry, entryCount, 4)
  store<u32>(entry, both, 8)
  memory.copy(entry + HEAD_BYTES, from, length)
  store<u32>(entries + ((<usize>entryCount) << 2), <u32>entry)
  entryCount++
  store<u32>(slot, upper)
  store<u32>(slot, <u32>entry, 4)
  return entry
}

function hashOf(kind: i32, from: usize, length: usize): u64 {
  addWork(<u64>length)
  let hash: u64 = (<u64>length | ((<u64>kind) << 32)) * K
  let at: usize = 0
  for (; at + 8 <= length; at += 8) {
    hash = (hash ^ load<u64>(from + at)) * K
    hash ^= hash >> 32
  }
  if (at < length) hash = (hash ^ (load<u64>(from + at) & (((<u64>1) << ((<u64>(length - at)) << 3)) - 1))) * K
  return hash ^ (hash >> 29)
}
