/**
 * Decompresses a gzip file (RFC 1952, any number of members) piece by piece. All that can be read is given; how it ended is
 * the return value, so that a damaged tail costs only the tail.
 */
import { createGunzip, type Gunzip } from 'node:zlib'
import type { InputFile } from '../stage/stage.js'

/** How a packed stream ended before its end. */
export interface StreamDamage {
  /** `gzip-truncated`, `zstd-corrupt`, … */
  readonly code: string
  readonly message: string
}

/** Compressed bytes a step: deflate makes at most 1,032 times as much of them, which bounds the memory held. */
const STEP_BYTES = 64 * 1024

/** Pieces of the decompressed stream, in order; null at the end of a whole file. */
export async function* gunzip(file: InputFile): AsyncGenerator<Uint8Array, StreamDamage | null, void> {
  let given = 0
  const coarse = decompress(file, Number.POSITIVE_INFINITY)
  let step = await coarse.next()
  for (; !step.done; step = await coarse.next()) {
    given += step.value.length
    yield step.value
  }
  if (step.value === null || step.value.code === 'gzip-truncated') return step.value
  // zlib throws away what it made of a step in which it met a fault: take that step again, byte by byte.
  const fine = decompress(file, step.value.at)
  for (step = await fine.next(); !step.done; step = await fine.next()) {
    const piece = step.value.subarray(Math.min(given, step.value.length))
    given -= step.value.length - piece.length
    if (piece.length > 0) yield piece
  }
  return step.value
}

/** Steps are single bytes from `fineFrom` on. The damage lies in the step at `at`. */
async function* decompress(
  file: InputFile,
  fineFrom: number,
): AsyncGenerator<Uint8Array, (StreamDamage & { readonly at: number }) | null, void> {
  const stream = createGunzip({ chunkSize: 64 * 1024 })
  const pieces: Uint8Array[] = []
  stream.on('data', (piece: Uint8Array) => pieces.push(piece))
  const damage = (error: NodeJS.ErrnoException, at: number) => ({
    code: error.code === 'Z_BUF_ERROR' ? ('gzip-truncated' as const) : ('gzip-corrupt' as const),
    message: `expected whole gzip members, got "${error.message}" at compressed byte ${at} of ${file.sizeBytes}`,
    at,
  })
  try {
    for (let at = 0; at < file.sizeBytes && !stream.readableEnded; ) {
      const step = await file.read(at, Math.min(at < fineFrom ? STEP_BYTES : 1, file.sizeBytes - at))
      await settled(stream, (done) => stream.write(step, done))
      yield* pieces.splice(0)
      if (stream.errored) return damage(stream.errored, at)
      at += step.length
    }
    if (stream.readableEnded) {
      const stray = await firstNonZero(file, stream.bytesWritten)
      return stray === null ? null : damage(new Error('bytes behind padding'), stray)
    }
    await settled(stream, () => stream.end())
    yield* pieces.splice(0)
    return stream.errored ? damage(stream.errored, file.sizeBytes) : null
  } finally {
    stream.destroy()
  }
}

/** Waits for what a call leads to: zlib calls nobody back after an error, nor once it has met zeros behind the last member. */
async function settled(stream: Gunzip, call: (done: () => void) => void): Promise<void> {
  let done = () => {}
  try {
    await new Promise<void>((resolve) => {
      done = resolve
      stream.once('error', done).once('end', done)
      call(done)
    })
  } finally {
    stream.off('error', done).off('end', done)
  }
}

/** Zeros may pad the last member (tapes did); anything behind them would go unread without a word. */
async function firstNonZero(file: InputFile, from: number): Promise<number | null> {
  for (let at = from; at < file.sizeBytes; at += STEP_BYTES) {
    const found = (await file.read(at, Math.min(STEP_BYTES, file.sizeBytes - at))).findIndex((byte) => byte !== 0)
    if (found !== -1) return at + found
  }
  return null
}
