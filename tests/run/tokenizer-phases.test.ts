/** Learning in phases gives what learning from all words at once gives, whatever the memory. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SectionFileWriter } from '../../src/io/section-file.js'
import { NO_MERGES } from '../../src/kernels/bpe-train/learner.js'
import { encodeRecord } from '../../src/kernels/word-count/index.js'
import { TaskLanes } from '../../src/run/task-lanes.js'
import { applyMerges, cutWords, type PhaseReply, type PhaseTask } from '../../src/run/tokenizer-phase-task.js'
import { learnInPhases } from '../../src/run/tokenizer-phases.js'
import { MergeLearner } from '../../src/tokenizer/merge-learner.js'
import { thresholdFor } from '../../src/tokenizer/train-phases.js'
import { learnPlainly } from '../support/bpe.js'
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
  ])('is learning from all words at once (%i: %s)', async (seed, letters, count, { countMin, ...some }) => {
    const words = randomWords(seed, count, letters)
    const all = words.map(([word, n]) => ({ symbols: [...Buffer.from(word)].map((byte) => 256 - byte), count: n }))
    const expected = learnPlainly(all, { ...some, countMin }, NO_MERGES)
    const limits = { ...some, ties: 'lowest-ids', symbolOfByte, forbidden: [] } as const
    // As many pairs as there are cells, or hardly any: pairs share cells, and phases are many.
    for (const memoryBytes of [2 ** 19, 2 ** 26]) {
      const options = {
        limits,
        countMin,
        mergesWanted: () => limits.mergesMax,
        workers: 1,
        memoryBytes,
        hotCellsFirst: 2,
      }
      const learner = new MergeLearner(limits, 2 ** 26)
      const learned = await learnInPhases(writeWords(words, 3), options, LANES, learner, nameFiles, () => {})
      expect(learned.merges).toEqual(expected)
      expect(learned.phases).toBeGreaterThan(1)
      expect([...learned.seen].flatMap((mark, byte) => (mark ? [byte] : []))).toEqual(
        [...new Set(Buffer.from(letters))].sort((a, b) => a - b),
      )
      const bytes = words.reduce((sum, [word, n]) => sum + Buffer.byteLength(word) * n, 0)
      const lengths = new Float64Array(257 + expected.lefts.length).fill(1)
      for (const [i, left] of expected.lefts.entries()) lengths[257 + i] = lengths[left] + lengths[expected.rights[i]]
      expect(lengths.reduce((sum, length, symbol) => sum + length * (learned.used[symbol] ?? 0), 0)).toBe(bytes)
    }
  })
})

describe('thresholds', () => {
  it('are reached by at most so many cells, and no lower one is', () => {
    const random = new Random(9)
    const cells = Uint32Array.from({ length: 5000 }, () => Math.floor(1e6 * random.next() ** 6))
    const sorted = [...cells].sort((a, b) => b - a)
    for (const hotMax of [1, 2, 10, 500, 3000]) {
      const threshold = thresholdFor(cells, hotMax)
      expect(cells.filter((cell) => cell >= threshold).length).toBeLessThanOrEqual(hotMax)
      // One less, and there are too many.
      expect(sorted.filter((cell) => cell >= threshold - 1).length).toBeGreaterThan(hotMax)
    }
    expect(thresholdFor(cells, 0)).toBe(sorted[0])
    expect(thresholdFor(cells, 5000)).toBe(1)
    expect(thresholdFor(Uint32Array.of(7, 7, 7, 3), 2)).toBe(7)
    expect(thresholdFor(Uint32Array.of(9, 7, 7, 7, 3), 2)).toBe(8)
    expect(thresholdFor(new Uint32Array(10), 5)).toBe(1)
    expect(thresholdFor(new Uint32Array(10).fill(0xffffffff), 5)).toBe(0xffffffff)
  })
})
