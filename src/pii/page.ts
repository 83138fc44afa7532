/**
 * A text with its numbers found: every finder that looks for numbers starts from these groups of digits instead of reading
 * the text again. One pass, linear.
 */
import type { Span } from '../document/document.js'
import { CLASS, DECIMAL, LETTER } from '../text/classes.js'
import { LastWindows } from './context.js'

/** Fewer than any key has. */
export const LONG_MIN = 20

/** What finders are given beside the text. */
export interface Hints {
  /** ISO 639 code of the document, '' when unknown. */
  readonly language: string
  /** ISO 3166 codes whose national forms are looked for, upper case. */
  readonly countries: readonly string[]
}

export interface Page extends Hints {
  readonly text: string
  /** UTF-16 offsets of the maximal runs of decimal digits of any script, in order. */
  readonly starts: readonly number[]
  /** Behind each run. */
  readonly ends: readonly number[]
  /** Indexes of the runs where a value is looked for: all of them, on a second look those near what has changed. */
  readonly asked: readonly number[]
  /** The same, further around, for values of several lines. */
  readonly askedWide: readonly number[]
  /** Maximal runs of visible ASCII characters, of LONG_MIN and more: where keys and long addresses are. */
  readonly longStarts: readonly number[]
  readonly longEnds: readonly number[]
  /** What stands beside the value that was asked about last. */
  readonly windows: LastWindows
}

/**
 * Looks for one family of values. What it gives back is in order of `start` and overlaps nothing of its own; offsets never
 * split a surrogate pair; scores are in [0, 1]. Called with the same page it gives the same spans.
 */
export type Finder = (page: Page) => readonly Found[]

export interface Found extends Span {
  /** True for what names nobody: documentation addresses, test card numbers. It is never masked, but hides what it holds. */
  readonly isHarmless?: boolean
}

/** Value of a decimal digit plus one, 0 for all else, by UTF-16 unit. Unicode keeps the ten digits of a script together. */
export const DIGIT_PLUS_ONE = new Uint8Array(0x10000)
for (let unit = 0, value = 0; unit < 0x10000; unit++) {
  value = (CLASS[unit] & DECIMAL) !== 0 ? (value % 10) + 1 : 0
  DIGIT_PLUS_ONE[unit] = value
}

export function readPage(text: string, { language, countries }: Hints): Page {
  return new TextPage(text, language, countries)
}

/** Reads the text when a finder first asks for its numbers or long runs: some never do. */
class TextPage implements Page {
  readonly windows = new LastWindows()
  private known: Runs | null = null

  constructor(
    readonly text: string,
    readonly language: string,
    readonly countries: readonly string[],
  ) {}

  get starts(): readonly number[] {
    return this.runs().starts
  }

  get ends(): readonly number[] {
    return this.runs().ends
  }

  get asked(): readonly number[] {
    return this.runs().asked
  }

  get askedWide(): readonly number[] {
    return this.runs().asked
  }

  get longStarts(): readonly number[] {
    return this.runs().longStarts
  }

  get longEnds(): readonly number[] {
    return this.runs().longEnds
  }

  private runs(): Runs {
    this.known ??= runsOf(this.text)
    return this.known
  }
}

type Runs = Pick<Page, 'starts' | 'ends' | 'asked' | 'longStarts' | 'longEnds'>

function runsOf(text: string): Runs {
  const starts: number[] = []
  const ends: number[] = []
  const longStarts: number[] = []
  const longEnds: number[] = []
  let inDigits = false
  let visible = 0 // where the run of visible ASCII characters begins that holds this one
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const isInDigits = unit < 0x80 ? isDigit(unit) : DIGIT_PLUS_ONE[unit] !== 0
    if (isInDigits !== inDigits) {
      ;(isInDigits ? starts : ends).push(i)
      inDigits = isInDigits
    }
    if (unit > 0x20 && unit < 0x7f) continue
    if (i - visible >= LONG_MIN) {
      longStarts.push(visible)
      longEnds.push(i)
    }
    visible = i + 1
  }
  if (inDigits) ends.push(text.length)
  if (text.length - visible >= LONG_MIN) {
    longStarts.push(visible)
    longEnds.push(text.length)
  }
  const asked: number[] = []
  for (let i = 0; i < starts.length; i++) asked.push(i)
  return { starts, ends, asked, longStarts, longEnds }
}

/** Units before and behind a change within which a number may begin, or a long run lie, that reads otherwise for it. */
const NEAR_BEFORE = 64
const NEAR_AFTER = 32
const WIDE = 320

/**
 * A second look at a text where what was found has become marks, which leave everything in its place: runs of digits as they were but for
 * what is marked, and asked only where a change is near.
 *
 * @param marked of the page's length
 * @param found what has become marks since, in order, none overlapping
 * @param changed in order of `start`: that, and whatever overlapped it
 */
export function readAgain(page: Page, marked: string, found: readonly Span[], changed: readonly Span[]): Page {
  const starts: number[] = []
  const ends: number[] = []
  const asked: number[] = []
  const askedWide: number[] = []
  const near = new Nearness(changed, NEAR_BEFORE, NEAR_AFTER)
  const wide = new Nearness(changed, WIDE, WIDE)
  let k = 0
  for (let i = 0; i < page.starts.length; i++) {
    const end = page.ends[i]
    for (let start = page.starts[i]; start < end; ) {
      while (k < found.length && found[k].end <= start) k++
      const cut = k < found.length ? Math.min(end, found[k].start) : end
      if (cut > start) {
        if (near.has(start, start)) asked.push(starts.length)
        if (wide.has(start, start)) askedWide.push(starts.length)
        starts.push(start)
        ends.push(cut)
      }
      start = cut < end ? Math.min(end, found[k].end) : end
    }
  }
  const nearLong = new Nearness(changed, NEAR_BEFORE, NEAR_AFTER)
  const longs = [...page.longStarts.keys()].filter((i) => nearLong.has(page.longStarts[i], page.longEnds[i]))
  return {
    text: marked,
    language: page.language,
    countries: page.countries,
    windows: new LastWindows(),
    starts,
    ends,
    asked,
    askedWide,
    longStarts: longs.map((i) => page.longStarts[i]),
    longEnds: longs.map((i) => page.longEnds[i]),
  }
}

/** Whether a stretch is near one of the changes; asked in order. */
class Nearness {
  private at = 0

  constructor(
    private readonly changed: readonly Span[],
    private readonly before: number,
    private readonly after: number,
  ) {}

  has(start: number, end: number): boolean {
    const { changed } = this
    while (this.at < changed.length && changed[this.at].end + this.after < start) this.at++
    return this.at < changed.length && changed[this.at].start - this.before <= end
  }
}

/** The digits of text[start, end) as ASCII, all else left out: `(0)96-4` gives `0964`. For short stretches. */
export function digitsOf(text: string, start: number, end: number): string {
  let digits = ''
  for (let i = start; i < end; i++) digits += DIGIT_TEXTS[DIGIT_PLUS_ONE[text.charCodeAt(i)]]
  return digits
}

const DIGIT_TEXTS = ['', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

// Each takes the NaN of charCodeAt beyond either end of a text, which is none of these.

export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39
}

export function isAsciiLetter(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a)
}

/** Of ASCII. */
export function isCapital(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a
}

/** ASCII letter, digit or underscore: in scripts without spaces a value may stand against a letter. */
export function isWord(unit: number): boolean {
  return isDigit(unit) || isAsciiLetter(unit) || unit === 0x5f
}

/** White space as `\s` has it. */
export function isSpace(unit: number): boolean {
  if (unit <= 0xa0) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xa0
  return unit >= 0x1680 && RARE_SPACES.has(unit)
}

const RARE_SPACES = new Set([
  0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029,
  0x202f, 0x205f, 0x3000, 0xfeff,
])

/** A letter of any script, by UTF-16 unit. */
export function isLetter(unit: number): boolean {
  return unit < 0x10000 && (CLASS[unit] & LETTER) !== 0
}

/** Neither a word nor a decimal number goes over into text[start, end) or on behind it. */
export function standsFree(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1)
  const after = text.charCodeAt(end)
  if (isWord(before) || isWord(after)) return false
  if (isNumberJoint(before) && DIGIT_PLUS_ONE[text.charCodeAt(start - 2)] > 0) return false
  return !(isNumberJoint(after) && DIGIT_PLUS_ONE[text.charCodeAt(end + 1)] > 0)
}

/** `.` `,` `-` `/` `:` join digits to a longer number, date or version. */
function isNumberJoint(unit: number): boolean {
  return unit === 0x2e || unit === 0x2c || unit === 0x2d || unit === 0x2f || unit === 0x3a
}
