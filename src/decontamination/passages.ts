/**
 * What is looked for of a benchmark item: its passages. A field with at least n words (where a character of a script without
 * spaces is half a word) is one, n-grams of which are looked for. An item without such a field is short, and looked for as a whole: its first field that has words enough, else all
 * fields as one text.
 *
 * Punctuation is what varies most between copies. Between words it is a separator like any other, so it may come, go and
 * change; within words ("don't", "3,000", "well-known") a copy may have it as it is, changed, or a space (all the same
 * words), or not at all, which makes other words. So those places are passages of their own with the punctuation deleted,
 * in the two ways that are common: with the underscore and without it.
 */
import type { BenchmarkItem } from './benchmark-file.js'
import { type Tokens, type Window, windowHash, windowOf } from './tokens.js'

export type PassageKind = 'ngrams' | 'whole' | 'joined-ngrams' | 'joined-whole'

export interface Passage {
  readonly kind: PassageKind
  /** The field, or what became of it. */
  readonly text: string
  /** Words of `text`. */
  readonly first: number
  readonly count: number
}

export interface PassageRule {
  /** n. */
  readonly ngramLength: number
  /** Words that a short item must have. */
  readonly shortMin: number
}

export interface ItemPassages {
  readonly passages: readonly Passage[]
  /** Different n-grams of the item with the punctuation within words deleted; 0 where that makes no difference. */
  readonly joinedCount: number
}

export function passagesOf({ texts }: BenchmarkItem, rule: PassageRule, tokens: Tokens): ItemPassages {
  const long = texts.filter((text) => weight(text, tokens) >= rule.ngramLength)
  if (long.length > 0) return longPassages(long, rule, tokens)
  const together = texts.join('\n')
  const chosen = [...texts, together].find((text) => weight(text, tokens) >= rule.shortMin)
  if (chosen === undefined) return { passages: [], joinedCount: 0 }
  if (weight(chosen, tokens) >= rule.ngramLength) return longPassages([chosen], rule, tokens)
  return shortPassages(chosen, tokens)
}

function shortPassages(text: string, tokens: Tokens): ItemPassages {
  const passages: Passage[] = []
  const seen = new Set<number>()
  for (const form of [text, ...joinedForms(text)]) {
    const count = wordCount(form, tokens)
    const hash = windowHash(tokens.prefix, 0, windowOf(count))
    if (count === 0 || seen.has(hash)) continue
    seen.add(hash)
    passages.push({ kind: form === text ? 'whole' : 'joined-whole', text: form, first: 0, count })
  }
  return { passages, joinedCount: passages.length > 1 ? 1 : 0 }
}

function longPassages(texts: readonly string[], { ngramLength }: PassageRule, tokens: Tokens): ItemPassages {
  const window = windowOf(ngramLength)
  const passages: Passage[] = []
  const known = new Set<number>()
  for (const text of texts) {
    const count = wordCount(text, tokens)
    for (let i = 0; i + ngramLength <= count; i++) known.add(windowHash(tokens.prefix, i, window))
    passages.push({ kind: 'ngrams', text, first: 0, count })
  }
  /** Of each way of deleting. */
  const forms = [new Set<number>(), new Set<number>()]
  const plainCount = passages.length
  for (const text of texts) {
    const joined = joinedForms(text)
    for (const [way, form] of forms.entries()) {
      const changed = joined[way] ?? joined[0] ?? text
      passages.push(...newStretches(changed, window, known, form, tokens))
    }
  }
  const joinedCount = passages.length > plainCount ? Math.min(...forms.map((form) => form.size)) : 0
  return { passages, joinedCount }
}

/** Stretches of n-grams that are not yet `known`; all of the text's are added to `form`. */
function* newStretches(
  text: string,
  window: Window,
  known: Set<number>,
  form: Set<number>,
  tokens: Tokens,
): Generator<Passage> {
  const { length } = window
  const count = wordCount(text, tokens)
  let first = -1
  for (let i = 0; i + length <= count; i++) {
    const hash = windowHash(tokens.prefix, i, window)
    form.add(hash)
    if (!known.has(hash)) {
      known.add(hash)
      if (first < 0) first = i
    } else if (first >= 0) {
      yield { kind: 'joined-ngrams', text, first, count: i - 1 + length - first }
      first = -1
    }
  }
  if (first >= 0) yield { kind: 'joined-ngrams', text, first, count: count - first }
}

/** The text without punctuation and symbols, underscores kept, then without those too; fewer where they are the same. */
function joinedForms(text: string): string[] {
  const kept = text.replace(PUNCTUATION, '')
  if (kept === text) return text.includes('_') ? [text.replaceAll('_', '')] : []
  return kept.includes('_') ? [kept, kept.replaceAll('_', '')] : [kept]
}

const PUNCTUATION = /[^\p{L}\p{N}\p{M}\p{Cf}\s_]/gu

function wordCount(text: string, tokens: Tokens): number {
  tokens.scan(text)
  return tokens.count
}

function weight(text: string, tokens: Tokens): number {
  tokens.scan(text)
  let halves = 0
  for (let token = 0; token < tokens.count; token++) halves += tokens.halvesOf(token)
  return halves / 2
}
