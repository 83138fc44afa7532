/**
 * Scoring by a causal language model in ONNX: tokens/s with the loss in the graph, beside fetching the logits and taking
 * the log-softmax here; and the share of padding for the lengths of real documents (four characters a token).
 * Rates are from the median CPU time (user and system, all threads).
 * Usage: npm run build && node bench/neural-onnx.js MODEL [--device cpu] [--rows 8] [--context 256] [--repeats 5].
 * One JSON line a figure. Data from MILLRACE_DATA. Needs onnxruntime-node.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { openOnnxModel, padRows } = await import(join(built, 'src/neural/onnx-model.js'))
const { readOnnxFile } = await import(join(built, 'src/neural/onnx-file.js'))
const { planFeeds } = await import(join(built, 'src/neural/onnx-inputs.js'))
const { loadOnnxRuntime } = await import(join(built, 'src/neural/onnxruntime.js'))
const { cutWindows } = await import(join(built, 'src/neural/windows.js'))
const { scoreInBatches } = await import(join(built, 'src/stage/batch-scoring.js'))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'cpu' },
    rows: { type: 'string', default: '8' },
    context: { type: 'string', default: '256' },
    repeats: { type: 'string', default: '5' },
  },
})
const print = (figures) => process.stdout.write(`${JSON.stringify(figures)}\n`)
const data = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data')
const contextTokens = Number(values.context)

await padding()
if (positionals[0] !== undefined) await speed(positionals[0])

async function padding() {
  const lines = gunzipSync(readFileSync(join(data, 'text/corpus.jsonl.gz')))
    .toString()
    .trimEnd()
    .split('\n')
  const documents = lines.map((line) => ({ ids: new Int32Array(JSON.parse(line).text.length >> 2) }))
  for (const context of [256, 1024]) {
    const options = { contextTokens: context, strideTokens: context / 2, bos: 0 }
    const scorer = { rows: ({ ids }) => cutWindows(ids, options), score: () => new Uint8Array(0) }
    for (const cellsMax of [4096, 16_384, 65_536]) {
      const count = { tokens: 0, cells: 0, batches: 0 }
      const compute = async (rows) => {
        count.cells += rows.length * Math.max(...rows.map(({ length }) => length))
        for (const { length } of rows) count.tokens += length
        count.batches++
        return rows.map(({ length }) => new Float32Array(length - 1))
      }
      const results = { score() {}, failed: (_, error) => Promise.reject(error) }
      await scoreInBatches(documents, scorer, { cellsMax, rowsMax: 256 }, compute, results)
      const paddingShare = 1 - count.tokens / count.cells
      const unsorted = 1 - count.tokens / cellsInOrder(documents.flatMap(scorer.rows), cellsMax)
      print({ name: 'padding', context, cellsMax, ...count, paddingShare, paddingShareUnsorted: unsorted })
    }
  }
}

/** Of batches under the same budget, without sorting. */
function cellsInOrder(rows, cellsMax) {
  let cells = 0
  let count = 0
  let longest = 0
  for (const { length } of rows) {
    const next = Math.max(longest, length)
    if (count > 0 && (count === 256 || (count + 1) * next > cellsMax)) {
      cells += count * longest
      count = 0
      longest = length
    } else longest = next
    count++
  }
  return cells + count * longest
}

async function speed(path) {
  const bytes = readFileSync(path)
  const model = await openOnnxModel(bytes, { path, device: values.device })
  const rows = Array.from({ length: Number(values.rows) }, (_, row) =>
    Int32Array.from({ length: contextTokens }, (_, i) => (row * 7919 + i * 104_729) % model.vocabularySize),
  )
  const tokens = rows.length * contextTokens
  const ours = await timed('loss in the graph', tokens, () => model.compute(rows))
  await model.close()

  const runtime = await loadOnnxRuntime(values.device)
  const feeds = planFeeds(readOnnxFile(bytes, path), runtime)(padRows(rows))
  // As the model's own session has it.
  const extra = { session: { intra_op: { allow_spinning: '0' } } }
  const options = { executionProviders: [values.device], logSeverityLevel: 4, enableMemPattern: false, extra }
  const session = await runtime.InferenceSession.create(bytes, options)
  const { logits } = await timed('logits fetched', tokens, () => session.run(feeds, ['logits']))
  if (!(logits.data instanceof Float32Array)) return
  const theirs = await timed('logits fetched, log-softmax here', tokens, async () => {
    const { data: all } = (await session.run(feeds, ['logits'])).logits
    return rows.map((row, i) => logProbabilities(all, i * contextTokens, row, model.vocabularySize))
  })
  const difference = Math.max(
    ...ours.flatMap((list, i) => Array.from(list, (value, at) => Math.abs(value - theirs[i][at]))),
  )
  print({ name: 'largest difference', difference })
}

function logProbabilities(logits, position, row, size) {
  return Float32Array.from({ length: row.length - 1 }, (_, i) => {
    const start = (position + i) * size
    let top = Number.NEGATIVE_INFINITY
    for (let at = start; at < start + size; at++) if (logits[at] > top) top = logits[at]
    let sum = 0
    for (let at = start; at < start + size; at++) sum += Math.exp(logits[at] - top)
    return logits[start + row[i + 1]] - top - Math.log(sum)
  })
}

async function timed(name, tokens, run) {
  const cpu = []
  const wall = []
  let result
  for (let i = 0; i < Number(values.repeats); i++) {
    const before = process.cpuUsage()
    const start = performance.now()
    result = await run()
    const { user, system } = process.cpuUsage(before)
    wall.push((performance.now() - start) / 1000)
    cpu.push((user + system) / 1e6)
  }
  const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
  const tokensPerCpuSecond = Math.round(tokens / median(cpu))
  const rssMb = Math.round(process.resourceUsage().maxRSS / 1024)
  print({ name, tokens, cpuSeconds: median(cpu), wallSeconds: median(wall), tokensPerCpuSecond, rssMb })
  return result
}
