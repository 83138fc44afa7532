/**
 * Input files: which ones a config's patterns mean, and reading them by position, from disk, over HTTP (`http-file.ts`) or
 * from S3 (`s3-file.ts`).
 *
 * A file's name is its path below the pattern's fixed folder, the part before the first wildcard: `crawl/*` + `/a.warc.gz`
 * gives `2024/a.warc.gz`, `crawl/2024/a.warc.gz` given in full gives `a.warc.gz`. Names, and the document ids made of them,
 * therefore depend neither on the working folder nor on where a data folder lies. A URL is its own name.
 */
import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import type { InputFile } from '../stage/stage.js'
import { expandBraces, GLOB_CHARACTER, isGlob, walk } from './glob.js'
import type { HttpFile } from './http-file.js'
import { isPathList, type PathLists, readPathList } from './path-list.js'
import type { S3Object } from './s3-file.js'

export interface ListedFile {
  /** What documents and ids call it: with forward slashes. Unique in a list. */
  readonly name: string
  /** Absolute path or URL: what `openInput` takes. */
  readonly path: string
  readonly sizeBytes: number
  /** Changes when the file does: modification time (ISO 8601), or a URL's ETag or Last-Modified, '' without either. */
  readonly modified: string
}

export interface OpenInput extends InputFile {
  close(): Promise<void>
}

/**
 * The files that the patterns mean, sorted by the bytes of their names; a file meant twice is listed once. Patterns are paths,
 * globs (`glob.ts`), also of s3:// keys, or URLs, relative ones taken from `baseFolder`. With `lists`, files named *.paths or
 * *.paths.gz stand for the files that they list (`path-list.ts`). Throws ConfigError for one that means no file.
 */
export async function expandPatterns(
  patterns: readonly string[],
  baseFolder: string,
  lists: PathLists | null = null,
): Promise<ListedFile[]> {
  const byPath = new Map<string, ListedFile>()
  for (const pattern of patterns) {
    for (const file of await listFiles(pattern, baseFolder, lists))
      if (!byPath.has(file.path)) byPath.set(file.path, file)
  }
  const files = [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  for (const [i, file] of files.entries()) {
    const next = files[i + 1]
    if (next?.name === file.name)
      throw new ConfigError(
        `input: two files are both named ${file.name}: ${file.path} and ${next.path}; ` +
          'give them by one pattern from a common folder, as folder/{one,two}/*.warc.gz',
      )
  }
  return files
}

async function listFiles(pattern: string, baseFolder: string, lists: PathLists | null): Promise<ListedFile[]> {
  const files = isUrl(pattern) ? await listUrl(pattern) : listPattern(pattern, baseFolder)
  if (lists === null) return files
  const out: ListedFile[] = []
  for (const file of files) {
    if (isPathList(file.name))
      for (const path of await pathsIn(file, lists)) out.push(...(await listFiles(path, '', null)))
    else out.push(file)
  }
  return out
}

async function pathsIn({ path, name }: ListedFile, lists: PathLists): Promise<string[]> {
  const file = await openInput(path, name)
  try {
    return await readPathList(file, lists)
  } finally {
    await file.close()
  }
}

/**
 * Opens a path or URL. Throws ShardError for what can't be opened.
 * @param name what the documents call it
 * @param modified of a URL as it was listed: it is an error when it is another now
 */
export async function openInput(path: string, name: string = path, modified: string = ''): Promise<OpenInput> {
  if (isUrl(path)) {
    const file = await openUrl(path, name)
    if (modified === '' || file.modified === modified) return file
    throw new ShardError(`${file.name}: changed since it was listed: expected ${modified}, got ${file.modified}`)
  }
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    throw new ShardError(`${path}: expected a readable file, got ${messageOf(error)}`)
  }
  const stats = await handle.stat()
  if (stats.isDirectory()) {
    await handle.close()
    throw new ShardError(`${path}: expected a file, got a folder`)
  }
  return {
    name,
    sizeBytes: stats.size,
    read: (offset, lengthBytes) => readAt(handle, path, offset, lengthBytes),
    close: () => handle.close(),
  }
}

async function readAt(handle: FileHandle, path: string, offset: number, lengthBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(lengthBytes)
  let filled = 0
  while (filled < lengthBytes) {
    const { bytesRead } = await handle.read(bytes, filled, lengthBytes - filled, offset + filled).catch((error) => {
      throw new ShardError(`${path}:${offset + filled}: reading failed: ${messageOf(error)}`)
    })
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** The clients are loaded when a URL is given: most runs read files, and each takes a part of a second in every worker. */
async function openUrl(url: string, name: string): Promise<HttpFile> {
  if (/^s3:/i.test(url)) {
    const { openS3File } = await import('./s3-file.js')
    return openS3File(url, name)
  }
  const { openHttpFile } = await import('./http-file.js')
  return openHttpFile(url, name)
}

/** True for what is asked of a server. */
export function isUrl(pattern: string): boolean {
  return /^(https?|s3):\/\//i.test(pattern)
}

async function listUrl(url: string): Promise<ListedFile[]> {
  try {
    if (/^s3:/i.test(url) && isGlob(url)) return await listObjects(url)
    const file = await openUrl(url, url)
    await file.close()
    return [{ name: file.name, path: url, sizeBytes: file.sizeBytes, modified: file.modified }]
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`input: ${messageOf(error)}`)
  }
}

async function listObjects(pattern: string): Promise<ListedFile[]> {
  const { listS3 } = await import('./s3-file.js')
  const objects: S3Object[] = []
  for (const part of expanded(pattern, pattern)) objects.push(...(await listS3(part)))
  if (objects.length === 0) throw new ConfigError(`input: ${pattern}: expected at least one object, got none`)
  return objects.map(({ url, sizeBytes, etag }) => ({ name: url, path: url, sizeBytes, modified: etag }))
}

function listPattern(pattern: string, baseFolder: string): ListedFile[] {
  const whole = resolve(baseFolder, pattern)
  if (!isGlob(pattern) || isFile(whole)) {
    const stats = statOf(pattern, whole)
    if (stats.isDirectory())
      throw new ConfigError(
        `input: ${pattern}: expected files, got a folder; name what is in it, as ${join(pattern, '*')}`,
      )
    return [listed(basename(whole), whole, stats)]
  }
  const wildcard = pattern.slice(0, pattern.search(GLOB_CHARACTER))
  const fixed = wildcard.slice(0, wildcard.lastIndexOf('/') + 1)
  const root = resolve(baseFolder, fixed)
  const found = expanded(pattern, pattern.slice(fixed.length)).flatMap((rest) =>
    walk([], rest.split('/').filter(Boolean), (folder) => listFolder(join(root, ...folder))),
  )
  if (found.length === 0)
    throw new ConfigError(`input: ${pattern}: expected at least one file, got none; ${nearestFolder(root)}`)
  return found.map((names) => {
    const path = join(root, ...names)
    return listed(names.join('/'), path, statOf(pattern, path))
  })
}

function expanded(pattern: string, rest: string): string[] {
  try {
    return [...new Set(expandBraces(rest))]
  } catch (error) {
    throw new ConfigError(`input: ${pattern}: ${messageOf(error)}`)
  }
}

function listed(name: string, path: string, stats: Stats): ListedFile {
  return { name, path, sizeBytes: stats.size, modified: stats.mtime.toISOString() }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function statOf(pattern: string, path: string): Stats {
  let stats: Stats | undefined
  try {
    stats = statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new ConfigError(`input: ${pattern}: ${messageOf(error)}`)
  }
  if (stats) return stats
  throw new ConfigError(`input: ${pattern}: expected a file, got none; ${nearestFolder(dirname(path))}`)
}

/** Says which folder on the way to `folder` is there, so that a mistyped path shows where it goes wrong. */
function nearestFolder(folder: string): string {
  let nearest = resolve(folder)
  while (!statSync(nearest, { throwIfNoEntry: false })?.isDirectory()) nearest = dirname(nearest)
  return nearest === resolve(folder) ? `${nearest} is there` : `the nearest folder that is there is ${nearest}`
}

function listFolder(folder: string): { name: string; isFolder: boolean }[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw new ConfigError(`input: ${folder}: expected a readable folder, got ${messageOf(error)}`)
  }
  return entries.flatMap((entry) => {
    // A link is what it points to; one to a folder is not gone into by `**`, or a link upward would never end.
    if (entry.isSymbolicLink()) return isFile(join(folder, entry.name)) ? [{ name: entry.name, isFolder: false }] : []
    return entry.isFile() || entry.isDirectory() ? [{ name: entry.name, isFolder: entry.isDirectory() }] : []
  })
}
