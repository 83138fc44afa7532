/**
 * A page as a flat tree: tree construction (HTML Living Standard, section 13.2.6) in one pass over the bytes, a row an
 * element or text in document order. index.ts says what the host sees of it; assembly-tokens.ts finds where tags end,
 * assembly-stack.ts holds the rows, assembly-text.ts measures text, assembly-names.ts remembers class names.
 *
 * What differs from the standard, on purpose:
 * - No adoption agency and no active formatting elements. The end tag of a link closes the blocks opened in it; that of other
 *   inline elements is passed over inside of a block that it does not hold. Elements are not opened again behind a paragraph.
 * - No foster parenting: text between the parts of a table stays where it is written.
 * - Rows of a table are opened where they are missing, its row groups are not. A `table` ends an open `p` in quirks mode too.
 * - `</form>` across the ends of other elements does nothing: what follows is still in the form.
 * - A `frameset` ends the page where it counts: nothing of frames is text.
 * - In a `select`, tags count as anywhere else.
 * - Nothing inside of `svg` gets a row, HTML in foreignObject included.
 * - Elements deeper than 512 become siblings.
 * Text is neither lost nor gained by that; its place in the tree and, for foster parenting, its order can differ.
 */
import { beginNames, entryAt, entryCount, generation, NAMES_BYTES, noteName, pairCount, placeNames } from './assembly-names'
import {
  addRow,
  addTag,
  addText,
  beginRows,
  BUTTON_SCOPED,
  close,
  closeRow,
  depth,
  depthAsked,
  flagsOf,
  hashAt,
  IN_HTML,
  IN_MATH,
  IN_SVG,
  isAfterBlock,
  isBarrier,
  isTruncated,
  leaveOver,
  LIST_SCOPED,
  MATH_HOLDER,
  openCount,
  over,
  pop,
  popTo,
  push,
  quiet,
  ROW_BYTES,
  rowCount,
  SCOPED,
  seek,
  setAfterBlock,
  spaceAt,
  SVG_HOLDER,
  TABLE_SCOPED,
  tagAt,
  tagOf,
  UNSPECIAL,
} from './assembly-stack'
import {
  addWork,
  attributes,
  beginPage,
  bogusEnd,
  cdataEnd,
  commentEnd,
  find,
  FONT_STYLE,
  HTML_ENCODING,
  isCdata,
  isLetter,
  isSelfClosing,
  nameEnd,
  nameHash,
  page,
  pageEnd,
  rawTextEnd,
  scriptEnd,
  seen,
  valueFrom,
  valueTo,
  work,
} from './assembly-tokens'
import { isBlank } from './assembly-text'
import * as codes from './codes'

export { addTag, placeNames }

export function namesBytes(): usize {
  return NAMES_BYTES
}

export function rowBytes(): usize {
  return ROW_BYTES
}

/** The first address that is free. */
export function heapBase(): usize {
  return __heap_base
}

/** What the last `scan` found; of entries, what has been found so far. */
export function found(what: i32): f64 {
  switch (what) {
    case 0:
      return <f64>rowCount
    case 1:
      return <f64>depthAsked
    case 2:
      return isTruncated ? 1 : 0
    case 3:
      return <f64>pairCount
    case 4:
      return <f64>entryCount
    case 5:
      return <f64>generation
    default:
      return <f64>work
  }
}

/** Where the record of an entry lies: see assembly-names.ts. */
export function entry(number: i32): usize {
  return entryAt(number)
}

let isBodySeen: bool = false
let isHeadSeen: bool = false
let isHtmlSeen: bool = false
let isFormOpen: bool = false
/** A body without anything to see gives way to a `frameset`. */
let isFramesetOk: bool = true

/** Reads the page [from, to). Behind it stand zeros. Columns of `rowsMax` rows begin at `rowsAt`, pairs of names at `pairsAt`. */
export function scan(from: usize, to: usize, rowsAt: usize, rowsMax: i32, pairsAt: usize, pairsMax: i32): void {
  beginPage(from, to)
  beginRows(rowsAt, rowsMax)
  beginNames(pairsAt, pairsMax)
  isBodySeen = isHeadSeen = isHtmlSeen = isFormOpen = false
  isFramesetOk = true
  setAfterBlock(true)
  addRow(codes.HTML, page, page)
  let textFrom = page
  let at = page
  while (at < pageEnd && !isTruncated) {
    const less = find(0x3c, at, pageEnd)
    if (less == pageEnd) break
    const code = <i32>load<u8>(less, 1)
    let next: usize = 0
    if (isLetter(code)) {
      text(textFrom, less)
      next = startTag(less + 1)
    } else if (code == 0x2f && isLetter(<i32>load<u8>(less, 2))) {
      text(textFrom, less)
      next = endTag(less + 2)
    } else if (code == 0x21 /* ! */ || code == 0x3f /* ? */ || (code == 0x2f && less + 2 < pageEnd)) {
      text(textFrom, less)
      next = markup(less + 1, code)
    } else {
      at = less + 1 // a bare '<' is text
      continue
    }
    at = textFrom = next
  }
  if (!isTruncated) text(textFrom, pageEnd)
  popTo(0)
  closeRow(0)
}

function text(from: usize, to: usize): void {
  if (from >= to || quiet != 0) return
  const isEmpty = isBlank(from, to)
  if (isEmpty && ((isAfterBlock && openCount(codes.PRE) == 0) || tagAt(depth) == codes.HEAD)) return
  if (!isEmpty && spaceAt(depth) == IN_HTML) {
    if (tagAt(depth) == codes.HEAD) pop()
    isBodySeen = true
    isFramesetOk = false
  }
  addText(from, to, true)
  setAfterBlock(false)
}

/** '!', '?' or a stray '/' at `at`: a comment, a declaration or CDATA. */
function markup(at: usize, code: i32): usize {
  if (code != 0x21) return bogusEnd(at)
  if (spaceAt(depth) == IN_HTML || !isCdata(at + 1)) return commentEnd(at + 1)
  const end = cdataEnd(at + 8)
  addText(at + 8, end, true)
  return min(end + 3, pageEnd)
}

// ---- start tags ----

function startTag(at: usize): usize {
  const nameTo = nameEnd(at)
  const hash = nameHash
  let tag = tagOf(hash)
  let flags = flagsOf(tag)
  const greater = attributes(nameTo, (flags & codes.CONTAINER) != 0 || tag == codes.FONT || tag == codes.ANNOTATION_XML)
  if (greater == 0) return pageEnd // the page ends inside of a tag: nothing of it counts
  const attributesTo = isSelfClosing ? greater - 1 : greater
  const space = spaceAt(depth)
  if (space == IN_SVG || space == IN_MATH) {
    const isBreakout = (flags & codes.BREAKOUT) != 0 || (tag == codes.FONT && (seen & (1 << FONT_STYLE)) != 0)
    if (!isBreakout) return foreignTag(tag, hash, space, nameTo, attributesTo, greater)
    while (spaceAt(depth) == IN_SVG || spaceAt(depth) == IN_MATH) pop()
  }
  if (tag == codes.IMAGE) {
    tag = codes.IMG
    flags = flagsOf(tag)
  }
  if (!opens(tag, flags)) {
    // The attributes of a second html or body are the first one's too.
    if (tag == codes.HTML || tag == codes.BODY) addRow(codes.OTHER, nameTo, attributesTo)
    return greater + 1
  }
  const node = addRow(tag, nameTo, attributesTo)
  if (isTruncated) return pageEnd
  if ((flags & codes.CONTAINER) != 0) noteNames(node)
  if ((flags & codes.BLOCK) != 0 || tag == codes.BR) setAfterBlock(true)
  const next = greater + 1
  if ((flags & codes.RAW) != 0) return rawText(node, tag, hash, flags, next, at, nameTo)
  if (tag == codes.PLAINTEXT) {
    push(node, tag, hash, IN_HTML)
    addText(next, pageEnd, true)
    return pageEnd
  }
  if (tag == codes.FRAMESET) return pageEnd
  if ((flags & codes.VOID) != 0 || tag == codes.COLGROUP) return next
  if (tag == codes.SVG || tag == codes.MATH) {
    if (!isSelfClosing) push(node, tag, hash, tag == codes.SVG ? IN_SVG : IN_MATH)
    return next
  }
  if (tag == codes.FORM && isTableStructure(tagAt(depth))) return next // it holds nothing there
  push(node, tag, hash, IN_HTML)
  return (flags & codes.NEWLINE) != 0 ? behindNewline(next) : next
}

function noteNames(node: i32): void {
  if (quiet != 0) return
  for (let kind = codes.NAMED_CLASS; kind <= codes.NAMED_HREF; kind++) {
    if ((seen & (1 << kind)) != 0) noteName(node, kind, valueFrom(kind), valueTo(kind))
  }
}

function behindNewline(at: usize): usize {
  if (load<u8>(at) == 0x0d) at++
  return load<u8>(at) == 0x0a ? at + 1 : at
}

function foreignTag(tag: i32, hash: u32, space: i32, nameTo: usize, attributesTo: usize, greater: usize): usize {
  const node = addRow(tag, nameTo, attributesTo)
  if (isTruncated) return pageEnd
  if ((flagsOf(tag) & codes.CONTAINER) != 0) noteNames(node)
  if (isSelfClosing) return greater + 1
  let inside = space
  if (tag == codes.SVG && tagAt(depth) == codes.ANNOTATION_XML) inside = IN_SVG
  else if (space == IN_SVG) {
    if (tag == codes.FOREIGN_OBJECT || tag == codes.DESC || tag == codes.TITLE) inside = SVG_HOLDER
  } else if ((flagsOf(tag) & codes.MATH_TEXT) != 0) inside = MATH_HOLDER
  else if (tag == codes.ANNOTATION_XML && (seen & (1 << HTML_ENCODING)) != 0) inside = MATH_HOLDER
  push(node, tag, hash, inside)
  return greater + 1
}

/** Closes what a start tag ends without saying so; false when the tag is to be passed over. */
function opens(tag: i32, flags: i32): bool {
  if (tag == codes.HTML) {
    if (isHtmlSeen || isHeadSeen || isBodySeen) return false
    isHtmlSeen = true
    return true
  }
  if (tag == codes.HEAD) {
    if (isHeadSeen || isBodySeen) return false
    isHeadSeen = true
    return true
  }
  if ((flags & codes.IN_HEAD) != 0) return true
  if (tagAt(depth) == codes.HEAD) pop()
  if (tag == codes.FRAMESET) return isFramesetOk
  if ((flags & codes.SHOWS) != 0) isFramesetOk = false
  if (tag == codes.BODY) {
    if (isBodySeen) return false
    isBodySeen = true
    return true
  }
  isBodySeen = true
  if ((flags & codes.TABLE_PART) != 0) return opensTablePart(tag)
  if ((flags & codes.ENDS_SELECT) != 0 && close(codes.SELECT, TABLE_SCOPED) && tag == codes.SELECT) return false
  if ((flags & codes.CLOSES_P) != 0) close(codes.P, BUTTON_SCOPED)
  if ((flags & codes.HEADING) != 0 && (flagsOf(tagAt(depth)) & codes.HEADING) != 0 && spaceAt(depth) == IN_HTML) pop()
  switch (tag) {
    case codes.LI:
      closeItem(codes.LI, codes.LI)
      break
    case codes.DT:
    case codes.DD:
      closeItem(codes.DT, codes.DD)
      break
    case codes.A:
      close(codes.A, BUTTON_SCOPED)
      break
    case codes.NOBR:
      close(codes.NOBR, UNSPECIAL)
      break
    case codes.BUTTON:
      close(codes.BUTTON, SCOPED)
      break
    case codes.OPTGROUP:
      if (tagAt(depth) == codes.OPTION) pop()
      if (tagAt(depth) == codes.OPTGROUP && openCount(codes.SELECT) != 0) pop()
      break
    case codes.OPTION:
      if (tagAt(depth) == codes.OPTION) pop()
      break
    case codes.RB:
    case codes.RTC:
    case codes.RT:
    case codes.RP:
      closeRuby(tag)
      break
    case codes.FORM:
      if (isFormOpen && openCount(codes.TEMPLATE) == 0) return false
      isFormOpen = true
      break
    case codes.TABLE:
      closeTable()
      break
  }
  return true
}

/** An item ends the one before it across mere wrappers only. */
function closeItem(one: i32, other: i32): void {
  if (openCount(one) == 0 && openCount(other) == 0) return
  for (let at = depth; at > 0; at--) {
    addWork(1)
    const tag = tagAt(at)
    if (spaceAt(at) == IN_HTML && (tag == one || tag == other)) {
      popTo(at - 1)
      return
    }
    if (tag != codes.ADDRESS && tag != codes.DIV && tag != codes.P && isBarrier(at, UNSPECIAL)) return
  }
}

function closeRuby(tag: i32): void {
  if (seek(codes.RUBY, 0, SCOPED) == 0) return
  for (;;) {
    const current = tagAt(depth)
    if (current != codes.RB && current != codes.RT && current != codes.RP && current != codes.RTC) return
    if (current == codes.RTC && (tag == codes.RT || tag == codes.RP)) return
    pop()
  }
}

/** A table right inside of another, not in a cell, ends that one. */
function closeTable(): void {
  if (openCount(codes.TABLE) == 0) return
  for (let at = depth; at > 0; at--) {
    addWork(1)
    const tag = tagAt(at)
    if (tag == codes.TD || tag == codes.TH || tag == codes.CAPTION || tag == codes.TEMPLATE) return
    if (tag == codes.TABLE) {
      popTo(at - 1)
      return
    }
  }
}

// @ts-ignore: decorator
@inline
function isRowGroup(tag: i32): bool {
  return tag == codes.TBODY || tag == codes.THEAD || tag == codes.TFOOT
}

function isTableStructure(tag: i32): bool {
  return tag == codes.TABLE || tag == codes.TR || isRowGroup(tag)
}

/** Clears the stack back to where the part belongs. */
function opensTablePart(tag: i32): bool {
  if (openCount(codes.TABLE) == 0 && openCount(codes.TEMPLATE) == 0) return false
  const isCell = tag == codes.TD || tag == codes.TH
  const isRow = tag == codes.TR
  for (let at = depth; at > 0; at--) {
    addWork(1)
    const current = tagAt(at)
    const isHere =
      current == codes.TABLE ||
      current == codes.TEMPLATE ||
      ((isCell || isRow) && isRowGroup(current)) ||
      (isCell && current == codes.TR)
    if (!isHere || spaceAt(at) != IN_HTML) continue
    popTo(at)
    if (isCell && (current == codes.TABLE || isRowGroup(current))) {
      push(addRow(codes.TR, page, page), codes.TR, 0, IN_HTML)
      setAfterBlock(true)
    }
    return true
  }
  return false
}

/** Content of script, style, title and the like: one text up to the end tag of the same name. */
function rawText(node: i32, tag: i32, hash: u32, flags: i32, from: usize, name: usize, nameTo: usize): usize {
  const start = (flags & codes.NEWLINE) != 0 ? behindNewline(from) : from
  const end = tag == codes.SCRIPT ? scriptEnd(start, name) : rawTextEnd(start, name, nameTo - name)
  push(node, tag, hash, IN_HTML)
  const isPushed = over == 0
  addText(start, end, (flags & codes.SKIPPED) == 0)
  if (isPushed) pop()
  else leaveOver()
  if (end == pageEnd) return pageEnd
  const greater = attributes(end + 2 + (nameTo - name), false)
  return greater == 0 ? pageEnd : greater + 1
}

// ---- end tags ----

function endTag(at: usize): usize {
  const nameTo = nameEnd(at)
  const hash = nameHash
  const greater = attributes(nameTo, false)
  if (greater == 0) return pageEnd
  const tag = tagOf(hash)
  if (spaceAt(depth) == IN_HTML || !closeForeign(tag, hash)) closeHtml(tag, hash)
  return greater + 1
}

/** True when the end tag is one of foreign content, and dealt with. */
function closeForeign(tag: i32, hash: u32): bool {
  if (tag == codes.P || tag == codes.BR) {
    while (spaceAt(depth) == IN_SVG || spaceAt(depth) == IN_MATH) pop()
    return false
  }
  for (let at = depth; at > 0 && spaceAt(at) != IN_HTML; at--) {
    if (hashAt(at) != hash) continue
    popTo(at - 1)
    return true
  }
  return false
}

function closeHtml(tag: i32, hash: u32): void {
  const flags = flagsOf(tag)
  if (tag == codes.BR) {
    addRow(codes.BR, page, page) // </br> is a br
    setAfterBlock(true)
    return
  }
  if (over > 0 && openCount(tag) != 0) {
    leaveOver()
    return
  }
  if (tag == codes.P) {
    if (close(codes.P, BUTTON_SCOPED)) return
    if (tagAt(depth) == codes.HEAD) return
    addRow(codes.P, page, page) // </p> alone is an empty paragraph
    setAfterBlock(true)
    return
  }
  if (tag == codes.BODY || tag == codes.HTML) return // what follows still belongs to the body
  if ((flags & codes.HEADING) != 0) {
    closeHeading()
    return
  }
  if (openCount(tag) == 0) return
  if (tag == codes.FORM) closeForm()
  else if (tag == codes.TABLE || (flags & codes.TABLE_PART) != 0) closeTablePart(tag)
  else if (tag == codes.LI) close(tag, LIST_SCOPED)
  else if (tag == codes.TEMPLATE) closeAny(tag)
  else if (tag == codes.A) close(tag, BUTTON_SCOPED)
  else if ((flags & codes.ENDS_ALL) != 0) close(tag, SCOPED)
  else {
    const at = seek(tag, hash, UNSPECIAL)
    if (at != 0) popTo(at - 1)
  }
}

function closeHeading(): void {
  for (let at = depth; at > 0; at--) {
    addWork(1)
    if (spaceAt(at) == IN_HTML && (flagsOf(tagAt(at)) & codes.HEADING) != 0) {
      popTo(at - 1)
      return
    }
    if (isBarrier(at, SCOPED)) return
  }
}

function closeForm(): void {
  isFormOpen = false
  let at = depth
  while (at > 0 && hasImpliedEnd(tagAt(at))) at--
  if (tagAt(at) == codes.FORM) popTo(at - 1)
}

function hasImpliedEnd(tag: i32): bool {
  switch (tag) {
    case codes.P:
    case codes.LI:
    case codes.DT:
    case codes.DD:
    case codes.OPTION:
    case codes.OPTGROUP:
    case codes.RB:
    case codes.RT:
    case codes.RP:
    case codes.RTC:
      return true
  }
  return false
}

/** Ends the nearest of a tag, whatever stands between. */
function closeAny(tag: i32): void {
  let at = depth
  while (at > 0 && tagAt(at) != tag) at--
  popTo(at - 1)
}

function closeTablePart(tag: i32): void {
  for (let at = depth; at > 0; at--) {
    addWork(1)
    if (tagAt(at) == tag && spaceAt(at) == IN_HTML) {
      popTo(at - 1)
      return
    }
    if (isBarrier(at, TABLE_SCOPED)) return
  }
}
