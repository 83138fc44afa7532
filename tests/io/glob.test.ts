import { describe, expect, it } from 'vitest'
import { expandBraces, type FolderEntry, isGlob, matchesName, walk } from '../../src/io/glob.js'
import { Random } from '../support/random.js'

describe('matchesName', () => {
  it.each([
    ['a.warc.gz', 'a.warc.gz', true],
    ['a.warc.gz', 'a.warc', false],
    ['*.gz', 'a.warc.gz', true],
    ['*.gz', '.gz', false], // a name with a dot in front
    ['.*', '.gz', true],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b', false],
    ['?.gz', 'a.gz', true],
    ['?.gz', 'ab.gz', false],
    ['[a-c]?', 'bz', true],
    ['[a-c]?', 'dz', false],
    ['[!a-c]x', 'dx', true],
    ['[^a-c]x', 'ax', false],
    ['[]]x', ']x', true],
    ['[a-]x', '-x', true],
    ['[ab', '[ab', true], // never closed: stands for itself
    ['*[0-9]', 'part-07', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(matchesName(pattern, name)).toBe(expected)
  })

  it('agrees with a regular expression on random patterns', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const random = new Random(seed)
      const pattern = Array.from({ length: random.below(7) }, () => random.pick(['a', 'b', '*', '?', '[ab]'])).join('')
      const name = Array.from({ length: random.below(7) }, () => random.pick(['a', 'b', 'c'])).join('')
      const oracle = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matchesName(pattern, name), `${pattern} on ${name}`).toBe(oracle.test(name))
    }
  })

  it('takes time in proportion on patterns made to backtrack', () => {
    expect(matchesName('*a'.repeat(40), `${'a'.repeat(5000)}b`)).toBe(false)
  })
})

describe('expandBraces', () => {
  it('expands lists, nested and several', () => {
    expect(expandBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef'])
    expect(expandBraces('{a,b}{1,2}')).toEqual(['a1', 'a2', 'b1', 'b2'])
    expect(expandBraces('a{,b}')).toEqual(['a', 'ab'])
    expect(expandBraces('a{b')).toEqual(['a{b'])
    expect(expandBraces('plain')).toEqual(['plain'])
  })

  it('refuses to grow without end', () => {
    expect(() => expandBraces('{a,b}'.repeat(30))).toThrow(RangeError)
  })
})

describe('walk', () => {
  const tree: Record<string, string[]> = {
    '': ['a.gz', 'b.txt', 'x/', '.hidden/'],
    x: ['c.gz', 'y/'],
    'x/y': ['d.gz', 'a.gz'],
    '.hidden': ['e.gz'],
  }
  const list = (folder: string[]): FolderEntry[] =>
    (tree[folder.join('/')] ?? []).map((name) => ({ name: name.replace('/', ''), isFolder: name.endsWith('/') }))
  const found = (pattern: string) => walk([], pattern.split('/'), list).map((names) => names.join('/'))

  it('goes down the parts, ** through any folders but hidden ones', () => {
    expect(found('*.gz')).toEqual(['a.gz'])
    expect(found('*/*.gz')).toEqual(['x/c.gz'])
    expect(found('**/*.gz')).toEqual(['a.gz', 'x/c.gz', 'x/y/d.gz', 'x/y/a.gz'])
    expect(found('**')).toEqual(['a.gz', 'b.txt', 'x/c.gz', 'x/y/d.gz', 'x/y/a.gz'])
    expect(found('**/y/*')).toEqual(['x/y/d.gz', 'x/y/a.gz'])
    expect(found('.hidden/*')).toEqual(['.hidden/e.gz'])
    expect(found('*/z/*')).toEqual([])
  })
})

describe('isGlob', () => {
  it('tells wildcards from plain paths', () => {
    expect(['a*', 'a?', 'a[b]', 'a{b}'].every(isGlob)).toBe(true)
    expect(isGlob('a/b-c.gz')).toBe(false)
  })
})
