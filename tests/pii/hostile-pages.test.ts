/**
 * What a hostile page costs, counted and not timed: reads of characters and calls of patterns while every type is looked for. They grow
 * with the page's length and no faster, for each kind of value and look-alike, and stay under a bound a character.
 */
import { expect, it } from 'vitest'
import { makeDetector } from '../../src/pii/detect.js'
import { PATTERN_TYPES } from '../../src/pii/types.js'

const UNITS = 10_000
/** Pages take 8 to 48 reads a character: most where every finder has to look at each digit, twice over. */
const WORK_MAX = 60
/** Of twice as long a page. */
const GROWTH_MAX = 2.1

type Kind = () => string
const {
  KINDS,
  distinct,
  repeated,
}: Record<'KINDS', Record<string, Kind>> & Record<'distinct' | 'repeated', (kind: Kind, sizeMin: number) => string> =
  await import(new URL('../../bench/hostile-pages.js', import.meta.url).href)

/** @returns how often a character was read or a pattern asked */
function workOf(run: () => void): number {
  const text = String.prototype
  const pattern = RegExp.prototype
  const real = { charCodeAt: text.charCodeAt, indexOf: text.indexOf, exec: pattern.exec, test: pattern.test }
  let work = 0
  text.charCodeAt = function (this: string, at: number) {
    work++
    return real.charCodeAt.call(this, at)
  }
  text.indexOf = function (this: string, word: string, from?: number) {
    const at = real.indexOf.call(this, word, from)
    work += (at < 0 ? this.length : at) - (from ?? 0) > 0 ? 1 : 0
    return at
  }
  pattern.exec = function (this: RegExp, word: string) {
    work++
    return real.exec.call(this, word)
  }
  pattern.test = function (this: RegExp, word: string) {
    work++
    return real.test.call(this, word)
  }
  try {
    run()
  } finally {
    text.charCodeAt = real.charCodeAt
    text.indexOf = real.indexOf
    pattern.exec = real.exec
    pattern.test = real.test
  }
  return work
}

const detect = await makeDetector({
  types: PATTERN_TYPES,
  ip: 'all',
  countries: [],
  scoreMin: 0.5,
  allow: new Set<string>(),
})

it.each(Object.entries(KINDS))('%s', (_, kind) => {
  for (const pageOf of [distinct, repeated]) {
    const page = pageOf(kind, 2 * UNITS)
    const half = page.slice(0, page.length / 2)
    const [whole, first] = [page, half].map((text) => workOf(() => void detect(text, 'en')))
    expect(first).toBeGreaterThan(half.length)
    expect(whole / first).toBeLessThan(GROWTH_MAX)
    expect(whole / page.length).toBeLessThan(WORK_MAX)
  }
})
