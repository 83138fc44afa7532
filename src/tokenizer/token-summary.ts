/**
 * Statistics of a tokenised corpus as ratios and rankings: how well the tokenizer fits the text, which of its tokens the text
 * hardly uses, and what the number of tokens means for training.
 */
import { countsOf, type TokenStatisticsPart, type TokenTally } from './token-statistics.js'

/** What a summary needs to know of a tokenizer. */
export interface TokenVocabulary {
  readonly size: number
  /** Null for ids that stand for no bytes: special tokens, holes. */
  bytesOf(id: number): Uint8Array | null
}

export interface GroupSummary extends Readonly<TokenTally> {
  readonly name: string
  /** NaN for nothing by nothing, here and below. */
  readonly bytesPerToken: number
  /** Fertility: how many tokens a word becomes. */
  readonly tokensPerWord: number
}

export interface TokenUse {
  readonly id: number
  /** The token's bytes as text; bytes that are no whole characters as `<e4 b8>`. */
  readonly text: string
  readonly bytes: number
  readonly count: number
}

export interface TokenSummary {
  readonly all: GroupSummary
  /** Most tokens first. */
  readonly languages: readonly GroupSummary[]
  readonly sources: readonly GroupSummary[]
  /** Tokens of the vocabulary that stand for bytes; the ones below are among these. */
  readonly vocabularyUsable: number
  readonly unused: { readonly count: number; readonly examples: readonly TokenUse[] }
  /** Tokens that occur, but fewer than `below` times: a model learns little about them. */
  readonly rare: readonly { readonly below: number; readonly count: number }[]
  /** Longest tokens that occur. */
  readonly longest: readonly TokenUse[]
  readonly training: readonly TrainingSize[]
}

/** The model that a corpus of so many tokens is enough for. */
export interface TrainingSize {
  readonly tokensPerParameter: number
  /** Of a model trained on every token once. */
  readonly parameters: number
  /** Of a model trained on every token `EPOCHS_MAX` times. */
  readonly parametersRepeated: number
  readonly meaning: string
}

/**
 * Compute-optimal: Hoffmann et al. 2022 (arXiv:2203.15556), table 3, has 20.0 to 22.4 tokens a parameter for models of 0.4 to 67
 * billion. Models that are to be cheap to run are trained on far more: LLaMA 7B on 149 (1.0 T; Touvron et al. 2023, arXiv:2302.13971,
 * table 2), Llama 2 7B on nearly 300 (2.0 T; arXiv:2307.09288), Llama 3 8B on 1,875 (15 T; arXiv:2407.21783).
 */
const TRAINING = [
  { tokensPerParameter: 20, meaning: 'compute-optimal (Hoffmann et al. 2022)' },
  { tokensPerParameter: 200, meaning: 'cheaper to run, as LLaMA 7B (149) and Llama 2 7B (about 300)' },
  { tokensPerParameter: 1_875, meaning: 'far beyond, as Llama 3 8B' },
] as const

/** Repeating data so often is nearly as good as new data: Muennighoff et al. 2023 (arXiv:2305.16264), abstract. */
export const EPOCHS_MAX = 4

/** Under-trained tokens make models fail oddly (Land and Bartolo 2024, arXiv:2405.05417). The limits are powers of ten, no more. */
const RARE_BELOW = [10, 100, 1_000] as const
const EXAMPLES = 20

export function summarizeTokens(statistics: TokenStatisticsPart, vocabulary: TokenVocabulary): TokenSummary {
  const counts = countsOf(statistics)
  const uses: Omit<TokenUse, 'text'>[] = []
  for (let id = 0; id < counts.length; id++) {
    const bytes = vocabulary.bytesOf(id)
    if (bytes !== null) uses.push({ id, bytes: bytes.length, count: counts[id] })
  }
  const used = uses.filter(({ count }) => count > 0)
  const unused = uses.filter(({ count }) => count === 0)
  const shown = (use: Omit<TokenUse, 'text'>): TokenUse => ({
    ...use,
    text: tokenText(vocabulary.bytesOf(use.id) ?? new Uint8Array(0)),
  })
  const longestFirst = (a: Omit<TokenUse, 'text'>, b: Omit<TokenUse, 'text'>) => b.bytes - a.bytes || a.id - b.id
  return {
    all: groupSummary(['all', statistics.all]),
    languages: groups(statistics.languages),
    sources: groups(statistics.sources),
    vocabularyUsable: uses.length,
    unused: { count: unused.length, examples: unused.sort(longestFirst).slice(0, EXAMPLES).map(shown) },
    rare: RARE_BELOW.map((below) => ({ below, count: used.filter(({ count }) => count < below).length })),
    longest: used.sort(longestFirst).slice(0, EXAMPLES).map(shown),
    training: trainingSizes(statistics.all.tokens),
  }
}

export function trainingSizes(tokens: number): TrainingSize[] {
  return TRAINING.map(({ tokensPerParameter, meaning }) => ({
    tokensPerParameter,
    parameters: tokens / tokensPerParameter,
    parametersRepeated: (tokens * EPOCHS_MAX) / tokensPerParameter,
    meaning,
  }))
}

function groups(tallies: TokenStatisticsPart['languages']): GroupSummary[] {
  return tallies.map(groupSummary).sort((a, b) => b.tokens - a.tokens || (a.name < b.name ? -1 : 1))
}

function groupSummary([name, tally]: readonly [string, Readonly<TokenTally>]): GroupSummary {
  return {
    name,
    ...tally,
    bytesPerToken: tally.bytes / tally.tokens,
    tokensPerWord: tally.wordsTokens / tally.words,
  }
}

/** `<e4 b8>` for bytes that are no whole characters; what a terminal must not see is the terminal's to escape. */
export function tokenText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return `<${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}>`
  }
}
