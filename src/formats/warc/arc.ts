/**
 * ARC records: a line of fields, then the content (Burner and Kahle, "Arc File Format", Internet Archive 1996). The first
 * record of a file is its version block: `1 0` and `1 1` name lines of five fields (URL, IP address, date, content type,
 * length), `2 0` of ten. The lines are told apart by themselves, so that one can be read without the file's first.
 * Tolerant as the archives need it: spaces in URLs and content types, `-` for what is unknown, dates of 12 to 18 digits.
 */

/** A line longer than this is none. */
export const ARC_LINE_SIZE_MAX = 16 * 1024

export interface ArcLine {
  /** Bytes of the line, its end included. */
  readonly lineSize: number
  /** `1.0` for five fields, `2.0` for ten. */
  readonly version: string
  /** Named as WARC names them, by lower-case name; `-` is left out. */
  readonly fields: ReadonlyMap<string, string>
  /** As it is written. */
  readonly length: string
}

const LF = 0x0a
const CR = 0x0d
/** Behind the date, in version 2: content type, result code, checksum, location, offset, file name, length. */
const LONG_FIELDS = 7
const DATE = /^\d{12,18}$/
const ADDRESS = /^(?:[0-9a-f.:]{2,45}|-)$/i

/** What the first record of a file calls itself. */
const VERSION_BLOCK = /^filedesc:/i

/** True when an ARC record's line may begin at the start of `bytes`: those that a search looks for. 9 bytes tell. */
export function seemsArc(bytes: Buffer): boolean {
  return /^(?:https?:\/|filedesc:|dns:|ftp:\/)/i.test(bytes.toString('latin1', 0, 9))
}

/** The line at the start of `bytes`, null when none stands there. */
export function arcLine(bytes: Buffer): ArcLine | null {
  if (!/^[a-z][a-z0-9+.-]{0,30}:/i.test(bytes.toString('latin1', 0, 32))) return null
  const feed = bytes.subarray(0, ARC_LINE_SIZE_MAX).indexOf(LF)
  if (feed === -1) return null
  const line = bytes.toString('utf8', 0, bytes[feed - 1] === CR ? feed - 1 : feed)
  const words = line.split(' ')
  const at = dateIndex(words)
  if (at === -1) return null
  const behind = words.slice(at + 1)
  const isLong = behind.length >= LONG_FIELDS && /^(?:\d{3}|-)$/.test(behind[1] as string)
  const url = words.slice(0, at - 1).join(' ')
  const fields = new Map<string, string>([
    ['warc-type', VERSION_BLOCK.test(url) ? 'arc_header' : 'response'],
    ['warc-target-uri', url],
  ])
  const set = (name: string, value: string) => {
    if (value !== '' && value !== '-') fields.set(name, value)
  }
  set('warc-date', isoDate(words[at] as string)) // at is a word's index
  set('warc-ip-address', words[at - 1] as string)
  set('content-type', isLong ? (behind[0] as string) : behind.slice(0, -1).join(' '))
  const length = behind.at(-1) ?? ''
  set('content-length', length)
  return { lineSize: feed + 1, version: isLong ? '2.0' : '1.0', fields, length }
}

/** Which word is the date; -1 when none is. From the end on, for a URL may hold what looks like fields. */
function dateIndex(words: readonly string[]): number {
  for (let at = words.length - 3; at >= 2; at--)
    if (DATE.test(words[at] as string) && ADDRESS.test(words[at - 1] as string)) return at // below the length
  // Where it is unknown, only its place tells: before content type and length, or before seven fields.
  for (const at of [words.length - 3, words.length - 1 - LONG_FIELDS])
    if (at >= 2 && words[at] === '-' && ADDRESS.test(words[at - 1] as string)) return at
  return -1
}

/** `20140216050221` as ISO 8601; what has other digits behind the seconds loses them. */
function isoDate(digits: string): string {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(digits) ?? []
  return year ? `${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}Z` : digits
}
