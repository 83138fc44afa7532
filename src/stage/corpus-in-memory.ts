/**
 * Runs a corpus stage over an array of documents: the contract of `CorpusWork` with nothing on disk. Used by
 * `millrace apply` and by tests; what the on-disk runner must agree with.
 * Deliberately strict about what a reducer may rely on: keys and values are handed over in buffers that are overwritten
 * after the call, and the 'key' partitions are several.
 */
import type { Document, Position } from '../document/document.js'
import type { Outcome } from './outcome.js'
import { type CorpusRecord, RecordList } from './record-list.js'
import type { ArtifactWrite, CorpusWork, Reducer, Resources, RoundEmit } from './stage.js'

export interface CorpusResult {
  /** By document, in input order; undefined where nothing was decided. */
  readonly decisions: readonly (Uint8Array | undefined)[]
  /** What `settle` says of each document, in input order. */
  readonly outcomes: readonly Outcome[]
  /** The records that each round received, by partition, then key, then value. */
  readonly rounds: readonly { readonly name: string; readonly records: Iterable<CorpusRecord> }[]
  /** Artifacts by name. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

const KEY_PARTITIONS = 4

/** Documents are taken to stand at {shard: 0, row: index}, whatever position they carry. */
export async function runCorpusInMemory<O>(
  work: CorpusWork<O>,
  options: O,
  resources: Resources,
  documents: readonly Document[],
): Promise<CorpusResult> {
  const placed = documents.map((document, row): Document => ({ ...document, position: { shard: 0, row } }))
  const attachments: (Uint8Array | undefined)[] = placed.map(() => undefined)
  const decisions: (Uint8Array | undefined)[] = placed.map(() => undefined)

  function rowOf({ shard, row }: Position): number {
    if (shard !== 0 || row >= placed.length) throw new Error(`no document at shard ${shard}, row ${row}`)
    return row
  }
  function decide(position: Position, decision: Uint8Array): void {
    const row = rowOf(position)
    const before = decisions[row]
    if (before === undefined || Buffer.compare(decision, before) < 0) decisions[row] = decision.slice()
  }

  const files = new Map<string, Uint8Array[]>()
  function file(name: string): ArtifactWrite {
    if (files.has(name)) throw new Error(`artifact ${name}: opened twice`)
    const parts: Uint8Array[] = []
    files.set(name, parts)
    return Object.assign((bytes: Uint8Array) => void parts.push(bytes.slice()), { close() {} })
  }

  let emitted = new Shuffle(work.rounds[0]?.partitions)
  await collectRecords(work, options, resources, placed, emitted, attachments)
  const rounds: CorpusResult['rounds'][number][] = []
  for (const [i, round] of work.rounds.entries()) {
    const also = rounds.find(({ name }) => name === round.also)
    if (also !== undefined) for (const { key, value } of also.records) emitted.record(key, value)
    rounds.push({ name: round.name, records: emitted })
    let quiet = 0
    for (let iteration = 0; ; iteration++) {
      const received = emitted
      received.sort()
      emitted = new Shuffle(round.repeat === undefined ? work.rounds[i + 1]?.partitions : round.partitions)
      const { record } = emitted
      let changed = false
      const again = () => {
        changed = true
      }
      const attachment = (position: Position) => attachments[rowOf(position)]?.slice()
      const roundResources = { ...resources, attachment, runOf: () => '', tick: () => {}, iteration }
      for (const partition of received.partitions) {
        reduce(partition, await round.reducer(options, roundResources), { record, decide, file, again })
      }
      if (round.repeat === undefined) break
      quiet = changed ? 0 : quiet + 1
      if (quiet === round.repeat.quietIterations) break
      if (iteration + 1 === round.repeat.iterationsMax) throw new Error(`round ${round.name}: not settled`)
    }
  }

  const settle = work.settle(options)
  return {
    decisions,
    outcomes: placed.map((document, row) => settle(document, decisions[row])),
    rounds,
    files: joined(files),
  }
}

function joined(files: ReadonlyMap<string, readonly Uint8Array[]>): Map<string, Uint8Array> {
  return new Map([...files].map(([name, parts]) => [name, new Uint8Array(Buffer.concat(parts))]))
}

async function collectRecords<O>(
  work: CorpusWork<O>,
  options: O,
  resources: Resources,
  documents: readonly Document[],
  { record }: Shuffle,
  attachments: (Uint8Array | undefined)[],
): Promise<void> {
  const collect = await work.collect(options, resources)
  for (const [row, document] of documents.entries()) {
    const attach = (blob: Uint8Array): void => {
      if (attachments[row] !== undefined) throw new Error(`attach called twice for document ${document.id}`)
      attachments[row] = blob.slice()
    }
    collect(document, { record, attach })
  }
  collect.flush?.({ record })
}

/** The records on their way to a round, by partition. */
class Shuffle implements Iterable<CorpusRecord> {
  readonly partitions: readonly RecordList[]

  /** undefined: after the last round there is none to send to. */
  constructor(partitions: 'key' | 'one' | undefined) {
    const count = partitions === undefined ? 0 : partitions === 'one' ? 1 : KEY_PARTITIONS
    this.partitions = Array.from({ length: count }, () => new RecordList())
  }

  readonly record = (key: Uint8Array, value: Uint8Array): void => {
    if (this.partitions.length === 0) throw new Error('the last round has nowhere to emit records to')
    let hash = 0
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193)
    this.partitions[(hash >>> 0) % this.partitions.length].add(key, value)
  }

  sort(): void {
    for (const partition of this.partitions) partition.sort()
  }

  *[Symbol.iterator](): Generator<CorpusRecord> {
    for (const partition of this.partitions) yield* partition
  }
}

function reduce(partition: RecordList, reducer: Reducer, emit: RoundEmit): void {
  let current: Uint8Array | null = null
  let scratch = new Uint8Array(256)
  for (const { key, value } of partition) {
    if (current === null || Buffer.compare(current, key) !== 0) {
      if (current !== null) reducer.end(emit)
      current = key
      const lent = key.slice()
      reducer.start(lent)
      lent.fill(0xff)
    }
    if (value.length > scratch.length) scratch = new Uint8Array(value.length * 2)
    scratch.set(value)
    reducer.value(scratch.subarray(0, value.length), emit)
    scratch.fill(0xff)
  }
  if (current !== null) reducer.end(emit)
  reducer.finish?.(emit)
}
