import { describe, expect, it } from 'vitest'
import {
  codePointLength,
  countOf,
  countRepeats,
  lastCodePoint,
  type Ranges,
  skipWhite,
  splitAtLineFeeds,
  splitLines,
  trimWhite,
} from '../../src/text/lines.js'

function partsOf(text: string, ranges: Ranges): string[] {
  return Array.from({ length: ranges.length / 2 }, (_, i) => text.slice(ranges[2 * i], ranges[2 * i + 1]))
}

describe('splitLines', () => {
  // Python: each text's splitlines().
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['\n', ['']],
    ['a\r\nb\rc\n\rd', ['a', 'b', 'c', '', 'd']],
    ['a\vb\fc\u001cd\u001de\u001ef\u001fg\u0085h\u2028i\u2029j', ['a', 'b', 'c', 'd', 'e', 'f\u001fg', 'h', 'i', 'j']],
    ['\n\na\n\n', ['', '', 'a', '']],
  ])('splits %j as Python does', (text, expected) => {
    expect(partsOf(text, splitLines(text))).toEqual(expected)
  })
})

describe('splitAtLineFeeds', () => {
  it.each([
    ['', 1, ['']],
    ['\na\n', 1, ['', 'a', '']],
    ['a\n\n\nb\nc', 1, ['a', 'b', 'c']],
    ['a\n\n\nb\nc', 2, ['a', 'b\nc']],
    ['a\r\n\r\nb', 2, ['a\r\n\r\nb']],
  ])('splits %j at runs of %i', (text, runMin, expected) => {
    expect(partsOf(text, splitAtLineFeeds(text, runMin))).toEqual(expected)
  })

  it('looks at a part only', () => {
    const text = '\n\na\n\nb\n\n'
    expect(partsOf(text, splitAtLineFeeds(text, 2, 2, 6))).toEqual(['a', 'b'])
  })
})

describe('white space and code points', () => {
  it('strips what Python strips', () => {
    const text = '\u0085\u001f x\ufeff \u3000'
    const start = skipWhite(text, 0, text.length)
    expect(text.slice(start, trimWhite(text, start, text.length))).toBe('x\ufeff')
    expect(trimWhite('  ', 2, 2)).toBe(2)
  })

  it('counts code points, lone surrogates as one', () => {
    expect(codePointLength('a😀b', 0, 4)).toBe(3)
    expect(codePointLength('\ud83d\ud83d\ude00\ude00', 0, 4)).toBe(3)
    expect(codePointLength('', 0, 0)).toBe(0)
  })

  it('finds the last code point', () => {
    expect(lastCodePoint('a😀', 0, 3)).toBe(0x1f600)
    expect(lastCodePoint('a😀', 2, 3)).toBe(0xde00)
    expect(lastCodePoint('a\udc00', 0, 2)).toBe(0xdc00)
    expect(lastCodePoint('a', 1, 1)).toBe(-1)
  })

  it('counts repeats after the first, and what does not overlap', () => {
    expect(countRepeats('ab\n😀\nab\n😀\nab', splitAtLineFeeds('ab\n😀\nab\n😀\nab', 1))).toEqual({
      count: 3,
      length: 5,
    })
    expect(countOf('.......', '...')).toBe(2)
  })
})
