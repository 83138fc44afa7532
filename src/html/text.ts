/**
 * Text of chosen blocks: references decoded, white space collapsed (kept in `pre`), one line a block, as the filters of C4,
 * Gopher and FineWeb expect it. Every character comes from the page, but for what writes a formula as TeX; control characters
 * but tab and line feed go, lone surrogates become U+FFFD.
 */
import { type Cut, IN_TABLE } from './blocks.js'
import { collapse, detached, preformatted } from './clean.js'
import { codeText, isGutter, Preformatted, type Trace } from './code.js'
import { NOT_SHOWN } from './decide.js'
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'
import { FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

/**
 * Raw text of a block's nodes, one after the other; what lies in skipped or hidden elements between them is passed over.
 * References are decoded node by node: none reaches across a tag.
 */
export function rawText(
  tree: FlatTree,
  { formulas }: Cut,
  first: number,
  last: number,
  leftOut: Uint8Array,
  trace: Trace | null,
): string {
  const { tag, end, from, to } = tree
  if (first === last && tag[first] === TEXT && trace === null && leftOut[first] !== NOT_SHOWN)
    return decodeEntities(tree.slice(from[first] ?? 0, to[first] ?? 0))
  let out = ''
  for (let node = first; node <= last; ) {
    const kind = tag[node] ?? 0
    if (leftOut[node] === NOT_SHOWN) {
      node = end[node] ?? node + 1
      continue
    }
    const formula = formulas?.get(node)
    if (kind === TEXT || formula !== undefined) {
      if (trace !== null) {
        trace.nodes.push(node)
        trace.starts.push(out.length)
      }
      out += formula ?? decodeEntities(tree.slice(from[node] ?? 0, to[node] ?? 0))
      node = end[node] ?? node + 1
    } else node = ((FLAGS[kind] ?? 0) & SKIPPED) !== 0 ? (end[node] ?? node + 1) : node + 1
  }
  return out
}

/** One line of the text, or several of a preformatted element. */
export interface TextLine {
  readonly text: string
  /** Stands between it and what is before. */
  readonly separator: '' | '\n' | '\t' | ' '
  /** The block, or the first of a preformatted element. */
  readonly block: number
  /** The preformatted element, 0 for any other line. */
  readonly pre: number
}

/**
 * The kept blocks (1 by block) without nodes that are not shown. Cells of one table row stand on one line with tabs between,
 * every other block on a line of its own.
 */
export function writeText(tree: FlatTree, cut: Cut, kept: Uint8Array, leftOut: Uint8Array): string {
  let text = ''
  eachLine(tree, cut, kept, leftOut, (line) => {
    text += line.separator + line.text
  })
  return detached(text)
}

/** Visits the lines in order. */
export function eachLine(
  tree: FlatTree,
  cut: Cut,
  kept: Uint8Array,
  leftOut: Uint8Array,
  visit: (line: TextLine) => void,
): void {
  const { blocks } = cut
  const code = new Preformatted(tree, cut)
  let isFirst = true
  let preBefore = 0
  let cell = 0
  let rowBefore = -1
  let isCompact = false
  for (let block = 0; block < blocks.count; block++) {
    if (!kept[block]) continue
    const pre = code.around(block)
    if (pre !== 0 && pre === preBefore) continue
    preBefore = pre
    const text = pre === 0 ? blockText(tree, cut, block, leftOut) : preText(tree, cut, leftOut, pre)
    if (text === '') continue
    const cellHere = cellAround(tree, cut, block)
    if (cellHere !== 0 && isGutter(tree, text, blocks.container[block] ?? 0)) continue
    let separator: TextLine['separator'] = '\n'
    if (cellHere === 0) rowBefore = -1
    else if (cellHere === cell) {
      if (isCompact) separator = ' '
    } else {
      const wasCompact = isCompact
      const row = tree.parent[cellHere] ?? 0
      isCompact = pre === 0 && isCompactCell(tree, cut, kept, block, cellHere)
      if (row === rowBefore && isCompact && wasCompact) separator = '\t'
      rowBefore = row
    }
    cell = cellHere
    visit({ text, separator: isFirst ? '' : separator, block, pre })
    isFirst = false
  }
}

function blockText(tree: FlatTree, cut: Cut, block: number, leftOut: Uint8Array): string {
  const { blocks } = cut
  const first = blocks.first[block] ?? 0
  const last = blocks.last[block] ?? 0
  const text = collapse(rawText(tree, cut, first, last, leftOut, null))
  if (first === last || !(isMark(text.charCodeAt(text.length - 1)) || isMark(text.charCodeAt(0)))) return text
  return collapse(
    rawText(tree, cut, afterPermalink(tree, first, last), beforePermalink(tree, first, last), leftOut, null),
  )
}

function preText(tree: FlatTree, cut: Cut, leftOut: Uint8Array, pre: number): string {
  return preformatted(codeText(tree, cut, leftOut, pre, null))
}

/** What permalinks of headings are made of: # § ¶. */
function isMark(code: number): boolean {
  return code === 0x23 || code === 0xa7 || code === 0xb6
}

/** First node of a block that is no permalink at its beginning. */
export function afterPermalink(tree: FlatTree, first: number, last: number): number {
  return first < last && isPermalink(tree, first) ? first + 1 : first
}

/** Last node of a block that is no permalink at its end. */
export function beforePermalink(tree: FlatTree, first: number, last: number): number {
  return first < last && isPermalink(tree, last) ? last - 1 : last
}

function isPermalink(tree: FlatTree, node: number): boolean {
  if (tree.tag[node] !== TEXT || tree.tag[tree.parent[node] ?? 0] !== Tag.a) return false
  const text = tree.slice(tree.from[node] ?? 0, Math.min(tree.to[node] ?? 0, (tree.from[node] ?? 0) + 16))
  return /^\s*(?:[#§¶]|&para;|&sect;|&#182;)\s*$/.test(text)
}

/** Elements between a block and its cell at most. */
const CELL_DEPTH_MAX = 16

/** The table cell that a block stands in, 0 when there is none. */
export function cellAround(tree: FlatTree, cut: Cut, block: number): number {
  if (((cut.blocks.flags[block] ?? 0) & IN_TABLE) === 0) return 0
  let node = cut.blocks.container[block] ?? 0
  for (let i = 0; i < CELL_DEPTH_MAX && node > 0; i++, node = tree.parent[node] ?? 0) {
    const kind = tree.tag[node] ?? 0
    if (kind === Tag.td || kind === Tag.th) return node
    if (kind === Tag.table) return 0
  }
  return 0
}

/** Bytes of text in several blocks up to which a cell is one of data, not a column of a page's layout. */
const COMPACT_SIZE_MAX = 200

function isCompactCell(tree: FlatTree, { blocks }: Cut, kept: Uint8Array, block: number, cell: number): boolean {
  const end = tree.end[cell] ?? 0
  let count = 0
  let size = 0
  for (let i = block; i < blocks.count && (blocks.first[i] ?? 0) < end; i++) {
    if (!kept[i]) continue
    count++
    size += blocks.size[i] ?? 0
    if (count > 1 && size > COMPACT_SIZE_MAX) return false
  }
  return true
}
