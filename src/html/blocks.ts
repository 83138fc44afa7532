/**
 * Blocks: runs of text between block tags or line breaks, with the measures that decisions need. One forward pass over
 * the tree. Sizes are in UTF-8 bytes of the markup with white space collapsed, so that a Chinese character weighs about as
 * much as a short word and no rule needs spaces between words.
 */
import { AttributeCursor } from './attributes.js'
import type { FlatTree } from './scan.js'
import { BLOCK, CONTAINER, FLAGS, HEADING, SKIPPED, Tag, TEXT } from './tags.js'
import { ASIDE, BODY, flagsOfItemprop, flagsOfName, flagsOfRole, flagsOfStyle, HIDDEN } from './words.js'

/** Flags of a node, in addition to the word flags of `words.ts`. */
export const LINK = 16
export const IN_HEADING = 32
export const IN_LIST = 64
export const IN_TABLE = 128
export const IN_PRE = 256
export const IN_QUOTE = 512
export const IN_PARAGRAPH = 1024
/** The element itself says so by its tag (nav, aside, footer, header), not by a word. */
export const BY_TAG = 2048
/** Code, controls, hidden: never read. */
export const UNREAD = 4096
export const IN_ITEM = 8192
export const IN_CAPTION = 16384

/** Flags that children inherit as soon as blocks are cut; ASIDE and COMMENTS are inherited later, when they have been weighed. */
const INHERITED = LINK | IN_HEADING | IN_LIST | IN_TABLE | IN_PRE | IN_QUOTE | IN_PARAGRAPH | IN_ITEM | IN_CAPTION

/** Columns by block, in document order. */
export class Blocks {
  count = 0
  /** First and last text node. */
  first: number[] = []
  last: number[] = []
  /** The nearest block element around it. */
  container: number[] = []
  size: number[] = []
  linkSize: number[] = []
  /** Ends of sentences, and commas. */
  stops: number[] = []
  commas: number[] = []
  flags: number[] = []
}

/** What the pass knows of each node: its own and inherited flags, and the block element that it stands in. */
export interface Cut {
  readonly blocks: Blocks
  readonly flags: Uint16Array
  /** Flags that the node itself brings. */
  readonly own: Uint16Array
}

const P = Tag.p
const A = Tag.a
const BR = Tag.br
const HR = Tag.hr
const LI = Tag.li
const DD = Tag.dd
const DT = Tag.dt
const TABLE = Tag.table
const PRE = Tag.pre
const XMP = Tag.xmp
const LISTING = Tag.listing
const UL = Tag.ul
const OL = Tag.ol
const DL = Tag.dl
const BLOCKQUOTE = Tag.blockquote
const FIGCAPTION = Tag.figcaption

export function cutBlocks(tree: FlatTree): Cut {
  const { tag, parent, end, count, html } = tree
  const flags = new Uint16Array(count)
  const own = new Uint16Array(count)
  const containerOf = new Int32Array(count)
  const blocks = new Blocks()
  let openContainer = -1
  let block = -1
  let spaceBefore = true
  for (let node = 1; node < count; ) {
    const kind = tag[node] ?? 0
    const up = parent[node] ?? 0
    if (kind === TEXT) {
      const container = containerOf[up] ?? 0
      if (container !== openContainer) {
        block = -1
        openContainer = container
      }
      measure(html, tree.from[node] ?? 0, tree.to[node] ?? 0, block < 0 ? true : spaceBefore, tree.isUtf8Bytes)
      spaceBefore = measured.space
      if (measured.size > 0) {
        const inherited = flags[up] ?? 0
        if (block < 0) block = startBlock(blocks, node, container, inherited)
        blocks.last[block] = node
        blocks.size[block] = (blocks.size[block] ?? 0) + measured.size
        if ((inherited & LINK) !== 0) blocks.linkSize[block] = (blocks.linkSize[block] ?? 0) + measured.size
        blocks.stops[block] = (blocks.stops[block] ?? 0) + measured.stops
        blocks.commas[block] = (blocks.commas[block] ?? 0) + measured.commas
      }
      node++
      continue
    }
    const tagFlags = FLAGS[kind] ?? 0
    const mine = (tagFlags & SKIPPED) !== 0 ? UNREAD : ownFlags(tree, node, kind, tagFlags)
    own[node] = mine
    if ((mine & UNREAD) !== 0) {
      node = end[node] ?? node + 1
      continue
    }
    flags[node] = ((flags[up] ?? 0) & INHERITED) | mine
    const isBlock = (tagFlags & BLOCK) !== 0
    containerOf[node] = isBlock ? node : (containerOf[up] ?? 0)
    if (isBlock || kind === BR || kind === HR) block = -1
    node++
  }
  return { blocks, flags, own }
}

function startBlock(blocks: Blocks, node: number, container: number, flags: number): number {
  const block = blocks.count++
  blocks.first.push(node)
  blocks.last.push(node)
  blocks.container.push(container)
  blocks.size.push(0)
  blocks.linkSize.push(0)
  blocks.stops.push(0)
  blocks.commas.push(0)
  blocks.flags.push(flags)
  return block
}

function ownFlags(tree: FlatTree, node: number, kind: number, tagFlags: number): number {
  let flags = byTag[kind] ?? 0
  if ((tagFlags & HEADING) !== 0) flags |= IN_HEADING
  if ((tagFlags & CONTAINER) !== 0 && (tree.to[node] ?? 0) > (tree.from[node] ?? 0)) flags |= attributeFlags(tree, node)
  return flags
}

const byTag = new Uint16Array(256)
for (const name of ['nav', 'aside', 'footer', 'header', 'dialog', 'search', 'menu'] as const)
  byTag[Tag[name]] = ASIDE | BY_TAG
byTag[A] = LINK
byTag[LI] = byTag[DD] = byTag[DT] = IN_ITEM | IN_LIST
byTag[UL] = byTag[OL] = byTag[DL] = IN_LIST
byTag[TABLE] = IN_TABLE
byTag[PRE] = byTag[XMP] = byTag[LISTING] = IN_PRE
byTag[BLOCKQUOTE] = IN_QUOTE
byTag[P] = IN_PARAGRAPH
byTag[FIGCAPTION] = byTag[Tag.caption] = IN_CAPTION
byTag[Tag.article] = byTag[Tag.main] = BODY

const cursor = new AttributeCursor()
/** Longer class lists are cut: names that tell stand first. */
const NAME_LENGTH_MAX = 256

function attributeFlags(tree: FlatTree, node: number): number {
  let flags = 0
  cursor.start(tree.html, tree.from[node] ?? 0, tree.to[node] ?? 0)
  while (cursor.next()) {
    switch (cursor.nameTo - cursor.nameFrom) {
      case 2:
        if (cursor.isNamed('id')) flags |= flagsOfName(cursor.slice(NAME_LENGTH_MAX))
        break
      case 4:
        if (cursor.isNamed('role')) flags |= flagsOfRole(cursor.slice(NAME_LENGTH_MAX))
        break
      case 5:
        if (cursor.isNamed('class')) flags |= flagsOfName(cursor.slice(NAME_LENGTH_MAX))
        else if (cursor.isNamed('style')) flags |= flagsOfStyle(cursor.slice(NAME_LENGTH_MAX))
        break
      case 6:
        if (cursor.isNamed('hidden')) flags |= HIDDEN
        break
      case 8:
        if (cursor.isNamed('itemprop')) flags |= flagsOfItemprop(cursor.slice(NAME_LENGTH_MAX))
        break
      case 11:
        if (cursor.isNamed('aria-hidden') && cursor.slice(5) === 'true') flags |= HIDDEN
        break
    }
  }
  return flags
}

/** What the last call of `measure` counted. */
const measured = { size: 0, stops: 0, commas: 0, space: false }

/** Counts one text node; `space` says whether white space (or a block's start) stands before it. */
function measure(html: string, from: number, to: number, space: boolean, isUtf8Bytes: boolean): void {
  let size = 0
  let stops = 0
  let commas = 0
  for (let i = from; i < to; i++) {
    let code = html.charCodeAt(i)
    if (code <= 0x20) {
      if (!space) size++
      space = true
      continue
    }
    space = false
    if (code < 0x80) {
      size++
      if (code === 0x2c) commas++
      else if ((code === 0x2e || code === 0x21 || code === 0x3f) && endsSentence(html, i + 1, to)) stops++
      continue
    }
    if (isUtf8Bytes) {
      size++
      if (code < 0xc0) continue // inside a character
      code = codeOf(html, i, code)
    } else {
      size += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
    }
    if (STOPS.has(code)) stops++
    else if (COMMAS.has(code)) commas++
  }
  measured.size = size
  measured.stops = stops
  measured.commas = commas
  measured.space = space
}

/** Arabic, Urdu, Armenian, Devanagari, Ethiopic, CJK; the ellipsis. */
const STOPS: ReadonlySet<number> = new Set([0x61f, 0x6d4, 0x589, 0x964, 0x1362, 0x2026, 0x3002, 0xff01, 0xff1f])
const COMMAS: ReadonlySet<number> = new Set([0x60c, 0x3001, 0xff0c])

/** The character that starts with byte `lead` at `i`, of two or three bytes; other lengths hold no punctuation that counts. */
function codeOf(html: string, i: number, lead: number): number {
  const second = html.charCodeAt(i + 1) & 0x3f
  return lead < 0xe0
    ? ((lead & 0x1f) << 6) | second
    : ((lead & 0x0f) << 12) | (second << 6) | (html.charCodeAt(i + 2) & 0x3f)
}

/** A stop ends a sentence before white space, a quote, a bracket or the end of the run. */
function endsSentence(html: string, at: number, to: number): boolean {
  if (at >= to) return true
  const code = html.charCodeAt(at)
  return code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x29 || code === 0x5d || code > 0x7f
}
