/**
 * Presentation MathML (MathML Core and MathML 3, chapter 3) to TeX, for formulas that bring no TeX of their own. Compact, not
 * complete: sizes, colors and alignment are left out, elements without a rule give what their children give.
 */
import { attribute } from './attributes.js'
import { decodeEntities } from './entities.js'
import { ACCENTS, endsInCommand, FUNCTIONS, isLetter, LARGE, SPACED, texOfCharacters } from './math-symbols.js'
import type { FlatTree } from './scan.js'
import { TEXT } from './tags.js'

/** Name of an element in lower case, without a prefix; the tree itself knows only those that have an id. */
export function elementName(tree: FlatTree, node: number): string {
  const to = tree.from[node] ?? 0
  const name = tree.slice(Math.max(0, to - NAME_LENGTH_MAX), to)
  const from = Math.max(name.lastIndexOf('<'), name.lastIndexOf(':'))
  return name.slice(from + 1).toLowerCase()
}
const NAME_LENGTH_MAX = 64

export function childrenOf(tree: FlatTree, node: number): number[] {
  const children: number[] = []
  const end = tree.end[node] ?? 0
  for (let child = node + 1; child < end; child = tree.end[child] ?? end) children.push(child)
  return children
}

/** Text of an element and all below it. */
export function textIn(tree: FlatTree, node: number): string {
  let out = ''
  for (let i = node; i < (tree.end[node] ?? 0); i++) {
    if (tree.tag[i] === TEXT) out += decodeEntities(tree.slice(tree.from[i] ?? 0, tree.to[i] ?? 0))
  }
  return out
}

/** TeX of one element; '' for white space and annotations. The depth is that of the tree: bounded. */
export function texOfElement(tree: FlatTree, node: number): string {
  if (tree.tag[node] === TEXT) return texOfCharacters(textIn(tree, node).trim())
  const name = elementName(tree, node)
  switch (name) {
    case 'mi':
      return identifier(tree, node)
    case 'mn':
    case 'mo':
      return texOfCharacters(textIn(tree, node).trim())
    case 'mtext':
    case 'ms':
      return quoted(textIn(tree, node))
    case 'mspace':
      return /(?:^|\D)[1-9]\d*(?:\.\d+)?em/.test(attribute(tree, node, 'width', 20) ?? '') ? '\\quad ' : '\\,'
    case 'annotation':
    case 'annotation-xml':
    case 'mphantom':
    case 'none':
    case 'mprescripts':
      return ''
    case 'mfenced':
      return fenced(tree, node)
    case 'mtable':
      return table(tree, node)
    case 'mfrac':
      return fraction(tree, node)
    case 'msqrt':
      return `\\sqrt{${row(tree, elements(tree, node))}}`
    case 'semantics':
    case 'maction':
      return row(tree, elements(tree, node).slice(0, 1))
    default:
      return structure(tree, name, elements(tree, node))
  }
}

/** Elements that are told apart by their children's places. */
function structure(tree: FlatTree, name: string, children: readonly number[]): string {
  const part = (i: number): string => (children[i] === undefined ? '' : texOfElement(tree, children[i]))
  switch (name) {
    case 'mroot':
      return `\\sqrt[${part(1)}]{${part(0)}}`
    case 'msup':
      return base(part(0)) + script('^', part(1))
    case 'msub':
      return base(part(0)) + script('_', part(1))
    case 'msubsup':
    case 'munderover':
      return base(part(0)) + script('_', part(1)) + script('^', part(2))
    case 'mover':
      return over(part(0), part(1))
    case 'munder':
      return under(part(0), part(1))
    case 'mmultiscripts':
      return multiscripts(tree, children)
    default:
      return row(tree, children)
  }
}

function elements(tree: FlatTree, node: number): number[] {
  return childrenOf(tree, node).filter(
    (child) => tree.tag[child] !== TEXT || /\S/.test(tree.slice(tree.from[child] ?? 0, tree.to[child] ?? 0)),
  )
}

function row(tree: FlatTree, children: readonly number[]): string {
  let out = ''
  let before = ''
  for (const child of children) {
    const tex = texOfElement(tree, child)
    if (tex === '') continue
    const infix = before !== '' && SPACED.test(tex) && !/[=<>({[,+-] ?$/.test(before)
    const spaced = out !== '' && (infix || (endsInCommand(before) && isLetter(tex))) && !before.endsWith(' ')
    out += `${spaced ? ' ' : ''}${tex}${infix ? ' ' : ''}`
    before = infix ? '= ' : tex
  }
  return out.trimEnd()
}

const VARIANTS: Readonly<Record<string, string>> = {
  ...{ normal: 'mathrm', bold: 'mathbf', 'bold-italic': 'boldsymbol', 'double-struck': 'mathbb', script: 'mathcal' },
  ...{ 'bold-script': 'mathcal', fraktur: 'mathfrak', 'sans-serif': 'mathsf', monospace: 'mathtt' },
}

function identifier(tree: FlatTree, node: number): string {
  const text = textIn(tree, node).trim()
  if (FUNCTIONS.has(text)) return `\\${text}`
  const tex = texOfCharacters(text)
  const variant = VARIANTS[attribute(tree, node, 'mathvariant', 20) ?? '']
  if (tex.startsWith('\\mathbb')) return tex
  if (variant !== undefined && (variant !== 'mathrm' || /^[A-Za-z]/.test(text))) return `\\${variant}{${tex}}`
  return /^[A-Za-z]{2,}$/.test(text) ? `\\mathrm{${tex}}` : tex
}

/** Words inside of a formula keep their spaces. */
function quoted(text: string): string {
  const words = text
    .replace(/\s+/g, ' ')
    .replace(/[\\{}$%#&_]/g, (special) => (special === '\\' ? '\\textbackslash ' : `\\${special}`))
  if (words === '') return ''
  return words.trim() === '' ? '\\ ' : `\\text{${words}}`
}

/** What a script can be put on: one character, one command or a group. */
function base(tex: string): string {
  return [...tex].length <= 1 && tex !== '' ? tex : /^\\[A-Za-z]+(?:\{[^{}]*\})?$/.test(tex) ? tex : `{${tex}}`
}

function script(mark: '^' | '_', tex: string): string {
  if (tex === '') return ''
  if (mark === '^' && /^'+$/.test(tex)) return tex
  return [...tex].length === 1 ? mark + tex : `${mark}{${tex}}`
}

function over(inner: string, above: string): string {
  const character = above.startsWith('\\to') ? '→' : above.startsWith('\\sim') ? '∼' : above
  const accent = Object.hasOwn(ACCENTS, character) ? ACCENTS[character] : undefined
  if (accent !== undefined) return `\\${accent}{${inner}}`
  return LARGE.test(inner) ? inner + script('^', above) : `\\overset{${above}}{${inner}}`
}

function under(inner: string, below: string): string {
  if (below === '⏟' || below === '︸') return `\\underbrace{${inner}}`
  if (below === '_' || below === '\\_' || below === '¯') return `\\underline{${inner}}`
  return LARGE.test(inner) ? inner + script('_', below) : `\\underset{${below}}{${inner}}`
}

/** Base, then pairs of lower and upper scripts; behind `mprescripts` those that stand in front. */
function multiscripts(tree: FlatTree, children: readonly number[]): string {
  const [first, ...rest] = children
  if (first === undefined) return ''
  const cut = rest.findIndex((child) => elementName(tree, child) === 'mprescripts')
  const pairs = (scripts: readonly number[]): string => {
    const tex = scripts.map((child) => texOfElement(tree, child))
    const of = (mark: '_' | '^', odd: number) => script(mark, tex.filter((_, i) => i % 2 === odd).join(''))
    return of('_', 0) + of('^', 1)
  }
  const before = cut < 0 ? '' : pairs(rest.slice(cut + 1))
  return (
    (before === '' ? '' : `{}${before}`) + base(texOfElement(tree, first)) + pairs(cut < 0 ? rest : rest.slice(0, cut))
  )
}

/** Without a line it is one of the two of a binomial coefficient, or numbers above each other. */
function fraction(tree: FlatTree, node: number): string {
  const [above = '', below = ''] = elements(tree, node).map((child) => texOfElement(tree, child))
  const isBare = /^0(?:\.0+)?(?:[a-z]{2})?$/.test(attribute(tree, node, 'linethickness', 10) ?? '')
  return isBare ? `{${above} \\atop ${below}}` : `\\frac{${above}}{${below}}`
}

function fenced(tree: FlatTree, node: number): string {
  const of = (name: string, byDefault: string) => texOfCharacters((attribute(tree, node, name, 20) ?? byDefault).trim())
  const separator = of('separators', ',').slice(0, 1)
  const parts = elements(tree, node).map((child) => texOfElement(tree, child))
  return of('open', '(') + parts.join(separator === ',' ? ', ' : separator) + of('close', ')')
}

function table(tree: FlatTree, node: number): string {
  const rows = elements(tree, node).map((line) => {
    const cells = elements(tree, line)
    const shown = elementName(tree, line) === 'mlabeledtr' ? cells.slice(1) : cells // the first one is the equation's number
    return shown.map((cell) => row(tree, elements(tree, cell))).join(' & ')
  })
  return `\\begin{matrix} ${rows.join(' \\\\ ')} \\end{matrix}`
}
