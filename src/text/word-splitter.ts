/**
 * The word splitter that all stages share. English and other spaced scripts follow spaCy 3.8's blank English tokenizer:
 * white space parts chunks; from each chunk prefixes and suffixes peel off; special words split their own way; what is
 * left splits at infixes unless it is a web address. Beyond spaCy (rule 'script'): Han and kana are one word a character,
 * and Thai, Lao, Khmer and Burmese one word a syllable-like cluster (no dictionary). White space is never a word.
 * Known difference: spaCy lets two emoticons across a space hide each other (": ))"); here a chunk knows no neighbor.
 *
 * Linear in the text, whatever it holds. Offsets are UTF-16 units; lengths that rules compare are code points.
 */
import { infixLength, prefixLength, suffixLength } from './affixes.js'
import { CLASS, CLUSTER, DIGIT, IDEOGRAPH, LOWER, SPECIAL, SUFFIX, WHITE } from './classes.js'
import { isUnspaced, nextCluster } from './clusters.js'
import { SPECIAL_WORDS } from './special-words.js'
import { isWebAddress } from './web-address.js'

/** 'script': cut scripts without spaces too. 'spacy': leave them whole, as spaCy's English does. */
export type WordRule = 'script' | 'spacy'

// ---- scratch memory, reused from text to text ----

let units = new Uint16Array(1 << 16)
let unitsText = ''
let starts = new Int32Array(1 << 16)
let ends = new Int32Array(1 << 16)
/** Words found so far. */
let count = 0
let suffixes = new Int32Array(64)

/** The UTF-16 units of a text, valid until the next call: typed-array reads are faster than charCodeAt. */
export function unitsOf(text: string): Uint16Array {
  if (text !== unitsText) {
    if (text.length > units.length) units = new Uint16Array(text.length * 2)
    Buffer.from(units.buffer).write(text, 'utf16le') // all platforms of Node are little-endian
    unitsText = text
  }
  return units
}

function push(start: number, end: number): void {
  starts[count] = start
  ends[count] = end
  count++
}

/** A word is at least one unit, so a text never has more words than units. */
function reserve(length: number): void {
  if (length <= starts.length) return
  starts = new Int32Array(length * 2)
  ends = new Int32Array(length * 2)
}

// ---- special words ----

/** Multiplier of the running hash of a chunk: FNV-1a's 32-bit prime. */
const STEP = 0x01000193

interface SpecialWord {
  readonly word: string
  /** Lengths of its parts. */
  readonly parts: readonly number[]
  /** Lengths of the parts that the affix rules alone would make, where a special word in pieces is put together again. */
  readonly pieces: readonly number[] | null
}

const specialWords = new Map<number, SpecialWord>()
/** One bit a hash, so that most words need no look at the map. */
const specialFilter = new Uint8Array(1 << 16)
const specialLengthMax = Math.max(...[...SPECIAL_WORDS.keys()].map((word) => word.length))
/** Most pieces that a special word is put together from. */
let pieceCountMax = 0

function hashOf(text: Uint16Array, start: number, end: number): number {
  let hash = 0
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (text[i] ?? 0), STEP)
  return hash
}

function findSpecial(text: Uint16Array, start: number, end: number): SpecialWord | undefined {
  return end - start <= specialLengthMax ? findHashed(text, start, end, hashOf(text, start, end)) : undefined
}

function findHashed(text: Uint16Array, start: number, end: number, hash: number): SpecialWord | undefined {
  if (specialFilter[(hash ^ (hash >>> 16)) & 0xffff] === 0) return undefined
  const found = specialWords.get(hash)
  if (found === undefined || found.word.length !== end - start) return undefined
  for (let i = start; i < end; i++) if (found.word.charCodeAt(i - start) !== text[i]) return undefined
  return found
}

function fillSpecialWords(): void {
  for (const [word, parts] of SPECIAL_WORDS) {
    const text = unitsOf(word)
    const hash = hashOf(text, 0, word.length)
    if (specialWords.has(hash)) throw new Error(`two special words have one hash: ${word}`)
    count = 0
    if (hasAffix(text, word.length)) splitAffixes(text, 0, word.length, false)
    const pieces = count > 1 ? Array.from({ length: count }, (_, i) => (ends[i] ?? 0) - (starts[i] ?? 0)) : null
    const isNew = pieces !== null && pieces.join() !== parts.join()
    specialWords.set(hash, { word, parts, pieces: isNew ? pieces : null })
    specialFilter[(hash ^ (hash >>> 16)) & 0xffff] = 1
    if (isNew) pieceCountMax = Math.max(pieceCountMax, pieces.length)
  }
}

/** Only special words that the affix rules touch are looked for among pieces. */
function hasAffix(text: Uint16Array, end: number): boolean {
  if (prefixLength(text, 0, end) > 0 || suffixLength(text, 0, end) > 0) return true
  for (let at = 0; at < end; at++) if (infixLength(text, at, 0, end) > 0) return true
  return false
}

// ---- splitting ----

fillSpecialWords()

/** Words as offsets, and the code points of the text. */
export interface Scanned {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly textLength: number
}

export function scanWords(text: string, rule: WordRule): Scanned {
  const length = text.length
  reserve(length)
  const all = unitsOf(text)
  count = 0
  let pairs = 0
  let at = 0
  while (at < length) {
    let bits = CLASS[all[at] ?? 0] ?? 0
    if ((bits & WHITE) !== 0) {
      at++
      continue
    }
    const start = at
    let seen = 0
    let common = 0xffff
    let hash = 0
    let seenBefore = 0
    let hashBefore = 0
    do {
      seenBefore = seen
      hashBefore = hash
      seen |= bits
      common &= bits
      hash = Math.imul(hash ^ (all[at] ?? 0), STEP)
      at++
      bits = at < length ? (CLASS[all[at] ?? 0] ?? 0) : WHITE
    } while ((bits & WHITE) === 0)
    if ((seen & SPECIAL) === 0 && ((seen & DIGIT) === 0 || (common & DIGIT) !== 0)) pushPlain(all, start, at, hash)
    else if (start < at - 1 && (seenBefore & (SPECIAL | DIGIT)) === 0 && endsPlain(all, at)) {
      pushMarked(all, start, at, hash, hashBefore)
    } else {
      if ((seen & (IDEOGRAPH | CLUSTER)) !== 0 && rule === 'script') splitUnspaced(all, start, at)
      else splitChunk(all, start, at)
      if ((seen & SPECIAL) !== 0) pairs += surrogatePairs(all, start, at)
    }
  }
  return { starts: starts.slice(0, count), ends: ends.slice(0, count), textLength: length - pairs }
}

function pushParts(start: number, parts: readonly number[]): void {
  let at = start
  for (const length of parts) {
    push(at, at + length)
    at += length
  }
}

function surrogatePairs(text: Uint16Array, start: number, end: number): number {
  let pairs = 0
  for (let i = start + 1; i < end; i++) {
    if (((text[i] ?? 0) & 0xfc00) === 0xdc00 && ((text[i - 1] ?? 0) & 0xfc00) === 0xd800) pairs++
  }
  return pairs
}

/** A chunk of letters alone or of digits alone. */
function pushPlain(text: Uint16Array, start: number, end: number, hash: number): void {
  const special = end - start <= specialLengthMax ? findHashed(text, start, end, hash) : undefined
  if (special === undefined) push(start, end)
  else pushParts(start, special.parts)
}

/** Whether the unit before `end` is a mark that always splits off the letters in front of it. */
function endsPlain(text: Uint16Array, end: number): boolean {
  const last = text[end - 1] ?? 0
  if (((CLASS[last] ?? 0) & SUFFIX) !== 0) return true
  return last === 0x2e && ((CLASS[text[end - 2] ?? 0] ?? 0) & LOWER) !== 0
}

/** Letters and one such mark: most chunks that are not plain, so they have a short way. Same result as `splitChunk`. */
function pushMarked(text: Uint16Array, start: number, end: number, hash: number, hashBefore: number): void {
  const special = end - start <= specialLengthMax ? findHashed(text, start, end, hash) : undefined
  if (special !== undefined) {
    pushParts(start, special.parts)
    return
  }
  pushPlain(text, start, end - 1, hashBefore)
  push(end - 1, end)
}

/** A chunk with something other than plain letters or plain digits in it. */
function splitChunk(text: Uint16Array, start: number, end: number): void {
  const first = count
  splitAffixes(text, start, end, true)
  if (count - first > 1) joinPieces(text, first)
}

/** Peels prefixes and suffixes until none is left or a special word appears, then splits what remains. */
function splitAffixes(text: Uint16Array, from: number, to: number, withSpecial: boolean): void {
  let start = from
  let end = to
  let suffixCount = 0
  let before = -1
  const pushSuffix = (length: number) => {
    if (suffixCount === suffixes.length) {
      const larger = new Int32Array(suffixCount * 2)
      larger.set(suffixes)
      suffixes = larger
    }
    suffixes[suffixCount++] = end
    end -= length
  }
  while (start < end && end - start !== before) {
    if (withSpecial && findSpecial(text, start, end) !== undefined) break
    before = end - start
    const prefix = prefixLength(text, start, end)
    if (withSpecial && prefix > 0 && start + prefix < end && findSpecial(text, start + prefix, end) !== undefined) {
      push(start, start + prefix)
      start += prefix
      break
    }
    const suffix = suffixLength(text, start + prefix, end)
    if (withSpecial && suffix > 0 && start < end - suffix && findSpecial(text, start, end - suffix) !== undefined) {
      pushSuffix(suffix)
      break
    }
    if (suffix > 0) pushSuffix(suffix)
    if (prefix > 0) {
      push(start, start + prefix)
      start += prefix
    }
  }
  if (start < end) splitRest(text, start, end, withSpecial)
  let at = end
  while (suffixCount > 0) {
    const suffixEnd = suffixes[--suffixCount] ?? 0
    push(at, suffixEnd)
    at = suffixEnd
  }
}

function splitRest(text: Uint16Array, start: number, end: number, withSpecial: boolean): void {
  const special = withSpecial ? findSpecial(text, start, end) : undefined
  if (special !== undefined) {
    pushParts(start, special.parts)
    return
  }
  const first = count
  let from = start
  for (let at = start; at < end; ) {
    const length = infixLength(text, at, start, end)
    if (length === 0) {
      at++
      continue
    }
    // An infix at the very front splits nothing.
    if (at > start) {
      if (at > from) push(from, at)
      push(at, at + length)
      from = at + length
    }
    at += length
  }
  if (from > start && isWebAddress(text, start, end)) {
    count = first
    from = start
  }
  if (from < end) push(from, end)
}

/**
 * Puts special words that the affix rules took apart together again ("foo:)" gives foo and :) in the end).
 * Longest runs of pieces first, earlier ones first among equals, as spaCy does.
 */
function joinPieces(text: Uint16Array, first: number): void {
  const longest = Math.min(pieceCountMax, count - first)
  let taken: Map<number, SpecialWord> | null = null
  let covered: Set<number> | null = null
  for (let size = longest; size > 1; size--) {
    for (let i = first; i + size <= count; i++) {
      const special = findPieces(text, i, size)
      if (special === undefined) continue
      taken ??= new Map()
      covered ??= new Set()
      if (!covered.has(i) && !covered.has(i + size - 1)) taken.set(i, special)
      for (let j = i; j < i + size; j++) covered.add(j)
    }
  }
  if (taken === null) return
  const oldStarts = starts.slice(first, count)
  const oldEnds = ends.slice(first, count)
  count = first
  for (let i = 0; i < oldStarts.length; ) {
    const start = oldStarts[i] ?? 0
    const special: SpecialWord | undefined = taken.get(first + i)
    if (special?.pieces) {
      pushParts(start, special.parts)
      i += special.pieces.length
    } else {
      push(start, oldEnds[i] ?? 0)
      i++
    }
  }
}

function findPieces(text: Uint16Array, first: number, size: number): SpecialWord | undefined {
  const special = findSpecial(text, starts[first] ?? 0, ends[first + size - 1] ?? 0)
  if (special?.pieces?.length !== size) return undefined
  const fits = special.pieces.every((length, i) => length === (ends[first + i] ?? 0) - (starts[first + i] ?? 0))
  return fits ? special : undefined
}

// ---- scripts without spaces ----

/** A chunk with Han, kana, Thai and the like: those one by one, what stands between them as chunks of their own. */
function splitUnspaced(text: Uint16Array, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const next = nextCluster(text, at, end)
    if (isUnspaced(text, at, end)) push(at, next)
    else splitChunk(text, at, next)
    at = next
  }
}
