/**
 * n-gram scoring: million tokens a CPU second of one thread, on the development models and the texts with KenLM's scores;
 * given as lines, and as arrays of tokens. Beside it the kenlm module, with `--peers PYTHON` (one that has it).
 *
 *     npm run build && node bench/lm-score.js FOLDER [--passes 200] [--peers PYTHON]     FOLDER holds kenlm/
 *
 * Two shared, busy cores, Node 20.20, best of 200 passes over 50,494 tokens: lines 6.0 from the probing file, 6.3 from the
 * trie, 5.7 from .mlm; arrays 4.4 to 4.7. kenlm 0.3.0, which takes lines, beside it: probing 10.4, trie 5.0, array-compressed
 * 4.8. So 0.6 of its probing form's speed, 1.2 of its trie's. An .mlm is read in 4 ms, the ARPA file in 165.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { encodeModel } from '../dist/src/lm/mlm-file.js'
import { memoryModelFile } from '../dist/src/lm/model-file.js'
import { buildModel, openModel } from '../dist/src/lm/ngram-model.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { passes: { type: 'string', default: '200' }, peers: { type: 'string' } },
})
const [folder] = positionals
const unpack = (name) => gunzipSync(readFileSync(join(folder, 'kenlm', `${name}.gz`)))
const texts = unpack('scores.jsonl')
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
const lines = texts.map((text) => text.tokens)
const arrays = lines.map((line) => line.split(' '))
const tokens = texts.reduce((sum, text) => sum + text.n_tokens, 0)

/** CPU seconds of each pass, in order of size. */
function timed(work, passes) {
  const seconds = Array.from({ length: passes }, () => {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  })
  return seconds.sort((a, b) => a - b)
}

function report(form, kind, seconds) {
  const [best, median] = [seconds[0], seconds[seconds.length >> 1]].map((s) => Number((tokens / s / 1e6).toFixed(2)))
  console.log(JSON.stringify({ form, kind, tokens, mtokensPerCpuSecond: { best, median } }))
}

for (const form of ['probing.binary', 'trie.binary', 'qtrie.binary', 'qatrie.binary', 'arpa', 'mlm']) {
  const arpa = () => buildModel(memoryModelFile(unpack('dev.arpa')), 'dev.arpa')
  const file = memoryModelFile(form === 'mlm' ? Buffer.concat([...encodeModel(arpa())]) : unpack(`dev.${form}`))
  const [, , load] = timed(() => buildModel(file, form), 5)
  console.log(JSON.stringify({ form, kind: 'load', cpuSeconds: Number(load.toFixed(4)) }))
  const model = openModel(buildModel(file, form))
  const scoreLines = () => {
    for (const line of lines) model.scoreLine(line)
  }
  const scoreArrays = () => {
    for (const array of arrays) model.score(array)
  }
  report(form, 'lines', timed(scoreLines, Number(values.passes)))
  report(form, 'arrays', timed(scoreArrays, Number(values.passes)))
}
if (values.peers) {
  const script = new URL('./lm-score.py', import.meta.url).pathname
  spawnSync(values.peers, [script, folder, values.passes], { stdio: 'inherit' })
}
