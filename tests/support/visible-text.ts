/** The text of a page that is visible but for style sheets, line by line: as parse5 reads the page, and as our tree has it. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { decodeEntities } from '../../src/html/entities.js'
import { release, scan } from '../../src/html/scan.js'
import { BLOCK, FLAGS, SKIPPED, Tag, TEXT } from '../../src/html/tags.js'

type Node = DefaultTreeAdapterTypes.ChildNode

const tagIds: ReadonlyMap<string, number> = new Map(Object.entries(Tag))
const SVG = 'http://www.w3.org/2000/svg'

/** Lines of text with white space collapsed, empty ones left out. */
function linesOf(parts: readonly string[]): string[] {
  const lines = parts.join('').split('\u0001')
  return lines
    .map((line) =>
      line
        .replace(/[\u0000\ufffd]/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
}

export function visibleByParse5(html: string): string[] {
  const parts: string[] = []
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.nodeName === '#text') parts.push((node as DefaultTreeAdapterTypes.TextNode).value)
      if (!('tagName' in node)) continue
      const tag = tagIds.get(node.tagName) ?? Tag['#other']
      const flags = FLAGS[tag] ?? 0
      const isBreak = (flags & BLOCK) !== 0 || tag === Tag.br
      if (isBreak) parts.push('\u0001')
      if (node.namespaceURI !== SVG && (flags & SKIPPED) === 0) visit(node.childNodes)
      if (isBreak) parts.push('\u0001')
    }
  }
  visit(parse(html).childNodes)
  return linesOf(parts)
}

export function visibleByTree(html: string): string[] {
  const tree = scan(html)
  const parts: string[] = []
  const breaks = new Uint8Array(tree.count + 1)
  for (let node = 1; node < tree.count; ) {
    if (breaks[node]) parts.push('\u0001')
    const tag = tree.tag[node] ?? 0
    const flags = FLAGS[tag] ?? 0
    const end = tree.end[node] ?? node + 1
    if (tag === TEXT) {
      const text = tree.slice(tree.from[node] ?? 0, tree.to[node] ?? 0)
      const holder = tree.tag[tree.parent[node] ?? 0]
      parts.push(holder === Tag.xmp || holder === Tag.plaintext ? text : decodeEntities(text))
    }
    if ((flags & BLOCK) !== 0 || tag === Tag.br) {
      parts.push('\u0001')
      breaks[end] = 1
    }
    node = (flags & SKIPPED) !== 0 ? end : node + 1
  }
  release(tree)
  return linesOf(parts)
}
