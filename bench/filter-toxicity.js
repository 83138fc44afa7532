/**
 * How well toxicity is found, and what is hit that is none, on HateCheck (Röttger et al. 2021) and the madlibs of Dixon et al. 2018.
 *
 *     npm run build && node bench/filter-toxicity.js TOXICITY.jsonl.gz [--model FILE] [--text plain] [--half choose|report] [--books CORPUS.jsonl.gz]
 *
 * TOXICITY has {text, label, lang, subset, target, source} a line; only HateCheck's and the madlibs' rows are used. First the
 * recall at 5 % false positives on the identity mentions (HateCheck's cases that are not hateful and name a group), by the score
 * of the text; then, at that score and at the stage's own default, what share of each functional class scores above it, and of
 * each group's cases. With --books the stage goes over documents of the domain `book` with its defaults. filter-toxicity.py
 * trains fastText's models for comparison, which --model reads; --text plain gives them the text as it stands. --half takes half of
 * HateCheck and of the madlibs, by a hash of the text with all groups alike, so that the cases of a template stay together: models are
 * chosen on `choose`, and `report` is looked at when that is done.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { stageResources } from '../dist/src/run/resources.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: '' },
    text: { type: 'string', default: 'groups' },
    half: { type: 'string', default: '' },
    books: { type: 'string' },
  },
})
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { default: stage } = await import(join(built, 'stages/filter-toxicity.js'))
const { toxicityText } = await import(join(built, 'src/classify/toxicity-text.js'))
const FALSE_POSITIVES = 0.05

const defaults = Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))
const options = { ...defaults, model: values.model, text: values.text, action: 'annotate' }
const shared = await stage.share(options, stageResources(1))
const annotate = await stage.prepare(options, { ...stageResources(1), shared })
const scoreOf = (text) => annotate({ text }).signals.score

const given = rows(positionals[0]).filter(({ text }) => values.half === '' || halfOf(text) === values.half)
const english = given.filter(({ source }) => source === 'paul-rottger/hatecheck-data')
const cases = english.map((row) => ({ ...row, score: scoreOf(row.text), hateful: row.label === 'toxic' }))
const hateful = cases.filter((row) => row.hateful)
const mentions = cases.filter((row) => !row.hateful && row.target !== '')
const limit = mentions.map(({ score }) => score).sort((a, b) => b - a)[Math.floor(mentions.length * FALSE_POSITIVES)]

console.log(`${hateful.length} hateful cases, ${mentions.length} identity mentions that are not hateful`)
console.log(
  `AUC ${auc(hateful, mentions).toFixed(3)}; recall at 5 % false positives ${share(hateful, limit)}, above ${limit.toFixed(4)}`,
)
for (const [name, above] of [
  ['at 5 %', limit],
  ["at the stage's scoreMin", defaults.scoreMin],
]) {
  console.log(`${name}: score above ${above.toFixed(4)}`)
  for (const [kind, of] of [
    ['recall', hateful],
    ['false positives', cases.filter((row) => !row.hateful)],
  ]) {
    console.log(`  ${kind} ${share(of, above)}: ${grouped(of, 'subset', above)}`)
  }
  console.log(
    `  recall by group: ${grouped(
      hateful.filter(({ target }) => target),
      'target',
      above,
    )}`,
  )
  console.log(`  false positives by group: ${grouped(mentions, 'target', above)}`)
}
const madlibs = given
  .filter(({ subset }) => subset.startsWith('madlibs'))
  .map((row) => ({ ...row, score: scoreOf(row.text) }))
console.log(
  `madlibs: AUC ${auc(
    madlibs.filter(({ label }) => label === 'toxic'),
    madlibs.filter(({ label }) => label !== 'toxic'),
  ).toFixed(3)} (n = ${madlibs.length})`,
)
const multilingual = given.filter(({ source }) => source === 'rewire-online/multilingual-hatecheck')
for (const lang of [...new Set(multilingual.map((row) => row.lang))].sort()) {
  const of = multilingual.filter((row) => row.lang === lang).map((row) => ({ ...row, score: scoreOf(row.text) }))
  const sides = [of.filter(({ label }) => label === 'toxic'), of.filter(({ label }) => label !== 'toxic')]
  console.log(`multilingual HateCheck, ${lang}: AUC ${auc(...sides).toFixed(3)} (n = ${of.length})`)
}

if (values.books !== undefined) {
  const decide = await stage.prepare({ ...options, action: 'drop' }, { ...stageResources(1), shared })
  for (const domain of [...new Set(rows(values.books).map((row) => row.domain))]) {
    const began = performance.now()
    const documents = rows(values.books).filter((row) => row.domain === domain)
    const outcomes = documents.map((document) => decide(document))
    const characters = documents.reduce((sum, { text }) => sum + text.length, 0)
    const seconds = (performance.now() - began) / 1000
    const greatest = Math.max(...outcomes.map(({ signals }) => signals.toxicShare))
    console.log(
      `${domain}: ${outcomes.filter(({ verdict }) => verdict === 'drop').length} of ${documents.length} documents dropped, greatest toxic share ${greatest.toFixed(3)}; ${(characters / seconds / 1e6).toFixed(2)} M characters/s, reading included`,
    )
  }
}

function halfOf(text) {
  return createHash('sha256').update(toxicityText(text)).digest()[0] % 2 === 0 ? 'choose' : 'report'
}

function share(of, above) {
  return (of.filter(({ score }) => score > above).length / of.length).toFixed(3)
}

function grouped(of, by, above) {
  const names = [...new Set(of.map((row) => row[by]))].sort()
  return names
    .map((name) => {
      const members = of.filter((row) => row[by] === name)
      return `${name} ${share(members, above)} (${members.length})`
    })
    .join(', ')
}

/** The probability that one of the first has a greater score than one of the second, equals counting half. */
function auc(positives, negatives) {
  let sum = 0
  for (const { score } of positives) {
    for (const other of negatives) sum += score > other.score ? 1 : score === other.score ? 0.5 : 0
  }
  return sum / positives.length / negatives.length
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
