import { describe, expect, test } from 'vitest'
import { urlKey } from '../../src/dedup/url.js'

describe('the same page', () => {
  test.each([
    ['http://example.org/a', 'https://example.org/a'],
    ['http://example.org:80/a', 'https://example.org:443/a'],
    ['http://EXAMPLE.org/a', 'http://www.example.org/a'],
    ['http://example.org', 'http://example.org/'],
    ['http://example.org/a/', 'http://example.org/a'],
    ['http://example.org./a', 'http://example.org/a'],
    ['http://example.org/a#part', 'http://example.org/a'],
    ['http://example.org/a?', 'http://example.org/a'],
    ['http://example.org/a?utm_source=x&utm_medium=y', 'http://example.org/a'],
    ['http://example.org/a?fbclid=1&id=2&GCLID=3', 'http://example.org/a?id=2'],
    ['http://example.org/a?b=1&a=2', 'http://example.org/a?a=2&b=1'],
    ['http://example.org/a;jsessionid=12AB', 'http://example.org/a'],
    ['http://example.org/%7euser/%e9', 'http://example.org/~user/%E9'],
    ['http://example.org/x/../a/./b', 'http://example.org/a/b'],
    ['http://b\u00fccher.example/', 'http://xn--bcher-kva.example'],
    ['  http://example.org/a ', 'http://example.org/a'],
  ])('%s and %s', (a, b) => expect(urlKey(a)).toBe(urlKey(b)))
})

describe('other pages', () => {
  test.each([
    ['http://example.org/A', 'http://example.org/a'],
    ['http://example.org:8080/a', 'http://example.org/a'],
    ['http://example.org/a?id=1', 'http://example.org/a?id=2'],
    ['http://example.org/a?id=1', 'http://example.org/a'],
    ['http://example.org/a%2Fb', 'http://example.org/a/b'],
    ['http://m.example.org/a', 'http://example.org/a'],
    ['ftp://example.org/a', 'http://example.org/a'],
    ['http://example.org/a?q=a%26b=1', 'http://example.org/a?q=a&b=1'],
  ])('%s and %s', (a, b) => expect(urlKey(a)).not.toBe(urlKey(b)))
})

test('what is no URL is its own key', () => {
  expect(urlKey('')).toBe('')
  expect(urlKey('  ')).toBe('')
  expect(urlKey(' not a url ')).toBe('not a url')
  expect(urlKey('http://')).toBe('http://')
})

test('hostile URLs take linear time and throw nothing', () => {
  expect(urlKey(`http://example.org/${'%'.repeat(200_000)}?${'&'.repeat(200_000)}`)).toBe(
    `example.org/${'%'.repeat(200_000)}`,
  )
  expect(urlKey(`http://example.org/\ud800?\udfff=%ff`)).toContain('example.org/')
})
