/**
 * Scores text with an n-gram model whose tables lie in the same memory, or in several (their layout: docs/formats.md, ".mlm").
 * For each word the longest n-gram that ends with it is looked for from the bigram up; the log10 is that n-gram's, plus the
 * back-offs of the contexts that were longer than it used (Katz 1987). As in KenLM (Heafield 2011, section 4), no search goes
 * on where it can find nothing: an n-gram says whether a longer one ends with it, and the word before whether a longer one
 * begins with what ends there. The memories are shared: any number of instances read one copy of the tables, each with
 * working space of its own.
 *
 * What takes the time is branches that a processor can't foresee, and memory. So a block of words goes through each step
 * together: text to hashes, hashes to ids, then the n-grams of each length. Every step first reads where each of its searches
 * will begin, which brings many cache lines at once; a search counts the smaller keys among the next slots instead of
 * branching on each, and writes what it found whether it is the n-gram sought or not, as FOUND says how much of it counts.
 */

import { GROUP_BYTES, hashOf, hashWord, HIGH_SEED, LOW_SEED, maskOf, spacesOf, stepHigh, stepLow } from '../ngram-words/assembly'

/** A WASM memory of up to 4 GiB: pointers are 32-bit, keys 64-bit. */
type Pointer = usize

@external('env', 'report')
declare function report(log10: f64, ngramLength: i32): void

/** Searches in other memories for the keys of the first `count` open words: sets HIT, SLOT_VALUE, SLOT_BACKOFF of these. */
@external('env', 'searchApart')
declare function searchApart(count: i32): void

const BLOCK: i32 = 256
/** Words of the block before that are kept as context: more than the longest. */
const BEFORE: i32 = 8

// A word's record.
/** First the id, then the key that is searched for, at last the log10. */
const KEY: Pointer = 0
/** The word's part of keys. */
const FACTOR: Pointer = 8
/** Length of the longest n-gram found that ends with the word. */
const FOUND: Pointer = 16
/** Length of the longest n-gram that ends with it and begins a longer one: context for the next word. */
const CONTEXT: Pointer = 20
/** log10 of the n-grams of 1 to 6 words, f32. */
const VALUES: Pointer = 24
/** Sums of the back-offs of the n-grams of 0 to 6 words, f64. */
const BACKOFFS: Pointer = 48
/** Where the search for the key begins: pointer, or slot's place in its segment, and segment. Then what is there. */
const PLACE: Pointer = 104
const SEGMENT: Pointer = 108
const SLOT_VALUE: Pointer = 104
const SLOT_BACKOFF: Pointer = 108
const HIT: Pointer = 112
const RECORD: Pointer = 128

const WORD_SLOT: Pointer = 12
const NGRAM_SLOT: Pointer = 16
const NO_EXTENSION: u32 = 0x80000000
const KEY_FACTOR: u64 = 8978948897894561157
const WORD_FACTOR: u64 = 17894857484156487943

// The model.
let order: i32 = 0
let beginId: u32 = 0
let endId: u32 = 0
let unigrams: Pointer = 0
let words: Pointer = 0
let wordSlots: u64 = 0
let ngrams: Pointer = 0
let ngramSlots: u64 = 0
let segmentBits: u32 = 0
/** Between the last of a segment's slots, pad left out, and the next segment. */
let padBytes: Pointer = 0
/** Whether the segments have memories of their own. */
let apart: bool = false

// Working space.
let records: Pointer = 0
let hashes: Pointer = 0
/** Pointers to the records of words whose n-grams of the next length are searched for. */
let open: Pointer = 0
let units: Pointer = 0

/** What reading ahead gave: kept, so that it is not optimized away. */
let touched: u64 = 0

// The sentence.
let reporting: bool = false
let log10: f64 = 0
let tokenCount: i32 = 0
let oovCount: i32 = 0
/** Words of the block so far. */
let filled: i32 = 0

// The word whose units are being added.
let high: u32 = HIGH_SEED
let low: u32 = LOW_SEED
let length: u32 = 0

export function setWords(unigramsAt: Pointer, wordsAt: Pointer, slots: f64, begin: u32, end: u32): void {
  unigrams = unigramsAt
  words = wordsAt
  wordSlots = <u64>slots
  beginId = begin
  endId = end
}

/** Segment i begins i * segmentBytes behind the first, or in a memory of its own, and has 2^bits slots, pad left out. */
export function setNgrams(longest: i32, at: Pointer, slots: f64, bits: u32, segmentBytes: Pointer, isApart: bool): void {
  order = longest
  ngrams = at
  apart = isApart
  ngramSlots = <u64>slots
  segmentBits = bits
  padBytes = segmentBytes - (<Pointer>16 << bits)
}

/** Takes the memory from `at`, a multiple of 128, on. Gives where text goes, as UTF-16 units. */
export function setSpace(at: Pointer): Pointer {
  records = at + <Pointer>BEFORE * RECORD
  hashes = records + <Pointer>(BLOCK + 1) * RECORD
  open = hashes + <Pointer>BLOCK * 8
  units = (open + <Pointer>(BLOCK + 1) * 4 + 15) & ~15
  return units
}

/** Where the pointers to open words are. */
export function openAt(): Pointer {
  return open
}

/** Where `search` finds keys, u64, and reads from `openAt` on where their searches begin. */
export function keysAt(): Pointer {
  return hashes
}

export function begin(withReport: bool): void {
  reporting = withReport
  log10 = 0
  tokenCount = 0
  oovCount = 0
  filled = 0
  startWord()
  const at = records - RECORD
  const backoff = load<u32>(unigrams + ((<Pointer>beginId) << 3) + 4)
  store<u64>(at + FACTOR, (<u64>beginId + 1) * WORD_FACTOR)
  store<i32>(at + CONTEXT, <i32>(backoff != NO_EXTENSION))
  store<f64>(at + BACKOFFS, 0)
  store<f64>(at + BACKOFFS + 8, <f64>reinterpret<f32>(backoff))
}

/** The words of a text of `count` units: what stands between ASCII white space. */
export function addText(count: i32): void {
  const end = padText(count)
  /** 1 where the unit before is white space, as before the text. */
  let before: u64 = 1
  let start: Pointer = 0
  for (let p = units; p < end; p += GROUP_BYTES) {
    const spaces = spacesOf(p)
    // First units of words and the units behind words, in turn.
    let turns = spaces ^ ((spaces << 1) | before)
    if (!before && turns != 0) {
      addHash(hashWord(start, p + (<Pointer>ctz(turns) << 1)))
      turns &= turns - 1
    }
    while (turns != 0) {
      start = p + (<Pointer>ctz(turns) << 1)
      turns &= turns - 1
      if (turns == 0) break
      addHash(hashWord(start, p + (<Pointer>ctz(turns) << 1)))
      turns &= turns - 1
    }
    before = spaces >>> 63
  }
}

/** Whether the text is this many words with one unit of white space between each two. */
export function isJoined(count: i32, wordCount: i32): bool {
  const end = padText(count)
  let spaceCount = 0
  let found = 0
  let before: u64 = 1
  for (let p = units; p < end; p += GROUP_BYTES) {
    const spaces = spacesOf(p)
    found += <i32>popcnt(~spaces & ((spaces << 1) | before))
    spaceCount += <i32>popcnt(spaces)
    before = spaces >>> 63
  }
  return found == wordCount && spaceCount - <i32>((end - units) >> 1) + count == wordCount - 1
}

/** The next units of one word, white space or not: a multiple of four, or its last ones. */
export function addUnits(count: i32): void {
  let h = high
  let l = low
  for (let p = units, left = count; left > 0; p += 8, left -= 4) {
    const four = load<u64>(p) & maskOf(left)
    h = stepHigh(h, four)
    l = stepLow(l, four, h)
  }
  high = h
  low = l
  length += count
}

/** Behind the units of one word. */
export function endWord(): void {
  addHash(hashOf(high, low, length))
  startWord()
}

/** The end of the sentence. Gives the sum of log10. */
export function end(): f64 {
  findWords(filled)
  store<u64>(records + <Pointer>filled * RECORD + KEY, <u64>endId)
  advance(filled + 1)
  return log10
}

/** Of the sentence that has ended. */
export function tokens(): i32 {
  return tokenCount
}

/** Of the sentence that has ended. */
export function unknownTokens(): i32 {
  return oovCount
}

/** Of the word that was added to an empty sentence. */
export function wordId(): u32 {
  return findWord(hashOf(high, low, length))
}

// ---- text to hashes ----

function startWord(): void {
  high = HIGH_SEED
  low = LOW_SEED
  length = 0
}

/** White space behind the text, one unit at least, up to the end of a group, which it gives. */
function padText(count: i32): Pointer {
  const end = units + ((<Pointer>count) << 1)
  for (let p = end; p < end + GROUP_BYTES; p += 16) v128.store(p, i16x8.splat(32))
  return units + (((<Pointer>count) << 1) / GROUP_BYTES + 1) * GROUP_BYTES
}

@inline
function addHash(hash: u64): void {
  if (filled == BLOCK) finishBlock()
  store<u64>(hashes + ((<Pointer>filled) << 3), hash)
  filled++
}

// ---- hashes to ids ----

function findWords(count: i32): void {
  const end = hashes + ((<Pointer>count) << 3)
  let read: u64 = 0
  for (let p = hashes; p < end; p += 8) {
    read ^= load<u64>(words + idealSlot(load<u64>(p), wordSlots) * WORD_SLOT)
  }
  let to = records
  for (let p = hashes; p < end; p += 8, to += RECORD) {
    const id = findWord(load<u64>(p))
    store<u64>(to + KEY, <u64>id)
    read ^= load<u64>(unigrams + ((<Pointer>id) << 3))
  }
  touched = read
}

@inline
function findWord(hash: u64): u32 {
  let p = words + idealSlot(hash, wordSlots) * WORD_SLOT
  p += <Pointer>(less(p, hash) + less(p + WORD_SLOT, hash) + less(p + 2 * WORD_SLOT, hash)) * WORD_SLOT
  while (keyAt(p) < hash) p += WORD_SLOT
  return keyAt(p) == hash ? load<u32>(p + 8) : 0
}

@inline
function idealSlot(key: u64, slots: u64): Pointer {
  return <Pointer>idealSlot64(key, slots)
}

@inline
function idealSlot64(key: u64, slots: u64): u64 {
  return ((key >> 32) * slots) >> 32
}

/** Keys lie with their upper half first. */
@inline
function keyAt(p: Pointer): u64 {
  return rotl<u64>(load<u64>(p), 32)
}

@inline
function less(p: Pointer, key: u64): i32 {
  return <i32>(keyAt(p) < key)
}

// ---- ids to scores ----

function finishBlock(): void {
  findWords(BLOCK)
  advance(BLOCK)
  memory.copy(
    records - <Pointer>BEFORE * RECORD,
    records + <Pointer>(BLOCK - BEFORE) * RECORD,
    <Pointer>BEFORE * RECORD,
  )
  filled = 0
}

function advance(count: i32): void {
  let searched = startWords(count)
  for (let ngramLength = 2; searched > 0 && ngramLength <= order; ngramLength++) {
    if (apart) {
      placeNgrams(searched)
      searchApart(searched)
      searched = settleNgrams(ngramLength, searched)
    } else {
      touchNgrams(searched)
      searched = findNgrams(ngramLength, searched)
    }
  }
  sum(count)
  if (reporting) reportAll(count)
}

/** Everything about the words alone, and the keys of their bigrams. Gives how many of these are searched for. */
function startWords(count: i32): i32 {
  let to = open
  let oov = 0
  let context = <i32>(load<i32>(records - RECORD + CONTEXT) != 0)
  let factor = load<u64>(records - RECORD + FACTOR)
  for (let p = records, end = records + <Pointer>count * RECORD; p < end; p += RECORD) {
    const id = load<u64>(p + KEY)
    const unigram = unigrams + ((<Pointer>id) << 3)
    const value = load<u32>(unigram)
    const backoff = load<u32>(unigram + 4)
    oov += <i32>(id == 0)
    store<u64>(p + KEY, (id * KEY_FACTOR) ^ factor)
    factor = (id + 1) * WORD_FACTOR
    store<u64>(p + FACTOR, factor)
    store<i32>(p + FOUND, 1)
    store<u32>(p + VALUES, value)
    store<f64>(p + BACKOFFS, 0)
    store<f64>(p + BACKOFFS + 8, <f64>reinterpret<f32>(backoff))
    store<u32>(to, <u32>p)
    to += <Pointer>(context & <i32>(~value >>> 31)) << 2
    context = <i32>(backoff != NO_EXTENSION)
    store<i32>(p + CONTEXT, context)
  }
  oovCount += oov
  return <i32>((to - open) >> 2)
}

/** Sets where the searches for the keys of the first `count` open words begin, and reads there. */
function touchNgrams(count: i32): void {
  const slots = ngramSlots
  const table = ngrams
  const bits = segmentBits
  const pad = padBytes
  let read: u64 = 0
  for (let from = open, end = open + ((<Pointer>count) << 2); from < end; from += 4) {
    const word = <Pointer>load<u32>(from)
    const slot = idealSlot(load<u64>(word + KEY), slots)
    const p = table + (slot << 4) + (slot >> bits) * pad
    store<u32>(word + PLACE, <u32>p)
    read ^= load<u64>(p) ^ load<u64>(p + 3 * NGRAM_SLOT)
  }
  touched = read
}

/** Sets where the searches for the keys of the first `count` open words begin, in which segment. */
function placeNgrams(count: i32): void {
  for (let from = open, end = open + ((<Pointer>count) << 2); from < end; from += 4) {
    const word = <Pointer>load<u32>(from)
    const slot = idealSlot64(load<u64>(word + KEY), ngramSlots)
    const segment = slot >> segmentBits
    store<u32>(word + SEGMENT, <u32>segment)
    store<u32>(word + PLACE, <u32>(slot - (segment << segmentBits)) << 4)
  }
}

/** Searches for the n-grams of the first `count` open words. Leaves open those of which a longer one may be found. */
function findNgrams(ngramLength: i32, count: i32): i32 {
  let to = open
  for (let from = open, end = open + ((<Pointer>count) << 2); from < end; from += 4) {
    const word = <Pointer>load<u32>(from)
    const key = load<u64>(word + KEY)
    const p = seek(load<u32>(word + PLACE), key)
    const goesOn = settle(word, ngramLength, key, <i32>(keyAt(p) == key), load<u32>(p + 8), load<u32>(p + 12))
    store<u32>(to, <u32>word)
    to += (<Pointer>goesOn) << 2
  }
  return <i32>((to - open) >> 2)
}

/** The same for those that searchApart has searched for. */
function settleNgrams(ngramLength: i32, count: i32): i32 {
  let to = open
  for (let from = open, end = open + ((<Pointer>count) << 2); from < end; from += 4) {
    const word = <Pointer>load<u32>(from)
    const hit = load<i32>(word + HIT)
    const value = load<u32>(word + SLOT_VALUE)
    const goesOn = settle(word, ngramLength, load<u64>(word + KEY), hit, value, load<u32>(word + SLOT_BACKOFF))
    store<u32>(to, <u32>word)
    to += (<Pointer>goesOn) << 2
  }
  return <i32>((to - open) >> 2)
}

/**
 * In the memory of a segment: `count` searches for the keys at keysAt that begin at the places at openAt. Where units go, it
 * writes for each: whether the key is there, probability, back-off, u32 each.
 */
export function search(count: i32): void {
  let read: u64 = 0
  for (let from = open, end = open + ((<Pointer>count) << 2); from < end; from += 4) {
    const p = <Pointer>load<u32>(from)
    read ^= load<u64>(p) ^ load<u64>(p + 3 * NGRAM_SLOT)
  }
  touched = read
  let to = units
  for (let i: Pointer = 0; i < <Pointer>count; i++, to += 12) {
    const key = load<u64>(hashes + (i << 3))
    const p = seek(load<u32>(open + (i << 2)), key)
    store<u32>(to, <u32>(keyAt(p) == key))
    store<u32>(to + 4, load<u32>(p + 8))
    store<u32>(to + 8, load<u32>(p + 12))
  }
}

/** The first slot from its ideal one whose key is not smaller. */
@inline
function seek(ideal: Pointer, key: u64): Pointer {
  let p = ideal
  const smaller = less(p, key) + less(p + 16, key) + less(p + 32, key) + less(p + 48, key)
  p += (<Pointer>smaller) << 4
  while (keyAt(p) < key) p += NGRAM_SLOT
  return p
}

/** Takes the slot where the search for the word's n-gram has ended. Gives 1 when a longer one may be found, else 0. */
@inline
function settle(word: Pointer, ngramLength: i32, key: u64, hit: i32, value: u32, backoff: u32): i32 {
  const sums = word + BACKOFFS + ((<Pointer>ngramLength) << 3)
  store<u32>(word + VALUES + ((<Pointer>ngramLength) << 2) - 4, value)
  store<f64>(sums, load<f64>(sums - 8) + <f64>reinterpret<f32>(backoff))
  store<i32>(word + FOUND, load<i32>(word + FOUND) + hit)
  const context = load<i32>(word + CONTEXT)
  store<i32>(word + CONTEXT, hit & <i32>(backoff != NO_EXTENSION) ? ngramLength : context)
  store<u64>(word + KEY, (key * KEY_FACTOR) ^ load<u64>(word - <Pointer>ngramLength * RECORD + FACTOR))
  return hit & <i32>(~value >>> 31) & <i32>(load<i32>(word - RECORD + CONTEXT) >= ngramLength)
}

function sum(count: i32): void {
  let total = log10
  for (let p = records, end = records + <Pointer>count * RECORD; p < end; p += RECORD) {
    const found = load<i32>(p + FOUND)
    const before = p - RECORD
    const context = load<i32>(before + CONTEXT)
    const used = min(found - 1, context)
    const value =
      load<f64>(before + BACKOFFS + ((<Pointer>context) << 3)) -
      load<f64>(before + BACKOFFS + ((<Pointer>used) << 3)) -
      <f64>abs<f32>(load<f32>(p + VALUES + ((<Pointer>found) << 2) - 4))
    store<f64>(p + KEY, value)
    total += value
  }
  log10 = total
  tokenCount += count
}

function reportAll(count: i32): void {
  for (let p = records, end = records + <Pointer>count * RECORD; p < end; p += RECORD) {
    report(load<f64>(p + KEY), load<i32>(p + FOUND))
  }
}
