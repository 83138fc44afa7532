/** SHA-256 in hex: the one digest of a run, of steps, plans and files. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

const CHUNK_BYTES = 2 ** 22

/** Of a file of any size: models may be larger than what Node reads at once. */
export function fileSha256(path: string): string {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK_BYTES)
  const handle = openSync(path, 'r')
  try {
    for (let got = readSync(handle, chunk); got > 0; got = readSync(handle, chunk)) hash.update(chunk.subarray(0, got))
  } finally {
    closeSync(handle)
  }
  return hash.digest('hex')
}
