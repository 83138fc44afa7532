/**
 * One run at a time in a folder: `work/lock.json` names the process that holds it. A lock whose process is gone (killed) is
 * taken over; one of another host can't be asked, so its message says what to do.
 */
import { hostname } from 'node:os'
import { ConfigError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { isCode } from '../io/store-error.js'

export const LOCK_PATH = 'work/lock.json'

interface Holder {
  readonly host: string
  readonly pid: number
}

/** Takes the folder's lock; gives back what releases it. @throws ConfigError when another run holds it */
export function lockRunFolder(store: Store): () => void {
  const own: Holder = { host: hostname(), pid: process.pid }
  while (!store.putIfAbsent(LOCK_PATH, JSON.stringify(own))) {
    const holder = store.readJson<Holder>(LOCK_PATH)
    if (holder === null) continue // released in between
    if (holder.host !== own.host || isAlive(holder.pid)) {
      throw new ConfigError(
        `output: ${store.folder}: another run is at work in it (process ${holder.pid} on ${holder.host}); ` +
          `if it is gone, remove ${store.pathOf(LOCK_PATH)}`,
      )
    }
    store.remove(LOCK_PATH)
  }
  return () => store.remove(LOCK_PATH)
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false // left by an earlier process that had our number
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}
