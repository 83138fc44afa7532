/**
 * Training a BPE tokenizer of 32,768 tokens on texts in memory: counting words (GPT-2's pattern) and learning merges, one
 * thread, CPU seconds. Beside it, with `--peers PYTHON` (one that has tokenizers and rustbpe), both, each run in a process
 * of its own as ours are; merges are compared with theirs, in order.
 *
 *     npm run build && node bench/tokenizer-train.js corpus.jsonl.gz [--runs 5] [--size 32768] [--peers PYTHON]
 *
 * `peakMiB` is of the whole process, texts included.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    size: { type: 'string', default: '32768' },
    peers: { type: 'string' },
    form: { type: 'string' },
  },
})
const [file] = positionals
const FORMS = ['kernel', 'kernel, rustbpe numbering', 'plain TypeScript']

if (values.form !== undefined) await runForm(values.form)
else {
  const results = []
  for (let run = 0; run < Number(values.runs); run++) {
    for (const form of FORMS)
      results.push(child(process.execPath, [process.argv[1], file, '--size', values.size, '--form', form]))
    if (values.peers) {
      for (const peer of ['tokenizers', 'rustbpe'])
        results.push(child(values.peers, [peerScript(), file, values.size, peer]))
    }
  }
  for (const form of new Set(results.map(({ form }) => form)))
    report(
      form,
      results.filter((result) => result.form === form),
    )
  const mergesOf = (form) => results.find((result) => result.form === form)?.merges
  compare('kernel', 'plain TypeScript')
  compare('kernel', 'tokenizers')
  compare('kernel, rustbpe numbering', 'rustbpe')

  function compare(a, b) {
    const [first, second] = [mergesOf(a), mergesOf(b)]
    if (second === undefined) return
    let same = 0
    while (same < first.length && first[same] === second[same]) same++
    console.log(JSON.stringify({ a, b, merges: [first.length, second.length], equalFromTheStart: same }))
  }
}

function peerScript() {
  return new URL('./tokenizer-train.py', import.meta.url).pathname
}

function child(command, args) {
  const env = { ...process.env, RAYON_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' }
  const { status, stdout } = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 30, env })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
  return JSON.parse(stdout)
}

function report(form, results) {
  const sorted = (key) => results.map((result) => result[key]).sort((a, b) => a - b)
  const figures = {}
  for (const key of Object.keys(results[0])) {
    if (typeof results[0][key] !== 'number') continue
    const all = sorted(key)
    figures[key] = { median: all[all.length >> 1], min: all[0], max: all[all.length - 1] }
  }
  console.log(JSON.stringify({ form, runs: results.length, ...figures }))
}

/** One run in this process; merges are given as the two tokens' bytes. */
async function runForm(form) {
  const { createLearner: createKernel } = await import('../dist/src/kernels/bpe-train/index.js')
  const { NO_MERGES } = await import('../dist/src/kernels/bpe-train/learner.js')
  const { createLearner: createReference } = await import('../dist/src/kernels/bpe-train/reference.js')
  const { scannerCodes } = await import('../dist/src/kernels/pretokens/index.js')
  const { mergeLimits, trainedVocabulary } = await import('../dist/src/tokenizer/train.js')
  const { WordCounter } = await import('../dist/src/tokenizer/word-counts.js')
  const texts = gunzipSync(readFileSync(file))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text)
  const training = {
    vocabularySize: Number(values.size),
    specialTokens: [],
    alphabet: 'all',
    minimumFrequency: 0,
    longestToken: 2 ** 20,
    ties: 'lowest-ids',
    byteOrder: form.includes('rustbpe') ? 'value' : 'printable',
  }
  const memoryBefore = process.resourceUsage().maxRSS
  const cpu = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  const start = cpu()
  const records = []
  const counter = new WordCounter(scannerCodes('gpt2'), 2 ** 28, {
    begin: () => {
      if (records.length > 0) throw new Error('expected all words to fit in one table')
    },
    take: (_section, bytes) => records.push(bytes.slice()),
    end: () => {},
  })
  for (const text of texts) counter.text(text, 1)
  counter.finish()
  const counted = cpu()
  const limits = mergeLimits(training)
  const recordBytes = records.reduce((sum, { length }) => sum + length, 0)
  const options = { ...limits, countMin: 1, before: NO_MERGES, recordBytes }
  const learner = form.startsWith('kernel') ? createKernel(options, 2 ** 32) : createReference(options)
  for (const bytes of records) learner.add(bytes, 'bytes')
  for (let until = 0; until < limits.mergesMax; ) {
    until = Math.min(limits.mergesMax, until + 128)
    if (learner.learn(until) < until) break
  }
  const merges = learner.merges()
  const learned = cpu()
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  const { vocabulary } = trainedVocabulary(merges, training, new Uint8Array(256).fill(1))
  const token = (number) =>
    Buffer.from(vocabulary.bytes.subarray(vocabulary.offsets[number], vocabulary.offsets[number + 1])).toString('hex')
  const pairs = Array.from(
    merges.lefts,
    (_, i) => `${token(vocabulary.merges[3 * i])} ${token(vocabulary.merges[3 * i + 1])}`,
  )
  const round = (seconds) => Number(seconds.toFixed(3))
  console.log(
    JSON.stringify({
      form,
      cpuSeconds: round(learned - start),
      countSeconds: round(counted - start),
      learnSeconds: round(learned - counted),
      peakMiB,
      beforeMiB: Math.round(memoryBefore / 1024),
      merges: pairs,
    }),
  )
}
