/**
 * What is found once for a page and read for the features of every block: weights of boxes, the box that holds the article
 * most likely (as Readability finds it), names around each box, sums over the blocks in order.
 */
import { BY_TAG, type Cut, IN_HEADING, IN_PARAGRAPH, IN_PRE, IN_QUOTE } from './blocks.js'
import { type Boxes, TOLD } from './boxes.js'
import type { Columns } from './columns.js'
import { cap, share } from './feature-table.js'
import type { Samples } from './samples.js'
import type { FlatTree } from './scan.js'
import { Tag } from './tags.js'
import { ASIDE, BODY, COMMENTS, FIRM, HIDDEN } from './words.js'

const NONE = 256

/** What is found once for a page and read for every block. */
export interface Surroundings {
  readonly main: number
  readonly asideShare: Int32Array
  readonly asideNear: Int32Array
  readonly firmShare: Int32Array
  readonly commentsShare: Int32Array
  readonly bodyShare: Int32Array
  readonly bodyNear: Int32Array
  readonly hiddenShare: Int32Array
  readonly weight: Float64Array
  readonly perBox: Int16Array
  readonly toMain: Meeting
  readonly toHeading: Meeting | null
  readonly proseUpTo: Int32Array
  readonly textUpTo: Int32Array
  readonly linkUpTo: Int32Array
  readonly toPrevProse: Int32Array
  readonly toNextProse: Int32Array
  readonly page: Int32Array
}

/** Where the way up from each box meets the way up from one box. */
export interface Meeting {
  /** Boxes from that one up to the box where the ways meet. */
  readonly up: Int32Array
  readonly down: Int32Array
  readonly at: Int32Array
  /** The box below that one on the way to the box in question. */
  readonly branch: Int32Array
}

export function surroundingsOf(tree: FlatTree, cut: Cut, boxes: Boxes, samples: Samples): Surroundings {
  const { blocks } = cut
  const { columns } = tree
  const names = weighNames(columns, boxes)
  const weight = weigh(tree, cut, boxes)
  const main = choose(tree, boxes, weight)
  const sums = sumUp(columns, cut, boxes)
  const total = boxes.prose[0] ?? 0
  let articles = 0
  for (let box = 1; box < boxes.count; box++) if (tree.tag[boxes.node[box] ?? 0] === Tag.article) articles++
  const page = Int32Array.from([
    cap(boxes.size[0] ?? 0),
    share(total, boxes.size[0] ?? 0),
    cap(blocks.count),
    share(boxes.linkSize[0] ?? 0, boxes.size[0] ?? 0),
    cap(total / Math.max(boxes.proseBlocks[0] ?? 0, 1)),
    names.comments,
    cap(articles),
  ])
  const toHeading = samples.heading < 0 ? null : meet(columns, boxes, boxes.ofBlock[samples.heading] ?? 0)
  return {
    main,
    ...names,
    weight,
    perBox: measureBoxes(columns, boxes, weight, weight[main] ?? 0),
    toMain: meet(columns, boxes, main),
    toHeading,
    ...sums,
    page,
  }
}

function weighNames(columns: Columns, boxes: Boxes) {
  const { count, parent, told, prose } = boxes
  const total = prose[0] ?? 0
  const asideShare = columns.int32(count)
  const asideNear = columns.int32(count)
  const firmShare = columns.int32(count)
  const commentsShare = columns.int32(count)
  const bodyShare = columns.int32(count)
  const bodyNear = columns.int32(count)
  const hiddenShare = columns.int32(count)
  asideShare[0] = firmShare[0] = commentsShare[0] = bodyShare[0] = hiddenShare[0] = NONE
  asideNear[0] = bodyNear[0] = 99
  let comments = 0
  for (let box = 1; box < count; box++) {
    const up = parent[box] ?? 0
    const flags = told[box] ?? 0
    asideShare[box] = asideShare[up] ?? NONE
    asideNear[box] = Math.min((asideNear[up] ?? 0) + 1, 99)
    firmShare[box] = firmShare[up] ?? NONE
    commentsShare[box] = commentsShare[up] ?? NONE
    bodyShare[box] = bodyShare[up] ?? NONE
    bodyNear[box] = Math.min((bodyNear[up] ?? 0) + 1, 99)
    hiddenShare[box] = hiddenShare[up] ?? NONE
    if ((flags & TOLD) === 0) continue
    const mine = share(prose[box] ?? 0, total)
    if ((flags & ASIDE) !== 0) {
      asideShare[box] = mine
      asideNear[box] = 0
      if ((flags & (BY_TAG | FIRM)) !== 0) firmShare[box] = mine
    }
    if ((flags & BODY) !== 0) {
      bodyShare[box] = mine
      bodyNear[box] = 0
    }
    if ((flags & COMMENTS) !== 0 && commentsShare[box] === NONE) {
      commentsShare[box] = mine
      comments += mine
    }
    if ((flags & HIDDEN) !== 0 && hiddenShare[box] === NONE) hiddenShare[box] = mine
  }
  return {
    asideShare,
    asideNear,
    firmShare,
    commentsShare,
    bodyShare,
    bodyNear,
    hiddenShare,
    comments: Math.min(comments, 255),
  }
}

/** What a box passes on of its weight to the one around it: the tighter of two with nearly the same text is chosen. */
const DECAY = 0.94
/** The most that a bad part can take from the box around it. */
const LOSS = -1

/**
 * Weight of each box: positive for prose and negative for links and labels (maximum subsequence segmentation, Pasternack and
 * Roth 2009, on the tree).
 */
function weigh(tree: FlatTree, cut: Cut, boxes: Boxes): Float64Array {
  const { blocks } = cut
  const weight = tree.columns.float64(boxes.count)
  for (let block = 0; block < blocks.count; block++) {
    const box = boxes.ofBlock[block] ?? 0
    weight[box] = (weight[box] ?? 0) + blockWeight(cut, boxes, block)
  }
  for (let box = boxes.count - 1; box > 0; box--) {
    const sum = weight[box] ?? 0
    const passed = HOLDERS[tree.tag[boxes.node[box] ?? 0] ?? 0]
      ? sum > 0
        ? sum * DECAY
        : Math.max(sum * 0.5, LOSS)
      : sum
    const up = boxes.parent[box] ?? 0
    weight[up] = (weight[up] ?? 0) + passed
  }
  return weight
}

function blockWeight(cut: Cut, boxes: Boxes, block: number): number {
  const { size, linkSize, flags } = cut.blocks
  const links = linkSize[block] ?? 0
  const text = (size[block] ?? 0) - links
  const context = flags[block] ?? 0
  if (links > text) return -0.3 - Math.min(links, 200) / 400
  if ((context & IN_PRE) !== 0) return Math.min(text, 600) / 200
  if ((boxes.blockProse[block] ?? 0) > 0) {
    const weight = Math.min(text, 1000) / 100
    return (context & (IN_PARAGRAPH | IN_QUOTE)) !== 0 ? weight : weight * 0.8
  }
  if ((context & IN_HEADING) !== 0) return 0
  return text >= 80 ? 0.2 : -0.2
}

/** What can hold an article. */
const HOLDERS = new Uint8Array(256)
for (const name of [
  'html',
  'body',
  'div',
  'section',
  'article',
  'main',
  'td',
  'blockquote',
  'center',
  'form',
  'figure',
] as const) {
  HOLDERS[Tag[name]] = 1
}
for (const name of ['details', 'ul', 'ol', 'dl', 'table', 'tbody', 'pre', 'li'] as const) HOLDERS[Tag[name]] = 1

/** The box with the greatest weight; of several equal ones the innermost. */
function choose(tree: FlatTree, boxes: Boxes, weight: Float64Array): number {
  let best = 0
  let most = Number.NEGATIVE_INFINITY
  for (let box = 0; box < boxes.count; box++) {
    if (!HOLDERS[tree.tag[boxes.node[box] ?? 0] ?? 0]) continue
    const mine = weight[box] ?? 0
    if (mine >= most && mine !== 0) {
      best = box
      most = mine
    }
  }
  return best
}

function meet(columns: Columns, { count, parent, depth }: Boxes, goal: number): Meeting {
  const onWay = columns.uint8(count)
  for (let box = goal; box > 0; box = parent[box] ?? 0) onWay[box] = 1
  onWay[0] = 1
  const goalDepth = depth[goal] ?? 0
  const up = columns.int32(count)
  const down = columns.int32(count)
  const at = columns.int32(count)
  const branch = columns.int32(count)
  for (let box = 0; box < count; box++) {
    if (onWay[box]) {
      up[box] = goalDepth - (depth[box] ?? 0)
      at[box] = branch[box] = box
    } else {
      const above = parent[box] ?? 0
      up[box] = up[above] ?? 0
      down[box] = (down[above] ?? 0) + 1
      at[box] = at[above] ?? 0
      branch[box] = onWay[above] ? box : (branch[above] ?? 0)
    }
  }
  return { up, down, at, branch }
}

function sumUp(columns: Columns, cut: Cut, boxes: Boxes) {
  const { blocks } = cut
  const proseUpTo = columns.int32(blocks.count + 1)
  const textUpTo = columns.int32(blocks.count + 1)
  const linkUpTo = columns.int32(blocks.count + 1)
  const toPrevProse = columns.int32(blocks.count)
  const toNextProse = columns.int32(blocks.count)
  let since = 99
  for (let block = 0; block < blocks.count; block++) {
    const prose = boxes.blockProse[block] ?? 0
    proseUpTo[block + 1] = (proseUpTo[block] ?? 0) + prose
    textUpTo[block + 1] = (textUpTo[block] ?? 0) + (blocks.size[block] ?? 0)
    linkUpTo[block + 1] = (linkUpTo[block] ?? 0) + (blocks.linkSize[block] ?? 0)
    toPrevProse[block] = since = Math.min(since + 1, 99)
    if (prose > 0) since = 0
  }
  since = 99
  for (let block = blocks.count - 1; block >= 0; block--) {
    toNextProse[block] = since = Math.min(since + 1, 99)
    if ((boxes.blockProse[block] ?? 0) > 0) since = 0
  }
  return { proseUpTo, textUpTo, linkUpTo, toPrevProse, toNextProse }
}

/** Features of a box, each read for every block in it and below it: size to mean, alike, alikeProse, weight. */
export const PER_BOX = 8
export const LINKS = 1
export const SHARE = 2
export const SOLID = 3

/** @param best the greatest weight */
function measureBoxes(columns: Columns, boxes: Boxes, weight: Float64Array, best: number): Int16Array {
  const { count, size, linkSize, prose, proseBlocks, blocks, alike, alikeProse } = boxes
  const perBox = columns.int16(count * PER_BOX)
  const total = prose[0] ?? 0
  for (let box = 0; box < count; box++) {
    const at = box * PER_BOX
    const all = size[box] ?? 0
    const inside = blocks[box] ?? 1
    const same = alike[box] ?? 0
    perBox[at] = cap(all)
    perBox[at + LINKS] = share(linkSize[box] ?? 0, all)
    perBox[at + SHARE] = share(prose[box] ?? 0, total)
    perBox[at + SOLID] = share(proseBlocks[box] ?? 0, inside)
    perBox[at + 4] = cap(all / inside)
    perBox[at + 5] = cap(same)
    perBox[at + 6] = cap((alikeProse[box] ?? 0) / Math.max(same, 1))
    perBox[at + 7] = best > 0 ? Math.max(-255, ((weight[box] ?? 0) * 255) / best) | 0 : 0
  }
  return perBox
}
