import { describe, expect, it } from 'vitest'
import { editDistance, nearest, suggestion } from '../../src/run/nearest.js'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3], // optimal string alignment: no substring is edited twice
    ['wordCuont', 'wordCount', 1],
  ])('%s to %s', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
    expect(editDistance(b, a)).toBe(edits)
  })
})

describe('nearest', () => {
  const stages = ['extract-text', 'filter-c4-quality', 'filter-gopher-quality']
  it.each([
    ['filter-gopher-qualty', 'filter-gopher-quality'],
    ['EXTRACT-TEXT', 'extract-text'],
    ['gopher-quality', 'filter-gopher-quality'],
    ['tokenize', undefined],
    ['', undefined],
  ])('%s', (word, expected) => {
    expect(nearest(word, stages)).toBe(expected)
  })
  it('is quick for words that nobody typed', () => {
    expect(nearest('x'.repeat(1e6), stages)).toBe(undefined)
  })
})

it('lists what there is when nothing is near and the list is short', () => {
  expect(suggestion('zzz', ['warc', 'jsonl'])).toBe('; there is: warc, jsonl')
  expect(suggestion('wrac', ['warc', 'jsonl'])).toBe('; nearest: warc')
  expect(suggestion('zzz', [])).toBe('')
})
