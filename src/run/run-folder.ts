/** The run folder: what lies in it, and taking hold of one. */
import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../errors/errors.js'
import { Store } from '../io/store.js'
import { isCode, storeError } from '../io/store-error.js'
import { LOCK_PATH } from './run-lock.js'

/** Sources that were taken out: stays also when a run is started afresh. */
export const WITHDRAWN = 'withdrawn.json'

/** Everything that a run may leave in its folder. */
export const RUN_ENTRIES: readonly string[] = [
  'manifest.json',
  'ledger.json',
  'skips.json',
  WITHDRAWN,
  'documents',
  'signals',
  'dropped',
  'scores',
  'artifacts',
  'signatures',
  'quarantine',
  'work',
  'done',
  'log',
]

/**
 * Opens a new or an earlier run folder.
 * @throws ConfigError when the place holds something else: it is never overwritten.
 */
export function openRunFolder(folder: string): Store {
  const store = new Store(folder)
  const entry = entryAt(folder)
  if (entry !== undefined && !entry.isDirectory()) {
    throw new ConfigError(`output: ${folder}: expected a folder or a free name, got a file`)
  }
  checkWritable(folder)
  const names = store.list('')
  const strange = names.find((name) => !RUN_ENTRIES.includes(name))
  // A run killed in its first moments, before its manifest was whole, leaves `work/` alone.
  const begun = names.includes('manifest.json') || (names.every((name) => name === 'work') && isOurWork(store))
  if (strange !== undefined || !begun) {
    throw new ConfigError(
      `output: ${folder} is not a run folder: it holds ${strange ?? names[0]}; choose another folder`,
    )
  }
  return store
}

/** Empties an earlier run's folder: markers first, since what they name is about to go; the manifest last. */
export function emptyRunFolder(store: Store): void {
  const between = RUN_ENTRIES.filter((name) => !['done', 'manifest.json', WITHDRAWN].includes(name))
  const order = ['done', ...between, 'manifest.json']
  for (const name of order) {
    if (name === 'work') removeWork(store)
    else store.remove(name)
  }
}

/** Asks before any work: the folder, or the nearest one above it that is there, must take files. */
function checkWritable(folder: string): void {
  let nearest = folder
  while (entryAt(nearest) === undefined) nearest = dirname(nearest)
  if (entryAt(nearest)?.isFile()) throw new ConfigError(`output: ${folder}: ${nearest} is a file, not a folder`)
  try {
    accessSync(nearest, constants.W_OK)
  } catch (error) {
    throw new ConfigError(`output: ${storeError('write in', nearest, error).message}`)
  }
}

/** What stands at a path; undefined for nothing, also below a file. */
function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return undefined
    throw new ConfigError(`output: ${storeError('look at', path, error).message}`)
  }
}

/** What a run makes in `work/` and `done/`: its lock, unfinished files, plans, and a folder a step. */
export const OWN_WORK = /^(?:lock\.json|unfinished|plan-[0-9a-f]{16}\.json|\d\d+-.+-[0-9a-f]{8})$/

function isOurWork(store: Store): boolean {
  return store.list('work').every((name) => OWN_WORK.test(name))
}

/** All of `work/` but the lock that we hold. */
function removeWork(store: Store): void {
  for (const entry of store.list('work')) {
    if (OWN_WORK.test(entry) && `work/${entry}` !== LOCK_PATH) store.remove(`work/${entry}`)
  }
}
