/** SHA-256 in hex: the one digest of a run, of steps, plans and files. */
import { createHash } from 'node:crypto'

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
