/**
 * WARC reading: records per second and packed megabytes per second on one core, the file in memory, headers only and with
 * HTTP parsed and the body decoded. Beside it FastWARC and warcio, with `--peers PYTHON` (one that has both installed).
 *
 *     npm run build && node bench/read-warc.js PAGES.warc.gz [--passes 7] [--peers PYTHON]
 *
 * Two shared cores, Node 20.20, 875 records, 12.1 MB packed, 61.7 MB of bodies, median of 11 by CPU time, records a second:
 * headers only 7,743 (FastWARC 2.0.1 11,937, warcio 1.8.1 4,534); HTTP and body 6,531 (FastWARC 9,575, warcio 3,867).
 * Every member's checksum is verified here.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { decodeBody, parseHttpHead } from '../dist/src/formats/warc/http.js'
import { readRecords } from '../dist/src/formats/warc/reader.js'
import readWarc from '../dist/stages/read-warc.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { passes: { type: 'string', default: '7' }, peers: { type: 'string' } },
})
const [path] = positionals
const passes = Number(values.passes)
const packed = readFileSync(path)
const file = {
  name: path,
  sizeBytes: packed.length,
  read: async (offset, length) => packed.subarray(offset, offset + length),
}
const whole = { start: 0, end: packed.length, exact: true }
const limits = { rangeSize: packed.length, recordSizeMax: 64 * 1024 * 1024 }

async function headers() {
  let records = 0
  for await (const event of readRecords(file, whole, limits)) if (event.kind === 'record') records++
  return { records, bytes: 0 }
}

async function bodies() {
  let records = 0
  let bytes = 0
  for await (const event of readRecords(file, whole, limits)) {
    if (event.kind !== 'record') continue
    records++
    const head = parseHttpHead(event.block)
    bytes += head
      ? decodeBody(event.block.subarray(head.bodyStart), head.fields, limits.recordSizeMax).length
      : event.block.length
  }
  return { records, bytes }
}

async function stage() {
  let records = 0
  let bytes = 0
  for await (const event of readWarc.read.read(limits, file, whole)) {
    records++
    if (event.kind === 'document' && event.document.raw) bytes += event.document.raw.body.length
  }
  return { records, bytes }
}

for (const [name, read] of Object.entries({
  'headers only': headers,
  'HTTP and body': bodies,
  'stage read-warc': stage,
})) {
  const wall = []
  const cpu = []
  let result
  for (let pass = 0; pass < passes; pass++) {
    const before = process.cpuUsage()
    const start = performance.now()
    result = await read()
    wall.push((performance.now() - start) / 1000)
    const used = process.cpuUsage(before)
    cpu.push((used.user + used.system) / 1e6)
  }
  report(`millrace, ${name}`, result, wall, cpu)
}

if (values.peers) {
  const done = spawnSync(values.peers, ['-c', PEERS(), path, String(passes)], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
  for (const line of done.stdout.trim().split('\n')) {
    const { name, records, bytes, wall, cpu } = JSON.parse(line)
    report(name, { records, bytes }, wall, cpu)
  }
}

function report(name, { records, bytes }, wall, cpu) {
  const middle = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]
  const best = Math.min(...cpu)
  console.log(
    `${name.padEnd(28)} ${records} records, ${(bytes / 1e6).toFixed(1)} MB of bodies; CPU best ${best.toFixed(3)} s, median ` +
      `${middle(cpu).toFixed(3)} s, wall median ${middle(wall).toFixed(3)} s; ${Math.round(records / middle(cpu))} records/s, ` +
      `${(packed.length / 1e6 / middle(cpu)).toFixed(0)} MB/s packed`,
  )
}

function PEERS() {
  return `
import io, json, sys, time
from fastwarc.warc import ArchiveIterator as Fast
from warcio.archiveiterator import ArchiveIterator as Warcio
packed = open(sys.argv[1], 'rb').read()
def fast(body):
    n = size = 0
    for r in Fast(io.BytesIO(packed), parse_http=body, **({'auto_decode': 'all'} if body else {})):
        n += 1
        if body: size += len(r.reader.read())
    return n, size
def warcio(body):
    n = size = 0
    for r in Warcio(io.BytesIO(packed), no_record_parse=not body):
        n += 1
        if body: size += len(r.content_stream().read())
    return n, size
for name, read in (('FastWARC', fast), ('warcio', warcio)):
    for body in (False, True):
        wall, cpu = [], []
        for _ in range(int(sys.argv[2])):
            w, c = time.perf_counter(), time.process_time()
            n, size = read(body)
            wall.append(time.perf_counter() - w)
            cpu.append(time.process_time() - c)
        print(json.dumps({'name': name + ', ' + ('HTTP and body' if body else 'headers only'), 'records': n, 'bytes': size, 'wall': wall, 'cpu': cpu}))
`
}
