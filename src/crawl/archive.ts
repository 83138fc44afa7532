/**
 * The WARC files of a crawl. The one that is written is named `.open` until it is whole. What counts of it is what the frontier's
 * last transaction says: after a kill, the rest is cut off, and its URLs are fetched again.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  write,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ShardError } from '../errors/errors.js'
import { gzipRecord, warcFields, writeRecord } from '../formats/warc/record-writer.js'
import { makeFolder } from '../io/folder.js'
import { storeError } from '../io/store-error.js'
import type { ArchivePlace } from './frontier-values.js'

const OPEN = '.open'
/** About twice of what it takes. */
const WARCINFO_SIZE_MAX = 1024
const writeAsync = promisify(write)
const syncAsync = promisify(fdatasync)

export interface ArchiveAbout {
  /** File names begin with it. */
  readonly name: string
  readonly software: string
  readonly userAgent: string
  readonly contact: string
  readonly sizeMax: number
}

export class Archive {
  #handle: number | null = null
  #name = ''
  #serial: number
  #sizeBytes = 0
  /** The warcinfo record of a file to which nothing was appended yet. */
  #warcinfo: Uint8Array | null = null

  /**
   * Takes up the folder where the frontier says that the archive stood, whatever was written behind it.
   * @throws ShardError when less is there than the frontier says
   */
  constructor(
    private readonly folder: string,
    private readonly about: ArchiveAbout,
    last: ArchivePlace,
  ) {
    this.#serial = last.serial
    makeFolder(folder)
    this.#repair(last)
  }

  get place(): ArchivePlace {
    return { serial: this.#serial, name: this.#name, sizeBytes: this.#sizeBytes }
  }

  get isOpen(): boolean {
    return this.#handle !== null
  }

  /** Bytes that still go into the open file, or into the next. */
  get room(): number {
    return this.about.sizeMax - (this.#sizeBytes === 0 ? WARCINFO_SIZE_MAX : this.#sizeBytes)
  }

  /** Begins a file, with its warcinfo record. */
  async begin(now: Date): Promise<void> {
    const { name, software, userAgent, contact } = this.about
    this.#serial++
    const stamp = now.toISOString().replace(/[-:T]|\..*$/g, '')
    this.#name = `${name}-${stamp}-${String(this.#serial).padStart(5, '0')}.warc.gz`
    const path = this.#path(this.#name + OPEN)
    try {
      this.#handle = openSync(path, 'wx')
    } catch (error) {
      throw storeError('write', path, error)
    }
    this.#sizeBytes = 0
    const block = warcFields([
      ['software', software],
      ['format', 'WARC File Format 1.1'],
      ['conformsTo', 'http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/'],
      ['http-header-user-agent', userAgent],
      ['operator', contact],
      ['robots', 'obey'],
    ])
    const fields = [
      ['WARC-Filename', this.#name],
      ['Content-Type', 'application/warc-fields'],
    ] as const
    const id = `urn:uuid:${randomUUID()}`
    this.#warcinfo = await gzipRecord(writeRecord({ type: 'warcinfo', id, date: now, fields, block }))
  }

  /** Appends, on disk when the promise settles. */
  async append(members: readonly Uint8Array[]): Promise<void> {
    const handle = this.#handle
    if (handle === null) throw new ShardError(`${this.folder}: no file is open`)
    const bytes = Buffer.concat(this.#warcinfo === null ? members : [this.#warcinfo, ...members])
    this.#warcinfo = null
    const path = this.#path(this.#name + OPEN)
    try {
      for (let at = 0; at < bytes.length; ) at += (await writeAsync(handle, bytes, at)).bytesWritten
      await syncAsync(handle)
    } catch (error) {
      throw storeError('write', path, error)
    }
    this.#sizeBytes += bytes.length
  }

  /** Closes the file and gives it its name, once the frontier knows of all that is in it. */
  finish(): void {
    if (this.#handle === null) return
    closeSync(this.#handle)
    this.#handle = null
    const path = this.#path(this.#name)
    if (this.#sizeBytes === 0) rmSync(path + OPEN)
    else renameSync(path + OPEN, path)
    this.#name = ''
    this.#sizeBytes = 0
  }

  #repair(last: ArchivePlace): void {
    for (const name of readdirSync(this.folder)) {
      if (name.endsWith(OPEN) && name !== last.name + OPEN) rmSync(this.#path(name)) // begun, and nothing of it committed
    }
    if (last.name === '' || last.sizeBytes === 0) return
    const whole = this.#path(last.name)
    const open = whole + OPEN
    const path = existsSync(open) ? open : whole
    const sizeBytes = existsSync(path) ? statSync(path).size : 0
    if (sizeBytes < last.sizeBytes)
      throw new ShardError(`${path}: expected at least ${last.sizeBytes} bytes, got ${sizeBytes}; --fresh starts over`)
    if (path === whole) return
    truncateSync(open, last.sizeBytes)
    renameSync(open, whole)
  }

  #path(name: string): string {
    return join(this.folder, name)
  }
}
