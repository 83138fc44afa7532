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
  const names = weighNames(boxes)
  const weight = weigh(tree, cut, boxes)
  const main = choose(tree, boxes, weight)
  const sums = sumUp(cut, boxes)
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
  const toHeading = samples.heading < 0 ? null : meet(boxes, boxes.ofBlock[samples.heading] ?? 0)
  return { main, ...names, weight, perBox: measureBoxes(boxes), toMain: meet(boxes, main), toHeading, ...sums, page }
}

function cap(value: number): number {
  return value > 32_767 ? 32_767 : value | 0
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : ((part * 255) / whole) | 0
}

function weighNames(boxes: Boxes) {
  const { count, parent, told, prose } = boxes
  const total = prose[0] ?? 0
  const asideShare = new Int32Array(count)
  const asideNear = new Int32Array(count)
  const firmShare = new Int32Array(count)
  const commentsShare = new Int32Array(count)
  const bodyShare = new Int32Array(count)
  const bodyNear = new Int32Array(count)
  const hiddenShare = new Int32Array(count)
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
  const weight = new Float64Array(boxes.count)
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

function meet({ count, parent, depth }: Boxes, goal: number): Meeting {
  const onWay = new Uint8Array(count)
  for (let box = goal; box > 0; box = parent[box] ?? 0) onWay[box] = 1
  onWay[0] = 1
  const goalDepth = depth[goal] ?? 0
  const up = new Int32Array(count)
  const down = new Int32Array(count)
  const at = new Int32Array(count)
  const branch = new Int32Array(count)
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

function sumUp(cut: Cut, boxes: Boxes) {
  const { blocks } = cut
  const proseUpTo = new Int32Array(blocks.count + 1)
  const textUpTo = new Int32Array(blocks.count + 1)
  const linkUpTo = new Int32Array(blocks.count + 1)
  const toPrevProse = new Int32Array(blocks.count)
  const toNextProse = new Int32Array(blocks.count)
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
  let sinceHeading = 99
  for (let block = Math.max(from - 99, 0); block < from; block++)
    sinceHeading = isHeading(cut, block) ? 0 : sinceHeading + 1
  for (let block = from; block < to; block++) {
    const row = block - from
    fillOwn(cut, boxes, samples, block, table, row)
    fillContext(tree, cut, boxes, around, block, table, row)
    fillNames(tree, cut, boxes, around, block, table, row)
    fillBoxes(boxes, around.perBox, boxes.ofBlock[block] ?? 0, table, row)
    fillMain(boxes, samples, around, block, table, row)
    fillNeighbours(cut, boxes, samples, around, block, Math.min(sinceHeading, 99), table, row)
    sinceHeading = isHeading(cut, block) ? 0 : sinceHeading + 1
  }
  for (let at = 0; at < around.page.length; at++) {
    const base = (C.page + at) * ROWS
    table.fill(around.page[at] ?? 0, base, base + to - from)
  }
}

function isHeading(cut: Cut, block: number): boolean {
  return ((cut.blocks.flags[block] ?? 0) & IN_HEADING) !== 0
}

function fillOwn(cut: Cut, boxes: Boxes, samples: Samples, block: number, table: Int16Array, row: number): void {
  const { blocks } = cut
  const size = blocks.size[block] ?? 0
  const links = blocks.linkSize[block] ?? 0
  const stops = blocks.stops[block] ?? 0
  const at = C.own * ROWS + row
  table[at] = cap(size)
  table[at + ROWS] = cap(size - links)
  table[at + 2 * ROWS] = share(links, size)
  table[at + 3 * ROWS] = cap(stops)
  table[at + 4 * ROWS] = cap((stops * 1000) / size)
  table[at + 5 * ROWS] = cap(blocks.commas[block] ?? 0)
  table[at + 6 * ROWS] = cap(boxes.blockProse[block] ?? 0)
  table[at + 7 * ROWS] = samples.first[block] ?? 0
  table[at + 8 * ROWS] = samples.last[block] ?? 0
  table[at + 9 * ROWS] = samples.digits[block] ?? 0
  table[at + 10 * ROWS] = samples.uppers[block] ?? 0
  table[at + 11 * ROWS] = samples.marks[block] ?? 0
  table[at + 12 * ROWS] = samples.beyond[block] ?? 0
  table[at + 13 * ROWS] = samples.copyright[block] ?? 0
  table[at + 14 * ROWS] = samples.before[block] ?? 0
  table[at + 15 * ROWS] = samples.behind[block] ?? 0
  table[at + 16 * ROWS] = cap((blocks.last[block] ?? 0) - (blocks.first[block] ?? 0))
}

function fillContext(
  tree: FlatTree,
  cut: Cut,
  boxes: Boxes,
  around: Surroundings,
  block: number,
  table: Int16Array,
  row: number,
): void {
  const { blocks } = cut
  const box = boxes.ofBlock[block] ?? 0
  const up = boxes.parent[box] ?? 0
  const kind = tree.tag[boxes.node[box] ?? 0] ?? 0
  const context = blocks.flags[block] ?? 0
  const inline = tree.tag[tree.parent[blocks.first[block] ?? 0] ?? 0] ?? 0
  const at = C.context * ROWS + row
  table[at] = TAG_RANK[kind] ?? 0
  table[at + ROWS] = TAG_RANK[tree.tag[boxes.node[up] ?? 0] ?? 0] ?? 0
  table[at + 2 * ROWS] = (context & IN_HEADING) === 0 ? 0 : kind >= H1 && kind < H1 + 6 ? 7 - (kind - H1 + 1) : 1
  table[at + 3 * ROWS] = INLINE_RANK[inline] ?? 0
  table[at + 4 * ROWS] = (context & IN_LIST) === 0 ? 0 : 1
  table[at + 5 * ROWS] = (context & IN_ITEM) === 0 ? 0 : 1
  table[at + 6 * ROWS] = (context & IN_TABLE) === 0 ? 0 : 1
  table[at + 7 * ROWS] = (context & IN_PRE) === 0 ? 0 : 1
  table[at + 8 * ROWS] = (context & IN_QUOTE) === 0 ? 0 : 1
  table[at + 9 * ROWS] = (context & IN_PARAGRAPH) === 0 ? 0 : 1
  table[at + 10 * ROWS] = (context & IN_CAPTION) === 0 ? 0 : 1
  table[at + 11 * ROWS] = cap(boxes.depth[box] ?? 0)
  table[at + 12 * ROWS] = cap(boxes.childIndex[box] ?? 0)
  table[at + 13 * ROWS] = cap(boxes.children[up] ?? 0)
  table[at + 14 * ROWS] = share(block, blocks.count)
  table[at + 15 * ROWS] = share(around.textUpTo[block] ?? 0, boxes.size[0] ?? 0)
  table[at + 16 * ROWS] = share(around.proseUpTo[block] ?? 0, boxes.prose[0] ?? 0)
}

function fillNames(
  tree: FlatTree,
  cut: Cut,
  boxes: Boxes,
  around: Surroundings,
  block: number,
  table: Int16Array,
  row: number,
): void {
  const box = boxes.ofBlock[block] ?? 0
  let told = 0
  const container = cut.blocks.container[block] ?? 0
  for (let node = tree.parent[cut.blocks.first[block] ?? 0] ?? 0; node > container; node = tree.parent[node] ?? 0) {
    told |= cut.own[node] ?? 0
  }
  const at = C.names * ROWS + row
  table[at] = around.asideShare[box] ?? 0
  table[at + ROWS] = around.asideNear[box] ?? 0
  table[at + 2 * ROWS] = around.firmShare[box] ?? 0
  table[at + 3 * ROWS] = around.commentsShare[box] ?? 0
  table[at + 4 * ROWS] = around.bodyShare[box] ?? 0
  table[at + 5 * ROWS] = around.bodyNear[box] ?? 0
  table[at + 6 * ROWS] = around.hiddenShare[box] ?? 0
  table[at + 7 * ROWS] = (told & HIDDEN) !== 0 ? 2 : (told & (ASIDE | COMMENTS)) !== 0 ? 1 : 0
}

function fillBoxes(boxes: Boxes, perBox: Int16Array, box: number, table: Int16Array, row: number): void {
  let at = C.boxes * ROWS + row
  let above = box
  for (let up = 0; up < 4; up++) {
    const from = above * PER_BOX
    table[at] = perBox[from] ?? 0
    table[at + ROWS] = perBox[from + 1] ?? 0
    table[at + 2 * ROWS] = perBox[from + 2] ?? 0
    table[at + 3 * ROWS] = perBox[from + 3] ?? 0
    table[at + 4 * ROWS] = perBox[from + 4] ?? 0
    at += 5 * ROWS
    above = boxes.parent[above] ?? 0
  }
  at = C.alike * ROWS + row
  above = box
  for (let up = 0; up < 3; up++) {
    table[at] = perBox[above * PER_BOX + 5] ?? 0
    table[at + ROWS] = perBox[above * PER_BOX + 6] ?? 0
    at += 2 * ROWS
    above = boxes.parent[above] ?? 0
  }
}

/** Features of a box, each read for every block in it and below it. */
const PER_BOX = 7

function measureBoxes(boxes: Boxes): Int16Array {
  const perBox = new Int16Array(boxes.count * PER_BOX)
  const total = boxes.prose[0] ?? 0
  for (let box = 0; box < boxes.count; box++) {
    const at = box * PER_BOX
    const size = boxes.size[box] ?? 0
    const blocks = boxes.blocks[box] ?? 1
    const alike = boxes.alike[box] ?? 0
    perBox[at] = cap(size)
    perBox[at + 1] = share(boxes.linkSize[box] ?? 0, size)
    perBox[at + 2] = share(boxes.prose[box] ?? 0, total)
    perBox[at + 3] = share(boxes.proseBlocks[box] ?? 0, blocks)
    perBox[at + 4] = cap(size / blocks)
    perBox[at + 5] = cap(alike)
    perBox[at + 6] = cap((boxes.alikeProse[box] ?? 0) / Math.max(alike, 1))
  }
  return perBox
}

function fillMain(
  boxes: Boxes,
  samples: Samples,
  around: Surroundings,
  block: number,
  table: Int16Array,
  row: number,
): void {
  const { main, toMain, toHeading, weight } = around
  const box = boxes.ofBlock[block] ?? 0
  const total = boxes.prose[0] ?? 0
  const meets = toMain.at[box] ?? 0
  const branch = toMain.branch[box] ?? 0
  const inside = meets === main
  const branchProse = boxes.prose[branch] ?? 0
  const best = weight[main] ?? 0
  let at = C.main * ROWS + row
  table[at] = cap(toMain.up[box] ?? 0)
  table[at + ROWS] = cap(toMain.down[box] ?? 0)
  table[at + 2 * ROWS] = inside ? 1 : box < main ? 0 : 2
  table[at + 3 * ROWS] = share(boxes.prose[main] ?? 0, total)
  table[at + 4 * ROWS] = share(boxes.prose[main] ?? 0, boxes.prose[meets] ?? 0)
  table[at + 5 * ROWS] = cap(branchProse)
  table[at + 6 * ROWS] = share(boxes.linkSize[branch] ?? 0, boxes.size[branch] ?? 0)
  table[at + 7 * ROWS] = share(boxes.proseBlocks[branch] ?? 0, boxes.blocks[branch] ?? 1)
  table[at + 8 * ROWS] = cap(branchProse / Math.max(boxes.proseBlocks[branch] ?? 0, 1))
  let above = box
  for (let up = 0; up < 3; up++) {
    table[at + (9 + up) * ROWS] = best > 0 ? Math.max(-255, ((weight[above] ?? 0) * 255) / best) | 0 : 0
    above = boxes.parent[above] ?? 0
  }
  at = C.heading * ROWS + row
  if (toHeading === null) {
    table[at] = table[at + ROWS] = table[at + 2 * ROWS] = 0
    return
  }
  table[at] = Math.max(1, Math.min(block - samples.heading + 100, 1000))
  table[at + ROWS] = cap(toHeading.up[box] ?? 0)
  table[at + 2 * ROWS] = share(boxes.prose[toHeading.at[box] ?? 0] ?? 0, total)
}

/** Blocks on either side that count as near. */
const NEAR = 4

function fillNeighbours(
  cut: Cut,
  boxes: Boxes,
  samples: Samples,
  around: Surroundings,
  block: number,
  sinceHeading: number,
  table: Int16Array,
  row: number,
): void {
  const { blocks } = cut
  const up = boxes.parent[boxes.ofBlock[block] ?? 0] ?? 0
  let at = C.neighbours * ROWS + row
  for (let step = -2; step <= 2; step++) {
    if (step === 0) continue
    const other = block + step
    const exists = other >= 0 && other < blocks.count
    const size = exists ? (blocks.size[other] ?? 0) : 0
    const links = exists ? (blocks.linkSize[other] ?? 0) : 0
    table[at] = cap(size - links)
    table[at + ROWS] = exists ? share(links, size) : -1
    table[at + 2 * ROWS] = exists ? (samples.last[other] ?? 0) : -1
    at += 3 * ROWS
  }
  const least = Math.max(block - NEAR, 0)
  const most = Math.min(block + NEAR + 1, blocks.count)
  const hasPrev = block > 0
  const hasNext = block + 1 < blocks.count
  table[at] = hasPrev && isHeading(cut, block - 1) ? 1 : 0
  table[at + ROWS] = hasNext && isHeading(cut, block + 1) ? 1 : 0
  table[at + 2 * ROWS] = hasPrev && boxes.parent[boxes.ofBlock[block - 1] ?? 0] === up ? 1 : 0
  table[at + 3 * ROWS] = hasNext && boxes.parent[boxes.ofBlock[block + 1] ?? 0] === up ? 1 : 0
  table[at + 4 * ROWS] = cap((around.proseUpTo[most] ?? 0) - (around.proseUpTo[least] ?? 0))
  table[at + 5 * ROWS] = share(
    (around.linkUpTo[most] ?? 0) - (around.linkUpTo[least] ?? 0),
    (around.textUpTo[most] ?? 0) - (around.textUpTo[least] ?? 0),
  )
  table[at + 6 * ROWS] = around.toPrevProse[block] ?? 0
  table[at + 7 * ROWS] = around.toNextProse[block] ?? 0
  table[at + 8 * ROWS] = sinceHeading
}
