/**
 * Entities of the shipped model, or of one given: exact spans on the test part of labeled sentences, by source and type; overlaps
 * on texts with gold spans, alone and with street addresses of the patterns (as Presidio's research scores would: a prediction is
 * right when it overlaps a gold span of a matching type, a gold span is found likewise); speed.
 * Usage: npm run build && node bench/ner.js [model] [repeats]. One JSON line a figure, rates from the least CPU time of the repeats.
 * Data from MILLRACE_DATA. Its peer: bench/ner.py (spaCy).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { makeTagger } = await import(join(built, 'src/ner/tagger.js'))
const { decodeNerModel } = await import(join(built, 'src/ner/model.js'))
const { entitiesOfTags, ENTITY_TYPES } = await import(join(built, 'src/ner/labels.js'))
const { makeDetector } = await import(join(built, 'src/pii/detect.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const path = process.argv[2] ?? resolve(import.meta.dirname, '../models/ner-en/ner-en.mner')
const repeats = Number(process.argv[3] ?? 5)
const emit = (figure) => console.log(JSON.stringify(figure))
const tag = makeTagger(decodeNerModel(readFileSync(path), path))

function rowsOf(name) {
  const lines = gunzipSync(readFileSync(join(data, name)))
    .toString()
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line))
}

function bits(text) {
  return Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 8), 16)
}

function scores(right, predicted, found, gold) {
  const precision = right / Math.max(1, predicted)
  const recall = found / Math.max(1, gold)
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return { precision: round(precision), recall: round(recall), f1: round(f1) }
}

function round(value) {
  return Number(value.toFixed(3))
}

// ---- labeled sentences: one in five is for testing; all of wikineural is ----

const tally = {}
function count(part, type, key, by = 1) {
  tally[part] ??= {}
  tally[part][type] ??= { gold: 0, predicted: 0, right: 0 }
  tally[part][type][key] += by
}
for (const { tokens, tags, source, lang } of rowsOf('pii/ner_bio.jsonl.gz')) {
  const isOther = source.includes('wikineural')
  if (!isOther && bits(tokens.join(' ')) % 5 !== 0) continue
  const starts = [0]
  for (const token of tokens) starts.push(starts.at(-1) + token.length + 1)
  const gold = entitiesOfTags(tags).map(
    ({ from, to, type }) => `${starts[from]}-${starts[to] - 1}-${ENTITY_TYPES[type]}`,
  )
  const got = tag(tokens.join(' ')).map(({ start, end, type }) => `${start}-${end}-${type}`)
  const name = source.split('/').at(-1) + (lang === 'en' ? '' : ' in other languages')
  for (const part of isOther ? [name] : [name, 'all but wikineural']) {
    for (const span of gold) count(part, span.split('-')[2], 'gold')
    for (const span of got) count(part, span.split('-')[2], 'predicted')
    for (const span of got) if (gold.includes(span)) count(part, span.split('-')[2], 'right')
  }
}
for (const [source, types] of Object.entries(tally)) {
  for (const [type, { gold, predicted, right }] of Object.entries(types)) {
    emit({ source, type, gold, predicted, right, ...scores(right, predicted, right, gold) })
  }
}

// ---- gold spans in texts: half of them were looked at while the templates were written, half were not ----

const PLACES = ['ADDRESS', 'STREET_ADDRESS', 'GPE', 'LOCATION', 'ZIP_CODE']
const MATCHING = {
  person: ['PERSON'],
  organization: ['ORGANIZATION'],
  location: PLACES,
  streetAddress: PLACES,
  postalCode: PLACES,
}
const rows = rowsOf('pii/presidio_spans.jsonl.gz')
const patterns = {
  types: ['streetAddress', 'postalCode'],
  ip: 'public',
  countries: [],
  scoreMin: 0.5,
  allow: new Set(),
}
const alone = (text) => tag(text)
const together = await makeDetector({ ...patterns, more: [(text) => tag(text)] })
for (const [input, find] of [
  ['entities', alone],
  ['entities and address patterns', (text) => together(text, 'en')],
]) {
  for (const half of ['looked at', 'not looked at', 'all']) {
    for (const [types, wanted] of [
      [['person'], ['PERSON']],
      [['organization'], ['ORGANIZATION']],
      [['location', 'streetAddress', 'postalCode'], PLACES],
    ]) {
      const sum = { gold: 0, predicted: 0, right: 0, found: 0 }
      for (const { id, text, spans } of rows) {
        if (half !== 'all' && (bits(id) % 2 === 0) !== (half === 'looked at')) continue
        const units = [0]
        for (const character of text) units.push(units.at(-1) + character.length)
        const got = find(text).filter(({ type }) => types.includes(type))
        const gold = spans.filter(({ type }) => wanted.includes(type))
        const overlaps = (a, b) => a.start < units[b.end] && units[b.start] < a.end
        sum.gold += gold.length
        sum.predicted += got.length
        sum.right += got.filter((a) => gold.some((b) => MATCHING[a.type].includes(b.type) && overlaps(a, b))).length
        sum.found += gold.filter((b) => got.some((a) => overlaps(a, b))).length
      }
      emit({ input, half, type: wanted.join('|'), ...sum, ...scores(sum.right, sum.predicted, sum.found, sum.gold) })
    }
  }
}

// ---- speed ----

const prose = rowsOf('text/corpus.jsonl.gz').map((row) => row.text)
for (const [input, texts] of Object.entries({ spans: rows.map((row) => row.text), texts: prose })) {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < repeats; i++) {
    const before = process.cpuUsage()
    for (const text of texts) tag(text)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  emit({
    input,
    count: texts.length,
    perSecond: Math.round(texts.length / least),
    megabytesPerSecond: round(megabytes / least),
  })
}
