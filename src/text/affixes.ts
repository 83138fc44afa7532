/**
 * What splits off the front, the end and the middle of a word: the affix patterns of spaCy 3.8's blank English
 * (`lang/punctuation.py`, `lang/en/punctuation.py`) as scanners over UTF-16 units, each in time linear in what it reads.
 * Every function looks only at `units[start, end)`, the part of the word that is still whole.
 */
import { ALPHA, CLASS, CURRENCY, DIGIT, ICON, LOWER, PREFIX, QUOTE, SUFFIX, UPPER } from './classes.js'

const DOT = 0x2e
const ELLIPSIS = 0x2026
const PLUS = 0x2b
const DEGREE = 0xb0

/** Code point that starts at `at`; a lone surrogate is itself. */
export function codePointAt(units: Uint16Array, at: number, end: number): number {
  const unit = units[at] ?? 0
  if ((unit & 0xfc00) === 0xd800 && at + 1 < end) {
    const low = units[at + 1] ?? 0
    if ((low & 0xfc00) === 0xdc00) return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff)
  }
  return unit
}

/** Code point that ends just before `at`. */
export function codePointBefore(units: Uint16Array, at: number, start: number): number {
  const unit = units[at - 1] ?? 0
  if ((unit & 0xfc00) === 0xdc00 && at - 2 >= start) {
    const high = units[at - 2] ?? 0
    if ((high & 0xfc00) === 0xd800) return 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff)
  }
  return unit
}

function classAt(units: Uint16Array, at: number, end: number): number {
  return at < end ? (CLASS[codePointAt(units, at, end)] ?? 0) : 0
}

function classBefore(units: Uint16Array, at: number, start: number): number {
  return at > start ? (CLASS[codePointBefore(units, at, start)] ?? 0) : 0
}

/** Units of the mark that splits off the front, 0 for none. */
export function prefixLength(units: Uint16Array, start: number, end: number): number {
  const codePoint = codePointAt(units, start, end)
  const bits = CLASS[codePoint] ?? 0
  if ((bits & (PREFIX | ICON)) !== 0) return codePoint > 0xffff ? 2 : 1
  if (codePoint === DOT) {
    const dots = runLength(units, start, end, DOT)
    return dots >= 2 ? dots : 0
  }
  if (codePoint === PLUS) return (classAt(units, start + 1, end) & DIGIT) !== 0 ? 0 : 1
  if (codePoint === 0x55) return units[start + 1] === 0x53 && isDollar(units, start + 2, end) ? 3 : 0 // US$
  if (codePoint === 0x41 || codePoint === 0x43) return isDollar(units, start + 1, end) ? 2 : 0 // A$, C$
  return 0
}

function isDollar(units: Uint16Array, at: number, end: number): boolean {
  return at < end && units[at] === 0x24
}

function runLength(units: Uint16Array, start: number, end: number, unit: number): number {
  let at = start
  while (at < end && units[at] === unit) at++
  return at - start
}

/** Units of the mark, possessive, unit of measure or currency that splits off the end, 0 for none; the longest counts. */
export function suffixLength(units: Uint16Array, start: number, end: number): number {
  if (end <= start) return 0
  const last = codePointBefore(units, end, start)
  const bits = CLASS[last] ?? 0
  if ((bits & (SUFFIX | ICON)) !== 0) {
    if (last === ELLIPSIS && end - start >= 2 && units[end - 2] === ELLIPSIS) return 2
    return last > 0xffff ? 2 : 1
  }
  if (last === DOT) return dotSuffixLength(units, start, end)
  if (last === 0x73 || last === 0x53) {
    const before = end - start >= 2 ? units[end - 2] : 0
    if (before === 0x27 || before === 0x2019) return 2
  }
  if (last === PLUS) return (classBefore(units, end - 1, start) & DIGIT) !== 0 ? 1 : 0
  return measureLength(units, start, end, last)
}

function dotSuffixLength(units: Uint16Array, start: number, end: number): number {
  let at = end
  while (at > start && units[at - 1] === DOT) at--
  if (end - at >= 2) return end - at
  if (at === start) return 0
  const before = codePointBefore(units, at, start)
  const bits = CLASS[before] ?? 0
  if ((bits & (DIGIT | LOWER | QUOTE)) !== 0 || opensDot.has(before)) return 1
  if ((bits & UPPER) === 0) return isTemperature(units, start, at) ? 1 : 0
  const second = classBefore(units, before > 0xffff ? at - 2 : at - 1, start)
  return (second & UPPER) !== 0 || isTemperature(units, start, at) ? 1 : 0
}

/** Marks after which a full stop splits off, besides digits, lower-case letters and quotes. */
const opensDot = new Set(
  [...'%²-+|…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪'].map((mark) => mark.codePointAt(0) ?? 0),
)

function isTemperature(units: Uint16Array, start: number, at: number): boolean {
  return at - 2 >= start && units[at - 2] === DEGREE && 'CcFfKk'.includes(String.fromCharCode(units[at - 1] ?? 0))
}

const UNITS_OF_MEASURE = (
  'km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa mbar ' +
  'mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч кПа Па мбар ' +
  'Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тбكم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ كم غرام جرام جم كغ ملغ كوب اكواب'
).split(' ')
/** What may follow a digit and still splits off: units of measure and currencies. */
const measures = new Set([...UNITS_OF_MEASURE, ...CURRENCY, 'US$', 'C$', 'A$'])
const measureEnds = new Set([...measures].map((measure) => measure.charCodeAt(measure.length - 1)))
const measureLengthMax = Math.max(...[...measures].map((measure) => measure.length))

function measureLength(units: Uint16Array, start: number, end: number, last: number): number {
  if (!measureEnds.has(last)) return 0
  for (let length = Math.min(measureLengthMax, end - start - 1); length > 0; length--) {
    const at = end - length
    if ((classBefore(units, at, start) & DIGIT) !== 0 && measures.has(sliceOf(units, at, end))) return length
  }
  return 0
}

/** The string of a short stretch. */
function sliceOf(units: Uint16Array, start: number, end: number): string {
  return String.fromCharCode(...units.subarray(start, end))
}

/** Units of the mark at `at` that splits the word [start, end) in two, 0 for none. */
export function infixLength(units: Uint16Array, at: number, start: number, end: number): number {
  const unit = units[at] ?? 0
  switch (unit) {
    case DOT: {
      const dots = runLength(units, at, end, DOT)
      if (dots >= 2) return dots
      const ends = (classBefore(units, at, start) & (LOWER | QUOTE)) !== 0
      return ends && (classAt(units, at + 1, end) & (UPPER | QUOTE)) !== 0 ? 1 : 0
    }
    case ELLIPSIS:
      return 1
    case 0x2c: // ,
      return (classBefore(units, at, start) & ALPHA) !== 0 && (classAt(units, at + 1, end) & ALPHA) !== 0 ? 1 : 0
    case PLUS:
    case 0x2a: // *
    case 0x5e: // ^
      return isBetweenDigits(units, at, start, end) ? 1 : 0
    case 0x2d: // -
      return isBetweenDigits(units, at, start, end) ? 1 : joinLength(units, at, start, end, 3)
    case 0x2014: // em dash
      return joinLength(units, at, start, end, 2)
    case 0x2013: // en dash
    case 0x7e: // ~
    case 0x2f: // /
    case 0x3a: // :
    case 0x3c: // <
    case 0x3d: // =
    case 0x3e: // >
      return joinLength(units, at, start, end, 1)
    default:
      break
  }
  if (unit < 0x80) return 0
  const codePoint = codePointAt(units, at, end)
  if (((CLASS[codePoint] ?? 0) & ICON) === 0) return 0
  return codePoint > 0xffff ? 2 : 1
}

function isBetweenDigits(units: Uint16Array, at: number, start: number, end: number): boolean {
  if ((classBefore(units, at, start) & DIGIT) === 0 || at + 1 >= end) return false
  return (classAt(units, at + 1, end) & DIGIT) !== 0 || units[at + 1] === 0x2d
}

/** A run of at most `longest` of the same mark, between a letter or digit and a letter. */
function joinLength(units: Uint16Array, at: number, start: number, end: number, longest: number): number {
  if ((classBefore(units, at, start) & (ALPHA | DIGIT)) === 0) return 0
  const unit = units[at]
  let next = at + 1
  while (next < end && next - at < longest && units[next] === unit) next++
  return (classAt(units, next, end) & ALPHA) !== 0 ? next - at : 0
}
