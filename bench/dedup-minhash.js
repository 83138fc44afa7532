/**
 * MinHash near-duplicates on the gold documents: shingling, signatures, and the whole stage in memory.
 * Usage: npm run build && node bench/dedup-minhash.js [repeats]. One JSON line a figure, rates from the median CPU time
 * (user and system, all threads). Data from MILLRACE_DATA. Its peers, on the same documents: bench/dedup-minhash.py.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { Shingler, shingleSet } = await import(join(built, 'src/dedup/shingles.js'))
const { createSigner } = await import(join(built, 'src/dedup/signature.js'))
const { runCorpusInMemory } = await import(join(built, 'src/stage/corpus-in-memory.js'))
const { default: stage } = await import(join(built, 'stages/dedup-minhash.js'))

const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const repeats = Number(process.argv[2] ?? 9)
const lines = gunzipSync(readFileSync(join(data, 'dedup/docs.jsonl.gz')))
  .toString()
  .trimEnd()
  .split('\n')
const documents = lines.map((line) => ({ url: '', ...JSON.parse(line) }))
const bytes = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
const PERMUTATIONS = 112

async function timed(name, run, extra = {}) {
  const cpu = []
  for (let i = 0; i < repeats; i++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1e6)
  }
  const first = cpu[0]
  const median = cpu.toSorted((a, b) => a - b)[repeats >> 1]
  const rate = { docsPerCpuSecond: Math.round(documents.length / median), mbPerCpuSecond: bytes / median / 1e6 }
  const figures = { first, median, ...rate, ...extra }
  process.stdout.write(`${JSON.stringify({ name, ...figures }, (_, v) => (v > 10 ? Math.round(v) : v))}\n`)
  return median
}

const shingler = new Shingler(5, 'characters')
const sets = documents.map(({ text }) => shingler.shingles(text))
const shingles = sets.reduce((sum, set) => sum + set.length, 0)
const signature = new Uint32Array(PERMUTATIONS)

await timed('shingling', () => {
  for (const { text } of documents) shingler.shingles(text)
})
await timed('shingle sets (sorted, for verification)', () => {
  for (const { text } of documents) shingleSet(shingler.shingles(text))
})
for (const kernel of ['reference', 'wasm']) {
  const sign = createSigner(PERMUTATIONS, 1, kernel)
  const seconds = await timed(`signatures from shingles, ${kernel}`, () => {
    for (const set of sets) sign(set, signature)
  })
  const nanoseconds = (seconds * 1e9) / (shingles * PERMUTATIONS)
  process.stdout.write(`${JSON.stringify({ kernel, shingles, nsPerPermutationAndShingle: nanoseconds })}\n`)
}
const sign = createSigner(PERMUTATIONS, 1, 'wasm')
await timed('signatures from text', () => {
  for (const { text } of documents) sign(shingler.shingles(text), signature)
})

const options = Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))
const resources = { seed: 1 }
const collect = await stage.corpus.collect(options, resources)
const nowhere = { record() {}, attach() {} }
const placed = documents.map((document, row) => ({ ...document, position: { shard: 0, row } }))
await timed('collect (signatures, bands, sets)', () => {
  for (const document of placed) collect(document, nowhere)
})
let dropped = 0
await timed('whole stage in memory', async () => {
  const { outcomes } = await runCorpusInMemory(stage.corpus, options, resources, documents)
  dropped = outcomes.filter(({ verdict }) => verdict === 'drop').length
})
process.stdout.write(`${JSON.stringify({ documents: documents.length, dropped })}\n`)
