/**
 * A page as a flat tree: one pass over the markup fills typed-array columns, a row a node in document order, and makes no
 * strings. HTML Living Standard, section 13.2, in the parts that change which text stands where: raw text elements,
 * comments, void elements, implied ends, scope of end tags. Left out: the adoption agency, foster parenting, script data
 * escapes, CDATA in foreign content; text is never lost by that, only its place in the tree can differ.
 * Linear in the page's length for any input: the depth is capped as browsers do, so every walk upwards is bounded.
 */
import {
  BLOCK,
  CLOSES_P,
  FLAGS,
  HASH_START,
  HEADING,
  hashStep,
  OTHER,
  RAW,
  SCOPE,
  Tag,
  TEXT,
  tagOfHash,
  VOID,
} from './tags.js'

/** Deeper elements become siblings; browsers cap at the same depth. */
export const DEPTH_MAX = 512
/** Rows of the tree; scanning stops there and says so (`truncated`). */
export const NODES_MAX = 1_000_000

/**
 * Columns by node; row 0 is the document. `end` is the row after the node's last descendant. `from` and `to` are the range
 * of a text, or of an element's attributes, in `html`.
 */
export class FlatTree {
  html = ''
  /** Each character of `html` is a byte of UTF-8 (see `openPage`). */
  isUtf8Bytes = false
  count = 0
  /** Greatest depth that the markup asked for, before the cap. */
  depth = 0
  truncated = false
  tag = new Uint8Array(8192)
  parent = new Int32Array(8192)
  end = new Int32Array(8192)
  from = new Int32Array(8192)
  to = new Int32Array(8192)

  /** The characters of a range, decoded. */
  slice(from: number, to: number): string {
    const slice = this.html.slice(from, to)
    return this.isUtf8Bytes && BEYOND_ASCII.test(slice) ? Buffer.from(slice, 'latin1').toString('utf8') : slice
  }

  grow(): void {
    const size = this.tag.length * 2
    const tag = new Uint8Array(size)
    tag.set(this.tag)
    this.tag = tag
    this.parent = widened(this.parent, size)
    this.end = widened(this.end, size)
    this.from = widened(this.from, size)
    this.to = widened(this.to, size)
  }
}

const BEYOND_ASCII = /[\u0080-\u00ff]/

function widened(column: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(size)
  out.set(column)
  return out
}

/** The columns of large pages are let go, so that one giant does not hold memory for the rest of a run. */
const KEPT_ROWS_MAX = 262_144

let spare: FlatTree | null = null

/** Scans a page. The tree is lent: give it back with `release` once nothing refers to it. */
export function scan(html: string, isUtf8Bytes = false): FlatTree {
  const tree = spare ?? new FlatTree()
  spare = null
  tree.html = html
  tree.isUtf8Bytes = isUtf8Bytes
  tree.count = 0
  tree.depth = 0
  tree.truncated = false
  new Scanner(tree).run()
  return tree
}

export function release(tree: FlatTree): void {
  tree.html = ''
  if (tree.tag.length <= KEPT_ROWS_MAX) spare = tree
}

const { a: A, p: P, li: LI, dt: DT, dd: DD, tr: TR, td: TD, th: TH, table: TABLE, form: FORM, head: HEAD, br: BR } = Tag

/** 1 for each member. */
type TagSet = Uint8Array

function setOf(...tags: number[]): TagSet {
  const set = new Uint8Array(256)
  for (const tag of tags) set[tag] = 1
  return set
}

function withFlags(flags: number, ...except: number[]): TagSet {
  return FLAGS.map((has, tag) => ((has & flags) !== 0 && !except.includes(tag) ? 1 : 0))
}

const NONE = setOf()
const SCOPES = withFlags(SCOPE)
const HEADINGS = withFlags(HEADING)
const LIST_ITEMS = setOf(LI)
const TERMS = setOf(DT, DD)
const CELLS = setOf(TD, TH)
const ROWS = setOf(TR)
const ROW_GROUPS = setOf(Tag.tbody, Tag.thead, Tag.tfoot)
const TABLES = setOf(TABLE)
/** An item ends across mere wrappers only (the specification's special elements but address, div and p). */
const ITEM_BARRIERS = withFlags(SCOPE | BLOCK, Tag.div, P, Tag.address)
/** The end tag of an inline element does not end blocks. */
const INLINE_BARRIERS = withFlags(SCOPE | BLOCK)

class Scanner {
  /** The open element that new nodes are put under, and how deep it lies. */
  private open = 0
  private depth = 0
  /** Elements that were not pushed because of the cap, so that `depth` can say what the markup asked for. */
  private over = 0
  /** How many elements of each tag are open: an end tag without a partner costs nothing. */
  private readonly openCount = new Int32Array(256)
  /** White space behind the start or end of a block says nothing. */
  private afterBlock = true

  constructor(private readonly tree: FlatTree) {}

  run(): void {
    const { html } = this.tree
    const length = html.length
    this.add(Tag.html, 0, 0)
    this.tree.parent[0] = -1
    let textFrom = 0
    let at = 0
    while (at < length && !this.tree.truncated) {
      const open = html.indexOf('<', at)
      if (open < 0) break
      const code = html.charCodeAt(open + 1) // NaN at the end: matches nothing below
      if (isLetter(code)) {
        if (open > textFrom) this.text(textFrom, open)
        at = textFrom = this.startTag(open + 1)
      } else if (code === 0x2f /* / */ && isLetter(html.charCodeAt(open + 2))) {
        if (open > textFrom) this.text(textFrom, open)
        at = textFrom = this.endTag(open + 2)
      } else if (code === 0x21 /* ! */ || code === 0x3f /* ? */ || code === 0x2f) {
        if (open > textFrom) this.text(textFrom, open)
        at = textFrom = this.comment(open + 1)
      } else {
        at = open + 1 // a bare '<' is text
      }
    }
    if (length > textFrom && !this.tree.truncated) this.text(textFrom, length)
    while (this.open > 0) this.pop()
    this.tree.end[0] = this.tree.count
  }

  private add(tag: number, from: number, to: number): number {
    const { tree } = this
    const node = tree.count
    if (node >= NODES_MAX) {
      tree.truncated = true
      return node - 1
    }
    if (node >= tree.tag.length) tree.grow()
    tree.tag[node] = tag
    tree.parent[node] = this.open
    tree.end[node] = node + 1
    tree.from[node] = from
    tree.to[node] = to
    tree.count = node + 1
    return node
  }

  private text(from: number, to: number): void {
    if (this.afterBlock && isBlank(this.tree.html, from, to)) return
    this.add(TEXT, from, to)
    this.afterBlock = false
  }

  /** `at` is just behind '<!' or '<?' or a stray '</'. Gives the position behind it; an unclosed comment takes the rest. */
  private comment(at: number): number {
    const { html } = this.tree
    if (html.charCodeAt(at) === 0x21 && html.startsWith('--', at + 1)) {
      const body = at + 3
      if (html.charCodeAt(body) === 0x3e) return body + 1 // <!-->
      if (html.startsWith('->', body)) return body + 2 // <!--->
      const close = html.indexOf('-->', body)
      return close < 0 ? html.length : close + 3
    }
    const close = html.indexOf('>', at)
    return close < 0 ? html.length : close + 1
  }

  private startTag(at: number): number {
    const { html } = this.tree
    let hash = HASH_START
    let i = at
    for (; i < html.length; i++) {
      const code = html.charCodeAt(i)
      if (code <= 0x20 || code === 0x2f || code === 0x3e) break
      hash = hashStep(hash, code)
    }
    const from = i
    const close = tagEnd(html, i)
    if (close < 0) return html.length // the page ends inside a tag: nothing of it counts
    const tag = tagOfHash(hash)
    const flags = FLAGS[tag] ?? 0
    this.impliedEnds(tag, flags)
    const selfClosed = html.charCodeAt(close - 1) === 0x2f
    const node = this.add(tag, from, selfClosed ? close - 1 : close)
    if ((flags & BLOCK) !== 0 || tag === BR) this.afterBlock = true
    if ((flags & RAW) !== 0) return this.rawText(node, tag, close + 1, at, from)
    if ((flags & VOID) === 0 && !(selfClosed && tag === OTHER)) this.push(node, tag)
    return close + 1
  }

  private push(node: number, tag: number): void {
    if (this.depth >= DEPTH_MAX) {
      this.over++
      if (this.depth + this.over > this.tree.depth) this.tree.depth = this.depth + this.over
      return
    }
    this.open = node
    this.openCount[tag] = (this.openCount[tag] ?? 0) + 1
    this.depth++
    if (this.depth > this.tree.depth) this.tree.depth = this.depth
  }

  private pop(): void {
    const { tree, open } = this
    tree.end[open] = tree.count
    const tag = tree.tag[open] ?? 0
    this.openCount[tag] = (this.openCount[tag] ?? 0) - 1
    if (((FLAGS[tag] ?? 0) & BLOCK) !== 0) this.afterBlock = true
    this.open = tree.parent[open] ?? 0
    this.depth--
  }

  /** Content of script, style, title and the like: one text node up to the end tag of the same name. */
  private rawText(node: number, tag: number, from: number, nameFrom: number, nameTo: number): number {
    const { tree } = this
    const { html } = tree
    const length = nameTo - nameFrom
    let close = html.indexOf('</', from)
    while (close >= 0) {
      const after = html.charCodeAt(close + 2 + length)
      const ends = !(after > 0x20 && after !== 0x2f && after !== 0x3e)
      if (ends && sameName(html, close + 2, nameFrom, length)) break
      close = html.indexOf('</', close + 2)
    }
    const to = close < 0 ? html.length : close
    if (to > from) {
      const child = this.add(TEXT, from, to)
      tree.parent[child] = node
    }
    tree.end[node] = tree.count
    if (close < 0) return html.length
    const gt = html.indexOf('>', close)
    if (((FLAGS[tag] ?? 0) & BLOCK) !== 0) this.afterBlock = true
    return gt < 0 ? html.length : gt + 1
  }

  /** Closes what a start tag ends without saying so: 13.2.6.4.7 and the table modes. */
  private impliedEnds(tag: number, flags: number): void {
    if ((flags & CLOSES_P) !== 0 && this.openCount[P] !== 0) this.closeOne(P, SCOPES)
    if ((flags & BLOCK) !== 0 && this.openCount[HEAD] !== 0) this.closeOne(HEAD, NONE)
    if ((flags & HEADING) !== 0 && HEADINGS[this.tree.tag[this.open] ?? 0]) this.pop()
    if (tag === LI) this.closeNearest(LIST_ITEMS, ITEM_BARRIERS)
    else if (tag === DT || tag === DD) this.closeNearest(TERMS, ITEM_BARRIERS)
    else if (tag === TD || tag === TH) this.closeNearest(CELLS, TABLES)
    else if (tag === TR) this.closeNearest(ROWS, TABLES)
    else if (ROW_GROUPS[tag]) this.closeNearest(ROW_GROUPS, TABLES)
    else if (tag === A && this.openCount[A] !== 0) this.closeOne(A, SCOPES)
  }

  /** Ends the nearest open element of a tag in `targets`, unless one in `barriers` stands between. */
  private closeNearest(targets: TagSet, barriers: TagSet): void {
    const { tag, parent } = this.tree
    for (let node = this.open; node > 0; node = parent[node] ?? 0) {
      const at = tag[node] ?? 0
      if (targets[at]) {
        this.popTo(node)
        break
      }
      if (barriers[at]) break
    }
  }

  private closeOne(target: number, barriers: TagSet): void {
    const { tag, parent } = this.tree
    for (let node = this.open; node > 0; node = parent[node] ?? 0) {
      const at = tag[node] ?? 0
      if (at === target) {
        this.popTo(node)
        break
      }
      if (barriers[at]) break
    }
  }

  private popTo(node: number): void {
    while (this.open !== node) this.pop()
    this.pop()
  }

  private endTag(at: number): number {
    const { html } = this.tree
    let hash = HASH_START
    let i = at
    for (; i < html.length; i++) {
      const code = html.charCodeAt(i)
      if (code <= 0x20 || code === 0x2f || code === 0x3e) break
      hash = hashStep(hash, code)
    }
    const close = html.charCodeAt(i) === 0x3e ? i : tagEnd(html, i)
    this.close(tagOfHash(hash))
    return close < 0 ? html.length : close + 1
  }

  private close(tag: number): void {
    const flags = FLAGS[tag] ?? 0
    if (tag === BR || tag === P) this.afterBlock = true
    if (tag === BR) this.add(BR, 0, 0) // </br> is a br
    if (this.over > 0 && this.openCount[tag] !== 0) {
      this.over--
      return
    }
    if (tag === Tag.body || tag === Tag.html) return // what follows still belongs to the body
    if ((flags & HEADING) !== 0) this.closeNearest(HEADINGS, SCOPES)
    else if (this.openCount[tag] === 0) return
    else if (tag === FORM) {
      // A form may end across the ends of other elements; then it lasts until its parent ends, which costs nothing here.
      if (this.tree.tag[this.open] === FORM) this.pop()
    } else if (tag === TABLE) this.closeOne(TABLE, NONE)
    else if (tag === TD || tag === TH || tag === TR || ROW_GROUPS[tag]) this.closeOne(tag, TABLES)
    else this.closeOne(tag, (flags & BLOCK) !== 0 || tag === A ? SCOPES : INLINE_BARRIERS)
  }
}

/** Position of the '>' that ends a tag whose attributes start at `at`, quoted values passed over; -1 when there is none. */
function tagEnd(html: string, at: number): number {
  for (let i = at; i < html.length; i++) {
    const code = html.charCodeAt(i)
    if (code === 0x3e) return i
    if (code !== 0x3d /* = */) continue
    do i++
    while (html.charCodeAt(i) <= 0x20)
    const quote = html.charCodeAt(i)
    if (quote === 0x22 || quote === 0x27) {
      i = html.indexOf(quote === 0x22 ? '"' : "'", i + 1)
      if (i < 0) return -1
    } else if (quote === 0x3e) {
      return i
    }
  }
  return -1
}

function isLetter(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** Two ranges of letters, upper case counting as lower. */
function sameName(html: string, one: number, other: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if ((html.charCodeAt(one + i) | 0x20) !== (html.charCodeAt(other + i) | 0x20)) return false
  }
  return true
}

function isBlank(html: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (html.charCodeAt(i) > 0x20) return false
  return true
}
