/** Learning in phases gives what learning from all words at once gives, whatever the memory. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SectionFileWriter } from '../../src/io/section-file.js'
import { eachRecord, encodeRecord } from '../../src/kernels/word-count/index.js'
import { TaskLanes } from '../../src/run/task-lanes.js'
import { applyMerges, cutWords, type PhaseReply, type PhaseTask } from '../../src/run/tokenizer-phase-task.js'
import { type FragmentLearner, learnInPhases } from '../../src/run/tokenizer-phases.js'
import type { LearnedMerges } from '../../src/tokenizer/train-phases.js'
import { thresholdFor } from '../../src/tokenizer/train-phases.js'
import { learnPlainly, type PlainLimits, type SymbolWord } from '../support/bpe.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
let files = 0
const nameFiles = (what: string) => join(folder, `${what}-${files++}`)
const LANES = new TaskLanes<PhaseTask, PhaseReply>(
  { entry: 'tokenizer-train', run: (task) => (task.kind === 'apply' ? applyMerges(task) : cutWords(task)) },
  1,
)
/** Not the bytes' own order. */
const symbolOfByte = Uint32Array.from({ length: 256 }, (_, byte) => 256 - byte)

/** Plain learning from the fragments of each phase, and how many there were at most. */
class PlainLearner implements FragmentLearner {
  private words: SymbolWord[] = []
  private before: LearnedMerges | null = null
  largest = 0

  constructor(private readonly limits: PlainLimits) {}

  begin(merges: LearnedMerges): void {
    this.before = merges
    this.words = []
  }

  add(records: Uint8Array): void {
    eachRecord(records, (start, end, count) => {
      const symbols: number[] = []
      for (let at = start; at < end; ) {
        let value = 0
        let bits = 0
        for (; records[at] > 0x7f; bits += 7) value |= (records[at++] & 0x7f) << bits
        symbols.push(value | (records[at++] << bits))
      }
      this.words.push({ symbols, count })
    })
  }

  learn(countMin: number): LearnedMerges {
    this.largest = Math.max(this.largest, this.words.length)
    if (this.before === null) throw new Error('expected a phase to have begun')
    return learnPlainly(this.words, { ...this.limits, countMin }, this.before)
  }
}

function writeWords(words: readonly (readonly [string, number])[], fileCount: number) {
  return Array.from({ length: fileCount }, (_, file) => {
    const writer = new SectionFileWriter(nameFiles('input'))
    for (const [i, [word, count]] of words.entries()) {
      if (i % fileCount === file) writer.write(i % 7, encodeRecord(Buffer.from(word), count))
    }
    return writer.finish(7)
  })
}

function randomWords(seed: number, count: number, letters: string): [string, number][] {
  const random = new Random(seed)
  const words = new Map<string, number>()
  for (let i = 0; i < count; i++) {
    const length = 1 + random.below(9)
    const letter = () => letters[Math.floor(letters.length * random.next() ** 2)]
    const word = Array.from({ length }, letter).join('')
    words.set(word, 1 + Math.floor(50 * random.next() ** 8))
  }
  return [...words]
}

describe('learning in phases', () => {
  it.each([
    [1, 'abcdefghijklmnopqrstuvwxyz', 4000, { mergesMax: 150, countMin: 1, longestToken: 1000 }],
    [2, 'aab', 300, { mergesMax: 400, countMin: 1, longestToken: 1000 }],
    [3, 'abcd', 2000, { mergesMax: 300, countMin: 3, longestToken: 4 }],
    [4, 'abcdefghijkl', 3000, { mergesMax: 5000, countMin: 40, longestToken: 1000 }],
    [5, 'é漢a', 500, { mergesMax: 100, countMin: 2, longestToken: 6 }],
  ])('is learning from all words at once (%i: %s)', async (seed, letters, count, limits) => {
    const words = randomWords(seed, count, letters)
    const all = words.map(([word, n]) => ({ symbols: [...Buffer.from(word)].map((byte) => 256 - byte), count: n }))
    const expected = learnPlainly(all, limits, {
      lefts: new Uint32Array(0),
      rights: new Uint32Array(0),
      counts: new Float64Array(0),
    })
    // As many pairs as there are cells, or hardly any: pairs share cells, and phases are many.
    for (const memoryBytes of [2 ** 19, 2 ** 26]) {
      const learner = new PlainLearner(limits)
      const options = { ...limits, symbolOfByte, workers: 1, memoryBytes, hotCellsFirst: 2 }
      const learned = await learnInPhases(writeWords(words, 3), options, LANES, learner, nameFiles, () => {})
      expect(learned.merges).toEqual(expected)
      expect(learned.phases).toBeGreaterThan(1)
      const bytes = words.reduce((sum, [word, n]) => sum + Buffer.byteLength(word) * n, 0)
      const lengths = new Float64Array(257 + expected.lefts.length).fill(1)
      for (const [i, left] of expected.lefts.entries()) lengths[257 + i] = lengths[left] + lengths[expected.rights[i]]
      expect(lengths.reduce((sum, length, symbol) => sum + length * learned.used[symbol], 0)).toBe(bytes)
    }
  })
})

describe('thresholds', () => {
  it('are reached by at most so many cells, and by nearly as many', () => {
    const random = new Random(9)
    const cells = Uint32Array.from({ length: 5000 }, () => Math.floor(1e6 * random.next() ** 6))
    for (const hotMax of [0, 1, 10, 500, 5000]) {
      const threshold = thresholdFor(cells, hotMax)
      const hot = cells.filter((cell) => cell >= threshold).length
      expect(hot).toBeLessThanOrEqual(
        Math.max(hotMax, cells.filter((cell) => cell > 0).length * Number(threshold === 1)),
      )
      expect(cells.filter((cell) => cell >= threshold / 1.1).length).toBeGreaterThanOrEqual(Math.min(hotMax, 4000))
    }
    expect(thresholdFor(new Uint32Array(10), 5)).toBe(1)
    expect(thresholdFor(new Uint32Array(10).fill(0xffffffff), 5)).toBe(0xffffffff)
  })
})
