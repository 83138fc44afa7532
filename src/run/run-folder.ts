/** The run folder: what lies in it, and taking hold of one. */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../errors/errors.js'
import { Store, storeError } from '../io/store.js'

/** Everything that a run may leave in its folder. */
export const RUN_ENTRIES: readonly string[] = [
  'manifest.json',
  'ledger.json',
  'skips.json',
  'documents',
  'signals',
  'dropped',
  'quarantine',
  'work',
  'done',
  'log',
]

/**
 * Opens a new or an earlier run folder; with `fresh`, empties an earlier one.
 * @throws ConfigError when the place holds something else: it is never overwritten.
 */
export function openRunFolder(folder: string, fresh: boolean): Store {
  const store = new Store(folder)
  const entry = statSync(folder, { throwIfNoEntry: false })
  if (entry !== undefined && !entry.isDirectory()) {
    throw new ConfigError(`output: ${folder}: expected a folder or a free name, got a file`)
  }
  checkWritable(folder)
  const names = store.list('')
  const strange = names.find((name) => !RUN_ENTRIES.includes(name))
  if (names.length > 0 && (!names.includes('manifest.json') || strange !== undefined)) {
    throw new ConfigError(
      `output: ${folder} is not a run folder: it holds ${strange ?? names[0]}; choose another folder`,
    )
  }
  if (fresh) for (const name of names) store.remove(name)
  return store
}

/** Asks before any work: the folder, or the nearest one above it that is there, must take files. */
function checkWritable(folder: string): void {
  let nearest = folder
  while (statSync(nearest, { throwIfNoEntry: false }) === undefined) nearest = dirname(nearest)
  try {
    accessSync(nearest, constants.W_OK)
  } catch (error) {
    throw new ConfigError(`output: ${storeError('write in', nearest, error).message}`)
  }
}
