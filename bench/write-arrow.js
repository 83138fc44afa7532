/**
 * The output formats: megabytes of text per CPU second on one core, documents in memory, bytes out; and zstd by level.
 * Beside them pyarrow and Python's gzip on the same texts, with `--peers PYTHON` (one that has pyarrow).
 *
 *     npm run build && node bench/write-arrow.js [--passes 5] [--peers PYTHON]
 *
 * One JSON line a figure, the least CPU time of the passes. Data from MILLRACE_DATA.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { compress } from '@bokuweb/zstd-wasm'

const { values } = parseArgs({ options: { passes: { type: 'string', default: '5' }, peers: { type: 'string' } } })
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { readDocumentRows } = await import(join(built, 'src/formats/arrow/documents.js'))
const { loadZstd } = await import(join(built, 'src/io/zstd.js'))
const zstd = await loadZstd()

const path = join(
  process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data'),
  'text/corpus.jsonl.gz',
)
const texts = gunzipSync(readFileSync(path))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line).text)
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
const documents = texts.map((text, row) => ({
  id: row.toString(16).padStart(32, '0'),
  url: `https://example.org/page/${row}`,
  text,
  date: '2024-05-01T00:00:00Z',
  language: 'en',
  file: 'crawl-00.warc.gz',
  offset: row * 10_000,
  length: 9_000,
  sub: 0,
  metadata: { title: `Page ${row}` },
  position: { shard: 0, row },
  raw: null,
}))

/** Runs the passes and prints the best; gives back what the last one made. */
function timed(name, work) {
  let least = Number.POSITIVE_INFINITY
  let made
  for (let pass = 0; pass < Number(values.passes); pass++) {
    const before = process.cpuUsage()
    made = work()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  const size = Array.isArray(made) ? made.reduce((sum, part) => sum + (part.length ?? 0), 0) : made
  console.log(JSON.stringify({ name, megabytesPerSecond: Math.round(bytes / 1e6 / least), bytesOut: size }))
  return made
}

for (const [name, compressions] of [
  ['write-arrow', ['zstd', 'none']],
  ['write-parquet', ['zstd', 'none']],
  ['write-jsonl', ['gzip', 'zstd', 'none']],
]) {
  const { default: stage } = await import(join(built, `stages/${name}.js`))
  for (const compression of compressions) {
    const make = await stage.write.prepare({ compression })
    const parts = timed(`${name} ${compression}`, () => {
      const out = []
      const encoder = make((part) => out.push(part))
      for (const document of documents) encoder.add(document)
      encoder.finish()
      return out
    })
    if (name !== 'write-arrow') continue
    const file = Buffer.concat(parts)
    timed(`read arrow ${compression}`, () => {
      let units = 0
      for (const row of readDocumentRows(file, zstd)) units += row.text.length
      return units
    })
  }
}

const all = Buffer.from(texts.join(''))
const CHUNK = 4 * 2 ** 20
for (const level of [-5, -1, 1, 2, 3, 4, 5]) {
  timed(`zstd level ${level}`, () => {
    const out = []
    for (let at = 0; at < all.length; at += CHUNK) out.push(compress(all.subarray(at, at + CHUNK), level))
    return out
  })
}

const PEERS = `
import gzip, io, json, sys, time
import pyarrow as pa, pyarrow.parquet as pq
texts = [json.loads(line)['text'] for line in gzip.open(sys.argv[1], 'rt')]
size = sum(len(text.encode()) for text in texts)
rows = [{'id': '%032x' % i, 'url': 'https://example.org/page/%d' % i, 'text': t, 'date': '2024-05-01T00:00:00Z', 'language': 'en',
         'file': 'crawl-00.warc.gz', 'offset': i * 10000, 'length': 9000, 'metadata': '{"title":"Page %d"}' % i} for i, t in enumerate(texts)]
pa.set_cpu_count(1); pa.set_io_thread_count(1)
def arrow():
    table = pa.Table.from_pylist(rows)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=pa.Codec('zstd', 1), use_threads=False)) as out:
        out.write_table(table, max_chunksize=800)
    return sink.tell()
def parquet():
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression='zstd', compression_level=1)
    return sink.tell()
def lines():
    return len(gzip.compress(''.join(json.dumps(r, ensure_ascii=False) + '\\n' for r in rows).encode(), 4))
for name, work in (('pyarrow arrow zstd', arrow), ('pyarrow parquet zstd', parquet), ('python jsonl gzip', lines)):
    least = float('inf')
    for _ in range(int(sys.argv[2])):
        before = time.process_time(); made = work(); least = min(least, time.process_time() - before)
    print(json.dumps({'name': name, 'megabytesPerSecond': round(size / 1e6 / least), 'bytesOut': made}))
`
if (values.peers) spawnSync(values.peers, ['-c', PEERS, path, values.passes], { stdio: 'inherit' })
