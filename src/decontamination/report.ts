/**
 * What a run found of the benchmarks, as files: the status of every item, every match with its passages, and a summary. Items
 * come in the order of the benchmark files, matches by item and then by document, so nothing is held but the current item.
 */
import type { BenchmarkItem } from './benchmark-file.js'
import type { ItemMatch, MatchedPassage } from './item-matches.js'
import type { NgramIndex } from './ngram-index.js'
import { type PassageRule, passagesOf } from './passages.js'
import { Tokens } from './tokens.js'

/**
 * contaminated: some document holds enough of it. partial: some document holds n-grams of it, none enough. unsearchable: too
 * short, or all of its n-grams are common.
 */
export type ItemStatus = 'contaminated' | 'partial' | 'clean' | 'unsearchable'

/** A line of items.jsonl. */
export interface ItemRow {
  readonly bench: string
  readonly id: string
  readonly status: ItemStatus
  /** Different n-grams that count. */
  readonly ngrams: number
  /** The greatest of all documents. */
  readonly overlap: number
  readonly longestRun: number
  /** Documents that it contaminates. */
  readonly documents: number
}

/** A line of matches.jsonl. */
export interface MatchRow {
  readonly bench: string
  readonly item: string
  readonly document: string
  readonly url: string
  readonly overlap: number
  readonly longestRun: number
  readonly contaminates: boolean
  readonly passages: readonly { readonly document: string; readonly benchmark: string }[]
}

export interface BenchmarkSummary {
  readonly bench: string
  readonly items: number
  readonly contaminated: number
  readonly partial: number
  readonly unsearchable: number
  /** Documents that any of its items contaminates. */
  readonly documents: number
  /** Mean of the items' greatest overlaps, those that are not found included. */
  readonly overlapMean: number
  /** The most of them in one document, and what it looks like there. */
  readonly examples: readonly MatchRow[]
}

export const REPORT_FILE = 'report.json'
export interface ContaminationReport {
  readonly benchmarks: readonly BenchmarkSummary[]
}

/** What is recorded of a match until the report is written. */
export interface RecordedMatch {
  readonly document: string
  readonly url: string
  readonly match: ItemMatch
  /** Texts of the match's passages in the document. */
  readonly texts: readonly string[]
}

const EXAMPLES_MAX = 3
const EXCERPT_UNITS = 400

export interface ReportFiles {
  /** A line each. */
  item(row: ItemRow): void
  match(row: MatchRow): void
}

type Tally = { -readonly [K in keyof BenchmarkSummary]: BenchmarkSummary[K] } & { overlapSum: number }

export class ReportWriter {
  private readonly tokens = new Tokens()
  private readonly tallies: Tally[]
  /** The current item. */
  private number = -1
  private current: { item: BenchmarkItem; status: ItemStatus; overlap: number; longestRun: number; documents: number }

  /** @param items as the index was made of, in order */
  constructor(
    private readonly index: NgramIndex,
    private readonly rule: PassageRule,
    private readonly items: Iterator<BenchmarkItem>,
    private readonly files: ReportFiles,
  ) {
    const zero = { items: 0, contaminated: 0, partial: 0, unsearchable: 0, documents: 0, overlapMean: 0, overlapSum: 0 }
    this.tallies = Array.from({ length: index.benchCount }, (_, bench) => ({
      bench: index.benchName(bench),
      ...zero,
      examples: [],
    }))
    this.current = { item: { bench: '', id: '', texts: [] }, status: 'clean', overlap: 0, longestRun: 0, documents: 0 }
  }

  /** Items must come in order. */
  addMatch({ document, url, match, texts }: RecordedMatch): void {
    this.moveTo(match.item)
    const { current } = this
    current.overlap = Math.max(current.overlap, match.overlap)
    current.longestRun = Math.max(current.longestRun, match.longestRun)
    if (match.contaminates) {
      current.documents++
      current.status = 'contaminated'
    } else if (current.status !== 'contaminated') current.status = 'partial'
    const { bench, id } = current.item
    const { overlap, longestRun, contaminates } = match
    const passages = match.passages.map((passage, i) => ({
      document: excerpt(texts[i]),
      benchmark: excerpt(this.benchmarkText(passage)),
    }))
    const row: MatchRow = { bench, item: id, document, url, overlap, longestRun, contaminates, passages }
    this.files.match(row)
    if (contaminates) this.keepExample(row)
  }

  addDocument(bench: number): void {
    this.tallies[bench].documents++
  }

  finish(): ContaminationReport {
    this.moveTo(this.index.itemCount)
    return {
      benchmarks: this.tallies.map(({ overlapSum, ...summary }) => ({
        ...summary,
        overlapMean: overlapSum / Math.max(1, summary.items),
      })),
    }
  }

  /** Writes the items before this one. */
  private moveTo(number: number): void {
    while (this.number < number) {
      if (this.number >= 0) this.endItem()
      if (++this.number === this.index.itemCount) return
      const step = this.items.next()
      if (step.done) throw new Error('fewer benchmark items than in the index')
      const status = this.index.total(this.number) === 0 ? 'unsearchable' : 'clean'
      this.current = { item: step.value, status, overlap: 0, longestRun: 0, documents: 0 }
    }
  }

  private endItem(): void {
    const { item, status, overlap, longestRun, documents } = this.current
    const tally = this.tallies[this.index.benchOf(this.number)]
    tally.items++
    if (status !== 'clean') tally[status]++
    tally.overlapSum += overlap
    const ngrams = this.index.total(this.number)
    this.files.item({ bench: item.bench, id: item.id, status, ngrams, overlap, longestRun, documents })
  }

  private benchmarkText({ passage, firstWord, endWord }: MatchedPassage): string {
    const found = passagesOf(this.current.item, this.rule, this.tokens).passages[passage]
    const { tokens } = this
    tokens.scan(found.text)
    const last = Math.min(found.first + endWord, tokens.count) - 1
    return found.text.slice(tokens.startOf(found.first + firstWord), tokens.endOf(last))
  }

  private keepExample(row: MatchRow): void {
    const tally = this.tallies.find(({ bench }) => bench === row.bench)
    if (tally === undefined) return
    // Sorting is stable: the first of equals stays.
    tally.examples = [...tally.examples, row].sort((a, b) => b.overlap - a.overlap).slice(0, EXAMPLES_MAX)
  }
}

/** Beginning and end of a long passage, no pair cut through. */
function excerpt(text: string): string {
  if (text.length <= 2 * EXCERPT_UNITS) return text
  const isInPair = (at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00
  const head = EXCERPT_UNITS - Number(isInPair(EXCERPT_UNITS))
  const tail = text.length - EXCERPT_UNITS + Number(isInPair(text.length - EXCERPT_UNITS))
  return `${text.slice(0, head)} … ${text.slice(tail)}`
}
