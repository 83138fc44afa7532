/**
 * Document identity: a 128-bit hash of (input name, record offset, sub-record) as 32 hex digits. Adding an input changes
 * no other id. First half of SHA-256: ids are made once a document, so a standard hash costs nothing that matters.
 */
import { createHash } from 'node:crypto'

export function documentId(file: string, offset: number, sub: number): string {
  return createHash('sha256').update(`${file}\n${offset}\n${sub}`).digest('hex').slice(0, 32)
}
