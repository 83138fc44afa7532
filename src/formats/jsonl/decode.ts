/** One line of JSON Lines as the fields of a document. Pure: bytes in, fields or RecordError out. */
import { isUtf8 } from 'node:buffer'
import { isObject } from '../../document/json.js'
import { messageOf, RecordError } from '../../errors/errors.js'

/** Which of the input's fields holds what. */
export interface FieldNames {
  readonly id: string
  readonly url: string
  readonly text: string
  readonly html: string
  readonly date: string
  readonly language: string
  readonly metadata: string
}

export const FIELD_NAMES: FieldNames = {
  id: 'id',
  url: 'url',
  text: 'text',
  html: 'html',
  date: 'date',
  language: 'language',
  metadata: 'metadata',
}

export interface DecodedLine {
  /** '' when the input has none. */
  readonly id: string
  readonly url: string
  readonly date: string
  readonly language: string
  /** '' when the line holds `html` instead. */
  readonly text: string
  /** null when the line holds text; a line with both counts as text, and its html stays in `metadata`. */
  readonly html: string | null
  /** The members of the input's `metadata` object, then all other fields, which win where both have a name. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Deeper metadata than this is set aside: writing it would recurse as deep. */
const DEPTH_MAX = 100

/**
 * Reads one line. Throws RecordError: `utf8`, `json`, `json-object`, `json-depth`, `field-type`, `text-missing`.
 * A field that is null counts as not there.
 */
export function decodeLine(bytes: Uint8Array, names: FieldNames): DecodedLine {
  return decodeFields(parseLine(bytes), names)
}

/** Sorts the fields of a parsed line. Throws RecordError: `json-depth`, `field-type`, `text-missing`. */
export function decodeFields(line: Readonly<Record<string, unknown>>, names: FieldNames): DecodedLine {
  const fields = new Map(Object.entries(line))
  const take = (name: string): unknown => {
    const value = fields.get(name)
    fields.delete(name)
    return value ?? undefined
  }
  const text = takeText(take, names.text)
  const html = text === undefined ? takeText(take, names.html) : undefined
  if (text === undefined && html === undefined) {
    throw new RecordError('text-missing', `expected a field ${names.text} or ${names.html}, got neither`)
  }
  const id = takeId(take, names.id)
  const url = takeText(take, names.url) ?? ''
  const date = takeText(take, names.date) ?? ''
  const language = takeText(take, names.language) ?? ''
  return { id, url, date, language, text: text ?? '', html: html ?? null, metadata: metadataOf(fields, names.metadata) }
}

/** The object that a line holds. Throws RecordError: `utf8`, `json`, `json-object`. */
export function parseLine(bytes: Uint8Array): Record<string, unknown> {
  if (!isUtf8(bytes)) throw new RecordError('utf8', `expected UTF-8, got ${invalidUtf8(bytes)}`)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (error) {
    throw new RecordError('json', `expected a JSON object: ${messageOf(error).slice(0, 200)}`)
  }
  if (!isObject(value)) throw new RecordError('json-object', `expected a JSON object, got ${kindOf(value)}`)
  return value
}

/** Names the first bytes that are not UTF-8. */
function invalidUtf8(bytes: Uint8Array): string {
  let [low, high] = [0, bytes.length]
  // The longest valid prefix, by halves; a prefix that merely cuts a character short is at most 3 bytes from it.
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isUtf8Prefix(bytes.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  const at = Math.max(0, low - 3)
  return `${Buffer.from(bytes.subarray(at, at + 8)).toString('hex')} at byte ${at}`
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  for (let cut = 0; cut <= 3 && cut <= bytes.length; cut++) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  }
  return false
}

function takeText(take: (name: string) => unknown, name: string): string | undefined {
  const value = take(name)
  if (value === undefined || typeof value === 'string') return value
  throw new RecordError('field-type', `field ${name}: expected a string, got ${kindOf(value)}`)
}

/** A whole number is an id too; one beyond 2^53 has already lost digits and is refused. */
function takeId(take: (name: string) => unknown, name: string): string {
  const value = take(name)
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (Number.isSafeInteger(value)) return String(value)
  throw new RecordError(
    'field-type',
    `field ${name}: expected a string or a whole number below 2^53, got ${kindOf(value)}`,
  )
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? 'a string' : `${typeof value} ${String(value)}`
}

function metadataOf(others: Map<string, unknown>, name: string): Record<string, unknown> {
  const inner = others.get(name)
  if (inner === null || inner === undefined) others.delete(name)
  else if (isObject(inner)) {
    others.delete(name)
    for (const [key, value] of Object.entries(inner)) if (!others.has(key)) others.set(key, value)
  }
  const metadata = Object.fromEntries(others)
  if (isDeeper(metadata, DEPTH_MAX)) throw new RecordError('json-depth', `expected metadata at most ${DEPTH_MAX} deep`)
  return metadata
}

function isDeeper(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (depth === 0) return true
  for (const inner of Object.values(value)) if (isDeeper(inner, depth - 1)) return true
  return false
}
