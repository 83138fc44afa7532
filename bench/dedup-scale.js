/**
 * Near-duplicates of a corpus far larger than memory for one task: writes synthetic documents, runs `dedup-minhash` over them
 * with the command line, and tells time by step, peak memory of the process, and bytes on disk, each also per document.
 * Usage: npm run build && node bench/dedup-scale.js FOLDER [--documents 5000000] [--words 40] [--memory 2GiB] [--workers 2]
 * FOLDER gets the input and the run. A third of the documents are edited copies (a word in 16 changed) of an earlier one;
 * every hundredth is one of ten templates with its own last words, so that there are giant clusters.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    documents: { type: 'string', default: '5000000' },
    words: { type: 'string', default: '40' },
    memory: { type: 'string', default: '2GiB' },
    workers: { type: 'string', default: '2' },
  },
})
const folder = resolve(positionals[0])
const documents = Number(values.documents)
const words = Number(values.words)
mkdirSync(folder, { recursive: true })

/** xorshift32. */
let state = 1
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const FILES = 20
const KEPT = 5000
async function writeInput() {
  const earlier = []
  for (let file = 0; file < FILES; file++) {
    const out = createWriteStream(join(folder, `input-${String(file).padStart(2, '0')}.jsonl`))
    const count = Math.floor(documents / FILES)
    for (let i = 0; i < count; i++) {
      const n = file * count + i
      let text
      const kind = random(300)
      if (kind < 3) text = [...template(random(10)), n, n % 7].join(' ')
      else if (kind < 100 && earlier.length > 0) text = edited(earlier[random(earlier.length)])
      else text = fresh().join(' ')
      if (random(50) === 0) earlier[earlier.length < KEPT ? earlier.length : random(KEPT)] = text
      if (!out.write(`{"id":"d${n}","text":"${text}"}\n`)) await once(out, 'drain')
    }
    out.end()
    await once(out, 'finish')
  }
}
const fresh = () => Array.from({ length: words }, () => `w${random(200_000).toString(36)}`)
const template = (t) => Array.from({ length: words - 2 }, (_, i) => `t${t}x${i}`)
function edited(text) {
  const list = text.split(' ')
  for (let i = random(16); i < list.length; i += 32) list[i] = `w${random(200_000).toString(36)}`
  return list.join(' ')
}

await writeInput()
const inputBytes = readdirSync(folder)
  .filter((name) => name.startsWith('input-'))
  .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
const config = join(folder, 'scale.yaml')
writeFileSync(
  config,
  `input: { jsonl: ${folder}/input-*.jsonl }\nstages: [dedup-minhash]\noutput: { arrow: ${folder}/run }\n` +
    `execution: { workers: ${values.workers}, memoryMax: ${values.memory}, dropped: none }\n`,
)
const began = performance.now()
const main = resolve(import.meta.dirname, '../dist/src/cli/main.js')
const child = spawn(process.execPath, [main, 'run', config, '--fresh'], { stdio: ['ignore', 'inherit', 'ignore'] })
let peak = 0
let diskPeak = 0
const sample = setInterval(() => {
  try {
    const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))
    peak = Math.max(peak, Number(pss?.[1] ?? 0) / 1024)
  } catch {}
}, 500)
const disk = setInterval(() => {
  diskPeak = Math.max(diskPeak, sizeOf(join(folder, 'run')))
}, 5000)
const [code] = await once(child, 'exit')
clearInterval(sample)
clearInterval(disk)

function sizeOf(path) {
  let sum = 0
  try {
    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
    }
  } catch {} // a folder that went away while it was read
  return sum
}

const steps = readFileSync(join(folder, 'run/log/run.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ event }) => event === 'step')
for (const { name, iteration, tasks, seconds } of steps) {
  console.log(JSON.stringify({ name, iteration, tasks, seconds, microsecondsPerDocument: (seconds * 1e6) / documents }))
}
const wall = (performance.now() - began) / 1000
console.log(
  JSON.stringify({
    ...{ code, documents, inputBytes, wallSeconds: wall, documentsPerSecond: documents / wall, peakMebibytes: peak },
    ...{ diskPeakBytes: diskPeak, diskBytesPerDocument: diskPeak / documents },
  }),
)
