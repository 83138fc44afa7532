/**
 * Whether a trained classifier, or likeness to a reference, tells the main text of pages from their boilerplate: AUC on pages
 * labeled by people, each source scored by what was learned from the others.
 *
 *     npm run build && node bench/quality-classifier.js LABELS.jsonl.gz
 *
 * LABELS has {text, label, source} a line. `curated_main_text` is compared with `boilerplate_only`; for a source under test the
 * classifier learns from these labels of the other sources, with `curated_wikipedia` as curated, and headlines, SMS and
 * clickbait as random web, and the reference is made of the curated side. Documents are length-matched as in
 * perplexity-quality.js: nearest in words, the longer at most a quarter longer. The interval is the middle 95 % of 2,000
 * bootstrap samples of pairs, seeded.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const load = (name) => import(join(built, 'src/classify', name))
const { LabeledTexts } = await load('labeled-texts.js')
const { trainClassifier } = await load('train.js')
const { fastTextModel } = await load('fasttext-model.js')
const { ReferenceBuilder, similarity } = await load('reference.js')

const LENGTH_RATIO_MAX = 1.25
const SAMPLES = 2000
const OPTIONS = {
  dimension: 32,
  epochs: 20,
  learningRate: 0.3,
  minCount: 1,
  minCountLabel: 0,
  negatives: 5,
  wordNgrams: 2,
  loss: 'softmax',
  bucket: 200_000,
  minn: 0,
  maxn: 0,
  updateRate: 100,
  seed: 1,
  shuffle: true,
}

const rows = gunzipSync(readFileSync(process.argv[2]))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const pages = rows.filter(({ label }) => label === 'curated_main_text' || label === 'boilerplate_only')
const sources = [...new Set(pages.map(({ source }) => source))]
const measured = sources.flatMap((source) => {
  const training = rows.filter((row) => row.source !== source && row.text.trim() !== '')
  const isGood = ({ label }) => label.startsWith('curated')
  const texts = new LabeledTexts()
  for (const row of training) texts.add(row.text, [isGood(row) ? 'hq' : 'cc'])
  const model = fastTextModel(
    trainClassifier(texts, OPTIONS, () => {}),
    'quality',
  )
  const builder = new ReferenceBuilder()
  for (const { text } of training.filter(isGood)) builder.count(text)
  for (const { text } of training.filter(isGood)) builder.add(text)
  const reference = builder.finish()
  const found = pages
    .filter((row) => row.source === source)
    .map((row) => ({
      good: isGood(row),
      tokens: row.text.split(/\s+/).length,
      classifier: model.predict(row.text, 2).find(({ label }) => label === 'hq')?.score ?? 0,
      similarity: similarity(reference, row.text),
    }))
  report(source, found)
  return found
})
report('all sources', measured)

function report(name, documents) {
  const good = documents.filter((row) => row.good)
  const bad = documents.filter((row) => !row.good)
  const pairs = matched(good, bad)
  console.log(`${name}: ${good.length} main texts, ${bad.length} boilerplate; ${pairs.length} pairs matched in length`)
  for (const by of ['classifier', 'similarity', 'tokens']) {
    const [low, high] = interval(pairs, by)
    console.log(
      `  ${by}: AUC ${auc(good, bad, by).toFixed(3)}, matched ${aucOf(pairs, by).toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`,
    )
  }
}

/** Nearest in length first, each document once. */
function matched(left, right) {
  const candidates = left.flatMap((a) =>
    right.map((b) => ({ a, b, ratio: Math.max(a.tokens, b.tokens) / Math.min(a.tokens, b.tokens) })),
  )
  const used = new Set()
  const found = []
  for (const { a, b, ratio } of candidates.sort((x, y) => x.ratio - y.ratio)) {
    if (ratio > LENGTH_RATIO_MAX || used.has(a) || used.has(b)) continue
    used.add(a).add(b)
    found.push([a, b])
  }
  return found
}

/** The probability that a main text has a greater value than boilerplate, equals counting half. */
function auc(mains, others, by) {
  let sum = 0
  for (const a of mains) for (const b of others) sum += a[by] > b[by] ? 1 : a[by] === b[by] ? 0.5 : 0
  return sum / mains.length / others.length
}

function aucOf(pairs, by) {
  const sides = [0, 1].map((side) => pairs.map((pair) => pair[side]))
  return auc(...sides, by)
}

function interval(all, by) {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const aucs = Array.from({ length: SAMPLES }, () =>
    aucOf(
      all.map(() => all[Math.floor(random() * all.length)]),
      by,
    ),
  ).sort((a, b) => a - b)
  return [aucs[Math.floor(SAMPLES * 0.025)], aucs[Math.floor(SAMPLES * 0.975)]]
}
