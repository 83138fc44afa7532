/**
 * Preformatted text (`pre`, `xmp`, `listing`): its lines and indentation as the page shows them. Highlighters put lines into
 * spans, divs, list items or table rows, and set line numbers and buttons to copy beside: those go.
 */
import { attribute } from './attributes.js'
import { type Cut, IN_PRE } from './blocks.js'
import { NOT_SHOWN } from './decide.js'
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

/** Which node each part of a raw text came from: `starts[i]` is where the part of `nodes[i]` begins. */
export interface Trace {
  readonly nodes: number[]
  readonly starts: number[]
}

const GUTTER_CLASS = /line-?n(?:umber|o|r)|gutter|blob-num|ln-num|(?:^|\s)(?:lnt?|line_numbers?|number\d+)(?:\s|$)/i
const COPY_CLASS = /copy|clipboard|clippy/i
/** Longer texts are neither a line number nor a label of a button. */
const LABEL_LENGTH_MAX = 40

/** Finds the preformatted elements of one page. Asked for blocks in order, it looks into each element once. */
export class Preformatted {
  private last = 0
  private isCode = false

  constructor(
    private readonly tree: FlatTree,
    private readonly cut: Cut,
  ) {}

  /** The outermost one around a block; 0 when there is none, or one that holds prose and tables like any other part. */
  around(block: number): number {
    const { tree, cut } = this
    if (((cut.blocks.flags[block] ?? 0) & IN_PRE) === 0) return 0
    let pre = 0
    for (let node = cut.blocks.container[block] ?? 0; node > 0; node = tree.parent[node] ?? 0) {
      const kind = tree.tag[node] ?? 0
      if (kind === Tag.pre || kind === Tag.xmp || kind === Tag.listing) pre = node
      if (((cut.flags[node] ?? 0) & IN_PRE) === 0) break
    }
    if (pre !== this.last) this.isCode = pre !== 0 && !holdsProse(tree, pre)
    this.last = pre
    return this.isCode ? pre : 0
  }
}

/** Raw text of a preformatted element, all of it: code is not cut into what is good of it. */
export function codeText(tree: FlatTree, cut: Cut, leftOut: Uint8Array, pre: number, trace: Trace | null): string {
  const { tag, end } = tree
  const { formulas } = cut
  let out = blankBehind(tree, pre)
  let fresh = true
  let line = pre
  const gutter = gutterOf(tree, pre)
  const startLine = (): void => {
    if (!fresh) out += '\n'
    fresh = true
  }
  const last = end[pre] ?? 0
  for (let node = pre + 1; node < last; ) {
    const kind = tag[node] ?? 0
    const formula = formulas?.get(node)
    const isText = kind === TEXT || formula !== undefined
    if (
      leftOut[node] === NOT_SHOWN ||
      (!isText && (((FLAGS[kind] ?? 0) & SKIPPED) !== 0 || isBeside(tree, node) || isHeader(tree, node))) ||
      gutter?.has(node)
    ) {
      node = end[node] ?? node + 1
      continue
    }
    if (!isText) {
      if (kind === Tag.br) {
        out += '\n'
        fresh = true
      } else if (isBlock(kind)) {
        startLine()
        line = node
        if (end[node] === node + 1) out += '\n' // an empty line
      }
      const blank = blankBehind(tree, node)
      out += blank
      if (blank !== '') fresh = blank.endsWith('\n')
      node++
      continue
    }
    const container = lineAround(tree, node, pre)
    if (container !== line) startLine()
    line = container
    if (trace !== null) {
      trace.nodes.push(node)
      trace.starts.push(out.length)
    }
    const text = formula ?? decodeEntities(tree.slice(tree.from[node] ?? 0, tree.to[node] ?? 0))
    out += text
    if (text !== '') fresh = text.endsWith('\n')
    node = end[node] ?? node + 1
  }
  return out
}

/** White space behind a start tag that the scanner leaves out, as it says nothing anywhere else. */
function blankBehind(tree: FlatTree, node: number): string {
  const { tag, from } = tree
  const to = tree.to[node] ?? 0
  const next = tag[node + 1] ?? 0
  if (to === 0 || (next === TEXT && (from[node + 1] ?? 0) <= to + 2)) return ''
  if (isBlock(tag[node] ?? 0) && isBlock(next)) return '' // markup's own lines
  return /^\/?>(\s+)</.exec(tree.slice(to, to + BLANK_LENGTH_MAX))?.[1] ?? ''
}
const BLANK_LENGTH_MAX = 256

function isBlock(kind: number): boolean {
  return ((FLAGS[kind] ?? 0) & BLOCK) !== 0
}

function lineAround(tree: FlatTree, node: number, pre: number): number {
  let up = tree.parent[node] ?? 0
  while (up > pre && !isBlock(tree.tag[up] ?? 0)) up = tree.parent[up] ?? 0
  return up
}

/** A line number or the button to copy, by its class and what it holds. */
function isBeside(tree: FlatTree, node: number): boolean {
  const from = tree.from[node] ?? 0
  if ((tree.to[node] ?? 0) <= from || (tree.end[node] ?? 0) - node > 400) return false
  // Nearly all spans are tokens of the code: those of line numbers begin with a digit or a space.
  if (tree.tag[node] === Tag.span && tree.tag[node + 1] === TEXT && (tree.bytes[tree.from[node + 1] ?? 0] ?? 0) > 0x39)
    return false
  const name = attribute(tree, node, 'class', 128)
  if (name === null) return false
  if (GUTTER_CLASS.test(name)) return /^[\s\d|.:]*$/.test(shortText(tree, node))
  return COPY_CLASS.test(name) && shortText(tree, node).length < LABEL_LENGTH_MAX
}

/** Prose in it says that it was never closed, or lays out a page; so do tables of more than line numbers and lines. */
function holdsProse(tree: FlatTree, pre: number): boolean {
  let rows = 0
  let cells = 0
  for (let node = pre + 1; node < (tree.end[pre] ?? 0); node++) {
    const kind = tree.tag[node] ?? 0
    if (PROSE[kind]) return true
    if (kind === Tag.tr) rows++
    else if (kind === Tag.td || kind === Tag.th) cells++
  }
  return cells > 2.5 * rows
}
const PROSE = new Uint8Array(256)
for (const name of [
  'p',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'section',
  'article',
  'nav',
  'footer',
  'form',
  'blockquote',
] as const)
  PROSE[Tag[name]] = 1

/** A bar with the name of the language and buttons. */
function isHeader(tree: FlatTree, node: number): boolean {
  const end = tree.end[node] ?? 0
  if (!isBlock(tree.tag[node] ?? 0) || end - node > 200) return false
  let text = ''
  let hasButton = false
  for (let i = node + 1; i < end && text.length < LABEL_LENGTH_MAX; ) {
    const kind = tree.tag[i] ?? 0
    if (kind === Tag.code || kind === Tag.br) return false
    if (kind === Tag.button) hasButton = true
    if (kind === TEXT)
      text += tree.slice(tree.from[i] ?? 0, Math.min(tree.to[i] ?? 0, (tree.from[i] ?? 0) + LABEL_LENGTH_MAX))
    i = ((FLAGS[kind] ?? 0) & SKIPPED) !== 0 ? (tree.end[i] ?? i + 1) : i + 1
  }
  return hasButton && /^\s*[A-Za-z+#. -]{0,20}\s*$/.test(text)
}

/** Texts that number the lines: alone in their place, one above the other, with as many others beside. Null for none. */
function gutterOf(tree: FlatTree, pre: number): ReadonlySet<number> | null {
  const numbers = new Set<number>()
  let others = 0
  let next = -1
  let line = 0
  for (let node = pre + 1; node < (tree.end[pre] ?? 0); node++) {
    if (tree.tag[node] !== TEXT) continue
    const [from, to] = [tree.from[node] ?? 0, tree.to[node] ?? 0]
    // Most texts are tokens of the code, and those of line numbers begin with a digit or a space.
    const text = to - from > 12 || (tree.bytes[from] ?? 0) > 0x39 ? '' : tree.slice(from, to).trim()
    const before = line
    line = lineAround(tree, node, pre)
    if (line !== before && line !== pre && /^\d{1,5}$/.test(text) && (next < 0 || Number(text) === next)) {
      numbers.add(node)
      next = Number(text) + 1
    } else others++
  }
  return numbers.size > 2 && others >= numbers.size ? numbers : null
}

/** Text below an element, as far as it can matter for one that stands beside code. */
function shortText(tree: FlatTree, node: number): string {
  let out = ''
  for (let i = node; i < (tree.end[node] ?? 0) && out.length < 4096; i++)
    if (tree.tag[i] === TEXT)
      out += tree.slice(tree.from[i] ?? 0, Math.min(tree.to[i] ?? 0, (tree.from[i] ?? 0) + 4096))
  return out
}

/** Line numbers that stand in an element of their own, 1 2 3 …, or in a cell that is named so. */
export function isGutter(tree: FlatTree, text: string, container: number): boolean {
  const code = text.charCodeAt(0)
  if (code < 0x30 || code > 0x39 || !/^\d[\d\s]*$/.test(text)) return false
  const numbers = text.trim().split(/\s+/)
  if (numbers.length > 1) {
    const first = Number(numbers[0])
    return numbers.length > 2 && numbers.every((number, i) => Number(number) === first + i)
  }
  let node = container
  for (let i = 0; i < 4 && node > 0; i++, node = tree.parent[node] ?? 0)
    if (GUTTER_CLASS.test(attribute(tree, node, 'class', 128) ?? '')) return true
  return false
}
