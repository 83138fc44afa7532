/** The command's config, its faults, its schema and its documentation. What crawls do is in tests/crawl/. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadCrawlConfig } from '../../src/crawl/config.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'

const root = resolve(import.meta.dirname, '../..')
const folder = temporaryFolder()

function config(text: string): string {
  const file = join(folder, 'crawl.yaml')
  writeFileSync(file, text)
  return file
}

describe('a config', () => {
  it('that ships along is sound', () => {
    const loaded = loadCrawlConfig(join(root, 'configs/crawl.yaml'))
    expect(loaded).toMatchObject({ name: 'example', agent: 'millrace', seeds: ['https://example.com/'] })
    expect(loaded.folder).toBe(join(root, 'crawls/example'))
    expect(loaded.politeness).toEqual({
      ...loaded.politeness,
      delaySeconds: 1,
      connectionsPerHost: 1,
      nofollow: 'obey',
      noindex: 'obey',
    })
    expect(loaded.scope.allowPrivate).toEqual([])
  })

  it('has a contact, or nothing is fetched', async () => {
    const without = await call(['crawl', config('seeds: [https://e.example/]\noutput: { warc: x }\n')])
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('contact: expected text, got nothing')])
    for (const bad of ['nobody', 'https://localhost/', 'a@b', 'me <me@e.example>', "'x@y.example\\r\\nCookie: a'"]) {
      const { code, stderr } = await call([
        'crawl',
        config(`contact: ${bad}\nseeds: [https://e.example/]\noutput: { warc: x }\n`),
      ])
      expect([code, stderr], bad).toEqual([
        2,
        expect.stringContaining('expected a URL (https://…) or an e-mail address'),
      ])
    }
  })

  it('is told all that is wrong with it, with its places', async () => {
    const { code, stderr } = await call([
      'crawl',
      config(
        "contact: me@e.example\nseeds: [ftp://e.example/, 'https://e.example:8443/']\nscop: {}\nscope: { depth: 3, within: page, allowPrivate: [10.0.0.0/33] }\nbudget: { pages: 0 }\noutput: {}\n",
      ),
    ])
    expect(code).toBe(2)
    expect(stderr).toContain('crawl.yaml:3:1: scop: unknown key; nearest: scope')
    expect(stderr).toContain('crawl.yaml:4:10: scope.depth: unknown key; nearest: depthMax')
    expect(stderr).toContain('scope.within: expected one of host, domain, prefix, any, got "page"')
    expect(stderr).toContain('budget.pages: expected at least 1, got 0')
    expect(stderr).toContain('output.warc: expected text, got nothing')
    const values = await call([
      'crawl',
      config(
        "contact: me@e.example\nseeds: [ftp://e.example/, 'https://e.example:8443/']\nscope: { allowPrivate: [10.0.0.0/33] }\noutput: { warc: x }\n",
      ),
    ])
    expect(values.stderr).toContain('seeds[0]: expected a URL (https://…), got "ftp://e.example/"')
    expect(values.stderr).toContain('seeds[1]: https://e.example:8443/: its port is not among scope.ports (80, 443)')
    expect(values.stderr).toContain('scope.allowPrivate[0]: expected a subnet (10.1.0.0/16), got "10.0.0.0/33"')
  })

  it('takes seeds from a file, and values from the command line', () => {
    writeFileSync(
      join(folder, 'seeds.txt'),
      '# sites\nhttps://a.example\n\nhttps://b.example/x#y  # second\nhttps://a.example/\n',
    )
    const file = config(
      'contact: me@e.example\nseedFile: seeds.txt\nsitemaps: [https://a.example/s.xml]\noutput: { warc: x }\n',
    )
    const loaded = loadCrawlConfig(file, [
      'budget.pages=7',
      'scope.exclude=["/a*"]',
      'output.warc=there',
      'contact=you@e.example',
    ])
    expect(loaded.seeds).toEqual(['https://a.example/', 'https://b.example/x'])
    expect([loaded.budget.pages, loaded.scope.exclude, loaded.contact]).toEqual([7, ['/a*'], 'you@e.example'])
    expect(loaded.folder).toBe(resolve('there'))
    expect(() => loadCrawlConfig(config('contact: me@e.example\nseedFile: none.txt\noutput: { warc: x }\n'))).toThrow(
      /none\.txt: can't be read/,
    )
    expect(() => loadCrawlConfig(config('contact: me@e.example\noutput: { warc: x }\n'))).toThrow(
      /expected seeds, a seedFile or sitemaps/,
    )
  })
})

describe('documentation', () => {
  it('configs/crawl.schema.json is made by `millrace schema --crawl`', async () => {
    const { stdout } = await call(['schema', '--crawl'])
    expect(JSON.parse(readFileSync(join(root, 'configs/crawl.schema.json'), 'utf8'))).toEqual(JSON.parse(stdout))
  })

  it('docs/crawling.md ends with what `millrace crawl --options` prints', async () => {
    const { stdout } = await call(['crawl', '--options'])
    expect(readFileSync(join(root, 'docs/crawling.md'), 'utf8').endsWith(`\n${stdout}`)).toBe(true)
  })
})
