/**
 * Tables of data as pipe tables (GitHub Flavored Markdown, 4.10). The first row is taken for the header; a cell that spans
 * several places stands in the first of them. Tables that only lay out a page are told apart by what their cells hold.
 */
import { attribute } from './attributes.js'
import { IN_HEADING, IN_PRE } from './blocks.js'
import type { Page } from './markdown.js'
import { type InlineOptions, inlineMarkdown, type Place } from './markdown-inline.js'
import { childrenOf } from './mathml.js'
import { Tag } from './tags.js'
import { afterPermalink, beforePermalink, cellAround } from './text.js'

/** Bytes of text and number of blocks up to which a cell is one of data. */
const CELL_SIZE_MAX = 1000
const CELL_BLOCKS_MAX = 12
const COLUMNS_MAX = 100

/** The table whose cell a block stands in, 0 when there is none. */
export function tableAround({ tree, cut }: Page, block: number): number {
  let node = cellAround(tree, cut, block)
  while (node > 0 && tree.tag[node] !== Tag.table) node = tree.parent[node] ?? 0
  return node
}

/** Paragraphs of lines: a title that fills the first row, and the table. Null where it is none of data. */
export function tableMarkdown(page: Page, block: number, table: number, options: InlineOptions): string[][] | null {
  const cells = cellsOf(page, block, table)
  if (cells === null) return null
  const rows = rowsOf(page, table, cells, options)
  const title = rows.length > 2 && rows[0]?.filter((cell) => cell !== '').length === 1 && (rows[1]?.length ?? 0) > 1
  const body = withoutEmptyColumns(title ? rows.slice(1) : rows)
  const columns = body[0]?.length ?? 0
  if (columns < 2 || body.length < 2) return null
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`.replaceAll('  ', ' ')
  const [header = [], ...rest] = body
  const lines = [line(header), line(header.map(() => '---')), ...rest.map(line)]
  return title ? [rows[0]?.filter((cell) => cell !== '') ?? [], lines] : [lines]
}

/** Kept blocks by cell; null where what the cells hold is no data. */
function cellsOf({ tree, cut, kept }: Page, block: number, table: number): Map<number, number[]> | null {
  const { blocks } = cut
  const end = tree.end[table] ?? 0
  const cells = new Map<number, number[]>()
  let cell = 0
  let size = 0
  for (let i = block; i < blocks.count && (blocks.first[i] ?? 0) < end; i++) {
    if (!kept[i]) continue
    if (((blocks.flags[i] ?? 0) & (IN_PRE | IN_HEADING)) !== 0) return null
    const mine = cellAround(tree, cut, i)
    if (mine === 0) continue
    if (mine !== cell) size = 0
    cell = mine
    size += blocks.size[i] ?? 0
    const list = cells.get(mine) ?? []
    list.push(i)
    cells.set(mine, list)
    if (size > CELL_SIZE_MAX || list.length > CELL_BLOCKS_MAX) return null
  }
  return cells
}

const IN_CELL: Place = { inHeading: false, inCell: true }

function rowsOf(
  page: Page,
  table: number,
  cells: ReadonlyMap<number, readonly number[]>,
  options: InlineOptions,
): string[][] {
  const { tree } = page
  const rows: string[][] = []
  /** By column: rows below that the cell above still spans. */
  const spanned: number[] = []
  for (let node = table + 1; node < (tree.end[table] ?? 0); node++) {
    if (tree.tag[node] !== Tag.tr) continue
    const row: string[] = []
    const skip = () => {
      while ((spanned[row.length] ?? 0) > 0 && row.length < COLUMNS_MAX) {
        spanned[row.length] = (spanned[row.length] ?? 0) - 1
        row.push('')
      }
    }
    for (const cell of childrenOf(tree, node)) {
      if (tree.tag[cell] !== Tag.td && tree.tag[cell] !== Tag.th) continue
      skip()
      const text = cellMarkdown(page, cells.get(cell) ?? [], options)
      const [wide, high] = [span(page, cell, 'colspan'), span(page, cell, 'rowspan')]
      for (let i = 0; i < wide && row.length < COLUMNS_MAX; i++) {
        spanned[row.length] = high - 1
        row.push(i === 0 ? text : '')
      }
    }
    skip()
    if (row.some((cell) => cell !== '')) rows.push(row)
  }
  const columns = Math.max(0, ...rows.map((row) => row.length))
  return rows.map((row) => [...row, ...Array<string>(columns - row.length).fill('')])
}

function span({ tree }: Page, cell: number, name: 'colspan' | 'rowspan'): number {
  const value = Number.parseInt(attribute(tree, cell, name, 8) ?? '1', 10)
  return value >= 1 && value <= COLUMNS_MAX ? value : 1
}

function cellMarkdown({ tree, cut, leftOut }: Page, blocks: readonly number[], options: InlineOptions): string {
  return blocks
    .map((block) => {
      const [first, last] = [cut.blocks.first[block] ?? 0, cut.blocks.last[block] ?? 0]
      const [from, to] = [afterPermalink(tree, first, last), beforePermalink(tree, first, last)]
      return inlineMarkdown(tree, cut, from, to, leftOut, options, IN_CELL).line
    })
    .filter((line) => line !== '')
    .join('<br>')
}

function withoutEmptyColumns(rows: readonly (readonly string[])[]): string[][] {
  const filled = (rows[0] ?? []).map((_, column) => rows.some((row) => row[column] !== ''))
  return rows.map((row) => row.filter((_, column) => filled[column]))
}
