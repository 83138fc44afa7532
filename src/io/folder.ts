/** Folders, made where they can be. */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { storeError } from './store-error.js'

/** Makes a folder and those above it. Node's own recursive form never ends where no folder can be made, as under /proc. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST') return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path) throw error
    makeFolder(parent)
    mkdirOnce(path)
  }
}

/** A folder that another worker has made meanwhile is as good. */
function mkdirOnce(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** A new folder in `parent`, which is made too where it is not there; its name begins with `prefix`. @throws ShardError */
export function makeTemporaryFolder(parent: string, prefix: string): string {
  try {
    makeFolder(parent)
    return mkdtempSync(join(parent, prefix))
  } catch (error) {
    throw storeError('make a folder in', parent, error)
  }
}
