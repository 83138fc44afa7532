import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../src/io/store.js'
import { openRunFolder } from '../../src/run/run-folder.js'
import { LOCK_PATH, lockRunFolder } from '../../src/run/run-lock.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
/** Larger than any process number that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1

function storeWith(name: string, lock: string): Store {
  const store = new Store(join(folder, name))
  store.put(LOCK_PATH, lock)
  return store
}

describe('the lock of a run folder', () => {
  it('is taken over from a process that is gone, and released', () => {
    const store = storeWith('dead', JSON.stringify({ host: hostname(), pid: NO_PROCESS }))
    const release = lockRunFolder(store)
    expect(store.has(LOCK_PATH)).toBe(true)
    release()
    expect(store.has(LOCK_PATH)).toBe(false)
  })

  it('is not taken from a living process, or from another host', () => {
    const living = storeWith('living', JSON.stringify({ host: hostname(), pid: process.ppid }))
    expect(() => lockRunFolder(living)).toThrow(`process ${process.ppid} on ${hostname()}`)
    const remote = storeWith('remote', JSON.stringify({ host: 'node-7.example', pid: NO_PROCESS }))
    expect(() => lockRunFolder(remote)).toThrow(/process \d+ on node-7\.example\); if it is gone, remove .*lock\.json/)
  })

  it.each(['null', '{}', '', '[1]', 'not json'])('that reads %j is said to be unclear, with what to do', (text) => {
    const store = storeWith(`odd-${text.length}-${text.charCodeAt(0)}`, text)
    expect(() => lockRunFolder(store)).toThrow(/its lock names no process\); if it is gone, remove/)
  })

  it('is released only by its holder', () => {
    const store = new Store(join(folder, 'other'))
    const release = lockRunFolder(store)
    store.put(LOCK_PATH, JSON.stringify({ host: 'another', pid: 1 }))
    release()
    expect(store.has(LOCK_PATH)).toBe(true)
  })
})

describe('a folder that holds work/ alone', () => {
  it('is a run that was killed at its beginning, when all in it is a run’s', () => {
    const store = new Store(join(folder, 'begun'))
    store.put('work/plan-0123456789abcdef.json', '{}')
    expect(openRunFolder(store.folder).folder).toBe(store.folder)
  })

  it('is left alone when it holds anything else', () => {
    const place = join(folder, 'thesis')
    mkdirSync(join(place, 'work/chapters'), { recursive: true })
    writeFileSync(join(place, 'work/notes.txt'), 'x')
    expect(() => openRunFolder(place)).toThrow(/is not a run folder: it holds work/)
  })
})
