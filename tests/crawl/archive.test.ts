import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Archive } from '../../src/crawl/archive.js'
import { temporaryFolder } from '../support/folder.js'

const base = temporaryFolder()
const about = { name: 'crawl', software: 'x', userAgent: 'x', contact: 'x', sizeMax: 100_000 }
const NEW = { serial: 0, name: '', sizeBytes: 0 }
const NOW = new Date('2026-01-02T03:04:05.678Z')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(base, 'warc-'))
})

describe('archives', () => {
  it('are open until they are whole', async () => {
    const archive = new Archive(folder, about, NEW)
    await archive.begin(NOW)
    await archive.append([Buffer.from('one'), Buffer.from('two')])
    expect(readdirSync(folder)).toEqual(['crawl-20260102030405-00001.warc.gz.open'])
    const { place } = archive
    expect(place).toMatchObject({ serial: 1, name: 'crawl-20260102030405-00001.warc.gz' })
    archive.finish()
    expect(readdirSync(folder)).toEqual([place.name])
    expect(readFileSync(join(folder, place.name)).subarray(-6).toString()).toBe('onetwo')
    expect(archive.place).toEqual({ serial: 1, name: '', sizeBytes: 0 })
    await archive.begin(NOW)
    archive.finish() // nothing was appended: no file
    expect(readdirSync(folder)).toEqual([place.name])
  })

  it('are cut where the frontier says that they end, and named', async () => {
    writeFileSync(join(folder, 'a-00002.warc.gz.open'), 'committed, and what a kill left')
    writeFileSync(join(folder, 'a-00003.warc.gz.open'), 'begun')
    writeFileSync(join(folder, 'a-00001.warc.gz'), 'whole')
    const archive = new Archive(folder, about, { serial: 2, name: 'a-00002.warc.gz', sizeBytes: 9 })
    expect(readdirSync(folder)).toEqual(['a-00001.warc.gz', 'a-00002.warc.gz'])
    expect(readFileSync(join(folder, 'a-00002.warc.gz'), 'utf8')).toBe('committed')
    await archive.begin(NOW)
    expect(archive.place.serial).toBe(3)
    archive.finish()
  })

  it('that are whole stay as they are, and may be gone when they were closed in good order', () => {
    writeFileSync(join(folder, 'a-00002.warc.gz'), 'committed')
    new Archive(folder, about, { serial: 2, name: 'a-00002.warc.gz', sizeBytes: 9 })
    expect(readFileSync(join(folder, 'a-00002.warc.gz'), 'utf8')).toBe('committed')
    mkdirSync(join(folder, 'moved'))
    new Archive(join(folder, 'moved'), about, { serial: 7, name: '', sizeBytes: 0 })
  })

  it('that have lost what was committed are told of, not written over', () => {
    writeFileSync(join(folder, 'a-00002.warc.gz.open'), 'commi')
    const open = () => new Archive(folder, about, { serial: 2, name: 'a-00002.warc.gz', sizeBytes: 9 })
    expect(open).toThrow(/expected at least 9 bytes, got 5; --fresh starts over/)
    expect(existsSync(join(folder, 'a-00002.warc.gz.open'))).toBe(true)
  })
})
