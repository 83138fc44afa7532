/**
 * Decontamination: size of the index and speed of the search with many n-grams; recall on planted items of real benchmarks in
 * every formatting, hits in clean texts; the same beside datatrove's NGramsDecontFilter.
 * Usage: npm run build && node bench/decontaminate.js [--ngrams 10000000] [--python PYTHON]. One JSON line a figure, rates
 * from CPU time. Data from MILLRACE_DATA.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const { values } = parseArgs({
  options: { ngrams: { type: 'string', default: '10000000' }, python: { type: 'string' } },
})
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const load = (name) => import(join(built, 'src/decontamination', `${name}.js`))
const { IndexBuilder } = await load('index-builder')
const { NgramIndex } = await load('ngram-index')
const { Tokens } = await load('tokens')
const { itemMatches } = await load('item-matches')
const { DocumentHits } = await load('document-hits')

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const emit = (figure) => console.log(JSON.stringify(figure))
const round = (value) => Number(value.toPrecision(3))
const rowsOf = (path) =>
  gunzipSync(readFileSync(join(data, path)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

let state = 1
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

function seconds(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const clean = rowsOf('text/corpus.jsonl.gz')
const benchmark = rowsOf('decontam/benchmarks.jsonl.gz')
const itemOf = ({ bench, id, prompt, target }) => ({ bench, id, texts: [prompt, target] })
const tokens = new Tokens()

function buildIndex(items, ngramLength = 13) {
  const builder = new IndexBuilder({ ngramLength, shortMin: 5, itemsMax: 3 })
  for (const item of items) builder.add(item)
  return builder.finish()
}

/** Best of five. */
function searchRate(index, texts) {
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  const times = Array.from({ length: 5 }, () =>
    seconds(() => {
      for (const text of texts) DocumentHits.search({ text }, index, tokens)
    }),
  )
  return round(megabytes / Math.min(...times))
}

// ---- many n-grams ----

/** Items of 50 words of an invented vocabulary, one of them with an apostrophe, until there are so many n-grams. */
function* inventedItems(ngrams) {
  const letters = () => String.fromCharCode(97 + Math.floor(random() * 26))
  const word = () => Array.from({ length: 2 + Math.floor(random() * 7) }, letters).join('')
  const vocabulary = Array.from({ length: 50_000 }, word)
  // 38 as they are, and 12 around the word with an apostrophe.
  for (let made = 0; made < ngrams; made += 38) {
    const words = Array.from({ length: 49 }, () => vocabulary[Math.floor(random() ** 2 * vocabulary.length)])
    words[20] += "'s"
    yield { bench: 'invented', id: String(made), texts: [words.join(' ')] }
  }
}

function searchesMany(ngrams) {
  let buffer
  const buildSeconds = round(
    seconds(() => {
      buffer = buildIndex(inventedItems(ngrams))
    }),
  )
  const index = new NgramIndex(buffer)
  let count = 0
  for (let item = 0; item < index.itemCount; item++) count += index.total(item)
  emit({ ngrams: count, megabytes: round(buffer.byteLength / 1e6), buildCpuSeconds: buildSeconds })
  for (const [texts, list] of [
    ['english', clean.filter(({ lang }) => lang === 'en')],
    ['all languages', clean],
  ]) {
    emit({
      ngrams: count,
      texts,
      megabytesPerSecond: searchRate(
        index,
        list.map(({ text }) => text),
      ),
    })
  }
}

searchesMany(Number(values.ngrams))

// ---- planted items ----

const PUNCTUATION = /[^\p{L}\p{N}\p{M}\s_]/gu
const COPIES = {
  exact: (text) => text,
  'upper case': (text) => text.toUpperCase(),
  'lower case': (text) => text.toLowerCase(),
  'punctuation deleted': (text) => text.replace(PUNCTUATION, ''),
  'punctuation and _ deleted': (text) => text.replace(PUNCTUATION, '').replaceAll('_', ''),
  'punctuation as spaces': (text) => text.replace(PUNCTUATION, ' '),
  'other punctuation': (text) => text.replace(PUNCTUATION, ';'),
  'one line a word': (text) => text.replace(/\s+/g, '\n'),
  'wide spaces': (text) => text.replace(/\s+/g, ' \u00a0\u3000 '),
  decomposed: (text) => text.normalize('NFKD'),
  'one word in 13 changed': (text) =>
    text
      .split(/(?<=\s)/)
      .map((word, i) => (i % 13 === 6 ? 'changed ' : word))
      .join(''),
  'one word changed': (text) => {
    const words = text.split(/(?<=\s)/)
    words[words.length >> 1] = 'changed '
    return words.join('')
  },
}

const shuffled = benchmark.map((row) => [random(), row]).sort(([a], [b]) => a - b)
const chosen = shuffled.slice(0, 500).map(([, row]) => row)
const documents = Object.entries(COPIES).flatMap(([copy, make]) =>
  chosen.map((item, i) => {
    const { text } = clean[(i * 5) % clean.length]
    const middle = text.indexOf(' ', text.length >> 1)
    return {
      copy,
      item: item.id,
      text: `${text.slice(0, middle)}\n\n${make(`${item.prompt}\n${item.target}`)}\n\n${text.slice(middle)}`,
    }
  }),
)

function recallWith(ngramLength) {
  const index = new NgramIndex(buildIndex(benchmark.map(itemOf), ngramLength))
  const matchesOf = (text) => {
    const hits = DocumentHits.search({ text }, index, tokens)
    return hits === null ? [] : itemMatches(hits.hits, index, { overlapMin: 0, longestRunMin: 0 })
  }
  for (const copy of Object.keys(COPIES)) {
    const planted = documents.filter((document) => document.copy === copy)
    const found = planted.filter(({ text, item }) => matchesOf(text).some((match) => index.idOf(match.item) === item))
    emit({ ngramLength, copy, planted: planted.length, found: found.length })
    if (ngramLength === 13)
      for (const { item } of planted.filter((one) => !found.includes(one)).slice(0, 3)) emit({ copy, missed: item })
  }
  for (const { id, text } of clean)
    for (const match of matchesOf(text))
      emit({ ngramLength, clean: id, hit: index.idOf(match.item), overlap: match.overlap })
  emit({ ngramLength, clean: clean.length, withHits: clean.filter(({ text }) => matchesOf(text).length > 0).length })
  if (ngramLength === 13)
    emit({
      engine: 'millrace',
      texts: 'all languages',
      megabytesPerSecond: searchRate(
        index,
        clean.map(({ text }) => text),
      ),
    })
}

recallWith(13)
recallWith(8)

if (values.python !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const lines = (name, rows) => writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join('\n'))
  lines('benchmark.jsonl', benchmark)
  lines('planted.jsonl', documents)
  lines(
    'clean.jsonl',
    clean.map(({ id, text }) => ({ id, text })),
  )
  spawnSync(values.python, [join(import.meta.dirname, 'decontaminate.py'), folder], { stdio: 'inherit' })
  rmSync(folder, { recursive: true })
}
