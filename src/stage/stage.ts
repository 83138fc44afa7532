/**
 * The stage contract. A stage file's default export is `defineStage({…})` with exactly one kind of work: `each` (one
 * document at a time), `eachBatch` (a model that wants batches), `corpus` (needs all documents), `read` or `write` (the two
 * ends). The file's name is its name in a config. The runner does the counting, timing, reject files and histograms.
 */
import type { Document, Position, SignalValue } from '../document/document.js'
import type { Option, OptionDeclarations, OptionValues } from './options.js'
import type { Outcome } from './outcome.js'

/** What the runner hands to a stage when it is prepared, once a worker. */
export interface Resources {
  /** The run's seed: the only source of randomness. */
  readonly seed: number
  /** Bytes of a model or list given by an option of kind `path`. */
  readFile(path: string): Promise<Uint8Array>
  /** The same for files that are too large to be held whole. The caller closes it. */
  openFile(path: string): OpenFile
  /** What the stage's `share` gave; empty without one. */
  readonly shared: readonly SharedTable[]
}

/** A table that all threads read, none copied. */
export type SharedTable = SharedArrayBuffer | SharedMemory

/** A shared WebAssembly.Memory, so that kernels can read the table. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  /** By pages of 64 KiB. Gives how many there were: those behind are the caller's own. */
  grow(pages: number): number
}

export interface OpenFile {
  readonly name: string
  readonly sizeBytes: number
  /** Bytes [offset, offset + lengthBytes), fewer only at the end of the file. */
  read(offset: number, lengthBytes: number): Uint8Array
  close(): void
}

/** Large read-only tables (language models, vocabularies), made once a run in the main thread and shared by all workers. */
export type Share<O> = (options: O, resources: Resources) => Promise<readonly SharedTable[]>

export type EachFunction = (document: Document) => Outcome

export interface SignalDeclaration {
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: string
  readonly meaning: string
}

/** A worked case that the contract test runs: options and document fields in, verdict out. */
export interface Example {
  readonly options?: Readonly<Record<string, unknown>>
  /** Fields over those of an empty document; `html` stands for a raw page. */
  readonly text?: string
  readonly html?: string
  readonly url?: string
  readonly language?: string
  /** The reason it is dropped for, or null when it is kept. */
  readonly drop: string | null
  /** Expected text after the stage, where it edits. */
  readonly becomes?: string
  /** Signals expected exactly. */
  readonly signals?: Readonly<Record<string, SignalValue>>
}

// ---- batch stages: models on a device (a GPU, an endpoint) that want many rows at once; always a pass of their own ----

/** One row of model input: token ids, or a text that the device splits itself. */
export type DeviceRow = Int32Array | string

/** A loaded model, owned by one thread of the run. */
export interface Device {
  /** Batches that it works on at once; what comes beyond that waits. */
  readonly concurrency: number
  /** Numbers for each row, in the rows' order. */
  compute(rows: readonly DeviceRow[]): Promise<readonly Float32Array[]>
  close(): Promise<void>
}

export interface BatchBudget {
  /** Cells of a batch at most: rows times the longest of them. A single longer row is a batch of its own. */
  readonly cellsMax: number
  readonly rowsMax: number
}

/** What workers do about one document: both functions are pure. */
export interface BatchScorer {
  /** What the device needs of it; none when there is nothing to score. */
  rows(document: Document): readonly DeviceRow[]
  /** The score to be recorded, out of the numbers for its rows. */
  score(document: Document, rows: readonly DeviceRow[], numbers: readonly Float32Array[]): Uint8Array
}

export interface BatchWork<O> {
  /**
   * Options after a change of which the recorded scores are used again: those that only `settle` reads, or that only say how
   * the device is reached.
   */
  readonly keepScores: readonly string[]
  budget(options: O): BatchBudget
  /** Files besides those that options name on which the scores depend: weights that lie beside a model, say. */
  files?(options: O, resources: Resources): Promise<readonly string[]>
  /** In the one thread that owns the device. */
  open(options: O, resources: Resources): Promise<Device>
  /** In every worker. */
  prepare(options: O, resources: Resources): Promise<BatchScorer> | BatchScorer
  /** At the start of the next pass, with the score of this document if it has rows. */
  settle(options: O, resources: Resources): Promise<Settle> | Settle
  /** A list of numbers for each scored document, beside its signals in `scores/`. Null where the score holds none. */
  readonly series?: { readonly name: string; readonly meaning: string; read(score: Uint8Array): Float32Array | null }
}

/** @param decision what rounds decided, or the score that was recorded; undefined for documents without one */
export type Settle = (document: Document, decision: Uint8Array | undefined) => Outcome

// ---- corpus stages: MapReduce over small binary records, spilled to disk, independent of worker count ----

/**
 * Sends one record on. Keys are grouped by their bytes; make numbers big-endian so that byte order is number order.
 * Key and value are copied (as attachments and decisions are): the caller may fill the same arrays again.
 */
export type EmitRecord = (key: Uint8Array, value: Uint8Array) => void

export interface CollectEmit {
  /** Into the first round. */
  record: EmitRecord
  /** One blob for this document (a shingle set, say), to be read back in rounds by position. At most once a document. */
  attach(blob: Uint8Array): void
}

export interface RoundEmit {
  /** Into the next round (not from the last). */
  record: EmitRecord
  /** The decision on one document, given to `settle`. Emitted twice for one document, the bytewise smaller one counts. */
  decide(position: Position, decision: Uint8Array): void
  /**
   * Opens a file that is published as `artifacts/STAGE/NAME`; what is given back appends to it. Names are unique over all
   * partitions of a stage. The file is whole when the partition is; one without bytes is not made.
   */
  file(name: string): ArtifactWrite
  /** From a repeated round: something has changed, so another iteration is wanted. */
  again(): void
}

export interface ArtifactWrite {
  (bytes: Uint8Array): void
  /** Nothing more will be written: lets go of the file, where a partition makes many. */
  close(): void
}

export interface RoundResources extends Resources {
  /** The blob attached to a document; undefined when it attached none. Cached, cheapest when asked in order. */
  attachment(position: Position): Uint8Array | undefined
  /** The run folder that a document of an earlier run lies in; '' for a document of this run. */
  runOf(position: Position): string
  /** A sign of life, from work that takes minutes between two records. */
  tick(): void
  /** Of a repeated round, from 0. */
  readonly iteration: number
}

/**
 * One reducer sees the groups of one partition in ascending key order, the values of a group in ascending byte order:
 * start(key), value(…)*, end. Values are only valid during the call.
 */
export interface Reducer {
  start(key: Uint8Array): void
  value(value: Uint8Array, emit: RoundEmit): void
  end(emit: RoundEmit): void
  /** Behind the last group of the partition, also where it has none. */
  finish?(emit: RoundEmit): void
}

export interface Round<O> {
  /** Names the round in progress, logs and `apply --pairs`. */
  readonly name: string
  /** 'key': spread over partitions by a hash of the key. 'one': a single partition (union-find over edges, say). */
  readonly partitions: 'key' | 'one'
  /** Name of an earlier round: the records that were sent to it come in here too. Both are spread by 'key'. */
  readonly also?: string
  /** Receives what it emits, again and again; decides nothing. It and the round that follows are spread by 'key'. */
  readonly repeat?: Repeat
  reducer(options: O, resources: RoundResources): Reducer | Promise<Reducer>
}

export interface Repeat {
  /** So many iterations in a row in which no reducer called `again` end it. */
  readonly quietIterations: number
  /** Not settled by then: the run stops with an error. */
  readonly iterationsMax: number
}

/**
 * Takes in what an earlier run attached to the documents that it kept. Their positions have shard numbers from
 * EARLIER_SHARD on; decisions on them are not made.
 */
export interface Recall<O> {
  /** The option that lists the run folders. Its stage must have the same name there. */
  readonly option: keyof O & string
  /** Why what was attached under other options is of no use; null where it is. */
  mismatch(options: O, earlier: Readonly<Record<string, unknown>>): string | null
  /** Id of the document that a blob was attached to. */
  idOf(blob: Uint8Array): string
  /** Emits into the first round as `collect` does, for one blob after the other. */
  records(options: O): (blob: Uint8Array, position: Position, emit: EmitRecord) => void
}

/** Number of the first shard of earlier runs. */
export const EARLIER_SHARD = 2 ** 31

export interface CorpusWork<O> {
  /** Runs while the pass before the cut runs, on each document that is still kept. */
  collect(options: O, resources: Resources): Promise<Collect> | Collect
  readonly rounds: readonly Round<O>[]
  /** For matching against earlier runs: attachments are then kept as `signatures/STAGE/SHARD.mat`. */
  readonly recall?: Recall<O>
  /** The file that the last round always makes, for stages that name this one with `from`. */
  readonly artifact?: string
  /** At the start of the next pass, with the decision on this document if there is one. */
  settle(options: O): Settle
  /** For `apply --pairs`: reads a record that round `from` received as a pair of documents. */
  readonly pairs?: { readonly from: string; decode(key: Uint8Array, value: Uint8Array): PairRecord }
}

export interface Collect {
  (document: Document, emit: CollectEmit): void
  /** Behind the last document of a shard, for what was summed over several; the next shard starts afresh. */
  flush?(emit: Pick<CollectEmit, 'record'>): void
}

export interface PairRecord {
  readonly a: Position
  readonly b: Position
  readonly similarity: number
}

// ---- the two ends ----

/** One input file, read by position. `read` may return fewer bytes than asked only at the end of the file. */
export interface InputFile {
  readonly name: string
  readonly sizeBytes: number
  read(offset: number, lengthBytes: number): Promise<Uint8Array>
}

/** The part of a file that a task owns: the records that start in [start, end). */
export interface Range {
  readonly start: number
  readonly end: number
  /** True when `start` is known to be a record's start; false when it is an arbitrary cut and the reader must search. */
  readonly exact: boolean
}

/** What a reader finds, in file order. Every byte of the range ends up in exactly one of these. */
export type ReadEvent =
  | { readonly kind: 'document'; readonly document: Omit<Document, 'position'> }
  /** A sound record that is no document: `reason` is a short word (`request`, `warcinfo`, `type-application/pdf`, …). */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Bytes that make no record. `bytes` is at most the first 64 KiB of them. */
  | {
      readonly kind: 'quarantine'
      readonly code: string
      readonly message: string
      readonly offset: number
      readonly length: number
      readonly bytes: Uint8Array
    }

/** Where a range's reading really began and stopped, so that neighbours can be checked against each other. */
export interface ReadExtent {
  /**
   * Offset of the first record (or damage) owned; equals `stopped` when the range owns none. -1 when a reader that was not
   * told a sure start has given up looking for one: the range is then read again from where its neighbor stopped.
   */
  readonly first: number
  /** Offset just behind the last one owned: where the next range must begin. At least the range's `end`, or the file's size. */
  readonly stopped: number
}

export interface ReadWork<O> {
  /** Cut every `rangeSize` bytes, or null for files that can't be cut. `head` is the file's first 64 KiB. */
  rangeSize(options: O, file: InputFile, head: Uint8Array): number | null
  /** Yields the range's events; the generator's return value is the extent. */
  read(options: O, file: InputFile, range: Range): AsyncGenerator<ReadEvent, ReadExtent, void>
}

/** Encodes one output shard; `write` receives finished bytes in order. */
export interface ShardEncoder {
  add(document: Document): void
  /** Finishes the shard. Nothing is written for a shard without rows. */
  finish(): void
}

export interface WriteWork<O> {
  /** File ending without the dot, by options. */
  extension(options: O): string
  /** Loads what encoding needs (compression), then gives a maker of encoders, one a shard. */
  prepare(options: O): Promise<(write: (bytes: Uint8Array) => void) => ShardEncoder>
}

// ---- the declaration ----

interface Common<D extends OptionDeclarations> {
  /** What it does, in one line starting with a verb. */
  readonly summary: string
  /** Paper, specification or peer with section or version. */
  readonly source?: string
  readonly options: D
  /** Named sets of option values (`datatrove-0.10`, `paper`): explicit options beat them. */
  readonly profiles?: Readonly<Record<string, Partial<OptionValues<D>>>>
  readonly signals?: Readonly<Record<string, SignalDeclaration>>
  readonly examples?: readonly Example[]
}

export interface EachStage<D extends OptionDeclarations> extends Common<D> {
  readonly kind: 'each'
  readonly share?: Share<OptionValues<D>>
  prepare(options: OptionValues<D>, resources: Resources): EachFunction | Promise<EachFunction>
}
export interface EachBatchStage<D extends OptionDeclarations> extends Common<D> {
  readonly kind: 'eachBatch'
  readonly share?: Share<OptionValues<D>>
  readonly batch: BatchWork<OptionValues<D>>
}
export interface CorpusStage<D extends OptionDeclarations> extends Common<D> {
  readonly kind: 'corpus'
  readonly share?: Share<OptionValues<D>>
  readonly corpus: CorpusWork<OptionValues<D>>
}
export interface ReadStage<D extends OptionDeclarations> extends Common<D> {
  readonly kind: 'read'
  readonly read: ReadWork<OptionValues<D>>
}
export interface WriteStage<D extends OptionDeclarations> extends Common<D> {
  readonly kind: 'write'
  readonly write: WriteWork<OptionValues<D>>
}
export type Stage<D extends OptionDeclarations = OptionDeclarations> =
  | EachStage<D>
  | EachBatchStage<D>
  | CorpusStage<D>
  | ReadStage<D>
  | WriteStage<D>

/** Checks the kind of a stage's work and gives it back with its option types inferred. */
export function defineStage<const D extends Record<string, Option<unknown>>>(stage: EachStage<D>): EachStage<D>
export function defineStage<const D extends Record<string, Option<unknown>>>(stage: CorpusStage<D>): CorpusStage<D>
export function defineStage<const D extends Record<string, Option<unknown>>>(
  stage: EachBatchStage<D>,
): EachBatchStage<D>
export function defineStage<const D extends Record<string, Option<unknown>>>(stage: ReadStage<D>): ReadStage<D>
export function defineStage<const D extends Record<string, Option<unknown>>>(stage: WriteStage<D>): WriteStage<D>
export function defineStage(stage: Stage): Stage {
  return stage
}
