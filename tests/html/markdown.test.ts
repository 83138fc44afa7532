import { describe, expect, it } from 'vitest'
import { allText, type ExtractOptions, extractMainText } from '../../src/html/extract.js'
import { Random } from '../support/random.js'

const markdown = (html: string, options: Partial<ExtractOptions> = {}) =>
  allText(html, { format: 'markdown', ...options })
const lines = (...parts: string[]) => parts.join('\n')

describe('blocks', () => {
  it.each([
    [
      'headings, strong left out of them',
      '<h1>One <b>bold</b> <i>word</i></h1><h3>C #</h3>',
      '# One bold *word*\n\n### C \\#',
    ],
    ['paragraphs and breaks', '<p>a<br>b<br><br>c<p>d', 'a  \nb\n\nc\n\nd'],
    ['lists, nested', '<ul><li>a<ol start=3><li>b<li>c</ol><li>d</ul>', '- a\n\n  3. b\n  4. c\n- d'],
    ['an ordered list inside', '<ul><li>a<ol><li>b</ol></ul>', '- a\n  1. b'],
    ['items of several paragraphs', '<ol><li><p>a<p>b<li><p>c</ol>', '1. a\n\n   b\n2. c'],
    ['two lists in a row', '<ul><li>a</ul><ul><li>b</ul>', '- a\n\n* b'],
    ['a list after a paragraph', '<p>a<ul><li>b</ul><p>c', 'a\n\n- b\n\nc'],
    ['quotes', '<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote>d', '> a\n>\n> b\n>\n> > c\n\nd'],
    ['a quote in an item', '<ul><li><blockquote>a</blockquote><li>b</ul>', '- > a\n- b'],
    ['breaks', '<p>a</p><hr><p>b</p>', 'a\n\n---\n\nb'],
    [
      'code with its white space',
      '<pre><code class="language-js">if (a) {\n\n\tb  ()\n}\n</code></pre>',
      '```js\nif (a) {\n\n\tb  ()\n}\n```',
    ],
    ['code with fences', '<pre>```\nx\n```</pre>', '````\n```\nx\n```\n````'],
    ['code in an item', '<ul><li>a<pre>b\n  c</pre></ul>', '- a\n\n  ```\n  b\n    c\n  ```'],
    ['terms and definitions', '<dl><dt>a<dd>b</dl>', 'a\n\nb'],
    ['headings with links to themselves', '<h2>a<a href="#a">¶</a></h2><h2><a href="#b">#</a> b</h2>', '## a\n\n## b'],
  ])('%s', (_name, html, expected) => {
    expect(markdown(html)).toBe(expected)
  })

  it.each([
    ['brush: python; gutter: true', 'python'],
    ['highlight-source-shell', 'shell'],
    ['sourceCode haskell', 'haskell'],
    ['hljs language-c++', 'c++'],
    ['prettyprint lang-js linenums', 'js'],
    ['language-none', ''],
    ['code block', ''],
  ])('the language of class "%s"', (name, language) => {
    expect(markdown(`<pre class="${name}">x</pre>`)).toBe(`\`\`\`${language}\nx\n\`\`\``)
    expect(markdown(`<div class="${name}"><pre><code>x</code></pre></div>`)).toBe(`\`\`\`${language}\nx\n\`\`\``)
  })

  it('nesting is written to a depth, and no deeper', () => {
    const text = markdown(`${'<ul><li>'.repeat(300)}<p>deep`)
    expect(text).toBe(`${'- '.repeat(16)}deep`)
  })
})

describe('tables', () => {
  it('are pipe tables, cells of several places in the first of them', () => {
    const html = `<table><tr><th>Year<th>Frogs<th>a|b<tr><td rowspan=2>1987<td colspan=2>2<br>1<tr><td><b>5</b><td><code>x|y</code></table>`
    expect(markdown(html)).toBe(
      lines('| Year | Frogs | a\\|b |', '| --- | --- | --- |', '| 1987 | 2<br>1 | |', '| | **5** | `x\\|y` |'),
    )
  })

  it('a title that fills the first row stands before', () => {
    const html = '<table><tr><th colspan=2>Frogs<tr><th>a<th>b<tr><td>c<td>d</table>'
    expect(markdown(html)).toBe(lines('Frogs', '', '| a | b |', '| --- | --- |', '| c | d |'))
  })

  it('those that lay out a page are no tables', () => {
    expect(markdown('<table><tr><td>a<td><h2>b</h2><p>c<tr><td>d<td>e</table>')).toBe('a\n\n## b\n\nc\n\nd\n\ne')
    expect(markdown('<table><tr><td>a<tr><td>b</table>')).toBe('a\n\nb')
    expect(markdown(`<table><tr><td>a<td>${'word '.repeat(300)}<tr><td>b<td>c</table>`)).not.toContain('|')
  })
})

describe('lines', () => {
  it.each([
    ['emphasis', 'a <em>b</em>, <strong>c</strong><i> d </i>e', 'a *b*, **c** *d* e'],
    ['emphasis that CommonMark could not read', 'a<b>(b)</b>c <i>“d”</i>', 'a(b)c *“d”*'],
    ['emphasis side by side', '<b>a</b><i>b</i> <b></b>c', '**a**b c'],
    ['Chinese emphasis', '三<b>青蛙</b>月<b>池塘。</b>里', '三**青蛙**月池塘。里'],
    ['code', '<code>a*b</code> <tt>`c`</tt> <kbd>d  e</kbd>', '`a*b` `` `c` `` `d e`'],
    [
      'characters of Markdown',
      '*a* _b_ `c` [d](e) &lt;f> &amp;amp; g\\*h',
      '\\*a\\* \\_b\\_ \\`c\\` [d\\](e) \\<f> \\&amp; g\\\\\\*h',
    ],
    ['characters that are no markup', 'a_b 5 * 3 [1] a < b AT&T c\\d 50% ~5', 'a_b 5 * 3 [1] a < b AT&T c\\d 50% ~5'],
    ['TeX that stands in the text', 'so \\(a_1 * b_2 * c\\) and \\[x_1\\]', 'so \\(a_1 * b_2 * c\\) and \\[x_1\\]'],
    ['formulas', 'so <math><msub><mi>a</mi><mn>1</mn></msub></math> is', 'so $a_1$ is'],
  ])('%s', (_name, html, expected) => {
    expect(markdown(`<p>${html}</p>`)).toBe(expected)
  })

  it.each([
    ['1. a', '1\\. a'],
    ['12) a', '12\\) a'],
    ['- a', '\\- a'],
    ['+', '\\+'],
    ['# a', '\\# a'],
    ['#a', '#a'],
    ['> a', '\\> a'],
    ['---', '\\---'],
    ['===', '\\==='],
    ['[a]: b', '\\[a]: b'],
    ['1.5 km', '1.5 km'],
    ['-5 °C', '-5 °C'],
  ])('a line that starts with %s', (text, expected) => {
    expect(markdown(`<p>${text.replace('>', '&gt;')}</p>`)).toBe(expected)
  })

  it('links and images only where they are asked for', () => {
    const html = `<base href="/x/"><p>a <a href="b (c).html?d=1&amp;e=2"><b>link</b> [1]</a> <a href="#f">g</a> <a href="javascript:h()">i</a>
      <img src="j.png" alt="k [l]"> <img src="data:image/png;base64,AA"> <img width=1 src="m"> n</p><img data-src="//cdn.example/o.jpg" src="data:x"><p>p`
    expect(markdown(html)).toBe('a **link** [1] g i n\n\np')
    expect(markdown(html, { links: true, images: true, pageUrl: 'https://a.example/y/z' })).toBe(
      lines(
        'a [**link** \\[1\\]](https://a.example/x/b%20%28c%29.html?d=1&e=2) g i ![k \\[l\\]](https://a.example/x/j.png) n',
        '',
        '![](https://cdn.example/o.jpg)',
        '',
        'p',
      ),
    )
    expect(markdown('<p>a <a href="b">c</a>', { links: true })).toBe('a [c](b)')
  })

  it.each([
    [
      'Arabic',
      '<h2>الضفادع</h2><ul><li>عادت <b>الضفادع</b> إلى البركة، باكرًا.</ul>',
      '## الضفادع\n\n- عادت **الضفادع** إلى البركة، باكرًا.',
    ],
    ['Hebrew', '<p>הצפרדעים <i>חזרו</i> אל הבריכה.', 'הצפרדעים *חזרו* אל הבריכה.'],
    ['Thai', '<p>กบกลับมา<b>ที่บ่อน้ำ</b>ในเดือนมีนาคม', 'กบกลับมา**ที่บ่อน้ำ**ในเดือนมีนาคม'],
    ['Japanese', '<ol><li>蛙は<code>池</code>に<em>戻った</em>。</ol>', '1. 蛙は`池`に*戻った*。'],
  ])('%s', (_name, html, expected) => {
    expect(markdown(html)).toBe(expected)
  })
})

const PIECES = [
  ...[
    '<p>',
    '</p>',
    '<li>',
    '<ul>',
    '</ul>',
    '<ol start=5>',
    '</ol>',
    '<blockquote>',
    '</blockquote>',
    '<pre>',
    '</pre>',
  ],
  ...[
    '<table>',
    '<tr>',
    '<td>',
    '<td colspan=3>',
    '<th rowspan=9>',
    '</table>',
    '<h2>',
    '</h2>',
    '<br>',
    '<hr>',
    '<b>',
    '</b>',
  ],
  ...[
    '<i>',
    '</i>',
    '<code>',
    '</code>',
    '<a href="x(y">',
    '</a>',
    '<img src=z alt="]">',
    '<math>',
    '<mi>',
    '</mi>',
    '</math>',
  ],
  ...[
    '<mfrac>',
    '<mtable>',
    '<mtr>',
    '<script type="math/tex">x</script>',
    '<span class="katex">',
    '</span>',
    '<div class="line">',
  ],
  ...[
    '</div>',
    'word ',
    ' ',
    '\n',
    '*',
    '_',
    '`',
    '[',
    '](',
    '|',
    '\\',
    '$$',
    '\\(',
    '1. ',
    '# ',
    '&lt;',
    '&',
    '池塘',
    '\ud800',
    '\udc00',
  ],
]

// Anything quadratic in these would run for minutes, beyond the runner's limit.
describe('lines and nesting without end', () => {
  it.each([
    ['emphasis', '<b>x</b><i>y</i>'],
    ['code', '<code>`</code>x'],
    ['links', '<a href=x>y</a>'],
    ['formulas', '<math><mi>x</mi></math>'],
    ['brackets and TeX that never closes', '[]( \\( $$ \\[ \\begin{'],
    ['items', '<ul><li>x'],
    ['quotes', '<blockquote>x'],
    ['tables', '<table><tr><td>x<td>y'],
    ['cells of many places', '<table><tr><td rowspan=100 colspan=100>x<td>y</table>'],
    ['code without end', '<pre>x'],
    ['formulas without end', '<math><mfrac>'],
  ])('%s', (_name, piece) => {
    const html = `<p>a ${piece.repeat(10_000)}`
    expect(markdown(html, { links: true }).length).toBeGreaterThan(0)
  })
})

describe('random tag soup', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i', (seed) => {
    const random = new Random(seed)
    const html = Array.from({ length: 20 + random.below(400) }, () => random.pick(PIECES)).join('')
    for (const links of [false, true]) {
      const options = {
        favor: 'recall',
        comments: true,
        tables: true,
        format: 'markdown',
        links,
        images: links,
      } as const
      const { text } = extractMainText(html, options)
      const everything = markdown(html, { links, images: links })
      expect(extractMainText(html, options).text).toBe(text)
      for (const one of [text, everything]) {
        expect(one).not.toMatch(/\p{Surrogate}/u)
        expect(one).not.toMatch(/^\s*\n|\n\s*$/)
        expect(one.length).toBeLessThan(20 * html.length)
      }
    }
  })
})
