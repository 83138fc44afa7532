/**
 * Blocks: runs of text between block tags or line breaks, with the measures that decisions need. One forward pass over
 * the tree. Sizes are in UTF-8 bytes of the markup with white space collapsed, so that a Chinese character weighs about as
 * much as a short word and no rule needs spaces between words.
 */
import type { NamedAttribute } from '../kernels/html/index.js'
import { formulaAt, sameFormula } from './formulas.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, HEADING, SKIPPED, Tag, TEXT } from './tags.js'
import {
  ASIDE,
  BODY,
  COMMENTS,
  FORMULA,
  flagsOfItemprop,
  flagsOfName,
  flagsOfRole,
  flagsOfStyle,
  HIDDEN,
} from './words.js'

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

/** Columns by block, in document order; longer than `count`, with zeros behind. Lent as the tree is. */
export class Blocks {
  count = 0
  /** First and last text node, or element that is a formula. */
  readonly first: Int32Array
  readonly last: Int32Array
  /** The nearest block element around it. */
  readonly container: Int32Array
  readonly size: Int32Array
  readonly linkSize: Int32Array
  /** Ends of sentences, and commas. */
  readonly stops: Int32Array
  readonly commas: Int32Array
  readonly flags: Int32Array

  /** A block has a node of its own at least. */
  constructor({ columns, count }: FlatTree) {
    this.first = columns.int32(count)
    this.last = columns.int32(count)
    this.container = columns.int32(count)
    this.size = columns.int32(count)
    this.linkSize = columns.int32(count)
    this.stops = columns.int32(count)
    this.commas = columns.int32(count)
    this.flags = columns.int32(count)
  }
}

/** What the pass knows of each node: its own and inherited flags, and the block element that it stands in. */
export interface Cut {
  readonly blocks: Blocks
  readonly flags: Uint16Array
  /** Flags that the node itself brings. */
  readonly own: Uint16Array
  /** What stands in the text for elements that are formulas, with all below them; null for a page without any. */
  readonly formulas: ReadonlyMap<number, string> | null
  /** Elements of the body that say something of the page: `itemprop`, `rel` of a license or author, links to licenses. */
  readonly noted: readonly number[]
}

const P = Tag.p
const A = Tag.a
const BR = Tag.br
const HR = Tag.hr
const IMG = Tag.img
const MATH = Tag.math
const SCRIPT = Tag.script
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
  const { tag, parent, end, count, measures, names } = tree
  const [flags, own, containerOf] = tree.spare
  const blocks = new Blocks(tree)
  let formulas: Map<number, string> | null = null
  const noted: number[] = []
  let name = 0
  let mathBefore = ''
  let mathEnd = 0
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
      const spaces = measures[node * 4 + 2] ?? 0
      // White space behind white space, or at the start of a block, does not count.
      const isSpaced: boolean = (block < 0 || spaceBefore) && (spaces & SPACE_BEFORE) !== 0
      const size: number = (measures[node * 4] ?? 0) - (isSpaced ? 1 : 0)
      spaceBefore = size > 0 ? (spaces & SPACE_BEHIND) !== 0 : block < 0 || spaceBefore
      if (size > 0) {
        const inherited = flags[up] ?? 0
        if (block < 0) block = startBlock(blocks, node, container, inherited)
        const marks = measures[node * 4 + 1] ?? 0
        blocks.last[block] = node
        blocks.size[block] = (blocks.size[block] ?? 0) + size
        if ((inherited & LINK) !== 0) blocks.linkSize[block] = (blocks.linkSize[block] ?? 0) + size
        blocks.stops[block] = (blocks.stops[block] ?? 0) + (marks & 0xffff)
        blocks.commas[block] = (blocks.commas[block] ?? 0) + (marks >>> 16)
      }
      node++
      continue
    }
    const tagFlags = FLAGS[kind] ?? 0
    let mine = byTag[kind] ?? 0
    while ((names[name] ?? count) < node) name += 2
    for (; names[name] === node; name += 2) mine |= tree.flagsOfName(names[name + 1] ?? 0, flagsOfAttribute)
    if ((mine & NOTED) !== 0) noted.push(node)
    if ((tagFlags & SKIPPED) !== 0) mine = UNREAD
    if ((mine & FORMULA) !== 0 || kind === MATH || kind === IMG || kind === SCRIPT) {
      let formula = formulaAt(tree, node, (mine & FORMULA) !== 0)
      if (formula !== null) {
        if (kind === IMG && node < mathEnd + COPY_DISTANCE_MAX && sameFormula(formula, mathBefore)) formula = ''
        if (kind === MATH) {
          mathBefore = formula
          mathEnd = end[node] ?? 0
        }
        formulas ??= new Map()
        formulas.set(node, formula)
        if (formula !== '') {
          const container = containerOf[up] ?? 0
          if (block < 0 || container !== openContainer) block = startBlock(blocks, node, container, flags[up] ?? 0)
          openContainer = container
          addFormula(blocks, block, node, formula)
          show(tree, own, node)
          spaceBefore = false
        }
        node = end[node] ?? node + 1
        continue
      }
    }
    // In code, names say what a highlighter has seen.
    if (((flags[up] ?? 0) & IN_PRE) !== 0) mine &= ~(ASIDE | COMMENTS)
    own[node] = mine
    if ((mine & UNREAD) !== 0) {
      node = end[node] ?? node + 1
      continue
    }
    flags[node] = ((flags[up] ?? 0) & INHERITED) | mine
    const isBlock = (tagFlags & BLOCK) !== 0
    containerOf[node] = isBlock ? node : (containerOf[up] ?? 0)
    if (isBlock || kind === HR || (kind === BR && ((flags[up] ?? 0) & IN_PRE) === 0)) block = -1
    node++
  }
  return { blocks, flags, own, formulas, noted }
}

/** A formula counts as text of a paragraph, whatever stands around it: it says something only with what is before and behind. */
function addFormula(blocks: Blocks, block: number, node: number, formula: string): void {
  blocks.last[block] = node
  blocks.size[block] = (blocks.size[block] ?? 0) + Math.min(formula.length, FORMULA_SIZE_MAX)
  blocks.flags[block] = (blocks.flags[block] ?? 0) | IN_PARAGRAPH
}
const FORMULA_SIZE_MAX = 200
/** Nodes between MathML and an image of the same formula, at most. */
const COPY_DISTANCE_MAX = 4

/** The source of a formula is often hidden, as a copy of it is shown. */
function show(tree: FlatTree, own: Uint16Array, node: number): void {
  for (
    let up = tree.parent[node] ?? 0;
    up > 0 && ((FLAGS[tree.tag[up] ?? 0] ?? 0) & BLOCK) === 0;
    up = tree.parent[up] ?? 0
  )
    own[up] = (own[up] ?? 0) & ~HIDDEN
}

function startBlock(blocks: Blocks, node: number, container: number, flags: number): number {
  const block = blocks.count++
  blocks.first[block] = node
  blocks.last[block] = node
  blocks.container[block] = container
  blocks.flags[block] = flags
  return block
}

const byTag = new Uint16Array(256)
for (let kind = 0; kind < 256; kind++) byTag[kind] = ((FLAGS[kind] ?? 0) & HEADING) !== 0 ? IN_HEADING : 0
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

/** The element is one of `Cut.noted`. Beyond 16 bits: no flag of a node. */
const NOTED = 131_072

function flagsOfAttribute(attribute: NamedAttribute, value: string): number {
  switch (attribute) {
    case 'class':
    case 'id':
      return flagsOfName(value)
    case 'role':
      return flagsOfRole(value)
    case 'style':
      return flagsOfStyle(value)
    case 'itemprop':
      return flagsOfItemprop(value) | NOTED
    case 'hidden':
      return HIDDEN
    case 'aria-hidden':
      return value === 'true' ? HIDDEN : 0
    case 'rel':
      return /\b(?:license|author)\b/i.test(value) ? NOTED : 0
    case 'href':
      return NOTED // of these, only links to licenses are remembered
  }
}

/** Bits of the measures of a text. */
const SPACE_BEFORE = 1 << 24
const SPACE_BEHIND = 1 << 25
