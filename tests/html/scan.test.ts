import { describe, expect, it } from 'vitest'
import { attribute } from '../../src/html/attributes.js'
import { DEPTH_MAX, type FlatTree, release, scan } from '../../src/html/scan.js'
import { Tag, TEXT } from '../../src/html/tags.js'

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
