/** One line of JSON Lines as the fields of a document. Pure: bytes in, fields or RecordError out. */
import { isUtf8 } from 'node:buffer'
import { isObject } from '../../document/json.js'
import { messageOf, RecordError } from '../../errors/errors.js'
import { type DecodedFields, decodeFields, type FieldNames, kindOf } from '../document-fields.js'

/**
 * Reads one line. Throws RecordError: `utf8`, `json`, `json-object`, `json-depth`, `field-type`, `text-missing`.
 * A field that is null counts as not there.
 */
export function decodeLine(bytes: Uint8Array, names: FieldNames): DecodedFields {
  return decodeFields(parseLine(bytes), names)
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
