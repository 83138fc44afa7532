/** The rows of the tree as columns, and the stack of open elements (HTML Living Standard, section 13.2.4). */
import { addWork, beginPage, nameEnd, nameHash, page } from './assembly-tokens'
import { capitals, commas, digits, edges, measure, size, stops, words } from './assembly-text'
import { BLOCK, BUTTON, OL, OTHER, SCOPE, SPECIAL, SVG, TABLE, TEMPLATE, TEXT, UL } from './codes'

// ---- tags ----

const TAG_SLOTS: u32 = 1024
/** Hash (u32) and id (u32) by slot. */
const TAGS: usize = memory.data(8192)
/** Flags (u32) by id. */
const FLAGS: usize = memory.data(1024)

/** Makes a tag known; its name in lower case is [at, at + length). */
export function addTag(at: usize, length: usize, id: i32, flags: i32): void {
  beginPage(at, at + length)
  nameEnd(at)
  let slot = nameHash & (TAG_SLOTS - 1)
  while (load<u32>(TAGS + ((<usize>slot) << 3), 4) != 0) slot = (slot + 1) & (TAG_SLOTS - 1)
  store<u32>(TAGS + ((<usize>slot) << 3), nameHash)
  store<u32>(TAGS + ((<usize>slot) << 3), <u32>id, 4)
  store<i32>(FLAGS + ((<usize>id) << 2), flags)
}

/** A name made to collide in 32 bits is mistaken, and does no harm. */
export function tagOf(hash: u32): i32 {
  let slot = hash & (TAG_SLOTS - 1)
  while (true) {
    const at = TAGS + ((<usize>slot) << 3)
    const id = load<i32>(at, 4)
    if (id == 0) return OTHER
    if (load<u32>(at) == hash) return id
    slot = (slot + 1) & (TAG_SLOTS - 1)
  }
}

// @ts-ignore: decorator
@inline
export function flagsOf(tag: i32): i32 {
  return load<i32>(FLAGS + ((<usize>tag) << 2))
}

// ---- rows ----

let tags: usize = 0
let parents: usize = 0
let ends: usize = 0
let froms: usize = 0
let tos: usize = 0
/** Of a text, 16 bytes: size, stops and commas, words and white space at its ends, digits and capitals. */
let measures: usize = 0
let rowsMax: i32 = 0
export let rowCount: i32 = 0
export let isTruncated: bool = false

/** Bytes of all columns of a row, 8 more for the host's own included; they begin at `at`, which is a multiple of 16, as `rowsMax` is. */
export const ROW_BYTES: usize = 41

export function beginRows(at: usize, most: i32): void {
  const column = (<usize>most) << 2
  measures = at
  parents = measures + (column << 2)
  ends = parents + column
  froms = ends + column
  tos = froms + column
  tags = tos + column
  rowsMax = most
  rowCount = 0
  isTruncated = false
  depth = 0
  open = 0
  over = 0
  depthAsked = 0
  quiet = 0
  memory.fill(OPEN_COUNTS, 0, 1024)
}

/** Gives the row; the last one again where there are too many, or the `svg` around what gets none. */
export function addRow(tag: i32, from: usize, to: usize): i32 {
  if (quiet != 0) return open
  const node = rowCount
  if (node >= rowsMax) {
    isTruncated = true
    return node - 1
  }
  const at = (<usize>node) << 2
  store<u8>(tags + <usize>node, <u8>tag)
  store<i32>(parents + at, open)
  store<i32>(ends + at, node + 1)
  store<u32>(froms + at, <u32>(from - page))
  store<u32>(tos + at, <u32>(to - page))
  rowCount = node + 1
  return node
}

/** Text that nobody reads, like a script's, is not measured. */
export function addText(from: usize, to: usize, isRead: bool): void {
  if (quiet != 0 || from >= to) return
  const node = addRow(TEXT, from, to)
  if (isTruncated) return
  const at = measures + ((<usize>node) << 4)
  if (!isRead) {
    v128.store(at, i32x4.splat(0))
    return
  }
  measure(from, to)
  addWork(<u64>(to - from))
  store<i32>(at, size)
  store<u16>(at, <u16>min(stops, 0xffff), 4)
  store<u16>(at, <u16>min(commas, 0xffff), 6)
  store<u32>(at, <u32>min(words, 0xffffff) | (<u32>edges << 24), 8)
  store<u16>(at, <u16>min(digits, 0xffff), 12)
  store<u16>(at, <u16>min(capitals, 0xffff), 14)
}

// ---- the stack; 0 is the document ----

/** Deeper elements become siblings; browsers cap at the same depth. */
const DEPTH_MAX: i32 = 512
const NODES: usize = memory.data(2064)
const HASHES: usize = memory.data(2064)
const STACK_TAGS: usize = memory.data(528)
const SPACES: usize = memory.data(528)

export const IN_HTML: i32 = 0
export const IN_SVG: i32 = 1
export const IN_MATH: i32 = 2
/** A foreign element in which HTML may stand (an integration point), in SVG and in MathML. */
export const SVG_HOLDER: i32 = 3
export const MATH_HOLDER: i32 = 4

export let depth: i32 = 0
/** The row of the innermost open element. */
export let open: i32 = 0
/** Elements that were not pushed because of the cap. */
export let over: i32 = 0
export let depthAsked: i32 = 0
/** White space behind the start or end of a block says nothing. */
export let isAfterBlock: bool = true
/** Depth of the outermost `svg` that is open, nothing in which gets a row; 0 when none is. */
export let quiet: i32 = 0
/** How many HTML elements of each tag are open: an end tag without a partner costs nothing. */
const OPEN_COUNTS: usize = memory.data(1024)

// @ts-ignore: decorator
@inline
export function tagAt(at: i32): i32 {
  return <i32>load<u8>(STACK_TAGS + <usize>at)
}

// @ts-ignore: decorator
@inline
export function spaceAt(at: i32): i32 {
  return <i32>load<u8>(SPACES + <usize>at)
}

// @ts-ignore: decorator
@inline
export function hashAt(at: i32): u32 {
  return load<u32>(HASHES + ((<usize>at) << 2))
}

// @ts-ignore: decorator
@inline
export function openCount(tag: i32): i32 {
  return load<i32>(OPEN_COUNTS + ((<usize>tag) << 2))
}

export function setAfterBlock(is: bool): void {
  isAfterBlock = is
}

export function leaveOver(): void {
  over--
}

export function push(node: i32, tag: i32, hash: u32, space: i32): void {
  if (depth >= DEPTH_MAX) {
    over++
    depthAsked = max(depthAsked, depth + over)
    return
  }
  depth++
  depthAsked = max(depthAsked, depth)
  store<i32>(NODES + ((<usize>depth) << 2), node)
  store<u32>(HASHES + ((<usize>depth) << 2), hash)
  store<u8>(STACK_TAGS + <usize>depth, <u8>tag)
  store<u8>(SPACES + <usize>depth, <u8>space)
  if (space == IN_HTML) store<i32>(OPEN_COUNTS + ((<usize>tag) << 2), openCount(tag) + 1)
  else if (space == IN_SVG && quiet == 0) quiet = depth
  open = node
}

export function pop(): void {
  const tag = tagAt(depth)
  store<i32>(ends + ((<usize>open) << 2), rowCount)
  if (spaceAt(depth) == IN_HTML) store<i32>(OPEN_COUNTS + ((<usize>tag) << 2), openCount(tag) - 1)
  if ((flagsOf(tag) & BLOCK) != 0) isAfterBlock = true
  if (quiet == depth) quiet = 0
  depth--
  open = load<i32>(NODES + ((<usize>depth) << 2))
  addWork(1)
}

/** Closes all that is deeper than `to`. */
export function popTo(to: i32): void {
  while (depth > to) pop()
}

/** A row that is closed already: nothing after it belongs to it. */
export function closeRow(node: i32): void {
  store<i32>(ends + ((<usize>node) << 2), rowCount)
}

/** How far an end reaches: not past the specification's scopes, past no special element, or not out of a table. */
export const SCOPED: i32 = 0
export const BUTTON_SCOPED: i32 = 1
export const LIST_SCOPED: i32 = 2
export const UNSPECIAL: i32 = 3
export const TABLE_SCOPED: i32 = 4

export function isBarrier(at: i32, reach: i32): bool {
  const tag = tagAt(at)
  if (reach == TABLE_SCOPED) return tag == TABLE || tag == TEMPLATE
  const space = spaceAt(at)
  if (space != IN_HTML) return space >= SVG_HOLDER
  const flags = flagsOf(tag)
  if (reach == UNSPECIAL) return (flags & SPECIAL) != 0
  if ((flags & SCOPE) != 0) return true
  if (reach == BUTTON_SCOPED) return tag == BUTTON
  return reach == LIST_SCOPED && (tag == OL || tag == UL)
}

/** Where the nearest open HTML element of a tag stands, 0 where none is in reach. */
export function seek(tag: i32, hash: u32, reach: i32): i32 {
  if (openCount(tag) == 0) return 0
  for (let at = depth; at > 0; at--) {
    addWork(1)
    if (tagAt(at) == tag && spaceAt(at) == IN_HTML && (tag != OTHER || hashAt(at) == hash)) return at
    if (isBarrier(at, reach)) return 0
  }
  return 0
}

export function close(tag: i32, reach: i32): bool {
  const at = seek(tag, 0, reach)
  if (at == 0) return false
  popTo(at - 1)
  return true
}
