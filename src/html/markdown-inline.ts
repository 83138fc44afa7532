/** One line of Markdown from the nodes of a block: emphasis, code, links, images and formulas; everything else is its text. */
import { attribute } from './attributes.js'
import type { Cut } from './blocks.js'
import { NOT_SHOWN } from './decide.js'
import { decodeEntities } from './entities.js'
import { canEmphasize, codeSpan, destination, escapeText } from './markdown-escape.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, SKIPPED, Tag, TEXT } from './tags.js'

export interface InlineOptions {
  readonly links: boolean
  readonly images: boolean
  /** Addresses are resolved against it; '' leaves them as written. */
  readonly baseUrl: string
}

/** Where a line stands: what is redundant or has to be escaped there. */
export interface Place {
  readonly inHeading: boolean
  readonly inCell: boolean
}

type Style = '' | '*' | '**' | 'code' | 'asis'

interface Run {
  text: string
  readonly style: Style
  /** Address of the link that it is in, '' for none. */
  readonly link: string
}

/** @returns the line, and whether it begins with text rather than with markup */
export function inlineMarkdown(
  tree: FlatTree,
  cut: Cut,
  first: number,
  last: number,
  leftOut: Uint8Array,
  options: InlineOptions,
  place: Place,
): { readonly line: string; readonly startsWithText: boolean } {
  const runs = spaced(collect(tree, cut, first, last, leftOut, options, place))
  const parts: string[] = []
  for (let i = 0; i < runs.length; ) {
    const { link } = runs[i] ?? { link: '' }
    let end = i + 1
    while (link !== '' && end < runs.length && runs[end]?.link === link) end++
    if (link === '') write(parts, runs, i, end, place, false)
    else {
      const inside: string[] = []
      write(inside, runs, i, end, place, true)
      parts.push(`[${inside.join('')}](${link})`)
    }
    i = end
  }
  const line = parts.join('')
  return { line, startsWithText: startsWithText(line, runs[0]) }
}

function startsWithText(line: string, first: Run | undefined): boolean {
  if (first === undefined || first.link !== '') return false
  // Emphasis that could not be written is text.
  return (
    first.style === '' ||
    (isEmphasis(first.style) && (!line.startsWith(first.style) || line.charAt(first.style.length) === ' '))
  )
}

function collect(
  tree: FlatTree,
  { formulas }: Cut,
  first: number,
  last: number,
  leftOut: Uint8Array,
  options: InlineOptions,
  { inHeading }: Place,
): Run[] {
  const { tag, end, parent } = tree
  const runs: Run[] = []
  let parentBefore = -1
  let format: { style: Style; link: string } = { style: '', link: '' }
  for (let node = first; node <= last; ) {
    const kind = tag[node] ?? 0
    const next = end[node] ?? node + 1
    if (leftOut[node] === NOT_SHOWN) {
      node = next
      continue
    }
    const formula = formulas?.get(node)
    const isImage = kind === Tag.img && options.images
    if (kind !== TEXT && formula === undefined && !isImage) {
      node = ((FLAGS[kind] ?? 0) & SKIPPED) !== 0 ? next : node + 1
      continue
    }
    const up = parent[node] ?? 0
    if (up !== parentBefore) format = formatOf(tree, up, options, inHeading)
    parentBefore = up
    if (formula !== undefined) add(runs, formula, 'asis', format.link)
    else if (isImage) add(runs, imageMarkdown(tree, node, options), 'asis', format.link)
    else add(runs, decodeEntities(tree.slice(tree.from[node] ?? 0, tree.to[node] ?? 0)), format.style, format.link)
    node = next
  }
  return runs
}

function add(runs: Run[], text: string, style: Style, link: string): void {
  const before = runs.at(-1)
  if (text === '') return
  if (before !== undefined && before.style === style && before.link === link) before.text += text
  else runs.push({ text, style, link })
}

/** What the elements around a text make of it. Emphasis does not nest: the stronger one counts. */
function formatOf(
  tree: FlatTree,
  node: number,
  options: InlineOptions,
  inHeading: boolean,
): { style: Style; link: string } {
  let style: Style = ''
  let link = ''
  for (let up = node; up > 0 && INLINE[tree.tag[up] ?? 0]; up = tree.parent[up] ?? 0) {
    const kind = tree.tag[up] ?? 0
    if (kind === Tag.a && options.links && link === '') link = linkOf(tree, up, options.baseUrl)
    const mark = MARKS.get(kind)
    if (mark === 'code' || (mark === '**' && style !== 'code' && !inHeading) || (mark === '*' && style === ''))
      style = mark
  }
  return { style, link }
}

const MARKS: ReadonlyMap<number, Style> = new Map<number, Style>([
  [Tag.em, '*'],
  [Tag.i, '*'],
  [Tag.strong, '**'],
  [Tag.b, '**'],
  [Tag.code, 'code'],
  [Tag.tt, 'code'],
  [Tag.kbd, 'code'],
  [Tag.samp, 'code'],
])

/** 1 for all elements that stand in a line. */
const INLINE = new Uint8Array(256)
for (const [, id] of Object.entries(Tag)) INLINE[id] = ((FLAGS[id] ?? 0) & BLOCK) === 0 ? 1 : 0

/** White space collapsed over all runs, none at the ends, and none at the inner side of emphasis and code. */
function spaced(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  let space = true
  runs.forEach(({ text, style, link }, i) => {
    let words = text.replace(CONTROL, '').replace(/\s+/g, ' ')
    if (space && words.startsWith(' ')) words = words.slice(1)
    if (words === '') return
    space = words.endsWith(' ')
    // A space between two parts of one link is of the link.
    if (words.startsWith(' ')) add(out, ' ', '', out.at(-1)?.link === link ? link : '')
    add(out, words.trim(), style, link)
    if (space && words !== ' ') add(out, ' ', '', runs[i + 1]?.link === link ? link : '')
  })
  const last = out.at(-1)
  if (last !== undefined) last.text = last.text.trimEnd()
  if (last?.text === '') out.pop()
  return out
}
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g

/** Appends runs [from, to) to the parts of a line, or of the text of a link. */
function write(
  parts: string[],
  runs: readonly Run[],
  from: number,
  to: number,
  { inCell }: Place,
  inLink: boolean,
): void {
  for (let i = from; i < to; i++) {
    const { text, style } = runs[i] ?? { text: '', style: '' }
    const last = parts.at(-1) ?? ''
    const before = last === '' && inLink ? '[' : lastOf(last)
    const next = i + 1 < to || !inLink ? runs[i + 1] : undefined
    const behind = next === undefined ? (inLink ? ']' : '') : startOf(next, inLink)
    if (style === 'asis') parts.push(inCell ? withoutBars(text) : text)
    else if (style === 'code') parts.push(inCell ? codeSpan(text).replaceAll('|', '\\|') : codeSpan(text))
    else if (isEmphasis(style) && !last.endsWith('*') && canEmphasize(text, before, behind)) {
      parts.push(style + escapeText(text, { before: '*', behind: '*', inLink, inCell }) + style)
    } else {
      const mark = next !== undefined && isEmphasis(next.style) && behind !== '[' ? '*' : behind
      parts.push(escapeText(text, { before, behind: mark, inLink, inCell }))
    }
  }
}

/** A formula in a cell: bars would end it. */
function withoutBars(formula: string): string {
  return formula.replace(/\\?\|/g, (bar) => (bar === '|' ? '\\vert ' : '\\Vert '))
}

function isEmphasis(style: Style): boolean {
  return style === '*' || style === '**'
}

/** The character that a run begins with, as a reader of Markdown sees it. */
function startOf(run: Run, inLink: boolean): string {
  return run.link !== '' && !inLink ? '[' : run.style === 'code' ? '`' : (/^./u.exec(run.text)?.[0] ?? '')
}

function lastOf(text: string): string {
  return /.$/u.exec(text.slice(-2))?.[0] ?? ''
}

/** `![alternative text](address)`, '' for images that show nothing: no address, data, counting pixels. */
export function imageMarkdown(tree: FlatTree, node: number, { baseUrl }: InlineOptions): string {
  const pixel = /^[01](?:px)?$/
  if (pixel.test(attribute(tree, node, 'width', 10) ?? '') || pixel.test(attribute(tree, node, 'height', 10) ?? ''))
    return ''
  const names = ['data-src', 'data-original', 'data-lazy-src', 'src']
  const written = names
    .map((name) => attribute(tree, node, name)?.trim() ?? '')
    .find((value) => /^(?!data:)./i.test(value))
  const address = resolved(written ?? '', baseUrl)
  if (address === '') return ''
  const alternative = (attribute(tree, node, 'alt') ?? '').replace(CONTROL, '').replace(/\s+/g, ' ').trim()
  return `![${escapeText(alternative, { before: '', behind: '', inLink: true, inCell: true })}](${destination(address)})`
}

function linkOf(tree: FlatTree, node: number, baseUrl: string): string {
  const written = (attribute(tree, node, 'href') ?? '').trim()
  if (written.startsWith('#') || /^(?:javascript|data|vbscript):/i.test(written)) return ''
  return destination(resolved(written, baseUrl))
}

/** An address, absolute where that can be said; '' for none and for one that is malformed. */
export function resolved(address: string, baseUrl: string): string {
  const clean = address.replace(CONTROL, '').replace(/[\t\n\r]/g, '')
  if (clean === '' || baseUrl === '') return clean
  return URL.canParse(clean, baseUrl) ? new URL(clean, baseUrl).href : ''
}
