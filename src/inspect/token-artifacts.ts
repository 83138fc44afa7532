/** The statistics that tokenize stages have left in a run, with the bytes of their tokens where the tokenizer is still there. */

import { readFileSync } from 'node:fs'
import type { Store } from '../io/store.js'
import { ARTIFACTS } from '../run/artifacts.js'
import type { StageUse } from '../run/settings.js'
import { isArtifactReference } from '../stage/options.js'
import { openTokenizer } from '../tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js'
import type { TokenStatisticsPart } from '../tokenizer/token-statistics.js'
import { summarizeTokens, type TokenSummary } from '../tokenizer/token-summary.js'

export interface TokenReport {
  readonly stage: string
  readonly summary: TokenSummary
}

/** What `train-tokenizer` says of its training. */
export interface TrainingReport {
  readonly stage: string
  readonly words: number
  readonly distinctWords: number
  readonly textBytes: number
  readonly merges: number
  /** More than there are where no pair was left that counts enough. */
  readonly mergesWanted: number
}

export function trainingReports(store: Store, stages: readonly StageUse[]): TrainingReport[] {
  return stages.flatMap(({ as, stage }) => {
    if (stage !== 'train-tokenizer') return []
    const about = store.readJson<Omit<TrainingReport, 'stage'>>(`${ARTIFACTS}/${as}/training.json`)
    return about === null ? [] : [{ stage: as, ...about }]
  })
}

export function tokenReports(store: Store, stages: readonly StageUse[]): TokenReport[] {
  return stages.flatMap((use) => {
    const part = store.readJson<TokenStatisticsPart>(`${ARTIFACTS}/${use.as}/statistics.json`)
    if (use.stage !== 'tokenize' || part === null) return []
    return [{ stage: use.as, summary: summarizeTokens(part, vocabularyOf(store, use, part.vocabularySize)) }]
  })
}

function vocabularyOf(store: Store, { options }: StageUse, size: number) {
  const bytes = tokenizerBytes(store, options.tokenizer)
  if (bytes === null) return { size, bytesOf: () => null }
  const tokenizer = opened(bytes)
  // Another file lies in its place by now.
  if (tokenizer === null || tokenizer.idEnd !== size) return { size, bytesOf: () => null }
  return { size, bytesOf: (id: number) => (tokenizer.has(id) ? tokenizer.bytesOf(id) : null) }
}

function opened(bytes: Uint8Array): TextTokenizer | null {
  try {
    return openTokenizer(bytes, 'tokenizer')
  } catch {
    return null
  }
}

/** Null when it is gone: the counts say as much without it. */
function tokenizerBytes(store: Store, place: unknown): Uint8Array | null {
  if (isArtifactReference(place)) return store.read(`${ARTIFACTS}/${place.from}/${place.file}`)
  try {
    return readFileSync(String(place))
  } catch {
    return null
  }
}
