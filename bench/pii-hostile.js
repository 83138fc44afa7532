/**
 * Masking of personal data on hostile pages beside prose: a megabyte of one kind of value or look-alike, once the same thing again
 * and again, once all distinct (seeded). Usage: npm run build && node bench/pii-hostile.js [repeats] [word in the name of a kind].
 * One JSON line a page, the dearest first: least CPU time of the repeats in ms per megabyte of UTF-8 for finding every type of
 * pattern, the ratio to prose read in turns with it (a loaded machine changes its pace within seconds), values found. Data from
 * MILLRACE_DATA.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { distinct, KINDS, repeated } from './hostile-pages.js'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { makeDetector } = await import(join(built, 'src/pii/detect.js'))
const { PATTERN_TYPES } = await import(join(built, 'src/pii/types.js'))
const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const repeats = Number(process.argv[2] ?? 3)
const wanted = process.argv[3] ?? ''
const SIZE = 1e6

const detect = await makeDetector({
  types: PATTERN_TYPES,
  ip: 'all',
  countries: [],
  scoreMin: 0.5,
  allow: new Set(),
})

/** Milliseconds of CPU time. */
function timeOf(text) {
  const before = process.cpuUsage()
  detect(text, 'en')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e3
}

/** A page and prose in turns. */
function figuresOf(text) {
  let least = Infinity
  let proseLeast = Infinity
  for (let i = 0; i < repeats; i++) {
    proseLeast = Math.min(proseLeast, timeOf(prose))
    least = Math.min(least, timeOf(text))
  }
  const perMegabyte = (least * 1e6) / Buffer.byteLength(text)
  const beside = (proseLeast * 1e6) / Buffer.byteLength(prose)
  const found = detect(text, 'en').length
  return {
    perMegabyte: round(perMegabyte),
    prose: round(beside),
    toProse: round(perMegabyte / beside),
    found,
    microsecondsPerValue: found === 0 ? null : round((least * 1e3) / found),
  }
}

const prose = gunzipSync(readFileSync(join(data, 'text/corpus.jsonl.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line).text)
  .join('\n')
  .slice(0, SIZE)
for (let i = 0; i < 3; i++) timeOf(prose)
const lines = []
for (const [name, kind] of Object.entries(KINDS)) {
  if (!name.includes(wanted)) continue
  for (const [form, text] of [
    ['distinct', distinct(kind, SIZE)],
    ['repeated', repeated(kind, SIZE)],
  ]) {
    lines.push({ page: name, form, ...figuresOf(text) })
  }
}
lines.sort((a, b) => b.toProse - a.toProse)
for (const line of lines) console.log(JSON.stringify(line))

function round(value) {
  return Number(value.toFixed(value < 10 ? 2 : 0))
}
