/**
 * The steps of training an n-gram model that run in parallel: what one task reads, computes (`src/lm`) and writes. Files
 * are records of words in a working folder; a task's memory is bounded by what it is told.
 */
import {
  type ColumnRange,
  mergeFilesInto,
  mergeRecords,
  WordRecordReader,
  WordRecordWriter,
} from '../io/word-records.js'
import { AdjustedCounts, type OrderStatistics } from '../lm/train-adjust.js'
import { type Chunk, countNgrams, suffixColumns } from '../lm/train-counts.js'
import { interpolate, type UnigramShares } from '../lm/train-estimate.js'
import { type ContextsTask, estimateOrder } from './lm-train-contexts.js'

export type TrainTask =
  | {
      readonly kind: 'count'
      readonly chunk: Chunk
      readonly order: number
      readonly vocabularySize: number
      readonly to: string
    }
  | { readonly kind: 'merge'; readonly order: number; readonly from: readonly string[]; readonly to: string }
  | {
      readonly kind: 'adjust'
      readonly order: number
      readonly prune: readonly number[]
      readonly from: readonly string[]
      /** Last words of the n-grams. */
      readonly words: WordRange
      /** By order - 1: n-grams that are kept, and the others. */
      readonly to: readonly string[]
      readonly toPruned: readonly string[]
    }
  | ContextsTask
  | {
      readonly kind: 'interpolate'
      readonly words: WordRange
      readonly unigrams: string
      readonly shares: UnigramShares
      /** By order - 2. */
      readonly ngrams: readonly string[]
      readonly contexts: readonly string[]
      /** By order - 1. */
      readonly to: readonly string[]
    }

export interface WordRange {
  readonly from: number
  readonly to: number
}

/** Records by order - 1 that were written; of an `adjust` task also its statistics. */
export interface TrainReply {
  readonly records: readonly number[]
  readonly statistics: readonly OrderStatistics[]
}

export function runTrainTask(task: TrainTask): TrainReply {
  if (task.kind === 'count') return count(task)
  if (task.kind === 'merge') return merge(task)
  if (task.kind === 'adjust') return adjust(task)
  if (task.kind === 'contexts') return { records: estimateOrder(task), statistics: [] }
  return interpolateRange(task)
}

type TaskOf<Kind extends TrainTask['kind']> = Extract<TrainTask, { kind: Kind }>

function count({ chunk, order, vocabularySize, to }: TaskOf<'count'>): TrainReply {
  const writer = new WordRecordWriter(to, order + 1)
  countNgrams(chunk, order, vocabularySize, writer)
  return { records: [writer.finish()], statistics: [] }
}

function merge({ order, from, to }: TaskOf<'merge'>): TrainReply {
  mergeFilesInto(to, from, order + 1, suffixColumns(order))
  return { records: [], statistics: [] }
}

/** Merges the chunks' counts of n-grams that end in a range of words, and adjusts them. */
function adjust({ order, prune, from, words, to, toPruned }: TaskOf<'adjust'>): TrainReply {
  const width = order + 1
  const range: ColumnRange = { column: order - 1, ...words }
  const merged = mergeRecords(
    from.map((path) => new WordRecordReader(path, width, range)),
    suffixColumns(order),
  )
  const kept = to.map((path, i) => new WordRecordWriter(path, i + 2))
  const pruned = toPruned.map((path, i) => new WordRecordWriter(path, i + 2))
  const counts = new AdjustedCounts(order, prune, kept, pruned)
  while (merged.next()) counts.add(merged.words, merged.at, merged.words[merged.at + order])
  counts.finish()
  for (const writer of pruned) writer.finish()
  return { records: kept.map((writer) => writer.finish()), statistics: counts.statistics }
}

function interpolateRange({ words, unigrams, shares, ngrams, contexts, to }: TaskOf<'interpolate'>): TrainReply {
  const writers = to.map((path, i) => new WordRecordWriter(path, i + 3))
  interpolate(
    {
      unigrams: new WordRecordReader(unigrams, 2),
      ngrams: ngrams.map((path, i) => new WordRecordReader(path, i + 4, { column: i + 1, ...words })),
      contexts: contexts.map((path, i) => new WordRecordReader(path, i + 2, { column: i, ...words })),
      model: writers,
    },
    shares,
    words.from === 0,
  )
  return { records: writers.map((writer) => writer.finish()), statistics: [] }
}
