/**
 * Main text of a page by the `millrace` engine: scan into a flat tree, cut into blocks, decide, write out. Pure, and linear
 * in the page's length.
 */
import { type Cut, cutBlocks } from './blocks.js'
import type { PageSource } from './charset.js'
import { type DecideOptions, decide } from './decide.js'
import { type PageMetadata, readMetadata } from './metadata.js'
import { release, scan } from './scan.js'
import { writeText } from './text.js'

export type { DecideOptions, Favor } from './decide.js'

export interface Extraction extends PageMetadata {
  /** One line a block, '' when nothing reads as main text. */
  readonly text: string
  /** Share of the kept text that lies in links, in [0, 1]. */
  readonly linkDensity: number
  /** Kept text as a share of all visible text of the page, in [0, 1]. */
  readonly extractedShare: number
  /** The page has more nodes than the scanner takes: the text is of its first part only. */
  readonly truncated: boolean
}

/** `page` is a decoded page, or one opened by `openPage`. */
export function extractMainText(page: string | PageSource, options: DecideOptions): Extraction {
  const tree = scan(typeof page === 'string' ? page : page.page)
  try {
    const cut = cutBlocks(tree)
    const { kept, dropped } = decide(tree, cut, options)
    return {
      text: writeText(tree, cut, kept, dropped),
      ...shares(cut, kept),
      truncated: tree.truncated,
      ...readMetadata(tree),
    }
  } finally {
    release(tree)
  }
}

/** All visible text of a page or fragment, one line a block. */
export function allText(html: string): string {
  const tree = scan(html)
  try {
    const cut = cutBlocks(tree)
    return writeText(tree, cut, new Uint8Array(cut.blocks.count).fill(1), new Uint8Array(tree.count))
  } finally {
    release(tree)
  }
}

function shares({ blocks }: Cut, kept: Uint8Array): { linkDensity: number; extractedShare: number } {
  let all = 0
  let mine = 0
  let links = 0
  for (let block = 0; block < blocks.count; block++) {
    const size = blocks.size[block] ?? 0
    all += size
    if (!kept[block]) continue
    mine += size
    links += blocks.linkSize[block] ?? 0
  }
  return { linkDensity: mine === 0 ? 0 : links / mine, extractedShare: all === 0 ? 0 : mine / all }
}
