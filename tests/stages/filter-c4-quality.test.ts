import { describe, expect, it } from 'vitest'
import { removeCitations } from '../../src/text/citations.js'
import stage from '../../stages/filter-c4-quality.js'
import { prepared } from '../support/each-stage.js'

const ANY = { sentenceCountMin: 0 }

describe('filter-c4-quality', () => {
  const textOf = async (text: string, over = {}) => {
    const outcome = (await prepared(stage, { ...ANY, ...over }))(text)
    return outcome.verdict === 'drop' ? outcome.reason : (outcome.edit?.text ?? text)
  }

  it('keeps lines that end in . ? ! or a straight quote, and not in three dots', async () => {
    const text =
      'It is so.\nIs it so?\nIt is so!\n"It is so"\n\'It is so\'\nIt is so...\nIt is so…\nIt is “so”\nIt is so'
    expect(await textOf(text)).toBe('It is so.\nIs it so?\nIt is so!\n"It is so"\n\'It is so\'')
    expect(await textOf(text, { requireTerminalPunctuation: false })).toBe(text)
  })

  it('drops lines with a word of more than 1000 code points', async () => {
    const line = (length: number, letter = 'x') => `so ${letter.repeat(length)} it`
    const over = { requireTerminalPunctuation: false }
    expect(await textOf(line(1000), over)).toBe(line(1000))
    expect(await textOf(`${line(1001)}\none two three`, over)).toBe('one two three')
    expect(await textOf(line(1000, '😀'), over)).toBe(line(1000, '😀'))
    expect(await textOf(line(1001, '😀'), over)).toBe('')
  })

  it('counts the words of a line before citation marks go', async () => {
    const over = { requireTerminalPunctuation: false }
    expect(await textOf('Foo bar [1]', over)).toBe('Foo bar')
    expect(await textOf('Foo bar[1]', over)).toBe('')
    expect(await textOf('Foo bar[1] [23]x[edit] y[citation needed] z[]', over)).toBe('Foo bar x y z')
    // The mark gone, the line ends in a space and not in its full stop.
    expect(await textOf('It rained here. [2]\nIt rained there.[3]')).toBe('It rained there.')
    expect(await textOf('Foo bar[1] baz.', { removeCitations: false })).toBe('Foo bar[1] baz.')
  })

  it('hides a bracket in a javascript line, and drops for any other', async () => {
    expect(await textOf('All of it stays.\nJavaScript { is } off.')).toBe('All of it stays.')
    expect(await textOf('All of it stays.\nWhat { is } off.')).toBe('curlyBracket')
    expect(await textOf('All of it stays.\nWhat { is } off')).toBe('All of it stays.') // its end removed it first
    expect(await textOf('JavaScript { is } off.', { removeJavascriptLines: false })).toBe('curlyBracket')
  })

  it('drops for the first line that says so', async () => {
    expect(await textOf('A Lorem Ipsum here.\nA { bracket here.')).toBe('loremIpsum')
    expect(await textOf('A { bracket here.\nA Lorem Ipsum here.')).toBe('curlyBracket')
    expect(await textOf('Lorem ipsum and { in javascript.')).toBe('loremIpsum')
    const rules = { dropLoremIpsum: false, dropCurlyBracket: false }
    expect(await textOf('A Lorem Ipsum {here}.', rules)).toBe('A Lorem Ipsum {here}.')
  })

  it('drops lines with any of the six policy phrases, in any case', async () => {
    const lines = [
      'Read our Terms of Use.',
      'Read our privacy policy.',
      'Read our COOKIE POLICY.',
      'This site uses cookies.',
      'On the use of cookies.',
      'We use cookies here.',
      'We use \u212Aookies... and \u212Aelvin signs.',
      'We like cookies here.',
    ]
    expect(await textOf(lines.join('\n'))).toBe(lines.slice(6).join('\n'))
    expect(await textOf('We use coo\u212Aies here.')).toBe('') // the Kelvin sign is a k in lower case
    expect(await textOf(lines.join('\n'), { removePolicyLines: false })).toBe(lines.join('\n'))
  })

  it('drops documents of fewer than five sentences in the lines that stay', async () => {
    const filter = await prepared(stage)
    expect(filter('It rained. It rained. It rained.\nIt rained. It shone.')).toMatchObject({
      reason: '',
      edit: null,
      signals: { sentenceCount: 5 },
    })
    expect(filter('It rained. It rained. It rained.\nIt rained.\nShone. Shone.')).toMatchObject({
      reason: 'sentenceCountMin',
      signals: { sentenceCount: 3, shortLineCount: 2 },
    })
    expect(filter('').reason).toBe('sentenceCountMin')
  })

  it('strips lines, joins by line feeds, and leaves an equal text alone', async () => {
    expect(await textOf(' It is so. \r\n\u00a0So it is.\u2028\n')).toBe('It is so.\nSo it is.')
    expect((await prepared(stage, ANY))('It is so.').edit).toBeNull()
  })

  it('counts what it removed, and names each line once', async () => {
    const text = `x ${'y'.repeat(1001)}\nno end here\nToo short.\nJavaScript on cookie policy.\nOur cookie policy {here.\nOur cookie policy.\nFine it is.`
    expect((await prepared(stage, { ...ANY, action: 'annotate' }))(text)).toMatchObject({
      verdict: 'keep',
      edit: null,
      signals: {
        lineCount: 7,
        longWordLineCount: 1,
        unterminatedLineCount: 1,
        shortLineCount: 1,
        javascriptLineCount: 1,
        curlyBracketLineCount: 1,
        policyLineCount: 1,
        loremIpsumLineCount: 0,
        sentenceCount: 1,
      },
    })
  })

  it('takes a megabyte of citations or brackets', async () => {
    const over = { requireTerminalPunctuation: false }
    expect(await textOf('x [1]'.repeat(2e5), over)).toBe('x '.repeat(2e5).trim())
    expect(await textOf(`a b ${'['.repeat(1e6)}`, { ...over, wordLengthMax: 2e6 })).toHaveLength(1e6 + 4)
    expect(await textOf('a b c [1]\n'.repeat(1e5), over)).toHaveLength(6 * 1e5 + 1e5 - 2)
  })
})

describe('removeCitations', () => {
  it.each([
    ['a[1]b[]c', 'abc'],
    ['[[1]]', '[]'],
    ['[1', '[1'],
    ['[1a] [Edit] [ edit]', '[1a] [Edit] [ edit]'],
    ['[٣٤]x[𝟙]', 'x'],
    ['[edit][citation needed]', ''],
  ])('%j', (line, expected) => {
    expect(removeCitations(line)).toBe(expected)
  })
})
