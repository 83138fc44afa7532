/**
 * What the tagger sees of each token of a sentence: hashes of the folded word, its ends, shape and lists, those of the two tokens
 * to either side, and pairs of them. The usual templates of named entity recognition (Ratinov and Roth 2009, section 3; without
 * word clusters).
 */
import { type Hashes, mixed } from './hashes.js'

/** Features of a token. */
export const FEATURES = 48

const BEFORE_SENTENCE = 0x2545f491
const AFTER_SENTENCE = 0x6c62272e

/**
 * Writes FEATURES hashes for each token of the sentence [from, to); a feature that a token lacks is 0.
 * @param marks bits of lists, counted from the sentence's first token
 */
export function sentenceFeatures(hashes: Hashes, from: number, to: number, marks: Uint16Array, out: Int32Array): void {
  const { word, shape, prefixes, suffixes } = hashes
  const count = to - from
  for (let i = 0; i < count; i++) {
    const t = from + i
    const w0 = word[t]
    const w1 = i > 0 ? word[t - 1] : BEFORE_SENTENCE
    const w2 = i > 1 ? word[t - 2] : BEFORE_SENTENCE
    const n1 = i + 1 < count ? word[t + 1] : AFTER_SENTENCE
    const n2 = i + 2 < count ? word[t + 2] : AFTER_SENTENCE
    const s0 = shape[t]
    const s1 = i > 0 ? shape[t - 1] : BEFORE_SENTENCE
    const t1 = i + 1 < count ? shape[t + 1] : AFTER_SENTENCE
    const g0 = marks[i] + 1
    const g1 = i > 0 ? marks[i - 1] + 1 : 0
    const g2 = i > 1 ? marks[i - 2] + 1 : 0
    const h1 = i + 1 < count ? marks[i + 1] + 1 : 0
    let k = i * FEATURES
    out[k++] = one(1, w0)
    out[k++] = one(2, w1)
    out[k++] = one(3, n1)
    out[k++] = one(4, w2)
    out[k++] = one(5, n2)
    out[k++] = two(6, w1, w0)
    out[k++] = two(7, w0, n1)
    out[k++] = two(8, w1, n1)
    out[k++] = two(9, w2, w1)
    out[k++] = two(10, n1, n2)
    out[k++] = one(11, s0)
    out[k++] = two(12, s1, s0)
    out[k++] = two(13, s0, t1)
    out[k++] = two(14, two(0, s1, s0), t1)
    out[k++] = two(15, w1, s0)
    out[k++] = two(16, n1, s0)
    out[k++] = two(17, w0, s0)
    out[k++] = two(18, w2, s0)
    out[k++] = two(19, n2, s0)
    out[k++] = two(20, two(0, w2, w1), s0)
    out[k++] = two(21, two(0, w1, s0), n1)
    out[k++] = two(22, i === 0 ? 1 : 2, s0)
    out[k++] = one(23, g0)
    out[k++] = two(24, g0, s0)
    out[k++] = two(25, g1, g0)
    out[k++] = two(26, g0, h1)
    out[k++] = two(27, two(0, g1, g0), h1)
    out[k++] = one(28, g1)
    out[k++] = one(29, h1)
    out[k++] = two(30, two(0, g2, g1), g0)
    out[k++] = two(31, w1, g0)
    out[k++] = two(32, n1, g0)
    out[k++] = two(33, two(0, g0, s0), t1)
    out[k++] = two(34, two(0, g0, s0), s1)
    k = affixes(hashes, t, s0, out, k)
    out[k++] = i > 0 ? some(46, suffixes[2][t - 1]) : 0
    out[k++] = i + 1 < count ? some(47, suffixes[2][t + 1]) : 0
    out[k++] = two(48, prefixes[0][t] ^ suffixes[1][t], s0)
    out[k++] = one(49, Math.min(count, 4))
  }
}

function affixes({ prefixes, suffixes }: Hashes, t: number, shape: number, out: Int32Array, from: number): number {
  let k = from
  for (let i = 0; i < 3; i++) out[k++] = some(35 + i, prefixes[i][t])
  for (let i = 0; i < 4; i++) out[k++] = some(38 + i, suffixes[i][t])
  out[k++] = some(42, suffixes[1][t], shape)
  out[k++] = some(43, suffixes[2][t], shape)
  out[k++] = some(44, prefixes[1][t], shape)
  return k
}

function one(template: number, value: number): number {
  return mixed(value ^ Math.imul(template, 0x9e3779b1)) | 0
}

function two(template: number, first: number, second: number): number {
  return mixed(Math.imul(first, 0x01000193) ^ (second + Math.imul(template, 0x9e3779b1))) | 0
}

/** A feature of an affix; none for tokens too short to have it. */
function some(template: number, affix: number, shape = 0): number {
  return affix === 0 ? 0 : two(template, affix, shape)
}
