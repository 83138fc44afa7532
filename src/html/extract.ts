/**
 * Main text of a page by the `millrace` engine: scan into a flat tree, cut into blocks, decide, write out. Pure, and linear
 * in the page's length.
 */
import { type Cut, cutBlocks } from './blocks.js'
import type { PageSource } from './charset.js'
import { type DecideOptions, decide } from './decide.js'
import { type Page, writeMarkdown } from './markdown.js'
import { baseUrlOf, type PageMetadata, readMetadata } from './metadata.js'
import { release, scan } from './scan.js'
import { type PageSpan, spansOf } from './spans.js'
import { writeText } from './text.js'

export type { DecideOptions, Favor } from './decide.js'
export type { PageSpan } from './spans.js'

export interface ExtractOptions extends DecideOptions {
  /** `text` (default): one line a block. `markdown`: CommonMark with pipe tables. */
  readonly format?: 'text' | 'markdown'
  /** Addresses of links and images, in Markdown. */
  readonly links?: boolean
  readonly images?: boolean
  /** The page's own address, which others are relative to; '' when unknown. */
  readonly pageUrl?: string
}

export interface Extraction extends PageMetadata {
  /** '' when nothing reads as main text. */
  readonly text: string
  /** Share of the kept text that lies in links, in [0, 1]. */
  readonly linkDensity: number
  /** Kept text as a share of all visible text of the page, in [0, 1]. */
  readonly extractedShare: number
  /** The page has more nodes than the scanner takes: the text is of its first part only. */
  readonly truncated: boolean
}

/** `page` is a decoded page, or one opened by `openPage`. */
export function extractMainText(page: string | PageSource, options: ExtractOptions): Extraction {
  return extracted(page, options, (chosen) => ({ text: textOf(chosen, options) }))
}

/** The same as plain text, and where each part of it stands in the page. */
export function extractWithSpans(
  page: string | PageSource,
  options: ExtractOptions,
): Extraction & { readonly spans: readonly PageSpan[] } {
  return extracted(page, options, (chosen) => ({
    text: textOf(chosen, { ...options, format: 'text' }),
    spans: spansOf(chosen),
  }))
}

function extracted<T>(
  page: string | PageSource,
  options: ExtractOptions,
  write: (chosen: Page) => T,
): T & Omit<Extraction, 'text'> {
  const tree = scan(typeof page === 'string' ? page : page.page)
  try {
    const cut = cutBlocks(tree)
    const { kept, dropped: leftOut } = decide(tree, cut, options)
    return {
      ...write({ tree, cut, kept, leftOut }),
      ...shares(cut, kept),
      truncated: tree.truncated,
      ...readMetadata(tree, cut, options.pageUrl),
    }
  } finally {
    release(tree)
  }
}

function textOf({ tree, cut, kept, leftOut }: Page, options: Omit<ExtractOptions, keyof DecideOptions>): string {
  if (options.format !== 'markdown') return writeText(tree, cut, kept, leftOut)
  const baseUrl = baseUrlOf(tree, options.pageUrl ?? '')
  const { links = false, images = false } = options
  return writeMarkdown({ tree, cut, kept, leftOut }, { links, images, baseUrl })
}

/** All visible text of a page or fragment. */
export function allText(html: string, options: Omit<ExtractOptions, keyof DecideOptions> = {}): string {
  const tree = scan(html)
  try {
    const cut = cutBlocks(tree)
    return textOf(
      { tree, cut, kept: new Uint8Array(cut.blocks.count).fill(1), leftOut: new Uint8Array(tree.count) },
      options,
    )
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
