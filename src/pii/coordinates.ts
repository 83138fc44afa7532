/**
 * Geographic coordinates that point to a house: decimal pairs with four decimals or more (11 m), and degrees with minutes and
 * seconds in both directions (ISO 6709 annex D, as people write it). Coarser ones point to towns and are left alone.
 */
import { CONTEXT_SCORE, contextWords, hasContext } from './context.js'
import { type Found, isWord, type Page } from './page.js'

const DECIMALS_MIN = 4
const DECIMALS_MAX = 16
const PAIR_SCORE = 0.4
const HEMISPHERE_SCORE = 0.9

const WORDS = contextWords(`coordinates, coordinate, coords, latitude, longitude, lat, lon, lng, latlng, gps, location,
  position, geo, koordinaten, coordonnées, coordenadas, coordinate, breitengrad, längengrad`)

/** `52.52001° N, 13.40495° E` from the first digit on; sticky, bounded. */
const DECIMAL_PAIR =
  /(\d{1,2}\.\d{4,16})(?!\d)( ?°)? ?([NS])?(?:[,;/] ?| )(?:lon(?:gitude)?[:=] ?)?([-−+]?\d{1,3}\.\d{4,16})(?![\d.])( ?°)? ?([EWO])?/y
const SEXAGESIMAL =
  /\d{1,2} ?° ?\d{1,2} ?['’′] ?\d{1,2}(?:[.,]\d{1,6})? ?(?:["”″]|''|’’|′′) ?[NS][,;/ ]{1,3}\d{1,3} ?° ?\d{1,2} ?['’′] ?\d{1,2}(?:[.,]\d{1,6})? ?(?:["”″]|''|’’|′′) ?[EWO](?![\p{L}])/uy

export function findCoordinates(page: Page): Found[] {
  const { text, starts, ends, asked } = page
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    const start = starts[i]
    if (start < free || ends[i] - start > 3) continue
    const next = text.charCodeAt(ends[i])
    const span = next === DOT ? decimalPair(page, i) : isDegree(text, ends[i]) ? sexagesimal(text, start) : null
    if (span === null) continue
    found.push(span)
    free = span.end
  }
  return found
}

/** `52°`, `52 °` */
function isDegree(text: string, end: number): boolean {
  const next = text.charCodeAt(end)
  return next === DEGREE || (next === SPACE && text.charCodeAt(end + 1) === DEGREE)
}

const DOT = 0x2e
const SPACE = 0x20
const DEGREE = 0xb0

function decimalPair(page: Page, i: number): Found | null {
  const { text, starts, ends } = page
  if (starts[i + 1] !== ends[i] + 1) return null
  const decimals = ends[i + 1] - starts[i + 1]
  if (decimals < DECIMALS_MIN || decimals > DECIMALS_MAX) return null
  let start = starts[i]
  const before = text.charCodeAt(start - 1)
  if (isWord(before) || before === DOT) return null
  DECIMAL_PAIR.lastIndex = start
  const match = DECIMAL_PAIR.exec(text)
  if (match === null) return null
  if (/[-−+]/.test(text[start - 1] ?? ' ')) start--
  if (Number(match[1]) > 90 || Math.abs(Number(match[4].replace('−', '-'))) > 180) return null
  const end = DECIMAL_PAIR.lastIndex - trailingSpace(match[0])
  const isNamed = match[3] !== undefined && match[6] !== undefined
  const base = isNamed ? HEMISPHERE_SCORE : PAIR_SCORE
  const score = !isNamed && hasContext(page, start, end, WORDS) ? base + CONTEXT_SCORE : base
  return { start, end, type: 'coordinates', score }
}

function sexagesimal(text: string, start: number): Found | null {
  const before = text.charCodeAt(start - 1)
  if (isWord(before) || before === DOT) return null
  SEXAGESIMAL.lastIndex = start
  return SEXAGESIMAL.test(text)
    ? { start, end: SEXAGESIMAL.lastIndex, type: 'coordinates', score: HEMISPHERE_SCORE }
    : null
}

function trailingSpace(match: string): number {
  return match.length - match.trimEnd().length
}
