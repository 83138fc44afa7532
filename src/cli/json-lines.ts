/** Documents of the small commands: JSON Lines in, each line an object with `text` or `html` and any other fields. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Document } from '../document/document.js'
import { documentId } from '../document/identity.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { Edit } from '../stage/outcome.js'

export type Fields = Readonly<Record<string, unknown>>

/** A line as read: its document, or what is wrong with it. */
export type DocumentLine =
  | { readonly line: number; readonly fields: Fields; readonly document: Document }
  | { readonly line: number; readonly error: string }

/** Reads documents in input order; blank lines are passed over. */
export async function* readDocuments(input: string | Readable): AsyncGenerator<DocumentLine, void, void> {
  const name = typeof input === 'string' ? input : 'stdin'
  let line = 0
  let row = 0
  for await (const text of readLines(input)) {
    line++
    if (text.trim() === '') continue
    yield parseLine(text, name, line, row++)
  }
}

function parseLine(text: string, file: string, line: number, row: number): DocumentLine {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (error) {
    return { line, error: `not JSON: ${messageOf(error)}` }
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return { line, error: 'expected an object, as {"text": "…"}' }
  }
  const { id, url, text: body, html, date, language, ...metadata } = fields as Record<string, unknown> // an object, checked above
  if (typeof body !== 'string' && typeof html !== 'string') return { line, error: 'expected a field text or html' }
  const document: Document = {
    id: isName(id) ? String(id) : documentId(file, line, 0),
    url: asText(url),
    text: asText(body),
    date: asText(date),
    language: asText(language),
    file,
    offset: row,
    length: Buffer.byteLength(text),
    sub: 0,
    metadata,
    position: { shard: 0, row },
    raw: typeof html === 'string' ? { body: html, contentType: 'text/html; charset=utf-8' } : null,
  }
  return { line, fields: fields as Fields, document }
}

function isName(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The input's fields with what an edit changed. */
export function editedFields(fields: Fields, document: Document, edit: Edit | null): Fields {
  const { metadata, raw: _, ...changed } = edit ?? {}
  return { ...fields, ...metadata, ...changed, text: changed.text ?? document.text }
}

/** Pieces of bytes cut at \n alone: the other line ends of Unicode stand inside JSON strings. A last line needs no end. */
export async function* readLines(input: string | Readable): AsyncGenerator<string, void, void> {
  let pieces: Buffer[] = []
  for await (const chunk of readBytes(input)) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      pieces.push(chunk.subarray(start, end))
      yield Buffer.concat(pieces).toString('utf8')
      pieces = []
      start = end + 1
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
  if (pieces.length > 0) yield Buffer.concat(pieces).toString('utf8')
}

/** Bytes of a file (`.gz` is unpacked) or of a stream. */
export async function* readBytes(input: string | Readable): AsyncGenerator<Buffer, void, void> {
  const stream = typeof input === 'string' ? createReadStream(input) : input
  let plain: Readable = stream
  if (typeof input === 'string' && input.endsWith('.gz')) {
    plain = stream.pipe(createGunzip())
    stream.on('error', (error: Error) => plain.destroy(error)) // pipe doesn't hand errors on
  }
  try {
    for await (const chunk of plain) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  } catch (error) {
    throw new ConfigError(`${typeof input === 'string' ? input : 'stdin'}: can't be read: ${messageOf(error)}`)
  }
}
