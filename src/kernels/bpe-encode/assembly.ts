/**
 * Byte-pair encoding by backtracking (Antoni and Neubert's algorithm of the Rust crate `bpe`, 2024): the tokens of a text are
 * the one sequence in which every two neighbors, encoded together, stay what they are. So the longest token at a position is
 * tried first, then its shorter prefixes; a neighbor that does not go with it is taken back. A position from which the text
 * can't be finished is closed and never tried again, so the work is linear in the text. No merging, no heap.
 *
 * Symbols are tokens in the order of their merges: first the alphabet, then what each merge makes, then tokens that no merge
 * reaches (they only stand for whole pieces). So a lower symbol was merged before a higher one.
 *
 * The host lays out memory (index.ts): the bytes [0, 0x110000) are the pre-tokenizer's.
 */
import { pieceEnd } from '../pretokens/assembly'

const NONE: u32 = 0xffffffff

// ---- the model ----

let symbols: u32 = 0
/** Symbols from here on are reached by no merge. */
let reached: u32 = 0
/** True when a piece that is one of those is a token all the same. */
let wholePieces: bool = false
/** u32 by symbol; NONE for a byte without a token. */
let ids: usize = 0
/** By symbol: the longest shorter token that it begins with (NONE without one), and its length in bytes. */
let shapes: usize = 0
/** By symbol: the two that it is merged of; a symbol of the alphabet twice itself. */
let splits: usize = 0
/** Open addressing: left << 42 | right << 21 | merged, all ones when empty. */
let pairs: usize = 0
let pairShift: u32 = 0
/** 2^19 bits, one set for the hash of each pair: most questions end here. */
let filter: usize = 0
/** Double array: symbol + 1 << 32 | first slot of the children << 9 | label. A node's child by byte b is at slot ^ b. */
let trie: usize = 0
/** Answers of `fits` by a hash of the pair: left << 33 | right << 1 | answer. */
let answers: usize = 0

/** True: the alphabet is not every byte, but those characters that are tokens. */
let ofCharacters: bool = false
let alphabetSize: u32 = 0
/** Ids of bytes, for characters beyond the alphabet; 0 when those are unknown. */
let fallbackIds: usize = 0
let unknownId: u32 = NONE
let fuseUnknown: bool = false

/** Direct-mapped by a hash of the piece. */
let cache: usize = 0

const LABEL_MASK: u64 = 0x1ff
const NO_LABEL: u64 = 0x100
const ROOT_CHILDREN: u32 = 256
const FILTER_SHIFT: u32 = 32 - 19
const ANSWER_SHIFT: u32 = 32 - 15
const ANSWERS: usize = 1 << 15

/** Where the parts of the model lie. `pairBits`: log2 of the pair table's entries. */
export function layOut(
  idsAt: usize,
  shapesAt: usize,
  splitsAt: usize,
  pairsAt: usize,
  pairBits: u32,
  filterAt: usize,
  answersAt: usize,
  cacheAt: usize,
  trieAt: usize,
): void {
  ids = idsAt
  shapes = shapesAt
  splits = splitsAt
  pairs = pairsAt
  pairShift = 32 - pairBits
  filter = filterAt
  answers = answersAt
  cache = cacheAt
  trie = trieAt
  symbols = 0
  memory.fill(pairs, 0xff, <usize>8 << pairBits)
  memory.fill(filter, 0, 1 << 16)
  memory.fill(answers, 0xff, ANSWERS * 8)
  memory.fill(cache, 0, CACHE_BYTES) // a length of 0 is no piece's
}

// @ts-ignore: decorator
@inline
function hashOf(left: u32, right: u32): u32 {
  return ((left * 0x9e3779b1) ^ right) * 0x85ebca6b
}

function addPair(left: u32, right: u32, merged: u32): void {
  const hash = hashOf(left, right)
  const bit = hash >> FILTER_SHIFT
  const byte = filter + (bit >> 3)
  store<u8>(byte, load<u8>(byte) | <u8>(<u32>1 << (bit & 7)))
  const mask: u32 = (1 << (32 - pairShift)) - 1
  let index = hash >> pairShift
  while (load<u64>(pairs + (<usize>index << 3)) != u64.MAX_VALUE) index = (index + 1) & mask
  store<u64>(pairs + (<usize>index << 3), ((<u64>left) << 42) | ((<u64>right) << 21) | <u64>merged)
}

/** What the two are merged to, NONE when they aren't. */
// @ts-ignore: decorator
@inline
function mergedOf(left: u32, right: u32): u32 {
  const hash = hashOf(left, right)
  const bit = hash >> FILTER_SHIFT
  if (((<u32>load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1) == 0) return NONE
  return foundPair(hash, left, right)
}

function foundPair(hash: u32, left: u32, right: u32): u32 {
  const mask: u32 = (1 << (32 - pairShift)) - 1
  const key = ((<u64>left) << 21) | <u64>right
  let index = hash >> pairShift
  for (;;) {
    const entry = load<u64>(pairs + (<usize>index << 3))
    if (entry == u64.MAX_VALUE) return NONE
    if (entry >> 21 == key) return <u32>(entry & 0x1fffff)
    index = (index + 1) & mask
  }
  return NONE // not reached; the compiler wants it
}

// @ts-ignore: decorator
@inline
function leftOf(symbol: u32): u32 {
  return load<u32>(splits + (<usize>symbol << 3))
}

// @ts-ignore: decorator
@inline
function rightOf(symbol: u32): u32 {
  return load<u32>(splits + (<usize>symbol << 3), 4)
}

/**
 * Whether two neighbors stay what they are when their bytes are encoded together. Both are taken apart, last merge first,
 * along the seam: if two parts that met there would have merged before either became part of something larger, they don't.
 */
function fits(left: u32, right: u32): bool {
  let limit: u32 = NONE
  for (;;) {
    if (mergedOf(left, right) < limit) return false
    if (left > right) {
      limit = left
      left = rightOf(left)
      if (left == limit) {
        limit = right + 1
        right = leftOf(right)
        if (right + 1 == limit) return true
      }
    } else {
      limit = right + 1
      right = leftOf(right)
      if (right + 1 == limit) {
        limit = left
        left = rightOf(left)
        if (left == limit) return true
      }
    }
  }
  return false // not reached; the compiler wants it
}

// @ts-ignore: decorator
@inline
function fitsKnown(left: u32, right: u32): bool {
  const place = answers + (<usize>(hashOf(left, right) >> ANSWER_SHIFT) << 3)
  const question = ((<u64>left) << 33) | ((<u64>right) << 1)
  const known = load<u64>(place)
  if ((known & ~1) == question) return <bool>(known & 1)
  const answer = fits(left, right)
  store<u64>(place, question | <u64>answer)
  return answer
}

// ---- encoding ----

/** Longest piece that the cache of pieces holds, and most ids of one. An entry: its bytes, length and count, ids. */
const CACHED_BYTES: usize = 16
const CACHED_IDS: usize = 11
const CACHE_ENTRY: usize = 64
const CACHE_SHIFT: u64 = 64 - 13
const CACHE_BYTES: usize = CACHE_ENTRY << 13

/** As `encodePiece`, by way of the cache: most pieces of a text have been seen before. 16 bytes behind a piece can be read. */
// @ts-ignore: decorator
@inline
function encodeCached(at: usize, to: usize, out: usize, closed: usize): usize {
  const length = to - at
  if (length > CACHED_BYTES) return encodeNew(at, to, out, closed)
  let first = load<u64>(at)
  let second: u64 = 0
  if (length <= 8) first = first & (u64.MAX_VALUE >> ((8 - <u64>length) << 3))
  else second = load<u64>(at, 8) & (u64.MAX_VALUE >> ((16 - <u64>length) << 3))
  const hash = (first * 0x9e3779b97f4a7c15) ^ ((second + <u64>length) * 0xc2b2ae3d27d4eb4f)
  const entry = cache + <usize>(((hash ^ (hash >> 32)) * 0xd6e8feb86659fd93) >> CACHE_SHIFT) * CACHE_ENTRY
  if (load<u64>(entry) == first && load<u64>(entry, 8) == second && <usize>load<u16>(entry, 16) == length) {
    const end = out + (<usize>load<u16>(entry, 18) << 2)
    store<u32>(out, load<u32>(entry, 20))
    for (let p = out + 4, from = entry + 24; p < end; p += 4, from += 4) store<u32>(p, load<u32>(from))
    return end
  }
  const end = encodeNew(at, to, out, closed)
  const count = (end - out) >> 2
  if (count <= CACHED_IDS) {
    store<u64>(entry, first)
    store<u64>(entry, second, 8)
    store<u16>(entry, <u16>length, 16)
    store<u16>(entry, <u16>count, 18)
    memory.copy(entry + 20, out, count << 2)
  }
  return end
}

function encodeNew(at: usize, to: usize, out: usize, closed: usize): usize {
  return ofCharacters ? encodeCharacters(at, to, out, closed) : encodePiece(at, to, out, closed)
}

/**
 * Writes the ids of one piece to `out`, gives where they end. `closed`: a bit a position of the piece, all 0 before and
 * after.
 */
// @ts-ignore: decorator
@inline
function encodePiece(at: usize, to: usize, out: usize, closed: usize): usize {
  let base: u32 = ROOT_CHILDREN
  let found: u32 = 0
  let symbol: u32 = 0
  let p = at
  for (;;) {
    const byte = <u32>load<u8>(p)
    const node = load<u64>(trie + (<usize>(base ^ byte) << 3))
    if ((<u32>node & 0x1ff) != byte) {
      symbol = 0
      break
    }
    symbol = <u32>(node >> 32)
    if (symbol - 1 < reached) found = symbol
    if (++p == to) break
    base = (<u32>node) >> 9
  }
  if (symbol != 0 && (symbol == found || wholePieces)) {
    store<u32>(out, load<u32>(ids + (<usize>(symbol - 1) << 2)))
    return out + 4
  }
  return encodeParts(at, to, found, out, closed)
}

/** A piece of which some characters may not be in the alphabet: nothing merges across those. */
function encodeCharacters(at: usize, to: usize, out: usize, closed: usize): usize {
  let from = at
  let unknownEnd: usize = 0
  while (at < to) {
    const first = <u32>load<u8>(at)
    const next = min(at + (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4), to)
    if (tokenOf(at, next) >= alphabetSize) {
      if (from < at) out = encodePiece(from, at, out, closed)
      if (hasFallback(at, next)) {
        for (let p = at; p < next; p++, out += 4) store<u32>(out, load<u32>(fallbackIds + (<usize>load<u8>(p) << 2)))
      } else {
        if (!fuseUnknown || unknownEnd != at) {
          store<u32>(out, unknownId)
          out += 4
        }
        unknownEnd = next
      }
      from = next
    }
    at = next
  }
  return from < to ? encodePiece(from, to, out, closed) : out
}

function hasFallback(at: usize, end: usize): bool {
  if (fallbackIds == 0) return false
  for (; at < end; at++) if (load<u32>(fallbackIds + (<usize>load<u8>(at) << 2)) == NONE) return false
  return true
}

/** The longest token at `at`, symbol + 1; 0 when there is none. */
function longest(at: usize, to: usize): u32 {
  let base: u32 = ROOT_CHILDREN
  let found: u32 = 0
  while (at < to) {
    const byte = <u32>load<u8>(at)
    const node = load<u64>(trie + (<usize>(base ^ byte) << 3))
    if ((<u32>node & 0x1ff) != byte) break
    const symbol = <u32>(node >> 32)
    if (symbol - 1 < reached) found = symbol
    base = (<u32>node) >> 9
    at++
  }
  return found
}

/** A piece of several tokens. Every byte of it (or every character) is a symbol, so there is a token everywhere. */
function encodeParts(at: usize, to: usize, first: u32, out: usize, closed: usize): usize {
  let tail = out
  let position = at
  let token = first - 1
  let last = NONE
  let anyClosed = false
  for (;;) {
    const shape = load<u64>(shapes + (<usize>token << 3))
    const end = position + <usize>(shape >> 32)
    if (!(anyClosed && isClosed(closed, end - at)) && (last == NONE || fitsKnown(last, token))) {
      store<u32>(tail, token)
      tail += 4
      position = end
      if (position >= to) break
      last = token
      token = longest(position, to) - 1
      continue
    }
    const shorter = <u32>shape
    if (shorter != NONE) {
      token = shorter
      continue
    }
    close(closed, position - at)
    anyClosed = true
    tail -= 4
    token = last
    position -= <usize>(load<u64>(shapes + (<usize>last << 3)) >> 32)
    last = tail > out ? load<u32>(tail - 4) : NONE
  }
  if (anyClosed) memory.fill(closed, 0, ((to - at) >> 3) + 1)
  for (let p = out; p < tail; p += 4) store<u32>(p, load<u32>(ids + (<usize>load<u32>(p) << 2)))
  return tail
}

// @ts-ignore: decorator
@inline
function isClosed(closed: usize, position: usize): bool {
  return ((<u32>load<u8>(closed + (position >> 3)) >> (<u32>position & 7)) & 1) != 0
}

function close(closed: usize, position: usize): void {
  const byte = closed + (position >> 3)
  store<u8>(byte, load<u8>(byte) | <u8>(<u32>1 << (<u32>position & 7)))
}

/** Encodes the text [at, end) by a pattern's pieces; ids from `out` on, at most one a byte. Gives where they end. */
export function encode(pattern: i32, digits: i32, at: usize, end: usize, out: usize, closed: usize): usize {
  while (at < end) {
    const to = pieceEnd(pattern, digits, at, end)
    out = encodeCached(at, to, out, closed)
    at = to
  }
  return out
}

/** Where `encodeSettled` stopped. */
export let settledEnd: usize = 0

/** As `encode`, but for the last two pieces, which may become others when the text goes on. */
export function encodeSettled(pattern: i32, digits: i32, at: usize, end: usize, out: usize, closed: usize): usize {
  let before = at // the last two pieces are [before, between) and [between, at)
  let between = at
  while (at < end) {
    if (before < between) out = encodeCached(before, between, out, closed)
    before = between
    between = at
    at = pieceEnd(pattern, digits, at, end)
  }
  settledEnd = before
  return out
}

/** Encodes the pieces of the text at `at` whose ends, counted from there, are the `count` u32 at `ends`. */
export function encodePieces(at: usize, ends: usize, count: u32, out: usize, closed: usize): usize {
  const start = at
  for (let last = ends + (<usize>count << 2); ends < last; ends += 4) {
    const to = start + <usize>load<u32>(ends)
    out = encodeCached(at, to, out, closed)
    at = to
  }
  return out
}

// ---- loading ----

/** A node of the plain trie that the double array is made of: first child, next sibling, token + 1, label. */
const NODE: usize = 16
let nodes: usize = 0
let nodeCount: u32 = 0

/** Open addressing by parent and byte: parent << 40 | byte << 32 | child; 0 when empty, for the root is no child. */
let children: usize = 0
let childrenMask: u32 = 0

/** Starts a plain trie. `childrenBits`: log2 of the entries of the table of children, which has 8 bytes each. */
export function beginTokens(nodesAt: usize, childrenAt: usize, childrenBits: u32): void {
  nodes = nodesAt
  nodeCount = 1
  memory.fill(nodes, 0, NODE)
  children = childrenAt
  childrenMask = (1 << childrenBits) - 1
  memory.fill(children, 0, <usize>8 << childrenBits)
}

/** Adds all tokens; gives the first that has the bytes of one before it, or no bytes, and NONE when there is none. */
export function addTokens(tokens: u32, offsets: usize, bytes: usize): u32 {
  for (let token: u32 = 0; token < tokens; token++) {
    const at = bytes + <usize>load<u32>(offsets + (<usize>token << 2))
    if (!addToken(token, at, bytes + <usize>load<u32>(offsets + (<usize>token << 2), 4))) return token
  }
  return NONE
}

function addToken(token: u32, at: usize, end: usize): bool {
  if (at == end) return false
  let node: u32 = 0
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at)
    const key = (node << 8) | byte
    let place = children + (<usize>(((key * 0x9e3779b1) >> 7) & childrenMask) << 3)
    let entry = load<u64>(place)
    while (entry != 0 && <u32>(entry >> 32) != key) {
      place = children + (<usize>(((<u32>((place - children) >> 3)) + 1) & childrenMask) << 3)
      entry = load<u64>(place)
    }
    if (entry == 0) {
      entry = ((<u64>key) << 32) | <u64>addNode(node, byte)
      store<u64>(place, entry)
    }
    node = <u32>entry
  }
  const before = load<u32>(nodes + <usize>node * NODE, 8)
  if (before != 0) return false
  store<u32>(nodes + <usize>node * NODE, token + 1, 8)
  return true
}

/** A new first child. */
function addNode(parent: u32, byte: u32): u32 {
  const node = nodeCount++
  const place = nodes + <usize>node * NODE
  const first = nodes + <usize>parent * NODE
  store<u32>(place, 0)
  store<u32>(place, load<u32>(first), 4)
  store<u32>(place, 0, 8)
  store<u32>(place, byte, 12)
  store<u32>(first, node)
  return node
}

// Free slots of the double array are a ring through `free` (next, previous) that begins and ends at slot 0.
let free: usize = 0
let slotCount: u32 = 0

/**
 * Lays the plain trie out as a double array: every node gets slots for its children, `first slot ^ byte`, where no other
 * node's are. `work` has 12 bytes a slot, `slotOfNode` 4 a node. Gives the slots used, 0 when `slotsMax` are too few.
 */
export function placeTrie(work: usize, slotOfNode: usize, slotsMax: u32): u32 {
  free = work
  const taken = work + (<usize>slotsMax << 3) // u32: 1 when some node's children start there
  slotCount = 256 // none of these is ever a child: nodes without children start there
  for (let slot: u32 = 0; slot < 256; slot++) store<u64>(trie + (<usize>slot << 3), NO_LABEL)
  setNext(0, 0)
  setPrevious(0, 0)
  for (let node: u32 = 0; node < nodeCount; node++) {
    const first = load<u32>(nodes + <usize>node * NODE)
    if (first == 0) continue
    let start = node == 0 ? 0 : startFor(first, taken)
    if (start == 0) {
      if (slotCount + 256 > slotsMax) return 0
      start = addBlock(taken)
    }
    store<u32>(taken + (<usize>start << 2), 1)
    if (node != 0) {
      const own = trie + (<usize>load<u32>(slotOfNode + (<usize>node << 2)) << 3)
      store<u64>(own, (load<u64>(own) & 0xffffffff000001ff) | ((<u64>start) << 9))
    }
    for (let child = first; child != 0; child = load<u32>(nodes + <usize>child * NODE, 4)) {
      const place = nodes + <usize>child * NODE
      const label = load<u32>(place, 12)
      const slot = start ^ label
      takeSlot(slot)
      store<u64>(trie + (<usize>slot << 3), ((<u64>load<u32>(place, 8)) << 32) | <u64>label)
      store<u32>(slotOfNode + (<usize>child << 2), slot)
    }
  }
  return slotCount
}

function nextOf(slot: u32): u32 {
  return load<u32>(free + (<usize>slot << 3))
}
function setNext(slot: u32, next: u32): void {
  store<u32>(free + (<usize>slot << 3), next)
}
function setPrevious(slot: u32, previous: u32): void {
  store<u32>(free + (<usize>slot << 3), previous, 4)
}
function takeSlot(slot: u32): void {
  const next = nextOf(slot)
  const previous = load<u32>(free + (<usize>slot << 3), 4)
  setNext(previous, next)
  setPrevious(next, previous)
}
function isFree(slot: u32): bool {
  return (load<u64>(trie + (<usize>slot << 3)) & LABEL_MASK) == NO_LABEL
}

/** Tries some free slots for the first child; 0 when the others don't fit beside any of them. */
function startFor(first: u32, taken: usize): u32 {
  const label = load<u32>(nodes + <usize>first * NODE, 12)
  let tries = 256
  for (let slot = nextOf(0); slot != 0 && tries > 0; slot = nextOf(slot), tries--) {
    const start = slot ^ label
    if (load<u32>(taken + (<usize>start << 2)) != 0) continue
    let fitting = true
    for (let child = load<u32>(nodes + <usize>first * NODE, 4); child != 0 && fitting; ) {
      fitting = isFree(start ^ load<u32>(nodes + <usize>child * NODE, 12))
      child = load<u32>(nodes + <usize>child * NODE, 4)
    }
    if (fitting) return start
  }
  return 0
}

const OPEN_BLOCKS: u32 = 16

/** 256 more free slots, at the ring's end; gives the first. What is left of an old block stays empty: nothing fits there. */
function addBlock(taken: usize): u32 {
  const start = slotCount
  slotCount += 256
  if (start > OPEN_BLOCKS * 256) {
    const old = start - OPEN_BLOCKS * 256
    for (let slot = old; slot < old + 256; slot++) if (isFree(slot)) takeSlot(slot)
  }
  for (let slot = start; slot < slotCount; slot++) {
    store<u64>(trie + (<usize>slot << 3), NO_LABEL)
    store<u32>(taken + (<usize>slot << 2), 0)
    const last = load<u32>(free, 4)
    setNext(last, slot)
    setPrevious(slot, last)
    setNext(slot, 0)
    setPrevious(0, slot)
  }
  return start
}

/** The token with exactly these bytes (its symbol, once `finish` has been called); NONE without one. */
function tokenOf(at: usize, end: usize): u32 {
  let base: u32 = ROOT_CHILDREN
  let found: u32 = 0
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at)
    const node = load<u64>(trie + (<usize>(base ^ byte) << 3))
    if ((<u32>node & 0x1ff) != byte) return NONE
    found = <u32>(node >> 32)
    base = (<u32>node) >> 9
  }
  return found - 1
}

// Symbols get their numbers: `symbolOf` by token, NONE without one; `tokenOfSymbol` the other way.
let symbolOf: usize = 0
let tokenOfSymbol: usize = 0

export function beginSymbols(tokens: u32, symbolOfAt: usize, tokenOfSymbolAt: usize): void {
  symbols = 0
  symbolOf = symbolOfAt
  tokenOfSymbol = tokenOfSymbolAt
  memory.fill(symbolOf, 0xff, <usize>tokens << 2)
}

export function setCharacters(fallbackIdsAt: usize, unknown: u32, fuse: bool): void {
  ofCharacters = true
  fallbackIds = fallbackIdsAt
  unknownId = unknown
  fuseUnknown = fuse
}

/** One of the alphabet. */
export function addAlphabet(token: u32): void {
  const symbol = nextSymbol(token)
  alphabetSize = symbols
  store<u64>(splits + (<usize>symbol << 3), ((<u64>symbol) << 32) | <u64>symbol)
}

function nextSymbol(token: u32): u32 {
  const symbol = symbols++
  store<u32>(tokenOfSymbol + (<usize>symbol << 2), token)
  store<u32>(symbolOf + (<usize>token << 2), symbol)
  return symbol
}

function symbolOfToken(token: u32): u32 {
  return load<u32>(symbolOf + (<usize>token << 2))
}

/** Takes the merge if it can happen now: its parts are there, and would meet. */
function tryMerge(left: u32, right: u32, merged: u32): bool {
  const a = symbolOfToken(left)
  const b = symbolOfToken(right)
  if (a == NONE || b == NONE || symbolOfToken(merged) != NONE || !fits(a, b)) return false
  const symbol = nextSymbol(merged)
  store<u64>(splits + (<usize>symbol << 3), ((<u64>b) << 32) | <u64>a)
  addPair(a, b, symbol)
  return true
}

/**
 * Whether a merge to a token that is not reached could happen all the same, once later merges have made its parts. (For one
 * that is reached it can't: what its bytes become is one sequence of merges.)
 */
function isLate(left: u32, right: u32): bool {
  const a = symbolOfToken(left)
  const b = symbolOfToken(right)
  return a != NONE && b != NONE && fits(a, b)
}

/**
 * Numbers what `count` merges make (u32 left, right, merged tokens each, in order). A token is made by one merge only: of
 * several that give it, the one whose parts meet. Gives the first merge whose parts come later and that could still
 * happen: then the order of symbols is not that of merging. NONE when there is none.
 */
export function numberMerges(merges: usize, count: u32): u32 {
  const end = merges + <usize>count * 12
  for (let at = merges; at < end; at += 12) tryMerge(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8))
  for (let at = merges; at < end; at += 12) {
    if (symbolOfToken(load<u32>(at, 8)) != NONE) continue
    if (isLate(load<u32>(at), load<u32>(at, 4))) return <u32>((at - merges) / 12)
  }
  return NONE
}

/**
 * The same for tokens without merges, which stand in the order of their ranks: two neighbors merge when their bytes are a
 * token. `offsets` has tokens + 1 u32, counted from `bytes`. Gives the first token that could be made of later ones.
 */
export function numberRanks(tokens: u32, offsets: usize, bytes: usize): u32 {
  for (let token: u32 = 0; token < tokens; token++) splitToken(token, offsets, bytes, false)
  for (let token: u32 = 0; token < tokens; token++) {
    if (symbolOfToken(token) == NONE && splitToken(token, offsets, bytes, true)) return token
  }
  return NONE
}

/** Looks for the two tokens that a token is made of, and merges them; with `late` only says whether there are such. */
function splitToken(token: u32, offsets: usize, bytes: usize, late: bool): bool {
  const end = bytes + <usize>load<u32>(offsets + (<usize>token << 2), 4)
  let base: u32 = ROOT_CHILDREN
  for (let seam = bytes + <usize>load<u32>(offsets + (<usize>token << 2)) + 1; seam < end; seam++) {
    const node = load<u64>(trie + (<usize>(base ^ <u32>load<u8>(seam - 1)) << 3))
    base = (<u32>node) >> 9
    const left = <u32>(node >> 32) - 1
    if (left == NONE || (!late && left > token)) continue
    const right = tokenOf(seam, end)
    if (right == NONE) continue
    if (late ? isLate(left, right) : right < token && tryMerge(left, right, token)) return true
  }
  return false
}

/**
 * Numbers the tokens that no merge reaches, and writes the symbols' ids and shapes. `tokenIds` by token. From here on the
 * trie gives symbols. Gives how many symbols merges reach.
 */
export function finish(tokens: u32, tokenIds: usize, offsets: usize, bytes: usize, whole: bool): u32 {
  reached = symbols
  wholePieces = whole
  for (let token: u32 = 0; token < tokens; token++) if (symbolOfToken(token) == NONE) nextSymbol(token)
  for (let slot: u32 = 256; slot < slotCount; slot++) {
    const place = trie + (<usize>slot << 3)
    const token = load<u32>(place, 4)
    if (token != 0) store<u32>(place, symbolOfToken(token - 1) + 1, 4)
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const token = load<u32>(tokenOfSymbol + (<usize>symbol << 2))
    store<u32>(ids + (<usize>symbol << 2), load<u32>(tokenIds + (<usize>token << 2)))
    const at = bytes + <usize>load<u32>(offsets + (<usize>token << 2))
    const end = bytes + <usize>load<u32>(offsets + (<usize>token << 2), 4)
    store<u64>(shapes + (<usize>symbol << 3), ((<u64>(end - at)) << 32) | <u64>(longest(at, end - 1) - 1))
  }
  return reached
}
