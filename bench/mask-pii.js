/**
 * Masking of e-mail and IP addresses: speed of the whole stage on texts, of the finders on hostile
 * text, and agreement with gold spans.
 * Usage: npm run build && node bench/mask-pii.js [repeats]. One JSON line a figure, rates from the least CPU time of the
 * repeats. Data from MILLRACE_DATA. Its peer: bench/mask-pii.py (datatrove).
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { default: maskPii } = await import(join(built, 'stages/mask-pii.js'))
const { findEmails } = await import(join(built, 'src/pii/email.js'))
const { findIps } = await import(join(built, 'src/pii/ip.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const repeats = Number(process.argv[2] ?? 5)
const emit = (figure) => console.log(JSON.stringify(figure))
const defaults = Object.fromEntries(Object.entries(maskPii.options).map(([name, option]) => [name, option.default]))
const mask = await maskPii.prepare(defaults, { seed: 0 })

function rowsOf(path) {
  return gunzipSync(readFileSync(join(data, path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function seconds(work) {
  let least = Infinity
  for (let i = 0; i < repeats; i++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  return least
}

const gold = rowsOf('pii/presidio_spans.jsonl.gz')
const inputs = { texts: rowsOf('text/corpus.jsonl.gz').map((row) => row.text), spans: gold.map((row) => row.text) }
for (const [input, texts] of Object.entries(inputs)) {
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  const time = seconds(() => {
    for (const text of texts) mask({ text })
  })
  emit({
    input,
    count: texts.length,
    perSecond: Math.round(texts.length / time),
    megabytesPerSecond: round(megabytes / time),
  })
}

const prose = inputs.texts.join('\n').slice(0, 1e6)
for (const unit of [
  prose,
  'a@',
  '@',
  'a@b.',
  'é@',
  '1.',
  '1.1.',
  ':',
  '::',
  'a:',
  'jo@mail.org ',
  '8.8.8.8 ',
  '2a00::1 ',
]) {
  const text = unit.repeat(Math.ceil(1e6 / unit.length))
  const name = unit === prose ? 'prose' : unit
  emit({
    unit: name,
    emailMillisecondsPerMegabyte: round(seconds(() => findEmails(text)) * 1e3),
    ipMillisecondsPerMegabyte: round(seconds(() => findIps(text)) * 1e3),
  })
}

for (const [type, find] of [
  ['EMAIL_ADDRESS', findEmails],
  ['IP_ADDRESS', findIps],
]) {
  let predicted = 0
  let right = 0
  let wanted = 0
  for (const { text, spans } of gold) {
    const units = unitOffsets(text)
    const expected = spans.filter((span) => span.type === type).map((span) => `${units[span.start]}-${units[span.end]}`)
    const found = find(text).map((span) => `${span.start}-${span.end}`)
    predicted += found.length
    wanted += expected.length
    right += found.filter((span) => expected.includes(span)).length
  }
  emit({ type, gold: wanted, predicted, exact: right, precision: right / predicted, recall: right / wanted })
}

/** The UTF-16 offset of each code point; the gold counts code points. */
function unitOffsets(text) {
  const offsets = [0]
  for (const character of text) offsets.push(offsets[offsets.length - 1] + character.length)
  return offsets
}

function round(value) {
  return Number(value.toFixed(1))
}
