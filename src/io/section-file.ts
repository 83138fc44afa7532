/**
 * Files of sections: the bytes of one partition after the other, to be read back a partition at a time. Files of a working
 * folder only; where the sections begin is handed on, not written.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { ShardError } from '../errors/errors.js'
import { storeError } from './store-error.js'

/** Where sections begin in a file, and behind the last entry where the last one ends: one entry more than sections. */
export interface SectionFile {
  readonly path: string
  readonly starts: readonly number[]
}

const BUFFER_BYTES = 2 ** 17

export class SectionFileWriter {
  private readonly handle: number
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private filled = 0
  private size = 0
  private readonly starts: number[] = [0]

  constructor(readonly path: string) {
    this.handle = attempt(path, () => openSync(path, 'wx'))
  }

  /** Adds to a section; sections come in ascending order. */
  write(section: number, bytes: Uint8Array): void {
    while (this.starts.length <= section) this.starts.push(this.size)
    if (bytes.length > this.buffer.length - this.filled) this.flush()
    if (bytes.length > this.buffer.length) this.writeOut(bytes)
    else {
      this.buffer.set(bytes, this.filled)
      this.filled += bytes.length
    }
    this.size += bytes.length
  }

  finish(sections: number): SectionFile {
    while (this.starts.length <= sections) this.starts.push(this.size)
    this.flush()
    closeSync(this.handle)
    return { path: this.path, starts: this.starts }
  }

  private flush(): void {
    this.writeOut(this.buffer.subarray(0, this.filled))
    this.filled = 0
  }

  private writeOut(bytes: Uint8Array): void {
    attempt(this.path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.handle, bytes, at)
    })
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeError('write', path, error)
  }
}

/**
 * Reads sections [from, to) of a file in stretches. `take` says how many bytes of a stretch it has used; the rest comes
 * again at the start of the next one. Each stretch is valid during the call.
 */
export function readSections(
  { path, starts }: SectionFile,
  from: number,
  to: number,
  take: (bytes: Uint8Array) => number,
): void {
  const end = starts[to]
  let at = starts[from]
  if (at === end) return
  const handle = openSync(path, 'r')
  try {
    let buffer = new Uint8Array(Math.min(BUFFER_BYTES, end - at))
    let filled = 0
    while (at < end) {
      const got = readSync(handle, buffer, filled, Math.min(buffer.length - filled, end - at), at)
      if (got === 0) throw new ShardError(`${path}: expected ${end} bytes, got ${at}`)
      at += got
      filled += got
      const used = take(buffer.subarray(0, filled))
      // A record longer than the buffer.
      const next = used === 0 && filled === buffer.length ? new Uint8Array(buffer.length * 2) : buffer
      next.set(buffer.subarray(used, filled))
      buffer = next
      filled -= used
    }
    if (filled > 0) throw new ShardError(`${path}: a record ends too early, at ${end - filled}`)
  } finally {
    closeSync(handle)
  }
}
