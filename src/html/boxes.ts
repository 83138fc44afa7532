/**
 * Boxes: the block elements that hold text, with the sums of what stands in them. A page has many fewer boxes than nodes, so
 * whatever looks at a block's surroundings looks at boxes. A box stands behind the one around it, in document order.
 */
import type { Cut } from './blocks.js'
import { BY_TAG } from './blocks.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS } from './tags.js'
import { ASIDE, BODY, COMMENTS, FIRM, HIDDEN } from './words.js'

/** Word and tag flags that a box has from its own element and the inline elements between it and the box around it. */
export const TOLD = ASIDE | COMMENTS | BODY | HIDDEN | FIRM | BY_TAG

/** Columns by box; box 0 is the document. Sums are over the whole branch, sizes in bytes as in `Blocks`. */
export interface Boxes {
  readonly count: number
  readonly node: Int32Array
  /** The box that an element is, 0 for others. */
  readonly ofNode: Int32Array
  readonly parent: Int32Array
  readonly depth: Int32Array
  readonly told: Int32Array
  readonly size: Int32Array
  readonly linkSize: Int32Array
  readonly prose: Int32Array
  readonly blocks: Int32Array
  readonly proseBlocks: Int32Array
  /** Boxes beside it, itself included, of the same tag and about the same attributes; and how much prose they hold. */
  readonly alike: Int32Array
  readonly alikeProse: Int32Array
  readonly children: Int32Array
  readonly childIndex: Int32Array
  /** The box of each block. */
  readonly ofBlock: Int32Array
  /** Bytes of each block that read as prose. */
  readonly blockProse: Int32Array
}

/**
 * Bytes of a block that read as sentences, 0 for links, labels and what is too short to tell.
 * @param marks ends of sentences and commas
 */
function proseOf(text: number, linkSize: number, marks: number): number {
  if (text < 40 || linkSize > text) return 0
  return marks > 0 || text > 120 ? text : 0
}

export function boxesOf(tree: FlatTree, cut: Cut): Boxes {
  const { blocks } = cut
  const { columns } = tree
  const found = findBoxes(tree, cut)
  const { count, parent, ofBlock } = found
  const size = columns.int32(count)
  const linkSize = columns.int32(count)
  const prose = columns.int32(count)
  const blockCount = columns.int32(count)
  const proseBlocks = columns.int32(count)
  const blockProse = columns.int32(blocks.count)
  for (let block = 0; block < blocks.count; block++) {
    const box = ofBlock[block] ?? 0
    const links = blocks.linkSize[block] ?? 0
    const all = blocks.size[block] ?? 0
    const mine = proseOf(all - links, links, (blocks.stops[block] ?? 0) + (blocks.commas[block] ?? 0))
    blockProse[block] = mine
    size[box] = (size[box] ?? 0) + all
    linkSize[box] = (linkSize[box] ?? 0) + links
    prose[box] = (prose[box] ?? 0) + mine
    blockCount[box] = (blockCount[box] ?? 0) + 1
    if (mine > 0) proseBlocks[box] = (proseBlocks[box] ?? 0) + 1
  }
  for (let box = count - 1; box > 0; box--) {
    const up = parent[box] ?? 0
    size[up] = (size[up] ?? 0) + (size[box] ?? 0)
    linkSize[up] = (linkSize[up] ?? 0) + (linkSize[box] ?? 0)
    prose[up] = (prose[up] ?? 0) + (prose[box] ?? 0)
    blockCount[up] = (blockCount[up] ?? 0) + (blockCount[box] ?? 0)
    proseBlocks[up] = (proseBlocks[up] ?? 0) + (proseBlocks[box] ?? 0)
  }
  const { node, ofNode, depth, told } = found
  const { alike, alikeProse, children, childIndex } = besides(tree, found, prose)
  return {
    count,
    node,
    ofNode,
    parent,
    depth,
    told,
    size,
    linkSize,
    prose,
    blocks: blockCount,
    proseBlocks,
    alike,
    alikeProse,
    children,
    childIndex,
    ofBlock,
    blockProse,
  }
}

interface Found {
  readonly count: number
  readonly node: Int32Array
  readonly ofNode: Int32Array
  readonly parent: Int32Array
  readonly depth: Int32Array
  readonly told: Int32Array
  readonly ofBlock: Int32Array
}

/** Walks up from each block to the first element that is known already: every element is passed once. */
function findBoxes(tree: FlatTree, cut: Cut): Found {
  const { own } = cut
  const { count: blockTotal, container } = cut.blocks
  const { columns, tag, parent } = tree
  const ofNode = columns.int32(tree.count)
  const boxNode = columns.int32(tree.count)
  const boxParent = columns.int32(tree.count)
  const depth = columns.int32(tree.count)
  const boxTold = columns.int32(tree.count)
  let count = 1
  const ofBlock = columns.int32(blockTotal)
  const path: number[] = []
  for (let block = 0; block < blockTotal; block++) {
    let node = container[block] ?? 0
    let steps = 0
    while (node > 0 && ofNode[node] === 0) {
      path[steps++] = node
      node = parent[node] ?? 0
    }
    let box = ofNode[node] ?? 0
    let told = 0
    for (let at = steps - 1; at >= 0; at--) {
      const inner = path[at] ?? 0
      told |= (own[inner] ?? 0) & TOLD
      if (((FLAGS[tag[inner] ?? 0] ?? 0) & BLOCK) === 0) continue
      boxNode[count] = inner
      boxParent[count] = box
      depth[count] = (depth[box] ?? 0) + 1
      boxTold[count] = told
      box = count++
      ofNode[inner] = box
      told = 0
    }
    ofBlock[block] = box
  }
  return { count, node: boxNode, ofNode, parent: boxParent, depth, told: boxTold, ofBlock }
}

type Besides = Pick<Boxes, 'alike' | 'alikeProse' | 'children' | 'childIndex'>

/**
 * Counts boxes of one kind under one parent in a hash table. The kind is the tag and the length of the attributes: teasers of
 * one list differ in their addresses, not in how they are built, and no string has to be made to see it.
 */
function besides(tree: FlatTree, found: Found, prose: Int32Array): Besides {
  const { columns } = tree
  const { count, node, parent } = found
  const children = columns.int32(count)
  const childIndex = columns.int32(count)
  const slotOf = columns.int32(count)
  const capacity = 1 << (33 - Math.clz32(count))
  const keys = columns.int32(capacity)
  const counts = columns.int32(capacity)
  const proseBySlot = columns.int32(capacity)
  for (let box = 1; box < count; box++) {
    const up = parent[box] ?? 0
    childIndex[box] = children[up] ?? 0
    children[up] = (children[up] ?? 0) + 1
    const at = node[box] ?? 0
    const length = Math.min((tree.to[at] ?? 0) - (tree.from[at] ?? 0), 511) >> 2
    const kind = ((tree.tag[at] ?? 0) << 7) | length
    const key = (Math.imul(up, 40_503) ^ Math.imul(kind + 1, 0x9e3779b1)) | 1
    let slot = ((key >>> 7) ^ key) & (capacity - 1)
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & (capacity - 1)
    keys[slot] = key
    counts[slot] = (counts[slot] ?? 0) + 1
    proseBySlot[slot] = (proseBySlot[slot] ?? 0) + (prose[box] ?? 0)
    slotOf[box] = slot
  }
  const alike = columns.int32(count)
  const alikeProse = columns.int32(count)
  for (let box = 1; box < count; box++) {
    alike[box] = counts[slotOf[box] ?? 0] ?? 0
    alikeProse[box] = proseBySlot[slotOf[box] ?? 0] ?? 0
  }
  return { alike, alikeProse, children, childIndex }
}
