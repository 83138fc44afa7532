/**
 * A row of a table (Parquet, Arrow) as an event of a reader: the columns named become the document's fields, the others its
 * metadata. Values become JSON's: dates as ISO 8601, bytes in Base64, integers beyond 2^53 as strings, NaN and infinities null.
 */
import { isObject } from '../document/json.js'
import { RecordError } from '../errors/errors.js'
import type { ReadEvent } from '../stage/stage.js'
import { decodeFields, type FieldNames, fieldsDocument } from './document-fields.js'

/** Where a row stands: the bytes of its row group or record batch, and its number in there. */
export interface RowPlace {
  readonly file: string
  readonly offset: number
  readonly length: number
  readonly sub: number
}

/** Deeper values than this are cut off here: `decodeFields` sets them aside before. */
const DEPTH_MAX = 200
/** What quarantine keeps of a row. */
const HEAD_BYTES = 64 * 1024

export function rowEvent(row: Readonly<Record<string, unknown>>, names: FieldNames, place: RowPlace): ReadEvent {
  const fields = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fieldOf(name, value, names)]))
  try {
    return { kind: 'document', document: fieldsDocument(decodeFields(fields, names), place) }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    const message = `${place.file} at ${place.offset}, row ${place.sub}: ${error.message}`
    const bytes = Buffer.from(JSON.stringify(jsonValue(row, 0)).slice(0, HEAD_BYTES)).subarray(0, HEAD_BYTES)
    return { kind: 'quarantine', code: error.code, message, offset: place.offset, length: place.length, bytes }
  }
}

function fieldOf(name: string, value: unknown, names: FieldNames): unknown {
  if (name === names.html && value instanceof Uint8Array) return value.slice()
  // Some writers do not say that a column of bytes is text.
  if (name === names.text && value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (name === names.metadata && typeof value === 'string') return parsedObject(value)
  return jsonValue(value, 0)
}

/** Our shards hold metadata as JSON text. */
function parsedObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : text
  } catch {
    return text
  }
}

function jsonValue(value: unknown, depth: number): unknown {
  if (value === null || value === undefined || depth > DEPTH_MAX) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((inner: unknown) => jsonValue(inner, depth + 1))
  if (ArrayBuffer.isView(value))
    return Array.from(value as unknown as Iterable<unknown>, (n) => jsonValue(n, depth + 1)) // a typed array: Uint8Array and DataView never come here
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonValue(inner, depth + 1)]))
  return null
}
