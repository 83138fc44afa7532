/**
 * n-gram scoring: million tokens a CPU second of one thread, on the development models and the texts with KenLM's scores;
 * given as lines, and as arrays of tokens. Beside it the kenlm module, with `--peers PYTHON` (one that has it): passes
 * of both take turns, so that what else the machine does strikes both, and the ratio is that of passes side by side.
 *
 *     npm run build && node bench/lm-score.js FOLDER [--passes 200] [--peers PYTHON]     FOLDER holds kenlm/
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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
const passes = Number(values.passes)
const unpack = (name) => gunzipSync(readFileSync(join(folder, 'kenlm', `${name}.gz`)))
const texts = unpack('scores.jsonl')
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
const lines = texts.map((text) => text.tokens)
const arrays = lines.map((line) => line.split(' '))
const tokens = texts.reduce((sum, text) => sum + text.n_tokens, 0)

/** Sends a form's name to the peer, gets the CPU seconds of loading and of a pass. */
function openPeer() {
  if (!values.peers) return null
  const script = new URL('./lm-score.py', import.meta.url).pathname
  const child = spawn(values.peers, [script, folder], { stdio: ['pipe', 'pipe', 'ignore'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    ask: async (form) => {
      child.stdin.write(`${form}\n`)
      return JSON.parse((await answers.next()).value)
    },
    close: () => child.stdin.end(),
  }
}

function cpuSeconds(work) {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const rate = (seconds) => Number((tokens / seconds / 1e6).toFixed(2))

const peer = openPeer()
for (const form of ['probing.binary', 'trie.binary', 'qtrie.binary', 'qatrie.binary', 'arpa', 'mlm']) {
  const arpa = () => buildModel(memoryModelFile(unpack('dev.arpa')), 'dev.arpa')
  const file = memoryModelFile(form === 'mlm' ? Buffer.concat([...encodeModel(arpa())]) : unpack(`dev.${form}`))
  const load = median(Array.from({ length: 5 }, () => cpuSeconds(() => buildModel(file, form))))
  const model = openModel(buildModel(file, form))
  const kinds = {
    lines: { work: () => lines.map((line) => model.scoreLine(line)), seconds: [] },
    arrays: { work: () => arrays.map((array) => model.score(array)), seconds: [] },
  }
  // Our own form is set beside KenLM's fastest.
  const peerForm = form === 'mlm' ? 'probing.binary' : form
  const peers = { seconds: [], load: 0 }
  for (let pass = 0; pass < passes; pass++) {
    for (const kind of Object.values(kinds)) kind.seconds.push(cpuSeconds(kind.work))
    if (peer === null) continue
    const answer = await peer.ask(peerForm)
    peers.seconds.push(answer.seconds)
    peers.load = answer.load
  }
  console.log(JSON.stringify({ form, loadSeconds: Number(load.toFixed(4)) }))
  for (const [kind, { seconds }] of Object.entries(kinds)) {
    const ratios = seconds.map((s, i) => peers.seconds[i] / s)
    const ofPeer = peer && { ratioToPeer: Number(median(ratios).toFixed(2)) }
    console.log(
      JSON.stringify({ form, kind, best: rate(Math.min(...seconds)), median: rate(median(seconds)), ...ofPeer }),
    )
  }
  if (peer === null) continue
  const { seconds, load: peerLoad } = peers
  const speeds = { best: rate(Math.min(...seconds)), median: rate(median(seconds)) }
  console.log(JSON.stringify({ peer: 'kenlm', form: peerForm, ...speeds, loadSeconds: Number(peerLoad.toFixed(4)) }))
}
peer?.close()
