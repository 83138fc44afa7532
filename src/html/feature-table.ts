/**
 * What the decision knows of each block, as whole numbers: one table, in the order of the model's columns. All sizes are
 * bytes of UTF-8, so nothing depends on spaces between words. Sources: boilerpipe (Kohlschütter et al. 2010: text and link
 * density of a block and its neighbours), Readability (best container, class words), Web2Text (Vogels et al. 2018: parents and
 * grandparents), and what pages repeat (lists of teasers, hidden copies).
 *
 * Shares are in 1/255. Values are cut at 32,767. Trees look at order only, so nothing is scaled.
 */

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

export function column(name: string): number {
  const at = COLUMN[name]
  if (at === undefined) throw new Error(`no feature ${name}`)
  return at
}

/**
 * Blocks that are looked at together: the table of their features stays in the cache. No power of two, which would put all
 * columns into the same few lines of it.
 */
export const ROWS = 264

export function cap(value: number): number {
  return value > 32_767 ? 32_767 : value | 0
}

export function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : ((part * 255) / whole) | 0
}
