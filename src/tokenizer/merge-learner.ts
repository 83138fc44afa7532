/** Learns merges from words in records: with the kernel, or in plain TypeScript where they outgrow WASM's 4 GiB. */
import { createLearner as createKernel } from '../kernels/bpe-train/index.js'
import { cellsFor, type Learner, type LearnerOptions, type Merges, NO_MERGES } from '../kernels/bpe-train/learner.js'
import { createLearner as createReference } from '../kernels/bpe-train/reference.js'

/** What does not change from phase to phase (`train-phases.ts`). */
export type MergeLimits = Omit<LearnerOptions, 'countMin' | 'before' | 'recordBytes'>

const WASM_BYTES = 2 ** 32 - 2 ** 16
/** Per cell: itself, the first positions, and as much again for those that merges bring about. Measured, 13. */
const BYTES_PER_CELL = 16
/** Tables by symbol. */
const BYTES_PER_MERGE = 80
/** Merges between two signs of progress. */
const STEP = 128

export class MergeLearner {
  private learner: Learner | null = null
  private merges: Merges = NO_MERGES

  /** @param memoryMax bytes for the kernel; with less than it wants, it counts again now and then */
  constructor(
    private readonly limits: MergeLimits,
    private readonly memoryMax: number,
  ) {}

  /** Begins, behind merges learned before. @param recordBytes of all records that are going to be added, at most */
  begin(before: Merges, recordBytes: number, countMin: number): void {
    const options = { ...this.limits, countMin, before, recordBytes }
    this.merges = before
    this.learner = fitsKernel(options)
      ? createKernel(options, Math.min(WASM_BYTES, this.memoryMax))
      : createReference(options)
  }

  /** Whole records: length, word and count as the word table gives them, the word as bytes or symbols. */
  add(records: Uint8Array, from: 'bytes' | 'symbols' = 'symbols'): void {
    this.begun().add(records, from)
  }

  /** All merges, up to where no pair is left or there are enough. @param onMerges how many there are, every now and then */
  learn(onMerges: (merges: number) => void, wanted = this.limits.mergesMax): Merges {
    const learner = this.begun()
    let merges = this.merges.lefts.length
    for (let until = merges; merges === until && merges < wanted; ) {
      until = Math.min(wanted, until + STEP)
      merges = learner.learn(until)
      onMerges(merges)
    }
    this.merges = learner.merges()
    learner.release()
    this.learner = null
    return this.merges
  }

  private begun(): Learner {
    if (this.learner === null) throw new Error('begin comes first')
    return this.learner
  }
}

function fitsKernel({ recordBytes, mergesMax }: LearnerOptions): boolean {
  return cellsFor(recordBytes) * BYTES_PER_CELL + mergesMax * BYTES_PER_MERGE < WASM_BYTES
}
