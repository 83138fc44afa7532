/**
 * Header blocks as WARC records and HTTP messages share them: a first line, `Name: value` lines, a blank line.
 * WARC 1.1 (ISO 28500:2017) section 4 and RFC 9112. Tolerant as crawls need it: LF alone or several CR before it, folded
 * lines, any case of names, lines without a colon passed over. Leaves out RFC 2047 encoded words (kept as written).
 */

/** Longer header blocks than this are damage. */
export const HEADER_SIZE_MAX = 256 * 1024

export interface HeaderBlock {
  readonly firstLine: string
  /** By lower-case name; of several lines with one name the first counts. */
  readonly fields: ReadonlyMap<string, string>
}

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const TAB = 0x09

/** Offset behind the blank line that ends the block starting at `start`; -1 when the bytes hold none. */
export function headerEnd(bytes: Buffer, start: number): number {
  let line = start
  for (;;) {
    const feed = bytes.indexOf(LF, line)
    if (feed === -1) return -1
    let end = feed
    while (end > line && bytes[end - 1] === CR) end--
    if (end === line && line > start) return feed + 1
    line = feed + 1
  }
}

/** Reads the block in bytes [start, end). Text is UTF-8 where it is valid, else Latin-1. */
export function parseHeader(bytes: Buffer, start: number, end: number): HeaderBlock {
  const text = decodeHeader(bytes, start, end)
  const fields = new Map<string, string>()
  let feed = lineEnd(text, 0)
  const firstLine = text.slice(0, feed).trim()
  let name = ''
  let colon = -1
  while (feed < text.length) {
    const from = feed + 1
    feed = lineEnd(text, from)
    const first = text.charCodeAt(from)
    if (first === SPACE || first === TAB) {
      // A folded line goes on with the value before it; a value that is another line's duplicate stays as it was.
      const before = fields.get(name)
      const more = text.slice(from, feed).trim()
      if (before !== undefined) fields.set(name, before === '' ? more : `${before} ${more}`)
      continue
    }
    if (colon < from) colon = text.indexOf(':', from) // looked for once, or lines without one would make it quadratic
    if (colon === -1) break
    if (colon === from || colon > feed) {
      name = ''
      continue
    }
    name = text.slice(from, colon).trim().toLowerCase()
    if (fields.has(name)) name = ''
    else fields.set(name, text.slice(colon + 1, feed).trim())
  }
  return { firstLine, fields }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from)
  return feed === -1 ? text.length : feed
}

function decodeHeader(bytes: Buffer, start: number, end: number): string {
  const latin1 = bytes.toString('latin1', start, end)
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const utf8 = bytes.toString('utf8', start, end)
  return utf8.includes('\ufffd') ? latin1 : utf8
}
