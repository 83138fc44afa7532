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
import { FIRST_MERGE, type Merges, NO_MERGES } from '../kernels/bpe-train/learner.js'
import { wholeRecords } from '../kernels/word-count/index.js'
import type { TokenTables } from '../kernels/word-fragments/index.js'
import type { MergeLearner, MergeLimits } from '../tokenizer/merge-learner.js'
import { hotCells, thresholdFor } from '../tokenizer/train-phases.js'
import type { TaskLanes } from './task-lanes.js'
import { type PhaseReply, type PhaseTask, phaseCursor } from './tokenizer-phase-task.js'

export interface PhaseOptions {
  readonly limits: MergeLimits
  /** The least count of a pair that is merged, at least 1. */
  readonly countMin: number
  /** How many merges are wanted, `limits.mergesMax` at most, when it is known which bytes the text has (not 0 by byte). */
  readonly mergesWanted: (seen: Uint8Array) => number
  readonly workers: number
  readonly memoryBytes: number
  /** Cells that reach the threshold of the first phase. More: fewer phases, more fragments. */
  readonly hotCellsFirst: number
}

export interface PhasedMerges {
  readonly merges: Merges
  readonly wanted: number
  /** By byte, not 0 for those in the text. */
  readonly seen: Uint8Array
  readonly phases: number
  /** By symbol, how often it stands in the words in the end. */
  readonly used: Float64Array
}

/** Enough to begin with: a few letters side by side are most of any text. */
export const HOT_CELLS_FIRST = 64
/** So many times more of them in the next phase at most, and at least; and at most when there have been too many. */
const FACTOR_MAX = 32
const FACTOR_MIN = 1.5

/** With fewer cells than 2^20, those that many rare pairs share count as much as the last pairs of a large vocabulary. */
const CELL_BITS_MIN = 20
const CELL_BITS_MAX = 24
/** What learning takes for a byte of records, with some room for pairs that merges bring about. */
const LEARN_BYTES_PER_BYTE = 24

/**
 * Shares of the memory: a part in 48 for the cells of each thread and of all; a third for tables of fragments, which are
 * shared by the threads; the rest is for learning.
 */
export function phaseMemory(memoryBytes: number, workers: number) {
  const cellBits = Math.min(CELL_BITS_MAX, Math.max(CELL_BITS_MIN, Math.floor(Math.log2(memoryBytes / 48 / 4))))
  const learnBytes = Math.floor(memoryBytes / 2)
  const recordBytesMax = Math.floor(learnBytes / LEARN_BYTES_PER_BYTE)
  return { cellBits, tableBytes: Math.floor(memoryBytes / 3 / workers), recordBytesMax, learnBytes }
}

/** @param onMerges how many merges there are, while they are learned */
export async function learnInPhases(
  words: readonly SectionFile[],
  options: PhaseOptions,
  lanes: TaskLanes<PhaseTask, PhaseReply>,
  learner: MergeLearner,
  nameFiles: (what: string) => string,
  onMerges: (merges: number) => void,
): Promise<PhasedMerges> {
  return new PhasedLearning(options, lanes, learner, nameFiles, onMerges).run(words)
}

class PhasedLearning {
  private readonly cells: SharedArrayBuffer
  private readonly tableBytes: number
  private readonly recordBytesMax: number
  private readonly used: Float64Array
  private readonly seen = new Uint8Array(256)
  private readonly tokens: TokenTables
  private files: readonly SectionFile[] = []
  private merges: Merges = NO_MERGES
  /** Those that the words have been merged by. */
  private applied = 0

  constructor(
    private readonly options: PhaseOptions,
    private readonly lanes: TaskLanes<PhaseTask, PhaseReply>,
    private readonly learner: MergeLearner,
    private readonly nameFiles: (what: string) => string,
    private readonly onMerges: (merges: number) => void,
  ) {
    const { cellBits, tableBytes, recordBytesMax } = phaseMemory(options.memoryBytes, options.workers)
    this.cells = new SharedArrayBuffer(2 ** cellBits * 4)
    this.tableBytes = tableBytes
    this.recordBytesMax = recordBytesMax
    const symbols = FIRST_MERGE + options.limits.mergesMax
    this.used = new Float64Array(symbols)
    const lengths = new Uint32Array(new SharedArrayBuffer(symbols * 4)).fill(1, 0, FIRST_MERGE)
    this.tokens = { symbolOfByte: options.limits.symbolOfByte, lengths, longestToken: options.limits.longestToken }
  }

  async run(words: readonly SectionFile[]): Promise<PhasedMerges> {
    const { countMin, hotCellsFirst } = this.options
    this.files = words
    await this.apply('bytes', false)
    const mergesWanted = this.options.mergesWanted(this.seen)
    let phases = 0
    for (let hotMax = hotCellsFirst, isDone = mergesWanted === 0; !isDone; phases++) {
      const before = this.merges.counts.length
      const wanted = Math.max(countMin, this.threshold(hotMax))
      const { threshold, files } = await this.cut(wanted)
      const recordBytes = this.learn(threshold, files, mergesWanted)
      const learned = this.merges.counts.length
      isDone = learned === mergesWanted || threshold <= countMin
      const isFull = threshold > wanted
      if (isFull && learned === before) throw new ConfigError('memory: too little for this text')
      // Twice as many pairs make more than twice as many fragments.
      const factor = Math.sqrt(this.recordBytesMax / Math.max(1, recordBytes))
      hotMax = Math.ceil(this.hot(threshold) * Math.max(FACTOR_MIN, Math.min(isFull ? FACTOR_MIN : FACTOR_MAX, factor)))
      await this.apply('symbols', isDone)
    }
    return { merges: this.merges, wanted: mergesWanted, seen: this.seen, phases, used: this.used }
  }

  private async apply(from: 'bytes' | 'symbols', isLast: boolean): Promise<void> {
    new Uint32Array(this.cells).fill(0)
    const { lefts, rights } = this.merges
    for (let i = this.applied; i < lefts.length; i++) {
      this.tokens.lengths[FIRST_MERGE + i] = this.tokens.lengths[lefts[i]] + this.tokens.lengths[rights[i]]
    }
    const task = {
      kind: 'apply' as const,
      files: this.files,
      cursor: phaseCursor(),
      tokens: this.tokens,
      cells: this.cells,
      merges: {
        firstSymbol: FIRST_MERGE + this.applied,
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
      for (let byte = 0; byte < 256; byte++) this.seen[byte] |= reply.seen[byte]
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
    const { cells, tokens, tableBytes, recordBytesMax } = this
    const task = { kind: 'cut' as const, files, cells, tokens, tableBytes, recordBytesMax, threshold }
    const replies = await this.runAll({ ...task, cursor: phaseCursor(), to: this.nameFiles('fragments') }, tasks)
    const cuts = replies.filter((reply) => reply.kind === 'cut')
    return {
      threshold: Math.max(...cuts.map((reply) => reply.threshold)),
      files: cuts.flatMap((reply) => reply.files),
    }
  }

  /** Gives the bytes of what was learned from. */
  private learn(threshold: number, files: readonly SectionFile[], wanted: number): number {
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
    this.merges = this.learner.learn(this.onMerges, wanted)
    return recordBytes
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
