/**
 * Trains an n-gram model with interpolated modified Kneser-Ney smoothing, as KenLM's lmplz does (Heafield et al. 2013), in
 * files of a working folder, within a memory limit. The steps, each a set of tasks that threads share:
 *
 *   count        chunks of text → distinct n-grams of the highest order, counted, in suffix order
 *   adjust       ranges of last words: chunks merged → adjusted counts of every order
 *   contexts     each order alone: sums over every context → the n-gram's own share, the context's back-off
 *   interpolate  ranges of last words: all orders together → probabilities and back-offs
 *
 * The model is the same, to the byte, for any memory limit and number of workers.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../errors/errors.js'
import { makeTemporaryFolder } from '../io/folder.js'
import { ChainedRecords, MERGE_FILES_MAX, WordRecordReader } from '../io/word-records.js'
import { addStatistics, emptyStatistics, type OrderStatistics } from '../lm/train-adjust.js'
import type { ArpaSource } from '../lm/train-arpa.js'
import { type Chunk, ChunkBuilder, COUNT_BYTES_PER_TOKEN } from '../lm/train-counts.js'
import { type Discounts, estimateDiscounts } from '../lm/train-discounts.js'
import type { RecordCursor, UnigramShares } from '../lm/train-estimate.js'
import { SentenceReader } from '../lm/train-sentences.js'
import { TrainingVocabulary } from '../lm/train-vocabulary.js'
import type { SentenceBatch } from './lm-text.js'
import { runTrainTask, type TrainReply, type TrainTask, type WordRange } from './lm-train-task.js'
import { type TaskKind, TaskLanes } from './task-lanes.js'

export interface TrainOptions {
  /** 2 to 6. */
  readonly order: number
  /** By order - 1; the last one counts for all higher orders. [0] is 0, and none is below the one before it. */
  readonly prune: readonly number[]
  /** For orders whose counts of counts give no discounts; null: such a text is a ConfigError. */
  readonly discountFallback: Discounts | null
  /** Memory of sorting, all threads together. The vocabulary and some buffers come on top. */
  readonly memoryBytes: number
  readonly workers: number
  /** Where the folder for files in between is made, and removed again. */
  readonly temporaryFolder: string
}

export interface TrainProgress {
  readonly step: 'count' | 'merge' | 'adjust' | 'contexts' | 'interpolate'
  readonly done: number
  readonly total: number
}

export interface TrainSummary {
  readonly sentences: number
  readonly tokens: number
  /** Tokens `<s>`, `</s>`, `<unk>` in the text, passed over. */
  readonly specialTokens: number
  readonly invalidSentences: number
  readonly skippedLines: number
  /** By order - 1. */
  readonly discounts: readonly Discounts[]
  /** Orders whose discounts are the fallback. */
  readonly fallbackOrders: readonly number[]
  /** By order - 1: distinct n-grams before pruning, and those in the model. */
  readonly seen: readonly number[]
  readonly kept: readonly number[]
}

/** A model in files of the working folder: to be written out before the folder goes. */
export interface TrainedModel extends ArpaSource {
  readonly summary: TrainSummary
}

const ORDER_MAX = 6
/** Sorting jumps about in a chunk: one that a core's cache holds sorts twice as fast as one of 2^22 (bench/lm-train.js). */
const CHUNK_TOKENS_MAX = 2 ** 19
const CHUNK_TOKENS_MIN = 2 ** 10

const TRAINING: TaskKind<TrainTask, TrainReply> = {
  entry: 'lm-train',
  run: runTrainTask,
  transfer: (task) => (task.kind === 'count' ? [task.chunk.ids.buffer as ArrayBuffer] : []), // made by ChunkBuilder
}

/**
 * Trains on the sentences, then calls `use` with the model while its files are there.
 * @throws ConfigError for options or a text that no model can be made of, ShardError for files that can't be written
 */
export async function trainModel<T>(
  text: AsyncIterable<SentenceBatch>,
  options: TrainOptions,
  onProgress: (progress: TrainProgress) => void,
  use: (model: TrainedModel) => T | Promise<T>,
): Promise<T> {
  const prune = pruneThresholds(options)
  const folder = makeTemporaryFolder(options.temporaryFolder, 'lm-train-')
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const lanes = new TaskLanes(TRAINING, options.workers)
  try {
    return await use(await new Training(options, prune, folder, lanes, onProgress).run(text))
  } finally {
    await lanes.close()
    process.off('exit', removeAtExit)
    removeAtExit()
  }
}

function pruneThresholds({ order, prune }: TrainOptions): number[] {
  if (!Number.isInteger(order) || order < 2 || order > ORDER_MAX) {
    throw new ConfigError(`order: expected 2 to ${ORDER_MAX}, got ${order}`)
  }
  if (prune.length > order) throw new ConfigError(`prune: expected at most ${order} thresholds, got ${prune.length}`)
  const thresholds = Array.from({ length: order }, (_, i) => prune[Math.min(i, prune.length - 1)] ?? 0)
  if (thresholds[0] !== 0) throw new ConfigError(`prune: expected 0 for words, got ${thresholds[0]}`)
  for (const [i, threshold] of thresholds.entries()) {
    if (!Number.isInteger(threshold) || threshold < (thresholds[i - 1] ?? 0)) {
      throw new ConfigError(`prune: expected whole numbers, none below the one before, got ${prune.join(',')}`)
    }
  }
  return thresholds
}

class Training {
  private readonly orders: readonly number[]
  private readonly longer: readonly number[]

  constructor(
    private readonly options: TrainOptions,
    private readonly prune: readonly number[],
    private readonly folder: string,
    private readonly lanes: TaskLanes<TrainTask, TrainReply>,
    private readonly onProgress: (progress: TrainProgress) => void,
  ) {
    this.orders = Array.from({ length: options.order }, (_, i) => i + 1)
    this.longer = this.orders.slice(1)
  }

  async run(text: AsyncIterable<SentenceBatch>): Promise<TrainedModel> {
    const counted = await this.count(text)
    const { sentences, vocabulary } = counted
    if (sentences.sentenceCount === 0) throw new ConfigError('the text has no sentences')
    const runs = await this.merge(counted.runs)
    const bounds = sentences.wordRanges(this.options.workers === 1 ? 1 : this.options.workers * 2)
    const ranges = bounds.slice(1).map((to, i) => ({ from: bounds[i], to }))
    const statistics = await this.adjust(runs, ranges)
    const estimates = statistics.map((of, i) => estimateDiscounts(i + 1, of, this.options.discountFallback))
    const discounts = estimates.map((estimate) => estimate.discounts)
    await this.contexts(ranges.length, statistics, discounts)
    const shares = unigramShares(discounts[0], statistics[0], vocabulary.size)
    const kept = await this.interpolate(ranges, shares)
    return {
      words: vocabulary.table(),
      counts: kept,
      ngrams: (n) => this.chained('model', n, ranges.length, n + 2),
      summary: {
        sentences: sentences.sentenceCount,
        tokens: sentences.tokenCount,
        specialTokens: sentences.specialCount,
        invalidSentences: sentences.invalidCount,
        skippedLines: counted.skipped,
        discounts,
        fallbackOrders: this.orders.filter((n) => estimates[n - 1].isFallback),
        seen: statistics.map(({ ngrams }, i) => (i === 0 ? vocabulary.size : ngrams)),
        kept,
      },
    }
  }

  /** Reads the text, and has each chunk counted while the next is read. */
  private async count(text: AsyncIterable<SentenceBatch>) {
    const { order, workers, memoryBytes } = this.options
    const perToken = COUNT_BYTES_PER_TOKEN * workers + COUNT_BYTES_PER_TOKEN
    const size = Math.min(CHUNK_TOKENS_MAX, Math.max(CHUNK_TOKENS_MIN, Math.floor(memoryBytes / perToken)))
    const vocabulary = new TrainingVocabulary()
    const full: Chunk[] = []
    const chunks = new ChunkBuilder(order, size, (chunk) => full.push(chunk))
    const sentences = new SentenceReader(vocabulary, chunks)
    const create = this.namer('counts')
    const runs: string[] = []
    const countFull = async () => {
      for (let chunk = full.shift(); chunk; chunk = full.shift()) {
        const to = create()
        runs.push(to)
        await this.lanes.give({ kind: 'count', chunk, order, vocabularySize: vocabulary.size, to })
      }
    }
    let skipped = 0
    for await (const batch of text) {
      for (const sentence of batch.sentences) {
        sentences.add(sentence)
        if (full.length > 0) await countFull()
      }
      skipped += batch.skipped
      this.onProgress({ step: 'count', done: batch.bytesRead, total: batch.bytesTotal })
    }
    chunks.finish()
    await countFull()
    await this.lanes.settle()
    return { vocabulary, sentences, runs, skipped }
  }

  /** As few files as one merge can read. */
  private async merge(runs: readonly string[]): Promise<readonly string[]> {
    const { order } = this.options
    const create = this.namer('merged')
    let files = runs
    while (files.length > MERGE_FILES_MAX) {
      const tasks: Extract<TrainTask, { kind: 'merge' }>[] = []
      for (let start = 0; start < files.length; start += MERGE_FILES_MAX) {
        tasks.push({ kind: 'merge', order, from: files.slice(start, start + MERGE_FILES_MAX), to: create() })
      }
      await this.lanes.runAll(tasks, this.progress('merge'))
      files = tasks.map(({ to }) => to)
    }
    return files
  }

  private async adjust(from: readonly string[], ranges: readonly WordRange[]): Promise<OrderStatistics[]> {
    const { order } = this.options
    const tasks = ranges.map((words, part) => {
      const to = this.orders.map((n) => this.file('adjusted', n, part))
      const toPruned = this.orders.map((n) => this.file('pruned', n, part))
      return { kind: 'adjust' as const, order, prune: this.prune, from, words, to, toPruned }
    })
    const statistics = emptyStatistics(order)
    for (const reply of await this.lanes.runAll(tasks, this.progress('adjust'))) {
      addStatistics(statistics, reply.statistics)
    }
    for (const file of from) rmSync(file)
    return statistics
  }

  private async contexts(
    parts: number,
    statistics: readonly OrderStatistics[],
    discounts: readonly Discounts[],
  ): Promise<void> {
    const memoryBytes = Math.floor(this.options.memoryBytes / Math.min(this.options.workers, this.longer.length))
    // The highest order takes longest: it begins first.
    const tasks = this.longer.toReversed().map((order) => ({
      kind: 'contexts' as const,
      order,
      discounts: discounts[order - 1],
      memoryBytes,
      ngrams: this.files('adjusted', order, parts),
      pruned: this.files('pruned', order, parts),
      contexts: this.files('adjusted', order - 1, parts),
      contextCount: statistics[order - 2].kept,
      isAllContexts: statistics[order - 2].kept === statistics[order - 2].ngrams,
      toShares: this.file('shares', order, 0),
      toContexts: this.file('contexts', order, 0),
    }))
    await this.lanes.runAll(tasks, this.progress('contexts'))
  }

  /** N-grams of the model by order - 1. */
  private async interpolate(ranges: readonly WordRange[], shares: UnigramShares): Promise<number[]> {
    const tasks = ranges.map((words, part) => ({
      kind: 'interpolate' as const,
      words,
      unigrams: this.file('adjusted', 1, part),
      shares,
      ngrams: this.longer.map((n) => this.file('shares', n, 0)),
      contexts: this.longer.map((n) => this.file('contexts', n, 0)),
      to: this.orders.map((n) => this.file('model', n, part)),
    }))
    const replies = await this.lanes.runAll(tasks, this.progress('interpolate'))
    return this.orders.map((n) => replies.reduce((sum, { records }) => sum + records[n - 1], 0))
  }

  private progress(step: TrainProgress['step']): (done: number, total: number) => void {
    return (done, total) => this.onProgress({ step, done, total })
  }

  private chained(what: string, order: number, parts: number, width: number): RecordCursor {
    return new ChainedRecords(this.files(what, order, parts).map((path) => new WordRecordReader(path, width)))
  }

  private files(what: string, order: number, parts: number): string[] {
    return Array.from({ length: parts }, (_, part) => this.file(what, order, part))
  }

  private file(what: string, order: number, part: number): string {
    return join(this.folder, `${what}-${order}-${part}`)
  }

  private namer(what: string): () => string {
    let count = 0
    return () => join(this.folder, `${what}-${count++}`)
  }
}

/** Unlike longer n-grams, unigrams have one context, which is known when all are counted. */
function unigramShares(discounts: Discounts, statistics: OrderStatistics, vocabularySize: number): UnigramShares {
  const { ngrams, total, countsOfCounts } = statistics
  const [, one, two] = countsOfCounts
  const left = discounts[1] * one + discounts[2] * two + discounts[3] * (ngrams - one - two)
  return { discounts, total, backoff: left / total, vocabularySize: vocabularySize - 1 }
}
