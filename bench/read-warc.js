/**
 * Reading web archives: records per second of CPU time on one core, the file in memory, headers only and with HTTP parsed and
 * the body decoded. Beside it what zlib alone takes (each gzip member inflated, nothing else done), and with `--peers PYTHON`
 * (one that has both installed) FastWARC and warcio. The same records plain and in zstd frames are made from the file.
 *
 *     npm run build && node bench/read-warc.js PAGES.warc.gz [--rounds 5] [--passes 6] [--peers PYTHON]
 *
 * Ways take turns, a few passes each, so that all of them see the same load of the machine. The first pass of a turn clears up
 * behind the way before and is left out; the median of the others counts. Every member's checksum is verified here, which
 * inflating alone does not.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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
    rounds: { type: 'string', default: '5' },
    passes: { type: 'string', default: '6' },
    peers: { type: 'string' },
  },
})
const packed = readFileSync(positionals[0])
const zstd = await loadZstd()
const folder = mkdtempSync(join(tmpdir(), 'read-warc-'))
const forms = {
  gzip: packed,
  plain: gunzipSync(packed),
  zstd: Buffer.concat(Array.from(inflated(packed), (member) => zstd.compress(member))),
}
const limits = { rangeSize: packed.length, recordSizeMax: 64 * 1024 * 1024, plainText: false }

function* inflated(bytes, options = {}) {
  for (let at = 0; at < bytes.length; ) {
    const start = at + gzipHeaderLength(bytes, at)
    const { buffer, engine } = inflateRawSync(bytes.subarray(start), { info: true, ...options })
    yield buffer
    at = start + engine.bytesWritten + 8
  }
}

function bare(options) {
  return () => {
    let records = 0
    let size = 0
    for (const member of inflated(packed, options)) {
      records++
      size += member.length
    }
    return { records, size }
  }
}

async function headers(file, whole) {
  let records = 0
  for await (const event of readRecords(file, whole, limits)) if (event.kind === 'record') records++
  return { records, size: 0 }
}

async function bodies(file, whole) {
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

async function stage(file, whole) {
  let records = 0
  let size = 0
  for await (const event of readWarc.read.read(limits, file, whole)) {
    records++
    if (event.kind === 'document' && event.document.raw) size += event.document.raw.body.length
  }
  return { records, size }
}

const ways = { 'gzip: zlib alone, as it comes': bare({}), 'gzip: zlib alone, 256 KiB': bare({ chunkSize: 256 * 1024 }) }
for (const [form, bytes] of Object.entries(forms)) {
  const file = {
    name: form,
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
  const whole = { start: 0, end: bytes.length, exact: true }
  for (const [name, read] of Object.entries({
    'headers only': headers,
    'HTTP and body': bodies,
    'stage read-warc': stage,
  }))
    ways[`${form}: millrace, ${name}`] = () => read(file, whole)
}

const peer = values.peers ? await startPeer(values.peers) : null
for (const name of peer?.names ?? []) ways[name] = () => peer.run(name)
const times = {}
const results = {}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, read] of Object.entries(ways)) {
    times[name] ??= []
    for (let pass = 0; pass < Number(values.passes); pass++) {
      const before = process.cpuUsage()
      results[name] = await read()
      const { user, system } = process.cpuUsage(before)
      if (pass > 0) times[name].push(results[name].seconds ?? (user + system) / 1e6)
    }
  }
}
peer?.end()
rmSync(folder, { recursive: true })

const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
for (const [name, list] of Object.entries(times)) {
  const { records, size } = results[name]
  const seconds = middle(list)
  console.log(
    `${name.padEnd(34)} ${(seconds * 1000).toFixed(1).padStart(6)} ms CPU (best ${(Math.min(...list) * 1000).toFixed(1)}), ` +
      `${Math.round(records / seconds)} records/s, ${(size / 1e6).toFixed(1)} MB of bodies`,
  )
}
const ratio = (of, to) => (middle(times[to]) / middle(times[of])).toFixed(2)
const show = (of, to) => to in times && console.log(`${of} : ${to} = ${ratio(of, to)}`)
for (const form of ['gzip', 'plain']) show(`${form}: millrace, HTTP and body`, `${form}: FastWARC, HTTP and body`)
for (const bareName of Object.keys(times).filter((name) => name.includes('zlib alone')))
  show('gzip: millrace, HTTP and body', bareName)

/** One Python process that does a way when it is named and answers with its CPU time. */
async function startPeer(python) {
  const names = []
  for (const form of ['gzip', 'plain']) {
    writeFileSync(join(folder, form), forms[form])
    for (const tool of ['FastWARC', 'warcio'])
      for (const what of ['headers only', 'HTTP and body']) names.push(`${form}: ${tool}, ${what}`)
  }
  const child = spawn(python, ['-c', PEERS(), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  return {
    names,
    run: async (name) => {
      child.stdin.write(`${name}\n`)
      const [line] = await once(lines, 'line')
      return JSON.parse(line)
    },
    end: () => child.stdin.end(),
  }
}

function PEERS() {
  return `
import io, json, sys, time
from fastwarc.warc import ArchiveIterator as Fast
from warcio.archiveiterator import ArchiveIterator as Warcio
forms = {form: open(sys.argv[1] + '/' + form, 'rb').read() for form in ('gzip', 'plain')}
def fast(packed, body):
    n = size = 0
    for r in Fast(io.BytesIO(packed), parse_http=body, **({'auto_decode': 'all'} if body else {})):
        n += 1
        if body: size += len(r.reader.read())
    return n, size
def warcio(packed, body):
    n = size = 0
    for r in Warcio(io.BytesIO(packed), no_record_parse=not body):
        n += 1
        if body: size += len(r.content_stream().read())
    return n, size
for line in sys.stdin:
    form, way = line.strip().split(': ')
    tool, what = way.split(', ')
    c = time.process_time()
    n, size = {'FastWARC': fast, 'warcio': warcio}[tool](forms[form], what == 'HTTP and body')
    print(json.dumps({'records': n, 'size': size, 'seconds': time.process_time() - c}), flush=True)
`
}
