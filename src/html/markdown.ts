/**
 * Chosen blocks as Markdown (CommonMark 0.31.2, tables of GitHub Flavored Markdown): headings, nested lists, quotes, code
 * with its white space, tables of data; emphasis, links and images inside of lines. Left out: what CommonMark has no
 * spelling for (captions, terms and definitions are paragraphs, superscripts are text), and lists and quotes nested deeper
 * than `LEVELS_MAX`, which go on at that level. Linear in the page and the output.
 */
import { attribute } from './attributes.js'
import type { Cut } from './blocks.js'
import { detached, preformatted } from './clean.js'
import { codeText, isGutter, Preformatted } from './code.js'
import { codeLanguage } from './code-language.js'
import { escapeLineStart, longestRun } from './markdown-escape.js'
import { type InlineOptions, imageMarkdown, inlineMarkdown, type Place } from './markdown-inline.js'
import { tableAround, tableMarkdown } from './markdown-table.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, HEADING, Tag } from './tags.js'
import { afterPermalink, beforePermalink } from './text.js'

const LEVELS_MAX = 16

export interface Page {
  readonly tree: FlatTree
  readonly cut: Cut
  /** 1 by block. */
  readonly kept: Uint8Array
  /** By node: see `Decision.dropped`. */
  readonly leftOut: Uint8Array
}

export function writeMarkdown(page: Page, options: InlineOptions): string {
  const { tree, cut, kept } = page
  const { blocks } = cut
  const writer = new Writer(tree)
  const preElements = new Preformatted(tree, cut)
  const layouts = new Set<number>()
  let at = 0
  let written = -1
  while (at < blocks.count) {
    if (!kept[at]) {
      at++
      continue
    }
    const first = blocks.first[at] ?? 0
    if (written >= 0) between(page, written + 1, first, writer, options)
    const pre = preElements.around(at)
    const end = pre === 0 ? one(page, at, writer, options, layouts) : code(page, at, pre, writer)
    written = Math.max(written, blocks.last[end - 1] ?? 0)
    at = end
  }
  return detached(writer.text)
}

/**
 * Writes what begins with a block: a table, a heading or a paragraph. Gives the block behind it.
 * @param layouts tables that turned out to be none of data
 */
function one(page: Page, block: number, writer: Writer, options: InlineOptions, layouts: Set<number>): number {
  const { tree, cut } = page
  const table = tableAround(page, block)
  if (table !== 0 && !layouts.has(table)) {
    const lines = tableMarkdown(page, block, table, options)
    if (lines !== null) {
      for (const part of lines) writer.write(part, table)
      return behind(page, block, tree.end[table] ?? 0)
    }
    layouts.add(table)
  }
  const heading = headingAround(tree, cut.blocks.container[block] ?? 0)
  return heading === 0 ? paragraph(page, block, writer, options) : writeHeading(page, block, heading, writer, options)
}

function behind({ cut }: Page, block: number, node: number): number {
  let next = block + 1
  while (next < cut.blocks.count && (cut.blocks.first[next] ?? 0) < node) next++
  return next
}

function code(page: Page, block: number, pre: number, writer: Writer): number {
  const { tree, cut, leftOut } = page
  const text = preformatted(codeText(tree, cut, leftOut, pre, null))
  const container = cut.blocks.container[block] ?? 0
  if (text !== '' && !isGutter(tree, text, container)) {
    const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1))
    writer.write([fence + codeLanguage(tree, pre), ...text.split('\n'), fence], pre)
  }
  return behind(page, block, tree.end[pre] ?? 0)
}

const IN_LINE: Place = { inHeading: false, inCell: false }
const IN_HEADING: Place = { inHeading: true, inCell: false }

function writeHeading(page: Page, block: number, heading: number, writer: Writer, options: InlineOptions): number {
  const end = behind(page, block, page.tree.end[heading] ?? 0)
  const parts: string[] = []
  for (let i = block; i < end; i++) if (page.kept[i]) parts.push(blockLine(page, i, options, IN_HEADING).line)
  const line = parts.filter((part) => part !== '').join(' ')
  const level = (page.tree.tag[heading] ?? Tag.h1) - Tag.h1 + 1
  // A row of # at the end would be taken for a closing one.
  if (line !== '') writer.write([`${'#'.repeat(level)} ${line.replace(/(^|\s)(#+)$/, '$1\\$2')}`], heading)
  return end
}

/** A paragraph: its block, and those that only single line breaks part from it. */
function paragraph(page: Page, block: number, writer: Writer, options: InlineOptions): number {
  const { blocks } = page.cut
  const container = blocks.container[block] ?? 0
  const lines: string[] = []
  let at = block
  for (;;) {
    const { line, startsWithText } = blockLine(page, at, options, IN_LINE)
    if (line !== '') lines.push(startsWithText ? escapeLineStart(line) : line)
    at++
    if (at >= blocks.count || !page.kept[at] || blocks.container[at] !== container) break
    if (!isSingleBreak(page.tree, (blocks.last[at - 1] ?? 0) + 1, blocks.first[at] ?? 0)) break
  }
  const last = lines.length - 1
  if (last >= 0)
    writer.write(
      lines.map((line, i) => (i < last ? `${line}  ` : line)),
      container,
    )
  return at
}

function blockLine(
  { tree, cut, leftOut }: Page,
  block: number,
  options: InlineOptions,
  place: Place,
): { readonly line: string; readonly startsWithText: boolean } {
  const first = cut.blocks.first[block] ?? 0
  const last = cut.blocks.last[block] ?? 0
  const [from, to] = [afterPermalink(tree, first, last), beforePermalink(tree, first, last)]
  return inlineMarkdown(tree, cut, from, to, leftOut, options, place)
}

function isSingleBreak(tree: FlatTree, from: number, to: number): boolean {
  let breaks = 0
  for (let node = from; node < to; node++) {
    const kind = tree.tag[node] ?? 0
    if (kind === Tag.br) breaks++
    if (((FLAGS[kind] ?? 0) & BLOCK) !== 0 || breaks > 1) return false
  }
  return breaks === 1
}

function headingAround(tree: FlatTree, container: number): number {
  for (let node = container, i = 0; node > 0 && i < 8; node = tree.parent[node] ?? 0, i++)
    if (((FLAGS[tree.tag[node] ?? 0] ?? 0) & HEADING) !== 0) return node
  return 0
}

/** Breaks, and images where they are asked for, between two kept blocks. */
function between({ tree, leftOut }: Page, from: number, to: number, writer: Writer, options: InlineOptions): void {
  for (let node = from; node < to; ) {
    const kind = tree.tag[node] ?? 0
    if (leftOut[node]) {
      node = tree.end[node] ?? node + 1
      continue
    }
    if (kind === Tag.hr) writer.write(['---'], node)
    if (kind === Tag.img && options.images) {
      const image = imageMarkdown(tree, node, options)
      if (image !== '') writer.write([image], node)
    }
    node++
  }
}

interface Level {
  /** The item or quote. */
  readonly node: number
  /** Stands before its first line, and before all others. */
  first: string
  readonly rest: string
}

/** Puts lines below each other, each behind the marks of the lists and quotes that it stands in. */
class Writer {
  text = ''
  private open: Level[] = []
  /** By level: the list whose item was written last, and its mark. */
  private readonly lists: { list: number; ordered: boolean; mark: string }[] = []
  private readonly numbers = new Map<number, number>()

  constructor(private readonly tree: FlatTree) {}

  /** @param node where the lines come from */
  write(lines: readonly string[], node: number): void {
    const chain = this.levelsAround(node)
    let common = 0
    while (common < chain.length && this.open[common]?.node === chain[common]) common++
    this.open.length = common
    const isNext = this.enter(chain, common)
    if (this.text !== '') this.text += isNext ? '\n' : `\n${this.prefixOf(common).trimEnd()}\n`
    lines.forEach((line, i) => {
      this.text += (i > 0 ? '\n' : '') + (this.prefix() + line).replace(/^\s+$/, '')
    })
  }

  /** Opens items and quotes. Whether the lines follow those before as the next item of a tight list. */
  private enter(chain: readonly number[], common: number): boolean {
    let isNext = false
    for (let level = common; level < chain.length; level++) {
      const node = chain[level] ?? 0
      if (this.tree.tag[node] === Tag.blockquote) {
        this.lists.length = Math.min(this.lists.length, level)
        this.open.push({ node, first: '> ', rest: '> ' })
        continue
      }
      const { mark, follows } = this.item(node, level)
      if (level === common) isNext = follows
      this.open.push({ node, first: mark, rest: ' '.repeat(mark.length) })
    }
    if (chain.length === common) this.lists.length = Math.min(this.lists.length, common)
    return isNext
  }

  /** Mark of an item. It follows what is before without a blank line if that is an item of its list, or the text above. */
  private item(node: number, level: number): { readonly mark: string; readonly follows: boolean } {
    const list = this.tree.parent[node] ?? 0
    const ordered = this.tree.tag[list] === Tag.ol
    const before = this.lists[level]
    const number = this.numbers.get(list) ?? startOf(this.tree, list)
    this.numbers.set(list, number + 1)
    let mark = ordered ? '.' : '-'
    // Two lists in a row are told apart by their marks.
    if (before !== undefined && before.list !== list && before.ordered === ordered && before.mark === mark)
      mark = ordered ? ')' : '*'
    if (before?.list === list) mark = before.mark
    this.lists.length = level
    while (this.lists.length < level) this.lists.push({ list: 0, ordered: false, mark: '' })
    this.lists[level] = { list, ordered, mark }
    const isFirstInside = before === undefined && level > 0 && (!ordered || number === 1)
    return { mark: ordered ? `${number}${mark} ` : `${mark} `, follows: before?.list === list || isFirstInside }
  }

  private prefixOf(levels: number): string {
    let prefix = ''
    for (let i = 0; i < levels; i++) prefix += this.open[i]?.rest ?? ''
    return prefix
  }

  private prefix(): string {
    let prefix = ''
    for (const level of this.open) {
      prefix += level.first
      level.first = level.rest
    }
    return prefix
  }

  /** Items and quotes around a node, the outermost first. */
  private levelsAround(node: number): number[] {
    const { tag, parent } = this.tree
    const chain: number[] = []
    for (let up = node; up > 0; up = parent[up] ?? 0)
      if (tag[up] === Tag.li || tag[up] === Tag.blockquote) chain.push(up)
    return chain.reverse().slice(0, LEVELS_MAX)
  }
}

function startOf(tree: FlatTree, list: number): number {
  const start = Number(attribute(tree, list, 'start', 12) ?? '')
  return tree.tag[list] === Tag.ol && Number.isInteger(start) && start >= 0 && start < 1e8 && start !== 0 ? start : 1
}
