/**
 * Numbers that the kernel and its callers agree on: ids of the tags that tree construction names, flags of tags, and what
 * attributes are read. Plain constants, so that both TypeScript and AssemblyScript can import them.
 */

// ---- ids of tags: in the order of `NAMES` in src/html/tags.ts, which begins with these ----

/** A run of text. */
export const TEXT = 0
/** An element without an id of its own. */
export const OTHER = 1
export const HTML = 2
export const HEAD = 3
export const BODY = 4
export const P = 5
export const A = 6
export const BR = 7
export const LI = 8
export const DT = 9
export const DD = 10
export const TABLE = 11
export const CAPTION = 12
export const COLGROUP = 13
export const TBODY = 14
export const THEAD = 15
export const TFOOT = 16
export const TR = 17
export const TD = 18
export const TH = 19
export const FORM = 20
export const BUTTON = 21
export const SELECT = 22
export const OPTION = 23
export const OPTGROUP = 24
export const TEMPLATE = 25
export const FRAMESET = 26
export const SCRIPT = 27
export const PLAINTEXT = 28
export const IMAGE = 29
export const IMG = 30
export const SVG = 31
export const MATH = 32
export const DIV = 33
export const ADDRESS = 34
export const OL = 35
export const UL = 36
export const RB = 37
export const RT = 38
export const RP = 39
export const RTC = 40
export const FONT = 41
export const TITLE = 42
export const FOREIGN_OBJECT = 43
export const DESC = 44
export const ANNOTATION_XML = 45
export const NOBR = 46
export const COL = 47
export const PRE = 48
export const RUBY = 49

// ---- flags of tags ----

/** No content, no end tag. */
export const VOID = 1
/** Content is raw up to the element's own end tag. */
export const RAW = 2
/** Starts and ends a line of its own. */
export const BLOCK = 4
/** Its start tag ends an open `p`. */
export const CLOSES_P = 8
/** Nothing inside is prose of the page: code, controls, media. */
export const SKIPPED = 16
/** End tags of ordinary elements do not reach past it (the specification's scope). */
export const SCOPE = 32
/** h1 to h6. */
export const HEADING = 64
/** Worth reading class and id words from. */
export const CONTAINER = 128
/** The specification's special elements: the end tag of an inline element does not reach past them. */
export const SPECIAL = 256
/** Stands in the head; any other start tag ends it. */
export const IN_HEAD = 512
/** Its start tag ends foreign content. */
export const BREAKOUT = 1024
/** Its end tag ends whatever stands open in it. */
export const ENDS_ALL = 2048
/** A line feed right behind the start tag is no content. */
export const NEWLINE = 4096
/** Part of a table: of no meaning outside of one. */
export const TABLE_PART = 8192
/** Its start or end ends an open `select`. */
export const ENDS_SELECT = 16384
/** Holds text in MathML: HTML may stand inside. */
export const MATH_TEXT = 32768
/** Something to see: no `frameset` takes its place. */
export const SHOWS = 65536

// ---- attributes whose values are remembered, in the order of `ATTRIBUTES` in index.ts ----

export const NAMED_CLASS = 0
export const NAMED_ID = 1
export const NAMED_ROLE = 2
export const NAMED_ITEMPROP = 3
export const NAMED_STYLE = 4
export const NAMED_HIDDEN = 5
export const NAMED_ARIA_HIDDEN = 6
export const NAMED_REL = 7
/** Only of links to creativecommons.org. */
export const NAMED_HREF = 8
