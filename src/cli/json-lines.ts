/** Documents of the small commands: JSON Lines in, read as the stage read-jsonl reads them, with the fields as they stood. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Document } from '../document/document.js'
import { ConfigError, messageOf, RecordError } from '../errors/errors.js'
import { decodeFields, FIELD_NAMES, fieldsDocument } from '../formats/document-fields.js'
import { parseLine } from '../formats/jsonl/decode.js'
import { isBlank, type Line, LineSplitter, withoutMark } from '../formats/jsonl/lines.js'
import type { Edit } from '../stage/outcome.js'

export type Fields = Readonly<Record<string, unknown>>

/** A line as read: its document, or what is wrong with it. `line` counts from 1. */
export type DocumentLine =
  | { readonly line: number; readonly fields: Fields; readonly document: Document }
  | { readonly line: number; readonly error: string }

/** As read-jsonl by default. */
const LINE_BYTES_MAX = 64 * 2 ** 20

/** Reads documents in input order; blank lines are passed over. */
export async function* readDocuments(input: string | Readable): AsyncGenerator<DocumentLine, void, void> {
  const name = typeof input === 'string' ? input : 'stdin'
  let number = 0
  let row = 0
  for await (const line of readLines(input)) {
    number++
    const bytes = withoutMark(line)
    if (!isBlank(bytes)) yield readDocument({ ...line, bytes }, name, number, row++)
  }
}

function readDocument({ bytes, offset, length }: Line, file: string, line: number, row: number): DocumentLine {
  try {
    if (length > LINE_BYTES_MAX) {
      throw new RecordError('line-size', `expected at most ${LINE_BYTES_MAX} bytes, got ${length}`)
    }
    const fields = parseLine(bytes)
    const document = fieldsDocument(decodeFields(fields, FIELD_NAMES), { file, offset, length, sub: 0 })
    return { line, fields, document: { ...document, position: { shard: 0, row } } }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return { line, error: `${error.code}: ${error.message}` }
  }
}

/** A line's fields as they stand, or what is wrong with it. `line` counts from 1. */
export type FieldsLine =
  | { readonly line: number; readonly fields: Fields }
  | { readonly line: number; readonly error: string }

/** Reads objects in input order, documents or not; blank lines are passed over. */
export async function* readFields(input: string | Readable): AsyncGenerator<FieldsLine, void, void> {
  let number = 0
  for await (const line of readLines(input)) {
    number++
    const bytes = withoutMark(line)
    if (isBlank(bytes)) continue
    if (line.length > LINE_BYTES_MAX) {
      yield { line: number, error: `line-size: expected at most ${LINE_BYTES_MAX} bytes, got ${line.length}` }
      continue
    }
    try {
      yield { line: number, fields: parseLine(bytes) }
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      yield { line: number, error: `${error.code}: ${error.message}` }
    }
  }
}

/** The input's fields with what an edit changed. */
export function editedFields(fields: Fields, document: Document, edit: Edit | null): Fields {
  const { metadata, raw: _, ...changed } = edit ?? {}
  return { ...fields, ...metadata, ...changed, text: changed.text ?? document.text }
}

async function* readLines(input: string | Readable): AsyncGenerator<Line, void, void> {
  const splitter = new LineSplitter(0, LINE_BYTES_MAX)
  for await (const chunk of readBytes(input)) yield* splitter.push(chunk)
  const last = splitter.end()
  if (last) yield last
}

/** Bytes of a file or of a stream; gzip, told by its first bytes, is unpacked. */
export async function* readBytes(input: string | Readable): AsyncGenerator<Buffer, void, void> {
  const stream = typeof input === 'string' ? createReadStream(input) : input
  try {
    const chunks = buffers(stream)
    const first = await chunks.next()
    if (first.done) return
    const all = Readable.from(startingWith(first.value, chunks))
    const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b
    if (!isGzip) yield* buffers(all)
    else yield* buffers(unpacked(all))
  } catch (error) {
    throw new ConfigError(`${typeof input === 'string' ? input : 'stdin'}: can't be read: ${messageOf(error)}`)
  }
}

function unpacked(packed: Readable): Readable {
  const plain = packed.pipe(createGunzip())
  packed.on('error', (error: Error) => plain.destroy(error)) // pipe doesn't hand errors on
  return plain
}

async function* buffers(stream: Readable): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield first
  yield* rest
}
