/**
 * The FineWeb recipe from WARC to deduplicated, masked shards, beside datatrove: the same pages, stages and order, two
 * workers each, one run after the other, whole processes measured from outside (`whole_process.py`).
 *
 *   node bench/fineweb.js PAGES.warc.gz [--python PYTHON --lid lid.176.ftz] [--copies 10] [--repeats 3] [--workers 2]
 *
 * PYTHON has datatrove[processing]==0.10.1, spacy and fastText; without --lid only Millrace runs. Copies under other names
 * make documents beyond the first copy duplicates: nothing is deduplicated before the filters, and every run starts in a
 * new folder, so nothing is reused. One file is one task in datatrove, hence several copies.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    lid: { type: 'string' },
    copies: { type: 'string', default: '10' },
    repeats: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
  },
})
const [pages] = positionals
if (!pages) throw new Error('call: node bench/fineweb.js PAGES.warc.gz [--python PYTHON --lid MODEL]')

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'bench-fineweb-'))
const input = join(folder, 'input')
mkdirSync(input)
const copies = Number(values.copies)
for (let i = 0; i < copies; i++) copyFileSync(pages, join(input, `pages-${String(i).padStart(2, '0')}.warc.gz`))

function measured(label, command) {
  const args = [join(import.meta.dirname, 'whole_process.py'), ...command]
  const { stdout, stderr, status } = spawnSync(values.python, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`${label}: ${stderr}`)
  const figures = JSON.parse(stdout.trim().split('\n').at(-1))
  if (figures.rc !== 0) throw new Error(`${label}: exit ${figures.rc}: ${stdout}`)
  return figures
}

function millrace() {
  const output = join(folder, 'millrace')
  rmSync(output, { recursive: true, force: true })
  const set = ['--set', `input.warc=${input}/*.warc.gz`, '--set', `output.arrow=${output}`]
  const main = join(root, 'dist/src/cli/main.js')
  const run = measured('millrace', [
    process.execPath,
    main,
    'run',
    join(root, 'configs/fineweb.yaml'),
    ...set,
    '--workers',
    values.workers,
  ])
  const { totals } = JSON.parse(readFileSync(join(output, 'ledger.json'), 'utf8'))
  return { ...run, documents: totals.documents, kept: totals.kept }
}

function datatrove(documents) {
  const output = join(folder, 'datatrove')
  rmSync(output, { recursive: true, force: true })
  const script = join(import.meta.dirname, 'fineweb.py')
  const run = measured('datatrove', [values.python, script, input, output, values.lid, values.workers])
  return { ...run, documents, kept: JSON.parse(run.last).kept }
}

const rows = []
for (let i = 0; i < Number(values.repeats); i++) {
  const ours = millrace()
  rows.push({ tool: 'millrace', ...ours })
  if (values.lid) rows.push({ tool: 'datatrove', ...datatrove(ours.documents) })
  for (const row of rows.slice(values.lid ? -2 : -1)) print(row)
}

function print({ tool, wall, cpu, peakMiB, documents, kept }) {
  const rate = (seconds) => (documents / seconds).toFixed(1)
  console.log(
    `${tool.padEnd(10)} wall ${wall.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, peak ${peakMiB} MiB, ${documents} pages, ${kept} kept, ` +
      `${rate(wall)} pages/s, ${rate(cpu)} pages/CPU s`,
  )
}

const median = (tool, field) => {
  const sorted = rows
    .filter((row) => row.tool === tool)
    .map((row) => row[field])
    .sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0].model}`)
if (values.lid) {
  for (const field of ['wall', 'cpu']) {
    console.log(
      `median ${field}: datatrove / millrace = ${(median('datatrove', field) / median('millrace', field)).toFixed(1)}`,
    )
  }
}
rmSync(folder, { recursive: true, force: true })
