/**
 * Words of scripts written without spaces, without a dictionary: a Han or kana character is a word; Thai, Lao, Khmer and
 * Burmese are cut where a syllable can begin. Coarser and finer than words, but the same for the same letters, which is
 * what counting needs. A dictionary (ICU, newmm) would give words and would tie the result to its version.
 */
import { codePointAt } from './affixes.js'
import { CLASS, CLUSTER, IDEOGRAPH } from './classes.js'

/** Where the word that starts at `at` ends: an ideograph, a cluster, or a stretch without either. */
export function nextCluster(units: Uint16Array, at: number, end: number): number {
  const first = codePointAt(units, at, end)
  let next = at + (first > 0xffff ? 2 : 1)
  const bits = CLASS[first] ?? 0
  if ((bits & IDEOGRAPH) !== 0) return next
  if ((bits & CLUSTER) !== 0) return clusterEnd(units, at, end)
  while (next < end) {
    const codePoint = codePointAt(units, next, end)
    if (((CLASS[codePoint] ?? 0) & (IDEOGRAPH | CLUSTER)) !== 0) break
    next += codePoint > 0xffff ? 2 : 1
  }
  return next
}

/** Whether the character at `at` belongs to a script without spaces. */
export function isUnspaced(units: Uint16Array, at: number, end: number): boolean {
  return ((CLASS[codePointAt(units, at, end)] ?? 0) & (IDEOGRAPH | CLUSTER)) !== 0
}

function clusterEnd(units: Uint16Array, start: number, end: number): number {
  let at = start + 1
  while (at < end && ((CLASS[units[at] ?? 0] ?? 0) & CLUSTER) !== 0 && !startsCluster(units, at, end)) at++
  return at
}

/** All in the basic plane, so units are code points here. */
function startsCluster(units: Uint16Array, at: number, end: number): boolean {
  const unit = units[at] ?? 0
  const before = units[at - 1] ?? 0
  if (unit < 0xf00) return isThaiOrLaoStart(unit & ~0x80) && !isLeadingVowel(before & ~0x80)
  if (unit < 0x1100) {
    // Burmese: a stacked consonant (after U+1039) or a closed one (before U+103A) stays.
    return isBurmeseLetter(unit) && before !== 0x1039 && !(at + 1 < end && units[at + 1] === 0x103a)
  }
  return unit >= 0x1780 && unit <= 0x17b3 && before !== 0x17d2 // Khmer: after the coeng sign a consonant stays
}

/** Lao lies 128 code points above Thai, letter for letter. */
function isThaiOrLaoStart(thai: number): boolean {
  return (thai >= 0xe01 && thai <= 0xe2e) || isLeadingVowel(thai) || (thai >= 0xe5c && thai <= 0xe5f)
}

function isLeadingVowel(thai: number): boolean {
  return thai >= 0xe40 && thai <= 0xe44
}

function isBurmeseLetter(unit: number): boolean {
  return (unit >= 0x1000 && unit <= 0x102a) || unit === 0x103f || (unit >= 0x1050 && unit <= 0x1055)
}
