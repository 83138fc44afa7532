/**
 * A file that is written piece by piece while its size and SHA-256 are taken. Opened at the first byte, so a shard without
 * rows leaves no file.
 */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from './folder.js'
import { storeError } from './store-error.js'

export interface FileDigest {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

export class WrittenFile {
  private handle: number | null = null
  private sizeBytes = 0
  private readonly hash: Hash = createHash('sha256')

  constructor(
    private readonly absolutePath: string,
    /** Relative to the store: what markers say. */
    readonly path: string,
  ) {}

  /** Bound, so that it can be handed to an encoder. */
  readonly write = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return
    try {
      if (this.handle === null) {
        makeFolder(dirname(this.absolutePath))
        this.handle = openSync(this.absolutePath, 'wx')
      }
      for (let at = 0; at < bytes.length; ) at += writeSync(this.handle, bytes, at)
    } catch (error) {
      throw storeError('write', this.absolutePath, error)
    }
    this.hash.update(bytes)
    this.sizeBytes += bytes.length
  }

  /** Closes the file, on disk before any marker can name it; null when nothing was written. */
  finish(): FileDigest | null {
    if (this.handle === null) return null
    try {
      fsyncSync(this.handle)
    } catch (error) {
      throw storeError('write', this.absolutePath, error)
    } finally {
      closeSync(this.handle)
      this.handle = null
    }
    return { path: this.path, sizeBytes: this.sizeBytes, sha256: this.hash.digest('hex') }
  }

  /** Lets go of the file after a failure; what was written stays behind as an attempt that no marker names. */
  abandon(): void {
    if (this.handle !== null) closeSync(this.handle)
    this.handle = null
  }
}

/** Written beside its place and moved there when it is whole, so that nothing partial has its name. Gives its size in bytes. */
export function writeWholeFile(path: string, pieces: Iterable<Uint8Array>): number {
  const part = `${path}.${process.pid}.part`
  const file = new WrittenFile(part, part)
  try {
    for (const piece of pieces) file.write(piece)
    const digest = file.finish()
    renameSync(part, path)
    return digest?.sizeBytes ?? 0
  } catch (error) {
    file.abandon()
    rmSync(part, { force: true })
    throw error
  }
}
