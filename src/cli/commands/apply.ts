/** `millrace apply`: one stage alone on JSON Lines, verdicts and signals to stdout, in input order. */

import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { Command } from 'commander'
import type { Document } from '../../document/document.js'
import { ConfigError, messageOf } from '../../errors/errors.js'
import { storeError } from '../../io/store-error.js'
import { loadStageUse } from '../../run/config.js'
import { ownResources } from '../../run/resources.js'
import { loadStage } from '../../run/stage-loader.js'
import { scoreInBatches } from '../../stage/batch-scoring.js'
import { type CorpusResult, runCorpusInMemory } from '../../stage/corpus-in-memory.js'
import { DeviceQueue } from '../../stage/device-queue.js'
import type { Outcome } from '../../stage/outcome.js'
import type { BatchWork, CorpusStage, Resources } from '../../stage/stage.js'
import { type DocumentLine, editedFields, readDocuments } from '../json-lines.js'
import { repeated, wholeNumber } from '../option-text.js'
import type { Terminal } from '../terminal.js'

interface ApplyOptions {
  readonly set?: readonly string[]
  readonly input?: string
  readonly pairs?: string
  readonly seed: number
  readonly allowCode?: true
}

/** Lines scored together: enough for a window of batches. */
const APPLY_LINES = 2048

const EXAMPLES = `
Lines in:  {"id": …, "url": …, "text": …} with any other fields; "html" instead of "text" gives a raw page.
Lines out: the same fields, text after edits, with verdict, reason, signals, spans; or line and error.

Examples:
  echo '{"text": "Too short."}' | npx millrace apply filter-gopher-quality
  npx millrace apply filter-c4-quality --set requireTerminalPunctuation=false < in.jsonl > out.jsonl
  npx millrace apply dedup-minhash --input in.jsonl.gz --pairs pairs.jsonl > out.jsonl
`

export default function makeApply(terminal: Terminal): Command {
  return new Command('apply')
    .description('Run one stage on JSON Lines from stdin.')
    .argument('<stage>', 'a stage, or the path of your own with --allow-code')
    .option('--set <option=value>', 'give an option of the stage', repeated)
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
    .option('--pairs <file>', 'also write {a, b, similarity} for the pairs that a corpus stage verified')
    .option('--seed <n>', 'the source of randomness', wholeNumber(0), 1)
    .option('--allow-code', 'let a stage given by path run its code')
    .addHelpText('after', EXAMPLES)
    .action((stage: string, options: ApplyOptions) => apply(terminal, stage, options))
}

async function apply(terminal: Terminal, name: string, options: ApplyOptions): Promise<void> {
  const use = await loadStageUse(name, options.set ?? [], options.allowCode ?? false)
  const stage = await loadStage(use.stage)
  const lines = readDocuments(options.input ?? terminal.stdin)
  const resources = await ownResources(stage, use.options, options.seed)
  if (stage.kind === 'each') {
    if (options.pairs !== undefined) throw new ConfigError(`--pairs: ${name} gives no pairs`)
    const run = await stage.prepare(use.options as never, resources) // checked by loadStageUse
    for await (const line of lines) await writeLine(terminal, line, run)
  } else if (stage.kind === 'eachBatch') {
    if (options.pairs !== undefined) throw new ConfigError(`--pairs: ${name} gives no pairs`)
    await applyInBatches(terminal, stage.batch, use.options as never, resources, lines) // checked by loadStageUse
  } else if (stage.kind === 'corpus') {
    if (options.pairs !== undefined && stage.corpus.pairs === undefined) {
      throw new ConfigError(`--pairs: ${name} gives no pairs`)
    }
    const pairsFile = options.pairs === undefined ? null : await openPairs(options.pairs)
    const all: DocumentLine[] = []
    for await (const line of lines) all.push(line)
    const documents = all.flatMap((line) => ('document' in line ? [line.document] : []))
    const work = stage.corpus
    const result = await runCorpusInMemory(work, use.options as never, resources, documents) // checked by loadStageUse
    // Lines that gave no document have no outcome: the outcomes are by document, not by line.
    const outcomes = new Map(documents.map((document, row) => [document, result.outcomes[row]]))
    for (const line of all) await writeLine(terminal, line, (document) => outcomeOf(outcomes, document))
    if (pairsFile !== null && work.pairs) await writePairs(pairsFile, work.pairs, result, documents)
  }
}

/** Lines are held for a window of batches at a time, so that memory does not grow with the input. */
async function applyInBatches(
  terminal: Terminal,
  work: BatchWork<never>,
  options: never,
  resources: Resources,
  lines: AsyncIterable<DocumentLine>,
): Promise<void> {
  const scorer = await work.prepare(options, resources)
  const settle = await work.settle(options, resources)
  const device = await work.open(options, resources)
  try {
    const queue = new DeviceQueue(device)
    for await (const held of chunks(lines, APPLY_LINES)) {
      const scores = new Map<Document, () => Uint8Array>()
      const documents = held.flatMap((line) => ('document' in line ? [line.document] : []))
      await scoreInBatches(documents, scorer, work.budget(options), (rows) => queue.compute(rows), {
        score: (document, score) => scores.set(document, () => score),
        failed: (document, error) =>
          scores.set(document, () => {
            throw error
          }),
      })
      for (const line of held) await writeLine(terminal, line, (document) => settle(document, scores.get(document)?.()))
    }
  } finally {
    await device.close()
  }
}

async function* chunks<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, void> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function outcomeOf(outcomes: ReadonlyMap<Document, Outcome>, document: Document): Outcome {
  const outcome = outcomes.get(document)
  if (outcome === undefined) throw new Error(`no outcome for document ${document.id}`)
  return outcome
}

/** A line that can't be used gives a line too, so that output and input stay side by side. */
async function writeLine(terminal: Terminal, line: DocumentLine, run: (document: Document) => Outcome): Promise<void> {
  if ('error' in line) return writeError(terminal, line, line.error)
  try {
    const { verdict, reason, edit, signals, spans } = run(line.document)
    const fields = editedFields(line.fields, line.document, edit)
    await terminal.print(JSON.stringify({ ...fields, verdict, reason, signals, spans }))
  } catch (error) {
    await writeError(terminal, line, messageOf(error))
  }
}

async function writeError(terminal: Terminal, line: DocumentLine, error: string): Promise<void> {
  terminal.exitCode = 1
  await terminal.print(JSON.stringify({ line: line.line, ...('fields' in line ? line.fields : {}), error }))
}

/** Before any work, so that a place that can't be written costs none. */
async function openPairs(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w')
  } catch (error) {
    throw new ConfigError(`--pairs: ${storeError('write', path, error).message}`)
  }
}

async function writePairs(
  file: FileHandle,
  pairs: NonNullable<CorpusStage<never>['corpus']['pairs']>,
  result: CorpusResult,
  documents: readonly Document[],
): Promise<void> {
  const out = file.createWriteStream()
  const seen = new Set<string>()
  for (const { key, value } of result.rounds.find((round) => round.name === pairs.from)?.records ?? []) {
    const { a, b, similarity } = pairs.decode(key, value)
    if (seen.has(`${a.row} ${b.row}`)) continue
    seen.add(`${a.row} ${b.row}`)
    out.write(`${JSON.stringify({ a: documents[a.row].id, b: documents[b.row].id, similarity })}\n`)
  }
  out.end()
  await once(out, 'finish')
}
