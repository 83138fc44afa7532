/**
 * Formulas of a page as TeX: MathML, what MathJax 2 to 4 and KaTeX have made of TeX, and images that carry it. Each comes out
 * once, as `$…$`, or `$$…$$` where it is displayed; its visual copies (spans of letters, fallback images) are passed over.
 * TeX that stands in the text as it is, `\(…\)` say, is text like any other.
 */
import { attribute, mayBegin } from './attributes.js'
import { elementName, texOfElement, textIn } from './mathml.js'
import type { FlatTree } from './scan.js'
import { BLOCK, FLAGS, OTHER, Tag, TEXT } from './tags.js'
import { FORMULA_CLASS } from './words.js'

/** A formula that needs more nodes, or holds block elements, is an element that was never closed: it is read as text. */
const NODES_MAX = 20_000
const TEX_LENGTH_MAX = 20_000
/** How far into a rendered formula its MathML is looked for, and how many siblings on its script. */
const SEARCH_MAX = 8192
const SIBLINGS_MAX = 4

const { math: MATH, script: SCRIPT, img: IMG } = Tag

/**
 * What stands in the text for an element that may be a formula: its TeX, '' for the visual copy of one that follows, null
 * where it is none.
 * @param named the element's class is a `FORMULA_CLASS`
 */
export function formulaAt(tree: FlatTree, node: number, named: boolean): string | null {
  const kind = tree.tag[node] ?? 0
  if (kind === MATH) return ofMath(tree, node, false)
  if (kind === SCRIPT) return ofScript(tree, node)
  if (kind === IMG) return ofImage(tree, node)
  return named ? ofRendered(tree, node) : null
}

function ofRendered(tree: FlatTree, node: number): string | null {
  const { tag, end } = tree
  let sibling = end[node] ?? 0
  for (let i = 0; i < SIBLINGS_MAX && tree.parent[sibling] === tree.parent[node]; i++) {
    if (tag[sibling] === SCRIPT) {
      if (isTexScript(tree, sibling)) return ''
      break
    }
    if (tag[sibling] !== TEXT && !FORMULA_CLASS.test(attribute(tree, sibling, 'class', 256) ?? '')) break
    sibling = end[sibling] ?? sibling + 1
  }
  const to = Math.min(end[node] ?? 0, node + SEARCH_MAX)
  const at = tag.subarray(node, to).indexOf(MATH)
  if (at < 0) return ofAttribute(tree, node) ?? ofAttribute(tree, tree.parent[node] ?? 0)
  return ofMath(tree, node + at, isDisplay(tree, node))
}

/** Renderers of chats and editors keep the TeX on the element around. */
function ofAttribute(tree: FlatTree, node: number): string | null {
  for (const name of ['data-math', 'data-tex', 'data-latex', 'data-formula']) {
    const tex = attribute(tree, node, name, TEX_LENGTH_MAX)
    if (tex !== null && tex !== '') return delimited(cleanTex(tex), isDisplay(tree, node))
  }
  return null
}

function isDisplay(tree: FlatTree, node: number): boolean {
  const name = attribute(tree, node, 'class', 256) ?? ''
  return /display|-block/i.test(name) || attribute(tree, node, 'display', 10) === 'true'
}

function ofMath(tree: FlatTree, node: number, display: boolean): string | null {
  const { tag, end } = tree
  const last = end[node] ?? 0
  if (last - node > NODES_MAX) return null
  let annotation = ''
  for (let i = node + 1; i < last; i++) {
    const kind = tag[i] ?? 0
    if (kind === TEXT) continue
    if (((FLAGS[kind] ?? 0) & BLOCK) !== 0) return null
    if (annotation === '' && isTexAnnotation(tree, i)) annotation = cleanTex(textIn(tree, i))
  }
  const isBlock =
    display || attribute(tree, node, 'display', 10) === 'block' || attribute(tree, node, 'mode', 10) === 'display'
  const tex = annotation || cleanTex(attribute(tree, node, 'alttext', TEX_LENGTH_MAX) ?? '') || texOfElement(tree, node)
  return delimited(tex, isBlock)
}

function isTexAnnotation(tree: FlatTree, node: number): boolean {
  if (tree.tag[node] !== OTHER || tree.to[node] === tree.from[node]) return false
  return elementName(tree, node) === 'annotation' && /tex/i.test(attribute(tree, node, 'encoding', 40) ?? '')
}

function isTexScript(tree: FlatTree, node: number): boolean {
  return (
    mayBegin(tree, node, 'type', 'm') &&
    (attribute(tree, node, 'type', 40) ?? '').trim().toLowerCase().startsWith('math/tex')
  )
}

function ofScript(tree: FlatTree, node: number): string | null {
  if (tree.tag[node + 1] !== TEXT || !isTexScript(tree, node)) return null
  const from = tree.from[node + 1] ?? 0
  const to = tree.to[node + 1] ?? 0
  if (to - from > TEX_LENGTH_MAX) return null
  const tex = tree.slice(from, to).replace('<![CDATA[', '').replace(']]>', '') // a script's content has no references
  return delimited(cleanTex(tex), /mode\s*=\s*display/i.test(attribute(tree, node, 'type', 40) ?? ''))
}

const IMAGE_HINT = /latex|mathtex|mimetex|mwe-math|class\s*=\s*["']?(?:tex|math)\b|chart\?cht=tx|tex\?/i
const IMAGE_CLASS = /(?:^|\s)(?:tex|latex|mwe-math-fallback-image-(?:inline|display))(?:\s|$)/
const IMAGE_ADDRESS = /\/latex\.php\?|latex\.codecogs\.com\/|\/(?:mathtex|mimetex)\.cgi\?|chart\?cht=tx/

/** WordPress, MediaWiki, CodeCogs and their like: the TeX is the alternative text, or the query. */
function ofImage(tree: FlatTree, node: number): string | null {
  const from = tree.from[node] ?? 0
  const to = Math.min(tree.to[node] ?? 0, from + 1024)
  if (!mayHint(tree.bytes, from, to) || !IMAGE_HINT.test(tree.slice(from, to))) return null
  const address = attribute(tree, node, 'src') ?? ''
  const name = attribute(tree, node, 'class', 256) ?? ''
  if (!IMAGE_CLASS.test(name) && !IMAGE_ADDRESS.test(address)) return null
  const alternative = attribute(tree, node, 'alt') || attribute(tree, node, 'title') || inQuery(address)
  return delimited(cleanTex(alternative), /display/.test(name))
}

/** Every hint has `ex`, `tx` or `ath`. */
function mayHint(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) {
    const code = (bytes[i] ?? 0) | 0x20
    if (code === 0x78) {
      const before = (bytes[i - 1] ?? 0) | 0x20
      if (before === 0x65 || before === 0x74) return true
    } else if (code === 0x68 && ((bytes[i - 1] ?? 0) | 0x20) === 0x74) {
      if (((bytes[i - 2] ?? 0) | 0x20) === 0x61) return true
    }
  }
  return false
}

function inQuery(address: string): string {
  const query = address.slice(address.indexOf('?') + 1).replace(/^(?:latex|cht=tx&chl)=/, '')
  try {
    return decodeURIComponent(query.replaceAll('+', ' ')).replace(/&(?:bg|fg|s|zoom)=.*$/, '')
  } catch {
    return '' // no valid percent encoding: no formula
  }
}

/** On one line, without comments and without what only says how it is set around. */
export function cleanTex(raw: string): string {
  if (raw.length > TEX_LENGTH_MAX) return ''
  let tex = raw
    .replace(/(?<!\\)%[^\n]{0,200}(?:\n|$)/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  for (const [open, close] of DELIMITERS) {
    if (tex.length > open.length + close.length && tex.startsWith(open) && tex.endsWith(close)) {
      tex = tex.slice(open.length, -close.length).trim()
      break
    }
  }
  const style = /^\{\\(?:display|text|script)style\b/.exec(tex)
  if (style !== null && closesAtEnd(tex)) tex = tex.slice(style[0].length, -1).trim()
  return tex.replace(/^\\displaystyle\b\s*/, '')
}

const DELIMITERS = [
  ['$$', '$$'],
  ['$', '$'],
  ['\\(', '\\)'],
  ['\\[', '\\]'],
] as const

/** Whether the brace that opens a formula closes at its end. */
function closesAtEnd(tex: string): boolean {
  let depth = 0
  for (let i = 0; i < tex.length; i++) {
    const code = tex.charCodeAt(i)
    if (code === 0x5c) i++
    else if (code === 0x7b) depth++
    else if (code === 0x7d && --depth === 0) return i === tex.length - 1
  }
  return false
}

function delimited(tex: string, display: boolean): string | null {
  if (tex === '') return null
  return display ? ` $$${tex}$$ ` : `$${tex}$`
}

/** The same formula, displayed or not: an image often follows its MathML. */
export function sameFormula(one: string, other: string): boolean {
  const bare = (formula: string) => formula.trim().replace(/^\$+|\$+$/g, '')
  return bare(one) === bare(other)
}
