/** Files as streams of what they hold: plain, gzip or zstd, told by their first bytes. */
import { ShardError } from '../errors/errors.js'
import type { InputFile } from '../stage/stage.js'
import { gunzip, type StreamDamage } from './gunzip.js'
import { unzstd } from './unzstd.js'

export type Packing = 'plain' | 'gzip' | 'zstd'

const READ_BYTES = 2 ** 20

/** A name that promises gzip or zstd is held to it: `not-gzip`, `not-zstd`. @param head the file's first 4 bytes at least */
export function packingOf(name: string, head: Uint8Array): Packing | 'not-gzip' | 'not-zstd' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd'
  if (/\.gz(ip)?$/i.test(name)) return 'not-gzip'
  // A skippable frame (RFC 8878 section 3.1.2) may stand in front; without the name it could be anything.
  if (/\.zstd?$/i.test(name)) return head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 ? 'zstd' : 'not-zstd'
  return 'plain'
}

/**
 * The unpacked bytes in order, in memory of their own. All that can be read is given, and how it ended is the return value:
 * null for a whole file.
 */
export async function* unpacked(
  file: InputFile,
  packing: Packing,
): AsyncGenerator<Uint8Array, StreamDamage | null, void> {
  if (packing === 'gzip') return yield* gunzip(file)
  if (packing === 'zstd') return yield* unzstd(file)
  for (let at = 0; at < file.sizeBytes; ) {
    const bytes = await file.read(at, Math.min(READ_BYTES, file.sizeBytes - at))
    if (bytes.length === 0) throw new ShardError(`${file.name}: expected ${file.sizeBytes} bytes, got only ${at}`)
    yield bytes
    at += bytes.length
  }
  return null
}
