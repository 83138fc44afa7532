/**
 * Finds items of benchmarks in documents and takes them out, so that what a model scores on a benchmark is not what it has
 * read. An item's n-grams are compared word by word (Brown et al. 2020, appendix C) in a spelling in which case, punctuation,
 * white space and accents make no difference; nothing is estimated, so there are no chance hits.
 *
 * Left in `artifacts/STAGE/`: `items.jsonl`, the status of each benchmark item, for evaluation on the clean ones;
 * `matches.jsonl`, every item in every document with its passages side by side; `report.json`, sums by benchmark.
 */

import { type BenchmarkItem, readBenchmark } from '../src/decontamination/benchmark-file.js'
import { DocumentHits } from '../src/decontamination/document-hits.js'
import { IndexBuilder } from '../src/decontamination/index-builder.js'
import { itemMatches } from '../src/decontamination/item-matches.js'
import { NgramIndex } from '../src/decontamination/ngram-index.js'
import { withoutSpans } from '../src/decontamination/removal.js'
import { REPORT_FILE, type RecordedMatch, ReportWriter } from '../src/decontamination/report.js'
import { Tokens } from '../src/decontamination/tokens.js'
import { decodeVerdict, encodeVerdict, verdictOn } from '../src/decontamination/verdict.js'
import type { Position } from '../src/document/document.js'
import { ConfigError } from '../src/errors/errors.js'
import { integer, listOf, number, type OptionValues, oneOf, path, string } from '../src/stage/options.js'
import { drop, edit, keep, type Outcome } from '../src/stage/outcome.js'
import {
  type Collect,
  defineStage,
  type Reducer,
  type Resources,
  type RoundEmit,
  type RoundResources,
} from '../src/stage/stage.js'

const OPTIONS = {
  benchmarks: listOf(path({ meaning: 'a file' }), {
    meaning: 'Files of benchmark items, a JSON object a line, may be gzip.',
  }),
  fields: listOf(string({ meaning: 'a field' }), {
    default: ['prompt', 'target', 'options'],
    meaning: 'Fields of an item that are looked for, each for itself; lists of text are one text.',
  }),
  idField: string({ default: 'id', meaning: 'Field that names the item; the line number where it has none.' }),
  benchmarkField: string({ default: 'bench', meaning: "Field that names the benchmark; the file's name without it." }),
  ngramLength: integer({
    default: 13,
    min: 2,
    max: 64,
    unit: 'words',
    meaning: 'n. Two characters of a script without spaces count for a word.',
  }),
  shortMin: integer({
    default: 5,
    min: 1,
    unit: 'words',
    meaning: 'Words that an item without a field of n words must have to be looked for as a whole.',
  }),
  itemsMax: integer({
    default: 3,
    min: 1,
    unit: 'items',
    meaning: 'N-grams in more items of one benchmark do not count: they are its instructions, not its questions.',
  }),
  documentsMax: integer({
    default: 0,
    min: 0,
    unit: 'documents',
    meaning: 'N-grams in more documents do not count. 0: no limit.',
  }),
  overlapMin: number({
    default: 0,
    min: 0,
    max: 1,
    unit: 'share',
    meaning: "Share of an item's n-grams from which on it contaminates a document. 0: one is enough.",
  }),
  longestRunMin: integer({
    default: 0,
    min: 0,
    unit: 'words',
    meaning: 'Words in a row that a document must hold too. 0: n.',
  }),
  action: oneOf(['drop', 'cut', 'split', 'annotate'], {
    default: 'drop',
    meaning: 'Drop the document, cut the passages out, put an empty line in their place, or only record.',
  }),
}

type Options = OptionValues<typeof OPTIONS>

export default defineStage({
  kind: 'corpus',
  summary: 'find items of benchmarks in documents, drop or cut them, and say which items are clean',
  source: 'GPT-3: Brown et al. 2020, arXiv 2005.14165, appendix C',
  options: OPTIONS,
  signals: {
    overlap: { type: 'number', unit: 'share', meaning: 'greatest share of the n-grams of a benchmark item' },
    longestRun: { type: 'number', unit: 'words', meaning: 'longest run of words of an item' },
    itemCount: { type: 'number', unit: 'items', meaning: 'benchmark items that contaminate it' },
    benchmark: { type: 'string', meaning: 'benchmark of the item with the greatest overlap' },
    item: { type: 'string', meaning: 'the item with the greatest overlap' },
  },
  share: shareIndex,
  corpus: {
    collect: (_options, { shared }) => collector(indexOf(shared)),
    rounds: [
      { name: 'common', partitions: 'key', reducer: (options) => commonReducer(options) },
      { name: 'documents', partitions: 'key', reducer: (options, resources) => documentReducer(options, resources) },
      { name: 'report', partitions: 'one', reducer: reportReducer },
    ],
    settle: (options) => (document, decision) => settled(options, document.text, decision),
  },
})

// ---- the index ----

async function shareIndex(options: Options, resources: Resources): Promise<readonly SharedArrayBuffer[]> {
  if (options.benchmarks.length === 0) throw new ConfigError('benchmarks: expected at least one file, got none')
  if (options.fields.length === 0) throw new ConfigError('fields: expected at least one field, got none')
  const builder = new IndexBuilder(options)
  for (const item of await benchmarkItems(options, resources)) builder.add(item)
  return [builder.finish()]
}

async function benchmarkItems(options: Options, { readFile }: Resources): Promise<Generator<BenchmarkItem>> {
  const fields = { id: options.idField, bench: options.benchmarkField, texts: options.fields }
  const files = await Promise.all(options.benchmarks.map(async (file) => [file, await readFile(file)] as const))
  return (function* () {
    for (const [file, bytes] of files) yield* readBenchmark(bytes, file, fields)
  })()
}

function indexOf([table]: Resources['shared']): NgramIndex {
  if (!(table instanceof SharedArrayBuffer)) throw new Error('the n-gram index is not shared')
  return new NgramIndex(table)
}

// ---- rounds ----
// Keys and values: n-gram (u32), position (two u32), item (u32); all big-endian.

const POSITION_BYTES = 8

/** Sends on each n-gram of a document, with what is around its hits as attachment. */
function collector(index: NgramIndex): Collect {
  const tokens = new Tokens()
  const position = new Uint8Array(POSITION_BYTES)
  const ngram = new Uint8Array(4)
  return (document, emit) => {
    const found = DocumentHits.search(document, index, tokens)
    if (found === null) return
    emit.attach(found.encode())
    writeWords(position, document.position.shard, document.position.row)
    for (const slot of new Set(found.hits.map((hit) => hit.slot))) {
      writeWords(ngram, slot)
      emit.record(ngram, position)
    }
  }
}

/** Groups are n-grams, values the documents that hold them: what too many hold goes no further. */
function commonReducer({ documentsMax }: Options): Reducer {
  let ngram = new Uint8Array(0)
  let held: Uint8Array[] = []
  return {
    start(key) {
      ngram = key.slice()
      held = []
    },
    value(position, emit) {
      if (documentsMax === 0) emit.record(position, ngram)
      else if (held.length <= documentsMax) held.push(position.slice())
    },
    end(emit) {
      if (held.length <= documentsMax) for (const position of held) emit.record(position, ngram)
    },
  }
}

/** Behind the keys of all items: a benchmark (u32), and the documents that it contaminates. */
const BENCHMARKS_KEY = 0xffffffff

/** Groups are documents, values their n-grams. */
function documentReducer(options: Options, resources: RoundResources): Reducer {
  const index = indexOf(resources.shared)
  const encoder = new TextEncoder()
  let place = new Uint8Array(0)
  let ngrams = new Set<number>()
  return {
    start(key) {
      place = key.slice()
      ngrams = new Set()
    },
    value(ngram) {
      ngrams.add(readWord(ngram, 0))
    },
    end(emit) {
      const position: Position = { shard: readWord(place, 0), row: readWord(place, 4) }
      const found = DocumentHits.decode(attached(resources, position))
      const matches = itemMatches(
        found.hits.filter(({ slot }) => ngrams.has(slot)),
        index,
        options,
      )
      if (matches.length === 0) return
      emit.decide(position, encodeVerdict(verdictOn(matches, index)))
      const benches = new Set<number>()
      for (const match of matches) {
        const texts = match.passages.map(({ start, end }) => found.textOf(start, end))
        const record: RecordedMatch = { document: found.id, url: found.url, match: { ...match, spans: [] }, texts }
        const json = encoder.encode(JSON.stringify(record))
        const value = new Uint8Array(POSITION_BYTES + json.length)
        value.set(place)
        value.set(json, POSITION_BYTES)
        emit.record(writeWords(new Uint8Array(4), match.item), value)
        if (match.contaminates) benches.add(index.benchOf(match.item))
      }
      for (const bench of benches) emit.record(writeWords(new Uint8Array(8), BENCHMARKS_KEY, bench), place)
    },
  }
}

function attached({ attachment }: RoundResources, position: Position): Uint8Array {
  const blob = attachment(position)
  if (blob === undefined) throw new Error(`no hits of document ${position.shard}:${position.row}`)
  return blob
}

/** Groups are items, values their matches; then benchmarks and their documents. */
async function reportReducer(options: Options, resources: RoundResources): Promise<Reducer> {
  const index = indexOf(resources.shared)
  const items = await benchmarkItems(options, resources)
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  let files: Record<'items' | 'matches', (bytes: Uint8Array) => void> | null = null
  let report: ReportWriter | null = null
  let bench = -1
  const writer = (emit: RoundEmit): ReportWriter => {
    files ??= { items: emit.file('items.jsonl'), matches: emit.file('matches.jsonl') }
    const { items: itemFile, matches } = files
    const line = (row: object) => encoder.encode(`${JSON.stringify(row)}\n`)
    report ??= new ReportWriter(index, options, items, {
      item: (row) => itemFile(line(row)),
      match: (row) => matches(line(row)),
    })
    return report
  }
  return {
    start(key) {
      const first = readWord(key, 0)
      bench = first === BENCHMARKS_KEY ? readWord(key, 4) : -1
    },
    value(value, emit) {
      if (bench >= 0) return writer(emit).addDocument(bench)
      writer(emit).addMatch(JSON.parse(decoder.decode(value.subarray(POSITION_BYTES)))) // made by documentReducer
    },
    end() {},
    finish(emit) {
      emit.file(REPORT_FILE)(encoder.encode(`${JSON.stringify(writer(emit).finish())}\n`))
    },
  }
}

// ---- the verdict ----

function settled({ action }: Options, text: string, decision: Uint8Array | undefined): Outcome {
  if (decision === undefined) return keep({ overlap: 0, longestRun: 0, itemCount: 0 })
  const { signals, spans } = decodeVerdict(decision)
  if (spans.length === 0 || action === 'annotate') return keep(signals, spans)
  if (action === 'drop') return drop('contaminated', signals, spans)
  const rest = withoutSpans(text, spans, action)
  return rest.trim() === '' ? drop('contaminated', signals, spans) : edit({ text: rest }, signals)
}

function writeWords(bytes: Uint8Array, ...values: readonly number[]): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value)
  return bytes
}

function readWord(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}
