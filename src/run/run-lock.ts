/**
 * One run at a time in a folder: `work/lock.json` names the process that holds it. A lock whose process is gone (killed) is
 * taken over; one of another host can't be asked, so its message says what to do.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { ConfigError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { isCode } from '../io/store-error.js'

export const LOCK_PATH = 'work/lock.json'

interface Holder {
  readonly host: string
  readonly pid: number
}

/** Each try ends with a lock of ours, a living holder, or a dead lock less. */
const TRIES_MAX = 20

/** Takes the folder's lock; gives back what releases it. @throws ConfigError when another run holds it */
export function lockRunFolder(store: Store): () => void {
  const own = JSON.stringify({ host: hostname(), pid: process.pid, token: randomBytes(8).toString('hex') })
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (store.putIfAbsent(LOCK_PATH, own)) {
      return () => {
        if (textOf(store) === own) store.remove(LOCK_PATH)
      }
    }
    const text = textOf(store)
    if (text === null) continue // released in between
    const holder = holderOf(text)
    if (holder === null || holder.host !== hostname() || isAlive(holder.pid)) throw held(store, holder)
    takeAway(store, text)
  }
  throw held(store, null)
}

function held(store: Store, holder: Holder | null): ConfigError {
  const who = holder === null ? 'its lock names no process' : `process ${holder.pid} on ${holder.host}`
  return new ConfigError(
    `output: ${store.folder}: another run is at work in it (${who}); if it is gone, remove ${store.pathOf(LOCK_PATH)}`,
  )
}

/** Moves a dead lock away, and looks again at what was moved: a lock that someone took meanwhile is put back. */
function takeAway(store: Store, dead: string): void {
  const aside = `work/unfinished/lock-${randomBytes(8).toString('hex')}`
  if (!store.move(LOCK_PATH, aside)) return
  const moved = Buffer.from(store.read(aside) ?? []).toString()
  if (moved !== dead) store.putIfAbsent(LOCK_PATH, moved)
  store.remove(aside)
}

function textOf(store: Store): string | null {
  const bytes = store.read(LOCK_PATH)
  return bytes === null ? null : Buffer.from(bytes).toString()
}

function holderOf(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('host' in value) || !('pid' in value)) return null
    const { host, pid } = value
    return typeof host === 'string' && typeof pid === 'number' ? { host, pid } : null
  } catch {
    return null // no JSON: nobody can be asked
  }
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
