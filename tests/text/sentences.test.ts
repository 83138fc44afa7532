import { describe, expect, it } from 'vitest'
import { countSentences } from '../../src/text/sentences.js'
import { splitPart } from '../../src/text/words.js'

describe('countSentences', () => {
  // Each count is that of spaCy 3.8's sentencizer over blank English, by way of datatrove 0.10.1.
  it.each([
    ['', 0],
    ['  ', 1],
    ['no end', 1],
    ['He said "Go." Then left.', 2],
    ['Dr. Smith met e.g. Mr. Jones. OK!', 2],
    ['One... two… three. Four', 2],
    ['A.  B', 1],
    ['One?! Two', 2],
    ['Hello.\nWorld', 2],
    ['¿Qué? Sí.', 2],
    ['U.S. troops left. Done.', 2],
    ['Wait for it.  "Yes"', 2],
    ['1. First', 2],
    ['Go to example.com. Now', 2],
    ['end.)  (start', 2],
    ['Told you.  ', 2], // the second space is a word, and starts a sentence
    ['Told you. ', 1],
    ['Told you.\t', 2],
  ])('counts %j', (text, expected) => {
    const words = splitPart(text)
    expect(countSentences(words, 0, words.count, 0, text.length)).toBe(expected)
  })

  it('counts within a part of a text', () => {
    const text = 'One. Two.\nThree. Four. Five.'
    const words = splitPart(text)
    expect(countSentences(words, 0, 4, 0, 9)).toBe(2)
    expect(countSentences(words, 4, words.count, 10, text.length)).toBe(3)
  })

  it('sees ends without spaces in Chinese', () => {
    const words = splitPart('今天下雨。明天晴！好')
    expect(countSentences(words, 0, words.count, 0, words.text.length)).toBe(3)
  })
})
