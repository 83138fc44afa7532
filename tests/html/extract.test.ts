import { describe, expect, it } from 'vitest'
import { openPage } from '../../src/html/charset.js'
import { allText, type DecideOptions, extractMainText } from '../../src/html/extract.js'

const OPTIONS: DecideOptions = { favor: 'precision', comments: false, tables: true }
const textOf = (html: string, options: Partial<DecideOptions> = {}) =>
  extractMainText(html, { ...OPTIONS, ...options }).text
const lines = (...parts: string[]) => parts.join('\n')

const MENU = `<header class="site-header"><a href="/">The Daily Pond</a><nav><ul><li><a href="/news">News</a></li>
<li><a href="/frogs">Frogs</a></li><li><a href="/weather">Weather</a></li></ul></nav></header>`
const FOOTER = `<div class="footer"><p>Copyright 2024 The Daily Pond. All rights reserved. No part of this page may be copied.</p>
<ul><li><a href="/imprint">Imprint</a></li><li><a href="/privacy">Privacy</a></li></ul></div>`
const FROGS = [
  'The frogs came back to the pond in March, three weeks earlier than in any year on record.',
  'Volunteers had counted them since 1987, and every spring the first croak was heard in April.',
  'This year, said the warden, the ice was gone by the end of February and the water was warm.',
]
const paragraphs = (texts: string[]) => texts.map((text) => `<p>${text}</p>`).join('\n')

describe('articles', () => {
  it('leaves menus, the title, sharing, related links, cookie notices and footers out', () => {
    const html = `<!DOCTYPE html><html><body>${MENU}<div class="cookie-notice"><p>We use cookies to improve this page, and to
      show you advertising that you may like.</p></div><main><article><h1>Frogs are early</h1>
      <div class="byline">By <a href="/m">M. Reed</a>, 12 March</div><div class="share-buttons"><a href="#">Share</a></div>
      ${paragraphs(FROGS.slice(0, 2))}<aside><p>Frogs are amphibians, as are newts, and live in water and on land.</p></aside>
      <h2>Warm water</h2>${paragraphs(FROGS.slice(2))}<h2>More on this</h2></article>
      <div class="related"><h3>Read next</h3><p>Toads are late this year, and nobody knows why it is so.</p></div></main>
      ${FOOTER}</body></html>`
    expect(textOf(html)).toBe(lines(FROGS[0] ?? '', FROGS[1] ?? '', 'Warm water', FROGS[2] ?? ''))
  })

  it('needs no names and no closing tags', () => {
    const html = `<table><tr><td><a href=1>Home</a><br><a href=2>Links</a><br><a href=3>Mail</a><td>
      <p>${FROGS[0]}<p>${FROGS[1]}<p>${FROGS[2]}</table>`
    expect(textOf(html)).toBe(lines(...FROGS))
  })

  it('breaks lines at br and keeps quotes, nested ones too', () => {
    const html = `<article><p>${FROGS[0]}<br><br>${FROGS[1]}</p><blockquote><p>They are early.</p><blockquote><p>So they
      are, and loud.</p></blockquote></blockquote><p>${FROGS[2]}</p></article>`
    expect(textOf(html)).toBe(
      lines(FROGS[0] ?? '', FROGS[1] ?? '', 'They are early.', 'So they are, and loud.', FROGS[2] ?? ''),
    )
  })

  it('keeps a page whose names mislead', () => {
    const html = `<div class="widget sidebar">${paragraphs(FROGS)}</div><p><a href=1>Home</a></p>`
    expect(textOf(html)).toBe(lines(...FROGS))
  })

  it('does not read what is hidden, scripted or a control', () => {
    const html = `<article><p>${FROGS[0]} <span style="display: none">Hidden words.</span>Seen words.</p><script>var p =
      "<p>scripted, and long enough to count.</p>"</script><p hidden>${FROGS[1]}</p><button>Press this button now.</button>
      <template><p>${FROGS[2]}</p></template><noscript><p>Please enable scripts, they are needed.</p></noscript></article>`
    expect(textOf(html)).toBe(`${FROGS[0]} Seen words.`)
  })
})

describe('other pages', () => {
  it('docs: code keeps its white space', () => {
    const html = `<div class="sidebar"><ul><li><a href="#a">Install</a><li><a href="#b">Use</a></ul></div><main>
      <h1>Pond</h1><p>Install the package first, then count the frogs of a pond with one call.</p>
      <pre><code>
import { count } from 'pond'

if (count() &gt; 3) {
\tconsole.log('many   frogs')
}
</code></pre><p>The call <code>count()</code> gives a number, which is never negative.</p></main>`
    expect(textOf(html)).toBe(
      lines(
        'Pond',
        'Install the package first, then count the frogs of a pond with one call.',
        "import { count } from 'pond'\n\nif (count() > 3) {\n\tconsole.log('many   frogs')\n}",
        'The call count() gives a number, which is never negative.',
      ),
    )
  })

  it('tables: one line a row, or none at all', () => {
    const html = `<article><p>${FROGS[0]}</p><table><tr><th>Year<th>Frogs<tr><td>1987<td>212<tr><td>2024<td>87</table>
      <p>${FROGS[1]}</p></article>`
    expect(textOf(html)).toBe(lines(FROGS[0] ?? '', 'Year\tFrogs', '1987\t212', '2024\t87', FROGS[1] ?? ''))
    expect(textOf(html, { tables: false })).toBe(lines(FROGS[0] ?? '', FROGS[1] ?? ''))
  })

  it('lists stay with their items, link lists go', () => {
    const html = `<article><p>${FROGS[0]}</p><ul><li>common frog<li>moor frog<li>agile frog</ul><p>${FROGS[1]}</p>
      <ul><li><a href=1>Ten things about toads</a><li><a href=2>Why newts are shy</a></ul><p>${FROGS[2]}</p></article>`
    expect(textOf(html)).toBe(
      lines(FROGS[0] ?? '', 'common frog', 'moor frog', 'agile frog', FROGS[1] ?? '', FROGS[2] ?? ''),
    )
  })

  it('forum threads are their posts', () => {
    const post = (name: string, text: string) =>
      `<div class="post"><div class="author"><a href="/u/${name}">${name}</a> 12 posts</div><div class="post-body"><p>${text}</p></div></div>`
    const html = `${MENU}<div id="thread">${FROGS.map((text, i) => post(`user${i}`, text)).join('')}</div>${FOOTER}`
    expect(textOf(html)).toBe(lines(...FROGS))
  })

  it('comments go, unless they are asked for', () => {
    const html = `<article>${paragraphs(FROGS)}</article><section id="comments"><h3>2 comments</h3><ol><li class="comment"><p>I heard
      one too, on the way to work, near the mill.</p></ol></section>`
    expect(textOf(html)).toBe(lines(...FROGS))
    expect(textOf(html, { comments: true })).toContain('I heard one too, on the way to work, near the mill.')
  })

  it('recall keeps more than precision', () => {
    const html = `<article>${paragraphs(FROGS)}<div class="author-box"><p>M. Reed has written about ponds, lakes and rivers for
      many years.</p></div></article>`
    expect(textOf(html)).toBe(lines(...FROGS))
    expect(textOf(html, { favor: 'recall' })).toContain('M. Reed has written about ponds')
  })
})

describe('scripts without spaces', () => {
  it('Chinese', () => {
    const first = '三月里，青蛙回到了池塘，比有记录以来的任何一年都早了三个星期。'
    const second = '志愿者从一九八七年起就开始计数，每年春天的第一声蛙鸣都在四月响起。'
    const html = `<div class="nav"><a href=1>首页</a><a href=2>新闻</a></div><div><p>${first}</p><p>${second}</p></div>
      <div><a href=3>关于我们</a> <a href=4>联系方式</a></div>`
    expect(textOf(html)).toBe(lines(first, second))
  })

  it('Thai, which ends sentences by a space', () => {
    const first = 'กบกลับมาที่บ่อน้ำในเดือนมีนาคมเร็วกว่าปีใดๆที่เคยบันทึกไว้ถึงสามสัปดาห์และอาสาสมัครนับพวกมันมาตั้งแต่ปีนั้น'
    const html = `<ul><li><a href=1>หน้าแรก</a><li><a href=2>ข่าว</a></ul><div><p>${first}</p></div>`
    expect(textOf(html)).toBe(first)
  })
})

describe('characters', () => {
  it('decodes references once, collapses white space, drops controls', () => {
    const html =
      '<p>Fish &amp;amp; chips&nbsp;&nbsp;are\n\t good&#8212;very\u0000 \u0007good,&#x1F41F; they\u00a0say.\ufeff &lt;b&gt;</p>'
    expect(textOf(html)).toBe('Fish &amp; chips are good—very good,🐟 they say. <b>')
  })

  it('makes lone surrogates U+FFFD', () => {
    expect(textOf('<p>One \ud83d lone surrogate in a sentence, and &#xDC00; another one.</p>')).toBe(
      'One \ufffd lone surrogate in a sentence, and \ufffd another one.',
    )
  })

  it('gives the same from bytes as from a string', () => {
    const html = `${MENU}<title>Frösche</title><p>Die Frösche kamen „früh“ zurück… 三月里，青蛙回到了池塘。 Και έφυγαν.</p>${FOOTER}`
    const fromBytes = extractMainText(openPage(Buffer.from(html), ''), OPTIONS)
    expect(fromBytes).toEqual(extractMainText(html, OPTIONS))
    expect(fromBytes).toMatchObject({ title: 'Frösche', text: expect.stringContaining('„früh“ zurück… 三月里') })
  })
})

it('measures what it kept', () => {
  const { linkDensity, extractedShare } = extractMainText('<p>Four and <a href=1>four more.</a></p>', OPTIONS)
  expect(linkDensity).toBeCloseTo(10 / 19)
  expect(extractedShare).toBe(1)
  expect(extractMainText('', OPTIONS)).toMatchObject({ text: '', linkDensity: 0, extractedShare: 0, truncated: false })
})

it('allText keeps everything visible', () => {
  expect(allText('<h1>A</h1><nav><a href=1>b</a></nav><script>no</script>c')).toBe('A\nb\nc')
})
