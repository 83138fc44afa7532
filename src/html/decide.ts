/**
 * Which blocks are the main text. Three steps, each over the whole page once:
 *   1. weigh: elements named as navigation, promotion or comments are left out, unless they hold most of the prose;
 *   2. choose: every block has a weight, positive for prose and negative for links and labels; the element with the
 *      greatest sum of weights holds the article (maximum subsequence segmentation, Pasternack and Roth 2009, on the tree);
 *   3. prune: inside it, link lists and stray labels go, headings stay only above text that stays.
 * Evidence is text and link density, sentence ends, tags and class words, as in Readability (mozilla/readability 0.6) and
 * boilerpipe (Kohlschütter et al. 2010).
 */
import {
  BY_TAG,
  type Cut,
  IN_CAPTION,
  IN_HEADING,
  IN_ITEM,
  IN_PARAGRAPH,
  IN_PRE,
  IN_QUOTE,
  IN_TABLE,
} from './blocks.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, Tag } from './tags.js'
import { ASIDE, BODY, COMMENTS, FIRM, HIDDEN } from './words.js'

export type Favor = 'precision' | 'balanced' | 'recall'

export interface DecideOptions {
  readonly favor: Favor
  readonly comments: boolean
  readonly tables: boolean
}

export interface Decision {
  /** 1 for kept blocks. */
  readonly kept: Uint8Array
  /** The element that holds the main text. */
  readonly main: number
  /** By node: 0, 1 (left out before the choice for its name) or `NOT_SHOWN`. */
  readonly dropped: Uint8Array
}

/** Left out as the page does not show it: not even inside of a kept block. */
export const NOT_SHOWN = 2

/** Share of the page's prose above which a name no longer counts against an element. */
const NAMED_SHARE_MAX = 0.4
const TAGGED_SHARE_MAX = 0.7
/** Prose outside of the comments that is enough to let them go, in bytes. */
const ARTICLE_SIZE_MIN = 250
/** A text below this, in bytes, is doubted. */
const RESULT_SIZE_MIN = 250
/** What a holder passes on of its weight to the one around it: the tighter of two with nearly the same text is chosen. */
const DECAY = 0.94
/** The most that a bad part can take from the element around it, as it will be pruned. */
const LOSS = -1
/** What a name of the main text adds to an element's weight. */
const NAMED_FACTOR = 1.5

export function decide(tree: FlatTree, cut: Cut, options: DecideOptions): Decision {
  if (options.favor === 'recall') return attempt(tree, cut, options, false)
  const first = attempt(tree, cut, options, true)
  const size = keptSize(cut, first)
  if (size >= RESULT_SIZE_MIN) return first
  // A short text is a short page, or a page whose names mislead: ask again without them.
  const second = attempt(tree, cut, options, false)
  return keptSize(cut, second) > 2 * size ? second : first
}

function attempt(tree: FlatTree, cut: Cut, options: DecideOptions, names: boolean): Decision {
  const dropped = leaveOut(tree, cut, options, names)
  const weights = weigh(tree, cut, dropped, options)
  const main = choose(tree, cut, weights)
  return { kept: prune(tree, cut, dropped, main, weights, options), main, dropped }
}

function keptSize({ blocks }: Cut, { kept }: Decision): number {
  let size = 0
  for (let block = 0; block < blocks.count; block++) if (kept[block]) size += blocks.size[block] ?? 0
  return size
}

/** Non-link text of a block that reads as sentences, in bytes; 0 for anything else. */
function proseOf(cut: Cut, block: number): number {
  const { size, linkSize, stops, commas } = cut.blocks
  const text = (size[block] ?? 0) - (linkSize[block] ?? 0)
  if (text < 40 || (linkSize[block] ?? 0) > text) return 0
  return (stops[block] ?? 0) + (commas[block] ?? 0) > 0 || text > 120 ? text : 0
}

/** Adds each node's value to its parent, last rows first. */
function sumUp(tree: FlatTree, values: Float64Array): void {
  for (let node = tree.count - 1; node > 0; node--) {
    const up = tree.parent[node] ?? 0
    values[up] = (values[up] ?? 0) + (values[node] ?? 0)
  }
}

function leaveOut(tree: FlatTree, cut: Cut, options: DecideOptions, names: boolean): Uint8Array {
  const { blocks, own } = cut
  const prose = new Float64Array(tree.count)
  for (let block = 0; block < blocks.count; block++) {
    const node = blocks.container[block] ?? 0
    prose[node] = (prose[node] ?? 0) + proseOf(cut, block)
  }
  sumUp(tree, prose)
  const total = prose[0] ?? 0
  const commentProse = commentSize(tree, own, prose)
  const dropped = new Uint8Array(tree.count)
  for (let node = 1; node < tree.count; node++) {
    const inherited = dropped[tree.parent[node] ?? 0] ?? 0
    if (inherited !== 0) {
      dropped[node] = inherited
      continue
    }
    const flags = own[node] ?? 0
    if ((flags & (ASIDE | COMMENTS | HIDDEN)) === 0 || (!names && (flags & (BY_TAG | HIDDEN)) === 0)) continue
    const kind = tree.tag[node] ?? 0
    if (kind === Tag.body || kind === Tag.main) continue
    const mine = prose[node] ?? 0
    const share = total > 0 ? mine / total : 0
    if (
      (flags & COMMENTS) !== 0 &&
      !options.comments &&
      (share < NAMED_SHARE_MAX || total - commentProse > ARTICLE_SIZE_MIN)
    ) {
      dropped[node] = 1
    } else if ((flags & HIDDEN) !== 0) {
      if (share < TAGGED_SHARE_MAX) dropped[node] = NOT_SHOWN
    } else if ((flags & ASIDE) !== 0) {
      const max = (flags & (BY_TAG | FIRM)) !== 0 ? TAGGED_SHARE_MAX : (flags & BODY) !== 0 ? 0.1 : NAMED_SHARE_MAX
      if (share < max) dropped[node] = 1
    }
  }
  return dropped
}

/** Prose in elements named as comments, each counted once. */
function commentSize(tree: FlatTree, own: Uint16Array, prose: Float64Array): number {
  let size = 0
  for (let node = 1; node < tree.count; ) {
    if (((own[node] ?? 0) & COMMENTS) !== 0 && tree.tag[node] !== Tag.body) {
      size += prose[node] ?? 0
      node = tree.end[node] ?? node + 1
    } else node++
  }
  return size
}

/** A block with a dropped label at one end (a date before the text) stays. */
function isDropped({ blocks }: Cut, dropped: Uint8Array, block: number): boolean {
  return dropped[blocks.first[block] ?? 0] !== 0 && dropped[blocks.last[block] ?? 0] !== 0
}

function blockWeight(cut: Cut, block: number): number {
  const { size, linkSize, stops, flags } = cut.blocks
  const all = size[block] ?? 0
  const links = linkSize[block] ?? 0
  const text = all - links
  const context = flags[block] ?? 0
  if (links > all * 0.5) return -0.3 - Math.min(links, 200) / 400
  if ((context & IN_PRE) !== 0) return Math.min(text, 600) / 200
  const reads = (stops[block] ?? 0) > 0 || text > 150
  if (reads && text >= 50) {
    const weight = Math.min(text, 1000) / 100
    return (context & (IN_PARAGRAPH | IN_QUOTE)) !== 0 ? weight : weight * 0.8
  }
  if ((context & IN_HEADING) !== 0) return 0
  if ((context & IN_PARAGRAPH) !== 0) return text >= 30 ? 0.1 : -0.1
  return text >= 80 ? 0.2 : -0.2
}

/** Weight of each element: that of its own blocks, and what its children pass on. */
function weigh(tree: FlatTree, cut: Cut, dropped: Uint8Array, options: DecideOptions): Float64Array {
  const { blocks } = cut
  const byNode = new Float64Array(tree.count)
  for (let block = 0; block < blocks.count; block++) {
    const node = blocks.container[block] ?? 0
    if (isDropped(cut, dropped, block)) continue
    if (!options.tables && ((blocks.flags[block] ?? 0) & IN_TABLE) !== 0) continue
    byNode[node] = (byNode[node] ?? 0) + blockWeight(cut, block)
  }
  for (let node = tree.count - 1; node > 0; node--) {
    const sum = byNode[node] ?? 0
    const up = tree.parent[node] ?? 0
    const passed = !HOLDERS[tree.tag[node] ?? 0] ? sum : sum > 0 ? sum * DECAY : Math.max(sum * 0.5, LOSS)
    byNode[up] = (byNode[up] ?? 0) + passed
  }
  return byNode
}

/** What can hold an article: block elements but paragraphs, headings, items and their like. */
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
  'details',
  'ul',
  'ol',
  'dl',
  'table',
  'tbody',
  'pre',
  'li',
] as const) {
  HOLDERS[Tag[name]] = 1
}

/** The element with the greatest sum; names of the main text count for it, of several equal ones the innermost is taken. */
function choose(tree: FlatTree, cut: Cut, weights: Float64Array): number {
  let best = 0
  let bestScore = Number.NEGATIVE_INFINITY
  for (let node = 0; node < tree.count; node++) {
    if (!HOLDERS[tree.tag[node] ?? 0]) continue
    const weight = weights[node] ?? 0
    const score = weight > 0 && ((cut.own[node] ?? 0) & BODY) !== 0 ? weight * NAMED_FACTOR : weight
    if (score >= bestScore && score !== 0) {
      best = node
      bestScore = score
    }
  }
  return best
}

function prune(
  tree: FlatTree,
  cut: Cut,
  dropped: Uint8Array,
  main: number,
  weights: Float64Array,
  options: DecideOptions,
): Uint8Array {
  const { blocks } = cut
  const kept = new Uint8Array(blocks.count)
  const mainEnd = tree.end[main] ?? 0
  const pruned = pruneElements(tree, cut, dropped, main, weights)
  for (let block = 0; block < blocks.count; block++) {
    const first = blocks.first[block] ?? 0
    if (first < main || first >= mainEnd || pruned[blocks.container[block] ?? 0] || isDropped(cut, dropped, block))
      continue
    if (keepsBlock(cut, block, options)) kept[block] = 1
  }
  if (options.favor !== 'recall') trimEdges(cut, kept)
  if (options.comments) keepComments(tree, cut, dropped, kept)
  dropLoneHeadings(cut, kept)
  return kept
}

/** Comments often stand beside the element that holds the article. */
function keepComments(tree: FlatTree, cut: Cut, dropped: Uint8Array, kept: Uint8Array): void {
  const { blocks } = cut
  const inside = new Uint8Array(tree.count)
  for (let node = 1; node < tree.count; node++) {
    inside[node] = inside[tree.parent[node] ?? 0] || ((cut.own[node] ?? 0) & COMMENTS) !== 0 ? 1 : 0
  }
  for (let block = 0; block < blocks.count; block++) {
    if (inside[blocks.container[block] ?? 0] && !isDropped(cut, dropped, block) && proseOf(cut, block) > 0)
      kept[block] = 1
  }
}

/** Elements inside the main one that hold links or labels rather than text. */
function pruneElements(tree: FlatTree, cut: Cut, dropped: Uint8Array, main: number, weights: Float64Array): Uint8Array {
  const { blocks } = cut
  const size = new Float64Array(tree.count)
  const links = new Float64Array(tree.count)
  for (let block = 0; block < blocks.count; block++) {
    const node = blocks.container[block] ?? 0
    if (isDropped(cut, dropped, block)) continue
    size[node] = (size[node] ?? 0) + (blocks.size[block] ?? 0)
    links[node] = (links[node] ?? 0) + (blocks.linkSize[block] ?? 0)
  }
  sumUp(tree, size)
  sumUp(tree, links)
  const pruned = new Uint8Array(tree.count)
  const mainEnd = tree.end[main] ?? 0
  for (let node = main + 1; node < mainEnd; node++) {
    if (pruned[tree.parent[node] ?? 0]) {
      pruned[node] = 1
      continue
    }
    const kind = tree.tag[node] ?? 0
    const flags = FLAGS[kind] ?? 0
    if ((flags & BLOCK) === 0 || kind === Tag.p) continue
    const all = size[node] ?? 0
    if (all === 0) continue
    const density = (links[node] ?? 0) / all
    const weight = weights[node] ?? 0
    if (density > 0.6 || (weight < -0.5 && density > 0.25)) pruned[node] = 1
  }
  return pruned
}

function keepsBlock(cut: Cut, block: number, options: DecideOptions): boolean {
  const { size, linkSize, stops, flags } = cut.blocks
  const all = size[block] ?? 0
  const links = linkSize[block] ?? 0
  const context = flags[block] ?? 0
  if (!options.tables && (context & IN_TABLE) !== 0) return false
  if ((context & IN_CAPTION) !== 0 && options.favor === 'precision') return false
  if ((context & IN_HEADING) !== 0) return links < all * 0.9 || all > 20
  if (links > all * 0.6) return false
  if ((context & (IN_PRE | IN_PARAGRAPH | IN_QUOTE | IN_ITEM | IN_TABLE)) !== 0) return true
  return (stops[block] ?? 0) > 0 || all >= 40
}

/** Dates, names and labels before the first and behind the last paragraph. */
function trimEdges(cut: Cut, kept: Uint8Array): void {
  const { count } = cut.blocks
  let first = 0
  while (first < count && !(kept[first] && isSolid(cut, first))) first++
  if (first === count) return
  let last = count - 1
  while (!(kept[last] && isSolid(cut, last))) last--
  for (let block = 0; block < first; block++) if (((cut.blocks.flags[block] ?? 0) & IN_HEADING) === 0) kept[block] = 0
  for (let block = last + 1; block < count; block++) kept[block] = 0
}

function isSolid(cut: Cut, block: number): boolean {
  const { size, linkSize, stops, flags } = cut.blocks
  const text = (size[block] ?? 0) - (linkSize[block] ?? 0)
  if (((flags[block] ?? 0) & IN_HEADING) !== 0) return false
  return ((stops[block] ?? 0) > 0 && text >= 30) || text >= 100 || ((flags[block] ?? 0) & IN_PRE) !== 0
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
