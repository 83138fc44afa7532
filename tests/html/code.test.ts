import { expect, it } from 'vitest'
import { allText } from '../../src/html/extract.js'

it.each([
  ['lines and indentation', '<pre>\n  a\n\tb\n\n    c  d\n</pre>', '  a\n\tb\n\n    c  d'],
  [
    'indentation of the first line in a span',
    '<pre><span></span><span class="w">    </span><b>a</b>\n  b</pre>',
    '    a\n  b',
  ],
  ['line breaks', '<pre>a<br>  b<br><br>c</pre>', 'a\n  b\n\nc'],
  ['a block a line', '<pre><div>a</div><div></div><div>  b</div></pre>', 'a\n\n  b'],
  ['an item a line', '<pre><ol><li>a</li><li>  b</li></ol></pre>', 'a\n  b'],
  ['windows line ends', '<pre>a\r\n b\rc</pre>', 'a\n b\nc'],
  ['no-break spaces', '<pre>&nbsp;&nbsp;a&nbsp;=&nbsp;1</pre>', '  a = 1'],
  [
    'line numbers in a cell beside',
    '<table><tr><td class="linenos"><pre>1\n2\n3</pre></td><td><pre>a\n  b\nc</pre></td></tr></table>',
    'a\n  b\nc',
  ],
  [
    'the number of a single line',
    '<table><tr><td class="gutter"><pre>1</pre></td><td><pre>a</pre></td></tr></table>',
    'a',
  ],
  ['line numbers in spans', '<pre><span class="lineno">1 </span>a\n<span class="lineno">2 </span>  b</pre>', 'a\n  b'],
  [
    'line numbers without names',
    '<pre><div><span>1</span><div>a</div></div><div><span>2</span><div>b</div></div><div><span>3</span><div>c</div></div></pre>',
    'a\nb\nc',
  ],
  ['numbers that are the text', '<pre><div>1</div><div>2</div><div>3</div></pre>', '1\n2\n3'],
  [
    'a bar with the language and a button',
    '<pre><div><span>bash</span><button>Copy</button></div><code>ls</code></pre>',
    'ls',
  ],
  ['a link to copy', '<pre><a class="copy-btn" href="#">Copy</a>ls</pre>', 'ls'],
  [
    'names that a highlighter gives',
    '<pre><span class="hljs-comment"># related</span>\n<span class="hljs-keyword">if</span> a:</pre>',
    '# related\nif a:',
  ],
])('%s', (_name, html, expected) => {
  expect(allText(`<p>x</p>${html}<p>y</p>`)).toBe(`x\n${expected}\ny`)
})

it('what is never closed, or lays out tables, is no code', () => {
  expect(allText('<pre>a  b<p>c  d</p>')).toBe('a b\nc d')
  expect(allText('<pre><table><tr><td>a  b<td>c<td>d<tr><td>e<td>f<td>g</table></pre>')).toBe('a b\tc\td\ne\tf\tg')
})

it('cells stand on the line of their row, whatever is inside of them', () => {
  expect(allText('<table><tr><td><p>a</p><td><div>b<br>c</div><tr><td>d<td><b>e</b></table>')).toBe('a\tb c\nd\te')
  const column = 'Words of a column of a page. '.repeat(5)
  expect(allText(`<table><tr><td>menu<td><p>${column}<p>${column}</table>`)).toBe(
    ['menu', column.trim(), column.trim()].join('\n'),
  )
})
