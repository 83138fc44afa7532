/**
 * What share of the sentences of harmless texts filter-toxicity takes for toxic: messages, headlines, books, pages, documentation.
 * Usage: npm run build && node bench/toxicity-harmless.js [--model FILE] [--score-min N]. Data from MILLRACE_DATA.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { default: stage } = await import(join(built, 'stages/filter-toxicity.js'))
const { stageResources } = await import(join(built, 'src/run/resources.js'))
const { sentenceSpans } = await import(join(built, 'src/text/sentence-spans.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const { values } = parseArgs({ options: { model: { type: 'string', default: '' }, 'score-min': { type: 'string' } } })
const defaults = Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))
const scoreMin = Number(values['score-min'] ?? defaults.scoreMin)
const options = { ...defaults, model: values.model, action: 'annotate' }
const shared = await stage.share(options, stageResources(1))
const annotate = await stage.prepare(options, { ...stageResources(1), shared })
const SENTENCE_MIN = 10

const labeled = rows('quality/doc_labels.jsonl.gz')
const english = rows('text/corpus.jsonl.gz').filter(({ lang }) => lang === 'en')
const sets = {
  messages: labeled.filter(({ label }) => label === 'sms_ham').map(({ text }) => text),
  headlines: labeled.filter(({ label }) => label === 'news_headline').map(({ text }) => text),
  pages: sentences(labeled.filter(({ label }) => label === 'curated_main_text').slice(0, 150)),
}
for (const domain of ['book', 'tech_docs', 'wikipedia']) {
  sets[domain] = sentences(english.filter((row) => row.domain === domain).slice(0, 250))
}
for (const [name, texts] of Object.entries(sets)) {
  const toxic = texts.filter((text) => annotate({ text }).signals.score > scoreMin).length
  console.log(JSON.stringify({ name, count: texts.length, scoreMin, share: Number((toxic / texts.length).toFixed(4)) }))
}

function sentences(documents) {
  return documents
    .flatMap(({ text }) => sentenceSpans(text).map(({ start, end }) => text.slice(start, end)))
    .filter(({ length }) => length >= SENTENCE_MIN)
}

function rows(path) {
  return gunzipSync(readFileSync(join(data, path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
