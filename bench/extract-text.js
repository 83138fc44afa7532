/**
 * Main-text extraction: pages per CPU second, bytes in, decoding included, cold (first pass) and warm, for both engines.
 *
 *     npm run build && node bench/extract-text.js PAGES.warc.gz [--engine millrace|readability] [--passes 5] [--out OUT.jsonl]
 *
 * OUT.jsonl holds {offset, url, text} a line, for scoring against golds by the record's offset. With `--ids IDS.jsonl`
 * (lines of {id, warc_offset}) the lines hold {id, text} of those pages instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import extractText from '../dist/stages/extract-text.js'
import readWarc from '../dist/stages/read-warc.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'millrace' },
    passes: { type: 'string', default: '5' },
    out: { type: 'string' },
    ids: { type: 'string', multiple: true, default: [] },
    favor: { type: 'string', default: 'precision' },
  },
})

const defaults = (stage) =>
  Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))

async function readPages(path) {
  const bytes = readFileSync(path)
  const file = {
    name: path,
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
  const pages = []
  const events = readWarc.read.read(defaults(readWarc), file, { start: 0, end: bytes.length, exact: true })
  for await (const event of events) if (event.kind === 'document' && event.document.raw) pages.push(event.document)
  return pages
}

function readLines(path) {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

const pages = await readPages(positionals[0])
const sizeBytes = pages.reduce((sum, page) => sum + page.raw.body.length, 0)
const extract = await extractText.prepare({ ...defaults(extractText), engine: values.engine, favor: values.favor })

let outcomes = []
for (let pass = 1; pass <= Number(values.passes); pass++) {
  const before = process.cpuUsage()
  outcomes = pages.map((page) => extract(page))
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  const figures = { engine: values.engine, pass, pages: pages.length, megabytes: sizeBytes / 1e6, cpuSeconds: seconds }
  console.log(JSON.stringify({ ...figures, pagesPerCpuSecond: Math.round(pages.length / seconds) }))
}
const reasons = {}
for (const { reason } of outcomes) reasons[reason || 'kept'] = (reasons[reason || 'kept'] ?? 0) + 1
console.log(JSON.stringify({ verdicts: reasons }))

if (values.out) {
  const idByOffset = new Map(values.ids.flatMap(readLines).map((line) => [line.warc_offset, line.id]))
  const rows = pages.map((page, i) => {
    const text = outcomes[i].edit?.text ?? ''
    const id = idByOffset.get(page.offset)
    return idByOffset.size === 0 ? { offset: page.offset, url: page.url, text } : id === undefined ? null : { id, text }
  })
  writeFileSync(
    values.out,
    rows
      .filter((row) => row !== null)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )
}
