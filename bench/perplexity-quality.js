/**
 * Whether perplexity tells the main text of pages from their boilerplate: AUC on pages labeled by people.
 *
 *     npm run build && node bench/perplexity-quality.js LABELS.jsonl.gz [--model FILE] [--training TEXTS.jsonl.gz] [--text plain]
 *
 * LABELS has {id, text, label, source} a line; `curated_main_text` is compared with `boilerplate_only`. Without --model the
 * model that ships along is taken. Documents are length-matched: each text of one class is paired with the unused one of the
 * other class that is nearest in tokens, and counts when the longer is at most a quarter longer. So AUC of length alone must
 * come out near 1/2; it is printed beside. Figures for all pages come first, then for those of a main text or boilerplate in
 * English by lid.176, as the model that ships knows English only. With --training (the texts that the model was made from, {text} a line) a document
 * that shares 13 tokens in a row with them is left out. The interval is the middle 95 % of 2,000 bootstrap samples of pairs,
 * seeded.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { stageResources } from '../dist/src/run/resources.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: '' },
    training: { type: 'string' },
    text: { type: 'string', default: 'plain' },
  },
})
if (positionals.length !== 1) throw new Error('call: node bench/perplexity-quality.js LABELS.jsonl.gz')
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { prepareScorer, documentPerplexity, medianOf, shareModel } = await import(join(built, 'src/lm/text-scorer.js'))
const { loadFastTextModel } = await import(join(built, 'src/classify/fasttext-model.js'))
const { readShippedModel, SHIPPED_MODEL_NAME } = await import(join(built, 'src/classify/shipped-model.js'))
const { plainTokens } = await import(join(built, 'src/lm/profiles.js'))

const LENGTH_RATIO_MAX = 1.25
const SHARED_TOKENS = 13
const SAMPLES = 2000

const choice = { model: values.model, text: values.text, sentencePiece: '', lines: 'text' }
const score = await prepareScorer(choice, { ...stageResources(1), shared: await shareModel(choice, stageResources(1)) })
const languages = loadFastTextModel(await readShippedModel(), SHIPPED_MODEL_NAME)
const seen = values.training === undefined ? null : tokenRuns(rows(values.training).map(({ text }) => text))

const labeled = rows(positionals[0]).filter(
  ({ label }) => label === 'curated_main_text' || label === 'boilerplate_only',
)
const measured = labeled.flatMap(({ text, label }) => {
  const scored = score(text)
  const perplexity = documentPerplexity(scored)
  if (perplexity === null || (seen !== null && sharesRun(text, seen))) return []
  return [
    {
      good: label === 'curated_main_text',
      english: languages.predict(text, 1)[0]?.label === 'en',
      text,
      perplexity,
      tokens: scored.tokenCount,
      median: medianOf(scored.perplexities),
    },
  ]
})
console.log(
  `left out: ${labeled.length - measured.length} of ${labeled.length}${seen ? ', for text shared with the training text or none' : ''}`,
)
report('all', measured)
report(
  'English',
  measured.filter(({ english }) => english),
)

function report(name, documents) {
  const good = documents.filter((row) => row.good)
  const bad = documents.filter((row) => !row.good)
  const pairs = matched(good, bad)
  const sides = [0, 1].map((side) => pairs.map((pair) => pair[side]))
  console.log(`${name}: ${good.length} main texts, ${bad.length} boilerplate`)
  console.log(`  perplexity, not matched: ${show(good, bad, 'perplexity')}`)
  console.log(`  length-matched: ${pairs.length} pairs, n = ${2 * pairs.length}`)
  for (const by of ['perplexity', 'median', 'tokens']) {
    const [low, high] = interval(pairs, by)
    console.log(`    ${by}: ${show(...sides, by)}; 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`)
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

/** The probability that a boilerplate text has a greater value than a main text, equals counting half. */
function auc(mains, others, by) {
  const all = [...mains.map((row) => [row[by], 0]), ...others.map((row) => [row[by], 1])].sort((a, b) => a[0] - b[0])
  let rankSum = 0
  for (let i = 0; i < all.length; ) {
    let end = i
    while (end < all.length && all[end][0] === all[i][0]) end++
    for (let j = i; j < end; j++) rankSum += all[j][1] * ((i + end + 1) / 2)
    i = end
  }
  return (rankSum - (others.length * (others.length + 1)) / 2) / (mains.length * others.length)
}

function show(mains, others, by) {
  const medians = [mains, others].map((side) => medianOf(side.map((row) => row[by])).toFixed(0))
  return `AUC ${auc(mains, others, by).toFixed(4)}, medians ${medians.join(' and ')}`
}

function interval(all, by) {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const aucs = Array.from({ length: SAMPLES }, () => {
    const sample = all.map(() => all[Math.floor(random() * all.length)])
    return auc(
      sample.map(([a]) => a),
      sample.map(([, b]) => b),
      by,
    )
  }).sort((a, b) => a - b)
  return [aucs[Math.floor(SAMPLES * 0.025)], aucs[Math.floor(SAMPLES * 0.975)]]
}

function tokenRuns(texts) {
  const runs = new Set()
  for (const text of texts) for (const run of runsOf(text)) runs.add(run)
  return runs
}

function sharesRun(text, runs) {
  for (const run of runsOf(text)) if (runs.has(run)) return true
  return false
}

function* runsOf(text) {
  const tokens = plainTokens(text)
  for (let i = 0; i + SHARED_TOKENS <= tokens.length; i++) yield tokens.slice(i, i + SHARED_TOKENS).join(' ')
}

function rows(path) {
  const bytes = readFileSync(path)
  const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return text
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}
