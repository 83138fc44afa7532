import { describe, expect, it } from 'vitest'
import { attribute } from '../../src/html/attributes.js'
import { DEPTH_MAX, type FlatTree, NODES_MAX, release, scan } from '../../src/html/scan.js'
import { Tag, TEXT } from '../../src/html/tags.js'
import * as codes from '../../src/kernels/html/codes.js'
import { Random } from '../support/random.js'

const nameOf = new Map(Object.entries(Tag).map(([name, id]) => [id, name]))

/** The tree as brackets: `p[one b[two]]`. */
function outline(html: string): string {
  const tree = scan(html)
  const out = children(tree, 0)
  release(tree)
  return out
}

function children(tree: FlatTree, node: number): string {
  const parts: string[] = []
  for (let child = node + 1; child < (tree.end[node] ?? 0); child = tree.end[child] ?? 0) {
    const tag = tree.tag[child] ?? 0
    if (tag === TEXT) parts.push(tree.slice(tree.from[child] ?? 0, tree.to[child] ?? 0))
    else parts.push(`${nameOf.get(tag)}[${children(tree, child)}]`)
  }
  return parts.join('')
}

describe('the tree', () => {
  it.each([
    ['plain', '<p>one <b>two</b> three</p>', 'p[one b[two] three]'],
    ['implied ends of p', '<p>one<p>two<div>three</div>', 'p[one]p[two]div[three]'],
    ['implied ends of items', '<ul><li>a<li>b<ul><li>c</ul><li>d</ul>', 'ul[li[a]li[bul[li[c]]]li[d]]'],
    ['implied ends of terms', '<dl><dt>a<dd>b<dt>c<dd>d</dl>', 'dl[dt[a]dd[b]dt[c]dd[d]]'],
    ['implied ends of cells and rows', '<table><tr><td>a<td>b<tr><th>c</table>d', 'table[tr[td[a]td[b]]tr[th[c]]]d'],
    ['tables in cells', '<table><tr><td><table><tr><td>a</table>b</table>', 'table[tr[td[table[tr[td[a]]]b]]]'],
    ['a cell shields the outside', '<div><table><tr><td>a</div>b</table>c</div>d', 'div[table[tr[td[ab]]]c]d'],
    ['a link ends the open link', '<a>x<a>y</a>', 'a[x]a[y]'],
    ['void elements', 'a<br>b<img src=x>c<hr/>d', 'abr[]bimg[]chr[]d'],
    ['unmatched end tags', '</div>a</b></i>b', 'ab'],
    ['an end tag of p alone is an empty one', 'a</p>b', 'ap[]b'],
    ['inline ends stay inside of blocks', '<b><p>a</b>b</p>c', 'b[p[ab]c]'],
    ['headings end each other', '<h2>a</h3>b<h1>c<h2>d', 'h2[a]bh1[c]h2[d]'],
    ['an unclosed head ends at the body', '<head><title>t</title><body><p>x', 'head[title[t]]body[p[x]]'],
    ['white space after a block', '<div>\n <p>a</p>\n </div>', 'div[p[a]]'],
    ['white space between words', '<i>a</i> <i>b</i>', 'i[a] i[b]'],
    ['upper case', '<DIV>a</Div>', 'div[a]'],
    ['unknown elements', '<x-y>a<x-z/>b</x-y>c', '#other[a#other[b]]c'],
  ])('%s', (_name, html, expected) => {
    expect(outline(html)).toBe(expected)
  })

  it.each([
    ['a bare <', 'a < b <3 c<', 'a < b <3 c<'],
    ['comments', 'a<!-- <p> -->b<!-->c<!--->d', 'abcd'],
    ['an unclosed comment takes the rest', 'a<!-- b <p>c', 'a'],
    ['declarations', '<!DOCTYPE html>a<?php x ?>b</ c>d', 'abd'],
    ['an unclosed tag at the end', 'a<p class="x', 'a'],
    ['raw text', '<script>if (a</b>c) "<p>"</script>x', 'script[if (a</b>c) "<p>"]x'],
    ['raw text ends at its own name only', '<style>a</stylex></STYLE >b', 'style[a</stylex>]b'],
    ['an unclosed script takes the rest', 'a<script>b<p>c', 'ascript[b<p>c]'],
    ['a quoted > in an attribute', '<p title="a>b" x=\'>\'>c', 'p[c]'],
    ['a stray quote', '<p title="a"">b', 'p[b]'],
  ])('%s', (_name, html, expected) => {
    expect(outline(html)).toBe(expected)
  })

  it('caps the depth and tells what was asked for', () => {
    const tree = scan('<div>'.repeat(2000))
    expect(tree.depth).toBe(2000)
    for (let node = 1; node < tree.count; node++) {
      let depth = 0
      for (let up = node; up > 0; up = tree.parent[up] ?? 0) depth++
      expect(depth).toBeLessThanOrEqual(DEPTH_MAX + 1)
    }
    release(tree)
  })
})

it('attributes', () => {
  const tree = scan(`<p a=1 B="two &amp; 'three'" c = '>' d e=x/y f="" data-a="wrong">`)
  const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => attribute(tree, 1, name))
  expect(values).toEqual(['1', "two & 'three'", '>', '', 'x/y', '', null])
  release(tree)
})

it('the kernel and the names of tags agree on ids', () => {
  const named = Object.entries(codes)
    .filter(([name]) => name !== 'TEXT' && name !== 'OTHER')
    .map(([name, id]) => [tagNameOf(name), id] as const)
  const known = named.filter(([name]) => name in Tag)
  expect(known.length).toBeGreaterThan(40)
  for (const [name, id] of known) expect(Tag[name as keyof typeof Tag], name).toBe(id)
})

function tagNameOf(code: string): string {
  return code === 'ANNOTATION_XML' ? 'annotation-xml' : code.toLowerCase().replace('_', '')
}

describe('measures of text', () => {
  const PARTS = [
    ...[
      'Word',
      'a',
      '7',
      '12',
      ' ',
      '  ',
      '\n',
      '\t',
      ', ',
      '. ',
      '.',
      '!',
      '?"',
      '\u00e9',
      '\u3002',
      '\uff0c',
      '\uff01',
      '\u0436',
    ],
    ...['\u{1f438}', '\u2026', '-', '(', 'x)', 'A', '&amp;', '\u060c', '\u061f', '\u0964', '\u6c60\u5858'],
  ]

  it.each([0, 1, 2, 3])('are what a plain count says, seed %i', (seed) => {
    const random = new Random(seed)
    for (let i = 0; i < 500; i++) {
      const text = `x${Array.from({ length: random.below(40) }, () => random.pick(PARTS)).join('')}`
      const tree = scan(`<p>${text}</p>`)
      expect(measuresOf(tree, 2), JSON.stringify(text)).toEqual(counted(Buffer.from(text)))
      release(tree)
    }
  })

  it('say whether white space stands at the ends', () => {
    const tree = scan('<i>a</i><i> b</i><i>c </i><i>\n</i>')
    const edges = [2, 4, 6, 8].map((node) => (tree.measures[node * 4 + 2] ?? 0) >>> 24)
    expect(edges).toEqual([0, 1, 2, 3])
    release(tree)
  })

  it('leave out what is not read', () => {
    const tree = scan('<script>a b c</script>')
    expect(measuresOf(tree, 2)).toEqual({ size: 0, stops: 0, commas: 0, words: 0, digits: 0, capitals: 0 })
    release(tree)
  })
})

function measuresOf(tree: FlatTree, node: number) {
  const [size = 0, marks = 0, words = 0, kinds = 0] = tree.measures.subarray(node * 4, node * 4 + 4)
  return {
    size,
    stops: marks & 0xffff,
    commas: marks >>> 16,
    words: words & 0xffffff,
    digits: kinds & 0xffff,
    capitals: kinds >>> 16,
  }
}

/** The definition, byte by byte. */
function counted(bytes: Buffer) {
  const counts = { size: 0, stops: 0, commas: 0, words: 0, digits: 0, capitals: 0 }
  let before = ''
  for (const [i, byte] of bytes.entries()) {
    const kind =
      byte <= 0x20 ? 'space' : byte >= 0x80 || /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 'word' : 'mark'
    if (kind !== 'space' || before !== 'space') counts.size++
    if (kind === 'word' && before !== 'word') {
      counts.words++
      if (/[A-Z]/.test(String.fromCharCode(byte))) counts.capitals++
    }
    if (/[0-9]/.test(String.fromCharCode(byte))) counts.digits++
    const next = bytes[i + 1]
    const ends = next === undefined || next <= 0x20 || next > 0x7f || /["')\]]/.test(String.fromCharCode(next))
    if (byte === 0x2c) counts.commas++
    else if (/[.!?]/.test(String.fromCharCode(byte)) && ends) counts.stops++
    before = kind
  }
  for (const char of bytes.toString('utf8')) {
    if (/[\u061f\u06d4\u0589\u0964\u1362\u2026\u3002\uff01\uff1f]/.test(char)) counts.stops++
    else if (/[\u060c\u3001\uff0c]/.test(char)) counts.commas++
  }
  return counts
}

describe('names', () => {
  const namesOf = (html: string) => {
    const tree = scan(html)
    const found: string[] = []
    for (let i = 0; i < tree.names.length; i += 2) {
      const [node = 0, name = 0] = tree.names.subarray(i, i + 2)
      tree.flagsOfName(name, (attribute, value) => {
        asked.push(`${attribute}=${value}`)
        return 7
      })
      found.push(`${node}:${asked.at(-1)}`)
    }
    release(tree)
    return found
  }
  const asked: string[] = []

  it('come in order of nodes, the first of each kind, of what is worth reading', () => {
    const html = `<div class="n1 x" CLASS=no id='n2'><b class=no>t</b><p hidden style=n3 ROLE="n4"><a rel=n5
      href="https://creativecommons.org/licenses/by/4.0/"><a href=https://example.org/>`
    expect(namesOf(html)).toEqual([
      '1:class=n1 x',
      '1:id=n2',
      ...['4:role=n4', '4:style=n3', '4:hidden='],
      ...['5:rel=n5', '5:href=https://creativecommons.org/licenses/by/4.0/'],
    ])
  })

  it('are asked once, also on other pages', () => {
    namesOf('<p class="asked-once">')
    const before = asked.length
    namesOf('<p class="asked-once"><p class="asked-once">')
    expect(asked.length).toBe(before)
  })

  it('say the same whatever pages came before, though what is remembered is bounded', () => {
    const page = (from: number) => Array.from({ length: 12_000 }, (_, i) => `<p class="${from + i}">`).join('')
    const counts = (html: string) => {
      const tree = scan(html)
      const count = tree.names.length / 2
      const values = new Set(tree.names.filter((_, i) => i % 2 === 1))
      release(tree)
      return [count, values.size]
    }
    const first = counts(page(0))
    expect(first).toEqual([8192, 8192])
    for (let i = 1; i < 12; i++) counts(page(i * 12_000))
    expect(counts(page(0))).toEqual(first)
  })
})

describe('work is linear', () => {
  const WORK: readonly [string, (size: number) => string][] = [
    ['nested elements', (n) => '<div>'.repeat(n)],
    ['nested inline elements', (n) => '<b>'.repeat(n)],
    ['nested lists', (n) => '<ul><li>'.repeat(n)],
    ['nested tables', (n) => '<table><tr><td>'.repeat(n)],
    ['nested SVG', (n) => '<svg><g><desc>'.repeat(n)],
    ['attributes', (n) => `<div ${'a=b '.repeat(n)}>`],
    ['names of attributes', (n) => `<div ${'class=a id=b '.repeat(n)}>`],
    ['a long attribute', (n) => `<p title="${'x '.repeat(n)}">`],
    ['unclosed quotes', (n) => '<p title="'.repeat(n)],
    ['bare <', (n) => '<'.repeat(n)],
    ['comments', (n) => '<!-- -->'.repeat(n)],
    ['unclosed comments', (n) => '<!-- '.repeat(n)],
    ['dashes', (n) => `<!--${'->'.repeat(n)}`],
    ['CDATA', (n) => `<svg>${'<![CDATA[ ]]'.repeat(n)}`],
    ['scripts in comments in scripts', (n) => '<script><!--<script>'.repeat(n)],
    ['ends of scripts', (n) => `<script>${'</scrip'.repeat(n)}`],
    ['plaintext', (n) => '<plaintext>'.repeat(n)],
    ['paragraphs in depth', (n) => `${'<span>'.repeat(600)}${'<p>'.repeat(n)}`],
    ['ends in depth', (n) => `${'<i>'.repeat(600)}${'</div></b></p>'.repeat(n)}`],
    ['NUL', (n) => '\u0000'.repeat(n)],
    ['references', (n) => '&amp;&#x41;&'.repeat(n)],
    ['lone surrogates', (n) => '\ud800'.repeat(n)],
    ['unclosed everything', (n) => '<table><a><p><form><select><button><h1><svg><title>'.repeat(n)],
  ]

  it.each(WORK)('%s', (_name, make) => {
    const steps = (size: number) => {
      const tree = scan(make(size))
      const { work } = tree
      release(tree)
      return work
    }
    const once = steps(4000)
    expect(steps(8000)).toBeLessThan(2.1 * once + 1000)
  })
})

describe('the tree of anything', () => {
  it.each(Array.from({ length: 10 }, (_, seed) => seed))('is a tree, seed %i', (seed) => {
    const random = new Random(seed)
    for (let i = 0; i < 60; i++) {
      const page = random.bytes(random.below(3000))
      // Mostly markup: random bytes alone hardly ever make a tag.
      for (let left = random.below(300); left > 0; left--) {
        const at = random.below(page.length)
        page.set(Buffer.from(random.pick(MARKUP)).subarray(0, page.length - at), at)
      }
      expectTree(scan(page), page.length)
    }
  })

  it('of a page of nothing is a document', () => {
    expectTree(scan(new Uint8Array(0)), 0)
    expectTree(scan(''), 0)
  })

  it('is cut at a bound of rows', () => {
    const tree = scan('<p>x'.repeat(600_000))
    expect(tree.truncated).toBe(true)
    expect(tree.count).toBe(NODES_MAX)
    expectTree(tree, 2_400_000)
  })
})

const MARKUP = [
  ...[
    '<div class=a>',
    '</div>',
    '<p>',
    '</p>',
    '<a href="x">',
    '</a>',
    '<table>',
    '<td>',
    '</table>',
    '<svg>',
    '</svg>',
    '<!--',
  ],
  ...[
    '-->',
    '<script>',
    '</script>',
    '<title>',
    '</title>',
    '<li>',
    '<select>',
    '"',
    "'",
    '=',
    '<',
    '>',
    '</',
    '<br/>',
    '<math>',
  ],
]

function expectTree(tree: FlatTree, length: number): void {
  const { count, tag, parent, end, from, to } = tree
  const faults: string[] = []
  for (let node = 1; node < count; node++) {
    const up = parent[node] ?? -1
    if (!(up >= 0 && up < node)) faults.push(`${node}: parent ${up}`)
    if (!((end[node] ?? 0) > node && (end[node] ?? 0) <= (end[up] ?? 0))) faults.push(`${node}: end ${end[node]}`)
    if (!((from[node] ?? -1) >= 0 && (from[node] ?? 0) <= (to[node] ?? 0) && (to[node] ?? 0) <= length))
      faults.push(`${node}: range`)
    if (tag[up] === TEXT) faults.push(`${node}: in a text`)
    if (tag[node] === TEXT && end[node] !== node + 1) faults.push(`${node}: a text holds something`)
  }
  if (end[0] !== count || tag[0] !== Tag.html) faults.push('the document')
  expect(faults).toEqual([])
  release(tree)
}
