import { describe, expect, it } from 'vitest'
import stage from '../../stages/filter-gopher-repetition.js'
import { prepared } from '../support/each-stage.js'

/** `count` different words. */
function unlike(count: number): string {
  return Array.from({ length: count }, (_, i) => `word${String.fromCharCode(97 + (i % 26), 97 + (i >> 2))}`).join(' ')
}

describe('filter-gopher-repetition', () => {
  it('measures every share, whatever the first rule says', async () => {
    const filter = await prepared(stage)
    // 31 characters. Paragraphs: "ab cd" three times and "x". Lines: the same four.
    const { reason, signals } = filter('ab cd\n\nab cd\n\nab cd\n\nxyz xyz xy')
    expect(reason).toBe('duplicateParagraphs')
    expect(signals).toMatchObject({
      duplicateParagraphShare: 2 / 4,
      duplicateParagraphCharacterShare: 10 / 31,
      duplicateLineShare: 2 / 4,
      duplicateLineCharacterShare: 10 / 31,
      top2GramShare: (3 * 5) / 31, // "ab cd"
      top3GramShare: (2 * 8) / 31, // "ab cd ab"
      top4GramShare: (2 * 11) / 31,
      duplicate5GramShare: 0,
    })
    expect(Object.keys(signals)).toEqual(Object.keys(stage.signals ?? {}))
  })

  it('drops at more than the threshold, not at it', async () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'a', 'b', 'c'].join('\n') // 3 of 10 lines repeat
    const loose = { duplicateLineCharacterShareMax: 1, top2GramShareMax: 9, top3GramShareMax: 9, top4GramShareMax: 9 }
    const rest = { duplicate5GramShareMax: 1, duplicateParagraphShareMax: 1, duplicateParagraphCharacterShareMax: 1 }
    const filter = await prepared(stage, { ...loose, ...rest })
    expect(filter(lines)).toMatchObject({ reason: '', signals: { duplicateLineShare: 0.3 } })
    expect(filter(`${lines}\nd`).reason).toBe('duplicateLines')
    const stricter = await prepared(stage, { ...loose, ...rest, duplicateLineCharacterShareMax: 3 / 19 })
    expect(stricter(lines).reason).toBe('')
    const strictest = await prepared(stage, { ...loose, ...rest, duplicateLineCharacterShareMax: 3 / 19 - 1e-9 })
    expect(strictest(lines).reason).toBe('duplicateLineCharacters')
  })

  it('lets the first failing rule name the reason', async () => {
    const text = `${unlike(30)}\n\n${unlike(30)}`
    const filter = await prepared(stage)
    expect(filter(text).reason).toBe('duplicateParagraphs')
    const open = {
      duplicateParagraphShareMax: 1,
      duplicateParagraphCharacterShareMax: 1,
      duplicateLineShareMax: 1,
      duplicateLineCharacterShareMax: 1,
    }
    const reasons: string[] = []
    for (const name of ['', 'duplicate5GramShareMax', 'duplicate6GramShareMax', 'duplicate7GramShareMax']) {
      if (name !== '') Object.assign(open, { [name]: 1 })
      reasons.push((await prepared(stage, open))(text).reason)
    }
    expect(reasons).toEqual(['duplicate5Grams', 'duplicate6Grams', 'duplicate7Grams', 'duplicate8Grams'])
  })

  it('drops three words for their one 2-gram', async () => {
    const filter = await prepared(stage)
    expect(filter('three little words')).toMatchObject({ reason: 'top2Gram', signals: { top2GramShare: 12 / 18 } })
  })

  it('counts an empty line at either end of the text', async () => {
    const filter = await prepared(stage)
    expect(filter('\nword\n')).toMatchObject({ reason: 'duplicateLines', signals: { duplicateLineShare: 1 / 3 } })
  })

  it('takes paragraphs from the stripped text and lines from the text', async () => {
    const { signals } = (await prepared(stage))('\n\n one \n\n\n two')
    expect(signals).toMatchObject({ duplicateParagraphShare: 0, duplicateLineShare: 0 })
    // \r\n\r\n is no paragraph break, and "\r" repeats as a line.
    expect((await prepared(stage))('one\r\n\r\n\r\ntwo').signals).toMatchObject({
      duplicateParagraphShare: 0,
      duplicateLineShare: 1 / 4,
    })
  })

  it('counts code points', async () => {
    const { signals } = (await prepared(stage))('😀😀😀😀\n😀😀😀😀\nb')
    expect(signals).toMatchObject({ duplicateLineCharacterShare: 4 / 11 })
  })

  it('keeps everything when it annotates', async () => {
    const filter = await prepared(stage, { action: 'annotate' })
    expect(filter('')).toMatchObject({ verdict: 'keep', signals: {} })
    expect(filter('three little words')).toMatchObject({ verdict: 'keep', signals: { top2GramShare: 12 / 18 } })
  })

  it('drops an empty text as empty, and keeps white space alone', async () => {
    const filter = await prepared(stage)
    expect(filter('').reason).toBe('empty')
    expect(filter(' \t ').reason).toBe('')
  })
})
