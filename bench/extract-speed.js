/**
 * Speed of main-text extraction beside resiliparse and trafilatura, taking turns in one run: pages per CPU second, bytes in,
 * decoding included, one thread. Every turn is a process of its own.
 *
 *     npm run build && node bench/extract-speed.js PAGES.warc.gz [--python PYTHON] [--rounds 3]
 *
 * cold: the first pass over all pages of a fresh process, that is with compiling; warm: the best of six passes after two;
 * unseen: each half of the pages once, behind six passes over the other half. PYTHON has fastwarc, resiliparse, trafilatura.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import extractText from '../dist/stages/extract-text.js'
import readWarc from '../dist/stages/read-warc.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string' }, rounds: { type: 'string', default: '3' }, turn: { type: 'string' } },
})

const defaults = (stage) =>
  Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))

async function readPages(path) {
  const bytes = readFileSync(path)
  const file = { name: path, sizeBytes: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) }
  const pages = []
  const events = readWarc.read.read(defaults(readWarc), file, { start: 0, end: bytes.length, exact: true })
  for await (const event of events) if (event.kind === 'document' && event.document.raw) pages.push(event.document)
  return pages
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Pages per CPU second of one pass. */
function pass(extract, pages) {
  const before = cpuSeconds()
  for (const page of pages) extract(page)
  return pages.length / (cpuSeconds() - before)
}

const TURNS = {
  cold: (extract, pages) => ({ cold: pass(extract, pages) }),
  warm(extract, pages) {
    const passes = Array.from({ length: 8 }, () => pass(extract, pages)).slice(2)
    let slowest = 0
    for (const page of pages) {
      const before = cpuSeconds()
      extract(page)
      slowest = Math.max(slowest, (cpuSeconds() - before) * 1000)
    }
    return { warm: Math.max(...passes), slowestPageMs: slowest, twoMegabytesMs: twoMegabytes(extract, pages) }
  },
  unseen(extract, pages) {
    const [odd, even] = [1, 0].map((rest) => pages.filter((_, i) => i % 2 === rest))
    for (let i = 0; i < 6; i++) pass(extract, odd)
    return { unseen: pass(extract, even) }
  },
}

/** The slowest of the eight largest pages, each repeated up to two megabytes. */
function twoMegabytes(extract, pages) {
  const largest = pages.toSorted((a, b) => b.raw.body.length - a.raw.body.length).slice(0, 8)
  const times = largest.map((page) => {
    const body = Buffer.concat(Array.from({ length: Math.ceil(2e6 / page.raw.body.length) }, () => page.raw.body))
    const before = cpuSeconds()
    extract({ ...page, raw: { ...page.raw, body } })
    return (cpuSeconds() - before) * 1000
  })
  return Math.max(...times)
}

if (values.turn !== undefined) {
  const pages = await readPages(positionals[0])
  const extract = await extractText.prepare(defaults(extractText))
  console.log(JSON.stringify(TURNS[values.turn](extract, pages)))
} else {
  const found = {}
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const turn of Object.keys(TURNS))
      note(run(process.execPath, [import.meta.filename, positionals[0], '--turn', turn]))
    if (values.python === undefined) continue
    const script = fileURLToPath(new URL('./extract-speed.py', import.meta.url))
    note(run(values.python, [script, positionals[0], 'resiliparse']))
    if (round === 0) note(run(values.python, [script, positionals[0], 'trafilatura']))
  }
  function note(figures) {
    for (const [name, figure] of Object.entries(figures))
      found[name] = [...(found[name] ?? []), Number(figure.toFixed(1))]
    console.log(JSON.stringify(figures))
  }
  for (const [name, figures] of Object.entries(found)) {
    const sorted = figures.toSorted((a, b) => a - b)
    console.log(`${name}: median ${sorted[sorted.length >> 1]}, ${sorted[0]} to ${sorted.at(-1)}`)
  }
}

function run(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}
