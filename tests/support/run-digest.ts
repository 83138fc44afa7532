/** SHA-256 of every file of a run that is promised to be the same bytes: all but `work/`, `done/` and `log/`. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const UNPROMISED = new Set(['work', 'done', 'log'])

export function runDigest(folder: string): Record<string, string> {
  const digest: Record<string, string> = {}
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1)
    if (!entry.isFile() || UNPROMISED.has(path.split('/')[0])) continue
    digest[path] = createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex')
  }
  return Object.fromEntries(Object.entries(digest).sort(([a], [b]) => (a < b ? -1 : 1)))
}
