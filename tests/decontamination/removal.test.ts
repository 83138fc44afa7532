import { describe, expect, it } from 'vitest'
import { unionOf, withoutSpans } from '../../src/decontamination/removal.js'

function removed(text: string, part: string, mode: 'cut' | 'split'): string {
  const start = text.indexOf(part)
  return withoutSpans(text, [{ start, end: start + part.length }], mode)
}

describe('withoutSpans', () => {
  it('takes the punctuation along that hangs on a span', () => {
    expect(removed('Before. "Question here?" After.', 'Question here', 'cut')).toBe('Before. After.')
    expect(removed('Before. "Question here?" After.', 'Question here', 'split')).toBe('Before.\n\nAfter.')
  })

  it('keeps a line break where one was', () => {
    expect(removed('One.\n\nQuestion here.\nTwo.', 'Question here', 'cut')).toBe('One.\nTwo.')
    expect(removed('One.\n\nQuestion here.\nTwo.', 'Question here', 'split')).toBe('One.\n\nTwo.')
  })

  it('leaves no space at the ends', () => {
    expect(removed('Question here. Two.', 'Question here', 'cut')).toBe('Two.')
    expect(removed('One. Question here.', 'Question here', 'split')).toBe('One.')
    expect(removed('(Question here)', 'Question here', 'cut')).toBe('')
  })

  it('never cuts through a pair', () => {
    expect(removed('😀Question😀', 'Question', 'cut')).toBe('😀 😀')
  })

  it('takes spans in any order, overlapping too', () => {
    const spans = [
      { start: 4, end: 6 },
      { start: 0, end: 2 },
      { start: 5, end: 8 },
    ]
    expect(unionOf(spans)).toEqual([
      { start: 0, end: 2 },
      { start: 4, end: 8 },
    ])
    expect(withoutSpans('ab c de fg h', spans, 'cut')).toBe('c fg h')
    expect(withoutSpans('as it was', [], 'cut')).toBe('as it was')
  })
})
