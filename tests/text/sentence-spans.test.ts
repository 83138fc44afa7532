import { describe, expect, it } from 'vitest'
import { sentenceSpans } from '../../src/text/sentence-spans.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

const sentences = (text: string) => sentenceSpans(text).map(({ start, end }) => text.slice(start, end))

describe('sentence spans', () => {
  it.each<[string, string[]]>([
    ['', []],
    [' \n\t\n', []],
    ['One', ['One']],
    ['One. Two!  Three?', ['One.', 'Two!', 'Three?']],
    ['She said "No." Then she left.', ['She said "No."', 'Then she left.']],
    ['What?! (Really.) Yes...', ['What?!', '(Really.)', 'Yes...']],
    ['Version 3.14 of a.b.c is out', ['Version 3.14 of a.b.c is out']],
    ['a title\n\n  a line \n', ['a title', 'a line']],
    ['今日は雨です。明日は晴れます。', ['今日は雨です。', '明日は晴れます。']],
  ])('%j', (text, expected) => expect(sentences(text)).toEqual(expected))

  it('are in order, without white space around, and leave out nothing else', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const text = randomText(new Random(seed), 200)
      let at = 0
      for (const { start, end } of sentenceSpans(text)) {
        expect(start, `seed ${seed}`).toBeGreaterThanOrEqual(at)
        expect(text.slice(at, start).trim()).toBe('')
        expect(end).toBeGreaterThan(start)
        at = end
      }
      expect(text.slice(at).trim()).toBe('')
    }
  })
})
