/**
 * Reading web archives: records per second of CPU time on one core, the file in memory, headers only and with HTTP parsed and
 * the body decoded. Beside it what zlib alone takes (each gzip member inflated, nothing else done), and with `--peers PYTHON`
 * (one that has both installed) FastWARC and warcio. The same records plain and in zstd frames are made from the file.
 *
 *     npm run build && node bench/read-warc.js PAGES.warc.gz [--rounds 3] [--passes 10] [--peers PYTHON]
 *
 * Each way has a process of its own; they take turns, so that all of them see the same load of the machine. The passes of the
 * first second warm up and are left out; of the others the least counts in ratios, for other work on the machine only adds.
 * Every member's checksum is verified here, which inflating alone does not.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import { gzipHeaderLength } from '../dist/src/formats/warc/gzip.js'
import { decodeBody, parseHttpHead } from '../dist/src/formats/warc/http.js'
import { readRecords } from '../dist/src/formats/warc/reader.js'
import { loadZstd } from '../dist/src/io/zstd.js'
import readWarc from '../dist/stages/read-warc.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    passes: { type: 'string', default: '10' },
    peers: { type: 'string' },
    way: { type: 'string' },
  },
})
const WAYS = {
  'zlib alone, as it comes': bare({}),
  'zlib alone, 256 KiB at a time': bare({ chunkSize: 256 * 1024 }),
  'millrace, headers only': headers,
  'millrace, HTTP and body': bodies,
  'millrace, stage read-warc': stage,
}
const PEERS = ['FastWARC', 'warcio'].flatMap((tool) => [`${tool}, headers only`, `${tool}, HTTP and body`])
const PEER_CODE = `
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
tool, what = sys.argv[2].split(', ')
seconds = []
for _ in range(int(sys.argv[3])):
    c = time.process_time()
    n, size = {'FastWARC': fast, 'warcio': warcio}[tool](what == 'HTTP and body')
    seconds.append(time.process_time() - c)
print(json.dumps({'records': n, 'size': size, 'seconds': seconds}))
`
/** Seconds. */
const WARM_UP = 1
const [path] = positionals
const passes = Number(values.passes)

if (values.way) console.log(JSON.stringify(await measure(values.way)))
else await compare()

async function measure(way) {
  const [form, what] = way.split(': ')
  const bytes = readFileSync(path)
  const file = {
    name: form,
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
  const whole = { start: 0, end: bytes.length, exact: true }
  const limits = { rangeSize: bytes.length, recordSizeMax: 64 * 1024 * 1024, plainText: false }
  const read = WAYS[what]
  const seconds = []
  let result
  const start = performance.now()
  while (seconds.length < passes) {
    const isWarm = performance.now() - start > WARM_UP * 1000
    const before = process.cpuUsage()
    result = await read(file, whole, limits)
    const { user, system } = process.cpuUsage(before)
    if (isWarm) seconds.push((user + system) / 1e6)
  }
  return { ...result, seconds }
}

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'read-warc-'))
  const packed = readFileSync(path)
  const zstd = await loadZstd()
  writeFileSync(join(folder, 'gzip'), packed)
  writeFileSync(join(folder, 'plain'), gunzipSync(packed))
  writeFileSync(join(folder, 'zstd'), Buffer.concat(Array.from(inflated(packed), (member) => zstd.compress(member))))
  const ways = Object.keys(WAYS)
    .filter((what) => what.includes('zlib'))
    .map((what) => `gzip: ${what}`)
  for (const form of ['gzip', 'plain', 'zstd'])
    for (const what of Object.keys(WAYS)) if (!what.includes('zlib')) ways.push(`${form}: ${what}`)
  for (const form of values.peers ? ['gzip', 'plain'] : []) for (const what of PEERS) ways.push(`${form}: ${what}`)
  const found = {}
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const way of ways) {
      const [form, what] = way.split(': ')
      const input = join(folder, form)
      const [command, ...args] = PEERS.includes(what)
        ? [values.peers, '-c', PEER_CODE, input, what, String(passes)]
        : [process.execPath, import.meta.filename, input, '--way', way, '--passes', String(passes)]
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      const { records, size, seconds } = JSON.parse(stdout)
      found[way] = { records, size, seconds: [...(found[way]?.seconds ?? []), ...seconds] }
    }
  }
  rmSync(folder, { recursive: true })
  report(found)
}

function report(found) {
  const middle = ({ seconds }) => seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)]
  const least = ({ seconds }) => Math.min(...seconds)
  for (const [way, result] of Object.entries(found)) {
    const { records, size } = result
    const median = middle(result)
    console.log(
      `${way.padEnd(34)} ${(median * 1000).toFixed(1).padStart(6)} ms CPU (least ${(least(result) * 1000).toFixed(1)}), ` +
        `${Math.round(records / least(result))} records/s, ${(size / 1e6).toFixed(1)} MB of bodies`,
    )
  }
  const show = (of, to) =>
    to in found && console.log(`${of} : ${to} = ${(least(found[to]) / least(found[of])).toFixed(2)}`)
  for (const form of ['gzip', 'plain']) show(`${form}: millrace, HTTP and body`, `${form}: FastWARC, HTTP and body`)
  for (const way of Object.keys(found).filter((name) => name.includes('zlib')))
    show('gzip: millrace, HTTP and body', way)
}

function* inflated(bytes, options = {}) {
  for (let at = 0; at < bytes.length; ) {
    const start = at + gzipHeaderLength(bytes, at)
    const { buffer, engine } = inflateRawSync(bytes.subarray(start), { info: true, ...options })
    yield buffer
    at = start + engine.bytesWritten + 8
  }
}

function bare(options) {
  return async ({ read, sizeBytes }) => {
    let records = 0
    let size = 0
    for (const member of inflated(await read(0, sizeBytes), options)) {
      records++
      size += member.length
    }
    return { records, size }
  }
}

async function headers(file, whole, limits) {
  let records = 0
  for await (const event of readRecords(file, whole, limits)) if (event.kind === 'record') records++
  return { records, size: 0 }
}

async function bodies(file, whole, limits) {
  let records = 0
  let size = 0
  for await (const event of readRecords(file, whole, limits)) {
    if (event.kind !== 'record') continue
    records++
    const head = parseHttpHead(event.block)
    size += head
      ? decodeBody(event.block.subarray(head.bodyStart), head.fields, limits.recordSizeMax).length
      : event.block.length
  }
  return { records, size }
}

async function stage(file, whole, limits) {
  let records = 0
  let size = 0
  for await (const event of readWarc.read.read(limits, file, whole)) {
    records++
    if (event.kind === 'document' && event.document.raw) size += event.document.raw.body.length
  }
  return { records, size }
}
