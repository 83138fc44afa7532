/**
 * N-gram repetition by Gopher's rules (Rae et al. 2021, appendix A) as datatrove 0.10.1 counts them. Both measures take
 * time linear in the number of words: n-grams are integers, extended by one word from n to n + 1.
 */
import { mix32 } from './hash.js'
import { tableSize } from './word-types.js'
import type { Words } from './words.js'

/**
 * For each n from 2 to `nMax`: code points of the most frequent n-gram, its words joined by one space, times its count;
 * the first seen among equals; 0 where the text has fewer than n words. Index 0 is n = 2.
 */
export function topNGramLengths(words: Words, nMax: number): number[] {
  const { ids } = words.types
  const lengthBefore = lengthsBefore(words)
  const results: number[] = []
  // The (n-1)-gram that starts at each word, NEVER_REPEATED where it stands alone.
  let grams = ids
  for (let n = 2; n <= nMax; n++) {
    const top = extendGrams(grams, ids, n)
    results.push(ids.length < n ? 0 : (spanLength(lengthBefore, top.first, n) + n - 1) * top.count)
    grams = top.grams
  }
  return results
}

const NEVER_REPEATED = -1

/**
 * Numbers n-grams in the order first seen and finds the most frequent. Where an n-gram's first n-1 words stand nowhere
 * else, it stands nowhere else either and gets no number; with no repeat at all, the first n-gram of the text is the top.
 */
function extendGrams(shorter: Int32Array, ids: Int32Array, n: number) {
  const total = Math.max(0, ids.length - n + 1)
  const table = new Int32Array(tableSize(total))
  const mask = table.length - 1
  const grams = new Int32Array(total)
  const counts = new Int32Array(total)
  const firsts = new Int32Array(total)
  let distinct = 0
  let best = -1
  for (let i = 0; i < total; i++) {
    const head = shorter[i] ?? 0
    if (head === NEVER_REPEATED) {
      grams[i] = NEVER_REPEATED
      continue
    }
    const tail = ids[i + n - 1] ?? 0
    let slot = mix32(Math.imul(head, 0x9e3779b1) ^ tail) & mask
    let gram = (table[slot] ?? 0) - 1
    while (gram >= 0) {
      const first = firsts[gram] ?? 0
      if (shorter[first] === head && ids[first + n - 1] === tail) break
      slot = (slot + 1) & mask
      gram = (table[slot] ?? 0) - 1
    }
    if (gram < 0) {
      gram = distinct++
      table[slot] = distinct
      firsts[gram] = i
    }
    grams[i] = gram
    counts[gram] = (counts[gram] ?? 0) + 1
  }
  for (let gram = 0; gram < distinct; gram++) {
    if ((counts[gram] ?? 0) > (best < 0 ? 1 : (counts[best] ?? 0))) best = gram
  }
  for (let i = 0; i < total; i++) {
    const gram = grams[i] ?? 0
    if (gram >= 0 && counts[gram] === 1) grams[i] = NEVER_REPEATED
  }
  return best < 0 ? { grams, first: 0, count: 1 } : { grams, first: firsts[best] ?? 0, count: counts[best] ?? 0 }
}

/**
 * For each n from `nMin` to `nMax`: code points in repeated n-grams. Words are joined by nothing; from left to right, an
 * n-gram seen before counts its length and skips n words, any other is remembered and one word is skipped.
 */
export function repeatedNGramLengths(words: Words, nMin: number, nMax: number): number[] {
  const { ids, hashes, powers } = words.types
  const lengthBefore = lengthsBefore(words)
  const total = ids.length
  const table = new Int32Array(tableSize(total))
  // Hash of the joined n-gram that starts at each word.
  const grams = new Int32Array(total)
  const results: number[] = []
  for (let n = 1; n <= nMax; n++) {
    for (let i = 0; i + n <= total; i++) {
      const type = ids[i + n - 1] ?? 0
      grams[i] = (Math.imul(grams[i] ?? 0, powers[type] ?? 0) + (hashes[type] ?? 0)) | 0
    }
    if (n >= nMin) results.push(repeatedLength(words, grams, n, table, lengthBefore))
  }
  return results
}

function repeatedLength(
  words: Words,
  grams: Int32Array,
  n: number,
  table: Int32Array,
  lengthBefore: Int32Array,
): number {
  const total = grams.length - n + 1
  const mask = table.length - 1
  table.fill(0)
  let repeated = 0
  for (let i = 0; i < total; ) {
    const hash = grams[i] ?? 0
    let slot = mix32(hash) & mask
    let other = (table[slot] ?? 0) - 1 // word at which a remembered n-gram starts
    while (other >= 0 && !(grams[other] === hash && isSameJoined(words, other, i, n))) {
      slot = (slot + 1) & mask
      other = (table[slot] ?? 0) - 1
    }
    if (other >= 0) {
      repeated += spanLength(lengthBefore, i, n)
      i += n
    } else {
      table[slot] = i + 1
      i++
    }
  }
  return repeated
}

/** Whether two n-grams are one string when joined: mostly the same words, seldom "ab c" against "a bc". */
function isSameJoined(words: Words, a: number, b: number, n: number): boolean {
  const { ids } = words.types
  let k = 0
  while (k < n && ids[a + k] === ids[b + k]) k++
  return k === n || joined(words, a + k, n - k) === joined(words, b + k, n - k)
}

function joined(words: Words, first: number, n: number): string {
  let text = ''
  for (let i = first; i < first + n; i++) text += words.at(i)
  return text
}

/** Code points of all words before each word. */
function lengthsBefore({ types: { ids, lengths } }: Words): Int32Array {
  const before = new Int32Array(ids.length + 1)
  for (let i = 0; i < ids.length; i++) before[i + 1] = (before[i] ?? 0) + (lengths[ids[i] ?? 0] ?? 0)
  return before
}

function spanLength(lengthBefore: Int32Array, first: number, n: number): number {
  return (lengthBefore[first + n] ?? 0) - (lengthBefore[first] ?? 0)
}
