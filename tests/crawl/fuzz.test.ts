/** Robots files, sitemaps and pages from seeded mutations: whatever stands in them, they are read to an end, and what comes out is sound. */
import { describe, expect, it } from 'vitest'
import { UrlForm } from '../../src/crawl/canonical-url.js'
import { readLinks } from '../../src/crawl/links.js'
import { parseRobots } from '../../src/crawl/robots.js'
import { parseSitemap } from '../../src/crawl/sitemap.js'
import { pageWith } from '../support/crawl-site.js'
import { Random } from '../support/random.js'

const form = new UrlForm()
const ROBOTS =
  'User-agent: FooBot\nDisallow: /a*b$\nAllow: /a/%41\n\nUser-agent: *\nCrawl-delay: 2\nDisallow: /\nSitemap: https://e.example/s.xml\n'
const SITEMAP =
  '<?xml version="1.0"?><urlset xmlns="http://s"><url><loc>https://e.example/a?b&amp;c</loc></url><url><loc><![CDATA[https://e.example/]]></loc></url></urlset>'
const PAGE = pageWith(
  'page',
  ['/a', '//b.example/%zz', 'http://[::1', '?q=ü#x', '/\ud800'],
  '<base href="/x/"><meta name=robots content=none><meta http-equiv=refresh content="0;url=/r">',
)

/** Cuts, flips, splices and repeats. */
function mutated(text: string, random: Random): Buffer {
  let bytes = Buffer.from(text)
  for (let edits = 1 + random.below(6); edits > 0; edits--) {
    const at = random.below(bytes.length + 1)
    const to = Math.min(bytes.length, at + random.below(40))
    const part = bytes.subarray(at, to)
    const insert = random.pick([
      Buffer.from(random.bytes(random.below(8))),
      Buffer.alloc(0),
      Buffer.concat(Array(random.below(20)).fill(part)),
    ])
    bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(random.pick([at, to]))])
  }
  return bytes
}

describe.each([1, 2])('mutations by seed %i', (seed) => {
  const random = new Random(seed)
  const cases = <T>(text: string, read: (bytes: Buffer) => T): T[] =>
    Array.from({ length: 300 }, () => read(mutated(text, random)))

  it('robots.txt', () => {
    for (const rules of cases(ROBOTS, (bytes) => parseRobots(bytes, 'FooBot'))) {
      expect(typeof rules.isAllowed('/a/x/b?c=%41*$')).toBe('boolean')
      expect(rules.crawlDelaySeconds ?? 0).toBeGreaterThanOrEqual(0)
    }
  })

  it('sitemaps', () => {
    for (const sitemap of cases(SITEMAP, parseSitemap)) {
      for (const location of sitemap?.locations ?? []) expect(form.canonical(location) ?? 'http').toMatch(/^http/)
    }
  })

  it('pages', () => {
    for (const { links } of cases(PAGE, (bytes) =>
      readLinks(bytes, 'text/html', 'http://e.example/', form, 'millrace', true),
    )) {
      for (const { url } of links) {
        expect(url).toMatch(/^https?:\/\/[\x21-\x7e]+$/)
        expect(form.canonical(url)).toBe(url)
      }
    }
  })
})
