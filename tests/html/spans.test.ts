import { describe, expect, it } from 'vitest'
import { decodePage, openPage } from '../../src/html/charset.js'
import { decodeEntities } from '../../src/html/entities.js'
import { type DecideOptions, extractMainText, extractWithSpans } from '../../src/html/extract.js'
import { Random } from '../support/random.js'

const OPTIONS: DecideOptions = { favor: 'recall', comments: true, tables: true }
const squeezed = (text: string) => text.replace(/[\s\u0000-\u001f\u007f-\u009f\ufeff]+/g, '')

it('says where the text stands', () => {
  const html = '<h1>Frogs</h1><p>Über die <b>Frösche &amp; Kröten</b> der 池塘 ist viel zu sagen, heute.</p>'
  for (const page of [html, openPage(Buffer.from(`\ufeff${html}`), '')]) {
    const { text, spans } = extractWithSpans(page, OPTIONS)
    expect(text).toBe('Frogs\nÜber die Frösche & Kröten der 池塘 ist viel zu sagen, heute.')
    expect(spans.map((span) => [text.slice(span.start, span.end), html.slice(span.htmlStart, span.htmlEnd)])).toEqual([
      ['Frogs', 'Frogs'],
      ['Über die', 'Über die '],
      ['Frösche & Kröten', 'Frösche &amp; Kröten'],
      ['der 池塘 ist viel zu sagen, heute.', ' der 池塘 ist viel zu sagen, heute.'],
    ])
  }
})

it('a formula stands where its element does', () => {
  const html = '<p>So <math><mi>x</mi></math> is a number that is not known to us, says the book.</p>'
  const { text, spans } = extractWithSpans(html, OPTIONS)
  const formula = spans.find((span) => text.slice(span.start, span.end) === '$x$')
  expect(html.slice(formula?.htmlStart, formula?.htmlEnd)).toContain('<mi>x')
})

const PIECES = [
  ...[
    '<p>',
    '</p>',
    '<b>',
    '</b>',
    '<td>',
    '<table>',
    '<tr>',
    '</table>',
    '<pre>',
    '</pre>',
    '<br>',
    '<div>',
    '</div>',
    '<li>',
  ],
  ...[
    '<h2>',
    '</h2>',
    '<a href="#x">',
    '</a>',
    '#',
    '<span class=lineno>1</span>',
    '<script>x</script>',
    '<span hidden>',
    '</span>',
  ],
  ...[
    'Word, and more words. ',
    'x',
    ' ',
    '\r\n',
    '\t',
    '&amp;',
    '&nbsp;',
    '&lt;',
    '&#x1F41F;',
    'é',
    '池塘',
    '🐸',
    '\u0000',
    '\u0085',
    '\ufeff',
  ],
]

describe('the page holds, where a span says, the words of the span', () => {
  it.each(Array.from({ length: 80 }, (_, seed) => seed))('seed %i', (seed) => {
    const random = new Random(seed)
    const html = Array.from({ length: 10 + random.below(300) }, () => random.pick(PIECES)).join('')
    const body = Buffer.from(html)
    const page = random.next() < 0.5 ? html : openPage(body, 'text/html; charset=utf-8')
    const { text, spans } = extractWithSpans(page, OPTIONS)
    expect(text).toBe(extractMainText(page, OPTIONS).text)
    const source = typeof page === 'string' ? html : decodePage(body, 'text/html; charset=utf-8')
    let covered = ''
    let end = 0
    for (const span of spans) {
      expect(span.start).toBeGreaterThanOrEqual(end)
      expect(span.end).toBeGreaterThan(span.start)
      end = span.end
      const words = text.slice(span.start, span.end)
      expect(squeezed(decodeEntities(source.slice(span.htmlStart, span.htmlEnd)))).toBe(squeezed(words))
      covered += words
    }
    expect(squeezed(covered)).toBe(squeezed(text))
  })
})
