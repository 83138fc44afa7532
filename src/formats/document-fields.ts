/**
 * The fields of an input's row, a line of JSON Lines or a row of a table, as those of a document. Pure: a value in, fields or
 * RecordError out.
 */
import type { Document } from '../document/document.js'
import { documentId } from '../document/identity.js'
import { isObject } from '../document/json.js'
import { RecordError } from '../errors/errors.js'
import { string } from '../stage/options.js'

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

export interface DecodedFields {
  /** '' when the input has none. */
  readonly id: string
  readonly url: string
  readonly date: string
  readonly language: string
  /** '' when the row holds `html` instead. */
  readonly text: string
  /** null when the row holds text; a row with both counts as text, and its html stays in `metadata`. Tables may hold it as bytes. */
  readonly html: string | Uint8Array | null
  /** The members of the input's `metadata` object, then all other fields, which win where both have a name. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Deeper metadata than this is set aside: writing it would recurse as deep. */
const DEPTH_MAX = 100

/** Throws RecordError: `json-depth`, `field-type`, `text-missing`. A field that is null counts as not there. */
export function decodeFields(row: Readonly<Record<string, unknown>>, names: FieldNames): DecodedFields {
  const fields = new Map(Object.entries(row))
  const take = (name: string): unknown => {
    const value = fields.get(name)
    fields.delete(name)
    return value ?? undefined
  }
  const text = takeText(take, names.text)
  const html = text === undefined ? takePage(take, names.html) : undefined
  if (text === undefined && html === undefined) {
    throw new RecordError('text-missing', `expected a field ${names.text} or ${names.html}, got neither`)
  }
  const id = takeId(take, names.id)
  const url = takeText(take, names.url) ?? ''
  const date = takeText(take, names.date) ?? ''
  const language = takeText(take, names.language) ?? ''
  return { id, url, date, language, text: text ?? '', html: html ?? null, metadata: metadataOf(fields, names.metadata) }
}

function takeText(take: (name: string) => unknown, name: string): string | undefined {
  const value = take(name)
  if (value === undefined || typeof value === 'string') return value
  throw new RecordError('field-type', `field ${name}: expected a string, got ${kindOf(value)}`)
}

function takePage(take: (name: string) => unknown, name: string): string | Uint8Array | undefined {
  const value = take(name)
  if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return value
  throw new RecordError('field-type', `field ${name}: expected a page, got ${kindOf(value)}`)
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

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
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

/** The options by which a reader is told the names. */
export const FIELD_OPTIONS = {
  idField: string({ default: FIELD_NAMES.id, meaning: 'Field that holds the id; without it an id is made.' }),
  urlField: string({ default: FIELD_NAMES.url, meaning: 'Field that holds the URL.' }),
  textField: string({ default: FIELD_NAMES.text, meaning: 'Field that holds the text.' }),
  htmlField: string({ default: FIELD_NAMES.html, meaning: 'Field that holds a page, where there is no text.' }),
  dateField: string({ default: FIELD_NAMES.date, meaning: 'Field that holds the date.' }),
  languageField: string({ default: FIELD_NAMES.language, meaning: 'Field that holds the language.' }),
  metadataField: string({
    default: FIELD_NAMES.metadata,
    meaning: 'Field whose members become metadata, together with all fields not named here.',
  }),
}

/** What was said by `FIELD_OPTIONS`. */
export function fieldNames(options: Readonly<Record<keyof typeof FIELD_OPTIONS, string>>): FieldNames {
  return {
    id: options.idField,
    url: options.urlField,
    text: options.textField,
    html: options.htmlField,
    date: options.dateField,
    language: options.languageField,
    metadata: options.metadataField,
  }
}

/** The document of a row. @param place where it stands: bytes of its file, and its number within those */
export function fieldsDocument(
  { id, html, ...rest }: DecodedFields,
  place: { readonly file: string; readonly offset: number; readonly length: number; readonly sub: number },
): Omit<Document, 'position'> {
  const { file, offset, length, sub } = place
  // Bytes may be in any charset, and say in which themselves.
  const contentType = typeof html === 'string' ? 'text/html; charset=utf-8' : 'text/html'
  const raw = html === null ? null : { body: html, contentType }
  return { ...rest, id: id === '' ? documentId(file, offset, sub) : id, file, offset, length, sub, raw }
}
