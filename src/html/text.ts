/**
 * Text of chosen blocks: references decoded, white space collapsed (kept in `pre`), one line a block. Every character of
 * the output comes from the page; control characters but tab and line feed go, lone surrogates become U+FFFD.
 */
import type { Blocks } from './blocks.js'
import { IN_PRE } from './blocks.js'
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'
import { FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

/** Raw text of a block's nodes, one after the other; what lies in skipped elements between them is passed over. */
function rawText(tree: FlatTree, first: number, last: number): string {
  const { html, tag, end, from, to } = tree
  if (first === last) return html.slice(from[first], to[first])
  let out = ''
  for (let node = first; node <= last; ) {
    const kind = tag[node] ?? 0
    if (kind === TEXT) out += html.slice(from[node], to[node])
    else if (((FLAGS[kind] ?? 0) & SKIPPED) !== 0) {
      node = end[node] ?? node + 1
      continue
    } else if (kind === Tag.td || kind === Tag.th) out += '\t'
    node++
  }
  return out
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g
const SPACES = /\s+/g
const SURROGATE = /\p{Surrogate}/gu

export function blockText(tree: FlatTree, blocks: Blocks, block: number): string {
  const raw = decodeEntities(rawText(tree, blocks.first[block] ?? 0, blocks.last[block] ?? 0))
  return ((blocks.flags[block] ?? 0) & IN_PRE) !== 0 ? preformatted(raw) : collapse(raw)
}

/** One line of text: runs of white space are one space, none at the ends. */
export function collapse(raw: string): string {
  return clean(raw.replace(SPACES, ' ').trim())
}

/** Lines and indentation kept; the line feed behind the start tag and the white space at the end go. */
function preformatted(raw: string): string {
  return clean(raw.replace(/\r\n?/g, '\n').replaceAll('\u00a0', ' ')).replace(/^\n+/, '').trimEnd()
}

function clean(text: string): string {
  return text.replace(CONTROL, '').replace(SURROGATE, '\ufffd')
}

/** A text/plain body: line ends as line feeds, controls gone, everything else as it stands. */
export function plainText(body: string): string {
  return preformatted(body)
}
