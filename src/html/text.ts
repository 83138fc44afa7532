/**
 * Text of chosen blocks: references decoded, white space collapsed (kept in `pre`), one line a block. Every character of
 * the output comes from the page; control characters but tab and line feed go, lone surrogates become U+FFFD.
 */
import type { Blocks } from './blocks.js'
import { IN_PRE } from './blocks.js'
import { collapse, detached, preformatted } from './clean.js'
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'
import { FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

/** Raw text of a block's nodes, one after the other; what lies in skipped elements between them is passed over. */
function rawText(tree: FlatTree, first: number, last: number): string {
  const { tag, end, from, to } = tree
  if (first === last) return tree.slice(from[first] ?? 0, to[first] ?? 0)
  let out = ''
  for (let node = first; node <= last; ) {
    const kind = tag[node] ?? 0
    if (kind === TEXT) out += tree.slice(from[node] ?? 0, to[node] ?? 0)
    else if (((FLAGS[kind] ?? 0) & SKIPPED) !== 0) {
      node = end[node] ?? node + 1
      continue
    } else if (kind === Tag.td || kind === Tag.th) out += '\t'
    node++
  }
  return out
}

function blockText(tree: FlatTree, blocks: Blocks, block: number): string {
  const raw = decodeEntities(rawText(tree, blocks.first[block] ?? 0, blocks.last[block] ?? 0))
  return ((blocks.flags[block] ?? 0) & IN_PRE) !== 0 ? preformatted(raw) : collapse(raw)
}

/** Cells of one table row stand on one line with tabs between, every other block on a line of its own. */
export function writeText(tree: FlatTree, blocks: Blocks, kept: Uint8Array): string {
  let text = ''
  let rowBefore = -1
  for (let block = 0; block < blocks.count; block++) {
    if (!kept[block]) continue
    const line = blockText(tree, blocks, block)
    if (line === '') continue
    const container = blocks.container[block] ?? 0
    const kind = tree.tag[container] ?? 0
    const row = kind === Tag.td || kind === Tag.th ? (tree.parent[container] ?? 0) : -1
    if (text !== '') text += row >= 0 && row === rowBefore ? '\t' : '\n'
    text += line
    rowBefore = row
  }
  return detached(text)
}
