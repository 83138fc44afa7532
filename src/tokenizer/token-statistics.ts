/**
 * What a tokenizer made of a corpus, counted while it is tokenised: bytes, words and tokens by language and by source, and how
 * often every token occurs. Each shard gives a part, plain JSON; parts add up to the same whatever their order.
 *
 * Words are those of `text/words.ts`, the same for all stages. Splitting them takes longer than encoding, so that they may be
 * counted in some of the documents; tokens per word then come from those documents alone.
 */
import assert from 'node:assert'
import { splitWords } from '../text/words.js'

export interface TokenTally {
  documents: number
  /** Of the texts as UTF-8. */
  bytes: number
  /** Without those that are no part of the text, as end-of-document tokens. */
  tokens: number
  /** In the documents whose words were counted. */
  words: number
  /** In the same documents. */
  wordsTokens: number
}

/** The statistics of some shards, as JSON. */
export interface TokenStatisticsPart {
  readonly vocabularySize: number
  readonly all: Readonly<TokenTally>
  /** By name, ascending; 'unknown' stands for no name. */
  readonly languages: readonly (readonly [string, Readonly<TokenTally>])[]
  readonly sources: readonly (readonly [string, Readonly<TokenTally>])[]
  /** Token and count in turn, tokens ascending, those that never occur left out. */
  readonly counts: readonly number[]
}

export interface CountedDocument {
  readonly text: string
  readonly language: string
  /** Where it is from, as far as that is worth telling apart: an input's name, a field of its metadata. */
  readonly source: string
}

/** Languages or sources that a part tells apart; later ones are one group, so that hostile input fills no memory. */
const GROUPS_MAX = 1_000
const OTHERS = 'others'

export class TokenStatistics {
  readonly #all = newTally()
  readonly #languages = new Map<string, TokenTally>()
  readonly #sources = new Map<string, TokenTally>()
  /** Doubles: exact to 2^53. */
  readonly #counts: Float64Array

  constructor(
    readonly vocabularySize: number,
    /** Words are counted in the first of so many documents of each language; 1: in all. */
    readonly wordsEvery = 1,
  ) {
    this.#counts = new Float64Array(vocabularySize)
  }

  /** @param ids what the tokenizer made of the text, and nothing else; an id outside of the vocabulary is a mistake */
  add({ text, language, source }: CountedDocument, ids: Uint32Array): void {
    const counts = this.#counts
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]
      if (id >= counts.length) assert.fail(`expected ids below ${counts.length}, got ${id}`)
      counts[id] += 1
    }
    const languageTally = tallyOf(this.#languages, language || 'unknown')
    const isSampled = languageTally.documents % this.wordsEvery === 0
    const document: TokenTally = {
      documents: 1,
      bytes: Buffer.byteLength(text),
      tokens: ids.length,
      words: isSampled ? splitWords(text).count : 0,
      wordsTokens: isSampled ? ids.length : 0,
    }
    for (const tally of [this.#all, languageTally, tallyOf(this.#sources, source || 'unknown')])
      addTally(tally, document)
  }

  part(): TokenStatisticsPart {
    const counts: number[] = []
    for (const [token, count] of this.#counts.entries()) if (count > 0) counts.push(token, count)
    return {
      vocabularySize: this.vocabularySize,
      all: { ...this.#all },
      languages: sorted(this.#languages),
      sources: sorted(this.#sources),
      counts,
    }
  }
}

/** The sum of parts of one tokenizer. Throws RangeError where their vocabularies differ. */
export function sumTokenStatistics(parts: Iterable<TokenStatisticsPart>): TokenStatisticsPart {
  const all = newTally()
  const languages = new Map<string, TokenTally>()
  const sources = new Map<string, TokenTally>()
  let sums: Float64Array | null = null
  for (const part of parts) {
    sums ??= new Float64Array(part.vocabularySize)
    if (sums.length !== part.vocabularySize)
      throw new RangeError(`expected a vocabulary of ${sums.length} tokens, got ${part.vocabularySize}`)
    addTally(all, part.all)
    for (const [name, tally] of part.languages) addTally(tallyOf(languages, name, Infinity), tally)
    for (const [name, tally] of part.sources) addTally(tallyOf(sources, name, Infinity), tally)
    const counts = countsOf(part)
    for (let token = 0; token < sums.length; token++) sums[token] += counts[token]
  }
  const counts: number[] = []
  for (const [token, count] of (sums ?? []).entries()) if (count > 0) counts.push(token, count)
  return { vocabularySize: sums?.length ?? 0, all, languages: sorted(languages), sources: sorted(sources), counts }
}

/** Occurrences of each token, by id. Throws RangeError for a token outside of the vocabulary. */
export function countsOf({ vocabularySize, counts }: TokenStatisticsPart): Float64Array {
  const out = new Float64Array(vocabularySize)
  for (let i = 0; i + 1 < counts.length; i += 2) {
    const [token, count] = [counts[i], counts[i + 1]]
    if (!(token < vocabularySize)) throw new RangeError(`expected tokens below ${vocabularySize}, got ${token}`)
    out[token] = count
  }
  return out
}

function newTally(): TokenTally {
  return { documents: 0, bytes: 0, tokens: 0, words: 0, wordsTokens: 0 }
}

function addTally(to: TokenTally, from: Readonly<TokenTally>): void {
  to.documents += from.documents
  to.bytes += from.bytes
  to.tokens += from.tokens
  to.words += from.words
  to.wordsTokens += from.wordsTokens
}

function tallyOf(groups: Map<string, TokenTally>, name: string, groupsMax = GROUPS_MAX): TokenTally {
  const key = groups.has(name) || groups.size < groupsMax ? name : OTHERS
  let tally = groups.get(key)
  if (tally === undefined) {
    tally = newTally()
    groups.set(key, tally)
  }
  return tally
}

function sorted(groups: ReadonlyMap<string, TokenTally>): [string, TokenTally][] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => [name, { ...tally }])
}
