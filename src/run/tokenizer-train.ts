/**
 * Trains a byte-level BPE tokenizer on the texts of files, within a memory limit. The steps, each a set of tasks that
 * threads share:
 *
 *   measure  only for a budget of bytes: how many bytes there are of each weight
 *   count    texts → words, counted in tables; a full table is emptied into sections by hash
 *   merge    section by section: what several tables have counted of a word, summed up
 *   learn    words → merges (`tokenizer-phases.ts`)
 *
 * What is learned is the same for any memory limit and number of workers.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../errors/errors.js'
import { makeTemporaryFolder } from '../io/folder.js'
import type { ListedFile } from '../io/input-files.js'
import type { SectionFile } from '../io/section-file.js'
import { FIRST_MERGE } from '../kernels/bpe-train/learner.js'
import { forgetTables, type WordSums } from '../kernels/word-count/index.js'
import { MergeLearner } from '../tokenizer/merge-learner.js'
import type { SplitStep, TokenizerModel } from '../tokenizer/model.js'
import { type BpeTraining, mergeLimits, mergesWanted, trainedVocabulary } from '../tokenizer/train.js'
import { addSums, SECTIONS } from '../tokenizer/word-counts.js'
import { type TaskKind, TaskLanes } from './task-lanes.js'
import type { PhaseReply, PhaseTask } from './tokenizer-phase-task.js'
import { HOT_CELLS_FIRST, learnInPhases, type PhasedMerges, phaseMemory } from './tokenizer-phases.js'
import { checkWeights, type MeasuredBytes, scaleFor, type Weight } from './tokenizer-selection.js'
import { type TextFields, type TextRange, textRanges } from './tokenizer-text.js'
import {
  runTokenizerTask,
  type SharedTexts,
  type TextFault,
  type TokenizerReply,
  type TokenizerTask,
} from './tokenizer-train-task.js'

export interface TokenizerTrainOptions {
  readonly split: readonly SplitStep[]
  readonly training: BpeTraining
  readonly fields: TextFields
  readonly weights: readonly Weight[]
  /** Of the texts as UTF-8, each as often as it counts; null: all. */
  readonly budgetBytes: number | null
  /** For all threads together, the program itself included. */
  readonly memoryBytes: number
  readonly workers: number
  /** Where the folder for files in between is made, and removed again. */
  readonly temporaryFolder: string
}

export interface TokenizerTrainProgress {
  readonly step: 'measure' | 'count' | 'merge' | 'learn'
  readonly done: number
  readonly total: number
}

export interface TokenizerTrainSummary {
  readonly texts: number
  /** Pieces, and distinct ones; words longer than 64 KiB are distinct each time. */
  readonly words: number
  readonly distinctWords: number
  /** UTF-8 of the words. */
  readonly textBytes: number
  readonly faults: readonly TextFault[]
  /** Weights that no text has matched. */
  readonly unmatched: readonly string[]
  /** What the weights were multiplied by to stay within the budget; 1: not needed. */
  readonly scale: number
  /** Fewer than wanted when no pair that may become a token was left. */
  readonly merges: number
  readonly mergesWanted: number
  readonly phases: number
  /** Of the texts, as the tokenizer encodes them. */
  readonly tokens: number
  /** By id, how often. */
  readonly counts: Float64Array
}

export interface TrainedTokenizer {
  readonly model: TokenizerModel
  readonly summary: TokenizerTrainSummary
}

/** What Node, the program and the buffers of a thread take, measured. */
const PROCESS_BYTES = 72 * 2 ** 20
const THREAD_BYTES = 40 * 2 ** 20

const TRAINING: TaskKind<TokenizerTask, TokenizerReply> = { entry: 'tokenizer-train', run: runTokenizerTask }

/** @throws ConfigError for options or texts that no tokenizer can be made of, ShardError for files that can't be read or written */
export async function trainTokenizer(
  files: readonly ListedFile[],
  options: TokenizerTrainOptions,
  onProgress: (progress: TokenizerTrainProgress) => void,
): Promise<TrainedTokenizer> {
  checkWeights(options.weights)
  const ranges = await textRanges(files, options.fields)
  const folder = makeTemporaryFolder(options.temporaryFolder, 'tokenizer-train-')
  const removeAtExit = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const training = new Training(options, folder, onProgress)
  try {
    return await training.run(ranges)
  } finally {
    await training.close()
    process.off('exit', removeAtExit)
    removeAtExit()
  }
}

const PROGRESS_MS = 100
/** About what a word takes in a table beside its bytes. */
const WORD_TABLE_BYTES = 40
const ALL_BYTES = new Uint8Array(256).fill(1)

/** Of a model: a trained one has none of these. */
const NOTHING_ELSE = { normalization: { kind: 'none' }, prefixSpace: false, before: [], after: [] } as const

class Training {
  private readonly memoryBytes: number
  private lanes: TaskLanes<TokenizerTask, TokenizerReply>
  private names = 0

  constructor(
    private readonly options: TokenizerTrainOptions,
    private readonly folder: string,
    private readonly onProgress: (progress: TokenizerTrainProgress) => void,
  ) {
    const { memoryBytes, workers } = options
    this.lanes = new TaskLanes(TRAINING, workers)
    this.memoryBytes = Math.max(memoryBytes / 4, memoryBytes - PROCESS_BYTES - THREAD_BYTES * workers)
  }

  async run(ranges: readonly TextRange[]): Promise<TrainedTokenizer> {
    const { budgetBytes, split } = this.options
    const scale = budgetBytes === null ? 1 : await this.measure(ranges, budgetBytes)
    const { files: counts, ...counted } = await this.count(ranges, scale)
    if (counted.words === 0) throw new ConfigError('the files have no text')
    const { files, sums } = await this.merge(counts)
    // Word tables are done with: their memory goes with their threads.
    await this.close()
    forgetTables()
    this.lanes = new TaskLanes(TRAINING, this.options.workers)
    const learned = await this.learn(files, sums)
    const { merges, wanted, phases } = learned
    const { training } = this.options
    const alphabet = training.alphabet === 'seen' ? learned.seen : ALL_BYTES
    const { vocabulary, added } = trainedVocabulary(merges, training, alphabet)
    const model = { vocabulary, added, split, ...NOTHING_ELSE }
    const summary = {
      ...counted,
      distinctWords: sums.words,
      textBytes: sums.textBytes,
      scale,
      merges: merges.lefts.length,
      mergesWanted: wanted,
      phases,
      tokens: learned.used.reduce((sum, count) => sum + count, 0),
      counts: countsById(learned.used, added.length, mergeLimits(training).symbolOfByte, alphabet),
    }
    return { model, summary }
  }

  async close(): Promise<void> {
    await this.lanes.close()
  }

  private learn(files: readonly SectionFile[], sums: WordSums): Promise<PhasedMerges> {
    const { training, workers } = this.options
    const { tableBytes, recordBytesMax, learnBytes } = phaseMemory(this.memoryBytes, workers)
    // Where all words fit as they are, they are one phase.
    const isSmall =
      sums.words * WORD_TABLE_BYTES + sums.bytes < tableBytes / 2 && sums.words * 2 + sums.bytes < recordBytesMax
    const limits = mergeLimits(training)
    return learnInPhases(
      files,
      {
        limits,
        countMin: Math.max(1, training.minimumFrequency),
        mergesWanted: (seen) => mergesWanted(training, training.alphabet === 'seen' ? seen : ALL_BYTES),
        workers,
        memoryBytes: this.memoryBytes,
        hotCellsFirst: isSmall ? Number.MAX_SAFE_INTEGER : HOT_CELLS_FIRST,
      },
      this.lanes as unknown as TaskLanes<PhaseTask, PhaseReply>, // replies to tasks of phases are replies of phases
      new MergeLearner(limits, learnBytes),
      (what) => this.name(what),
      (done) => this.onProgress({ step: 'learn', done, total: limits.mergesMax }),
    )
  }

  private async measure(ranges: readonly TextRange[], budgetBytes: number): Promise<number> {
    const texts = this.shared(ranges, 1)
    const replies = await this.watched('measure', texts, { kind: 'measure', texts })
    const sums = new Map<number, Float64Array>()
    for (const reply of replies) {
      if (reply.kind === 'measure') addMeasured(sums, reply.bytes)
    }
    return scaleFor(sums, budgetBytes)
  }

  private async count(ranges: readonly TextRange[], scale: number) {
    const texts = this.shared(ranges, scale)
    const memoryBytes = Math.floor(this.memoryBytes / this.options.workers)
    const task = { kind: 'count' as const, texts, split: this.options.split, memoryBytes, to: this.name('counts') }
    const replies = (await this.watched('count', texts, task)).filter((reply) => reply.kind === 'count')
    const matched = new Set(replies.flatMap((reply) => reply.counted.matched))
    return {
      files: replies.flatMap((reply) => reply.files),
      texts: replies.reduce((sum, reply) => sum + reply.counted.texts, 0),
      words: replies.reduce((sum, reply) => sum + reply.counted.words, 0),
      faults: sumFaults(replies.flatMap((reply) => reply.counted.faults)),
      unmatched: this.options.weights.map(({ key }) => key).filter((key) => !matched.has(key)),
    }
  }

  private async merge(from: readonly SectionFile[]): Promise<{ files: readonly SectionFile[]; sums: WordSums }> {
    const { workers } = this.options
    const parts = Math.min(SECTIONS, workers === 1 ? 1 : workers * 8)
    const bounds = Array.from({ length: parts + 1 }, (_, i) => Math.floor((SECTIONS * i) / parts))
    const tasks = bounds.slice(1).map((last, i) => ({
      kind: 'merge' as const,
      from,
      first: bounds[i],
      last,
      memoryBytes: Math.floor(this.memoryBytes / workers),
      to: this.name('words'),
    }))
    const replies = await this.lanes.runAll(tasks, (done, total) => this.onProgress({ step: 'merge', done, total }))
    for (const file of from) rmSync(file.path)
    const merged = replies.filter((reply) => reply.kind === 'merge')
    return {
      files: merged.map((reply) => reply.file),
      sums: merged.map((reply) => reply.sums).reduce(addSums),
    }
  }

  /** The same task in every thread, with the progress of what they share. */
  private async watched(
    step: 'measure' | 'count',
    texts: SharedTexts,
    task: Extract<TokenizerTask, { kind: 'measure' | 'count' }>,
  ): Promise<readonly TokenizerReply[]> {
    const total = texts.ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const shared = new BigInt64Array(texts.cursor)
    const show = () => this.onProgress({ step, done: Number(Atomics.load(shared, 1)), total })
    const timer = setInterval(show, PROGRESS_MS)
    try {
      const tasks = Array.from({ length: this.options.workers }, (_, i) =>
        task.kind === 'count' ? { ...task, to: `${task.to}-${i}` } : task,
      )
      return await this.lanes.runAll(tasks, show)
    } finally {
      clearInterval(timer)
    }
  }

  private shared(ranges: readonly TextRange[], scale: number): SharedTexts {
    const { fields, weights } = this.options
    return { ranges, fields, weights, scale, cursor: new SharedArrayBuffer(16) }
  }

  private name(what: string): string {
    return join(this.folder, `${what}-${this.names++}`)
  }
}

/** Ids are those of `trainedVocabulary`: special tokens, bytes in the order of their symbols, merges. */
function countsById(
  used: Float64Array,
  specials: number,
  symbolOfByte: Uint32Array,
  alphabet: Uint8Array,
): Float64Array {
  const counts: number[] = new Array(specials).fill(0)
  const bytes = Array.from(symbolOfByte.keys()).sort((a, b) => symbolOfByte[a] - symbolOfByte[b])
  for (const byte of bytes) if (alphabet[byte] !== 0) counts.push(used[symbolOfByte[byte]])
  return Float64Array.from([...counts, ...used.subarray(FIRST_MERGE)])
}

function addMeasured(sums: Map<number, Float64Array>, bytes: MeasuredBytes): void {
  for (const [weight, byDraw] of bytes) {
    const sum = sums.get(weight)
    if (sum === undefined) sums.set(weight, byDraw)
    else for (let draw = 0; draw < sum.length; draw++) sum[draw] += byDraw[draw]
  }
}

function sumFaults(faults: readonly TextFault[]): TextFault[] {
  const sums = new Map<string, TextFault>()
  for (const fault of faults) {
    const key = `${fault.file} ${fault.code}`
    const before = sums.get(key)
    // Of two threads, the message that stands first: which one that is must not depend on which was faster.
    const message = before !== undefined && before.message < fault.message ? before.message : fault.message
    sums.set(key, { ...fault, count: fault.count + (before?.count ?? 0), message })
  }
  return [...sums.values()].sort((a, b) => (a.file + a.code < b.file + b.code ? -1 : 1))
}
