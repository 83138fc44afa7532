/**
 * Masking of personal data: speed of the whole stage on texts (e-mail and IP addresses, and every type), cost of hostile text
 * beside prose, agreement with gold spans by type, and hits on texts.
 * Usage: npm run build && node bench/mask-pii.js [repeats]. One JSON line a figure, rates from the least CPU time of the
 * repeats. Data from MILLRACE_DATA. Its peer: bench/mask-pii.py (datatrove; Presidio's pattern recognisers).
 *
 * The gold is scored as its users score it: `found` are gold spans that a prediction of a matching type overlaps, `exact` those
 * with the same offsets, precision counts predictions. Halves by a hash of the row's id: patterns were written with `seen` in
 * view, `unseen` is for judging.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { default: maskPii } = await import(join(built, 'stages/mask-pii.js'))
const { makeDetector } = await import(join(built, 'src/pii/detect.js'))
const { PATTERN_TYPES } = await import(join(built, 'src/pii/types.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const repeats = Number(process.argv[2] ?? 5)
const emit = (figure) => console.log(JSON.stringify(figure))
const defaults = Object.fromEntries(Object.entries(maskPii.options).map(([name, option]) => [name, option.default]))
const stages = {
  default: await maskPii.prepare(defaults, { seed: 0 }),
  all: await maskPii.prepare({ ...defaults, types: PATTERN_TYPES }, { seed: 0 }),
}
const detectorOf = (types) => makeDetector({ types, ip: 'all', countries: [], scoreMin: 0.5, allow: new Set() })
const detect = await detectorOf(PATTERN_TYPES)

function rowsOf(path) {
  return gunzipSync(readFileSync(join(data, path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function seconds(work, times = repeats) {
  let least = Infinity
  for (let i = 0; i < times; i++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  return least
}

const gold = rowsOf('pii/presidio_spans.jsonl.gz')
const corpus = rowsOf('text/corpus.jsonl.gz')
const inputs = { texts: corpus, spans: gold.map(({ text }) => ({ text, lang: 'en' })) }
for (const [input, rows] of Object.entries(inputs)) {
  const documents = rows.map(({ text, lang }) => ({ text, language: lang, id: '' }))
  const megabytes = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / 1e6
  for (const [types, mask] of Object.entries(stages)) {
    const time = seconds(() => {
      for (const document of documents) mask(document)
    })
    emit({
      input,
      types,
      count: documents.length,
      perSecond: Math.round(documents.length / time),
      megabytesPerSecond: round(megabytes / time),
    })
  }
}

const prose = inputs.texts
  .map(({ text }) => text)
  .join('\n')
  .slice(0, 1e6)
const HOSTILE = `1|1 |12 |123 |1234 |123456789 |4111 1111 |555-123-4567 |+44 20 7123 0123 |phone 12345678 |GB12 |0x|bc1|eyJ|sk-proj-|-----BEGIN
RSA PRIVATE KEY-----|a://b:c@d |www.|00:|a@|@|a@b.|é@|1.1.|::|jo@mail.org |8.8.8.8 |2a00::1 |1 Main |rue 1 |Suite 1\n|12 March |born 1/1/1990 |
51.12345, |12° |٠١٢٣ |😀1`
for (const unit of [prose, ...HOSTILE.replace(/\|\n/g, '|').split('|')]) {
  const text = unit === prose ? prose : unit.repeat(Math.ceil(1e6 / unit.length))
  const megabytes = Buffer.byteLength(text) / 1e6
  emit({
    unit: unit === prose ? 'prose' : unit,
    millisecondsPerMegabyte: round((seconds(() => detect(text, 'en'), Math.min(repeats, 3)) * 1e3) / megabytes),
  })
}

/** Gold types that a prediction may stand for. */
const PLACES = ['ADDRESS', 'STREET_ADDRESS', 'GPE', 'LOCATION', 'ZIP_CODE']
const MATCHES = {
  email: ['EMAIL_ADDRESS'],
  ip: ['IP_ADDRESS'],
  phone: ['PHONE_NUMBER'],
  creditCard: ['CREDIT_CARD'],
  iban: ['IBAN_CODE'],
  usSsn: ['US_SSN'],
  birthDate: ['DATE_TIME'],
  streetAddress: PLACES,
  postalCode: PLACES,
  url: ['DOMAIN_NAME'],
}
const halfOf = ({ id }) =>
  Number(`0x${createHash('sha256').update(id).digest('hex').slice(-1)}`) % 2 === 0 ? 'seen' : 'unseen'

for (const half of ['all', 'seen', 'unseen']) {
  const tally = new Map()
  const of = (type) => {
    if (!tally.has(type)) tally.set(type, { gold: 0, found: 0, exact: 0, predicted: 0, right: 0 })
    return tally.get(type)
  }
  for (const row of gold.filter((one) => half === 'all' || halfOf(one) === half)) {
    const units = unitOffsets(row.text)
    const wanted = row.spans.map(({ type, start, end }) => ({ type, start: units[start], end: units[end] }))
    const found = new Set()
    for (const { type, start, end } of detect(row.text, 'en')) {
      const over = wanted.filter((span) => MATCHES[type]?.includes(span.type) && start < span.end && span.start < end)
      of(type).predicted++
      if (over.length > 0) of(type).right++
      for (const span of over) {
        found.add(span)
        if (span.start === start && span.end === end) of(span.type).exact++
      }
    }
    for (const span of wanted) {
      of(span.type).gold++
      if (found.has(span)) of(span.type).found++
    }
  }
  const places = PLACES.map(of)
  of('PLACES').gold = places.reduce((sum, one) => sum + one.gold, 0)
  of('PLACES').found = places.reduce((sum, one) => sum + one.found, 0)
  for (const [type, { gold: count, found, exact, predicted, right }] of tally) {
    if (predicted > 0) emit({ half, type, predicted, right, precision: share(right, predicted) })
    else if (found > 0) emit({ half, type, gold: count, found, exact, recall: share(found, count) })
  }
}

const characters = corpus.reduce((sum, { text }) => sum + text.length, 0)
const hits = new Map()
for (const { text, lang } of corpus)
  for (const { type } of detect(text, lang)) hits.set(type, (hits.get(type) ?? 0) + 1)
for (const [type, count] of hits)
  emit({ input: 'texts', type, hits: count, perMillionCharacters: round((count / characters) * 1e6) })

/** The UTF-16 offset of each code point; the gold counts code points. */
function unitOffsets(text) {
  const offsets = [0]
  for (const character of text) offsets.push(offsets[offsets.length - 1] + character.length)
  return offsets
}

function share(part, whole) {
  return Number((part / whole).toFixed(4))
}

function round(value) {
  return Number(value.toFixed(1))
}
