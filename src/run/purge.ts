/**
 * Takes out of a finished run what holds text as it was before masking: dropped documents, survivors and records between
 * passes, bytes set aside, and reports that quote documents. What is left can be read as before, but a run can't go on from
 * it: the markers, which name what has gone, go as well.
 */
import { statSync } from 'node:fs'
import { ConfigError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { ARTIFACTS } from './artifacts.js'
import { LOCK_PATH, lockRunFolder } from './run-lock.js'
import type { StageUse } from './settings.js'

export interface PurgeEntry {
  /** A folder of the run, with forward slashes. */
  readonly path: string
  readonly why: string
  readonly files: number
  readonly sizeBytes: number
}

/** Markers first: what they name is about to go, and a purge that was cut off leaves none without its files. */
const UNMASKED: readonly (readonly [path: string, why: string])[] = [
  ['done', 'markers that name the files of work/'],
  ['work', 'documents and records between passes'],
  ['dropped', 'texts of dropped documents'],
  ['quarantine', 'bytes and texts that were set aside'],
]

/** Their artifacts hold documents, or parts of them, as they found them. */
const QUOTING: readonly string[] = ['decontaminate', 'tokenize']

/** What `purgeRun` removes, in its order. Folders that are not there are left out. @param stages of the run in order */
export function purgeEntries(store: Store, stages: readonly StageUse[]): PurgeEntry[] {
  const masked = stages.findIndex(({ stage }) => stage.startsWith('mask-'))
  const quoting = stages
    .filter(({ stage }, at) => QUOTING.includes(stage) && (masked < 0 || at < masked))
    .map(({ as }) => [`${ARTIFACTS}/${as}`, 'holds documents from before masking'] as const)
  return [...UNMASKED, ...quoting].flatMap(([path, why]) => {
    const { files, sizeBytes } = contentOf(store, path)
    return files === 0 ? [] : [{ path, why, files, sizeBytes }]
  })
}

/** Removes the entries. @throws ConfigError when a run is at work in the folder */
export function purgeRun(store: Store, stages: readonly StageUse[]): PurgeEntry[] {
  const release = lockRunFolder(store)
  try {
    const entries = purgeEntries(store, stages)
    for (const { path } of entries) {
      if (path !== 'work') store.remove(path)
      else for (const name of store.list(path)) if (`${path}/${name}` !== LOCK_PATH) store.remove(`${path}/${name}`)
    }
    return entries
  } finally {
    release()
    if (store.list('work').every((name) => name === 'unfinished')) store.remove('work')
  }
}

/** Files below a folder, the lock left out. */
function contentOf(store: Store, path: string): { files: number; sizeBytes: number } {
  const sum = { files: 0, sizeBytes: 0 }
  for (const name of store.list(path)) {
    const inner = `${path}/${name}`
    if (inner === LOCK_PATH) continue
    const entry = statSync(store.pathOf(inner), { throwIfNoEntry: false })
    if (entry === undefined) throw new ConfigError(`${store.pathOf(inner)}: gone while it was being looked at`)
    const { files, sizeBytes } = entry.isDirectory() ? contentOf(store, inner) : { files: 1, sizeBytes: entry.size }
    sum.files += files
    sum.sizeBytes += sizeBytes
  }
  return sum
}
