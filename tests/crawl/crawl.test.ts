/** Whole crawls of a server on loopback: what is fetched, in what order and pace, and what is written. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
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

describe('what is fetched', () => {
  it('all that links lead to on the host, once, and robots.txt before', async () => {
    await open({
      '/': pageWith('home', ['/a', 'b#part', '/a?utm_source=x', 'http://other.test/', '/gone', 'mailto:x@y.example']),
      '/a': pageWith('a', ['/', '/b', '/a/c']),
      '/b': pageWith('b', ['%61']),
      '/a/c': pageWith('c', ['../d'], '<base href="/x/y/">'),
      '/x/d': pageWith('d'),
    })
    const { records, counters, end, queued } = await crawlSite(site, base)
    expect(site.asked.map((one) => one.replace('site.test', ''))).toEqual([
      '/robots.txt',
      '/',
      '/a',
      '/b',
      '/gone',
      '/a/c',
      '/x/d',
    ])
    expect(targets(records, 'response')).toEqual(['/', '/a', '/a/c', '/b', '/gone', '/robots.txt', '/x/d'])
    expect(counters).toMatchObject({ 'stored.page': 5, 'stored.status404': 1, 'left.outside': 1 })
    expect([end, queued]).toEqual(['done', 0])
  })

  it('what robots.txt allows to us, by name', async () => {
    await open({
      '/robots.txt': answer(
        200,
        {},
        'User-agent: *\nDisallow: /\n\nUser-agent: millrace\nDisallow: /private\nAllow: /private/but\n',
      ),
      '/': pageWith('home', ['/private', '/private/but', '/open']),
      '*': pageWith('any'),
    })
    const { counters } = await crawlSite(site, base)
    expect(site.asked.map((one) => one.replace('site.test', ''))).toEqual(['/robots.txt', '/', '/private/but', '/open'])
    expect(counters['skipped.robots']).toBe(1)
  })

  it('nothing behind nofollow, and not what asks to stay out of an index', async () => {
    const routes: Routes = {
      '/': `${pageWith('home', ['/meta', '/header', '/noindex', '/otherbot'])}<a rel="ugc nofollow" href=/linked>x</a>`,
      '/meta': pageWith('meta', ['/behind-meta'], '<meta name=Robots content="index, NOFOLLOW">'),
      '/header': html(pageWith('header', ['/behind-header']), { 'x-robots-tag': 'millrace: none' }),
      '/noindex': pageWith('noindex', ['/behind-noindex'], '<meta name=millrace content=noindex>'),
      '/otherbot': html(pageWith('other', ['/behind-other']), { 'x-robots-tag': 'otherbot: none' }),
      '*': (request, response) => html(pageWith(request.url ?? ''))(request, response),
    }
    await open(routes)
    const obeyed = await crawlSite(site, base)
    const stored = ['/', '/behind-noindex', '/behind-other', '/meta', '/otherbot']
    expect(targets(obeyed.records, 'response').filter((target) => target !== '/robots.txt')).toEqual(stored)
    expect(obeyed.counters).toMatchObject({ 'left.nofollow': 3, 'skipped.noindex': 2 })
    const ignored = await crawlSite(site, base, {
      politeness: { nofollow: 'ignore', noindex: 'ignore' },
    })
    expect(targets(ignored.records, 'response')).toHaveLength(11)
  })

  it('up to a depth, in breadth', async () => {
    await open({
      '/': pageWith('0', ['/1a', '/1b']),
      '/1a': pageWith('1a', ['/2']),
      '/1b': pageWith('1b'),
      '/2': pageWith('2', ['/3']),
    })
    await crawlSite(site, base, { scope: { depthMax: 2 } })
    expect(site.asked.slice(1).map((one) => one.replace('site.test', ''))).toEqual(['/', '/1a', '/1b', '/2'])
  })

  it('what patterns include and do not exclude, within a prefix', async () => {
    await open({
      '*': pageWith('any', ['/docs/a', '/docs/a.pdf', '/docs/b?sort=up', '/docs/x/secret', '/blog', '/docs/c']),
    })
    const { counters } = await crawlSite(site, base, {
      seeds: [`http://site.test:${site.port}/docs/start`],
      scope: { within: 'prefix', include: ['/docs/*'], exclude: ['*.pdf$', '/*?sort=', '/docs/*/secret'] },
    })
    expect(site.asked.slice(1).map((one) => one.replace('site.test', ''))).toEqual([
      '/docs/start',
      '/docs/a',
      '/docs/c',
    ])
    expect(counters).toMatchObject({ 'left.outside': 3, 'left.excluded': 9 })
  })

  it('names below the domain, where that is wanted', async () => {
    await open({
      '*': pageWith('any', [
        'http://shop.site.test:PORT/',
        'http://notsite.test:PORT/',
        'http://site.test:PORT/',
      ]).replaceAll('PORT', '1'),
    })
    site.routes = {
      '*': pageWith('any', [
        `//shop.site.test:${site.port}/`,
        `//notsite.test:${site.port}/`,
        `//site.test:${site.port}/`,
      ]),
    }
    await crawlSite(site, base, { seeds: [`http://www.site.test:${site.port}/`], scope: { within: 'domain' } })
    expect(site.asked.filter((one) => !one.endsWith('robots.txt')).sort()).toEqual([
      'shop.site.test/',
      'site.test/',
      'www.site.test/',
    ])
  })

  it('content types that are wanted: the bodies of others are not', async () => {
    let sent = 0
    await open({
      '/': pageWith('home', ['/pdf', '/late', '/none', '/none-text']),
      '/pdf': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/pdf' })
        const timer = setInterval(() => {
          sent++
          response.write(Buffer.alloc(1000))
        }, 5)
        response.on('close', () => clearInterval(timer))
      },
      '/late': answer(200, { 'content-type': 'image/png' }, 'x'),
      '/none': (_, response) => response.writeHead(200).end(pageWith('none')),
      '/none-text': (_, response) => response.writeHead(200).end('only text'),
    })
    const { records, counters } = await crawlSite(site, base)
    expect(targets(records, 'response')).toEqual(['/', '/none', '/robots.txt'])
    expect(counters['skipped.type']).toBe(3)
    expect(sent).toBeLessThan(200)
  })
})

describe('sitemaps', () => {
  it('of robots.txt, indexes, gzip, text, and broken ones', async () => {
    const urls = (...paths: string[]) =>
      `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://i">${paths
        .map(
          (path) =>
            `<url><loc> http://site.test:${site.port}${path} </loc><image:image><image:loc>http://site.test:${site.port}/img</image:loc></image:image></url>`,
        )
        .join('')}</urlset>`
    await open({})
    const at = `http://site.test:${site.port}`
    site.routes = {
      '/robots.txt': answer(200, {}, `Sitemap: ${at}/index.xml\nSitemap: http://far.test/s.xml\n`),
      '/index.xml': answer(
        200,
        {},
        `<sitemapindex><sitemap><loc>${at}/one.xml.gz</loc></sitemap><sitemap><loc><![CDATA[${at}/two.txt]]></loc></sitemap><sitemap><loc>${at}/broken.xml</loc></sitemap></sitemapindex>`,
      ),
      '/one.xml.gz': answer(200, {}, gzipSync(urls('/p1', '/p2?a=1&amp;b=2'))),
      '/two.txt': answer(200, {}, `${at}/p3\r\nnot a url\n${at}/p1\n`),
      '/broken.xml': answer(200, {}, `${urls('/p4').replace('</urlset>', '')}<url><loc>${at}/p5`),
      '*': pageWith('any'),
    }
    const { counters } = await crawlSite(site, base)
    const asked = site.asked.map((one) => one.replace('site.test', ''))
    expect(asked.slice(0, 6).sort()).toEqual([
      '/',
      '/broken.xml',
      '/index.xml',
      '/one.xml.gz',
      '/robots.txt',
      '/two.txt',
    ])
    expect(asked.slice(6).sort()).toEqual(['/p1', '/p2?a=1&b=2', '/p3', '/p4'])
    expect(counters['stored.sitemap']).toBe(4)
  })
})

describe('the pace', () => {
  it('one request at a time to a host, a delay apart, or the crawl-delay of its robots.txt', async () => {
    await open({
      'slow.test/robots.txt': answer(200, {}, 'User-agent: *\nCrawl-delay: 0.3'),
      '*': pageWith('any', ['/1', '/2', '/3']),
    })
    const seeds = [`http://slow.test:${site.port}/`, `http://quick.test:${site.port}/`]
    await crawlSite(site, base, { seeds, politeness: { delaySeconds: 0.1 } })
    expect(site.connections.most).toBe(2)
    const gaps = (host: string) => {
      const times = site.times.filter((_, at) => site.asked[at]?.startsWith(host))
      return times.slice(1).map((time, at) => time - (times[at] ?? 0))
    }
    expect(gaps('slow.test')).toHaveLength(4)
    for (const gap of gaps('slow.test')) expect(gap).toBeGreaterThan(295)
    for (const gap of gaps('quick.test')) expect(gap).toBeGreaterThan(95)
  })

  it('Retry-After, and a try after it', async () => {
    let busy = 2
    await open({
      '/': (request, response, socket) => {
        if (busy-- > 0)
          answer(busy === 1 ? 429 : 503, { 'retry-after': busy === 1 ? '1' : '0' })(request, response, socket)
        else html(pageWith('home'))(request, response)
      },
    })
    const { records, counters } = await crawlSite(site, base)
    expect(targets(records, 'response')).toEqual(['/', '/robots.txt'])
    expect(counters).toMatchObject({ 'retries.status429': 1, 'retries.status503': 1, 'stored.page': 1 })
    expect((site.times[2] ?? 0) - (site.times[1] ?? 0)).toBeGreaterThan(990)
  })

  it('a budget of pages is met and not passed', async () => {
    await open({
      '*': (request, response) =>
        html(pageWith(request.url ?? '', [`${request.url}x`, `${request.url}y`]))(request, response),
    })
    const { stored, end, queued } = await crawlSite(site, base, {
      budget: { pages: 7 },
      politeness: { connectionsPerHost: 4 },
    })
    expect([stored, end]).toEqual([7, 'pages'])
    expect(queued).toBeGreaterThan(3)
    expect(site.asked.length).toBeLessThanOrEqual(8 + 4)
  })
})

describe('what is written', () => {
  it('bytes as they came: order and case of headers, content encoding; chunks taken apart and renamed', async () => {
    const packed = gzipSync(pageWith('packed', ['/next']))
    await open({
      '/': (_, __, socket) => {
        socket.write(
          'HTTP/1.1 200 Fine\r\nX-ODD-Case: Ünd \r\nx-odd-case: two\r\nContent-type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n',
        )
        for (const part of [packed.subarray(0, 10), packed.subarray(10)])
          socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]))
        socket.end('0\r\n\r\n')
      },
      '/next': pageWith('next'),
    })
    const { records } = await crawlSite(site, base)
    expect(records.map(({ type, target }) => `${type} ${target}`)).toEqual([
      ...['warcinfo ', 'response /robots.txt', 'request /robots.txt', 'response /', 'request /', 'metadata /'],
      ...['response /next', 'request /next', 'metadata /next'],
    ])
    const response = records[3]
    const head = response?.block.subarray(0, response.block.length - (response?.body.length ?? 0)).toString('utf8')
    expect(head).toBe(
      'HTTP/1.1 200 Fine\r\nX-ODD-Case: Ünd \r\nx-odd-case: two\r\nContent-type: text/html\r\nX-Crawler-Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n',
    )
    expect(response?.body.equals(packed)).toBe(true)
    expect(response?.fields.get('warc-ip-address')).toBe('127.0.0.1')
    const request = records[4]
    expect(request?.fields.get('warc-concurrent-to')).toBe(response?.fields.get('warc-record-id'))
    expect(request?.block.toString()).toMatch(
      /^GET \/ HTTP\/1\.1\r\nhost: site\.test:\d+\r\n[\s\S]*User-Agent: Millrace\/[\d.]+ \(\+https:\/\/crawl\.example\/about\)\r\n[\s\S]*\r\n\r\n$/,
    )
    expect(request?.block.toString()).not.toMatch(/cookie/i)
    expect(records[7]?.block.toString()).not.toMatch(/cookie/i)
    const metadata = records[5]?.block.toString() ?? ''
    expect(metadata).toContain(`outlink: http://site.test:${site.port}/next L a/@href\r\n`)
    expect(metadata).toMatch(/^fetchTimeMs: \d+\r\ndepth: 0\r\ncharset: utf-8\r\n/)
  })

  it('a body that is there already as a revisit, by its digest', async () => {
    await open({ '/': pageWith('home', ['/a', '/b']), '/a': pageWith('same'), '/b': pageWith('same') })
    const { records, counters } = await crawlSite(site, base)
    expect(counters).toMatchObject({ 'stored.page': 2, 'stored.revisit': 1 })
    const [original] = records.filter(({ target, type }) => target === '/a' && type === 'response')
    const [revisit] = records.filter(({ type }) => type === 'revisit')
    expect(revisit?.target).toBe('/b')
    expect(revisit?.fields.get('warc-profile')).toBe('http://netpreserve.org/warc/1.1/revisit/identical-payload-digest')
    expect(revisit?.fields.get('warc-payload-digest')).toBe(original?.fields.get('warc-payload-digest'))
    expect(revisit?.fields.get('warc-refers-to-target-uri')).toBe(original?.fields.get('warc-target-uri'))
    expect(revisit?.fields.get('warc-refers-to-date')).toBe(original?.fields.get('warc-date'))
    expect(revisit?.body).toHaveLength(0)
  })

  it('files that are closed before they grow beyond their size', async () => {
    await open({
      '*': (request, response) =>
        html(
          pageWith(
            `${request.url} ${'x'.repeat(500)}`,
            Number(request.url?.slice(1)) < 20 ? [`/${Number(request.url?.slice(1)) + 1}`] : [],
          ),
        )(request, response),
    })
    const { records, folder } = await crawlSite(site, base, { output: { sizeMax: 6000 } })
    const files = readdirSync(join(folder, 'warc'))
    expect(files.length).toBeGreaterThan(3)
    for (const [at, file] of files.entries()) {
      expect(file).toMatch(new RegExp(`^crawl-\\d{14}-0000${at + 1}\\.warc\\.gz$`))
      expect(statSync(join(folder, 'warc', file)).size).toBeLessThanOrEqual(6000)
      expect(records.find((record) => record.file === file)?.type).toBe('warcinfo')
    }
    expect(targets(records, 'response')).toHaveLength(22)
  })
})

describe('a second round', () => {
  it('asks only for what has changed, and goes on behind what has not', async () => {
    let version = 1
    const versioned =
      (name: string, links: readonly string[] = []) =>
      (request: { headers: Record<string, unknown> }, response: Parameters<ReturnType<typeof html>>[1]) => {
        const etag = `"${name}${name === 'b' ? version : ''}"`
        if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
        else
          response
            .writeHead(200, { etag, 'content-type': 'text/html' })
            .end(pageWith(`${name} ${name === 'b' ? version : ''}`, links))
      }
    await open({
      '/': versioned('home', ['/a', '/b']),
      '/a': versioned('a'),
      '/b': versioned('b', ['/c']),
      '/c': pageWith('c'),
    })
    const first = await crawlSite(site, base)
    expect(first.counters['stored.page']).toBe(4)
    await expect(crawlSite(site, base, {}, { folder: first.folder })).resolves.toMatchObject({
      stored: 4,
      resumed: true,
      round: 1,
    })
    expect(site.asked).toHaveLength(5)
    version = 2
    const second = await crawlSite(site, base, {}, { folder: first.folder, again: true })
    expect(second.counters).toEqual({
      ...second.counters,
      'stored.notModified': 2,
      'stored.page': 1,
      'stored.revisit': 1,
    })
    expect(second.round).toBe(2)
    const unchanged = second.records.filter(({ fields }) => fields.get('warc-profile')?.endsWith('server-not-modified'))
    expect(unchanged.map(({ target }) => target).sort()).toEqual(['/', '/a'])
    const home = first.records.find(({ target, type }) => target === '/' && type === 'response')
    expect(unchanged.find(({ target }) => target === '/')?.fields.get('warc-refers-to-date')).toBe(
      home?.fields.get('warc-date'),
    )
    expect(unchanged[0]?.http?.firstLine).toBe('HTTP/1.1 304 Not Modified')
    const third = await crawlSite(site, base, {}, { folder: first.folder, again: true, signal: AbortSignal.abort() })
    expect(third).toMatchObject({ end: 'interrupted', round: 3, resumed: false, stored: 0 })
    const fourth = await crawlSite(site, base, {}, { folder: first.folder, again: true })
    expect(fourth).toMatchObject({ end: 'done', round: 3, resumed: true, stored: 4 })
  })

  it('begins after a budget was spent, too, and without it the first goes on', async () => {
    await open({
      '/': pageWith('home', ['/a', '/b', '/c']),
      '/a': pageWith('a'),
      '/b': pageWith('b'),
      '/c': pageWith('c'),
    })
    const { folder } = await crawlSite(site, base, { budget: { pages: 2 } })
    const more = await crawlSite(site, base, { budget: { pages: 3 } }, { folder })
    expect(more).toMatchObject({ end: 'pages', round: 1, resumed: true, stored: 3 })
    const again = await crawlSite(site, base, {}, { folder, again: true })
    expect(again).toMatchObject({ end: 'done', round: 2, resumed: false, stored: 4 })
    expect(targets(again.records, 'response').filter((target) => target === '/c')).toHaveLength(1)
  })
})
