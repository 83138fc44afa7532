/**
 * What the decision knows of each block, as whole numbers: one table, in the order of the model's columns. All sizes are
 * bytes of UTF-8, so nothing depends on spaces between words. Sources: boilerpipe (Kohlschütter et al. 2010: text and link
 * density of a block and its neighbours), Readability (best container, class words), Web2Text (Vogels et al. 2018: parents and
 * grandparents), and what pages repeat (lists of teasers, hidden copies).
 *
 * Shares are in 1/255. Values are cut at 32,767. Trees look at order only, so nothing is scaled.
 */
import {
  BY_TAG,
  type Cut,
  IN_CAPTION,
  IN_HEADING,
  IN_ITEM,
  IN_LIST,
  IN_PARAGRAPH,
  IN_PRE,
  IN_QUOTE,
  IN_TABLE,
} from './blocks.js'
import { type Boxes, TOLD } from './boxes.js'
import type { Columns } from './columns.js'
import type { Samples } from './samples.js'
import type { FlatTree } from './scan.js'
import { Tag } from './tags.js'
import { ASIDE, BODY, COMMENTS, FIRM, HIDDEN } from './words.js'

/** Name and meaning of each column. */
export const FEATURES = [
  // The block itself.
  ['size', 'bytes of text'],
  ['textSize', 'bytes outside of links'],
  ['linkShare', 'share of the text in links'],
  ['stops', 'ends of sentences'],
  ['stopShare', 'ends of sentences a 1,000 bytes'],
  ['commas', 'commas'],
  ['prose', 'bytes, 0 for what does not read as sentences'],
  ['first', 'kind of the first character'],
  ['last', 'kind of the last character'],
  ['digits', 'digits among the first 64 bytes'],
  ['uppers', 'capitals among the first 64 bytes'],
  ['marks', 'marks between labels among the first 64 bytes'],
  ['beyond', 'bytes beyond ASCII among the first 64'],
  ['copyright', 'has the copyright sign'],
  ['before', 'same blocks before it'],
  ['behind', 'same blocks behind it'],
  ['runs', 'nodes from its first to its last text'],
  // Where its text stands.
  ['tag', 'kind of the box: see TAG_RANK'],
  ['upTag', 'kind of the box around the box'],
  ['heading', '0, or 7 less the level of the heading'],
  ['inline', 'kind of the inline element that it starts in: see INLINE_RANK'],
  ['inList', 'in a list'],
  ['inItem', 'in an item'],
  ['inTable', 'in a table'],
  ['inPre', 'in preformatted text'],
  ['inQuote', 'in a quotation'],
  ['inParagraph', 'in a p'],
  ['inCaption', 'in a caption'],
  ['depth', 'boxes around it'],
  ['childIndex', 'boxes before its box under the same parent'],
  ['children', 'boxes under the same parent'],
  ['position', 'share of the blocks before it'],
  ['textBefore', 'share of the text before it'],
  ['proseBefore', 'share of the prose before it'],
  // Names around it; a name is weighed by the share of prose that it holds.
  ['asideShare', 'share of the prose in the nearest element named as aside; 256 for none'],
  ['asideNear', 'boxes up to that element'],
  ['firmShare', 'share of the prose in the nearest aside, nav, footer, header or firm name; 256 for none'],
  ['commentsShare', 'share of the prose in the outermost element named as comments; 256 for none'],
  ['bodyShare', 'share of the prose in the nearest element named as body; 256 for none'],
  ['bodyNear', 'boxes up to that element'],
  ['hiddenShare', 'share of the prose in the outermost element that is hidden; 256 for none'],
  ['inlineTold', 'aside or comments, told by an inline element'],
  // The boxes around it.
  ...[0, 1, 2, 3].flatMap((up) => [
    [`size${up}`, `bytes in its box, ${up} up`] as const,
    [`links${up}`, 'share of its text in links'] as const,
    [`share${up}`, "share of the page's prose in it"] as const,
    [`solid${up}`, 'share of its blocks that are prose'] as const,
    [`mean${up}`, 'bytes a block of it'] as const,
  ]),
  ...[0, 1, 2].flatMap((up) => [
    [`alike${up}`, `boxes beside its box, ${up} up, that are built alike`] as const,
    [`alikeProse${up}`, 'bytes of prose a box among those'] as const,
  ]),
  // The best container: the box with the greatest weight, see `weigh`.
  ['mainUp', 'boxes from the best container up to the first that holds this block too; 0 inside'],
  ['mainDown', 'boxes from there down to the block'],
  ['mainSide', '0 before the best container, 1 in it, 2 behind it'],
  ['mainShare', "share of the page's prose in the best container"],
  ['commonShare', "the best container's share of the first box that holds both"],
  ['branchProse', 'bytes of prose in the branch below that box that holds the block'],
  ['branchLinks', 'share of links in that branch'],
  ['branchSolid', 'share of its blocks that are prose'],
  ['branchMean', 'bytes of prose a block of prose in that branch'],
  ['weight0', "weight of its box, in 1/255 of the best container's"],
  ['weight1', 'the same one up'],
  ['weight2', 'the same two up'],
  // The heading of the page: see `Samples.heading`.
  ['fromHeading', 'blocks behind that heading, plus 100; 0 for a page without'],
  ['headingUp', 'boxes from the heading up to the first that holds this block too'],
  ['headingShare', "share of the page's prose in that box"],
  // Neighbours.
  ...['prev2', 'prev1', 'next1', 'next2'].flatMap((where) => [
    [`${where}Text`, 'bytes outside of links'] as const,
    [`${where}Links`, 'share of links'] as const,
    [`${where}Last`, 'kind of its last character'] as const,
  ]),
  ['prevHeading', 'the block before is a heading'],
  ['nextHeading', 'the block behind is a heading'],
  ['prevSame', 'the block before stands in the same parent'],
  ['nextSame', 'the block behind stands in the same parent'],
  ['proseWindow', 'bytes of prose in the 4 blocks on either side'],
  ['linkWindow', 'share of links in the 4 blocks on either side'],
  ['toPrevProse', 'blocks back to prose'],
  ['toNextProse', 'blocks on to prose'],
  ['toPrevHeading', 'blocks back to a heading'],
  // The page.
  ['pageSize', 'bytes of text'],
  ['pageProse', 'share of the text that is prose'],
  ['pageBlocks', 'blocks'],
  ['pageLinks', 'share of links'],
  ['pageMean', 'bytes a block of prose'],
  ['pageComments', 'share of the prose in elements named as comments'],
  ['pageArticles', 'article elements'],
] as const satisfies readonly (readonly [string, string])[]

export const FEATURE_COUNT = FEATURES.length

const COLUMN: Readonly<Record<string, number>> = Object.fromEntries(FEATURES.map(([name], column) => [name, column]))

function column(name: string): number {
  const at = COLUMN[name]
  if (at === undefined) throw new Error(`no feature ${name}`)
  return at
}

/**
 * Blocks that are looked at together: the table of their features stays in the cache. No power of two, which would put all
 * columns into the same few lines of it.
 */
export const ROWS = 264

/** Kinds of boxes, prose last. */
const TAG_RANK = new Uint8Array(256)
const RANKED = [
  'body',
  'div',
  'section',
  'article',
  'main',
  'td',
  'th',
  'li',
  'dd',
  'dt',
  'figcaption',
  'blockquote',
  'pre',
  'p',
] as const
RANKED.forEach((name, rank) => {
  TAG_RANK[Tag[name]] = rank + 8
})
;(['form', 'nav', 'aside', 'header', 'footer', 'ul', 'figure'] as const).forEach((name, rank) => {
  TAG_RANK[Tag[name]] = rank + 1
})
for (const name of ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const) TAG_RANK[Tag[name]] = RANKED.length + 8

const INLINE_RANK = new Uint8Array(256)
;(['label', 'time', 'small', 'a', 'cite', 'i', 'em', 'font', 'code', 'b', 'strong', 'span'] as const).forEach(
  (name, rank) => {
    INLINE_RANK[Tag[name]] = rank + 1
  },
)

const H1 = Tag.h1
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
interface Meeting {
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

function cap(value: number): number {
  return value > 32_767 ? 32_767 : value | 0
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : ((part * 255) / whole) | 0
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

const C = {
  own: column('size'),
  context: column('tag'),
  names: column('asideShare'),
  boxes: column('size0'),
  alike: column('alike0'),
  main: column('mainUp'),
  heading: column('fromHeading'),
  neighbours: column('prev2Text'),
  page: column('pageSize'),
} as const

/** Writes the features of blocks `from` to `to` into `table`, a column of `ROWS` values a feature. */
export function fillFeatures(
  tree: FlatTree,
  cut: Cut,
  boxes: Boxes,
  samples: Samples,
  around: Surroundings,
  from: number,
  to: number,
  table: Int16Array,
): void {
  fillOwn(cut, boxes, samples, from, to, table)
  fillContext(tree, cut, boxes, around, from, to, table)
  fillNames(tree, cut, boxes, around, from, to, table)
  fillBoxes(boxes, around.perBox, from, to, table)
  fillMain(boxes, around, from, to, table)
  fillHeading(boxes, samples, around, from, to, table)
  fillNeighbours(cut, boxes, samples, around, from, to, table)
  for (let at = 0; at < around.page.length; at++) fillColumn(C.page + at, around.page[at] ?? 0, from, to, table)
}

function fillColumn(at: number, value: number, from: number, to: number, table: Int16Array): void {
  table.fill(value, at * ROWS, at * ROWS + to - from)
}

function fillOwn(cut: Cut, boxes: Boxes, samples: Samples, from: number, to: number, table: Int16Array): void {
  const { size, linkSize, stops, commas, first, last } = cut.blocks
  const { blockProse } = boxes
  let at = C.own * ROWS
  for (let block = from; block < to; block++, at++) {
    const all = size[block] ?? 0
    const links = linkSize[block] ?? 0
    const ends = stops[block] ?? 0
    table[at] = cap(all)
    table[at + ROWS] = cap(all - links)
    table[at + 2 * ROWS] = share(links, all)
    table[at + 3 * ROWS] = cap(ends)
    table[at + 4 * ROWS] = ends === 0 ? 0 : cap((ends * 1000) / all)
    table[at + 5 * ROWS] = cap(commas[block] ?? 0)
    table[at + 6 * ROWS] = cap(blockProse[block] ?? 0)
    table[at + 16 * ROWS] = cap((last[block] ?? 0) - (first[block] ?? 0))
  }
  const { digits, uppers, marks, beyond, copyright, before, behind } = samples
  at = (C.own + 7) * ROWS
  for (let block = from; block < to; block++, at++) {
    table[at] = samples.first[block] ?? 0
    table[at + ROWS] = samples.last[block] ?? 0
    table[at + 2 * ROWS] = digits[block] ?? 0
    table[at + 3 * ROWS] = uppers[block] ?? 0
    table[at + 4 * ROWS] = marks[block] ?? 0
    table[at + 5 * ROWS] = beyond[block] ?? 0
    table[at + 6 * ROWS] = copyright[block] ?? 0
    table[at + 7 * ROWS] = before[block] ?? 0
    table[at + 8 * ROWS] = behind[block] ?? 0
  }
}

function fillContext(
  tree: FlatTree,
  cut: Cut,
  boxes: Boxes,
  around: Surroundings,
  from: number,
  to: number,
  table: Int16Array,
): void {
  const { count, first, flags } = cut.blocks
  const { ofBlock, parent, node, depth, childIndex, children } = boxes
  const { textUpTo, proseUpTo } = around
  const { tag } = tree
  const parentOf = tree.parent
  const size = boxes.size[0] ?? 0
  const prose = boxes.prose[0] ?? 0
  let at = C.context * ROWS
  for (let block = from; block < to; block++, at++) {
    const box = ofBlock[block] ?? 0
    const up = parent[box] ?? 0
    const kind = tag[node[box] ?? 0] ?? 0
    const context = flags[block] ?? 0
    const inline = tag[parentOf[first[block] ?? 0] ?? 0] ?? 0
    table[at] = TAG_RANK[kind] ?? 0
    table[at + ROWS] = TAG_RANK[tag[node[up] ?? 0] ?? 0] ?? 0
    table[at + 2 * ROWS] = (context & IN_HEADING) === 0 ? 0 : kind >= H1 && kind < H1 + 6 ? 7 - (kind - H1 + 1) : 1
    table[at + 3 * ROWS] = INLINE_RANK[inline] ?? 0
    table[at + 4 * ROWS] = (context & IN_LIST) === 0 ? 0 : 1
    table[at + 5 * ROWS] = (context & IN_ITEM) === 0 ? 0 : 1
    table[at + 6 * ROWS] = (context & IN_TABLE) === 0 ? 0 : 1
    table[at + 7 * ROWS] = (context & IN_PRE) === 0 ? 0 : 1
    table[at + 8 * ROWS] = (context & IN_QUOTE) === 0 ? 0 : 1
    table[at + 9 * ROWS] = (context & IN_PARAGRAPH) === 0 ? 0 : 1
    table[at + 10 * ROWS] = (context & IN_CAPTION) === 0 ? 0 : 1
    table[at + 11 * ROWS] = cap(depth[box] ?? 0)
    table[at + 12 * ROWS] = cap(childIndex[box] ?? 0)
    table[at + 13 * ROWS] = cap(children[up] ?? 0)
    table[at + 14 * ROWS] = share(block, count)
    table[at + 15 * ROWS] = share(textUpTo[block] ?? 0, size)
    table[at + 16 * ROWS] = share(proseUpTo[block] ?? 0, prose)
  }
}

function fillNames(
  tree: FlatTree,
  cut: Cut,
  boxes: Boxes,
  around: Surroundings,
  from: number,
  to: number,
  table: Int16Array,
): void {
  const { asideShare, asideNear, firmShare, commentsShare, bodyShare, bodyNear, hiddenShare } = around
  const { own, blocks } = cut
  const { first, container } = blocks
  const { ofBlock } = boxes
  const { parent } = tree
  let at = C.names * ROWS
  for (let block = from; block < to; block++, at++) {
    const box = ofBlock[block] ?? 0
    const outer = container[block] ?? 0
    let told = 0
    for (let node = parent[first[block] ?? 0] ?? 0; node > outer; node = parent[node] ?? 0) told |= own[node] ?? 0
    table[at] = asideShare[box] ?? 0
    table[at + ROWS] = asideNear[box] ?? 0
    table[at + 2 * ROWS] = firmShare[box] ?? 0
    table[at + 3 * ROWS] = commentsShare[box] ?? 0
    table[at + 4 * ROWS] = bodyShare[box] ?? 0
    table[at + 5 * ROWS] = bodyNear[box] ?? 0
    table[at + 6 * ROWS] = hiddenShare[box] ?? 0
    table[at + 7 * ROWS] = (told & HIDDEN) !== 0 ? 2 : (told & (ASIDE | COMMENTS)) !== 0 ? 1 : 0
  }
}

function fillBoxes(boxes: Boxes, perBox: Int16Array, from: number, to: number, table: Int16Array): void {
  const { ofBlock, parent } = boxes
  for (let block = from; block < to; block++) {
    let at = C.boxes * ROWS + block - from
    let alikeAt = C.alike * ROWS + block - from
    let weightAt = (C.main + 9) * ROWS + block - from
    let above = ofBlock[block] ?? 0
    for (let up = 0; up < 4; up++) {
      const mine = above * PER_BOX
      table[at] = perBox[mine] ?? 0
      table[at + ROWS] = perBox[mine + 1] ?? 0
      table[at + 2 * ROWS] = perBox[mine + 2] ?? 0
      table[at + 3 * ROWS] = perBox[mine + 3] ?? 0
      table[at + 4 * ROWS] = perBox[mine + 4] ?? 0
      at += 5 * ROWS
      above = parent[above] ?? 0
      if (up === 3) break
      table[alikeAt] = perBox[mine + 5] ?? 0
      table[alikeAt + ROWS] = perBox[mine + 6] ?? 0
      table[weightAt] = perBox[mine + 7] ?? 0
      alikeAt += 2 * ROWS
      weightAt += ROWS
    }
  }
}

/** Features of a box, each read for every block in it and below it: size to mean, alike, alikeProse, weight. */
const PER_BOX = 8
const LINKS = 1
const SHARE = 2
const SOLID = 3

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

/** All but the weights, which `fillBoxes` writes. */
function fillMain(boxes: Boxes, around: Surroundings, from: number, to: number, table: Int16Array): void {
  const { main, toMain, perBox } = around
  const { up, down, at: meeting, branch: branches } = toMain
  const { ofBlock, prose, proseBlocks } = boxes
  const mainProse = prose[main] ?? 0
  let at = C.main * ROWS
  for (let block = from; block < to; block++, at++) {
    const box = ofBlock[block] ?? 0
    const meets = meeting[box] ?? 0
    const branch = branches[box] ?? 0
    const branchProse = prose[branch] ?? 0
    table[at] = cap(up[box] ?? 0)
    table[at + ROWS] = cap(down[box] ?? 0)
    table[at + 2 * ROWS] = meets === main ? 1 : box < main ? 0 : 2
    table[at + 4 * ROWS] = share(mainProse, prose[meets] ?? 0)
    table[at + 5 * ROWS] = cap(branchProse)
    table[at + 6 * ROWS] = perBox[branch * PER_BOX + LINKS] ?? 0
    table[at + 7 * ROWS] = perBox[branch * PER_BOX + SOLID] ?? 0
    table[at + 8 * ROWS] = cap(branchProse / Math.max(proseBlocks[branch] ?? 0, 1))
  }
  fillColumn(C.main + 3, perBox[main * PER_BOX + SHARE] ?? 0, from, to, table)
}

function fillHeading(
  boxes: Boxes,
  { heading }: Samples,
  { toHeading, perBox }: Surroundings,
  from: number,
  to: number,
  table: Int16Array,
): void {
  if (toHeading === null) {
    for (let at = 0; at < 3; at++) fillColumn(C.heading + at, 0, from, to, table)
    return
  }
  const { up, at: meeting } = toHeading
  const { ofBlock } = boxes
  let at = C.heading * ROWS
  for (let block = from; block < to; block++, at++) {
    const box = ofBlock[block] ?? 0
    table[at] = Math.max(1, Math.min(block - heading + 100, 1000))
    table[at + ROWS] = cap(up[box] ?? 0)
    table[at + 2 * ROWS] = perBox[(meeting[box] ?? 0) * PER_BOX + SHARE] ?? 0
  }
}

/** Blocks on either side that count as near. */
const NEAR = 4

function fillNeighbours(
  cut: Cut,
  boxes: Boxes,
  samples: Samples,
  around: Surroundings,
  from: number,
  to: number,
  table: Int16Array,
): void {
  const { blocks } = cut
  const { count, size, linkSize } = blocks
  const { ofBlock, parent } = boxes
  const { proseUpTo, textUpTo, linkUpTo, toPrevProse, toNextProse } = around
  let sinceHeading = 99
  for (let block = Math.max(from - 99, 0); block < from; block++)
    sinceHeading = isHeading(cut, block) ? 0 : sinceHeading + 1
  let at = C.neighbours * ROWS
  for (let step = -2; step <= 2; step++) {
    if (step === 0) continue
    for (let block = from; block < to; block++) {
      const other = block + step
      const row = at + block - from
      if (other < 0 || other >= count) {
        table[row] = 0
        table[row + ROWS] = table[row + 2 * ROWS] = -1
        continue
      }
      const all = size[other] ?? 0
      const links = linkSize[other] ?? 0
      table[row] = cap(all - links)
      table[row + ROWS] = share(links, all)
      table[row + 2 * ROWS] = samples.last[other] ?? 0
    }
    at += 3 * ROWS
  }
  for (let block = from; block < to; block++, at++) {
    const up = parent[ofBlock[block] ?? 0] ?? 0
    const least = Math.max(block - NEAR, 0)
    const most = Math.min(block + NEAR + 1, count)
    const hasPrev = block > 0
    const hasNext = block + 1 < count
    table[at] = hasPrev && isHeading(cut, block - 1) ? 1 : 0
    table[at + ROWS] = hasNext && isHeading(cut, block + 1) ? 1 : 0
    table[at + 2 * ROWS] = hasPrev && parent[ofBlock[block - 1] ?? 0] === up ? 1 : 0
    table[at + 3 * ROWS] = hasNext && parent[ofBlock[block + 1] ?? 0] === up ? 1 : 0
    table[at + 4 * ROWS] = cap((proseUpTo[most] ?? 0) - (proseUpTo[least] ?? 0))
    table[at + 5 * ROWS] = share(
      (linkUpTo[most] ?? 0) - (linkUpTo[least] ?? 0),
      (textUpTo[most] ?? 0) - (textUpTo[least] ?? 0),
    )
    table[at + 6 * ROWS] = toPrevProse[block] ?? 0
    table[at + 7 * ROWS] = toNextProse[block] ?? 0
    table[at + 8 * ROWS] = Math.min(sinceHeading, 99)
    sinceHeading = isHeading(cut, block) ? 0 : sinceHeading + 1
  }
}

function isHeading(cut: Cut, block: number): boolean {
  return ((cut.blocks.flags[block] ?? 0) & IN_HEADING) !== 0
}
