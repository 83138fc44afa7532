/** Fills the columns of `feature-table.ts` for a run of blocks, a group of columns at a time. */
import {
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
import type { Boxes } from './boxes.js'
import { cap, column, ROWS, share } from './feature-table.js'
import type { Samples } from './samples.js'
import type { FlatTree } from './scan.js'
import { LINKS, PER_BOX, SHARE, SOLID, type Surroundings } from './surroundings.js'
import { Tag } from './tags.js'
import { ASIDE, COMMENTS, HIDDEN } from './words.js'

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
