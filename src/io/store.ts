/**
 * The store behind a run folder: a folder of files, written whole or not at all. Paths are relative, with forward
 * slashes. `putIfAbsent` is the run's only commit: of several writers exactly one wins (POSIX `link` is atomic).
 * An object store takes the same shape later: conditional puts for `putIfAbsent`, range gets for `readRange`.
 */
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ShardError } from '../errors/errors.js'
import { makeFolder } from './folder.js'
import { isCode, storeError } from './store-error.js'
import { WrittenFile } from './written-file.js'

export class Store {
  constructor(readonly folder: string) {}

  pathOf(path: string): string {
    return join(this.folder, path)
  }

  has(path: string): boolean {
    return existsSync(this.pathOf(path))
  }

  /** The file's bytes, or null when there is none. */
  read(path: string): Uint8Array | null {
    try {
      return readFileSync(this.pathOf(path))
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null
      throw storeError('read', this.pathOf(path), error)
    }
  }

  readJson<T>(path: string): T | null {
    const bytes = this.read(path)
    // The shape is vouched for by the writer: only this package writes JSON into a run folder.
    return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as T)
  }

  /** Bytes [offset, offset + lengthBytes), fewer only at the end of the file. */
  readRange(path: string, offset: number, lengthBytes: number): Uint8Array {
    const handle = openSync(this.pathOf(path), 'r')
    try {
      const bytes = new Uint8Array(lengthBytes)
      let filled = 0
      while (filled < lengthBytes) {
        const got = readSync(handle, bytes, filled, lengthBytes - filled, offset + filled)
        if (got === 0) break
        filled += got
      }
      return bytes.subarray(0, filled)
    } finally {
      closeSync(handle)
    }
  }

  sizeBytes(path: string): number {
    try {
      return statSync(this.pathOf(path)).size
    } catch (error) {
      throw storeError('read', this.pathOf(path), error)
    }
  }

  /** Writes whole or not at all; replaces what was there. */
  put(path: string, content: Uint8Array | string): void {
    const temporary = this.writeTemporary(path, content)
    try {
      renameSync(temporary, this.pathOf(path))
    } catch (error) {
      throw storeError('write', this.pathOf(path), error)
    }
  }

  /** Creates the file unless it is there. True when this call created it. */
  putIfAbsent(path: string, content: Uint8Array | string): boolean {
    const temporary = this.writeTemporary(path, content)
    try {
      linkSync(temporary, this.pathOf(path))
      return true
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false
      throw storeError('write', this.pathOf(path), error)
    } finally {
      rmSync(temporary, { force: true })
    }
  }

  /** Makes `to` another name of the finished file `from`, replacing what was there. */
  publish(from: string, to: string): void {
    const target = this.pathOf(to)
    const temporary = this.temporaryPath()
    if (!this.has(from)) throw new ShardError(`${this.pathOf(from)}: a finished file is gone; --fresh starts over`)
    try {
      makeFolder(dirname(target))
      makeFolder(dirname(temporary))
      linkSync(this.pathOf(from), temporary)
      renameSync(temporary, target)
      rmSync(temporary, { force: true }) // rename does nothing when both names are already the same file
    } catch (error) {
      throw storeError('publish', target, error)
    }
  }

  /** Renames a file; false when it is not there. */
  move(from: string, to: string): boolean {
    try {
      makeFolder(dirname(this.pathOf(to)))
      renameSync(this.pathOf(from), this.pathOf(to))
      return true
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false
      throw storeError('move', this.pathOf(from), error)
    }
  }

  /** Names in a folder, sorted; empty when it is not there. */
  list(path: string): string[] {
    try {
      return readdirSync(this.pathOf(path)).sort()
    } catch (error) {
      if (isCode(error, 'ENOENT')) return []
      throw storeError('list', this.pathOf(path), error)
    }
  }

  /** Adds a line of JSON to a log. */
  appendLine(path: string, value: unknown): void {
    const target = this.pathOf(path)
    try {
      makeFolder(dirname(target))
      appendFileSync(target, `${JSON.stringify(value)}\n`)
    } catch (error) {
      throw storeError('write', target, error)
    }
  }

  /** A new file to be written piece by piece; nothing points at it until a marker does. */
  create(path: string): WrittenFile {
    return new WrittenFile(this.pathOf(path), path)
  }

  /** Removes a file or a folder with all in it. */
  remove(path: string): void {
    rmSync(this.pathOf(path), { recursive: true, force: true })
  }

  /** Unfinished files lie in one place, so that a kill leaves none among the finished ones. */
  private temporaryPath(): string {
    return this.pathOf(`work/unfinished/${randomBytes(8).toString('hex')}`)
  }

  private writeTemporary(path: string, content: Uint8Array | string): string {
    const target = this.pathOf(path)
    const temporary = this.temporaryPath()
    let handle: number | null = null
    try {
      makeFolder(dirname(target))
      makeFolder(dirname(temporary))
      handle = openSync(temporary, 'wx')
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
      fsyncSync(handle)
      return temporary
    } catch (error) {
      if (handle !== null) rmSync(temporary, { force: true })
      throw storeError('write', target, error)
    } finally {
      if (handle !== null) closeSync(handle)
    }
  }
}
