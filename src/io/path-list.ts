/**
 * Lists of files, one a line, as Common Crawl publishes them (`warc.paths.gz`): which files they name. A line is a URL, or what
 * stands behind a base, a URL or a folder.
 */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { InputFile } from '../stage/stage.js'
import { packingOf, unpacked } from './unpack.js'

export interface PathLists {
  /** A URL that ends in a slash, or an absolute path. */
  readonly base: string
  /** At most so many of a list's lines, chosen by seed; null for all. */
  readonly take: number | null
  readonly seed: number
}

/** Common Crawl's lists have some 10 MB. */
const LIST_SIZE_MAX = 256 * 2 ** 20

export function isPathList(name: string): boolean {
  return /\.paths(\.gz|\.zst)?$/i.test(name)
}

/** The files as patterns, in the order of the list. Throws ConfigError for a list that is damaged, or names nothing. */
export async function readPathList(file: InputFile, { base, take, seed }: PathLists): Promise<string[]> {
  const text = await textOf(file)
  const lines = [...new Set(text.split('\n').map((line) => line.trim()))].filter((line) => line !== '')
  if (lines.length === 0) throw new ConfigError(`input: ${file.name}: expected a file a line, got none`)
  const chosen = take === null || take >= lines.length ? lines : sample(lines, take, seed)
  return chosen.map((line) => {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(line)) return line
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(base) ? base + line.replace(/^\/+/, '') : resolve(base, line)
  })
}

/** The same lines whatever their order: those whose hash is smallest. */
function sample(lines: readonly string[], take: number, seed: number): string[] {
  const hashed = lines.map((line) => ({ line, hash: createHash('sha256').update(`${seed}\n${line}`).digest('hex') }))
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1))
  const chosen = new Set(hashed.slice(0, take).map(({ line }) => line))
  return lines.filter((line) => chosen.has(line))
}

async function textOf(file: InputFile): Promise<string> {
  const damaged = (what: string) => new ConfigError(`input: ${file.name}: expected a list of files: ${what}`)
  const packing = packingOf(file.name, await file.read(0, Math.min(4, file.sizeBytes)))
  if (packing === 'not-gzip' || packing === 'not-zstd') throw damaged(`it is ${packing.replace('-', ' ')}`)
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    const stream = unpacked(file, packing)
    let step = await stream.next()
    for (; !step.done; step = await stream.next()) {
      pieces.push(step.value)
      size += step.value.length
      if (size > LIST_SIZE_MAX) throw damaged(`larger than ${LIST_SIZE_MAX} bytes`)
    }
    if (step.value !== null) throw damaged(step.value.message)
  } catch (error) {
    throw error instanceof ConfigError ? error : damaged(messageOf(error))
  }
  return Buffer.concat(pieces).toString('utf8')
}
