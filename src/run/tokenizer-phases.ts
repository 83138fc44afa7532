/**
 * Learns merges in phases (`src/tokenizer/train-phases.ts`), the words being in files. A phase:
 *
 *   apply   the merges of the phase before → the words as they stand, their pairs counted in cells     several threads
 *   cut     words → fragments between pairs that reach the threshold, counted                           several threads
 *   learn   fragments → merges, as long as the best pair reaches the threshold                          one thread
 */
import { rmSync } from 'node:fs'
import { ConfigError } from '../errors/errors.js'
import { readSections, type SectionFile } from '../io/section-file.js'
import { wholeRecords } from '../kernels/word-count/index.js'
import type { TokenTables } from '../kernels/word-fragments/index.js'
import { hotCells, type LearnedMerges, thresholdFor } from '../tokenizer/train-phases.js'
import type { TaskLanes } from './task-lanes.js'
import { type PhaseReply, type PhaseTask, phaseCursor } from './tokenizer-phase-task.js'

export interface PhaseOptions {
  readonly mergesMax: number
  readonly countMin: number
  readonly longestToken: number
  /** Symbol of each byte, 1 to 256; the merge number i makes symbol 257 + i. */
  readonly symbolOfByte: Uint32Array
  readonly workers: number
  readonly memoryBytes: number
  /** Cells that reach the threshold of the first phase. More: fewer phases, more fragments. */
  readonly hotCellsFirst: number
}

/** Learns from the fragments of one phase. */
export interface PhaseLearner {
  /** @param merges of the phases before @param recordBytes of all records that are going to be added */
  begin(merges: LearnedMerges, recordBytes: number, countMin: number): void
  /** Whole records of fragments: symbols (LEB128) and a count. Valid during the call. */
  add(records: Uint8Array): void
  /** All merges, up to where no pair counts `countMin`, or there are enough of them. */
  learn(onMerges: (merges: number) => void): LearnedMerges
}

export interface PhasedMerges {
  readonly merges: LearnedMerges
  readonly phases: number
  /** By symbol, how often it stands in the words in the end. */
  readonly used: Float64Array
}

export const HOT_CELLS_FIRST = 4096
/** More of them in the next phase, unless the tables were full. */
const HOT_CELLS_FACTOR = 4

/** Shares of the memory: cells, for each thread and for all together; fragments, for each thread; the rest is for learning. */
export function phaseMemory(memoryBytes: number, workers: number): { cellBits: number; tableBytes: number } {
  const cellBits = Math.min(24, Math.max(12, Math.floor(Math.log2(memoryBytes / 24 / 4))))
  return { cellBits, tableBytes: Math.floor((memoryBytes * 0.4) / workers) }
}

/** @param onMerges how many merges there are, while they are learned */
export async function learnInPhases(
  words: readonly SectionFile[],
  options: PhaseOptions,
  lanes: TaskLanes<PhaseTask, PhaseReply>,
  learner: PhaseLearner,
  nameFiles: (what: string) => string,
  onMerges: (merges: number) => void,
): Promise<PhasedMerges> {
  return new PhasedLearning(options, lanes, learner, nameFiles, onMerges).run(words)
}

const NO_MERGES: LearnedMerges = { lefts: new Uint32Array(0), rights: new Uint32Array(0), counts: new Float64Array(0) }

class PhasedLearning {
  private readonly cells: SharedArrayBuffer
  private readonly tableBytes: number
  private readonly used: Float64Array
  private readonly tokens: TokenTables
  private files: readonly SectionFile[] = []
  private merges: LearnedMerges = NO_MERGES
  /** Those that the words have been merged by. */
  private applied = 0

  constructor(
    private readonly options: PhaseOptions,
    private readonly lanes: TaskLanes<PhaseTask, PhaseReply>,
    private readonly learner: PhaseLearner,
    private readonly nameFiles: (what: string) => string,
    private readonly onMerges: (merges: number) => void,
  ) {
    const { cellBits, tableBytes } = phaseMemory(options.memoryBytes, options.workers)
    this.cells = new SharedArrayBuffer(2 ** cellBits * 4)
    this.tableBytes = tableBytes
    const symbols = 257 + options.mergesMax
    this.used = new Float64Array(symbols)
    const lengths = new Uint32Array(new SharedArrayBuffer(symbols * 4)).fill(1, 0, 257)
    this.tokens = { symbolOfByte: options.symbolOfByte, lengths, longestToken: options.longestToken }
  }

  async run(words: readonly SectionFile[]): Promise<PhasedMerges> {
    const { mergesMax, countMin, hotCellsFirst } = this.options
    this.files = words
    let phases = 0
    for (let hotMax = hotCellsFirst, isDone = mergesMax === 0; !isDone; phases++) {
      await this.apply(phases === 0 ? 'bytes' : 'symbols', false)
      const before = this.merges.counts.length
      const wanted = Math.max(countMin, this.threshold(hotMax))
      const { threshold, files } = await this.cut(wanted)
      this.learn(threshold, files)
      const learned = this.merges.counts.length
      isDone = learned === mergesMax || threshold <= countMin
      const isFull = threshold > wanted
      if (isFull && learned === before) throw new ConfigError('memory: too little for this text')
      hotMax = isFull ? this.hot(threshold) : Math.max(hotMax, this.hot(threshold)) * HOT_CELLS_FACTOR
    }
    await this.apply(phases === 0 ? 'bytes' : 'symbols', true)
    return { merges: this.merges, phases, used: this.used }
  }

  private async apply(from: 'bytes' | 'symbols', isLast: boolean): Promise<void> {
    new Uint32Array(this.cells).fill(0)
    const { lefts, rights } = this.merges
    for (let i = this.applied; i < lefts.length; i++) {
      this.tokens.lengths[257 + i] = this.tokens.lengths[lefts[i]] + this.tokens.lengths[rights[i]]
    }
    const task = {
      kind: 'apply' as const,
      files: this.files,
      cursor: phaseCursor(),
      tokens: this.tokens,
      cells: this.cells,
      merges: {
        firstSymbol: 257 + this.applied,
        lefts: lefts.slice(this.applied),
        rights: rights.slice(this.applied),
      },
      from,
      isLast,
      to: this.nameFiles('words'),
    }
    this.applied = lefts.length
    const files: SectionFile[] = []
    for (const reply of await this.runAll(task, this.options.workers)) {
      if (reply.kind !== 'apply') continue
      files.push(...reply.files)
      for (let i = 0; i < this.used.length; i++) this.used[i] += reply.used[i]
    }
    this.files = files
  }

  /** Each thread cuts words and counts their fragments; then one sums them up, by the highest threshold of all. */
  private async cut(threshold: number): Promise<{ threshold: number; files: readonly SectionFile[] }> {
    const first = await this.cutFiles(this.files, threshold, this.options.workers)
    if (first.files.length === 1) return first
    const all = await this.cutFiles(first.files, first.threshold, 1)
    for (const file of first.files) rmSync(file.path)
    return all
  }

  private async cutFiles(files: readonly SectionFile[], threshold: number, tasks: number) {
    const { cells, tokens, tableBytes } = this
    const cursor = phaseCursor()
    const to = this.nameFiles('fragments')
    const replies = await this.runAll({ kind: 'cut', files, cells, tokens, tableBytes, threshold, cursor, to }, tasks)
    const cuts = replies.filter((reply) => reply.kind === 'cut')
    return {
      threshold: Math.max(...cuts.map((reply) => reply.threshold)),
      files: cuts.flatMap((reply) => reply.files),
    }
  }

  private learn(threshold: number, files: readonly SectionFile[]): void {
    const recordBytes = files.reduce((sum, { starts }) => sum + starts[starts.length - 1], 0)
    this.learner.begin(this.merges, recordBytes, threshold)
    for (const file of files) {
      readSections(file, 0, 1, (bytes) => {
        const whole = wholeRecords(bytes)
        this.learner.add(bytes.subarray(0, whole))
        return whole
      })
      rmSync(file.path)
    }
    this.merges = this.learner.learn(this.onMerges)
  }

  private threshold(hotMax: number): number {
    return thresholdFor(new Uint32Array(this.cells), hotMax)
  }

  private hot(threshold: number): number {
    return hotCells(new Uint32Array(this.cells), threshold)
  }

  /** The same task several times: they share its files. */
  private runAll(task: PhaseTask, tasks: number): Promise<readonly PhaseReply[]> {
    return this.lanes.runAll(
      Array.from({ length: tasks }, (_, i) => ({ ...task, to: `${task.to}-${i}` })),
      () => {},
    )
  }
}
