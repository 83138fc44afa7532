import { expect, it } from 'vitest'
import { Scope, type ScopeRules } from '../../src/crawl/scope.js'
import { UrlPattern } from '../../src/crawl/url-pattern.js'

const RULES: ScopeRules = {
  ...{ within: 'host', include: [], exclude: [], ports: [80, 443] },
  ...{ urlLengthMax: 200, pathSegmentsMax: 5, segmentRepeatsMax: 2 },
}

it.each([
  [
    'host',
    'https://docs.e.example/a/b',
    ['http://docs.e.example/x'],
    ['https://e.example/', 'https://x.docs.e.example/', 'https://adocs.e.example/'],
  ],
  [
    'domain',
    'https://www.e.example/a',
    ['https://e.example/', 'http://x.y.e.example/'],
    ['https://ae.example/', 'https://example/'],
  ],
  [
    'domain',
    'https://docs.e.example/a',
    ['https://a.docs.e.example/'],
    ['https://e.example/', 'https://www.e.example/'],
  ],
  [
    'prefix',
    'https://e.example/a/b?c=/d/',
    ['https://e.example/a/', 'https://e.example/a/x/y'],
    [
      'https://e.example/a',
      'http://e.example/a/',
      'https://e.example/b/a/',
      'https://e.example/?u=https://e.example/a/',
    ],
  ],
  ['any', 'https://e.example/', ['https://other.example/', 'http://10.0.0.1/'], []],
] as const)('within %s of %s', (within, seed, inside, outside) => {
  const scope = new Scope({ ...RULES, within }, [seed])
  for (const url of inside) expect(scope.reasonAgainst(url), url).toBe(null)
  for (const url of outside) expect(scope.reasonAgainst(url), url).toBe('outside')
})

it('patterns, ports and traps', () => {
  const scope = new Scope(
    { ...RULES, include: ['/docs/*', 'https://e.example/blog'], exclude: ['*.pdf$', '/*?print='] },
    ['https://e.example/'],
  )
  const reasons = [
    ...[
      'docs/a',
      'blog/x',
      'other',
      'docs/a.pdf',
      'docs/a.pdf?x',
      'docs/a?print=1',
      'docs/a/b/c/d/e',
      'docs/a/a/a',
      'docs/a/a/b',
    ],
    `docs/${'x'.repeat(200)}`,
  ].map((path) => scope.reasonAgainst(`https://e.example/${path}`))
  expect(reasons).toEqual([
    null,
    null,
    'excluded',
    'excluded',
    null,
    'excluded',
    'pathDepth',
    'segmentRepeats',
    null,
    'urlLength',
  ])
  expect(scope.reasonAgainst('https://e.example:8443/docs/a')).toBe('port')
  expect(scope.isHostInScope('https://e.example/sitemap.pdf')).toBe(true)
  expect(scope.isHostInScope('https://f.example/sitemap.xml')).toBe(false)
})

it('a pattern with many stars on a long address is done with', () => {
  expect(new UrlPattern(`${'*a'.repeat(500)}$`).matches(`${'a'.repeat(100_000)}b`)).toBe(false)
})
