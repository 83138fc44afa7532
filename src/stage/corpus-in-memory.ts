/**
 * Runs a corpus stage over an array of documents: the contract of `CorpusWork` with nothing on disk. Used by
 * `millrace apply` and by tests; what the on-disk runner must agree with.
 * Deliberately strict about what a reducer may rely on: keys and values are handed over in buffers that are overwritten
 * after the call, and the 'key' partitions are several.
 */
import type { Document, Position } from '../document/document.js'
import type { Outcome } from './outcome.js'
import type { CorpusWork, Reducer, Resources, RoundEmit } from './stage.js'

export interface CorpusRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface CorpusResult {
  /** By document, in input order; undefined where nothing was decided. */
  readonly decisions: readonly (Uint8Array | undefined)[]
  /** What `settle` says of each document, in input order. */
  readonly outcomes: readonly Outcome[]
  /** The records that each round received, by partition, then key, then value. */
  readonly rounds: readonly { readonly name: string; readonly records: readonly CorpusRecord[] }[]
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

  let records = await collectRecords(work, options, resources, placed, attachments)
  const rounds: CorpusResult['rounds'][number][] = []
  for (const round of work.rounds) {
    const partitions = split(records, round.partitions === 'one' ? 1 : KEY_PARTITIONS)
    rounds.push({ name: round.name, records: partitions.flat() })
    const emitted: CorpusRecord[] = []
    const emit = { record: into(emitted), decide }
    const roundResources = { ...resources, attachment: (position: Position) => attachments[rowOf(position)]?.slice() }
    for (const partition of partitions) reduce(partition, round.reducer(options, roundResources), emit)
    records = emitted
  }

  const settle = work.settle(options)
  return { decisions, outcomes: placed.map((document, row) => settle(document, decisions[row])), rounds }
}

async function collectRecords<O>(
  work: CorpusWork<O>,
  options: O,
  resources: Resources,
  documents: readonly Document[],
  attachments: (Uint8Array | undefined)[],
): Promise<CorpusRecord[]> {
  const records: CorpusRecord[] = []
  const record = into(records)
  const collect = await work.collect(options, resources)
  for (const [row, document] of documents.entries()) {
    const attach = (blob: Uint8Array): void => {
      if (attachments[row] !== undefined) throw new Error(`attach called twice for document ${document.id}`)
      attachments[row] = blob.slice()
    }
    collect(document, { record, attach })
  }
  return records
}

/** An emitter that copies, as writing to a file does: stages fill the same scratch again for the next record. */
function into(records: CorpusRecord[]): (key: Uint8Array, value: Uint8Array) => void {
  return (key, value) => {
    records.push({ key: key.slice(), value: value.slice() })
  }
}

/** Partitions by a hash of the key, each sorted by key, then value. */
function split(records: readonly CorpusRecord[], count: number): CorpusRecord[][] {
  const partitions: CorpusRecord[][] = Array.from({ length: count }, () => [])
  for (const record of records) {
    let hash = 0
    if (count > 1) for (const byte of record.key) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
    partitions[hash % count]?.push(record)
  }
  for (const partition of partitions) {
    partition.sort((a, b) => Buffer.compare(a.key, b.key) || Buffer.compare(a.value, b.value))
  }
  return partitions
}

function reduce(partition: readonly CorpusRecord[], reducer: Reducer, emit: RoundEmit): void {
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
}
