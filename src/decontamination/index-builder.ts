/**
 * Builds the n-gram index: passages are written one behind the other as numbers of words, then their n-grams go into the
 * table, compared word by word with those that share their slot. What is found in more than `itemsMax` items of a benchmark is
 * common and counts for none: instructions and templates, not the question. N-grams of nothing but numbers
 * count for none either.
 */
import { ConfigError } from '../errors/errors.js'
import type { BenchmarkItem } from './benchmark-file.js'
import { GrowingBytes, GrowingWords } from './growing.js'
import {
  filterBits,
  filterWord,
  gramLength,
  makeFilter,
  PASSAGE_END,
  PASSAGE_KINDS,
  PLACES_MAX,
  packTables,
  wordAt,
} from './index-tables.js'
import { NgramTable } from './ngram-table.js'
import { type PassageRule, passagesOf } from './passages.js'
import { prefixOf, Tokens, windowHash, windowOf } from './tokens.js'
import { Vocabulary } from './vocabulary.js'

export interface IndexRule extends PassageRule {
  /** N-grams in more items of one benchmark than this are common. */
  readonly itemsMax: number
}

export class IndexBuilder {
  private readonly tokens = new Tokens()
  private readonly vocabulary = new Vocabulary()
  private readonly words = new GrowingBytes()
  private readonly passageStarts = new GrowingWords()
  private readonly passages = new GrowingWords()
  private readonly joinedTotals = new GrowingWords()
  private readonly benchOf = new GrowingWords()
  private readonly names = new GrowingBytes()
  private readonly nameEnds = new GrowingWords()
  private readonly benches = new Map<string, number>()
  private readonly lengths = new Set<number>()
  private itemCount = 0
  /** N-grams and whole passages, repeats included. */
  private ngramCount = 0
  private wholeCount = 0
  private wordCount = 0
  private wordsMax = 0

  constructor(private readonly rule: IndexRule) {
    this.pushWord(PASSAGE_END)
  }

  add(item: BenchmarkItem): void {
    const number = this.itemCount++
    const { passages, joinedCount } = passagesOf(item, this.rule, this.tokens)
    for (const { kind, text, first, count } of passages) {
      if (this.tokens.text !== text) this.tokens.scan(text)
      this.passageStarts.push(this.words.length / 3)
      this.passages.push(number * 4 + PASSAGE_KINDS.indexOf(kind))
      for (let token = first; token < first + count; token++)
        this.pushWord(this.vocabulary.numberOf(this.tokens, token))
      this.pushWord(PASSAGE_END)
      this.wordsMax = Math.max(this.wordsMax, count)
      if (kind === 'whole' || kind === 'joined-whole') {
        this.lengths.add(count)
        this.wholeCount++
      } else {
        this.wordCount += count
        this.ngramCount += count - this.rule.ngramLength + 1
      }
    }
    if (this.words.length > 3 * PLACES_MAX) throw new ConfigError(`benchmarks: expected at most ${PLACES_MAX} words`)
    this.joinedTotals.push(joinedCount)
    const bench = this.benches.get(item.bench) ?? this.benches.size
    this.benches.set(item.bench, bench)
    this.benchOf.push(bench)
    this.name(item.id)
  }

  finish(): SharedArrayBuffer {
    for (const bench of this.benches.keys()) this.name(bench)
    const [words, passageStarts, passages] = [this.words.whole(), this.passageStarts.whole(), this.passages.whole()]
    const table = new NgramTable(words, passageStarts, passages, this.ngramCount + this.wholeCount)
    const lengths = Uint32Array.from(this.lengths).sort()
    const grams = makeFilter(this.wordCount)
    const heads = makeFilter(this.wholeCount)
    this.fill(table, grams, heads, lengths[0])
    const { lists, totals } = table.finish(this.rule.itemsMax, this.benchOf.whole())
    return packTables({
      ngramLength: this.rule.ngramLength,
      words,
      spellings: this.vocabulary.spellings.whole(),
      wordEnds: this.vocabulary.ends.whole(),
      marks: table.marks,
      slots: table.slots,
      lists,
      grams,
      heads,
      lengths,
      passageStarts,
      passages,
      totals,
      joinedTotals: this.joinedTotals.whole(),
      benchOf: this.benchOf.whole(),
      nameEnds: this.nameEnds.whole(),
      names: this.names.whole(),
    })
  }

  /** @param headLength words of the shortest passage that is looked for as a whole */
  private fill(table: NgramTable, grams: Uint32Array, heads: Uint32Array, headLength: number | undefined): void {
    const { words, passageStarts, passages } = table
    const { ngramLength } = this.rule
    const [window, gram, head] = [
      windowOf(ngramLength),
      windowOf(gramLength(ngramLength)),
      windowOf(headLength ?? 0, true),
    ]
    const hashes = new Int32Array(this.wordsMax)
    const prefix = new Int32Array(this.wordsMax + 1)
    /** Words before each that are no numbers: rows of numbers stand in many texts and prove nothing. */
    const lettered = new Uint32Array(this.wordsMax + 1)
    for (const [i, start] of passageStarts.entries()) {
      const count = (passageStarts[i + 1] ?? words.length / 3) - 1 - start
      for (let word = 0; word < count; word++) {
        const number = wordAt(words, start + word)
        hashes[word] = this.vocabulary.hashOf(number)
        lettered[word + 1] = lettered[word] + Number(!this.vocabulary.isNumber(number))
      }
      prefixOf(hashes, count, prefix)
      if (PASSAGE_KINDS[passages[i] & 3].endsWith('whole')) {
        if (lettered[count] > 0) table.add(windowHash(prefix, 0, windowOf(count, true)), start, count, true)
        addToFilter(heads, windowHash(prefix, 0, head))
        continue
      }
      for (let at = 0; at + ngramLength <= count; at++) {
        if (lettered[at + ngramLength] > lettered[at])
          table.add(windowHash(prefix, at, window), start + at, ngramLength, false)
      }
      for (let at = 0; at + gram.length <= count; at++) addToFilter(grams, windowHash(prefix, at, gram))
    }
  }

  private pushWord(number: number): void {
    this.words.push(number & 255)
    this.words.push((number >>> 8) & 255)
    this.words.push(number >>> 16)
  }

  private name(name: string): void {
    for (const byte of Buffer.from(name)) this.names.push(byte)
    this.nameEnds.push(this.names.length)
  }
}

function addToFilter(filter: Uint32Array, hash: number): void {
  filter[filterWord(hash, filter)] |= filterBits(hash)
}
