/**
 * Language identification: both engines on short rows and on whole texts, accuracy by kind of row.
 * Usage: npm run build && node bench/detect-language.js [repeats]. One JSON line a figure, rates from the least CPU time of
 * the repeats. Data from MILLRACE_DATA. Its peer, the C++ original under Python: bench/detect-language.py.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { loadFastTextModel } = await import(join(built, 'src/classify/fasttext-model.js'))
const { loadFastTextWasmModel } = await import(join(built, 'src/classify/fasttext-wasm.js'))
const { readShippedModel, SHIPPED_MODEL_NAME } = await import(join(built, 'src/classify/shipped-model.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const repeats = Number(process.argv[2] ?? 5)
const emit = (figure) => console.log(JSON.stringify(figure))

function rowsOf(path) {
  return gunzipSync(readFileSync(join(data, path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const bytes = await readShippedModel()
const engines = {
  millrace: loadFastTextModel(bytes, SHIPPED_MODEL_NAME),
  fasttext: await loadFastTextWasmModel(bytes, SHIPPED_MODEL_NAME),
}
const rows = rowsOf('langid/langid.jsonl.gz')
const inputs = { rows: rows.map((row) => row.text), texts: rowsOf('text/corpus.jsonl.gz').map((row) => row.text) }

for (const [input, texts] of Object.entries(inputs)) {
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  for (const [engine, model] of Object.entries(engines)) {
    let seconds = Infinity
    for (let i = 0; i < repeats; i++) {
      const before = process.cpuUsage()
      for (const text of texts) model.predict(text, 2)
      const { user, system } = process.cpuUsage(before)
      seconds = Math.min(seconds, (user + system) / 1e6)
    }
    emit({
      input,
      engine,
      count: texts.length,
      megabytes: round(megabytes),
      perSecond: Math.round(texts.length / seconds),
      megabytesPerSecond: round(megabytes / seconds),
    })
  }
}

/** A gold code as the model's label: the short or macrolanguage code of CLDR (cmn becomes zh). */
function labelOf(code) {
  return OWN_LABELS.has(code) ? code : Intl.getCanonicalLocales(code)[0].split('-')[0]
}

/** Codes that CLDR folds into another one, but that the model has labels for. */
const OWN_LABELS = new Set(['als', 'bcl', 'mhr', 'pnb'])
const labels = new Set(engines.millrace.labels)
const tally = new Map()
for (const row of rows) {
  const gold = labelOf(row.lang)
  const [best] = engines.millrace.predict(row.text, 1)
  for (const kind of [row.kind, 'all']) {
    const counts = tally.get(kind) ?? { rows: 0, right: 0, known: 0, knownRight: 0 }
    tally.set(kind, counts)
    counts.rows++
    counts.right += best.label === gold
    counts.known += labels.has(gold)
    counts.knownRight += labels.has(gold) && best.label === gold
  }
}
for (const [kind, { rows: count, right, known, knownRight }] of tally) {
  emit({ kind, rows: count, accuracy: round(right / count, 4), known, knownAccuracy: round(knownRight / known, 4) })
}

// What looking only at the beginning of a text does to its label and to the verdict at 0.65.
const natural = inputs.texts.filter((text) => text.length > 500)
for (const lengthMax of [100, 200, 500, 1000, 2000, 4000]) {
  let sameLabel = 0
  let sameVerdict = 0
  for (const text of natural) {
    const [whole] = engines.millrace.predict(text, 1)
    const [part] = engines.millrace.predict(text.slice(0, lengthMax), 1)
    sameLabel += whole.label === part.label
    sameVerdict += whole.score > 0.65 === part.score > 0.65
  }
  emit({
    lengthMax,
    texts: natural.length,
    sameLabel: round(sameLabel / natural.length, 4),
    sameVerdict: round(sameVerdict / natural.length, 4),
  })
}

function round(value, digits = 1) {
  return Number(value.toFixed(digits))
}
