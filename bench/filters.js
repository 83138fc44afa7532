/**
 * The four heuristic filters beside datatrove's, in one run: verdicts and reasons that differ, and CPU time of the chain
 * in FineWeb's order on texts in memory (start-up of either side not counted).
 *
 *     npm run build && node bench/filters.js TEXTS.jsonl --python PYTHON [--profile NAME] [--passes 7] [--show 5]
 *
 * TEXTS.jsonl holds {text} a line. PYTHON is a Python with datatrove; without it only our own figures are given.
 * `--profile default` compares the stages as they are without a profile.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    profile: { type: 'string', default: 'datatrove-0.10' },
    passes: { type: 'string', default: '7' },
    show: { type: 'string', default: '5' },
  },
})
const [path] = positionals
if (!path) throw new Error('call: node bench/filters.js TEXTS.jsonl --python PYTHON')
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')

async function prepared(name) {
  const { default: stage } = await import(join(built, `stages/${name}.js`))
  const options = Object.fromEntries(Object.entries(stage.options).map(([key, option]) => [key, option.default]))
  const each = await stage.prepare(
    {
      ...options,
      ...stage.profiles[values.profile],
      ...(name === 'filter-c4-quality' && { requireTerminalPunctuation: false }),
    },
    { seed: 0 },
  )
  return { name, each }
}

const texts = readFileSync(path, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line).text)
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
const filters = []
for (const name of ['gopher-repetition', 'gopher-quality', 'c4-quality', 'fineweb-quality'])
  filters.push(await prepared(`filter-${name}`))

function chain() {
  let kept = 0
  for (const original of texts) {
    let text = original
    const passes = filters.every(({ each }) => {
      const outcome = each({ text })
      text = outcome.edit?.text ?? text
      return outcome.verdict === 'keep'
    })
    if (passes) kept++
  }
  return kept
}

const seconds = []
let kept = 0
for (let i = 0; i < Number(values.passes); i++) {
  const before = process.cpuUsage()
  kept = chain()
  const { user, system } = process.cpuUsage(before)
  seconds.push((user + system) / 1e6)
}
const median = seconds.toSorted((a, b) => a - b)[seconds.length >> 1]
console.log(`texts ${texts.length}, ${(bytes / 1e6).toFixed(2)} MB, kept ${kept}`)
console.log(`chain CPU s: first ${seconds[0].toFixed(3)}, median of ${seconds.length} ${median.toFixed(3)}`)

if (values.python) {
  const script = join(import.meta.dirname, 'filters.py')
  const run = spawnSync(values.python, [script, path], { encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (run.status !== 0) throw new Error(run.stderr)
  const rows = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const peer = rows.pop().chain
  console.log(
    `datatrove chain CPU s: ${peer.cpuSeconds.toFixed(3)}, kept ${peer.kept}: ${(peer.cpuSeconds / median).toFixed(0)}x (first pass ${(peer.cpuSeconds / seconds[0]).toFixed(0)}x)`,
  )
  for (const { name, each } of filters) compare(name, each, rows)
}

function compare(name, each, rows) {
  let verdicts = 0
  let reasons = 0
  let cleaned = 0
  const shown = []
  texts.forEach((text, i) => {
    const outcome = each({ text })
    const expected = rows[i].reasons[name]
    if ((outcome.reason === '') !== (expected === '')) verdicts++
    if (outcome.reason !== expected) {
      reasons++
      shown.push(`  ${i}: ${outcome.reason || 'kept'}, datatrove ${expected || 'kept'}`)
    }
    const becomes = outcome.edit?.text ?? text
    if (name === 'filter-c4-quality' && outcome.verdict === 'keep' && becomes !== rows[i].cleaned) cleaned++
  })
  const texts4 = name === 'filter-c4-quality' ? `, texts ${cleaned}` : ''
  console.log(`${name}: verdicts that differ ${verdicts}, reasons ${reasons}${texts4} of ${texts.length}`)
  for (const line of shown.slice(0, Number(values.show))) console.log(line)
}
