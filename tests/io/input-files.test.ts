import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, ShardError } from '../../src/errors/errors.js'
import { expandPatterns, openInput } from '../../src/io/input-files.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

beforeAll(() => {
  for (const path of ['crawl/2024', 'crawl/2023', 'other', 'odd[1]', 'empty'])
    mkdirSync(join(folder, path), { recursive: true })
  for (const path of [
    'crawl/2024/a.warc.gz',
    'crawl/2024/B.warc.gz',
    'crawl/2023/a.warc.gz',
    'other/a.warc.gz',
    'odd[1]/x.gz',
  ])
    writeFileSync(join(folder, path), path)
  writeFileSync(join(folder, 'crawl/[x].gz'), 'x')
  symlinkSync(join(folder, 'crawl'), join(folder, 'other/up'))
  symlinkSync(join(folder, 'crawl/2024/a.warc.gz'), join(folder, 'other/link.gz'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'other/broken.gz'))
})

async function names(patterns: string[], base = folder): Promise<string[]> {
  return (await expandPatterns(patterns, base)).map((file) => file.name)
}

describe('expandPatterns', () => {
  it('names files by their path below the fixed folder, sorted by bytes', async () => {
    expect(await names(['crawl/*/*.warc.gz'])).toEqual(['2023/a.warc.gz', '2024/B.warc.gz', '2024/a.warc.gz'])
    expect(await names(['crawl/2024/*.gz'])).toEqual(['B.warc.gz', 'a.warc.gz'])
    expect(await names(['crawl/2024/a.warc.gz'])).toEqual(['a.warc.gz'])
    expect(await names(['crawl/**/a.*', 'other/link.gz'])).toEqual(['2023/a.warc.gz', '2024/a.warc.gz', 'link.gz'])
    expect(await names(['{crawl/2023,other}/a.warc.gz'])).toEqual(['crawl/2023/a.warc.gz', 'other/a.warc.gz'])
  })

  it('gives the same names from wherever it is called', async () => {
    const expected = await expandPatterns(['crawl/*/*.gz'], folder)
    expect(await expandPatterns([join(folder, 'crawl/*/*.gz')], '/')).toEqual(expected)
    expect(await expandPatterns(['../crawl/*/*.gz'], join(folder, 'other'))).toEqual(expected)
    expect(expected[0]).toEqual({
      name: '2023/a.warc.gz',
      path: join(folder, 'crawl/2023/a.warc.gz'),
      sizeBytes: 20,
      modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
  })

  it('lists a file once that is meant twice', async () => {
    expect(await names(['crawl/2024/a.warc.gz', 'crawl/2024/a*', 'crawl/2024/../2024/a.warc.gz'])).toEqual([
      'a.warc.gz',
    ])
  })

  it('takes wildcards literally where a file has them in its name, and in the base folder', async () => {
    expect(await names(['crawl/[x].gz'])).toEqual(['[x].gz'])
    expect(await names(['*.gz'], join(folder, 'odd[1]'))).toEqual(['x.gz'])
  })

  it('takes links to files, and goes into no linked folder', async () => {
    expect(await names(['other/**'])).toEqual(['a.warc.gz', 'link.gz'])
  })

  it.each([
    [['crawl/2025/*.gz'], /expected at least one file, got none; the nearest folder that is there is .*crawl$/],
    [['crawl/*.zip'], /expected at least one file, got none; .*crawl is there$/],
    [['crawl/none.gz'], /expected a file, got none; .*crawl is there$/],
    [['crawl/2024'], /expected files, got a folder; name what is in it, as crawl\/2024\/\*$/],
    [['crawl/2023/a.warc.gz', 'crawl/2024/a.warc.gz'], /two files are both named a\.warc\.gz/],
    [['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'], /more than 1000 alternatives/],
    [['crawl/2024/a.warc.gz/x'], /expected a file, got none|ENOTDIR/],
  ])('says what is wrong with %j', async (patterns, message) => {
    const failed = expandPatterns(patterns, folder)
    await expect(failed).rejects.toBeInstanceOf(ConfigError)
    await expect(failed).rejects.toThrow(message)
  })
})

describe('openInput', () => {
  it('reads by position, fewer bytes only at the end', async () => {
    const file = await openInput(join(folder, 'crawl/2024/a.warc.gz'), 'a.warc.gz')
    expect([file.name, file.sizeBytes]).toEqual(['a.warc.gz', 20])
    expect(Buffer.from(await file.read(6, 4)).toString()).toBe('2024')
    expect(Buffer.from(await file.read(15, 100)).toString()).toBe('rc.gz')
    expect(await file.read(20, 10)).toHaveLength(0)
    await file.close()
  })

  it('says which file can not be read', async () => {
    const failed = openInput(join(folder, 'none.gz'))
    await expect(failed).rejects.toBeInstanceOf(ShardError)
    await expect(failed).rejects.toThrow(/none\.gz: expected a readable file, got ENOENT/)
    await expect(openInput(join(folder, 'empty'))).rejects.toThrow(/empty: expected a file, got a folder/)
  })

  it.skipIf(process.getuid?.() === 0)('says so of a file without permission', async () => {
    const path = join(folder, 'locked.gz')
    writeFileSync(path, 'x')
    chmodSync(path, 0)
    await expect(openInput(path)).rejects.toThrow(/locked\.gz: expected a readable file, got EACCES/)
  })
})
