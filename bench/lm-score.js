/**
 * n-gram scoring: tokens a CPU second of one thread on the development models, tokens as strings in. Peer: lm-score.py.
 * Usage: node bench/lm-score.js FOLDER [passes] with kenlm/ of the development data in FOLDER; `npm run build` first.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const base = process.env.MILLRACE_DIST ?? new URL('../dist', import.meta.url).pathname
const { buildModel, openModel } = await import(`${base}/src/lm/ngram-model.js`)
const { memoryModelFile } = await import(`${base}/src/lm/model-file.js`)
const { encodeModel } = await import(`${base}/src/lm/mlm-file.js`)

const [folder, passes = '20'] = process.argv.slice(2)
const unpack = (name) => gunzipSync(readFileSync(join(folder, 'kenlm', `${name}.gz`)))
const texts = unpack('scores.jsonl')
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
const lines = texts.map((text) => text.tokens)

/** CPU seconds of the fastest and the median of five. */
function timed(work) {
  const seconds = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  }).sort((a, b) => a - b)
  return { best: seconds[0], median: seconds[2] }
}

const forms = ['probing.binary', 'trie.binary', 'qtrie.binary', 'qatrie.binary', 'arpa', 'mlm']
const tokens = texts.reduce((sum, { n_tokens }) => sum + n_tokens, 0) * Number(passes)
for (const form of forms) {
  const file =
    form === 'mlm'
      ? Buffer.concat([...encodeModel(buildModel(memoryModelFile(unpack('dev.arpa')), 'dev.arpa'))])
      : unpack(`dev.${form}`)
  const load = timed(() => buildModel(memoryModelFile(file), form))
  const model = openModel(buildModel(memoryModelFile(file), form))
  const words = lines.map((line) => line.split(' '))
  for (const [kind, work] of [
    [
      'tokens',
      () => {
        for (let i = 0; i < passes; i++) for (const line of words) model.score(line)
      },
    ],
    [
      'lines',
      () => {
        for (let i = 0; i < passes; i++) for (const line of lines) model.score(line.split(' '))
      },
    ],
  ]) {
    const { best, median } = timed(work)
    const rate = (seconds) => Number((tokens / seconds / 1e6).toFixed(2))
    console.log(
      JSON.stringify({
        form,
        kind,
        tokens,
        mtokensPerCpuSecond: { best: rate(best), median: rate(median) },
        loadSeconds: load,
      }),
    )
  }
}
