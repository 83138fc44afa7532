/** Where a crawl must not lead. The server listens on all of the machine's addresses; 127.0.0.1 stands for the public web. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, crawlSite, openSite, pageWith, type Site, targets } from '../support/crawl-site.js'
import { temporaryFolder } from '../support/folder.js'

const base = temporaryFolder()
let site: Site
beforeEach(async () => {
  site = await openSite({ '*': pageWith('any') })
})
afterEach(() => site.close())

const quick = { attemptsMax: 1 }

describe('special addresses', () => {
  it.each([
    'http://127.0.0.2:PORT/',
    'http://2130706434:PORT/',
    'http://0x7f.2:PORT/',
    'http://017700000002:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:2]:PORT/',
    'http://[64:ff9b::7f00:2]:PORT/',
    'http://0.0.0.0:PORT/',
    'http://169.254.169.254:PORT/',
  ])('%s is not connected to', async (seed) => {
    const { counters, stored } = await crawlSite(site, base, {
      seeds: [seed.replace('PORT', String(site.port))],
      fetch: quick,
    })
    expect([site.asked, site.connections.most, stored]).toEqual([[], 0, 0])
    expect(counters).toMatchObject({ 'failed.address': 1 })
  })

  it('are not connected to behind a name, whichever of its addresses they are', async () => {
    const answers = ['127.0.0.2', '::1', '::ffff:127.0.0.1', '10.0.0.1', 'fe80::1', '0.0.0.0']
    const { counters } = await crawlSite(site, base, { fetch: quick }, { resolve: async () => answers })
    expect([site.connections.most, counters['failed.address']]).toEqual([0, 1])
    const mixed = await crawlSite(site, base, { fetch: quick }, { resolve: async () => ['127.0.0.2', '127.0.0.1'] })
    expect(mixed.stored).toBe(1)
    expect(mixed.records[1]?.fields.get('warc-ip-address')).toBe('127.0.0.1')
  })

  it('are not connected to by redirects: of pages, of robots.txt, of sitemaps', async () => {
    const inside = `http://inside.test:${site.port}`
    site.routes = {
      '/robots.txt': answer(200, {}, `Sitemap: http://site.test:${site.port}/s.xml`),
      'robots.test/robots.txt': answer(302, { location: `${inside}/robots.txt` }),
      '/': pageWith('home', ['/to-inside', `${inside}/direct`, `http://robots.test:${site.port}/`]),
      '/to-inside': answer(301, { location: `${inside}/secret` }),
      '/s.xml': answer(301, { location: `${inside}/s.xml` }),
      '*': pageWith('any'),
    }
    const resolve = async (host: string) => [host === 'inside.test' ? '127.0.0.2' : '127.0.0.1']
    const { counters, records } = await crawlSite(site, base, { scope: { within: 'any' }, fetch: quick }, { resolve })
    expect(site.asked.filter((one) => one.startsWith('inside'))).toEqual([])
    expect(counters['failed.address']).toBe(4)
    expect(targets(records, 'response')).toContain('/to-inside')
    expect(site.asked).not.toContain('robots.test/') // its rules are not known
  })

  it('are not connected to when a name changes its mind: what was checked is what is connected to', async () => {
    let asked = 0
    // Allowed when it is checked; another answer for whoever asks again.
    const resolve = async () => [asked++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2']
    site.routes = {
      '*': (request, response) =>
        answer(200, { 'content-type': 'text/html', connection: 'close' }, pageWith('x', [`${request.url}1`]))(
          request,
          response,
          request.socket,
        ),
    }
    const { records, counters } = await crawlSite(
      site,
      base,
      { budget: { pages: 6 }, fetch: { attemptsMax: 2 } },
      { resolve },
    )
    const addresses = new Set(records.flatMap(({ fields }) => fields.get('warc-ip-address') ?? []))
    expect([...addresses]).toEqual(['127.0.0.1'])
    expect(site.connections.most).toBeGreaterThan(0)
    expect((counters['failed.address'] ?? 0) + (counters['retries.address'] ?? 0)).toBeGreaterThan(0)
    // One question a connection, the refused ones included.
    expect(asked).toBe(site.asked.length + (counters['failed.address'] ?? 0))
  })
})

describe('ports', () => {
  it('other than those allowed are not connected to, by links, redirects, robots.txt or sitemaps', async () => {
    const other = await openSite({ '*': pageWith('other') })
    try {
      site.routes = {
        '/robots.txt': answer(302, { location: `http://site.test:${other.port}/robots.txt` }),
        '/': answer(301, { location: `http://site.test:${other.port}/` }),
      }
      const { counters } = await crawlSite(site, base)
      site.routes = {
        '/robots.txt': answer(200, {}, `Sitemap: http://site.test:${other.port}/s.xml`),
        '/': pageWith('home', [`http://site.test:${other.port}/a`]),
      }
      const linked = await crawlSite(site, base)
      expect([counters['left.port'], linked.counters['left.port'], other.asked]).toEqual([1, 1, []])
    } finally {
      other.close()
    }
  })
})
