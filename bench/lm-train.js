/**
 * Training an n-gram model: time, memory and where the time goes, beside KenLM's lmplz where there is one.
 *
 *     npm run build && node bench/lm-train.js TEXT [--order 5] [--prune 0,0,1] [--runs 3] [--lmplz PATH] [--profile] [--chunks]
 *
 * TEXT is plain text, tokens between spaces. Both write ARPA text within 1 GiB. CPU is user + system of a whole process with
 * all its threads (whole_process.py, Linux). lmplz is built from github.com/kpu/kenlm; pip's kenlm has none. --profile: self
 * time of functions in one thread. --chunks: how long counting takes by the size of the chunks that are sorted.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    order: { type: 'string', default: '5' },
    prune: { type: 'string', default: '0,0,1' },
    runs: { type: 'string', default: '3' },
    lmplz: { type: 'string' },
    profile: { type: 'boolean', default: false },
    chunks: { type: 'boolean', default: false },
  },
})
if (positionals.length !== 1) throw new Error('call: node bench/lm-train.js TEXT')
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const text = resolve(positionals[0])
const order = Number(values.order)
const folder = mkdtempSync(join(tmpdir(), 'lm-train-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const sizeBytes = statSync(text).size
const tokens = countTokens(readFileSync(text))
console.log(
  `${basename(text)}: ${(sizeBytes / 1e6).toFixed(1)} MB, ${tokens} tokens, order ${order}, prune ${values.prune}`,
)

const contestants = [1, 2].map((workers) => [`millrace, ${workers} worker${workers > 1 ? 's' : ''}`, millrace(workers)])
if (values.lmplz !== undefined) contestants.push(['lmplz', lmplz()])
const results = new Map(contestants.map(([name]) => [name, []]))
for (let run = 0; run < Number(values.runs); run++) {
  for (const [name, command] of contestants) results.get(name).push(timed(command))
}
for (const [name, runs] of results) show(name, runs)
if (values.profile) profile()
if (values.chunks) await chunks()

function millrace(workers) {
  const options = [
    '--order',
    values.order,
    '--prune',
    values.prune,
    '--workers',
    String(workers),
    '--quiet',
    '--discount-fallback',
  ]
  const output = ['--output', join(folder, `own-${workers}.arpa`)]
  return [process.execPath, join(built, 'src/cli/main.js'), 'lm', 'train', ...options, ...output, text]
}

function lmplz() {
  // Thresholds by order, the last one for all that follow, as one argument each.
  const files = ['--text', text, '--arpa', join(folder, 'lmplz.arpa'), '-T', join(folder, 'lmplz')]
  return [
    values.lmplz,
    '-o',
    values.order,
    '-S',
    '1G',
    '--discount_fallback',
    '--prune',
    ...values.prune.split(','),
    ...files,
  ]
}

function timed(command) {
  const script = join(import.meta.dirname, 'whole_process.py')
  return JSON.parse(
    execFileSync('python3', [script, ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
}

function show(name, runs) {
  const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1]
  const cpu = median('cpu')
  console.log(
    `${name}: wall ${Math.min(...runs.map(({ wall }) => wall)).toFixed(2)} / ${median('wall').toFixed(2)} s (fastest / median), ` +
      `CPU ${Math.min(...runs.map(({ cpu }) => cpu)).toFixed(2)} / ${cpu.toFixed(2)} s: ${(tokens / cpu / 1e6).toFixed(2)} M tokens, ` +
      `${(sizeBytes / cpu / 1e6).toFixed(1)} MB a CPU second; peak ${median('peakMiB')} MiB`,
  )
}

function profile() {
  const [node, ...call] = millrace(1)
  execFileSync(node, ['--cpu-prof', `--cpu-prof-dir=${folder}`, ...call], { stdio: 'ignore' })
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const names = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName} ${basename(callFrame.url)}`]))
  const self = new Map()
  for (const [i, id] of samples.entries()) self.set(names.get(id), (self.get(names.get(id)) ?? 0) + timeDeltas[i])
  const all = [...self.values()].reduce((sum, time) => sum + time, 0)
  for (const [name, time] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 16)) {
    console.log(`  ${((100 * time) / all).toFixed(1).padStart(5)} %  ${name}`)
  }
}

async function chunks() {
  const { ChunkBuilder, countNgrams } = await import(join(built, 'src/lm/train-counts.js'))
  const { SentenceReader } = await import(join(built, 'src/lm/train-sentences.js'))
  const { TrainingVocabulary } = await import(join(built, 'src/lm/train-vocabulary.js'))
  const bytes = readFileSync(text)
  const width = order + 1
  for (const bits of [22, 20, 19, 18, 17]) {
    const words = new Uint32Array(width)
    const vocabulary = new TrainingVocabulary()
    let milliseconds = 0
    const builder = new ChunkBuilder(order, 2 ** bits, (chunk) => {
      const began = performance.now()
      countNgrams(chunk, order, vocabulary.size, { words, slot: () => 0 })
      milliseconds += performance.now() - began
    })
    const sentences = new SentenceReader(vocabulary, builder)
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(10, at)
      sentences.add(bytes.subarray(at, end === -1 ? bytes.length : end))
      at = end === -1 ? bytes.length : end + 1
    }
    builder.finish()
    console.log(`  chunks of 2^${bits} ids: ${((milliseconds * 1e6) / tokens).toFixed(0)} ns a token`)
  }
}

function countTokens(bytes) {
  let count = 0
  let inside = false
  for (const byte of bytes) {
    const isSpace = byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte === 0
    if (inside && isSpace) count++
    inside = !isSpace
  }
  return count + Number(inside)
}
