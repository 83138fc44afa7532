import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ShardError } from '../../src/errors/errors.js'
import { Store } from '../../src/io/store.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

describe('the store', () => {
  it('commits once: the first putIfAbsent wins and the file keeps its content', () => {
    const store = new Store(join(folder, 'once'))
    expect(store.putIfAbsent('done/a.json', 'first')).toBe(true)
    expect(store.putIfAbsent('done/a.json', 'second')).toBe(false)
    expect(readFileSync(store.pathOf('done/a.json'), 'utf8')).toBe('first')
    expect(store.list('done')).toEqual(['a.json'])
  })

  it('publishes under another name, again and again, leaving nothing else behind', () => {
    const store = new Store(join(folder, 'publish'))
    store.put('work/x', 'content')
    store.publish('work/x', 'documents/00000.arrow')
    store.publish('work/x', 'documents/00000.arrow')
    expect(store.list('documents')).toEqual(['00000.arrow'])
    store.put('work/y', 'other')
    store.publish('work/y', 'documents/00000.arrow')
    expect(readFileSync(store.pathOf('documents/00000.arrow'), 'utf8')).toBe('other')
    expect(store.list('documents')).toEqual(['00000.arrow'])
  })

  it('says in words what can not be written', () => {
    writeFileSync(join(folder, 'file'), '')
    const store = new Store(join(folder, 'file'))
    expect(() => store.put('manifest.json', '')).toThrow(ShardError)
    expect(() => store.put('manifest.json', '')).toThrow(
      /a part of the path is a file, not a folder \(ENOTDIR\)|EEXIST/,
    )
  })

  it.skipIf(process.platform !== 'linux')('ends where no folder can be made (needs /proc)', () => {
    expect(() => new Store('/proc/none/run').put('manifest.json', '')).toThrow(/no such file or folder \(ENOENT\)/)
  })

  it('reads null for what is not there, and lists nothing', () => {
    const store = new Store(join(folder, 'none'))
    expect(store.read('x')).toBeNull()
    expect(store.readJson('x')).toBeNull()
    expect(store.list('x')).toEqual([])
  })
})
