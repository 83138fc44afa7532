/**
 * The lines of an address around the street that was found in it: a flat, the town, the country, up to a postal code. What
 * follows only belongs to the address when a postal code ends it soon; otherwise the address ends with its street.
 */
const LINES_MAX = 5
const LINE_MAX = 40
const LEAD_MAX = 7

const FLAT =
  /[,;\r\n\t >]{1,8}(?:apt|apartment|suite|ste|unit|flat|floor|room|rm|appt|lejl|lgh|piso|#)\.? ?#?\d{1,5}[A-Za-z]?(?![\w])/iy
/** Town, state and code on the same line: `, Springfield, IL 62704`. */
const SAME_LINE =
  /[, ]{1,3}(?:\p{Lu}[\p{L}.'’-]{0,24}[, ]{1,3}){0,5}(?:[A-Z]{2,3},? )?(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)(?![\d\p{L}-])/uy
/** Code and town on the same line: `, 10115 Berlin`. */
const CODE_TOWN = /,? (?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? \p{Lu}[\p{L}'’-]{1,30}(?![\d])/uy

const LINE = /^[\p{L}\p{M}\d ,.'’()/#-]*$/u
const ENDS_IN_CODE =
  /(?:^|[ ,])(?:[A-Z]{1,2}-)?(?:\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{3} \d{2})$/i
const BEGINS_WITH_CODE = /^(?:[A-Z]{1,2}-)?(?:\d{4,5}|\d{3} \d{2}|\d{2}-\d{3})(?: [A-Z]{2})? \p{L}[\p{L} '’.-]{1,30}$/u
/** Only white space and the marks of quoted mail. */
const BLANK = /^[\s>]*$/
const EDGE = /^[\s>,]*/

/** Behind the flat, the town and the code that follow `end`. */
export function blockEnd(text: string, end: number): number {
  let at = end
  for (const form of [FLAT, CODE_TOWN, SAME_LINE]) {
    form.lastIndex = at
    if (form.test(text)) at = form.lastIndex
  }
  return endOfLines(text, at)
}

/** Behind the line that ends in a postal code, at most LINES_MAX on; `from` when none comes. */
function endOfLines(text: string, from: number): number {
  let lineEnd = endOfLine(text, from)
  if (!/^[\s,]*$/.test(text.slice(from, lineEnd))) return from
  for (let lines = 0; lines < LINES_MAX && lineEnd < text.length; lines++) {
    const start = lineEnd + 1
    lineEnd = endOfLine(text, start)
    const whole = text.slice(start, lineEnd)
    if (whole.length > LINE_MAX + LEAD_MAX) return from
    const line = whole
      .replace(EDGE, '')
      .trimEnd()
      .replace(/[?.!]$/, '')
    if (line.length > LINE_MAX || !LINE.test(line)) return codeWithin(text, start) ?? from
    if (ENDS_IN_CODE.test(line) || BEGINS_WITH_CODE.test(line)) return start + whole.indexOf(line) + line.length
  }
  return from
}

/** A last line that goes on in prose: `Portugal 44674 for post mail?`. */
function codeWithin(text: string, start: number): number | null {
  CODE_BEFORE_PROSE.lastIndex = start
  return CODE_BEFORE_PROSE.test(text) ? CODE_BEFORE_PROSE.lastIndex : null
}
const CODE_BEFORE_PROSE = /[\s>]{0,6}(?:\p{Lu}[\p{L}.'’()-]{0,24},? ){0,4}\d{5}(?![\d\p{L}-])/uy

/** A number that stands before the street on its line belongs to it: `[4711] Storgatan 12`. Not before `least`. */
export function blockStart(text: string, start: number, least: number): number {
  const lead = text.slice(Math.max(least, start - LEAD_MAX), start)
  const match = /(?:^|[\s>])(\d{1,5}) $/.exec(lead)
  return match === null ? start : start - match[1].length - 1
}

/**
 * For a flat that stands alone on its line: where the line above begins, if that may be a street with its number.
 * -1 when the flat does not stand alone, or nothing like it stands above.
 */
export function lineAbove(text: string, start: number, end: number, least: number): number {
  const lineStart = startOfLine(text, start, least)
  if (!BLANK.test(text.slice(lineStart, start)) || lineStart <= least) return -1
  if (!/^[\s,]*$/.test(text.slice(end, endOfLine(text, end)))) return -1
  const above = startOfLine(text, lineStart - 1, least)
  const whole = text.slice(above, lineStart - 1)
  const line = whole.replace(EDGE, '').trimEnd()
  const isStreet =
    line.length <= LINE_MAX && LINE.test(line) && /\d/.test(line) && /^(?:\d|\p{Lu})/u.test(line) && /\p{L}/u.test(line)
  return isStreet ? above + whole.indexOf(line) : -1
}

/** Looks no further than a long line; a longer one is no part of an address. */
function endOfLine(text: string, from: number): number {
  const most = Math.min(text.length, from + LINE_MAX + LEAD_MAX + 1)
  let at = from
  while (at < most && text.charCodeAt(at) !== LINE_FEED) at++
  return at
}

function startOfLine(text: string, from: number, least: number): number {
  const stop = Math.max(least, from - LINE_MAX - LEAD_MAX)
  let at = from
  while (at > stop && text.charCodeAt(at - 1) !== LINE_FEED) at--
  return at
}

const LINE_FEED = 0x0a
