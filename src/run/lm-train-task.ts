/**
 * The steps of training an n-gram model that run in parallel: what one task reads, computes (`src/lm`) and writes. Files
 * are records of words in a working folder; a task's memory is bounded by what it is told.
 */
import {
  ChainedRecords,
  type ColumnRange,
  mergeFilesInto,
  mergeRecords,
  WordRecordReader,
  WordRecordWriter,
} from '../io/word-records.js'
import { WordRecordSorter } from '../io/word-sort.js'
import { AdjustedCounts, type OrderStatistics } from '../lm/train-adjust.js'
import { type Chunk, countNgrams } from '../lm/train-counts.js'
import type { Discounts } from '../lm/train-discounts.js'
import { estimateContexts, interpolate, type UnigramShares } from '../lm/train-estimate.js'

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
      /** By order - 1. */
      readonly to: readonly string[]
    }
  | {
      readonly kind: 'contexts'
      readonly order: number
      readonly vocabularySize: number
      readonly discounts: Discounts
      readonly memoryBytes: number
      /** Adjusted counts, one file after the other. */
      readonly from: readonly string[]
      readonly initial: string
      readonly contexts: string
    }
  | {
      readonly kind: 'interpolate'
      readonly words: WordRange
      readonly unigrams: string
      readonly shares: UnigramShares
      /** By order - 2. */
      readonly initial: readonly string[]
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
  if (task.kind === 'contexts') return contexts(task)
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
function adjust({ order, prune, from, words, to }: TaskOf<'adjust'>): TrainReply {
  const width = order + 1
  const range: ColumnRange = { column: order - 1, ...words }
  const merged = mergeRecords(
    from.map((path) => new WordRecordReader(path, width, range)),
    suffixColumns(order),
  )
  const writers = to.map((path, i) => new WordRecordWriter(path, i + 2))
  const counts = new AdjustedCounts(order, prune, writers)
  const ngram = new Uint32Array(order)
  let occurrences = 0
  while (merged.next()) {
    const { words: record, at } = merged
    if (occurrences > 0 && !isNgram(record, at, ngram)) {
      counts.add(ngram, 0, occurrences)
      occurrences = 0
    }
    if (occurrences === 0) for (let i = 0; i < order; i++) ngram[i] = record[at + i]
    occurrences += record[at + order]
  }
  if (occurrences > 0) counts.add(ngram, 0, occurrences)
  counts.finish()
  return { records: writers.map((writer) => writer.finish()), statistics: counts.statistics }
}

function isNgram(words: Uint32Array, at: number, ngram: Uint32Array): boolean {
  for (let i = 0; i < ngram.length; i++) if (words[at + i] !== ngram[i]) return false
  return true
}

/** Sorts one order by context, estimates it, and sorts it back. */
function contexts(task: TaskOf<'contexts'>): TrainReply {
  const { order, vocabularySize: limit, memoryBytes } = task
  let runs = 0
  const create = () => `${task.initial}.run${runs++}`
  const last = order - 1
  // As they come, the n-grams of a context stand in the order of their last words, and those of a last word in that of
  // their contexts: neither has to be sorted for again.
  const byContext = new WordRecordSorter(
    { width: order + 1, columns: [...suffixColumns(order - 1), last], unsorted: order - 1, limit },
    memoryBytes / 2,
    create,
  )
  const counts = new ChainedRecords(task.from.map((path) => new WordRecordReader(path, order + 1)))
  while (counts.next()) {
    const to = byContext.slot()
    for (let i = 0; i <= order; i++) byContext.words[to + i] = counts.words[counts.at + i]
  }
  const initial = new WordRecordSorter(
    { width: order + 2, columns: suffixColumns(order), unsorted: 1, limit },
    memoryBytes / 2,
    create,
  )
  const contextWriter = new WordRecordWriter(task.contexts, order)
  estimateContexts(order, task.discounts, byContext.finish(), initial, contextWriter)
  const initialWriter = new WordRecordWriter(task.initial, order + 2)
  initialWriter.copy(initial.finish())
  return { records: [initialWriter.finish(), contextWriter.finish()], statistics: [] }
}

function interpolateRange({ words, unigrams, shares, initial, contexts, to }: TaskOf<'interpolate'>): TrainReply {
  const writers = to.map((path, i) => new WordRecordWriter(path, i + 3))
  interpolate(
    {
      unigrams: new WordRecordReader(unigrams, 2),
      initial: initial.map((path, i) => new WordRecordReader(path, i + 4, { column: i + 1, ...words })),
      contexts: contexts.map((path, i) => new WordRecordReader(path, i + 2, { column: i, ...words })),
      model: writers,
    },
    shares,
    words.from === 0,
  )
  return { records: writers.map((writer) => writer.finish()), statistics: [] }
}

/** Columns of n words in the order in which suffix order looks at them. */
function suffixColumns(order: number): number[] {
  return Array.from({ length: order }, (_, i) => order - 1 - i)
}
