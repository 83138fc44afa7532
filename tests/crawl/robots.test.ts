/** RFC 9309, its own examples (sections 2.2 and 5), and the behavior that the reference parser's tests describe. */
import { describe, expect, it } from 'vitest'
import { parseRobots, ROBOTS_SIZE_MAX } from '../../src/crawl/robots.js'

function allowed(text: string, target: string, agent = 'FooBot'): boolean {
  return parseRobots(Buffer.from(text), agent).isAllowed(target)
}

describe('groups', () => {
  const text = [
    ...['allow: /foo/bar/', '', 'user-agent: FooBot', 'disallow: /', 'allow: /x/'],
    ...['user-agent: BarBot', 'disallow: /', 'allow: /y/', '', '', 'allow: /w/'],
    ...['user-agent: BazBot', '', 'user-agent: FooBot', 'allow: /z/', 'disallow: /'],
  ].join('\n')

  it.each([
    ['FooBot', '/x/b', true],
    ['FooBot', '/z/d', true],
    ['FooBot', '/y/c', false],
    ['BarBot', '/y/c', true],
    ['BarBot', '/w/a', true],
    ['BarBot', '/z/d', false],
    // Two user-agent lines with a blank one between share a group.
    ['BazBot', '/z/d', true],
    ['BazBot', '/q', false],
    // Rules before any group belong to none.
    ['QuxBot', '/foo/bar/', true],
    ['QuxBot', '/anything', true],
  ])('%s %s %s', (agent, target, expected) => expect(allowed(text, target, agent)).toBe(expected))

  it('of one name are merged, in any case, by the product token alone', () => {
    const two = 'User-Agent: foobot/2.1 (+http://f.example)\nDisallow: /a\n\nUSER-AGENT: FOOBOT\ndisallow:/b\n'
    expect([allowed(two, '/a'), allowed(two, '/b'), allowed(two, '/c')]).toEqual([false, false, true])
    expect(allowed(two, '/a', 'Foo')).toBe(true)
    expect(allowed('user-agent: foo bar\ndisallow: /\n', '/x', 'foo')).toBe(false)
  })

  it('by name go before those for all, even where they say nothing', () => {
    const text = 'User-agent: *\nDisallow: /\n\nUser-agent: FooBot\nDisallow:\n'
    expect(allowed(text, '/a')).toBe(true)
    expect(allowed(text, '/a', 'BarBot')).toBe(false)
  })

  it('are not ended by lines of other kinds (section 2.2.4)', () => {
    const text = 'User-agent: BarBot\nSitemap: https://f.example/s.xml\nUser-agent: FooBot\nUnknown: x\nDisallow: /a\n'
    expect(allowed(text, '/a')).toBe(false)
    expect(allowed(text, '/a', 'BarBot')).toBe(false)
    expect(parseRobots(Buffer.from(text), 'FooBot').sitemaps).toEqual(['https://f.example/s.xml'])
  })

  it("are those of the RFC's section 5.1", () => {
    const text = [
      ...['User-Agent: *', 'Disallow: *.gif$', 'Disallow: /example/', 'Allow: /publications/', ''],
      ...['User-Agent: foobot', 'Disallow:/', 'Allow:/example/page.html', 'Allow:/example/allowed.gif', ''],
      ...['User-Agent: barbot', 'User-Agent: bazbot', 'Disallow: /example/page.html', '', 'User-Agent: quxbot', ''],
    ].join('\n')
    const all = (agent: string) =>
      ['/a.gif', '/example/', '/publications/', '/example/page.html', '/example/allowed.gif', '/'].map((target) =>
        Number(allowed(text, target, agent)),
      )
    expect(all('otherbot')).toEqual([0, 0, 1, 0, 0, 1])
    expect(all('foobot')).toEqual([0, 0, 0, 1, 1, 0])
    expect(all('barbot')).toEqual([1, 1, 1, 0, 1, 1])
    expect(all('bazbot')).toEqual([1, 1, 1, 0, 1, 1])
    expect(all('quxbot')).toEqual([1, 1, 1, 1, 1, 1])
  })
})

describe('rules', () => {
  it('the longest match decides, and allow where two are of one length', () => {
    // Section 5.2
    expect(
      allowed(
        'User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n',
        '/example/page/disallowed.gif',
      ),
    ).toBe(false)
    expect(allowed('user-agent: *\ndisallow: /x/page.html\nallow: /x/', '/x/page.html')).toBe(false)
    expect(allowed('user-agent: *\nallow: /x/page.html\ndisallow: /x/', '/x/page.html')).toBe(true)
    expect(allowed('user-agent: *\ndisallow: /a\nallow: /a', '/a')).toBe(true)
    expect(allowed('user-agent: *\ndisallow: /x/page.html\nallow: /', '/x/page.html')).toBe(false)
    expect(allowed('user-agent: *\ndisallow: *.html\nallow: /page', '/page.html')).toBe(false)
  })

  it.each([
    ['/', '/anything', false],
    ['/fish', '/fish.html', false],
    ['/fish', '/Fish.asp', true],
    ['/fish', '/catfish', true],
    ['/fish*', '/fishheads/yummy.html', false],
    ['/fish/', '/fish', true],
    ['/*.php', '/folder/filename.php?parameters', false],
    ['/*.php', '/windows.PHP', true],
    ['/*.php$', '/filename.php', false],
    ['/*.php$', '/filename.php/', true],
    ['/*.php$', '/filename.php5', true],
    ['/fish*.php', '/fishheads/catfish.php?id=1', false],
    ['/fish*.php', '/Fish.PHP', true],
    ['*/private', '/a/b/private/c', false],
    ['/a$b', '/a$b', false],
    ['/a$', '/a', false],
    ['/a$', '/ab', true],
    ['/*a*b*c$', '/xaxbxcxc', false],
    ['/ab*ba$', '/aba', true],
    ['/%2A', '/*', false],
    ['/%24', '/$', false],
    ['', '/anything', true],
    ['no-slash', '/no-slash', true],
  ])('disallow: %s on %s', (pattern, target, expected) => {
    expect(allowed(`user-agent: *\ndisallow: ${pattern}\n`, target)).toBe(expected)
  })

  // The table of section 2.2.2
  it.each([
    ['/foo/bar?baz=quz', '/foo/bar?baz=quz'],
    ['/foo/bar?baz=https%3A%2F%2Ffoo.bar', '/foo/bar?baz=https%3A%2F%2Ffoo.bar'],
    ['/foo/bar/ツ', '/foo/bar/%E3%83%84'],
    ['/foo/bar/%E3%83%84', '/foo/bar/%E3%83%84'],
    ['/foo/bar/%62%61%7A', '/foo/bar/baz'],
    ['/foo/bar/%e3%83%84', '/foo/bar/%E3%83%84'],
    // Section 2.2.3
    ['/path/file-with-a-%2A.html', '/path/file-with-a-*.html'],
    ['/path/foo-%24', '/path/foo-$'],
  ])('the pattern %s is the path %s', (pattern, target) => {
    expect(allowed(`user-agent: *\ndisallow: ${pattern}\n`, target)).toBe(false)
  })

  it('leave robots.txt itself alone', () => expect(allowed('user-agent: *\ndisallow: /', '/robots.txt')).toBe(true))
})

describe('files as they are', () => {
  it('line ends, comments, white space, a byte order mark', () => {
    const text = '\ufeffUser-agent : FooBot # who\r\n  Disallow :  /a # what\rDISALLOW:/b\n#Disallow: /c\nDisallow /d\n'
    const targets = ['/a', '/b', '/c', '/d'].map((target) => allowed(text, target))
    expect(targets).toEqual([false, false, true, true])
  })

  it('what is none allows all', () => {
    expect(allowed('<!doctype html><title>Not found</title><p>Disallow: /', '/a')).toBe(true)
    expect(allowed('', '/a')).toBe(true)
    expect(allowed('\u0000\u0001\u0002', '/a')).toBe(true)
  })

  it('are read up to 500 KiB, and not half a line', () => {
    const filler = 'user-agent: *\ndisallow: /a\n'.padEnd(ROBOTS_SIZE_MAX - 12, '#')
    expect(allowed(`${filler}\ndisallow: /bc`, '/bc')).toBe(true)
    expect(allowed(`${filler}\ndisallow: /bc`, '/b')).toBe(true)
    expect(allowed(`${filler}\ndisallow: /bc`, '/a')).toBe(false)
  })

  it('many rules with many stars are done with, which a matcher that backtracks would not be', () => {
    const text = `user-agent: *\n${`disallow: ${'/*a'.repeat(20)}$\n`.repeat(5000)}`
    const rules = parseRobots(Buffer.from(text), 'FooBot')
    expect(rules.isAllowed(`${'/a'.repeat(1000)}b`)).toBe(true)
  })

  it('crawl-delay and sitemaps are read beside the rules', () => {
    const text =
      'Sitemap: https://f.example/a.xml\nUser-agent: *\nCrawl-delay: 3\nUser-agent: FooBot\nCrawl-delay: 1.5\nDisallow: /\nsitemap:/b.xml\n'
    const rules = parseRobots(Buffer.from(text), 'FooBot')
    expect([rules.crawlDelaySeconds, rules.sitemaps]).toEqual([1.5, ['https://f.example/a.xml', '/b.xml']])
    for (const odd of ['', 'x', '-1', 'Infinity'])
      expect(parseRobots(Buffer.from(`user-agent: *\ncrawl-delay: ${odd}`), 'FooBot').crawlDelaySeconds).toBe(null)
  })
})
