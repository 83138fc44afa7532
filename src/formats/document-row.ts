/**
 * The row that every output format has for a document, in this order. Arrow and Parquet hold `metadata` as JSON text with
 * sorted keys, so that all shards have one schema whatever the inputs carried.
 */
import type { Document } from '../document/document.js'
import { metadataJson } from '../document/json.js'

export interface DocumentRow {
  readonly id: string
  readonly url: string
  readonly text: string
  readonly date: string
  readonly language: string
  readonly file: string
  readonly offset: number
  readonly length: number
  /** JSON object, '{}' when empty. */
  readonly metadata: string
}

/** Column types as both formats name them: UTF-8 text and signed 64-bit integers, never null. */
export const DOCUMENT_COLUMNS = [
  { name: 'id', type: 'utf8' },
  { name: 'url', type: 'utf8' },
  { name: 'text', type: 'utf8' },
  { name: 'date', type: 'utf8' },
  { name: 'language', type: 'utf8' },
  { name: 'file', type: 'utf8' },
  { name: 'offset', type: 'int64' },
  { name: 'length', type: 'int64' },
  { name: 'metadata', type: 'utf8' },
] as const satisfies readonly { readonly name: keyof DocumentRow; readonly type: 'utf8' | 'int64' }[]

export function documentRow(document: Document): DocumentRow {
  const { id, url, text, date, language, file, offset, length, metadata } = document
  return { id, url, text, date, language, file, offset, length, metadata: metadataJson(metadata) }
}
