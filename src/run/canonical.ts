/** One spelling for one value: JSON with sorted keys, and its SHA-256. Pass keys and written JSON rest on it. */
import { createHash } from 'node:crypto'

export function sortedKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v) ? sortedKeys(v as Record<string, unknown>) : v,
  ) // a plain object from JSON.stringify's own walk
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
