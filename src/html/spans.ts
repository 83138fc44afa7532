/**
 * Where the text stands in the page: for each run of text, its range in the text and that of the markup it was read from.
 * Computed on demand, by writing the text once more and keeping note of the nodes.
 */
import { collapse } from './clean.js'
import { codeText, type Trace } from './code.js'
import type { Page } from './markdown.js'
import { afterPermalink, beforePermalink, eachLine, rawText, type TextLine } from './text.js'

/** All in UTF-16 units, ends exclusive: of the text, and of the decoded page (`decodePage`, without a byte order mark). */
export interface PageSpan {
  readonly start: number
  readonly end: number
  readonly htmlStart: number
  readonly htmlEnd: number
}

/** Spans in the order of the text, those of a page's text nodes; white space between words belongs to none. */
export function spansOf(page: Page): PageSpan[] {
  const { tree, cut, kept, leftOut } = page
  const spans: PageSpan[] = []
  const places = new Places(page)
  let at = 0
  eachLine(tree, cut, kept, leftOut, (line) => {
    at += line.separator.length
    const trace: Trace = { nodes: [], starts: [] }
    const raw = tracedText(page, line, trace)
    const offsets = line.pre === 0 ? collapsedOffsets(raw) : preformattedOffsets(raw)
    trace.nodes.forEach((node, i) => {
      const run = rangeOf(raw, offsets, trace.starts[i] ?? 0, trace.starts[i + 1] ?? raw.length)
      if (run === null || run.end > line.text.length) return
      spans.push({ start: at + run.start, end: at + run.end, ...places.of(node) })
    })
    at += line.text.length
  })
  return spans
}

function tracedText({ tree, cut, leftOut }: Page, { block, pre, text }: TextLine, trace: Trace): string {
  if (pre !== 0) return codeText(tree, cut, leftOut, pre, trace)
  const first = cut.blocks.first[block] ?? 0
  const last = cut.blocks.last[block] ?? 0
  const raw = rawText(tree, cut, first, last, leftOut, trace)
  if (collapse(raw) === text) return raw
  trace.nodes.length = trace.starts.length = 0
  return rawText(tree, cut, afterPermalink(tree, first, last), beforePermalink(tree, first, last), leftOut, trace)
}

/** Offsets in the written line of the characters of [from, to); null where none of them but white space is written. */
function rangeOf(raw: string, offsets: Int32Array, from: number, to: number): { start: number; end: number } | null {
  let first = from
  while (first < to && ((offsets[first] ?? -1) < 0 || SPACE.test(raw.charAt(first)))) first++
  if (first === to) return null
  let last = to - 1
  while ((offsets[last] ?? -1) < 0 || SPACE.test(raw.charAt(last))) last--
  return { start: offsets[first] ?? 0, end: (offsets[last] ?? 0) + 1 }
}

const SPACE = /\s/
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/

/** Where each unit of a raw text goes in `collapse` of it, -1 where it goes. */
function collapsedOffsets(raw: string): Int32Array {
  const offsets = new Int32Array(raw.length).fill(-1)
  let out = 0
  let isPending = false
  let isStarted = false
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charAt(i)
    if (SPACE.test(c)) {
      isPending = isStarted
      continue
    }
    if (isPending) out++
    isPending = false
    isStarted = true
    if (!CONTROL.test(c)) offsets[i] = out++
  }
  return offsets
}

/** The same for `preformatted`. */
function preformattedOffsets(raw: string): Int32Array {
  const offsets = new Int32Array(raw.length).fill(-1)
  let out = 0
  let isStarted = false
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charAt(i)
    if (c === '\r' && raw.charAt(i + 1) === '\n') continue
    if (c !== '\r' && CONTROL.test(c)) continue
    if (!isStarted && (c === '\n' || c === '\r')) continue
    isStarted = true
    offsets[i] = out++
  }
  return offsets
}

/** Ranges of nodes in the decoded page. They are asked for in order, so the page is measured once. */
class Places {
  private from = 0
  private units = 0

  constructor(private readonly page: Page) {}

  of(node: number): { readonly htmlStart: number; readonly htmlEnd: number } {
    const { tree, cut } = this.page
    if (!cut.formulas?.has(node))
      return { htmlStart: this.at(tree.from[node] ?? 0), htmlEnd: this.at(tree.to[node] ?? 0) }
    const last = (tree.end[node] ?? 1) - 1
    const htmlStart = this.at(tree.from[node] ?? 0)
    return { htmlStart, htmlEnd: this.at(Math.max(tree.to[node] ?? 0, tree.to[last] ?? 0)) }
  }

  private at(place: number): number {
    if (place < this.from) this.from = this.units = 0
    this.units += this.page.tree.slice(this.from, place).length
    this.from = place
    return this.units
  }
}
