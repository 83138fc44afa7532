/** Reads what a run has set aside, entry by entry: damaged stretches of the input and documents that a stage failed on. */
import { parseLine } from '../formats/jsonl/decode.js'
import { LineSplitter } from '../formats/jsonl/lines.js'
import type { Store } from '../io/store.js'

export interface QuarantineEntry {
  readonly file: string
  readonly offset: number
  readonly length: number
  readonly sub: number
  readonly code: string
  readonly message: string
  /** The first 64 KiB of the record, of a document the text or page, in base64. */
  readonly bytes: string
}

const READ_BYTES = 2 ** 20

/** In the order of the shards. */
export function* quarantineEntries(store: Store): Generator<QuarantineEntry, void, void> {
  for (const name of store.list('quarantine')) yield* entriesOf(store, `quarantine/${name}`)
}

function* entriesOf(store: Store, path: string): Generator<QuarantineEntry, void, void> {
  const splitter = new LineSplitter(0, Number.POSITIVE_INFINITY)
  const sizeBytes = store.sizeBytes(path)
  for (let at = 0; at < sizeBytes; at += READ_BYTES) {
    for (const { bytes } of splitter.push(store.readRange(path, at, READ_BYTES))) yield entryOf(parseLine(bytes))
  }
}

function entryOf(line: Readonly<Record<string, unknown>>): QuarantineEntry {
  const { file, offset, length, sub, code, message, bytes } = line
  return {
    file: String(file),
    offset: Number(offset),
    length: Number(length),
    sub: Number(sub),
    code: String(code),
    message: String(message),
    bytes: String(bytes),
  }
}
