/**
 * The step `contexts` of a training, for one order: from adjusted counts to shares and back-offs, in files, within a memory
 * limit. Contexts are dealt out to parts by a hash until a part's table stays in a core's cache: looked up in memory, most
 * would be waited for. Each part gives its numbers in the order of its records, so dealing once more puts them in order again.
 */
import { rmSync } from 'node:fs'
import { RecordFiles, WordRecordReader, WordRecordWriter } from '../io/word-records.js'
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
  readonly pruned: readonly string[]
  /** Of the order below. */
  readonly contexts: readonly string[]
  /** How many these are, and whether none was pruned. */
  readonly contextCount: number
  readonly isAllContexts: boolean
}

/** Files of numbers, a record for each of the n-grams and of the contexts, in their order. */
interface Numbers {
  /** Own share, back-off of the context. */
  readonly shares: string
  /** Back-off. */
  readonly backoffs: string
}

/** About what a core's cache holds. One table of 50 MB took three times as long; between 1 and 8 MB there is no difference. */
const TABLE_BYTES = 2 ** 21
/** Fewer contexts are never dealt out: the files would take more than their table. */
const DEALT_CONTEXTS_MIN = 1024
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
  const isDealt = parts > 2 && counts.contextCount >= DEALT_CONTEXTS_MIN
  if (isDealt && usedBits + bits <= HASH_BITS_MAX) return estimateParts(task, counts, usedBits, bits, name)
  const { order, discounts } = task
  const table = new ContextTable(order, discounts, counts.contextCount)
  table.addContexts(new RecordFiles(counts.contexts, order))
  table.countNgrams(new RecordFiles(counts.ngrams, order + 1), false)
  table.countNgrams(new RecordFiles(counts.pruned, order + 1), true)
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
  const deal = new Deal(order - 1, 32 - usedBits - bits, 2 ** bits, name)
  // Most n-grams that are pruned begin with a context that is pruned too: they need not be looked up.
  const filter = counts.isAllContexts ? null : new HashFilter(counts.contextCount)
  if (filter !== null) deal.addHashes(counts.contexts, order, filter)
  const contexts = deal.out(counts.contexts, order, null, 'contexts')
  const ngrams = deal.out(counts.ngrams, order + 1, null, 'ngrams')
  const pruned = deal.out(counts.pruned, order + 1, filter, 'pruned')
  const numbers = contexts.map((part, i) => {
    const files = [part.path, ngrams[i].path, pruned[i].path]
    const given = estimate(
      task,
      {
        ngrams: [ngrams[i].path],
        pruned: [pruned[i].path],
        contexts: [part.path],
        contextCount: part.records,
        isAllContexts: true,
      },
      usedBits + bits,
      `${name}-${i}`,
    )
    for (const path of files) rmSync(path)
    return given
  })
  return {
    backoffs: deal.gather(
      counts.contexts,
      order,
      numbers.map(({ backoffs }) => backoffs),
      1,
      `${name}-backoffs`,
    ),
    shares: deal.gather(
      counts.ngrams,
      order + 1,
      numbers.map(({ shares }) => shares),
      2,
      `${name}-shares`,
    ),
  }
}

interface DealtFile {
  readonly path: string
  readonly records: number
}

/** Deals records out to files by the hash of the context that they begin with. */
class Deal {
  private readonly mask: number

  /**
   * @param width words of a context
   * @param shift where in the hash the number of the part begins
   * @param parts a power of 2
   */
  constructor(
    private readonly width: number,
    private readonly shift: number,
    private readonly parts: number,
    private readonly name: string,
  ) {
    this.mask = parts - 1
  }

  addHashes(paths: readonly string[], recordWidth: number, filter: HashFilter): void {
    const { width } = this
    const records = new RecordFiles(paths, recordWidth)
    for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
      const { words } = records
      for (let at = 0; at < filled; at += recordWidth) filter.add(hashWords(words, at, width))
    }
  }

  out(paths: readonly string[], recordWidth: number, filter: HashFilter | null, what: string): DealtFile[] {
    const { width, shift, mask } = this
    const writers = Array.from(
      { length: this.parts },
      (_, i) => new WordRecordWriter(`${this.name}-${what}-${i}`, recordWidth, DEAL_BUFFER_WORDS),
    )
    const records = new RecordFiles(paths, recordWidth)
    for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
      const { words } = records
      for (let at = 0; at < filled; at += recordWidth) {
        const hash = hashWords(words, at, width)
        if (filter === null || filter.mayHave(hash)) writers[(hash >>> shift) & mask].add(words, at)
      }
    }
    return writers.map((writer) => ({ path: writer.path, records: writer.finish() }))
  }

  /** What the parts say of their records, one record each, in the order of the records that were dealt out. */
  gather(
    paths: readonly string[],
    recordWidth: number,
    from: readonly string[],
    numberCount: number,
    to: string,
  ): string {
    const { width, shift, mask } = this
    const readers = from.map((path) => new WordRecordReader(path, numberCount, null, DEAL_BUFFER_WORDS))
    const writer = new WordRecordWriter(to, numberCount)
    const records = new RecordFiles(paths, recordWidth)
    for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
      const { words } = records
      for (let at = 0; at < filled; at += recordWidth) {
        const reader = readers[(hashWords(words, at, width) >>> shift) & mask]
        reader.next()
        writer.add(reader.words, reader.at)
      }
    }
    writer.finish()
    for (const reader of readers) reader.close()
    for (const path of from) rmSync(path)
    return to
  }
}

/** Writes records, in place of their counts the numbers; those whose number is `NO_NGRAMS` not. */
function join(paths: readonly string[], order: number, numbersPath: string, numberCount: number, to: string): number {
  const numbers = new WordRecordReader(numbersPath, numberCount)
  const writer = new WordRecordWriter(to, order + numberCount)
  const records = new RecordFiles(paths, order + 1)
  for (let filled = records.nextBlock(); filled > 0; filled = records.nextBlock()) {
    const { words } = records
    for (let at = 0; at < filled; at += order + 1) {
      numbers.next()
      const { words: given, at: givenAt } = numbers
      if (given[givenAt] === NO_NGRAMS) continue
      const place = writer.slot()
      const out = writer.words
      for (let i = 0; i < order; i++) out[place + i] = words[at + i]
      for (let i = 0; i < numberCount; i++) out[place + order + i] = given[givenAt + i]
    }
  }
  numbers.close()
  rmSync(numbersPath)
  return writer.finish()
}
