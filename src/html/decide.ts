/**
 * Which blocks are the main text: a sum of small trees over the features of each block (`features.ts`, `block-model.ts`), and
 * a few rules about what it cannot know: what was asked for, what is not shown, headings without text, and pages with so
 * little text that a doubtful answer is better than none.
 */
import { TreeSums } from '../kernels/tree-sums/index.js'
import type { TreeModel } from '../kernels/tree-sums/reference.js'
import { BLOCK_MODEL } from './block-model.js'
import { type Blocks, type Cut, IN_HEADING, IN_ITEM, IN_PARAGRAPH, IN_TABLE } from './blocks.js'
import { type Boxes, boxesOf } from './boxes.js'
import { FEATURE_COUNT, ROWS } from './feature-table.js'
import { fillFeatures } from './features.js'
import { takeSamples } from './samples.js'
import type { FlatTree } from './scan.js'
import { type Surroundings, surroundingsOf } from './surroundings.js'
import { COMMENTS, HIDDEN } from './words.js'

export type Favor = 'precision' | 'balanced' | 'recall'

export interface DecideOptions {
  readonly favor: Favor
  readonly comments: boolean
  readonly tables: boolean
}

/** Its columns are lent as the tree is. */
export interface Decision {
  /** 1 for kept blocks. */
  readonly kept: Uint8Array
  /** The element that holds the main text. */
  readonly main: number
  /** By node: 0 or `NOT_SHOWN`. */
  readonly dropped: Uint8Array
}

/** Left out as the page does not show it: not even inside of a kept block. */
export const NOT_SHOWN = 2

/** Log-odds from which on a block is kept. */
const SCORE_MIN: Readonly<Record<Favor, number>> = { precision: 0, balanced: -0.5, recall: -1.5 }
/** A text below this, in bytes, is doubted: blocks with these log-odds are kept too if that gives twice as much. */
const RESULT_SIZE_MIN = 120
const DOUBTED_SCORE_MIN = -2
/** Share of the prose, in 1/255, above which what hides it is taken for a matter of scripts. */
const HIDDEN_SHARE_MAX = 180
/** Share of links in what is around a link that makes it a part of a list of links. */
const LIST_LINK_SHARE_MIN = 0.6
const ITEMS_MIN = 3
/** In the model's scale. */
const ITEM_SCORE_MAX = 2000
/** Bytes of prose on a page below which a name counts for more, and by how much; the share, in 1/255, as in `features.ts`. */
const SHORT_PAGE_PROSE_MAX = 1000
const NAMED_SHARE_MAX = 102
const NAMED_LOSS = 2.5

export function decide(tree: FlatTree, cut: Cut, options: DecideOptions, model: TreeModel = BLOCK_MODEL): Decision {
  const boxes = boxesOf(tree, cut)
  const samples = takeSamples(tree, cut)
  const around = surroundingsOf(tree, cut, boxes, samples)
  const { count } = cut.blocks
  const scores = tree.columns.int32(count)
  const sums = sumsOf(model)
  for (let from = 0; from < count; from += ROWS) {
    const to = Math.min(from + ROWS, count)
    fillFeatures(tree, cut, boxes, samples, around, from, to, sums.table)
    scores.set(sums.run(to - from), from)
  }
  adjust(cut, boxes, around, options, model.scale, scores)
  const dropped = findHidden(tree, cut, boxes)
  const allowed = allow(tree, cut, boxes, dropped, options)
  let kept = choose(tree, cut, scores, allowed, SCORE_MIN[options.favor] * model.scale)
  const size = keptSize(cut, kept)
  if (size < RESULT_SIZE_MIN) {
    const more = choose(tree, cut, scores, allowed, DOUBTED_SCORE_MIN * model.scale)
    if (keptSize(cut, more) > 2 * size) kept = more
  }
  return { kept, main: boxes.node[around.main] ?? 0, dropped }
}

const ready = new WeakMap<TreeModel, TreeSums>()

function sumsOf(model: TreeModel): TreeSums {
  const known = ready.get(model)
  if (known !== undefined) return known
  const sums = new TreeSums(model, ROWS, FEATURE_COUNT)
  ready.set(model, sums)
  return sums
}

/** What the trees see too little of: items of one list stand or fall together, and names count for more on short pages. */
function adjust(
  cut: Cut,
  boxes: Boxes,
  around: Surroundings,
  { favor }: DecideOptions,
  scale: number,
  scores: Int32Array,
): void {
  evenLists(cut, boxes, scores)
  if (favor === 'recall' || (boxes.prose[0] ?? 0) >= SHORT_PAGE_PROSE_MAX) return
  for (let block = 0; block < scores.length; block++) {
    const box = boxes.ofBlock[block] ?? 0
    const share = Math.min(around.asideShare[box] ?? 0, around.commentsShare[box] ?? 0)
    if (share <= NAMED_SHARE_MAX) scores[block] = (scores[block] ?? 0) - NAMED_LOSS * scale
  }
}

/** Each item's score moves half of the way to the mean of its list, links apart. */
function evenLists({ blocks }: Cut, boxes: Boxes, scores: Int32Array): void {
  let from = 0
  while (from < blocks.count) {
    const list = boxes.parent[boxes.ofBlock[from] ?? 0] ?? 0
    let to = from
    let sum = 0
    while (to < blocks.count && isItem(blocks, to) && (boxes.parent[boxes.ofBlock[to] ?? 0] ?? 0) === list) {
      sum += Math.max(-ITEM_SCORE_MAX, Math.min(scores[to] ?? 0, ITEM_SCORE_MAX))
      to++
    }
    if (to - from >= ITEMS_MIN && 2 * (boxes.linkSize[list] ?? 0) < (boxes.size[list] ?? 0)) {
      const mean = sum / (to - from)
      for (let block = from; block < to; block++) scores[block] = ((scores[block] ?? 0) + mean) / 2
    }
    from = Math.max(to, from + 1)
  }
}

function isItem(blocks: Blocks, block: number): boolean {
  return ((blocks.flags[block] ?? 0) & IN_ITEM) !== 0
}

/** Elements that are not shown, with all below them. */
function findHidden(tree: FlatTree, cut: Cut, boxes: Boxes): Uint8Array {
  const dropped = tree.columns.uint8(tree.count)
  const total = boxes.prose[0] ?? 0
  for (let node = 1; node < tree.count; node++) {
    if (((cut.own[node] ?? 0) & HIDDEN) === 0) continue
    const box = boxes.ofNode[node] ?? 0
    if (box !== 0 && (boxes.prose[box] ?? 0) * 255 > total * HIDDEN_SHARE_MAX) continue
    dropped.fill(NOT_SHOWN, node, tree.end[node] ?? node + 1)
    node = (tree.end[node] ?? node + 1) - 1
  }
  return dropped
}

/** By block: 0 never kept, 1 as the model says, 2 always kept. */
function allow(tree: FlatTree, cut: Cut, boxes: Boxes, dropped: Uint8Array, options: DecideOptions): Uint8Array {
  const { blocks } = cut
  const allowed = tree.columns.uint8(blocks.count)
  const inComments = options.comments ? commentBoxes(boxes) : null
  for (let block = 0; block < blocks.count; block++) {
    if (dropped[blocks.first[block] ?? 0] !== 0 && dropped[blocks.last[block] ?? 0] !== 0) continue
    if (!options.tables && ((blocks.flags[block] ?? 0) & IN_TABLE) !== 0) continue
    if (options.favor !== 'recall' && isLinkOfList(cut, boxes, block)) continue
    const isComment = inComments?.[boxes.ofBlock[block] ?? 0] === 1 && (boxes.blockProse[block] ?? 0) > 0
    allowed[block] = isComment ? 2 : 1
  }
  return allowed
}

/** An item or cell that is one link, among others: a menu or a list of other pages, whatever stands around it. */
function isLinkOfList({ blocks }: Cut, boxes: Boxes, block: number): boolean {
  if ((blocks.linkSize[block] ?? 0) < 0.98 * (blocks.size[block] ?? 0)) return false
  if (((blocks.flags[block] ?? 0) & (IN_HEADING | IN_PARAGRAPH)) !== 0) return false
  const up = boxes.parent[boxes.ofBlock[block] ?? 0] ?? 0
  return (boxes.linkSize[up] ?? 0) > LIST_LINK_SHARE_MIN * (boxes.size[up] ?? 0)
}

function commentBoxes(boxes: Boxes): Uint8Array {
  const inside = new Uint8Array(boxes.count)
  for (let box = 1; box < boxes.count; box++) {
    inside[box] = inside[boxes.parent[box] ?? 0] || ((boxes.told[box] ?? 0) & COMMENTS) !== 0 ? 1 : 0
  }
  return inside
}

function choose(tree: FlatTree, cut: Cut, scores: Int32Array, allowed: Uint8Array, scoreMin: number): Uint8Array {
  const { count } = cut.blocks
  const kept = tree.columns.uint8(count)
  for (let block = 0; block < count; block++) {
    const may = allowed[block] ?? 0
    if (may === 2 || (may === 1 && (scores[block] ?? 0) > scoreMin)) kept[block] = 1
  }
  dropLoneHeadings(cut, kept)
  return kept
}

function keptSize({ blocks }: Cut, kept: Uint8Array): number {
  let size = 0
  for (let block = 0; block < blocks.count; block++) if (kept[block]) size += blocks.size[block] ?? 0
  return size
}

/** A heading stays only when text follows before the next heading. */
function dropLoneHeadings(cut: Cut, kept: Uint8Array): void {
  let text = false
  for (let block = cut.blocks.count - 1; block >= 0; block--) {
    if (!kept[block]) continue
    if (((cut.blocks.flags[block] ?? 0) & IN_HEADING) === 0) text = true
    else if (!text) kept[block] = 0
    else if (block > 0 && ((cut.blocks.flags[block - 1] ?? 0) & IN_HEADING) === 0) text = false
  }
}
