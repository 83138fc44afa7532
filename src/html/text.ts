/**
 * Text of chosen blocks: references decoded, white space collapsed (kept in `pre`), one line a block. Every character of
 * the output comes from the page; control characters but tab and line feed go, lone surrogates become U+FFFD.
 */
import type { Blocks } from './blocks.js'
import { IN_PRE } from './blocks.js'
import { collapse, detached, preformatted } from './clean.js'
import { NOT_SHOWN } from './decide.js'
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'
import { FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

/** Raw text of a block's nodes, one after the other; what lies in skipped or hidden elements between them is passed over. */
function rawText(tree: FlatTree, first: number, last: number, leftOut: Uint8Array): string {
  const { tag, end, from, to } = tree
  let out = ''
  for (let node = first; node <= last; ) {
    const kind = tag[node] ?? 0
    if (leftOut[node] === NOT_SHOWN || ((FLAGS[kind] ?? 0) & SKIPPED) !== 0) {
      node = end[node] ?? node + 1
      continue
    }
    if (kind === TEXT) out += tree.slice(from[node] ?? 0, to[node] ?? 0)
    node++
  }
  return out
}

function blockText(tree: FlatTree, blocks: Blocks, block: number, leftOut: Uint8Array): string {
  const raw = decodeEntities(rawText(tree, blocks.first[block] ?? 0, blocks.last[block] ?? 0, leftOut))
  return ((blocks.flags[block] ?? 0) & IN_PRE) !== 0 ? preformatted(raw) : collapse(raw)
}

/**
 * The kept blocks (1 by block) without nodes that are not shown. Cells of one table row stand on one line with tabs between, every other block
 * on a line of its own.
 */
export function writeText(tree: FlatTree, blocks: Blocks, kept: Uint8Array, leftOut: Uint8Array): string {
  let text = ''
  let rowBefore = -1
  for (let block = 0; block < blocks.count; block++) {
    if (!kept[block]) continue
    const line = blockText(tree, blocks, block, leftOut)
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
