/**
 * The step `contexts` of a training, for one order: from adjusted counts to shares and back-offs, in files, within a memory
 * limit. Contexts are dealt out to parts by a hash until a part's table stays in a core's cache: looked up in memory, most
 * would be waited for. Each part gives its numbers in the order of its records, so dealing once more puts them in order again.
 */
import { rmSync } from 'node:fs'
import { RecordFiles, WordRecordReader, WordRecordWriter } from '../io/word-records.js'
import { PRUNED } from '../lm/train-adjust.js'
import { ContextTable, contextTableBytes, HashFilter, hashWords, NO_NGRAMS } from '../lm/train-contexts.js'
import type { Discounts } from '../lm/train-discounts.js'
import { BOS } from '../lm/train-vocabulary.js'

export interface ContextsTask extends Counts {
  readonly kind: 'contexts'
  /** 2 or more. */
  readonly order: number
  readonly discounts: Discounts
  readonly memoryBytes: number
  /** Receives the n-grams that are kept: words, own share, back-off of the context. */
  readonly toShares: string
  /** Receives contexts that have n-grams: words, back-off. */
  readonly toContexts: string
}

/** Adjusted counts, each list one file after the other, in suffix order. */
interface Counts {
  readonly ngrams: readonly string[]
  /** Of the order below. */
  readonly contexts: readonly string[]
  /** How many of them aren't pruned, and whether that is all of them. */
  readonly contextCount: number
  readonly isAllContexts: boolean
}

/** The numbers of some counts, a record for each that is kept, in their order. */
interface Numbers {
  /** Own share, back-off of the context. */
  readonly shares: string
  /** Back-off. */
  readonly backoffs: string
}

/** What a core's cache holds beside the rest. Of 2^18 to 2^24 a training took least time with this. */
const TABLE_BYTES = 2 ** 20
const PART_BITS_MAX = 7
const HASH_BITS_MAX = 4 * PART_BITS_MAX
/** Small, since many are open. */
const DEAL_BUFFER_WORDS = 2 ** 12

/** Numbers of records written: n-grams, contexts. */
export function estimateOrder(task: ContextsTask): readonly [ngrams: number, contexts: number] {
  const { order, toShares, toContexts } = task
  let counts: Counts = task
  if (order === 2) {
    // `<s>` follows no word, so it isn't among the words counted; but it begins n-grams.
    const path = `${toContexts}-start`
    const writer = new WordRecordWriter(path, order)
    writer.add([BOS, 0], 0)
    writer.finish()
    counts = { ...task, contexts: [path, ...task.contexts], contextCount: task.contextCount + 1 }
  }
  const numbers = estimate(task, counts, 0, toShares)

  return [
    join(counts.ngrams, order, numbers.shares, 2, toShares),
    join(counts.contexts, order - 1, numbers.backoffs, 1, toContexts),
  ]
}

/** @param usedBits of the hash, that have dealt out these counts */
function estimate(task: ContextsTask, counts: Counts, usedBits: number, name: string): Numbers {
  const parts = contextTableBytes(task.order, counts.contextCount) / Math.min(TABLE_BYTES, task.memoryBytes / 2)
  const bits = Math.min(PART_BITS_MAX, Math.ceil(Math.log2(parts)))
  // Parts differ in size: those that come out somewhat larger aren't dealt out again.
  if (parts > 2 && usedBits + bits <= HASH_BITS_MAX) return estimateParts(task, counts, usedBits, bits, name)
  const { order, discounts } = task
  const table = new ContextTable(order, discounts, counts.contextCount)
  table.addContexts(new RecordFiles(counts.contexts, order))
  table.countNgrams(new RecordFiles(counts.ngrams, order + 1))
  const backoffs = new WordRecordWriter(`${name}-backoffs`, 1)
  table.giveBackoffs(backoffs)
  const shares = new WordRecordWriter(`${name}-shares`, 2)
  table.giveShares(new RecordFiles(counts.ngrams, order + 1), shares)
  backoffs.finish()
  shares.finish()
  return { backoffs: backoffs.path, shares: shares.path }
}

function estimateParts(task: ContextsTask, counts: Counts, usedBits: number, bits: number, name: string): Numbers {
  const { order } = task
  const shift = 32 - usedBits - bits
  const mask = 2 ** bits - 1
  const partOf = (hash: number) => (hash >>> shift) & mask
  const open = (what: string, width: number) =>
    Array.from({ length: 2 ** bits }, (_, i) => new WordRecordWriter(`${name}-${what}-${i}`, width, DEAL_BUFFER_WORDS))

  const contextParts = open('contexts', order)
  const filter = counts.isAllContexts ? null : new HashFilter(counts.contextCount)
  forEachHash(counts.contexts, order, order - 1, (hash, words, at) => {
    if (words[at + order - 1] >= PRUNED) return
    filter?.add(hash)
    contextParts[partOf(hash)].add(words, at)
  })
  const ngramParts = open('ngrams', order + 1)
  forEachHash(counts.ngrams, order + 1, order - 1, (hash, words, at) => {
    const isNeeded = words[at + order] < PRUNED || filter === null || filter.mayHave(hash)
    if (isNeeded) ngramParts[partOf(hash)].add(words, at)
  })

  const numbers = contextParts.map((contexts, i) => {
    const ngrams = ngramParts[i]
    ngrams.finish()
    const contextCount = contexts.finish()
    const part = { ngrams: [ngrams.path], contexts: [contexts.path], contextCount, isAllContexts: true }
    const given = estimate(task, part, usedBits + bits, `${name}-${i}`)
    for (const path of [ngrams.path, contexts.path]) rmSync(path)
    return given
  })

  const gather = (from: readonly string[], to: string, width: number, files: readonly string[], order: number) => {
    const readers = from.map((path) => new WordRecordReader(path, width, null, DEAL_BUFFER_WORDS))
    const writer = new WordRecordWriter(to, width)
    forEachHash(files, order + 1, task.order - 1, (hash, words, at) => {
      if (words[at + order] >= PRUNED) return
      const reader = readers[partOf(hash)]
      reader.next()
      writer.add(reader.words, reader.at)
    })
    writer.finish()
    for (const reader of readers) reader.close()
    for (const path of from) rmSync(path)
    return to
  }
  const backoffs = numbers.map((given) => given.backoffs)
  const shares = numbers.map((given) => given.shares)
  return {
    backoffs: gather(backoffs, `${name}-backoffs`, 1, counts.contexts, order - 1),
    shares: gather(shares, `${name}-shares`, 2, counts.ngrams, order),
  }
}

/** Calls `take` for each record with the hash of its first `hashed` words. */
function forEachHash(
  paths: readonly string[],
  width: number,
  hashed: number,
  take: (hash: number, words: Uint32Array, at: number) => void,
): void {
  const records = new RecordFiles(paths, width)
  for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
    const { words } = records
    for (let at = 0; at < filled; at += width) take(hashWords(words, at, hashed), words, at)
  }
}

/** Writes the records that are kept, their count replaced by the next of the numbers unless that is `NO_NGRAMS`. */
function join(paths: readonly string[], order: number, numbersPath: string, numberCount: number, to: string): number {
  const numbers = new WordRecordReader(numbersPath, numberCount)
  const writer = new WordRecordWriter(to, order + numberCount)
  const records = new RecordFiles(paths, order + 1)
  for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
    const { words } = records
    for (let at = 0; at < filled; at += order + 1) {
      if (words[at + order] >= PRUNED) continue
      numbers.next()
      if (numbers.words[numbers.at] === NO_NGRAMS) continue
      const place = writer.slot()
      for (let i = 0; i < order; i++) writer.words[place + i] = words[at + i]
      for (let i = 0; i < numberCount; i++) writer.words[place + order + i] = numbers.words[numbers.at + i]
    }
  }
  numbers.close()
  rmSync(numbersPath)
  return writer.finish()
}
