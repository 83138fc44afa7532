/**
 * One spelling for one value: JSON with the keys of every object sorted by UTF-16 units (keys that are array indices come
 * first, in numeric order: JavaScript has them so). Lone surrogates are escaped, so that the result is always valid UTF-8.
 */

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? sorted(inner) : inner))
}

/** JSON of a document's metadata; '{}' when there is none. */
export function metadataJson(metadata: Readonly<Record<string, unknown>>): string {
  for (const _ in metadata) return canonicalJson(metadata)
  return '{}'
}

/** The inverse of `metadataJson`. Throws where `json` is no object. */
export function parseMetadata(json: string): Record<string, unknown> {
  if (json === '{}') return {}
  const value: unknown = JSON.parse(json)
  if (!isObject(value)) throw new TypeError(`metadata: expected a JSON object, got ${json.slice(0, 40)}`)
  return value
}

/** True for what JSON calls an object: no array, not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

// fromEntries, not assignment: it makes a key `__proto__` a key like any other.
function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
