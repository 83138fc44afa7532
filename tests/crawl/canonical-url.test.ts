import { describe, expect, it } from 'vitest'
import { UrlForm } from '../../src/crawl/canonical-url.js'

const form = new UrlForm()

describe('canonical URLs', () => {
  // RFC 3986, sections 6.2.2 and 6.2.3, by their own examples where they give any.
  it.each([
    ['HTTP://www.EXAMPLE.com/', 'http://www.example.com/'],
    ['http://example.com', 'http://example.com/'],
    ['http://example.com:/', 'http://example.com/'],
    ['http://example.com:80/', 'http://example.com/'],
    ['https://example.com:443/a', 'https://example.com/a'],
    ['https://example.com:80/a', 'https://example.com:80/a'],
    ['http://example.com/a/./b/../c/%7Bfoo%7D', 'http://example.com/a/c/%7Bfoo%7D'],
    ['http://example.com/%7esmith/a%c2%b1b', 'http://example.com/~smith/a%C2%B1b'],
    ['http://example.com/a%2fb%2Eb', 'http://example.com/a%2Fb.b'],
    ['http://example.com/a#part', 'http://example.com/a'],
    ['http://example.com/a#', 'http://example.com/a'],
    ['http://example.com/a?', 'http://example.com/a'],
    ['http://user:secret@example.com/a', 'http://example.com/a'],
    ['http://example.com./a', 'http://example.com/a'],
    ['http://bücher.example/ü?q=ü', 'http://xn--bcher-kva.example/%C3%BC?q=%C3%BC'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    [' http://example.com/a\nb ', 'http://example.com/ab'],
  ])('%s', (address, canonical) => {
    expect(form.canonical(address)).toBe(canonical)
    expect(form.canonical(canonical)).toBe(canonical)
  })

  it('keeps the order of parameters, and drops those that track', () => {
    expect(form.canonical('http://e.example/?b=2&a=1&b=1')).toBe('http://e.example/?b=2&a=1&b=1')
    expect(form.canonical('http://e.example/?utm_source=x&b=2&UTM_medium=y&fbclid=1')).toBe('http://e.example/?b=2')
    expect(form.canonical('http://e.example/?utm_source=x')).toBe('http://e.example/')
    expect(form.canonical('http://e.example/a;jsessionid=12AB?b=2')).toBe('http://e.example/a?b=2')
    expect(new UrlForm([]).canonical('http://e.example/?utm_source=x')).toBe('http://e.example/?utm_source=x')
    expect(new UrlForm(['Page']).canonical('http://e.example/?page=1&paged=2')).toBe('http://e.example/?paged=2')
  })

  it('reads relative addresses against the base', () => {
    expect(form.canonical('../c?d#e', 'http://e.example/a/b')).toBe('http://e.example/c?d')
    expect(form.canonical('//other.example/x', 'https://e.example/')).toBe('https://other.example/x')
  })

  it.each([
    'mailto:a@b.example',
    'javascript:void(0)',
    'ftp://e.example/',
    'data:text/html,x',
    '',
    'http://',
    'http://[::1',
    'tel:1',
  ])('is none: %s', (address) => expect(form.canonical(address)).toBe(null))
})
