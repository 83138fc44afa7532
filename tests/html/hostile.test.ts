import { describe, expect, it } from 'vitest'
import { openPage } from '../../src/html/charset.js'
import { type DecideOptions, extractMainText } from '../../src/html/extract.js'
import { Random } from '../support/random.js'

const OPTIONS: DecideOptions = { favor: 'precision', comments: false, tables: true }
const SENTENCE = 'A sentence that is long enough to be taken for prose, with a comma.'

// Anything quadratic in these would run for minutes, beyond the runner's limit.
describe('hostile pages end, and keep their sentence', () => {
  it.each([
    ['nested div', '<div>'.repeat(200_000)],
    ['nested inline', '<b>'.repeat(200_000)],
    ['nested lists', '<ul><li>'.repeat(100_000)],
    ['nested tables', '<table><tr><td>'.repeat(70_000)],
    ['unmatched end tags in depth', `${'<i>'.repeat(600)}${'</div></b></p>'.repeat(100_000)}`],
    ['p in depth', `${'<span>'.repeat(600)}${'<p>'.repeat(200_000)}`],
    ['links in depth', `${'<div>'.repeat(600)}${'<a href=x>'.repeat(200_000)}</a>`],
    ['a long attribute', `<p title="${'x '.repeat(500_000)}">`],
    ['many attributes', `<div ${'a=b '.repeat(300_000)}>`],
    ['a long class', `<div class="${'related '.repeat(200_000)}main"></div>`],
    ['bare <', '<'.repeat(500_000)],
    ['comments', '<!-- -->'.repeat(200_000)],
    ['ampersands', '&'.repeat(500_000)],
    ['references', '&#'.repeat(300_000)],
    ['white space', `${' '.repeat(500_000)}\n`.repeat(3)],
    ['white space in a paragraph', `<p>${' \n'.repeat(500_000)}</p>`],
    ['white space in pre', `<pre>${'\r\n '.repeat(300_000)}x</pre>`],
    ['script-like ends', `<script>${'</scrip'.repeat(200_000)}</script>`],
    ['one-letter blocks', '<p>x</p>'.repeat(100_000)],
    ['metas', '<meta name=date content=x>'.repeat(50_000)],
    ['a million attributes', `<p ${'a '.repeat(1_000_000)}>`],
    ['scripts in comments in scripts', `<script>${'<!--<script>'.repeat(100_000)}</script>--></script>`],
    ['NUL', '\u0000'.repeat(500_000)],
    ['lone surrogates', '\ud800'.repeat(300_000)],
    ['references that name characters', '&amp;&CounterClockwiseContourIntegral;&#x1f438;'.repeat(30_000)],
    ['names that are all different', Array.from({ length: 60_000 }, (_, i) => `<b class=x${i} id=y${i}>`).join('')],
    ['json', `<script type="application/ld+json">${'['.repeat(100_000)}</script>`],
  ])('%s', (_name, html) => {
    expect(extractMainText(`${html}<p>${SENTENCE}</p>`, OPTIONS).text).toContain(SENTENCE)
  })

  it('plaintext takes the rest as it stands', () => {
    const page = `<p>${SENTENCE}</p><plaintext>${'</plaintext><p>'.repeat(50_000)}`
    expect(extractMainText(page, OPTIONS).text).toContain(SENTENCE)
  })

  it('a page of 50 MB is read, and what it took is let go', () => {
    const paragraph = `<p>${`${SENTENCE} `.repeat(8)}</p>\n`
    const page = Buffer.from(paragraph.repeat(Math.ceil(50e6 / paragraph.length)))
    const { text, truncated } = extractMainText(openPage(page, 'text/html; charset=utf-8'), OPTIONS)
    expect(truncated).toBe(false)
    expect(text.length).toBeGreaterThan(20e6)
  })

  it('a page of too many elements says so', () => {
    expect(extractMainText(`<p>${SENTENCE}</p>${'<b>x'.repeat(600_000)}`, OPTIONS).truncated).toBe(true)
  })

  it.each([
    ['an unclosed comment', '<!-- '],
    ['an unclosed quote', '<p title="'],
    ['an unclosed script', '<script>'],
  ])('%s takes the rest', (_name, html) => {
    expect(extractMainText(`<p>${SENTENCE}</p>${html}${'<p>x</p> <!-- '.repeat(100_000)}`, OPTIONS).text).toBe(SENTENCE)
  })
})

const PIECES = [
  ...[
    '<div>',
    '</div>',
    '<p>',
    '</p>',
    '<b>',
    '</b>',
    '<a href="x">',
    '</a>',
    '<table>',
    '<tr>',
    '<td>',
    '</table>',
    '<li>',
  ],
  ...[
    '<ul>',
    '</ul>',
    '<br>',
    '<script>',
    '</script>',
    '<!--',
    '-->',
    '<',
    '>',
    '&amp;',
    '&#x41;',
    '&',
    ';',
    '"',
    "'",
    '=',
  ],
  ...[
    '<h2>',
    '</h3>',
    '<pre>',
    '</pre>',
    '<form>',
    '</form>',
    '<article>',
    '</article>',
    '<style>',
    '</style>',
    '</',
    '<!',
  ],
  ...[
    '<title>',
    '</title>',
    '<div class="comment">',
    '<div hidden>',
    '<p class=nav',
    '<select><option>',
    '\n\n',
    '\u0000',
  ],
  ...[
    'Word, and more words in a sentence. ',
    'short ',
    '池塘里有青蛙，',
    'é',
    '🐸',
    '\ud800',
    '<svg/>',
    '<td/>',
    '<body>',
  ],
]

describe('random tag soup', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i', (seed) => {
    const random = new Random(seed)
    const html = Array.from({ length: 20 + random.below(400) }, () => random.pick(PIECES)).join('')
    const options: DecideOptions = {
      favor: random.pick(['precision', 'balanced', 'recall']),
      comments: random.next() < 0.5,
      tables: random.next() < 0.5,
    }
    const { text } = extractMainText(html, options)
    expect(extractMainText(html, options).text).toBe(text)
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u)
    expect(text.length).toBeLessThanOrEqual(html.length)
    // Nothing is made up: the characters of the text, references apart, stand in the page in the same order.
    expect(isSubsequence(text.replace(/[A&\s\ufffd]/g, ''), html)).toBe(true)
    // From bytes the same, where the string has any bytes (lone surrogates do not).
    const sound = html.replaceAll('\ud800', '?')
    const fromBytes = extractMainText(openPage(Buffer.from(sound), 'text/html; charset=utf-8'), options)
    expect(fromBytes).toEqual(extractMainText(sound, options))
  })

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('random bytes, seed %i', (seed) => {
    const random = new Random(seed)
    const page = openPage(random.bytes(5000), random.pick(['', 'text/html; charset=utf-8', 'text/html; charset=gbk']))
    expect(() => extractMainText(page, OPTIONS)).not.toThrow()
  })
})

function isSubsequence(part: string, whole: string): boolean {
  let at = 0
  for (const unit of part.split('')) {
    at = whole.indexOf(unit, at) + 1
    if (at === 0) return false
  }
  return true
}
