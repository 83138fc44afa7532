import { describe, expect, it } from 'vitest'
import stage from '../../stages/filter-gopher-quality.js'
import { prepared } from '../support/each-stage.js'

const SMALL = { wordCountMin: 1, wordLengthMeanMin: 0, stopWordCountMin: 0 }
const repeat = (word: string, count: number) => Array.from({ length: count }, () => word).join(' ')

describe('filter-gopher-quality', () => {
  it('wants 50 to 100,000 real words', async () => {
    const filter = await prepared(stage, { stopWordCountMin: 0 })
    expect(filter(repeat('four', 49))).toMatchObject({ reason: 'wordCountMin', signals: { wordCount: 49 } })
    expect(filter(repeat('four', 50)).reason).toBe('')
    expect(filter(`${repeat('four', 49)} ! ? …`)).toMatchObject({ reason: 'wordCountMin', signals: { wordCount: 49 } })
    expect(filter(repeat('four', 100_000)).reason).toBe('')
    expect(filter(repeat('four', 100_001)).reason).toBe('wordCountMax')
  })

  it('wants real words of 3 to 10 characters in the mean, both ends allowed', async () => {
    const filter = await prepared(stage, { ...SMALL, wordLengthMeanMin: 3, letterWordShareMin: 0 })
    expect(filter('ab abcd').reason).toBe('')
    expect(filter('ab abc')).toMatchObject({ reason: 'wordLengthMeanMin', signals: { wordLengthMean: 2.5 } })
    expect(filter('abcdefghij abcdefghij !').reason).toBe('')
    expect(filter('abcdefghij abcdefghijk').reason).toBe('wordLengthMeanMax')
    // Code points: two astral letters are two characters.
    expect(filter('𝒜𝒷 𝒜𝒷𝒸𝒹')).toMatchObject({ reason: '', signals: { wordLengthMean: 3 } })
  })

  it('wants at most one number sign and one ellipsis in ten words', async () => {
    const filter = await prepared(stage, SMALL)
    expect(filter(`${repeat('word', 9)} #`)).toMatchObject({ reason: '', signals: { hashShare: 0.1 } })
    expect(filter(`${repeat('word', 8)} #`).reason).toBe('hashes')
    expect(filter(`${repeat('word', 9)} … word`).reason).toBe('')
    // Six dots are two ellipses, and one word.
    expect(filter(`${repeat('word', 9)} ...... word`)).toMatchObject({
      reason: 'ellipses',
      signals: { ellipsisShare: 2 / 11 },
    })
  })

  it('wants at most 90 % of lines to start with a bullet, and 30 % to end in an ellipsis', async () => {
    const filter = await prepared(stage, { ...SMALL, letterWordShareMin: 0 })
    const bullets = (count: number) =>
      Array.from({ length: count }, (_, i) => (i % 2 ? ' • item' : '- item')).join('\n')
    expect(filter(`${bullets(9)}\nitem`)).toMatchObject({ reason: '', signals: { bulletLineShare: 0.9 } })
    expect(filter(bullets(9)).reason).toBe('bulletLines')
    expect(filter('* item\n* item').signals).toMatchObject({ bulletLineShare: 0 })
    const open = await prepared(stage, { ...SMALL, letterWordShareMin: 0, symbolShareMax: 9 })
    const plain = Array.from({ length: 7 }, () => 'plain').join('\n')
    expect(open(`${plain}\nmore... \nmore…\nmore...`)).toMatchObject({
      reason: '',
      signals: { ellipsisLineShare: 0.3 },
    })
    expect(open(`${plain}\nmore...\nmore…\nmore...\nmore…`).reason).toBe('ellipsisLines')
    // Python's splitlines: a line separator and a form feed end lines too.
    expect(open('a…\u2028b\fc').signals).toMatchObject({ ellipsisLineShare: 1 / 3 })
  })

  it('wants a letter in 80 % of all words', async () => {
    const filter = await prepared(stage, SMALL)
    expect(filter('one two six ten 10')).toMatchObject({ reason: '', signals: { letterWordShare: 0.8 } })
    expect(filter('one two six ten 10 .').reason).toBe('letterWords')
    expect(filter('один два три').signals).toMatchObject({ letterWordShare: 1 })
  })

  it('wants two different stop words in lower case', async () => {
    const filter = await prepared(stage, { ...SMALL, stopWordCountMin: 2 })
    expect(filter('the and')).toMatchObject({ reason: '', signals: { stopWordCount: 2 } })
    expect(filter('the the The AND')).toMatchObject({ reason: 'stopWords', signals: { stopWordCount: 1 } })
    const own = await prepared(stage, { ...SMALL, stopWordCountMin: 1, stopWords: ['und'] })
    expect([own('Haus und Hof').reason, own('the and').reason]).toEqual(['', 'stopWords'])
  })

  it('lets the first failing rule name the reason', async () => {
    const text = '- # # a... \n- 1 2 3 ...' // fails all but the count
    const limits = { ...SMALL, wordLengthMeanMin: 3, stopWordCountMin: 2 }
    const opened = [
      {},
      { wordLengthMeanMin: 0 },
      { symbolShareMax: 9 },
      { bulletLineShareMax: 1 },
      { ellipsisLineShareMax: 1 },
      { letterWordShareMin: 0 },
    ]
    const reasons: string[] = []
    for (const option of opened) {
      Object.assign(limits, option)
      reasons.push((await prepared(stage, limits))(text).reason)
    }
    expect(reasons).toEqual(['wordLengthMeanMin', 'hashes', 'bulletLines', 'ellipsisLines', 'letterWords', 'stopWords'])
  })

  it('divides by nothing where there are no words', async () => {
    const filter = await prepared(stage, { ...SMALL, wordCountMin: 0, letterWordShareMin: 0 })
    for (const text of ['', ' \u3000', '!!!']) {
      const { reason, signals } = filter(text)
      expect(reason).toBe('')
      for (const value of Object.values(signals)) expect(Number.isFinite(value)).toBe(true)
    }
  })

  it('counts unspaced scripts by the character, or not at all', async () => {
    const text = '東京都は日本の首都。'
    expect((await prepared(stage))(text).signals).toMatchObject({ wordCount: 9, wordLengthMean: 1 })
    expect((await prepared(stage, { words: 'spacy' }))(text).signals).toMatchObject({ wordCount: 1, wordLengthMean: 9 })
  })
})
