/** Servers that misbehave: each costs what the limits allow, is counted by name, and leaves the rest of the crawl as it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { answer, crawlSite, html, openSite, pageWith, type Routes, type Site, targets } from '../support/crawl-site.js'
import { temporaryFolder } from '../support/folder.js'

const base = temporaryFolder()
let site: Site
afterEach(() => site.close())

async function open(routes: Routes): Promise<Site> {
  site = await openSite(routes)
  return site
}

const one = { fetch: { attemptsMax: 1, secondsMax: 0.8, silenceSecondsMax: 0.5 } }

describe('bodies', () => {
  it('without end, too slow, cut off: what came is kept, and marked', async () => {
    await open({
      '/': pageWith('home', ['/endless', '/drip', '/silent', '/short', '/reset', '/last']),
      '/endless': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        const more = () => {
          while (!response.destroyed && response.write(`<p>${'endless '.repeat(1000)}`));
        }
        response.on('drain', more)
        more()
      },
      '/drip': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        const timer = setInterval(() => response.write('<a href=/dripped>x</a> '), 100)
        response.on('close', () => clearInterval(timer))
      },
      '/silent': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        response.write('<p>Then nothing')
      },
      '/short': (_, __, socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>Shorter than it says'),
      '/reset': (_, response, socket) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-length': '5000' })
        response.write('<p>Then a reset', () => socket.resetAndDestroy())
      },
      '*': pageWith('last'),
    })
    const { records, counters } = await crawlSite(site, base, {
      fetch: { ...one.fetch, bodySizeMax: 100_000 },
      politeness: { connectionsPerHost: 6 },
    })
    const cut = records.flatMap(({ target, fields, body, type }) =>
      type === 'response' && fields.has('warc-truncated') ? [[target, fields.get('warc-truncated'), body.length]] : [],
    )
    expect(cut.sort()).toEqual([
      ['/drip', 'time', expect.any(Number)],
      ['/endless', 'length', 100_000],
      ['/reset', 'disconnect', 15],
      ['/short', 'disconnect', 23],
      ['/silent', 'time', 15],
    ])
    expect(counters).toMatchObject({ 'cut.length': 1, 'cut.time': 2, 'cut.disconnect': 2 })
    expect(site.asked).toContain('site.test/dripped') // links of what came are followed
    expect(site.asked).toContain('site.test/last')
  })

  it('below the least rate are cut before their time', async () => {
    await open({
      '/': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        const timer = setInterval(() => response.write('x'), 50)
        response.on('close', () => clearInterval(timer))
      },
    })
    const { counters, secondsElapsed } = await crawlSite(site, base, {
      fetch: { attemptsMax: 1, secondsMax: 60, bytesPerSecondMin: 1000, graceSeconds: 0.5 },
    })
    expect(counters['cut.time']).toBe(1)
    expect(secondsElapsed).toBeLessThan(20)
  })

  it('that are bombs are stored as they came and not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const brotli = brotliCompressSync(Buffer.alloc(20_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
    await open({
      '/': pageWith('home', ['/gzip', '/brotli', '/no-gzip', '/sitemap.xml', '/after']),
      '/robots.txt': answer(200, {}, `Sitemap: http://site.test:1/x\nSitemap: /bomb.xml.gz`),
      '/bomb.xml.gz': answer(200, {}, bomb),
      '/gzip': answer(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, bomb),
      '/brotli': answer(200, { 'content-type': 'text/html', 'content-encoding': 'br' }, brotli),
      '/no-gzip': answer(
        200,
        { 'content-type': 'text/html', 'content-encoding': 'gzip' },
        pageWith('not packed', ['/behind']),
      ),
      '*': pageWith('any'),
    })
    const { counters, records } = await crawlSite(site, base)
    expect(counters).toMatchObject({ 'notRead.encoding': 2, 'failed.sitemap': 1 })
    expect(records.find(({ target, type }) => target === '/gzip' && type === 'response')?.body.equals(bomb)).toBe(true)
    expect(site.asked).toContain('site.test/behind')
    expect(site.asked).toContain('site.test/after')
  })

  it('in another charset than they say are read all the same', async () => {
    await open({
      '/': html(pageWith('home', ['/ü', '/koi', '/x']), { 'content-type': 'text/html; charset=no-such-thing' }),
      '/koi': answer(
        200,
        { 'content-type': 'text/html; charset=utf-16' },
        Buffer.from('<a href="/\xf0\xf2">x</a><a href=/plain>y</a>', 'latin1'),
      ),
      '*': pageWith('any'),
    })
    const { counters } = await crawlSite(site, base)
    expect(site.asked).toContain('site.test/%C3%BC')
    expect(counters['failed.protocol']).toBe(undefined)
  })
})

describe('answers', () => {
  it('that redirect in circles, without end, to nowhere, to elsewhere: each is recorded', async () => {
    const to = (location: string) => answer(302, { location })
    await open({
      '/': pageWith('home', ['/self', '/circle-a', '/chain0', '/nowhere', '/script', '/file', '/far', '/plain']),
      '/self': to('/self'),
      '/circle-a': to('/circle-b'),
      '/circle-b': to('/circle-a'),
      ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`/chain${at}`, to(`/chain${at + 1}`)])),
      '/nowhere': answer(302),
      '/script': to('javascript:alert(1)'),
      '/file': to('file:///etc/passwd'),
      '/far': to('http://far.test/'),
      '*': pageWith('any'),
    })
    const { counters, records } = await crawlSite(site, base, { fetch: { redirectsMax: 4 } })
    expect(counters).toMatchObject({ 'stored.redirect': 3 + 5 + 4, 'left.redirects': 1, 'left.outside': 1 })
    expect(targets(records, 'response')).toContain('/chain4')
    expect(targets(records, 'response')).not.toContain('/chain5')
    expect(
      records.find(({ target, type }) => target === '/circle-a' && type === 'metadata')?.block.toString(),
    ).toContain('/circle-b R Location:')
    expect(site.asked).toContain('site.test/plain')
  })

  it('of a seed that redirect to another host bring that host in', async () => {
    await open({ 'www.site.test/': pageWith('www', ['/in']), 'www.site.test/in': pageWith('in') })
    site.routes = { ...site.routes, 'site.test/': answer(301, { location: `http://www.site.test:${site.port}/` }) }
    const { folder } = await crawlSite(site, base, { budget: { pages: 2 } })
    expect(site.asked).not.toContain('www.site.test/in')
    await crawlSite(site, base, {}, { folder }) // it is known when the crawl goes on, too
    expect(site.asked).toContain('www.site.test/in')
  })

  it('that are no HTTP, or a head without end, fail by name', async () => {
    await open({
      '/': pageWith('home', ['/garbage', '/long-head', '/closed', '/never', '/fine']),
      '/garbage': (_, __, socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      '/long-head': (_, __, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = () => {
          while (!socket.destroyed && socket.write(`X-Filler: ${'x'.repeat(1000)}\r\n`));
        }
        socket.on('drain', more)
        more()
      },
      '/closed': (_, __, socket) => socket.destroy(),
      '/never': () => {},
      '/fine': pageWith('fine'),
    })
    const { counters, records, folder } = await crawlSite(site, base, { fetch: { ...one.fetch, attemptsMax: 2 } })
    expect(counters).toMatchObject({ 'failed.protocol': 2, 'failed.headers': 1, 'failed.timeout': 1, 'stored.page': 2 })
    expect(targets(records, 'response')).toEqual(['/', '/fine', '/robots.txt'])
    const lines = readFileSync(join(folder, 'log/not-stored.jsonl'), 'utf8').trimEnd().split('\n')
    const logged = lines
      .map((line) => JSON.parse(line))
      .map(({ url, reason, message }) => [new URL(url).pathname, reason, message])
    expect(logged.sort()).toEqual([
      ['/closed', 'failed.protocol', expect.stringMatching(/other side closed|ECONNRESET/)],
      ['/garbage', 'failed.protocol', expect.any(String)],
      ['/long-head', 'failed.headers', expect.any(String)],
      ['/never', 'failed.timeout', expect.any(String)],
    ])
  })

  it('longer than they say end where they say', async () => {
    await open({
      '/': (_, __, socket) =>
        socket.end(
          'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<a href=/more>more</a>HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad',
        ),
      '/more': pageWith('more'),
    })
    const { records } = await crawlSite(site, base)
    expect(records.find(({ target, type }) => target === '/' && type === 'response')?.body.toString()).toBe(
      '<a href=/more>more</a>',
    )
    expect(targets(records, 'response')).toEqual(['/', '/more', '/robots.txt'])
  })

  it('of a host that refuses connections, or has no name, fail by name', async () => {
    await open({})
    const { port } = site
    site.close()
    const refused = await crawlSite(site, base, { seeds: [`http://site.test:${port}/`], fetch: { attemptsMax: 2 } })
    expect(refused.counters).toEqual({ 'retries.connect': 1, 'failed.connect': 1 })
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND site.test'), { code: 'ENOTFOUND' })
    }
    const nameless = await crawlSite(site, base, { fetch: { attemptsMax: 2 } }, { resolve })
    expect(nameless.counters).toEqual({ 'retries.dns': 1, 'failed.dns': 1 })
    const slow = await crawlSite(
      site,
      base,
      { ...one, fetch: { ...one.fetch, attemptsMax: 1 } },
      { resolve: () => new Promise(() => {}) },
    )
    expect(slow.counters).toEqual({ 'failed.timeout': 1 })
  })

  it('of a host that never answers are given up after some tries', async () => {
    await open({
      '/robots.txt': answer(404),
      '/': pageWith(
        'home',
        Array.from({ length: 40 }, (_, at) => `/${at}`),
      ),
      '*': (_, __, socket) => socket.destroy(),
    })
    const { counters, end, queued } = await crawlSite(site, base, { fetch: { attemptsMax: 2, hostFailuresMax: 5 } })
    expect(counters).toMatchObject({ 'failed.host': 1, 'stored.page': 1 })
    expect(end).toBe('done')
    expect(queued).toBeGreaterThan(30)
    expect(site.asked.length).toBeLessThan(20)
  })
})

describe('robots.txt', () => {
  it.each([
    ['a page instead', answer(200, { 'content-type': 'text/html' }, '<html><title>Hello</title>Disallow: /'), true],
    ['not there', answer(404, {}, 'User-agent: *\nDisallow: /'), true],
    ['forbidden', answer(403), true],
    ['gone', answer(410), true],
    ['broken', answer(500), false],
    ['busy', answer(503, { 'retry-after': '0' }), false],
    ['too many requests', answer(429), false],
    ['no answer', ((_, __, socket) => socket.destroy()) as Routes[string], false],
    [
      'huge, the rules at its beginning',
      answer(200, {}, `User-agent: *\nDisallow: /deep\n${'# filler\n'.repeat(500_000)}`),
      true,
    ],
    ['a redirect to rules', answer(301, { location: '/elsewhere.txt' }), false],
    ['redirects without end', answer(302, { location: '/robots.txt?again' }), true],
    ['a bomb', answer(200, { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(20_000_000))), false],
  ])('%s', async (_, robots, isFetched) => {
    await open({
      '/robots.txt': robots,
      '/': pageWith('home'),
      '/elsewhere.txt': answer(200, {}, 'User-agent: *\nDisallow: /'),
    })
    const { counters } = await crawlSite(site, base, { fetch: { attemptsMax: 2 } })
    expect(site.asked.includes('site.test/')).toBe(isFetched)
    expect(counters['stored.page'] ?? 0).toBe(isFetched ? 1 : 0)
    if (!isFetched)
      expect(
        (counters['skipped.robots'] ?? 0) +
          (counters['skipped.robotsUnreachable'] ?? 0) +
          (counters['failed.protocol'] ?? 0),
      ).toBe(1)
  })
})

describe('traps', () => {
  it('calendars, loops of segments and long addresses end at the rules, and at the budget of the host', async () => {
    await open({
      '/': pageWith('home', ['/loop/', '/deep/', '/long', '/calendar?day=1']),
      '*': (request, response) => {
        const url = request.url ?? ''
        const [, day] = /day=(\d+)/.exec(url) ?? []
        if (day !== undefined) html(pageWith(url, [`/calendar?day=${Number(day) + 1}`]))(request, response)
        else if (url.startsWith('/loop')) html(pageWith(url, ['loop/', 'x/']))(request, response)
        else if (url.startsWith('/deep')) html(pageWith(url, [`${url.length}/`]))(request, response)
        else html(pageWith(url, [`${url}/${'long'.repeat(100)}`]))(request, response)
      },
    })
    const { counters, stored } = await crawlSite(site, base, {
      scope: { pathSegmentsMax: 6, urlLengthMax: 1000, depthMax: 1000 },
      budget: { pagesPerHost: 60 },
    })
    expect(counters['left.segmentRepeats']).toBeGreaterThan(0)
    expect(counters['left.pathDepth']).toBeGreaterThan(0)
    expect(counters['left.urlLength']).toBe(1)
    expect(stored).toBe(59) // and robots.txt
  })
})
