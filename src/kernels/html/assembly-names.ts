/**
 * Values of class, id and the like, remembered across pages: what they say is asked once for each. A value is an entry, a
 * small number; an element has the entries of its attributes, noted in order of elements.
 *
 * An entry is 12 bytes: where its bytes begin (u32), their count (u16), the kind of attribute (u16), the last page that it
 * stood on (u32). Slots of the hash table are 8 bytes: upper half of the hash (u32), entry + 1 (u32).
 * What one page can add is bounded, and room for that is made before it: no answer depends on the pages before.
 */
import { addWork } from './assembly-tokens'

const ENTRY: usize = 12
/** As in index.ts. */
const ENTRIES_MAX: i32 = 49_152
const SLOTS: u32 = 65_536
/** What one page can have of values, and of their bytes. */
const PAGE_ENTRIES_MAX: i32 = 8192
const PAGE_BYTES_MAX: i32 = 262_144
const ARENA_BYTES: i32 = 2_097_152
/** Longer values are cut: names that tell stand first. */
const NAME_BYTES_MAX: usize = 256

const K: u64 = 0x9e3779b97f4a7c15

/** Bytes that `placeNames` wants. */
export const NAMES_BYTES: usize = <usize>ENTRIES_MAX * ENTRY + <usize>SLOTS * 8 + <usize>ARENA_BYTES

let entries: usize = 0
let slots: usize = 0
let arena: usize = 0
export let entryCount: i32 = 0
let arenaUsed: i32 = 0
let pageNumber: u32 = 0
let pageEntries: i32 = 0
let pageBytes: i32 = 0
/** How often everything has been forgotten: numbers of entries are good until then. */
export let generation: i32 = 0

/** Pairs of node and entry. */
let pairs: usize = 0
export let pairCount: i32 = 0
let pairsMax: i32 = 0

export function placeNames(at: usize): void {
  entries = at
  slots = entries + <usize>ENTRIES_MAX * ENTRY
  arena = slots + <usize>SLOTS * 8
}

export function beginNames(pairsAt: usize, most: i32): void {
  pairs = pairsAt
  pairsMax = most
  pairCount = 0
  pageEntries = 0
  pageBytes = 0
  pageNumber++
  if (entryCount + PAGE_ENTRIES_MAX <= ENTRIES_MAX && arenaUsed + PAGE_BYTES_MAX <= ARENA_BYTES) return
  memory.fill(slots, 0, <usize>SLOTS * 8)
  entryCount = 0
  arenaUsed = 0
  generation++
}

export function entryAt(entry: i32): usize {
  return entries + <usize>entry * ENTRY
}

/** Notes the value [from, to) of an attribute of `node`. */
export function noteName(node: i32, kind: i32, from: usize, to: usize): void {
  if (pairCount >= pairsMax) return
  const length = min(to - from, NAME_BYTES_MAX)
  const entry = entryOf(kind, from, length)
  if (entry < 0) return
  const pair = pairs + ((<usize>pairCount) << 3)
  pairCount++
  store<i32>(pair, node)
  store<i32>(pair, entry, 4)
}

function entryOf(kind: i32, from: usize, length: usize): i32 {
  const hash = hashOf(kind, from, length)
  const upper = <u32>(hash >> 32)
  for (let slot = <u32>hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
    const at = slots + ((<usize>slot) << 3)
    const found = load<i32>(at, 4) - 1
    if (found < 0) return add(at, upper, kind, from, length)
    if (load<u32>(at) != upper) continue
    const entry = entryAt(found)
    if (<usize>load<u16>(entry, 4) != length || <i32>load<u16>(entry, 6) != kind) continue
    if (memory.compare(load<u32>(entry), from, length) != 0) continue
    return touch(entry) ? found : -1
  }
}

/** False when the page has had all that a page can have. */
function touch(entry: usize): bool {
  if (load<u32>(entry, 8) == pageNumber) return true
  const length = <i32>load<u16>(entry, 4)
  if (pageEntries >= PAGE_ENTRIES_MAX || pageBytes + length > PAGE_BYTES_MAX) return false
  pageEntries++
  pageBytes += length
  store<u32>(entry, pageNumber, 8)
  return true
}

function add(slot: usize, upper: u32, kind: i32, from: usize, length: usize): i32 {
  if (pageEntries >= PAGE_ENTRIES_MAX || pageBytes + <i32>length > PAGE_BYTES_MAX) return -1
  const entry = entryAt(entryCount)
  const bytes = arena + <usize>arenaUsed
  memory.copy(bytes, from, length)
  arenaUsed += <i32>length
  store<u32>(entry, <u32>bytes)
  store<u16>(entry, <u16>length, 4)
  store<u16>(entry, <u16>kind, 6)
  store<u32>(entry, 0, 8)
  touch(entry)
  store<u32>(slot, upper)
  store<i32>(slot, ++entryCount, 4)
  return entryCount - 1
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
