import { describe, expect, it } from 'vitest'
import stage from '../../stages/filter-fineweb-quality.js'
import { prepared } from '../support/each-stage.js'

/** Different lines of 40 characters and seven words, the first `punctuated` of them with a full stop for the last letter. */
function linesOf(count: number, punctuated: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const line = `line number ${String(i).padStart(4, '0')} says a few words mor`
    return `${line.slice(0, 39)}${i < punctuated ? '.' : 'e'}`
  })
}

describe('filter-fineweb-quality', () => {
  it('wants 12 % of lines that are not blank to end in a sentence-end mark', async () => {
    const filter = await prepared(stage)
    expect(filter(linesOf(25, 3).join('\n\n'))).toMatchObject({
      reason: '',
      signals: { lineCount: 25, linePunctuationShare: 0.12 },
    })
    expect(filter(linesOf(26, 3).join('\n')).reason).toBe('linePunctuation')
    expect(filter(linesOf(9, 0).join('\n')).reason).toBe('linePunctuation')
    const excused = await prepared(stage, { keepUnpunctuated: true })
    expect(excused(linesOf(9, 0).join('\n')).reason).toBe('')
    expect(excused(linesOf(26, 3).join('\n')).reason).toBe('linePunctuation')
  })

  it.each([
    ['a.', 1],
    ['a。', 1],
    ['a؟', 1],
    ['a𑅃', 1],
    ['a"', 0],
    ['a…', 0],
    ['a. ', 0],
    ['a.\r', 0],
  ])('looks at the very end of %j', async (line, share) => {
    expect((await prepared(stage, { action: 'annotate' }))(line).signals).toMatchObject({ linePunctuationShare: share })
  })

  it('wants at most 67 % of lines of up to 30 characters', async () => {
    const filter = await prepared(stage, { newlineShareMax: 9 })
    const short = Array.from({ length: 67 }, (_, i) => `${String(i).padStart(27, '0')} s.`)
    expect(filter([...short, ...linesOf(33, 33)].join('\n'))).toMatchObject({
      reason: '',
      signals: { shortLineShare: 0.67 },
    })
    expect(filter([...short, ...linesOf(32, 32)].join('\n')).reason).toBe('shortLines')
    // 30 emoji are 30 characters, 31 are not.
    expect(filter('😀'.repeat(30)).signals).toMatchObject({ shortLineShare: 1 })
    expect(filter('😀'.repeat(31)).signals).toMatchObject({ shortLineShare: 0 })
  })

  it('wants at most 1 % of characters in repeated lines', async () => {
    const filter = await prepared(stage)
    const lines = linesOf(99, 99)
    expect(filter([...lines, lines[5]].join('\n'))).toMatchObject({
      reason: '',
      signals: { duplicateLineCharacterShare: 40 / 4000 },
    })
    expect(filter([...lines.slice(1), lines[5]].join('\n')).reason).toBe('duplicateLineCharacters')
  })

  it('wants at most three line feeds for ten words', async () => {
    const filter = await prepared(stage, { shortLineLengthMax: 0 })
    const text = 'one two three four\n\nfive six seven eight\nnine.' // ten words with the full stop
    expect(filter(text)).toMatchObject({ reason: '', signals: { newlineShare: 0.3 } })
    expect(filter(`${text}\n`).reason).toBe('newlines')
  })

  it('drops what has no line as empty', async () => {
    const filter = await prepared(stage)
    for (const text of ['', '\n\n', ' \n\t\u3000\n']) {
      expect(filter(text)).toMatchObject({ reason: 'empty', signals: { lineCount: 0 } })
    }
    expect((await prepared(stage, { action: 'annotate' }))('')).toMatchObject({
      verdict: 'keep',
      signals: { lineCount: 0 },
    })
  })

  it('lets the first failing rule name the reason', async () => {
    const text = 'a\na\na' // fails all four
    const limits = {}
    const reasons: string[] = []
    for (const option of [
      {},
      { linePunctuationShareMin: 0 },
      { shortLineShareMax: 1 },
      { duplicateLineCharacterShareMax: 1 },
    ]) {
      Object.assign(limits, option)
      reasons.push((await prepared(stage, limits))(text).reason)
    }
    expect(reasons).toEqual(['linePunctuation', 'shortLines', 'duplicateLineCharacters', 'newlines'])
  })
})
