/**
 * Counting the words of texts: CPU seconds of one thread by pattern, and how it goes in two.
 *
 *     npm run build && node bench/word-count.js TEXTS.jsonl[.gz] [--runs 5]
 *
 * Texts are strings in memory; `encodeInto` counts, reading and JSON do not. Medians; CPU is user + system.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'

const built = isMainThread ? (process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')) : workerData.built
const { WordTable } = await import(`${built}/src/kernels/word-count/index.js`)
const { PATTERNS, scannerCodes } = await import(`${built}/src/kernels/pretokens/index.js`)
const TABLE_BYTES = 2 ** 28

if (isMainThread) await main()
else parentPort.on('message', ([texts, pattern]) => parentPort.postMessage(count(texts, pattern)))

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' } },
  })
  if (positionals.length !== 1) throw new Error('call: node bench/word-count.js TEXTS.jsonl')
  const runs = Number(values.runs)
  const texts = read(positionals[0])
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  console.log(`${texts.length} texts, ${megabytes.toFixed(2)} MB, Node ${process.version}`)
  for (const pattern of PATTERNS.filter((name) => name !== 'none')) {
    const seconds = []
    let found
    for (let run = 0; run < runs; run++) {
      const before = process.cpuUsage()
      found = count(texts, pattern)
      const { user, system } = process.cpuUsage(before)
      seconds.push((user + system) / 1e6)
    }
    const median = seconds.toSorted((a, b) => a - b)[runs >> 1]
    console.log(
      `${pattern}: ${found.words} words, ${found.distinct} distinct, ${median.toFixed(3)} CPU s, ${(megabytes / median).toFixed(0)} MB/s`,
    )
  }
  await inTwo(texts, megabytes, runs)
}

/** Each thread has every second text. */
async function inTwo(texts, megabytes, runs) {
  const workers = [0, 1].map(() => new Worker(new URL(import.meta.url), { workerData: { built } }))
  const halves = workers.map((_, half) => texts.filter((_, i) => i % 2 === half))
  const ask = (worker, message) =>
    new Promise((done) => {
      worker.once('message', done)
      worker.postMessage(message)
    })
  const walls = []
  for (let run = 0; run <= runs; run++) {
    const results = await Promise.all(workers.map((worker, i) => ask(worker, [halves[i], 'gpt2'])))
    if (run > 0) walls.push(Math.max(...results.map(({ milliseconds }) => milliseconds)) / 1000)
  }
  const median = walls.toSorted((a, b) => a - b)[runs >> 1]
  console.log(`gpt2 in two threads: ${median.toFixed(3)} s, ${(megabytes / median).toFixed(0)} MB/s`)
  for (const worker of workers) await worker.terminate()
}

function count(texts, pattern) {
  const began = performance.now()
  const codes = scannerCodes(pattern)
  const full = () => {
    throw new Error('the table is too small')
  }
  const table = new WordTable(TABLE_BYTES, false, { onFull: full, onLong: () => {} })
  for (const text of texts) table.addText(text, codes, 1)
  const found = { words: table.countSum, distinct: table.size, milliseconds: performance.now() - began }
  table.clear()
  table.release()
  return found
}

function read(path) {
  const bytes = readFileSync(path)
  const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  return plain
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).text)
}
