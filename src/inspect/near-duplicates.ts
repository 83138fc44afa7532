/**
 * Near-duplicates inside a sample that a person looks at, by the `minhash` package: a sample is small and a person waits,
 * so its speed is enough. The corpus is deduplicated by the stage dedup-minhash, with a kernel.
 */
import { Minhash } from 'minhash'

export interface NearDuplicates {
  /** Indexes into the texts, `a` before `b`. */
  readonly a: number
  readonly b: number
  /** Estimated Jaccard similarity of their shingles, 0 to 1. */
  readonly similarity: number
}

const SHINGLE_WORDS = 5
const SHINGLE_CHARACTERS = 12
/** The package takes about 10 microseconds a shingle; a page's beginning tells whether it is a copy. */
const SHINGLES_MAX = 2000

/** Pairs of texts at least `similarityMin` alike. Texts too short for one shingle are left out. */
export function nearDuplicates(texts: readonly string[], similarityMin = 0.7): NearDuplicates[] {
  const signatures = texts.map((text) => {
    const shingles = shinglesOf(text)
    if (shingles.size === 0) return null
    const signature = new Minhash({ numPerm: 128 })
    for (const shingle of shingles) signature.update(shingle)
    return signature
  })
  const pairs: NearDuplicates[] = []
  for (const [b, second] of signatures.entries()) {
    for (const [a, first] of signatures.slice(0, b).entries()) {
      if (first === null || second === null) continue
      const similarity = first.jaccard(second)
      if (similarity >= similarityMin) pairs.push({ a, b, similarity })
    }
  }
  return pairs
}

/** Runs of 5 words; runs of 12 characters where words are not divided by spaces (a mean of over 20 characters). */
function shinglesOf(text: string): Set<string> {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const spaced = words.length * 20 > text.length
  const [units, size, joint] = spaced
    ? [words, SHINGLE_WORDS, ' ']
    : [[...text.slice(0, 4 * SHINGLES_MAX)], SHINGLE_CHARACTERS, '']
  const shingles = new Set<string>()
  for (let start = 0; start + size <= units.length && shingles.size < SHINGLES_MAX; start++) {
    shingles.add(units.slice(start, start + size).join(joint))
  }
  return shingles
}
