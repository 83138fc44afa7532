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
  const lines = decodeHeader(bytes, start, end).split('\n')
  const fields = new Map<string, string>()
  let name = ''
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string // i is below the length
    const first = line.charCodeAt(0)
    if (first === SPACE || first === TAB) {
      // A folded line goes on with the value before it; a value that is another line's duplicate stays as it was.
      const before = fields.get(name)
      if (before !== undefined) fields.set(name, before === '' ? line.trim() : `${before} ${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) {
      name = ''
      continue
    }
    name = line.slice(0, colon).trim().toLowerCase()
    if (fields.has(name)) name = ''
    else fields.set(name, line.slice(colon + 1).trim())
  }
  return { firstLine: (lines[0] as string).trim(), fields } // split gives at least one line
}

function decodeHeader(bytes: Buffer, start: number, end: number): string {
  const latin1 = bytes.toString('latin1', start, end)
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const utf8 = bytes.toString('utf8', start, end)
  return utf8.includes('\ufffd') ? latin1 : utf8
}
