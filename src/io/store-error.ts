/** Failed file operations, said in words. */
import { messageOf, ShardError, StoreError } from '../errors/errors.js'

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

const EXPLAIN: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the folder is on a read-only file system',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EMFILE: 'too many open files',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOENT: 'no such file or folder',
}

/** The store itself is at an end: what failed here fails for every shard. */
const STORE_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** A failed file operation, said in words: what, where, why. */
export function storeError(doing: string, path: string, error: unknown): ShardError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = `can't ${doing} ${path}: ${EXPLAIN[code] ?? messageOf(error)}${code ? ` (${code})` : ''}`
  return STORE_CODES.has(code) ? new StoreError(text) : new ShardError(text)
}
